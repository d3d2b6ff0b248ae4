#include "passes.h"

#include "../../autograd/backward.h"
#include "../../autograd/grad_mode.h"
#include "../../autograd/variable.h"
#include "../../ops/arithmetic.h"
#include "../../ops/creation.h"

namespace adora {
namespace {

class Direct final : public Passes {
 public:
  Direct(CausalLm& model, Optimizer& optimizer) : model_(model), optimizer_(optimizer) {}

  void begin_step() override {
    optimizer_.zero_grad();
    losses_.clear();
  }
  void add(const TokenBatch& part, double scale, const Generator::Part&) override {
    const Tensor loss = model_.loss(part.tokens, part.targets, {.reduction = Reduction::sum}, part.texts) * scale;
    losses_.push_back(loss.detach());
    backward(loss);
  }
  double loss() override {  // only now, since it waits for the device
    double sum = 0;
    for (const Tensor& loss : losses_) sum += item(loss);
    return sum;
  }

 private:
  CausalLm& model_;
  Optimizer& optimizer_;
  Tensors losses_;
};

class Recorded final : public Passes {
 public:
  Recorded(CausalLm& model, Optimizer& optimizer, Generator* dropout)
      : model_(model),
        optimizer_(optimizer),
        dropout_(dropout),
        scale_(zeros({}, model.dtype() == float64 ? float64 : float32, model.device())),
        sum_(zeros({}, float64, model.device())) {
    for (const NamedTensor& one : optimizer.parameters()) gradients_.push_back(zeros_like(one.tensor.detach()));
  }

  void begin_step() override {
    first_ = true;
    // Clipping has put others in their place.
    for (std::size_t i = 0; i < gradients_.size(); ++i) set_grad(optimizer_.parameters()[i].tensor, gradients_[i]);
  }

  void add(const TokenBatch& part, double scale, const Generator::Part& of_step) override {
    fill_(scale_, scale);
    const Key key{part.tokens.size(0), part.tokens.size(1), of_step.begin, of_step.whole, first_};
    first_ = false;
    constexpr std::size_t most = 64;  // documents of many lengths
    if (shapes_.size() == most && !shapes_.contains(key)) {
      shapes_.clear();
      memory_ = std::make_unique<cuda::Graph>();  // what was kept for other lengths is free
    }
    const bool seen = shapes_.contains(key);
    Recording& shape = shapes_[key];
    if (!seen) {
      // Directly, so that whatever the device loads when it is first used is there when it is recorded.
      shape.tokens = to(part.tokens, model_.device()), shape.targets = to(part.targets, model_.device());
      return memory_->run([&] { pass(shape, std::get<bool>(key)); });
    }
    copy_(shape.tokens, to(part.tokens, model_.device()));
    copy_(shape.targets, to(part.targets, model_.device()));
    if (!shape.graph) {
      auto graph = std::make_unique<cuda::Graph>(memory_.get());
      graph->record([&] { pass(shape, std::get<bool>(key)); },
                    dropout_ ? std::vector<Generator*>{dropout_} : std::vector<Generator*>{});
      shape.graph = std::move(graph);
    }
    shape.graph->replay();
  }

  double loss() override { return item(sum_); }

 private:
  /// Documents, tokens of each, where in the step's batch they begin, how many that has, and whether they come first.
  using Key = std::tuple<std::int64_t, std::int64_t, std::uint64_t, std::uint64_t, bool>;
  struct Recording {
    Tensor tokens, targets;
    std::unique_ptr<cuda::Graph> graph;
  };

  void pass(const Recording& shape, bool first) {
    if (first) {
      fill_(sum_, 0);
      for (const Tensor& gradient : gradients_) fill_(gradient, 0);
    }
    const Tensor loss = model_.loss(shape.tokens, shape.targets, {.reduction = Reduction::sum}) * scale_;
    {
      NoGrad no_grad;
      copy_(sum_, sum_ + to(loss, float64));
    }
    backward(loss);
  }

  CausalLm& model_;
  Optimizer& optimizer_;
  Generator* dropout_;
  Tensor scale_, sum_;
  Tensors gradients_;
  bool first_ = true;
  /// Records nothing: its memory serves all, one after the other.
  std::unique_ptr<cuda::Graph> memory_ = std::make_unique<cuda::Graph>();
  std::map<Key, Recording> shapes_;
};

}  // namespace

std::unique_ptr<Passes> direct_passes(CausalLm& model, Optimizer& optimizer) {
  return std::make_unique<Direct>(model, optimizer);
}

std::unique_ptr<Passes> recorded_passes(CausalLm& model, Optimizer& optimizer, Generator* dropout) {
  return std::make_unique<Recorded>(model, optimizer, dropout);
}

}  // namespace adora
