// The optimizer that optimizer_define.h has for an example.
#include "../../../../autograd/variable.h"
#include "../../../../nn/optim/optimizer_define.h"
#include "../../../../ops/creation.h"
#include "../../../catch.h"

using namespace adora;

namespace {

template <class T> struct MeanUpdate {
  T rate, share;
  bool operator==(const MeanUpdate&) const = default;
  ADORA_HD void operator()(T& param, T gradient, T& mean) const {
    mean = share * mean + (1 - share) * gradient;
    param -= rate * mean;
  }
};

class MeanDescent final : public Optimizer {
 public:
  MeanDescent(Parameters parameters, double lr) : Optimizer(std::move(parameters), lr, {{"mean"}}) {}

 private:
  void step_together(const Stepping& those) override {
    detail::update_all<MeanUpdate, 1>("mean_descent", those, []<class T>(const detail::StepOf& step) {
      return MeanUpdate<T>{T(step.lr), T(0.9)};
    });
  }
};

}  // namespace

// A formula is compiled for the GPU where nvcc compiles its file, which is none of the tests'.
TEST_CASE("an optimizer of one formula steps as a plain loop does, and its state is saved by the name given", "[cpu]") {
  for (const DType dtype : {float32, float64, bfloat16}) {
    const Tensor x = requires_grad(full({3}, 2, dtype));
    MeanDescent optimizer({{"x", x}}, 0.125);
    double expected = 2, mean = 0;
    for (const double gradient : {1.0, -2.0, 0.5}) {
      set_grad(x, full({3}, gradient, dtype));
      optimizer.step();
      mean = 0.9 * mean + 0.1 * gradient;
      expected -= 0.125 * mean;
    }
    CHECK(to_vector<double>(to(x.detach(), float64))[2] == Approx(expected).epsilon(dtype == bfloat16 ? 1e-2 : 1e-6));
    CHECK(to_vector<double>(to(optimizer.state_dict().at("mean.x"), float64))[1] == Approx(mean).epsilon(1e-6));
  }
}
