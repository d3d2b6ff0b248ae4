#include "sgd.h"

#include "optimizer_define.h"

namespace adora {
namespace {

template <class T> struct SgdUpdate {
  T rate, decay, momentum;
  bool first;
  bool operator==(const SgdUpdate&) const = default;
  ADORA_HD void operator()(T& param, T gradient) const { param -= rate * (gradient + decay * param); }
  ADORA_HD void operator()(T& param, T gradient, T& velocity) const {
    T move = gradient + decay * param;
    // Not with a factor of 0 in the first step, when the velocity may hold anything.
    if (!first) move += momentum * velocity;
    velocity = move;
    param -= rate * move;
  }
};

}  // namespace

SGD::SGD(std::vector<NamedTensor> parameters, SgdOptions options)
    : Optimizer(std::move(parameters), options.lr,
                options.momentum != 0 ? std::vector<Kept>{{"velocity"}} : std::vector<Kept>{}),
      options_(options) {
  detail::check_share("momentum", options.momentum), detail::check_not_negative("weight_decay", options.weight_decay);
}

void SGD::step_together(const Stepping& those) {
  auto make = [&]<class T>(double lr, double t) {
    return SgdUpdate<T>{T(lr), T(options_.weight_decay), T(options_.momentum), t == 1};
  };
  if (options_.momentum != 0) detail::update_all<SgdUpdate, 1>("sgd", those, make);
  else detail::update_all<SgdUpdate, 0>("sgd", those, make);
}

}  // namespace adora
