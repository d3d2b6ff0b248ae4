#pragma once
#include <cstdint>

#include "error.h"
#include "host_device.h"

namespace adora {

/// Philox 4x32 with 10 rounds (Salmon et al., "Parallel random numbers: as easy
/// as 1, 2, 3", SC 2011): a block of 128 random bits that depends on nothing but
/// the key and the counter, so that element i of a tensor gets the same number on
/// every device and with any number of threads.
struct Philox {
  std::uint32_t word[4];

  ADORA_HD Philox(std::uint64_t key, std::uint64_t counter, std::uint64_t stream) {
    std::uint32_t k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
    std::uint32_t c0 = static_cast<std::uint32_t>(counter), c1 = static_cast<std::uint32_t>(counter >> 32);
    std::uint32_t c2 = static_cast<std::uint32_t>(stream), c3 = static_cast<std::uint32_t>(stream >> 32);
    for (int round = 0; round < 10; ++round) {
      std::uint64_t p0 = std::uint64_t{0xD2511F53u} * c0, p1 = std::uint64_t{0xCD9E8D57u} * c2;
      std::uint32_t n0 = static_cast<std::uint32_t>(p1 >> 32) ^ c1 ^ k0;
      std::uint32_t n2 = static_cast<std::uint32_t>(p0 >> 32) ^ c3 ^ k1;
      c1 = static_cast<std::uint32_t>(p1), c3 = static_cast<std::uint32_t>(p0);
      c0 = n0, c2 = n2;
      k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
    }
    word[0] = c0, word[1] = c1, word[2] = c2, word[3] = c3;
  }
};

class Generator;

/// Watches the generators that its thread uses. A recomputation (autograd/checkpoint.h) notes their offsets before the
/// first use, and so draws the same numbers again.
struct GeneratorObserver {
  virtual ~GeneratorObserver() = default;
  virtual void before_use(Generator& generator) = 0;
  /// A generator was destroyed; another may be made at the same address.
  virtual void destroyed(const Generator& generator) = 0;
};
inline thread_local GeneratorObserver* generator_observer = nullptr;

/// A seeded source of random numbers. The same seed and stream give the same
/// numbers everywhere. `stream` separates uses that must not disturb one another
/// (the shuffling of data, dropout, initial weights). Not thread safe.
class Generator {
 public:
  explicit Generator(std::uint64_t seed, std::uint64_t stream = 0) : seed_(seed), stream_(stream) {}
  Generator(const Generator&) = default;
  Generator& operator=(const Generator&) = default;
  ~Generator() {
    if (generator_observer) generator_observer->destroyed(*this);
  }

  /// 64 random bits.
  std::uint64_t next() {
    if (generator_observer) generator_observer->before_use(*this);
    Philox block(seed_, offset_++, stream_);
    return block.word[0] | std::uint64_t{block.word[1]} << 32;
  }
  /// Uniform in [0, 1), a multiple of 2^-53.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  /// Uniform in {0, …, n - 1}; an error where n is 0.
  std::uint64_t below(std::uint64_t n) {
    check(n > 0, "Generator::below: no number is below 0; the bound must be positive");
    // Numbers in the incomplete last run of n are drawn again, so that none is likelier.
    std::uint64_t limit = -n % n;
    for (;;) {
      std::uint64_t bits = next();
      if (bits >= limit) return bits % n;
    }
  }

  std::uint64_t seed() const { return seed_; }
  std::uint64_t stream() const { return stream_; }
  /// The number of blocks of Philox that have been used; with seed and stream it is the whole state.
  std::uint64_t offset() const { return offset_; }
  void set_offset(std::uint64_t offset) { offset_ = offset; }
  /// Takes `blocks` blocks for a kernel that computes them itself; returns the first.
  std::uint64_t reserve(std::uint64_t blocks) {
    if (generator_observer) generator_observer->before_use(*this);
    std::uint64_t first = offset_ + blocks * part_.begin / part_.count;
    offset_ += blocks * part_.whole / part_.count;
    return first;
  }

  /// While a CUDA graph is recorded with this generator: where its kernels find, on the device, what a replay adds to
  /// the blocks that `reserve` gave. Null otherwise.
  const std::uint64_t* replayed() const { return replayed_; }
  void set_replayed(const std::uint64_t* at) { replayed_ = at; }

  /// Rows begin … begin + count of the `whole` rows of a batch.
  struct Part {
    std::uint64_t begin = 0, count = 1, whole = 1;
  };
  /// From here on `reserve` is asked for the rows of one part of a batch that is computed in parts, each from the same
  /// offset: it gives the blocks that these rows would have had in the whole. Exact where a row takes whole blocks.
  /// An error where the whole has no such rows.
  void set_part(Part part) {
    check(part.count > 0 && part.count <= part.whole && part.begin <= part.whole - part.count,
          "Generator::set_part: {} rows from row {} on are no part of {}", part.count, part.begin, part.whole);
    part_ = part;
  }

 private:
  std::uint64_t seed_;
  std::uint64_t stream_;
  std::uint64_t offset_ = 0;
  const std::uint64_t* replayed_ = nullptr;
  Part part_ = {};
};

}  // namespace adora
