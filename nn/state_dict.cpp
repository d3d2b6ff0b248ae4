#include "state_dict.h"

#include <cstring>

#include "../autograd/grad_mode.h"
#include "../core/listed.h"
#include "../ops/creation.h"

namespace adora {

bool same_bits(const Tensor& a, const Tensor& b) {
  check_inputs("same_bits", {&a, &b});
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  NoGrad no_grad;
  const Tensor x = contiguous(a), y = contiguous(b);
  const std::size_t bytes = static_cast<std::size_t>(x.numel()) * size_of(x.dtype());
  return bytes == 0 || std::memcmp(x.raw(), y.raw(), bytes) == 0;
}

namespace {

void check_tensor(const std::string& name, const Tensor& x, const Tensor& wanted, bool same_dtype,
                  const std::string& where) {
  check(x.defined(), "{}: {} is an undefined tensor", where, name);
  check(x.shape() == wanted.shape(), "{}: {} has shape {} and must have {}", where, name, x.shape(), wanted.shape());
  const bool converted = !same_dtype && is_floating(x.dtype()) && is_floating(wanted.dtype());
  check(converted || x.dtype() == wanted.dtype(), "{}: {} is {} and must be {}", where, name, adora::name(x.dtype()),
        same_dtype || !is_floating(wanted.dtype()) ? adora::name(wanted.dtype()) : "floating");
}

}  // namespace

StateDict match_state_dict(const StateDict& given, const StateDictTarget& target, const std::string& where) {
  StateDict matched;
  std::map<std::string, std::string> given_as;
  std::vector<std::string> surplus, missing;
  for (const auto& [name, x] : given) {
    const auto tie = target.tied.find(name);
    const std::string& own = tie == target.tied.end() ? name : tie->second;
    if (!target.tensors.contains(own)) {
      surplus.push_back(name);
      continue;
    }
    check_tensor(name, x, target.tensors.at(own), target.same_dtype, where);
    const auto [at, first] = matched.emplace(own, x);
    given_as.emplace(own, name);
    check(first || same_bits(to(x, cpu), to(at->second, cpu)),
          "{}: {} is not {}, which it is tied to; if the two are meant to differ, the model's config must not tie them "
          "(tie_word_embeddings: false)",
          where, name, given_as.at(own));
  }
  for (const auto& [name, x] : target.tensors)
    if (!matched.contains(name)) missing.push_back(name);
  check(missing.empty() && surplus.empty(), "{}: {}{}{}", where,
        missing.empty() ? "" : "tensors are missing: " + listed(missing),
        missing.empty() || surplus.empty() ? "" : "; ",
        surplus.empty() ? "" : "there are tensors that nothing takes: " + listed(surplus));
  return matched;
}

}  // namespace adora
