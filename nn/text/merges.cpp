#include "merges.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <queue>

namespace adora {
namespace {

/// A word of a few tokens: the best pair is looked for among all.
void merge_few(const MergeTable& merges, std::vector<std::int32_t>& ids, std::size_t count) {
  constexpr std::size_t most = 32;
  Merge pairs[most];
  for (std::size_t i = 0; i + 1 < count; ++i) pairs[i] = merges.find(ids[i], ids[i + 1]);
  while (count > 1) {
    std::size_t best = 0;
    for (std::size_t i = 1; i + 1 < count; ++i)
      if (pairs[i].rank < pairs[best].rank) best = i;
    if (pairs[best].id < 0) break;
    ids[best] = pairs[best].id;
    std::copy(ids.begin() + static_cast<std::ptrdiff_t>(best) + 2, ids.begin() + static_cast<std::ptrdiff_t>(count),
              ids.begin() + static_cast<std::ptrdiff_t>(best) + 1);
    std::copy(pairs + best + 1, pairs + count - 1, pairs + best);
    --count;
    if (best > 0) pairs[best - 1] = merges.find(ids[best - 1], ids[best]);
    if (best + 1 < count) pairs[best] = merges.find(ids[best], ids[best + 1]);
  }
  ids.resize(count);
}

/// A token among its neighbors; -1 where there is none.
struct Symbol {
  std::int32_t id, previous, next;
};

struct Candidate {
  std::uint64_t order;  // the rank, and where in the word
  std::int32_t id;
  bool operator>(const Candidate& other) const { return order > other.order; }
};

void merge_many(const MergeTable& merges, std::vector<std::int32_t>& ids) {
  std::vector<Symbol> symbols(ids.size());
  const auto count = static_cast<std::int32_t>(ids.size());
  for (std::int32_t i = 0; i < count; ++i)
    symbols[static_cast<std::size_t>(i)] = {ids[static_cast<std::size_t>(i)], i - 1, i + 1 < count ? i + 1 : -1};
  const auto at = [&](std::int32_t i) -> Symbol& { return symbols[static_cast<std::size_t>(i)]; };

  std::vector<Candidate> first;
  first.reserve(ids.size());
  const auto candidate = [&](std::int32_t i, const Merge& merge) {
    return Candidate{std::uint64_t{merge.rank} << 32 | static_cast<std::uint32_t>(i), merge.id};
  };
  for (std::int32_t i = 0; i + 1 < count; ++i)
    if (const Merge merge = merges.find(at(i).id, at(i + 1).id); merge.id >= 0) first.push_back(candidate(i, merge));
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue(std::greater<>(), std::move(first));
  const auto offer = [&](std::int32_t i) {
    if (i < 0 || at(i).next < 0) return;
    if (const Merge merge = merges.find(at(i).id, at(at(i).next).id); merge.id >= 0) queue.push(candidate(i, merge));
  };
  while (!queue.empty()) {
    const Candidate best = queue.top();
    queue.pop();
    const auto i = static_cast<std::int32_t>(best.order & 0xffffffffu);
    Symbol& left = at(i);
    // Merged into the one in front since, or with another neighbor now.
    if (left.id < 0 || left.next < 0 || merges.find(left.id, at(left.next).id).id != best.id) continue;
    Symbol& right = at(left.next);
    left.id = best.id;
    left.next = right.next;
    if (right.next >= 0) at(right.next).previous = i;
    right.id = -1;
    offer(left.previous);
    offer(i);
  }
  ids.clear();
  for (std::int32_t i = 0; i >= 0; i = at(i).next) ids.push_back(at(i).id);
}

}  // namespace

void MergeTable::reserve(std::size_t count) {
  entries_.assign(std::bit_ceil(2 * count + 2), {});
  mask_ = entries_.size() - 1;
}

void MergeTable::set(std::int32_t left, std::int32_t right, Merge merge) {
  const std::uint64_t key = key_of(left, right);
  std::size_t at = place(key);
  while (entries_[at].key != key && entries_[at].key != empty) at = (at + 1) & mask_;
  entries_[at] = {key, merge};
}

void merge_all(const MergeTable& merges, std::vector<std::int32_t>& ids) {
  if (ids.size() < 2) return;
  if (ids.size() <= 32) merge_few(merges, ids, ids.size());
  else merge_many(merges, ids);
}

}  // namespace adora
