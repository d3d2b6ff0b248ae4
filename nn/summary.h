#pragma once
#include <concepts>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "module.h"

namespace adora {

/// A module and those below it as one call of it used them.
struct SummaryRow {
  std::string name;   ///< from the summarized module on; its own is empty
  std::string label;  ///< the name within the row above it that has this one as a part
  std::string class_name;
  int depth = 0;
  /// How often it was called. Of modules that don't say so (noted_call.h) it is 0, and neither is their output known.
  std::int64_t calls = 0;
  Shape output;                    ///< of the last call
  std::int64_t output_bytes = 0;   ///< of all calls
  std::int64_t parameters = 0;     ///< numbers in it and below; those of tied ones at each place
  std::int64_t multiply_adds = 0;  ///< of the products within its calls, or the sum of those below it
  bool is_leaf = false;            ///< no module below it was called
};

struct ModuleSummary {
  std::vector<SummaryRow>
      rows;  ///< a module before its parts, these in the order of their first calls, unused ones last
  std::int64_t parameters = 0;  ///< tied ones once; a quantized weight is a buffer
  std::int64_t trainable_parameters = 0;
  std::int64_t multiply_adds = 0;  ///< of the whole call
  std::int64_t parameter_bytes = 0, buffer_bytes = 0, input_bytes = 0;
  std::int64_t output_bytes = 0;  ///< of the rows that are leaves: about what training keeps for the backward pass
};

/// What calling a module takes, as torchinfo has it: in evaluation mode, without gradients, and each module's mode is
/// as before afterwards. The library's layers are seen, called from whatever code; a module of one's own is if it says
/// so (noted_call.h), or Sequential calls it, and else its row has the sums of its parts.
///
///     std::cout << summary(model, {1, 3, 32, 32});
///
/// The first form calls module(x) with zeros of this shape, of the dtype of its first floating parameter unless another
/// is given (int64 for ids); the second module(inputs…); the third a function that calls the module in its own way.
template <std::derived_from<Module> M>
ModuleSummary summary(M& module, const Shape& input, std::optional<DType> dtype = {});
template <std::derived_from<Module> M, std::same_as<Tensor>... X>
ModuleSummary summary(M& module, const Tensor& first, const X&... more);
template <std::invocable F> ModuleSummary summary(Module& module, F&& call);

/// A table of the rows and, below it, the totals.
std::string to_string(const ModuleSummary& summary);
std::ostream& operator<<(std::ostream& out, const ModuleSummary& summary);

namespace detail {
/// `call` gives the module's own result, or an undefined tensor where that is none.
ModuleSummary summarize(Module& module, const std::function<Tensor()>& call, const Tensors& inputs);
Tensor summary_input(Module& module, const Shape& shape, std::optional<DType> dtype);

template <class F> Tensor result_of(F&& call) {
  if constexpr (std::convertible_to<std::invoke_result_t<F&>, Tensor>) return call();
  else return call(), Tensor();
}
}  // namespace detail

template <std::derived_from<Module> M>
ModuleSummary summary(M& module, const Shape& input, std::optional<DType> dtype) {
  return summary(module, detail::summary_input(module, input, dtype));
}
template <std::derived_from<Module> M, std::same_as<Tensor>... X>
ModuleSummary summary(M& module, const Tensor& first, const X&... more) {
  return detail::summarize(module, [&] { return detail::result_of([&] { return module(first, more...); }); },
                           {first, more...});
}
template <std::invocable F> ModuleSummary summary(Module& module, F&& call) {
  return detail::summarize(module, [&] { return detail::result_of(call); }, {});
}

}  // namespace adora

template <> struct fmt::formatter<adora::ModuleSummary> : adora::detail::Formatter<adora::ModuleSummary> {};
