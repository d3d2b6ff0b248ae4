#include "core/cuda_graph.h"

#include "../../devices.h"
#include "../../numeric.h"
#include "but_elementwise.h"
#include "core/cuda.h"
#include "ops/elementwise/square.h"

using namespace adora;

namespace {

bool on_gpu() {
  for (Device device : test_devices())
    if (device.type == DeviceType::cuda) return true;
  return false;
}

Tensor counting(const Shape& shape, double from = 0) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < numel(shape); ++i)
    values.push_back(static_cast<float>(from) + 0.25f * static_cast<float>(i));
  return to(tensor(values, shape), cuda_device);
}

}  // namespace

TEST_CASE("a recorded graph computes nothing until it is replayed, and then with what its inputs hold") {
  if (!on_gpu()) return;
  const Tensor x = counting({3, 4}), w = counting({5, 4}, 1);
  Tensor y;
  cuda::Graph graph;
  CHECK_FALSE(graph.recorded());
  graph.record([&] { y = linear(x, w) * 2; });
  CHECK(graph.recorded());
  for (double from : {3.0, -2.0}) {
    copy_(x, counting({3, 4}, from));
    graph.replay();
    CHECK(to_vector<double>(y) == to_vector<double>(linear(x, w) * 2));
  }
}

TEST_CASE("a recorded backward pass adds to the gradients that were there before") {
  if (!on_gpu()) return;
  Tensor x = counting({3, 4}), w = requires_grad(counting({5, 4}, 1));
  set_grad(w, zeros_like(w.detach()));
  const Tensor gradient = grad(w);
  cuda::Graph graph;
  graph.record([&] { backward(sum(square(linear(x, w)))); });
  graph.replay();
  copy_(x, counting({3, 4}, 2));
  graph.replay();

  Tensor v = requires_grad(w.detach());
  backward(sum(square(linear(counting({3, 4}), v))) + sum(square(linear(counting({3, 4}, 2), v))));
  CHECK(close(to_vector<double>(gradient), to_vector<double>(grad(v)), 1e-6));
}

TEST_CASE("each replay draws the masks that a direct pass would have drawn in its place") {
  if (!on_gpu()) return;
  const Tensor x = ones({6, 8}, float32, cuda_device);
  Generator direct(3, 1), recorded(3, 1);
  direct.reserve(5), recorded.reserve(5);
  Tensor y;
  cuda::Graph graph;
  graph.record([&] { y = dropout(dropout(x, 0.3, recorded), 0.2, recorded); }, {&recorded});
  CHECK(recorded.offset() == direct.offset());
  std::vector<std::vector<double>> seen;
  for (int i = 0; i < 3; ++i) {
    graph.replay();
    seen.push_back(to_vector<double>(y));
    CHECK(seen.back() == to_vector<double>(dropout(dropout(x, 0.3, direct), 0.2, direct)));
    CHECK(recorded.offset() == direct.offset());
  }
  CHECK(seen[0] != seen[1]);
}

TEST_CASE("what is computed beside a graph keeps its numbers when the graph is replayed") {
  if (!on_gpu()) return;
  const Tensor x = counting({40, 4});
  Tensor y;
  auto graph = std::make_unique<cuda::Graph>();
  graph->record([&] { y = x * 2 * 3 * 4; });
  Tensors others;
  for (int i = 0; i < 8; ++i) others.push_back(full({40, 4}, i, float32, cuda_device));
  graph->replay();
  for (int i = 0; i < 8; ++i)
    CHECK(to_vector<double>(others[static_cast<std::size_t>(i)]) == std::vector<double>(160, i));
  // Another that shares its memory leaves the kept result alone.
  Tensor z;
  cuda::Graph second(graph.get());
  second.record([&] { z = x * 5 * 7; });
  second.replay();
  CHECK(to_vector<double>(y) == to_vector<double>(x * 24));
  graph.reset();
  second.replay();
  CHECK(to_vector<double>(z) == to_vector<double>(x * 35));
}

TEST_CASE("a tensor that recorded work lets go of is not handed to others while the graph lives") {
  if (!on_gpu()) return;
  const Tensor x = counting({64});
  Tensor state = counting({64}, 5), y;
  cuda::Graph graph;
  graph.run([&] { y = x + state; });
  graph.record([&] {
    y = x + state;
    state = y * 2;  // the last handle on what was there before
  });
  Tensors others;
  for (int i = 0; i < 4; ++i) others.push_back(full({64}, -1, float32, cuda_device));
  graph.replay();
  CHECK(to_vector<double>(y) == to_vector<double>(x + counting({64}, 5)));
}

TEST_CASE("recorded work that needs a result on the CPU is an error, and nothing is recorded") {
  if (!on_gpu()) return;
  const Tensor x = counting({3});
  cuda::Graph graph;
  CHECK_THROWS_WITH(graph.record([&] { item(sum(x * 2)); }), ContainsSubstring("while a graph is recorded"));
  CHECK_FALSE(graph.recorded());
  CHECK_THROWS_WITH(graph.record([&] { to(x, cpu); }), ContainsSubstring("recorded"));
  CHECK_THROWS_WITH(graph.record([&] { to(zeros({2}, float32, cpu), cuda_device); }), ContainsSubstring("copy before"));
  CHECK_THROWS_WITH(graph.record([&] { graph.record([] {}); }), ContainsSubstring("already"));
  CHECK_THROWS_WITH(graph.replay(), ContainsSubstring("nothing has been recorded"));
  CHECK_FALSE(cuda::recording());
  CHECK(item(sum(x)) == 0.75);
}

TEST_CASE("an index out of range that a replay meets is an error once the CPU waits") {
  if (!on_gpu()) return;
  const Tensor table = counting({4, 2}), ids = to(tensor(std::vector<std::int64_t>{1, 3}, {2}), cuda_device);
  Tensor rows;
  cuda::Graph graph;
  graph.record([&] { rows = embedding(table, ids); });
  graph.replay();
  CHECK(to_vector<double>(rows) == std::vector<double>{0.5, 0.75, 1.5, 1.75});
  copy_(ids, to(tensor(std::vector<std::int64_t>{2, 9}, {2}), cuda_device));
  graph.replay();
  CHECK_THROWS_WITH(cuda::synchronize(), ContainsSubstring("embedding") && ContainsSubstring("index 9"));
  CHECK(to_vector<double>(rows) == std::vector<double>{1, 1.25, 1.5, 1.75});
}

TEST_CASE("the loss of recorded passes is that of direct ones, ignored targets among them") {
  if (!on_gpu()) return;
  for (Reduction reduction : {Reduction::sum, Reduction::mean}) {
    const Tensor x = requires_grad(counting({4, 3})), w = requires_grad(counting({5, 3}, -1));
    for (const Tensor& leaf : {x, w}) set_grad(leaf, zeros_like(leaf.detach()));
    const Tensors gradients{grad(x), grad(w)};
    const Tensor targets = to(tensor(std::vector<std::int64_t>{0, -100, 4, 2}, {4}), cuda_device);
    Tensor loss;
    cuda::Graph graph;
    graph.record([&] {
      loss = linear_cross_entropy(x, w, targets, {.reduction = reduction});
      backward(loss);
    });
    graph.replay();
    const Tensor a = requires_grad(x.detach()), b = requires_grad(w.detach());
    const Tensor direct = linear_cross_entropy(a, b, targets, {.reduction = reduction});
    backward(direct);
    CHECK(close({item(loss)}, {item(direct)}, 1e-6));
    CHECK(close(to_vector<double>(gradients[0]), to_vector<double>(grad(a)), 1e-5));
    CHECK(close(to_vector<double>(gradients[1]), to_vector<double>(grad(b)), 1e-5));
    copy_(targets, to(tensor(std::vector<std::int64_t>{0, 5, 4, 2}, {4}), cuda_device));
    graph.replay();
    CHECK_THROWS_WITH(item(loss), ContainsSubstring("cross_entropy") && ContainsSubstring("index 5"));
  }
}

TEST_CASE("a build or a machine without a GPU says so when a graph is to be recorded") {
  if (cuda::device_count() > 0) return;
  CHECK_THROWS_WITH(cuda::Graph().record([] {}),
                    ContainsSubstring("no") && (ContainsSubstring("GPU") || ContainsSubstring("CUDA")));
}
