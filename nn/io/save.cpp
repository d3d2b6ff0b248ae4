#include "save.h"

#include "../../autograd/grad_mode.h"
#include "../../core/listed.h"
#include "../../ops/creation.h"
#include "../finite.h"
#include "safetensors.h"

namespace adora {
namespace {

constexpr const char* only = "tensor";

}  // namespace

void save(const std::string& path, const Tensor& x) {
  check_inputs("save", {&x});
  save(path, StateDict{{only, x}});
}

void save(const std::string& path, const StateDict& tensors) {
  check_finite(tensors, path);
  write_safetensors(path, tensors);
}

void save(const std::string& path, const Module& module) { save(path, module.state_dict()); }

Tensor load(const std::string& path) {
  const StateDict tensors = load_state_dict(path);
  std::vector<std::string> names;
  for (const auto& [name, x] : tensors) names.push_back(name);
  check(tensors.size() == 1 && tensors.contains(only),
        "{}: has not the one tensor '{}' that save writes but {}; load_state_dict(path) gives all of them", path, only,
        names.empty() ? "none" : listed(names));
  return tensors.at(only);
}

StateDict load_state_dict(const std::string& path) {
  NoGrad no_grad;
  StateDict tensors = read_safetensors(path);
  for (auto& [name, x] : tensors) x = to(x, default_device());
  return tensors;
}

void load(const std::string& path, Module& module) {
  const StateDict tensors = read_safetensors(path);
  check_finite(tensors, path);
  module.load_state_dict(tensors, path);
}

}  // namespace adora
