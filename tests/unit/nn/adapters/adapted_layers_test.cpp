#include "adapted_layers.h"

#include "../../../refused.h"
#include "ops/elementwise/square.h"

using namespace adora;
using namespace adora::test;

namespace {

std::vector<double> output(const Net& net) {
  NoGrad no_grad;
  return to_vector<double>(net(net_ids()));
}

/// "dora.grad." and the like taken off those that have it.
StateDict those_of(const StateDict& all, const std::string& prefix) {
  StateDict found;
  for (const auto& [name, x] : all)
    if (name.starts_with(prefix)) found[name.substr(prefix.size())] = x;
  return found;
}

}  // namespace

TEST_CASE("PEFT's adapters of embeddings and convolutions load, and compute and train as in PEFT") {
  const StateDict peft = read_safetensors(peft_files + "peft_layers.safetensors");
  for (const std::string kind : {"lora", "dora"}) {
    CAPTURE(kind);
    Net net;
    net.load_state_dict(those_of(peft, "base."));
    check_close(output(net), to_vector<double>(peft.at("base_y")), 1e-13);
    const AdapterConfig config = load_adapter(net, peft_files + kind);
    CHECK(config.kind == kind);
    CHECK(config.task_type.empty());
    check_close(output(net), to_vector<double>(peft.at(kind + ".y")), 1e-12);
    backward(net(net_ids()), to(peft.at("upstream"), default_device()));
    const StateDict gradients = those_of(peft, kind + ".grad."), own = adapter_state_dict(net);
    CHECK(gradients.size() == own.size());
    for (const auto& [name, x] : own) {
      INFO(name);
      const Tensor& wanted = gradients.at(name);
      CHECK(grad(x).shape() == wanted.shape());
      CHECK(close(to_vector<double>(grad(x)), to_vector<double>(wanted), 1e-11));
    }
    if (kind == "lora") continue;  // the convolution in groups can't be merged
    fold_adapters(net);
    const StateDict merged = those_of(peft, "dora.merged.");
    for (const auto& [name, x] : net.state_dict()) {
      INFO(name);
      CHECK(close(to_vector<double>(x), to_vector<double>(merged.at(name)), 1e-13));
    }
  }
}

TEST_CASE("a fresh adapter on any layer changes nothing, and merging gives what it computes") {
  for (const std::string kind : {"lora", "dora", "magnitude"}) {
    for (const std::string& layer : net_layers) {
      CAPTURE(kind, layer);
      Net net;
      const std::vector<double> plain = output(net);
      const StateDict before = net.state_dict();
      add_adapter(net, {.kind = kind, .rank = 2, .alpha = 5, .target_modules = {layer}});
      check_close(output(net), plain, 1e-13);
      for (const auto& [name, x] : net.trainable_parameters()) CHECK(name.starts_with(layer + ".adapter.default."));
      disturb_adapter(net, 3);
      const std::vector<double> adapted = output(net);
      CHECK(largest_difference(adapted, plain) > 1e-3);
      // A second one beside it: their changes add up, each from the weight without any.
      add_adapter(net, {.kind = kind, .rank = 3, .alpha = 4, .target_modules = {layer}}, "second");
      disturb_adapter(net, 4, "second");
      activate_adapters(net, {"default", "second"});
      const std::vector<double> both = output(net);
      CHECK(largest_difference(both, adapted) > 1e-3);
      merge_adapters(net);
      check_close(output(net), both, 1e-12);
      unmerge_adapters(net);
      for (const auto& [name, x] : before) CHECK(same_bits(to(net.state_dict().at(name), cpu), to(x, cpu)));
      activate_adapters(net, {"default"});
      fold_adapters(net);
      check_close(output(net), adapted, 1e-12);
      CHECK(adapted_modules(net).empty());
    }
  }
}

TEST_CASE("the gradients of adapters on any layer are those of what it computes", "[long]") {
  for (const bool detach : {true, false}) {
    for (const std::string kind : {"lora", "dora"}) {
      if (kind == "lora" && detach) continue;
      CAPTURE(kind, detach);
      Net net;
      std::vector<std::string> layers = net_layers;
      if (kind == "lora") layers.push_back("groups");
      add_adapter(net, {.kind = kind, .rank = 2, .alpha = 5, .target_modules = layers}, "default",
                  {.magnitude = {.detach_norm = detach}});
      disturb_adapter(net, 6);
      backward(sum(square(net(net_ids()))));
      for (const auto& [name, x] : adapter_state_dict(net)) {
        INFO(name);
        // With the norm held constant only the magnitude's is the derivative.
        if (detach && !name.ends_with("magnitude_vector")) continue;
        const std::vector<double> found = to_vector<double>(grad(x)), wanted = numeric_gradient(x, [&] {
                                                                        NoGrad no_grad;
                                                                        return item(sum(square(net(net_ids()))));
                                                                      });
        CHECK(close(found, wanted, 1e-6, 1e-3));
      }
    }
  }
}

TEST_CASE("on a convolution the adapter drops what its options say") {
  for (const std::string kind : {"lora", "dora"}) {
    for (const bool reference : {false, true}) {
      CAPTURE(kind, reference);
      Net net;
      add_adapter(net, {.kind = kind, .rank = 2, .alpha = 5, .dropout = 0.3, .target_modules = {"image", "table"}},
                  "default", {.seed = 4, .magnitude = {.reference_dropout = reference}});
      disturb_adapter(net, 8);
      NoGrad no_grad;
      Generator g(6);
      const Tensor x = uniform({2, 2, 4, 3}, -1, 1, g, float64);
      Generator same = adapter(net).dropout_generator;
      const Tensor found = net.image(x), dropped = dropout(x, 0.3, same);
      CHECK(same.offset() == adapter(net).dropout_generator.offset());
      // Convolutions with the weights themselves: W, and c ∘ W and c ∘ scale·B·A, from products in plain loops.
      const auto a = to_vector<double>(part(adapter_on(net.image), "lora_A")),
                 b = to_vector<double>(part(adapter_on(net.image), "lora_B")), w = to_vector<double>(net.image.weight);
      std::vector<double> m(4, 1), scaled = w, low(48);
      if (kind == "dora") m = to_vector<double>(part(adapter_on(net.image), "magnitude"));
      for (std::size_t o = 0; o < 4; ++o) {
        double squares = 0;
        for (std::size_t i = 0; i < 12; ++i) {
          for (std::size_t r = 0; r < 2; ++r) low[o * 12 + i] += 2.5 * b[o * 2 + r] * a[r * 12 + i];
          squares += std::pow(w[o * 12 + i] + low[o * 12 + i], 2);
        }
        for (std::size_t i = 0; i < 12; ++i) {
          const double c = kind == "dora" ? m[o] / std::sqrt(squares) : 1;
          scaled[o * 12 + i] *= c, low[o * 12 + i] *= c;
        }
      }
      const ConvOptions windows = net.image.options;
      const Tensor weight = tensor<double>(scaled, {4, 2, 3, 2}), product = tensor<double>(low, {4, 2, 3, 2});
      Tensor expected = conv2d(dropped, product, net.image.bias, windows);
      if (kind == "dora" && reference) {
        expected = expected + conv2d(x, net.image.weight, {}, windows) +
                   conv2d(dropped, weight - net.image.weight, {}, windows);
      } else {
        expected = expected + conv2d(x, weight, {}, windows);
      }
      check_close(to_vector<double>(found), to_vector<double>(expected), 1e-13);
      // A table's ids have nothing to drop.
      const std::uint64_t drawn = adapter(net).dropout_generator.offset();
      net.table(net_ids());
      CHECK(adapter(net).dropout_generator.offset() == drawn);
      net.eval();
      CHECK(largest_difference(to_vector<double>(net.image(x)), to_vector<double>(found)) > 1e-3);
      CHECK(adapter(net).dropout_generator.offset() == drawn);
    }
  }
}

TEST_CASE("a convolution without a batch takes adapters, and one with a dilation merges into what it computes") {
  Generator g(2);
  struct Dilated : Module {
    explicit Dilated(Generator& g)
        : conv(3, 5, {3, 2}, g, {.padding = ConvPadding::same(), .dilation = {{2, 1}}, .dtype = float64}) {
      child("conv", conv);
    }
    Conv2d conv;
  } model(g);
  add_adapter(model, {.kind = "dora", .rank = 2, .alpha = 5, .target_modules = {"conv"}});
  disturb_adapter(model, 1);
  NoGrad no_grad;
  const Tensor x = uniform({3, 6, 5}, -1, 1, g, float64), batch = reshape(x, {1, 3, 6, 5});
  const Tensor y = model.conv(x);
  CHECK(y.shape() == Shape{5, 6, 5});
  check_close(to_vector<double>(y), to_vector<double>(model.conv(batch)), 1e-13);
  merge_adapters(model);
  check_close(to_vector<double>(model.conv(x)), to_vector<double>(y), 1e-12);
}

TEST_CASE("adapters of any layer are saved as PEFT has them and load again") {
  for (const std::string kind : {"lora", "dora", "magnitude"}) {
    CAPTURE(kind);
    TemporaryFolder folder;
    Net net, other;
    AdapterConfig config{.kind = kind, .rank = 2, .alpha = 5, .target_modules = net_layers, .task_type = ""};
    if (kind == "lora") config.target_modules.push_back("groups");
    if (kind != "magnitude") config.rank_pattern = {{"line", 4}};
    add_adapter(net, config);
    disturb_adapter(net, 9);
    save_adapter(net, folder.path());
    StateDict file = read_safetensors(folder / "adapter_model.safetensors");
    CHECK(file.contains("base_model.model.table.lora_embedding_A"));
    CHECK(file.contains("base_model.model.image.lora_A.weight"));
    if (kind != "lora") {
      CHECK(file.at("base_model.model.image.lora_magnitude_vector").shape() == Shape{1, 4, 1, 1});
      CHECK(file.at("base_model.model.table.lora_magnitude_vector").shape() == Shape{6});
    }
    const AdapterConfig read = load_adapter(other, folder.path());
    CHECK(read.kind == kind);
    CHECK(read.task_type.empty());
    CHECK(output(other) == output(net));
    file.erase("base_model.model.image.lora_A.weight");
    if (kind == "magnitude") file.erase("base_model.model.image.lora_magnitude_vector");
    write_safetensors(folder / "adapter_model.safetensors", file);
    Net third;
    CHECK_THROWS_WITH(load_adapter(third, folder.path()), ContainsSubstring("base_model.model.image.lora_"));
    CHECK(adapter_names(third).empty());
  }
}

TEST_CASE("adapters of half layers are float32, and what they compute is of the layer's dtype") {
  for (const std::string kind : {"lora", "dora", "magnitude"}) {
    CAPTURE(kind);
    Net half(bfloat16), whole(float32);
    whole.load_state_dict(half.state_dict());
    const AdapterConfig config{.kind = kind, .rank = 2, .alpha = 5, .target_modules = net_layers};
    add_adapter(half, config), add_adapter(whole, config);
    for (const auto& [name, x] : half.trainable_parameters()) CHECK(x.dtype() == float32);
    disturb_adapter(half, 2), disturb_adapter(whole, 2);
    const Tensor y = half(net_ids());
    CHECK(y.dtype() == bfloat16);
    const auto found = to_vector<double>(to(y, float32)), wanted = to_vector<double>(whole(net_ids()));
    CHECK(close(found, wanted, 0.05));
    backward(sum(y));
    for (const auto& [name, x] : half.trainable_parameters()) CHECK(grad(x).dtype() == float32);
    NoGrad no_grad;
    merge_adapters(half);
    CHECK(half.image.weight.dtype() == bfloat16);
    CHECK(close(to_vector<double>(to(half(net_ids()), float32)), wanted, 0.05));
  }
}

TEST_CASE("training an adapter on every layer lowers the loss, and leaves the layers as they were") {
  for (const std::string kind : {"lora", "dora", "magnitude"}) {
    CAPTURE(kind);
    Net net;
    const StateDict before = net.state_dict();
    std::vector<Tensor> copies;
    for (const auto& [name, x] : before) copies.push_back(clone(x));
    AdapterConfig config{.kind = kind, .rank = 2, .alpha = 5, .target_modules = net_layers};
    add_adapter(net, config);
    AdamW optimizer(net.trainable_parameters(), {.lr = 0.01});
    auto loss = [&] { return mean(square(net(net_ids()) - 1.0)); };
    const double first = item(loss());
    for (int step = 0; step < 20; ++step) {
      optimizer.zero_grad();
      backward(loss());
      optimizer.step();
    }
    CHECK(item(loss()) < 0.95 * first);
    std::size_t i = 0;
    for (const auto& [name, x] : before) CHECK(same_bits(to(x, cpu), to(copies[i++], cpu)));
  }
}

TEST_CASE("how far a weight has moved counts a convolution's output channels and a table's columns") {
  for (const std::string kind : {"lora", "dora", "magnitude"}) {
    CAPTURE(kind);
    Net net;
    add_adapter(net, {.kind = kind, .rank = 2, .alpha = 5, .target_modules = {"table", "image"}});
    disturb_adapter(net, 5);
    const auto changes = adapter_changes(net);
    NoGrad no_grad;
    const Tensor table = net.table.weight, image = net.image.weight;
    fold_adapters(net);
    const WeightChange of_table = weight_change(transpose(table), transpose(net.table.weight)),
                       of_image = weight_change(reshape(image, {4, 12}), reshape(net.image.weight, {4, 12}));
    CHECK(changes.at("table").magnitude == Approx(of_table.magnitude).epsilon(1e-9));
    CHECK(changes.at("table").direction == Approx(of_table.direction).epsilon(1e-9).margin(1e-12));
    CHECK(changes.at("image").magnitude == Approx(of_image.magnitude).epsilon(1e-9));
    CHECK(changes.at("image").direction == Approx(of_image.direction).epsilon(1e-9).margin(1e-12));
    CHECK(weight_change(net.table, table).magnitude == Approx(of_table.magnitude));
    CHECK(weight_change(net.image, image).direction == Approx(of_image.direction).margin(1e-12));
  }
  // In groups the channels that the weight doesn't see count as zeros before.
  Net net;
  add_adapter(net, {.kind = "lora", .rank = 2, .alpha = 5, .target_modules = {"groups"}});
  disturb_adapter(net, 5);
  const auto w = to_vector<double>(net.groups.weight), a = to_vector<double>(part(adapter_on(net.groups), "lora_A")),
             b = to_vector<double>(part(adapter_on(net.groups), "lora_B"));
  std::vector<double> before(8 * 16), after(8 * 16);
  for (std::size_t o = 0; o < 8; ++o)
    for (std::size_t c = 0; c < 8; ++c)
      for (std::size_t tap = 0; tap < 2; ++tap) {
        const std::size_t group = o / 4, at = o * 16 + c * 2 + tap;
        if (c / 4 == group) before[at] = w[o * 8 + (c % 4) * 2 + tap];
        after[at] = before[at] + 2.5 * b[o] * a[group * 16 + c * 2 + tap];  // one of the two ranks to a group
      }
  const WeightChange wanted = weight_change(tensor<double>(before, {8, 16}), tensor<double>(after, {8, 16}));
  const WeightChange found = adapter_changes(net).at("groups");
  CHECK(found.magnitude == Approx(wanted.magnitude).epsilon(1e-9));
  CHECK(found.direction == Approx(wanted.direction).epsilon(1e-9));
}

TEST_CASE("names choose among all layers that take adapters, and all-linear the Linear modules alone") {
  auto chosen = [](AdapterConfig config) {
    Net net;
    config.kind = "lora", config.rank = 2;
    add_adapter(net, config);
    std::vector<std::string> names;
    for (const AdaptedModule& module : adapted_modules(net)) names.push_back(module.name);
    return names;
  };
  CHECK(chosen({.target_modules = {"image", "table"}}) == std::vector<std::string>{"table", "image"});
  CHECK(chosen({.target_regex = ".*"}).size() == 6);
  CHECK(chosen({.target_regex = "all-linear"}) == std::vector<std::string>{"head"});
  Net net;
  CHECK_THROWS_WITH(add_adapter(net, {.target_modules = {"images"}}),
                    ContainsSubstring("'images' in target_modules matches no layer that takes an adapter; those there "
                                      "are: table, line, groups, image, body, head"));
}

TEST_CASE("a kind that has no form for a layer says so, and nothing is changed") {
  Net net;
  auto with = [&](const char* kind, const char* layer, std::int64_t rank = 2) {
    return [&net, kind, layer, rank] { add_adapter(net, {.kind = kind, .rank = rank, .target_modules = {layer}}); };
  };
  check_refused({
      {"vera can't go on image (Conv2d): it goes on Linear modules alone", with("vera", "image")},
      {"dvora can't go on table (Embedding)", with("dvora", "table")},
      {"dora can't go on groups (Conv1d): A sees the channels of all its 2 groups", with("dora", "groups")},
      {"magnitude can't go on groups", with("magnitude", "groups")},
      {"the rank 3 of groups must be a multiple of its 2 groups", with("lora", "groups", 3)},
  });
  CHECK(adapted_modules(net).empty());
  CHECK(net.trainable_parameters().size() == net.named_parameters().size());
  add_adapter(net, {.kind = "lora", .rank = 2, .target_modules = {"line", "groups"}});
  disturb_adapter(net, 3);
  const std::vector<double> before = output(net);
  const Tensor line = net.line.weight;
  CHECK_THROWS_WITH(merge_adapters(net), ContainsSubstring("merge_adapters: groups is a convolution in 2 groups"));
  CHECK_THROWS_WITH(fold_adapters(net), ContainsSubstring("fold_adapters: groups is a convolution in 2 groups"));
  CHECK(net.line.weight.is(line));
  CHECK(output(net) == before);
}

TEST_CASE("an adapter on a tied embedding leaves the output layer, and merging ends the tie") {
  LlamaConfig config = small_llama_config();
  config.tie_word_embeddings = true;
  for (const std::string kind : {"lora", "dora"}) {
    CAPTURE(kind);
    Llama model(config, {.dtype = float64, .seed = 3});
    const std::vector<double> plain = logits(model);
    const Tensor table = model.model.embed_tokens.weight;
    add_adapter(model, {.kind = kind, .rank = 2, .alpha = 5, .target_modules = {"embed_tokens", "q_proj"}});
    check_close(logits(model), plain, 1e-13);
    disturb_adapter(model, 2);
    const std::vector<double> adapted = logits(model);
    CHECK(model.is_tied());
    CHECK(largest_difference(adapted, plain) > 1e-3);
    merge_adapters(model);
    CHECK_FALSE(model.is_tied());
    CHECK(model.lm_head.weight.is(table));
    check_close(logits(model), adapted, 1e-11);
    unmerge_adapters(model);
    CHECK(model.is_tied());
    TemporaryFolder folder;
    fold_adapters(model);
    save_model(model, folder.path());
    const std::unique_ptr<CausalLm> loaded = load_model(folder.path(), {.dtype = float64});
    CHECK_FALSE(loaded->is_tied());
    NoGrad no_grad;
    check_close(to_vector<double>(loaded->logits(tokens())), adapted, 1e-11);
  }
}

TEST_CASE("an adapter on GPT-2's positions acts") {
  Gpt2 model({.vocab_size = 11, .n_positions = 16, .n_embd = 12, .n_layer = 1, .n_head = 3, .n_inner = 20},
             {.dtype = float64, .seed = 3});
  add_adapter(model, {.kind = "dora", .rank = 2, .alpha = 5, .target_modules = {"wpe", "wte"}});
  NoGrad no_grad;
  const auto fresh = to_vector<double>(model.logits(tokens()));
  disturb_adapter(model, 2);
  const auto adapted = to_vector<double>(model.logits(tokens()));
  CHECK(largest_difference(adapted, fresh) > 1e-3);
  merge_adapters(model);
  check_close(to_vector<double>(model.logits(tokens())), adapted, 1e-11);
}

namespace {

/// A layer of a program's own: x·weight with a weight [in, out].
struct Turned : AdaptableLayer {
  explicit Turned(Generator& g) {
    weight = uniform({5, 4}, -1, 1, g, float64);
    parameter("weight", weight);
  }
  Tensor base(const Tensor& x) const override { return matmul(x, weight); }
};

/// All that the kinds of low rank need to know of it.
struct TurnedForm : LowRankForm {
  bool is_for(const AdaptableLayer& layer) const override { return dynamic_cast<const Turned*>(&layer) != nullptr; }
  LowRankFactors fresh(const AdapterTarget& target, Generator& g) const override {
    return {uniform({target.rank, 5}, -1, 1, g, float64, target.device),
            zeros({4, target.rank}, float64, target.device),
            {}};
  }
  Shape magnitude_shape(const AdaptableLayer&) const override { return {4}; }
  NormAxis norm_axis() const override { return NormAxis::input; }
  LowRankFactors matrices(const LowRankFactors& f) const override {
    if (!f.A.defined()) return f;
    return {transpose(f.B), transpose(f.A), f.magnitude};
  }
  Tensor forward(const AdaptableLayer& layer, const Tensor& x, const LowRankFactors& f,
                 const DoraOptions& options) const override {
    Tensor y = layer.base(x);
    if (f.A.defined()) y = y + low_rank_matmul(x, f.A, f.B, options.scale);
    return f.magnitude.defined() ? y * gain(layer, f, options) : y;
  }
};

struct Plain : AdaptableLayer {
  Plain() { weight = zeros({1}); }
  Tensor base(const Tensor& x) const override { return x; }
};

}  // namespace

TEST_CASE("a layer of a program's own takes adapters once it has a form") {
  static const RegisterLowRankForm registered(std::make_unique<TurnedForm>());
  struct Model : Module {
    explicit Model(Generator g) : own(g) { child("own", own), child("plain", plain); }
    Turned own;
    Plain plain;
  };
  for (const std::string kind : {"lora", "dora", "magnitude"}) {
    CAPTURE(kind);
    Model model(Generator(2));
    add_adapter(model, {.kind = kind, .rank = 2, .alpha = 5, .target_modules = {"own"}});
    disturb_adapter(model, 2);
    NoGrad no_grad;
    Generator g(3);
    const Tensor x = uniform({3, 5}, -1, 1, g, float64);
    const auto adapted = to_vector<double>(model.own(x));
    fold_adapters(model);
    check_close(to_vector<double>(model.own(x)), adapted, 1e-13);
    CHECK_THROWS_WITH(add_adapter(model, {.kind = kind, .rank = 2, .target_modules = {"plain"}}),
                      ContainsSubstring(kind + " can't go on plain (Plain): it has no LowRankForm"));
  }
}
