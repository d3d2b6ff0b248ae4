#pragma once
#include <functional>

#include "module.h"

namespace adora {

namespace detail {
/// Is told of the calls of modules on a thread.
class CallListener {
 public:
  virtual ~CallListener() = default;
  virtual void begin(const Module& module) = 0;
  /// The call that began last has ended; with an undefined result where it threw.
  virtual void end(const Tensor& result) = 0;
};
inline constinit thread_local CallListener* call_listener = nullptr;
}  // namespace detail

/// What `call` returns, noted as a call of the module where somebody listens, as a summary does (summary.h); otherwise
/// it costs the test of a pointer. The library's layers do so. A module of one's own, of whose calls a summary can't
/// know otherwise, may:
///
///     Tensor operator()(const Tensor& x) const {
///       return noted_call(*this, [&] { return x + down(relu(up(x))); });
///     }
///
/// `tensor_of` gives the tensor of a result that is none itself.
template <class F, class R = std::identity> auto noted_call(const Module& module, F&& call, R&& tensor_of = {}) {
  detail::CallListener* const listener = detail::call_listener;
  if (!listener) return call();
  struct End {
    detail::CallListener* listener;
    Tensor result = {};
    ~End() { listener->end(result); }
  } end{listener};
  listener->begin(module);
  auto result = call();
  end.result = tensor_of(result);
  return result;
}

}  // namespace adora
