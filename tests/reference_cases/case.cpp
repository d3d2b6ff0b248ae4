#include "case.h"

#include <cmath>

#include "../devices.h"
#include "calls.h"

namespace adora::reference {
namespace {

/// a is right where |a - b| <= atol + rtol·|b| + of_largest·max |b|.
struct Tolerance {
  double rtol, atol;
  double of_largest = 0;
};

/// A file's tolerances, which are for float64, in float32: those of PyTorch's assert_close, and the same rtol again of
/// the tensor's largest element, since an element that is small because large terms cancelled has the error of these
/// terms. A case whose rtol is wider than 1e-9 is ill-conditioned and gets wider tolerances by the same factor.
Tolerance in_float32(const Tolerance& given) {
  const double wider = std::max(1.0, given.rtol / 1e-9), rtol = 1.3e-6 * wider;
  return {rtol, std::max(given.atol, 1e-5 * wider), rtol};
}

std::string difference(const Tensor& found, const Tensor& expected, const Tolerance& tolerance) {
  if (found.shape() != expected.shape()) {
    return fmt::format("the shape is {}, not {}", to_string(found.shape()), to_string(expected.shape()));
  }
  const std::vector<double> a = to_vector<double>(to(found.detach(), cpu)), b = to_vector<double>(expected);
  double largest = 0;
  for (double value : b) {
    if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool same = a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]));
    if (same ||
        std::abs(a[i] - b[i]) <= tolerance.atol + tolerance.rtol * std::abs(b[i]) + tolerance.of_largest * largest)
      continue;
    return fmt::format("element {} is {:.17g}, not {:.17g}", i, a[i], b[i]);
  }
  return "";
}

/// The tensors of a file whose names begin with `kind` and a dot, without that.
StateDict tensors_of(const SafetensorsReader& file, const std::string& kind) {
  StateDict result;
  for (const std::string& name : file.names()) {
    if (name.starts_with(kind + ".")) result[name.substr(kind.size() + 1)] = file.tensor(name);
  }
  return result;
}

struct Case {
  StateDict in, out, upstream, grad;
};

Tensor placed(const Tensor& x, DType dtype, Device device) {
  return to(is_floating(x.dtype()) ? to(x, dtype) : clone(x), device);
}

/// One way, in one dtype, on one device.
std::string run_once(const Case& c, const Call& call, DType dtype, Device device, const Tolerance& tolerance) {
  StateDict in;
  for (const auto& [name, x] : c.in) {
    in[name] = placed(x, dtype, device);
    if (c.grad.contains(name)) in[name] = requires_grad(clone(in[name]));
  }
  const Tensors outputs = call.run(Inputs(in));
  if (outputs.size() != c.out.size()) return fmt::format("gives {} outputs, not {}", outputs.size(), c.out.size());
  Tensors flowing, upstream;
  std::size_t at = 0;
  for (const auto& [name, expected] : c.out) {
    const Tensor& y = outputs[at++];
    const std::string problem = difference(y, expected, tolerance);
    if (!problem.empty()) return "output " + name + ": " + problem;
    if (!c.upstream.contains(name)) continue;
    flowing.push_back(y);
    upstream.push_back(placed(c.upstream.at(name), y.dtype(), device));
  }
  if (c.grad.empty()) return "";
  if (flowing.empty()) return "the file has gradients but no upstream gradient";
  Tensors wanted;
  for (const auto& [name, expected] : c.grad) {
    if (!in.contains(name)) return "the file has a gradient but no input " + name;
    wanted.push_back(in.at(name));
  }
  const Tensors grads = gradients(flowing, wanted, {.allow_unused = true, .gradients = upstream});
  at = 0;
  for (const auto& [name, expected] : c.grad) {
    const Tensor& g = grads[at++];
    const std::string problem = difference(g.defined() ? g : zeros(expected.shape(), float64), expected, tolerance);
    if (!problem.empty()) return "gradient of " + name + ": " + problem;
  }
  return "";
}

/// The way written with ordinary ops is the only one that gives a frozen weight's gradient.
bool fused_only_for_frozen(const std::string& op, const Call& call, const Case& c) {
  return op == "dora_linear" && c.grad.contains("weight") && call.what != "composed";
}

std::string run_file(const std::string& path) {
  const SafetensorsReader file(path);
  auto metadata = [&](const char* name, const char* otherwise) {
    auto found = file.metadata().find(name);
    return found == file.metadata().end() ? std::string(otherwise) : found->second;
  };
  const std::string op = metadata("op", "");
  const Attributes attributes(nlohmann::json::parse(metadata("attrs", "{}")));
  const std::vector<Call> calls = calls_for(op, attributes);
  if (calls.empty()) return "the op '" + op + "' is not known";
  const Tolerance given{std::stod(metadata("rtol", "1e-9")), std::stod(metadata("atol", "1e-11"))};
  const Case c{tensors_of(file, "in"), tensors_of(file, "out"), tensors_of(file, "upstream"), tensors_of(file, "grad")};
  if (c.out.empty()) return "the file has no outputs";
  const Op* known = Op::find(op);
  for (const Device& device : test_devices()) {
    // The suite sees to it that an op without kernels for a GPU says so there.
    if (device.type == DeviceType::cuda && known && !known->traits.cuda) continue;
    for (const Call& call : calls) {
      if (fused_only_for_frozen(op, call, c)) continue;
      for (DType dtype : {float64, float32}) {
        const Tolerance tolerance = dtype == float64 ? given : in_float32(given);
        const std::string problem = run_once(c, call, dtype, device, tolerance);
        if (problem.empty()) continue;
        return fmt::format("{}{}{} on {}: {}", call.what, call.what.empty() ? "" : ", in ", name(dtype),
                           to_string(device), problem);
      }
    }
  }
  return "";
}

}  // namespace

std::string run_case(const std::string& path) {
  try {
    return run_file(path);
  } catch (const std::exception& e) {
    return e.what();
  }
}

}  // namespace adora::reference
