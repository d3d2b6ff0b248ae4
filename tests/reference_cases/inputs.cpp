#include <cmath>

#include "calls.h"

namespace adora::reference {

const Tensor& Inputs::operator()(std::initializer_list<const char*> names) const {
  for (const char* name : names) {
    auto found = tensors_.find(name);
    if (found != tensors_.end()) return found->second;
  }
  fail("the case has no input '{}'", *names.begin());
}

Tensor Inputs::optional(std::initializer_list<const char*> names) const {
  for (const char* name : names) {
    auto found = tensors_.find(name);
    if (found != tensors_.end()) return found->second;
  }
  return {};
}

Tensors Inputs::all() const {
  Tensors result;
  for (const auto& [name, x] : tensors_) result.push_back(x);
  return result;
}

const nlohmann::json* Attributes::find(std::initializer_list<const char*> names) const {
  for (const char* name : names) {
    if (has(name)) return &values_.at(name);
  }
  return nullptr;
}

double Attributes::number(std::initializer_list<const char*> names, double otherwise) const {
  const nlohmann::json* value = find(names);
  return value ? value->get<double>() : otherwise;
}

std::int64_t Attributes::whole(std::initializer_list<const char*> names, std::int64_t otherwise) const {
  const nlohmann::json* value = find(names);
  if (value && value->is_array() && value->size() == 1) return value->at(0).get<std::int64_t>();
  return value ? value->get<std::int64_t>() : otherwise;
}

bool Attributes::flag(std::initializer_list<const char*> names, bool otherwise) const {
  const nlohmann::json* value = find(names);
  return value ? value->get<bool>() : otherwise;
}

std::string Attributes::text(const char* name, const char* otherwise) const {
  const nlohmann::json* value = find({name});
  return value ? value->get<std::string>() : otherwise;
}

Shape Attributes::list(std::initializer_list<const char*> names) const {
  const nlohmann::json* value = find(names);
  if (!value) return {};
  if (!value->is_array()) return {value->get<std::int64_t>()};
  return Shape(value->get<std::vector<std::int64_t>>());
}

double Attributes::scale() const {
  const double rank = number({"rank", "r"}, 1);
  if (!has("scale") && has("alpha"))
    return number({"alpha"}, 1) / (flag({"use_rslora", "rslora"}, false) ? std::sqrt(rank) : rank);
  return number({"scale", "scaling"}, 1);
}

}  // namespace adora::reference
