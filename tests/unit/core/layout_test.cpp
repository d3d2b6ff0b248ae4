#include "../../catch.h"
#include "but_elementwise.h"

using namespace adora;

namespace {

/// Where the elements of a layout lie, row by row.
std::vector<std::int64_t> offsets(const Layout& layout) {
  std::vector<std::int64_t> result = {layout.offset};
  for (int d = 0; d < layout.shape.size(); ++d) {
    std::vector<std::int64_t> deeper;
    for (std::int64_t base : result) {
      for (std::int64_t i = 0; i < layout.shape[d]; ++i) deeper.push_back(base + i * layout.strides[d]);
    }
    result = deeper;
  }
  return result;
}

}  // namespace

TEST_CASE("a new layout lies row by row") {
  Layout layout = Layout::contiguous({2, 3});
  CHECK(layout.is_contiguous());
  CHECK(offsets(layout) == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5});
}

TEST_CASE("strides of dimensions of size 1, and of empty layouts, do not matter for being contiguous") {
  CHECK(Layout{{3, 1, 2}, {2, 77, 1}, 0}.is_contiguous());
  CHECK(Layout{{0, 3}, {5, 9}, 0}.is_contiguous());
  CHECK(!Layout{{2, 3}, {1, 2}, 0}.is_contiguous());
  CHECK(!Layout{{2, 3}, {0, 1}, 0}.is_contiguous());
}

TEST_CASE("transposing, permuting and slicing choose elements without moving them") {
  Layout layout = Layout::contiguous({2, 3});
  CHECK(offsets(layout.transposed(0, 1)) == std::vector<std::int64_t>{0, 3, 1, 4, 2, 5});
  CHECK(offsets(Layout::contiguous({2, 1, 2}).permuted({2, 0, 1})) == std::vector<std::int64_t>{0, 2, 1, 3});
  CHECK(offsets(layout.sliced(1, 1, 3)) == std::vector<std::int64_t>{1, 2, 4, 5});
  CHECK(offsets(Layout::contiguous({7}).sliced(0, 1, 7, 3)) == std::vector<std::int64_t>{1, 4});
  CHECK(Layout::contiguous({7}).sliced(0, 4, 4).shape == Shape{0});
}

TEST_CASE("an expanded layout repeats elements by a stride of 0") {
  CHECK(offsets(Layout::contiguous({3}).expanded({2, 3})) == std::vector<std::int64_t>{0, 1, 2, 0, 1, 2});
  CHECK(offsets(Layout::contiguous({2, 1}).expanded({2, 2})) == std::vector<std::int64_t>{0, 0, 1, 1});
}

TEST_CASE("without gaps a layout keeps the order of its dimensions in memory, and else lies row by row") {
  const Layout rows = Layout::contiguous({2, 5, 3, 4});
  CHECK(rows.without_gaps().strides == rows.strides);
  const Layout turned = rows.transposed(1, 2);
  CHECK(turned.without_gaps().strides == turned.strides);
  CHECK(turned.sliced(2, 1, 3).without_gaps().strides == Shape{24, 4, 12, 1});
  CHECK(turned.sliced(1, 1, 2).without_gaps().is_contiguous());
  CHECK(turned.transposed(2, 3).without_gaps().is_contiguous());  // neighbors of a row are apart
  CHECK(Layout::contiguous({5, 1, 4}).expanded({5, 3, 4}).without_gaps().is_contiguous());
  CHECK(Layout::contiguous({}).without_gaps().is_contiguous());
}

TEST_CASE("a layout is reshaped in place exactly where its strides allow it") {
  Layout layout = Layout::contiguous({4, 6});
  CHECK(offsets(*layout.reshaped({2, 2, 3, 2})) == offsets(layout));
  CHECK(offsets(*layout.reshaped({24})) == offsets(layout));
  CHECK(offsets(*layout.reshaped({1, 24, 1})) == offsets(layout));
  // Columns of a slice can be split, but rows with gaps between them can't be joined.
  Layout cut = layout.sliced(1, 0, 4);
  CHECK(offsets(*cut.reshaped({4, 2, 2})) == offsets(cut));
  CHECK(!cut.reshaped({16}));
  CHECK(!layout.transposed(0, 1).reshaped({24}));
  CHECK(offsets(*layout.transposed(0, 1).reshaped({2, 3, 4})) == offsets(layout.transposed(0, 1)));
  // Two of three dimensions still lie together.
  Layout permuted = Layout::contiguous({2, 3, 4}).permuted({2, 0, 1});
  CHECK(offsets(*permuted.reshaped({4, 6})) == offsets(permuted));
  CHECK(!permuted.reshaped({8, 3}));
  CHECK(offsets(*Layout::contiguous({1}).reshaped({})) == std::vector<std::int64_t>{0});
  CHECK(Layout::contiguous({0, 3}).reshaped({7, 0})->shape == Shape{7, 0});
}
