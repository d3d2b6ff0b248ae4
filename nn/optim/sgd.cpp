#include "sgd.h"

#include "optimizer_define.h"

namespace adora {
namespace {

template <class T> struct SgdUpdate {
  T rate, decay, momentum;
  bool operator==(const SgdUpdate&) const = default;
  ADORA_HD void operator()(T& param, T gradient) const { param -= rate * (gradient + decay * param); }
  ADORA_HD void operator()(T& param, T gradient, T& velocity) const {
    velocity = momentum * velocity + (gradient + decay * param);
    param -= rate * velocity;
  }
};

}  // namespace

SGD::SGD(std::vector<NamedTensor> parameters, SgdOptions options)
    : Optimizer(std::move(parameters), options.lr,
                options.momentum != 0 ? std::vector<Kept>{{"velocity"}} : std::vector<Kept>{}),
      options_(options) {
  check_share("momentum", options.momentum), check_not_negative("weight_decay", options.weight_decay);
}

void SGD::step_together(const Stepping& those) {
  auto make = [&]<class T>(double lr, double) {
    return SgdUpdate<T>{T(lr), T(options_.weight_decay), T(options_.momentum)};
  };
  if (options_.momentum != 0) detail::update_all<SgdUpdate, 1>("sgd", those, make);
  else detail::update_all<SgdUpdate, 0>("sgd", those, make);
}

}  // namespace adora
