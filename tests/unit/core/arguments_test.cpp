#include <limits>

#include "../../refused.h"
#include "core/threads.h"

using namespace adora;

namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

}  // namespace

TEST_CASE("shapes and layouts refuse places that they do not have") {
  const Layout layout = Layout::contiguous({2, 3});
  Shape shape{2, 3};
  check_refused({
      {"Shape::filled", [] { Shape::filled(-1, 1); }},
      {"at most 8 dimensions", [] { Shape::filled(9, 1); }},
      {"Shape::back", [] { return void(Shape{}.back()); }},
      {"Shape::insert", [=]() mutable { shape.insert(3, 1); }},
      {"Shape::insert", [=]() mutable { shape.insert(-1, 1); }},
      {"Shape::erase", [=]() mutable { shape.erase(2); }},
      {"Shape::erase", [=]() mutable { shape.erase(-1); }},
      {"[-1, 2]",
       [] {
         numel({-1, 2});
       }},
      {"named: ",
       [] {
         numel({-1, 2}, "named");
       }},
      {"more than 2^63",
       [] {
         numel({most, 2});
       }},
      {"more than 2^63",
       [] {
         numel({most, most, 0});
       }},
      {"more than 2^63",
       [] {
         contiguous_strides({most, most, 0});
       }},
      {"more than 2^63",
       [] {
         contiguous_strides({0, most, 2});
       }},
      {"transposed", [=] { layout.transposed(0, 2); }},
      {"transposed", [=] { layout.transposed(-1, 0); }},
      {"permuted",
       [=] {
         layout.permuted({0, 5});
       }},
      {"sliced", [=] { layout.sliced(2, 0, 1); }},
      {"sliced", [=] { layout.sliced(1, -1, 1); }},
      {"sliced", [=] { layout.sliced(1, 0, 4); }},
      {"sliced", [=] { layout.sliced(1, 0, 3, 0); }},
      {"expanded", [=] { layout.expanded({3}); }},
      {"expanded",
       [=] {
         layout.expanded({4, 3});
       }},
      {"reshaped", [=] { layout.reshaped({5}); }},
      {"wrapped", [] { wrap_dim("wrapped", 2, 2); }},
      {"wrapped", [] { wrap_dim("wrapped", std::numeric_limits<std::int64_t>::min(), 2); }},
  });
  CHECK(layout.sliced(1, 0, 3, most).shape == Shape{2, 1});
  CHECK(layout.sliced(1, 1, 3, most).offset == 1);
}

TEST_CASE("a view beyond its storage, or of none, is an error") {
  const Tensor x = zeros({2, 3});
  check_refused({
      {"beyond the storage", [=] { return void(x.with_layout(Layout::contiguous({7}))); }},
      {"beyond the storage",
       [=] {
         return void(x.with_layout({{6}, {1}, 1}));
       }},
      {"beyond the storage",
       [=] {
         return void(x.with_layout({{2}, {6}, 0}));
       }},
      {"beyond the storage",
       [=] {
         return void(x.with_layout({{2}, {-1}, 0}));
       }},
      {"beyond the storage",
       [=] {
         return void(x.with_layout({{1}, {1}, -1}));
       }},
      {"beyond the storage",
       [=] {
         return void(x.with_layout({{3}, {most}, 0}));
       }},
      {"beyond the storage",
       [=] {
         return void(x.with_layout({{2, 2}, {most / 2, most / 2}, most / 2}));
       }},
      {"beyond the storage", [=] { Tensor(x.storage(), Layout::contiguous({4}), float64); }},
      {"stride for each dimension",
       [=] {
         return void(x.with_layout({{2, 3}, {3}, 0}));
       }},
      {"needs a storage", [] { Tensor(nullptr, Layout::contiguous({1}), float32); }},
      {"negative",
       [=] {
         return void(x.with_layout({{-1}, {1}, 0}));
       }},
  });
  CHECK(to_vector<float>(x.with_layout({{2, 2}, {-1, 2}, 3})).size() == 4);
  CHECK(x.with_layout({{0, 7}, {7, 1}, 0}).numel() == 0);
}

TEST_CASE("tensors refuse to be made or read where there is nothing sensible to give") {
  const Tensor none, x = zeros({2, 3});
  check_refused({
      {"empty", [] { empty({-1}); }},
      {"empty",
       [] {
         empty({most, most});
       }},
      {"empty",
       [] {
         empty({most, most, 0});
       }},
      {"empty", [] { empty({std::int64_t{1} << 60}); }},
      {"undefined", [=] { empty_like(none); }},
      {"undefined", [=] { empty_in_order_of(none); }},
      {"undefined", [=] { return void(none.shape()); }},
      {"undefined", [=] { return void(none.detach()); }},
      {"data<T>()", [=] { return void(x.data<double>()); }},
      {"size", [=] { return void(x.size(2)); }},
      {"size", [=] { return void(x.size(-3)); }},
      {"to_vector", [=] { to_vector<float>(none); }},
      {"to_vector", [=] { to_vector<float>(empty({1}, float32, meta)); }},
      {"to_string", [=] { to_string(none); }},
      {"item", [=] { item(none); }},
      {"item", [=] { item(x); }},
      {"quantized matrix", [] { empty_quantized({3}, QuantizedFormat::nf4, float32, cpu); }},
  });
  CHECK(std::string(describe(none)) == "an undefined tensor");
}

TEST_CASE("generators and the number of threads refuse what they can't do") {
  Generator generator(1);
  check_refused({
      {"Generator::below", [&] { generator.below(0); }},
      {"Generator::set_part",
       [&] {
         generator.set_part({0, 0, 0});
       }},
      {"Generator::set_part",
       [&] {
         generator.set_part({3, 2, 4});
       }},
      {"Generator::set_part",
       [&] {
         generator.set_part({~std::uint64_t{0}, 1, 4});
       }},
      {"set_num_threads", [] { set_num_threads(0); }},
      {"set_num_threads", [] { set_num_threads(-1); }},
      {"set_num_threads", [] { set_num_threads(1 << 20); }},
  });
}
