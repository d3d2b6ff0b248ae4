#include "nn/summary.h"

#include <map>
#include <sstream>

#include "../../catch.h"
#include "but_elementwise.h"
#include "nn/noted_call.h"
#include "ops/elementwise/relu.h"

using namespace adora;

namespace {

/// Rows by name, and the names in their order.
struct Rows {
  explicit Rows(const ModuleSummary& summary) {
    for (const SummaryRow& row : summary.rows) names.push_back(row.name), by_name[row.name] = row;
  }
  const SummaryRow& operator[](const std::string& name) const { return by_name.at(name); }
  std::vector<std::string> names;
  std::map<std::string, SummaryRow> by_name;
};

/// Calls its parts in another order than it names them, one twice, and one not at all.
struct Own : Module {
  explicit Own(Generator g) : last(6, 3, g), conv(2, 4, {3}, g, {.padding = {1}}), twice(12, 12, g), unused(2, 2, g) {
    child("last", last), child("conv", conv), child("twice", twice), child("unused", unused);
  }
  Tensor operator()(const Tensor& x) const {
    seen_training = training();
    seen_recording = grad_required_now(last.weight);
    const Tensor y = twice(relu(twice(reshape(conv(x), {x.size(0) * 4, 12}))));
    return last(reshape(y, {x.size(0), 4 * 2, 6}));
  }
  Linear last;
  Conv1d conv;
  Linear twice, unused;
  mutable bool seen_training = true, seen_recording = true;
};

}  // namespace

TEST_CASE(
    "a summary has the calls, outputs, parameters and multiply-adds of a module's parts in the order of its call") {
  Own own(Generator(1));
  const ModuleSummary summary = adora::summary(own, {5, 2, 12});
  const Rows rows(summary);
  CHECK(rows.names == std::vector<std::string>{"", "conv", "twice", "last", "unused"});
  CHECK(rows[""].class_name == "Own");
  CHECK(rows[""].output == Shape{5, 8, 3});
  CHECK(rows[""].depth == 0);
  CHECK(rows["conv"].depth == 1);
  CHECK(rows["conv"].output == Shape{5, 4, 12});
  CHECK(rows["conv"].output_bytes == 5 * 4 * 12 * 4);
  CHECK(rows["conv"].parameters == 4 * 2 * 3 + 4);
  CHECK(rows["conv"].multiply_adds == 5 * 12 * 4 * 2 * 3);
  CHECK(rows["twice"].calls == 2);
  CHECK(rows["twice"].output == Shape{20, 12});
  CHECK(rows["twice"].multiply_adds == 2 * 20 * 12 * 12);
  CHECK(rows["twice"].output_bytes == 2 * 20 * 12 * 4);
  CHECK(rows["last"].multiply_adds == 5 * 8 * 6 * 3);
  CHECK(rows["unused"].calls == 0);
  CHECK(rows["unused"].multiply_adds == 0);
  CHECK(rows["unused"].parameters == 6);
  CHECK(summary.multiply_adds == 1440 + 5760 + 720);
  CHECK(rows[""].multiply_adds == summary.multiply_adds);
  CHECK(summary.parameters == 28 + 156 + 21 + 6);
  CHECK(summary.trainable_parameters == summary.parameters);
  CHECK(summary.parameter_bytes == 211 * 4);
  CHECK(summary.buffer_bytes == 0);
  CHECK(summary.input_bytes == 5 * 2 * 12 * 4);
  CHECK(summary.output_bytes == 960 + 1920 + 480);
}

TEST_CASE("a summary calls in evaluation mode without gradients, and leaves modes as they were") {
  Own own(Generator(1));
  own.conv.eval();
  summary(own, {1, 2, 12});
  CHECK_FALSE(own.seen_training);
  CHECK_FALSE(own.seen_recording);
  CHECK(own.training());
  CHECK(own.last.training());
  CHECK_FALSE(own.conv.training());
  // Also where the call fails, after which nobody listens any more.
  CHECK_THROWS_WITH(summary(own, {1, 3, 12}), ContainsSubstring("conv1d"));
  CHECK(own.training());
  CHECK(detail::call_listener == nullptr);
  CHECK(own(zeros({1, 2, 12})).shape() == Shape{1, 8, 3});
}

TEST_CASE("a summary is printed as a table with totals") {
  Generator g(1);
  Sequential net(Conv2d(1, 4, {3}, g), BatchNorm2d(4), relu, MaxPool2d(2), Flatten(), Linear(676, 10, g));
  net.requires_grad(false);
  net[5].requires_grad(true);
  const std::string expected = R"(Module            Output          Parameters  Multiply-adds     Memory
----------------------------------------------------------------------
Sequential        [2, 10]              6,818         62,192       80 B
  0: Conv2d       [2, 4, 26, 26]          40         48,672  21.12 KiB
  1: BatchNorm2d  [2, 4, 26, 26]           8              -  21.12 KiB
  3: MaxPool2d    [2, 4, 13, 13]           -              -   5.28 KiB
  4: Flatten      [2, 676]                 -              -   5.28 KiB
  5: Linear       [2, 10]              6,770         13,520       80 B
----------------------------------------------------------------------
Parameters: 6,818, of which 6,770 are trained
Multiply-adds: 62,192
Memory: parameters 26.63 KiB, buffers 40 B, input 6.12 KiB, outputs 52.89 KiB)";
  const ModuleSummary found = summary(net, {2, 1, 28, 28});
  CHECK(to_string(found) == expected);
  std::ostringstream out;
  out << found;
  CHECK(out.str() == fmt::format("{}", found));
}

TEST_CASE("every layer is seen, with results that are no tensors too") {
  Generator g(1);
  auto of = [](const ModuleSummary& summary) { return Rows(summary)[""]; };
  auto called = [&](auto&& module, const Shape& shape, DType dtype = float32) {
    return of(summary(module, shape, dtype));
  };
  auto output = [&](auto&& module, const Shape& shape) { return called(module, shape).output; };
  struct Holder : Module {
    explicit Holder(Generator& g)
        : lstm(3, 5, g), gru(5, 4, g, {.num_layers = 2, .bidirectional = true}), cell(8, 2, g) {
      child("lstm", lstm), child("gru", gru), child("cell", cell);
    }
    LstmState operator()(const Tensor& x) const { return cell(select(gru(lstm(x).output).output, 0, 0)); }
    LSTM lstm;
    GRU gru;
    LSTMCell cell;
  } holder(g);
  const Rows rows(summary(holder, {7, 2, 3}));
  CHECK(rows["lstm"].output == Shape{7, 2, 5});
  CHECK(rows["lstm"].multiply_adds == 7 * 2 * 4 * 5 * (3 + 5));
  CHECK(rows["gru"].output == Shape{7, 2, 8});
  CHECK(rows["gru"].multiply_adds == 2 * 7 * 2 * 3 * 4 * ((5 + 4) + (8 + 4)));
  CHECK(rows["cell"].output == Shape{2, 2});
  CHECK(rows["cell"].multiply_adds == 2 * 4 * 2 * (8 + 2));
  CHECK(rows[""].calls == 1);
  CHECK(rows[""].output_bytes == 0);  // no tensor
  CHECK(output(RNN(3, 5, g), {7, 2, 3}) == Shape{7, 2, 5});
  CHECK(output(LayerNorm(6), {2, 6}) == Shape{2, 6});
  CHECK(output(RmsNorm(6), {2, 6}) == Shape{2, 6});
  CHECK(output(GroupNorm(2, 6), {2, 6, 3}) == Shape{2, 6, 3});
  CHECK(output(InstanceNorm1d(6), {2, 6, 3}) == Shape{2, 6, 3});
  CHECK(output(Dropout(0.5, g), {4}) == Shape{4});
  CHECK(output(Activation("tanh"), {4}) == Shape{4});
  CHECK(called(Embedding(5, 3, g), {4, 2}, int64).output == Shape{4, 2, 3});
  const SummaryRow up = called(ConvTranspose2d(4, 6, {3}, g, {.stride = {2}, .groups = 2}), {2, 4, 5, 5});
  CHECK(up.output == Shape{2, 6, 11, 11});
  CHECK(up.multiply_adds == 2 * 25 * 4 * 3 * 9);
  const SummaryRow groups = called(Conv2d(4, 6, {3}, g, {.groups = 2}), {2, 4, 5, 5});
  CHECK(groups.multiply_adds == 2 * 9 * 6 * 2 * 9);
}

TEST_CASE("attention, and adapters, have their multiply-adds") {
  Generator g(1);
  MultiheadAttention attention(8, 2, g, {.batch_first = true});
  const ModuleSummary found = summary(attention, {3, 5, 8});
  CHECK(found.multiply_adds == 3 * 5 * 8 * 8 * 4 + 2 * 3 * 2 * 5 * 5 * 4);
  CHECK(Rows(found)["out_proj"].multiply_adds == 3 * 5 * 8 * 8);

  struct Model : Module {
    explicit Model(Generator& g) : proj(6, 4, g) { child("proj", proj); }
    Tensor operator()(const Tensor& x) const { return proj(x); }
    Linear proj;
  } model(g);
  for (const std::string kind : {"lora", "dora"}) {
    add_adapter(model, {.kind = kind, .rank = 2, .target_modules = {"proj"}}, kind);
    const Rows rows(summary(model, {3, 6}));
    CHECK(rows["proj"].multiply_adds == 3 * (6 * 4 + 2 * (6 + 4)));
    CHECK(rows["proj.adapter." + kind].calls == 1);
  }
}

TEST_CASE("example inputs and a function call a module in other ways, and a module of one's own may say its output") {
  Generator g(1);
  struct Two : Module {
    explicit Two(Generator& g) : a(3, 4, g), b(2, 4, g) { child("a", a), child("b", b); }
    Tensor operator()(const Tensor& x, const Tensor& y) const {
      return noted_call(*this, [&] {
        const Tensor left = a(x), right = b(y);
        return matmul(left, transpose(right));
      });
    }
    Linear a, b;
  };
  struct Outer : Module {
    explicit Outer(Generator& g) : two(g) { children("list", list), child("two", two); }
    std::vector<std::unique_ptr<Linear>> list;
    Two two;
  } outer(g);
  outer.list.push_back(std::make_unique<Linear>(5, 3, g));
  const ModuleSummary direct = summary(outer.two, zeros({5, 3}), zeros({6, 2}));
  CHECK(direct.multiply_adds == 5 * 3 * 4 + 6 * 2 * 4 + 5 * 4 * 6);
  CHECK(direct.input_bytes == (15 + 12) * 4);
  const Rows rows(summary(outer, [&] { outer.two(outer.list[0]->operator()(zeros({5, 5})), zeros({6, 2})); }));
  CHECK(rows.names == std::vector<std::string>{"", "list.0", "two", "two.a", "two.b"});
  CHECK(rows["list.0"].label == "list.0");
  CHECK(rows["list.0"].depth == 1);
  CHECK(rows["two"].output == Shape{5, 6});
  CHECK(rows["two"].calls == 1);
  CHECK(rows["two"].multiply_adds == direct.multiply_adds);
  CHECK(rows["two.b"].label == "b");
  CHECK(rows["two.b"].depth == 2);
}

TEST_CASE("a language model's summary has its blocks") {
  Llama model({.vocab_size = 11,
               .hidden_size = 12,
               .intermediate_size = 20,
               .num_hidden_layers = 2,
               .num_attention_heads = 3,
               .num_key_value_heads = 1,
               .head_dim = 4,
               .tie_word_embeddings = true});
  const ModuleSummary found = summary(model, [&] { return model.logits(zeros({2, 5}, int64)); });
  const Rows rows(found);
  CHECK(rows[""].output == Shape{2, 5, 11});
  CHECK(rows["model.layers.1"].output == Shape{2, 5, 12});
  CHECK(rows["model.layers.1.mlp"].multiply_adds == 2 * 5 * 3 * 12 * 20);
  CHECK(rows["model.layers.0.self_attn"].multiply_adds == 2 * 5 * (2 * 12 * 12 + 2 * 12 * 4) + 2 * 2 * 3 * 5 * 5 * 4);
  CHECK(rows["lm_head"].parameters == 11 * 12);
  CHECK(found.parameters == rows["model"].parameters);  // the output layer's are the embedding's
  for (const SummaryRow& row : found.rows) {
    INFO(row.name);
    CHECK((row.calls == 1 || row.name == "model"));
  }
}
