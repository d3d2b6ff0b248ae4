#include "checkpoint.h"

#include <algorithm>

#include "fused.h"
#include "input_observer.h"
#include "variable.h"

namespace adora {
namespace {

bool same_edge(const Edge& a, const Edge& b) { return a.node == b.node && a.output == b.output; }

/// Collects each tensor once, as long as it wants a gradient.
struct UsedTensors final : detail::InputObserver {
  Tensors found;
  std::vector<Edge> edges;
  detail::InputObserver* outer;

  UsedTensors() : outer(detail::input_observer) { detail::input_observer = this; }
  ~UsedTensors() override { detail::input_observer = outer; }

  void notice(const Tensor& x) override {
    if (!grad_required(x)) return;
    const Edge edge = gradient_edge(x);
    if (std::any_of(edges.begin(), edges.end(), [&](const Edge& known) { return same_edge(edge, known); })) return;
    edges.push_back(edge);
    found.push_back(x);
  }
};

/// Notes the offset of each generator before its first use.
struct UsedGenerators final : GeneratorObserver {
  struct Use {
    const Generator* generator;
    std::uint64_t offset;
  };
  std::vector<Use> uses;
  GeneratorObserver* outer;

  UsedGenerators() : outer(generator_observer) { generator_observer = this; }
  ~UsedGenerators() override { generator_observer = outer; }

  void before_use(Generator& generator) override {
    if (outer) outer->before_use(generator);
    for (const Use& use : uses) {
      if (use.generator == &generator) return;
    }
    uses.push_back({&generator, generator.offset()});
  }
  // One that f made itself: f will make it again.
  void destroyed(const Generator& generator) override {
    if (outer) outer->destroyed(generator);
    std::erase_if(uses, [&](const Use& use) { return use.generator == &generator; });
  }
};

/// Puts each of those generators back to where it stood when it is used again, and undoes that in the end.
/// A generator is touched only when f itself uses it: others may be gone.
struct ReplayGenerators final : GeneratorObserver {
  struct Replayed {
    Generator* generator;
    std::uint64_t before;
  };
  const std::vector<UsedGenerators::Use>& uses;
  std::vector<Replayed> replayed;
  GeneratorObserver* outer;

  explicit ReplayGenerators(const std::vector<UsedGenerators::Use>& uses) : uses(uses), outer(generator_observer) {
    generator_observer = this;
  }
  ~ReplayGenerators() override {
    generator_observer = outer;
    for (const Replayed& r : replayed) r.generator->set_offset(r.before);
  }

  void before_use(Generator& generator) override {
    if (outer) outer->before_use(generator);
    for (const Replayed& r : replayed) {
      if (r.generator == &generator) return;
    }
    for (const UsedGenerators::Use& use : uses) {
      if (use.generator != &generator) continue;
      replayed.push_back({&generator, generator.offset()});
      generator.set_offset(use.offset);
    }
  }
  void destroyed(const Generator& generator) override {
    if (outer) outer->destroyed(generator);
    std::erase_if(replayed, [&](const Replayed& r) { return r.generator == &generator; });
  }
};

/// Counts how deeply checkpoints are nested on this thread, since each level takes some of the stack.
class Depth {
 public:
  Depth() {
    check(depth_ < most, "checkpoint: more than {} lie within one another; call them one after the other, not within",
          most);
    ++depth_;
  }
  ~Depth() { --depth_; }
  Depth(const Depth&) = delete;
  Depth& operator=(const Depth&) = delete;

 private:
  static constexpr int most = 64;
  static thread_local int depth_;
};
thread_local int Depth::depth_ = 0;

/// The gradients of the `used` tensors: computes f again, recorded this time, and runs that graph backward.
Tensors recompute(const std::function<Tensors(const Tensors&)>& f, const Tensors& inputs, const Tensors& used,
                  const std::vector<UsedGenerators::Use>& generators, const Tensors& arrived) {
  const Depth deeper;
  const bool record_pass = grad_enabled();
  GradMode mode(true);
  Tensors all;
  {
    ReplayGenerators replay(generators);
    all = f(inputs);
  }
  check(all.size() == arrived.size(), "checkpoint: the function gave {} tensors, and {} when called again",
        arrived.size(), all.size());
  Tensors asked(used.size());
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (input_grad_required(i)) asked[i] = used[i];
  }
  return detail::gradients_at(std::move(all), asked, arrived, record_pass);
}

}  // namespace

Tensors checkpoint(std::function<Tensors(const Tensors&)> f, const Tensors& inputs) {
  check(f != nullptr, "checkpoint: the function is empty");
  const Depth deeper;
  if (!grad_enabled()) return f(inputs);
  Tensors outputs, used;
  std::vector<UsedGenerators::Use> generators;
  {
    UsedTensors tensors;
    UsedGenerators uses;
    NoGrad no_grad;
    outputs = f(inputs);
    used = std::move(tensors.found);
    generators = std::move(uses.uses);
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    check(outputs[i].defined(), "checkpoint: tensor {} of those that the function gave is undefined", i);
    // f may return an input, or a tensor twice: each output gets a history of its own.
    outputs[i] = outputs[i].detach();
  }
  std::vector<ToSave> kept;
  for (const Tensor& x : inputs) kept.push_back({"input", x});
  for (const Tensor& x : used) kept.push_back({"used", x});
  auto gradient = [f = std::move(f), generators, n = inputs.size(), all = kept.size()](const Tensors& gradients,
                                                                                       const SavedTensors& saved) {
    Tensors inputs, used;
    for (std::size_t i = 0; i < n; ++i) inputs.push_back(saved.at(i));
    for (std::size_t i = n; i < all; ++i) used.push_back(saved.at(i));
    return recompute(f, inputs, used, generators, gradients);
  };
  detail::record_node("checkpoint", outputs, used, kept, std::move(gradient));
  return outputs;
}

Tensor checkpoint(std::function<Tensor(const Tensors&)> f, const Tensors& inputs) {
  check(f != nullptr, "checkpoint: the function is empty");
  auto several = [f = std::move(f)](const Tensors& in) { return Tensors{f(in)}; };
  return checkpoint(std::function<Tensors(const Tensors&)>(several), inputs)[0];
}

}  // namespace adora
