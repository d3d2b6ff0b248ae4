#pragma once
#include <functional>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "but_elementwise.h"

/// From the name of an op and the attributes of a case to calls of the library.
namespace adora::reference {

/// The inputs of a case by name.
class Inputs {
 public:
  explicit Inputs(StateDict tensors) : tensors_(std::move(tensors)) {}
  /// The first of the names that there is; an error where there is none.
  const Tensor& operator()(std::initializer_list<const char*> names) const;
  const Tensor& operator()(const char* name) const { return (*this)({name}); }
  /// As above, but undefined where there is none.
  Tensor optional(std::initializer_list<const char*> names) const;
  /// All of them, in the order of their names.
  Tensors all() const;

 private:
  StateDict tensors_;
};

/// The attributes of a case. A null counts as absent.
class Attributes {
 public:
  explicit Attributes(nlohmann::json values) : values_(std::move(values)) {}
  bool has(const char* name) const { return values_.contains(name) && !values_.at(name).is_null(); }
  double number(std::initializer_list<const char*> names, double otherwise) const;
  std::int64_t whole(std::initializer_list<const char*> names, std::int64_t otherwise) const;
  bool flag(std::initializer_list<const char*> names, bool otherwise) const;
  bool is_flag(const char* name) const { return has(name) && values_.at(name).is_boolean(); }
  std::string text(const char* name, const char* otherwise) const;
  /// A list of numbers, or one number as a list; empty where absent.
  Shape list(std::initializer_list<const char*> names) const;
  /// alpha / rank, or alpha / √rank with rsLoRA, under either name.
  double scale() const;

 private:
  const nlohmann::json* find(std::initializer_list<const char*> names) const;
  nlohmann::json values_;
};

/// One way to compute what a case wants: several outputs in the order of their names.
struct Call {
  std::string what;  ///< which of several ways; empty for the only one
  std::function<Tensors(const Inputs&)> run;
};

using Ways = std::vector<Call>;
/// Makes them from a case's attributes.
using Maker = std::function<Ways(const Attributes&)>;

/// The only way of an op with one output, or with several, in the order of their names in the file.
Maker one(std::function<Tensor(const Inputs&, const Attributes&)> f);
Maker several(std::function<Tensors(const Inputs&, const Attributes&)> f);
/// The only way of a function of `x`, or of `a` and `b`.
Maker unary(Tensor (*f)(const Tensor&));
Maker binary(Tensor (*f)(const Tensor&, const Tensor&));

/// Makes ops known to the cases, each by its name: a static variable of a file that is named after their family.
struct RegisterCalls {
  RegisterCalls(std::initializer_list<std::pair<const char*, Maker>> calls);
};

/// Every way the library has for `op`: fused and composed, both routes. Empty for an op that this program doesn't know.
std::vector<Call> calls_for(const std::string& op, const Attributes& attributes);

}  // namespace adora::reference
