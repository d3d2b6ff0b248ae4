#include "summary.h"

#include <algorithm>
#include <map>
#include <memory>
#include <ostream>

#include "../autograd/grad_mode.h"
#include "../ops/creation.h"
#include "../ops/multiply_adds.h"
#include "noted_call.h"

namespace adora {
namespace {

std::int64_t bytes_of(const Tensor& x) { return x.numel() * static_cast<std::int64_t>(size_of(x.dtype())); }

/// A module on its way to a row.
struct Seen {
  SummaryRow row;
  Seen* above = nullptr;
  std::vector<Seen*> called, below;  ///< its parts: those called, in order; all, as they were named
  bool is_called = false;            ///< or something below it
};

/// Notes the calls of a module and of those below it.
class Recorder final : public detail::CallListener {
 public:
  explicit Recorder(Module& module) : outer_(detail::call_listener) {
    std::map<std::string, Seen*> by_name;
    for (const auto& [name, part] : module.named_modules()) {
      if (seen_.contains(part)) continue;  // it has a place already
      Seen& seen = *seen_.emplace(part, std::make_unique<Seen>()).first->second;
      by_name[name] = &seen;
      seen.row.name = seen.row.label = name;
      seen.row.class_name = class_name(*part);
      for (const NamedTensor& one : part->named_parameters()) seen.row.parameters += one.tensor.numel();
      if (part == &module) {
        root_ = &seen;
        continue;
      }
      seen.above = root_;
      // Above it is the module of the longest name that its own begins with: parts of a list have a dot in theirs.
      for (std::size_t dot = name.rfind('.'); dot != name.npos && dot > 0; dot = name.rfind('.', dot - 1)) {
        const auto found = by_name.find(name.substr(0, dot));
        if (found == by_name.end()) continue;
        seen.above = found->second;
        seen.row.label = name.substr(dot + 1);
        break;
      }
      seen.row.depth = seen.above->row.depth + 1;
      seen.above->below.push_back(&seen);
    }
    detail::call_listener = this;
  }
  ~Recorder() override { detail::call_listener = outer_; }

  void begin(const Module& module) override {
    const auto found = seen_.find(&module);
    Seen* const seen = found == seen_.end() ? nullptr : found->second.get();
    // The caller may note a call that the module notes itself.
    const bool again = seen && !calls_.empty() && calls_.back().seen == seen;
    if (seen) mark(*seen);
    calls_.push_back({seen, again, products_.count(), {}});
  }
  void end(const Tensor& result) override {
    const Call call = calls_.back();
    calls_.pop_back();
    if (!call.seen) return;
    const Tensor& output = result.defined() ? result : call.output;
    if (call.again) {
      calls_.back().output = output;
      return;
    }
    SummaryRow& row = call.seen->row;
    ++row.calls;
    row.multiply_adds += products_.count() - call.before;
    if (!output.defined()) return;
    row.output = output.shape();
    row.output_bytes += bytes_of(output);
  }

  std::int64_t multiply_adds() const { return products_.count(); }
  std::vector<SummaryRow> rows() {
    std::vector<SummaryRow> rows;
    add(*root_, rows);
    return rows;
  }

 private:
  struct Call {
    Seen* seen;
    bool again;
    std::int64_t before;
    Tensor output = {};  ///< as the module noted it, where the caller can't say
  };

  static void mark(Seen& seen) {
    if (seen.is_called) return;
    seen.is_called = true;
    if (!seen.above) return;
    seen.above->called.push_back(&seen);
    mark(*seen.above);
  }

  void add(const Seen& seen, std::vector<SummaryRow>& rows) {
    const std::size_t at = rows.size();
    rows.push_back(seen.row);
    std::int64_t below = 0;
    auto each = [&](const std::vector<Seen*>& parts, bool called) {
      for (const Seen* part : parts) {
        if (part->is_called != called) continue;
        const std::size_t first = rows.size();
        add(*part, rows);
        below += rows[first].multiply_adds;
      }
    };
    each(seen.called, true);
    each(seen.below, false);
    rows[at].is_leaf = seen.row.calls > 0 && seen.called.empty();
    if (seen.row.calls == 0) rows[at].multiply_adds = below;
  }

  detail::CallListener* outer_;
  std::map<const Module*, std::unique_ptr<Seen>> seen_;
  Seen* root_ = nullptr;
  std::vector<Call> calls_;
  detail::MultiplyAdds products_;
};

/// The mode of a module and of those below it, which is put back in the end.
class Evaluation {
 public:
  explicit Evaluation(Module& module) {
    for (const auto& [name, part] : module.named_modules()) modes_.emplace_back(part, part->training());
    module.eval();
  }
  ~Evaluation() {
    for (const auto& [part, training] : modes_) part->train(training);  // a module before its parts
  }
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;

 private:
  std::vector<std::pair<Module*, bool>> modes_;
};

/// 1,234,567
std::string grouped(std::int64_t n) {
  std::string digits = std::to_string(n);
  for (std::size_t at = digits.size(); at > 3 + (n < 0 ? 1u : 0u); at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

std::string in_units(std::int64_t bytes) {
  const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto size = static_cast<double>(bytes);
  int unit = 0;
  for (; size >= 1024 && unit < 4; ++unit) size /= 1024;
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.2f} {}", size, units[unit]);
}

using Cells = std::vector<std::string>;

Cells cells_of(const SummaryRow& row) {
  const std::string indent(static_cast<std::size_t>(2 * row.depth), ' ');
  const std::string name = indent + (row.label.empty() ? "" : row.label + ": ") + row.class_name;
  const bool known = row.calls > 0 && row.output_bytes > 0;
  auto count = [](std::int64_t n) { return n > 0 ? grouped(n) : std::string("-"); };
  return {name,
          (known ? fmt::format("{}", row.output) : std::string("-")) +
              (row.calls > 1 ? fmt::format(" x {}", row.calls) : ""),
          count(row.parameters), count(row.multiply_adds), known ? in_units(row.output_bytes) : "-"};
}

/// How many characters a text is long; class names and labels may have any.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

ModuleSummary detail::summarize(Module& module, const std::function<Tensor()>& call, const Tensors& inputs) {
  NoGrad no_grad;
  const Evaluation evaluation(module);
  ModuleSummary summary;
  {
    Recorder recorder(module);
    noted_call(module, call);
    summary.rows = recorder.rows();
    summary.multiply_adds = recorder.multiply_adds();
  }
  for (const Tensor& x : inputs) summary.input_bytes += bytes_of(x);
  std::int64_t all = 0;
  for (const auto& [name, x] : module.state_dict()) all += bytes_of(x);
  for (const auto& [name, x] : module.named_parameters()) {
    summary.parameters += x.numel();
    summary.parameter_bytes += bytes_of(x);
  }
  for (const auto& [name, x] : module.trainable_parameters()) summary.trainable_parameters += x.numel();
  summary.buffer_bytes = all - summary.parameter_bytes;
  for (const SummaryRow& row : summary.rows)
    if (row.is_leaf) summary.output_bytes += row.output_bytes;
  return summary;
}

Tensor detail::summary_input(Module& module, const Shape& shape, std::optional<DType> dtype) {
  DType found = float32;
  Device device = adora::default_device();
  const auto parameters = module.named_parameters();
  if (!parameters.empty()) device = parameters[0].tensor.device();
  for (const auto& [name, x] : parameters) {
    if (!is_floating(x.dtype())) continue;
    found = x.dtype();
    break;
  }
  return zeros(shape, dtype.value_or(found), device);
}

std::string to_string(const ModuleSummary& summary) {
  std::vector<Cells> table{{"Module", "Output", "Parameters", "Multiply-adds", "Memory"}};
  for (const SummaryRow& row : summary.rows) table.push_back(cells_of(row));
  std::vector<std::size_t> widths(table[0].size());
  for (const Cells& cells : table)
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], width_of(cells[i]));
  std::size_t whole = 2 * (widths.size() - 1);
  for (const std::size_t width : widths) whole += width;
  const std::string rule(whole, '-');
  std::string text;
  for (std::size_t r = 0; r < table.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const std::string space(widths[i] - width_of(table[r][i]), ' ');
      // Words to the left, numbers to the right.
      if (i > 0) line.append("  ");
      line.append(i < 2 ? table[r][i] + space : space + table[r][i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
    if (r == 0) text += rule + "\n";
  }
  return text + rule +
         fmt::format(
             "\nParameters: {}, of which {} are trained\nMultiply-adds: {}\nMemory: parameters {}, buffers {}, input "
             "{}, outputs {}",
             grouped(summary.parameters), grouped(summary.trainable_parameters), grouped(summary.multiply_adds),
             in_units(summary.parameter_bytes), in_units(summary.buffer_bytes), in_units(summary.input_bytes),
             in_units(summary.output_bytes));
}

std::ostream& operator<<(std::ostream& out, const ModuleSummary& summary) { return out << to_string(summary); }

}  // namespace adora
