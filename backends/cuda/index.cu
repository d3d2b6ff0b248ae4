#include "../index.h"

#include <algorithm>

#include "../../core/cuda.h"
#include "../basic.h"
#include "add_rows.h"
#include "index_check.h"
#include "packs.h"
#include "recording.h"
#include "strided_operands.h"

namespace adora::backends::cuda {
namespace {

// ---- indices out of range ----------------------------------------------------------------------------------------

/// found = {the smallest position, the smallest index, the smallest ~index} of the bad ones. Bits in place of a minus,
/// which the smallest number of all would not survive.
__global__ void find_bad_index_kernel(const StridedOperands<1> index, long long size, long long* found) {
  auto* places = static_cast<const std::int64_t*>(index.data[0]);
  for (std::int64_t i = global_thread(); i < index.numel; i += global_threads()) {
    const long long place = places[index.offset(0, i)];
    if (place >= 0 && place < size) continue;
    atomicMin(&found[0], static_cast<long long>(i));
    atomicMin(&found[1], place);
    atomicMin(&found[2], ~place);
  }
}

/// to[i] = index[i], or its nearest valid neighbor; operand 0 is `to`, operand 1 the index.
__global__ void valid_entries_kernel(const StridedOperands<2> x, std::int64_t size, const char* op, Fault* fault) {
  auto* to = static_cast<std::int64_t*>(x.data[0]);
  auto* places = static_cast<const std::int64_t*>(x.data[1]);
  for (std::int64_t i = global_thread(); i < x.numel; i += global_threads()) {
    const std::int64_t place = places[x.offset(1, i)];
    to[x.offset(0, i)] = place < 0 ? 0 : place >= size ? size - 1 : place;
    if (place < 0 || place >= size) fault->op = op, fault->index = place;  // one of them
  }
}

/// The index, all of it in range; the error is the CPU's.
Tensor checked(const char* op, const Tensor& index, std::int64_t size, const Tensor& x) {
  if (adora::cuda::recording() && size > 0) return with_valid_entries(op, index, size);
  std::optional<BadIndex> bad = find_bad_index(index, size);
  check(!bad, "{}: the index {} is out of range: {} has {} places in that dimension, numbered from 0", op,
        bad ? (bad->low < 0 ? bad->low : bad->high) : 0, describe(x), size);
  return index;
}

// ---- reading -----------------------------------------------------------------------------------------------------

/// out[i] = x[its place], walked over the shape of out: operand 1 holds the places, operand 2 is x with stride 0 along
/// the dimension that is indexed, in which neighbors lie `stride` apart.
template <class Word> __global__ void take_kernel(const StridedOperands<3> x, std::int64_t stride) {
  auto* to = static_cast<Word*>(x.data[0]);
  auto* places = static_cast<const std::int64_t*>(x.data[1]);
  auto* from = static_cast<const Word*>(x.data[2]);
  for (std::int64_t i = global_thread(); i < x.numel; i += global_threads()) {
    to[x.offset(0, i)] = from[x.offset(2, i) + places[x.offset(1, i)] * stride];
  }
}

/// As take_kernel for `places` of out's shape and x indexed along dimension d.
void take(const Tensor& x, int d, const Tensor& places, const Tensor& out) {
  Layout fixed{out.shape(), x.strides(), x.layout().offset};
  fixed.strides[d] = 0;
  const Tensor inputs[] = {places, x.with_layout(fixed)};
  StridedOperands<3> operands(out, inputs);
  auto run = [&](auto kernel) {
    launch(kernel, blocks_for(operands.numel), block_threads, 0, operands, x.strides()[d]);
  };
  visit_word(x.dtype(), [&]<class Word>() { run(take_kernel<Word>); });
}

/// to [n, width] = rows of `from`, `stride` apart, in words of 16 bytes.
__global__ void select_rows_kernel(const uint4* from, std::int64_t stride, const std::int64_t* index,
                                   std::int64_t index_stride, uint4* to, std::int64_t n, std::int64_t width) {
  for (std::int64_t i = global_thread(); i < n * width; i += global_threads()) {
    const std::int64_t row = i / width;
    to[i] = from[index[row * index_stride] * stride + (i - row * width)];
  }
}

/// `select_rows` where rows are runs of whole words of 16 bytes.
bool select_in_words(const Tensor& x, const Tensor& index, const Tensor& out) {
  constexpr std::int64_t word = sizeof(uint4);
  const std::int64_t n = out.size(0), size = static_cast<std::int64_t>(size_of(x.dtype()));
  Layout row{x.shape(), x.strides(), 0};
  row.shape.erase(0), row.strides.erase(0);
  const std::int64_t bytes = numel(row.shape) * size, stride = x.strides()[0] * size;
  auto aligned = [](const Tensor& t) { return reinterpret_cast<std::uintptr_t>(t.raw()) % word == 0; };
  if (!row.is_contiguous() || !out.is_contiguous() || bytes % word || stride % word || !aligned(x) || !aligned(out)) {
    return false;
  }
  launch(select_rows_kernel, blocks_for(n * (bytes / word)), block_threads, 0, static_cast<const uint4*>(x.raw()),
         stride / word, index.data<std::int64_t>(), index.strides()[0], static_cast<uint4*>(out.raw()), n,
         bytes / word);
  return true;
}

// ---- adding ------------------------------------------------------------------------------------------------------

/// keys[i] = the place of an element of out, counted in its storage, that index[i] names; walked over the shape of
/// index. Operand 1 is index, operand 2 is out with stride 0 along the last dimension, where neighbors lie `stride`
/// apart.
__global__ void scatter_keys_kernel(const StridedOperands<3> x, std::int64_t stride) {
  auto* keys = static_cast<std::int64_t*>(x.data[0]);
  auto* places = static_cast<const std::int64_t*>(x.data[1]);
  for (std::int64_t i = global_thread(); i < x.numel; i += global_threads()) {
    keys[x.offset(0, i)] = x.offset(2, i) + places[x.offset(1, i)] * stride;
  }
}

// ---- writing -----------------------------------------------------------------------------------------------------

/// winners[keys[i · key_stride]] = the largest i that names it; they begin as -1.
__global__ void find_winners_kernel(const std::int64_t* keys, std::int64_t key_stride, std::int64_t n,
                                    long long* winners) {
  for (std::int64_t i = global_thread(); i < n; i += global_threads()) {
    atomicMax(&winners[keys[i * key_stride]], static_cast<long long>(i));
  }
}

/// out[key · inner + c] = from[i · inner + c] for key = keys[i · key_stride], where i is the winner there.
template <class Word>
__global__ void write_winners_kernel(const std::int64_t* keys, std::int64_t key_stride, std::int64_t n,
                                     const long long* winners, const Word* from, Word* out, std::int64_t inner) {
  for (std::int64_t k = global_thread(); k < n * inner; k += global_threads()) {
    const std::int64_t i = k / inner, key = keys[i * key_stride];
    if (winners[key] == static_cast<long long>(i)) out[key * inner + (k - i * inner)] = from[k];
  }
}

/// out[keys[i] · inner + c] = from[i, c], of several for one key the last; keys below `bound`.
void write_last(const std::int64_t* keys, std::int64_t key_stride, std::int64_t n, std::int64_t bound,
                const Tensor& from, void* out, std::int64_t inner) {
  const Tensor winners = empty({bound}, int64, cuda_device), values = contiguous(from);
  auto* winner = static_cast<long long*>(winners.raw());
  check_status(cudaMemsetAsync(winners.raw(), 0xff, static_cast<std::size_t>(bound) * sizeof(std::int64_t), stream()),
               "filling");
  launch(find_winners_kernel, blocks_for(n), block_threads, 0, keys, key_stride, n, winner);
  visit_word(values.dtype(), [&]<class Word>() {
    launch(write_winners_kernel<Word>, blocks_for(n * inner), block_threads, 0, keys, key_stride, n,
           static_cast<const long long*>(winner), static_cast<const Word*>(values.raw()), static_cast<Word*>(out),
           inner);
  });
}

/// to[i] = index[i], or index[i] + size where that is negative; operand 0 is `to`, operand 1 the index.
__global__ void wrap_index_kernel(const StridedOperands<2> x, std::int64_t size) {
  auto* to = static_cast<std::int64_t*>(x.data[0]);
  auto* places = static_cast<const std::int64_t*>(x.data[1]);
  for (std::int64_t i = global_thread(); i < x.numel; i += global_threads()) {
    const std::int64_t place = places[x.offset(1, i)];
    to[x.offset(0, i)] = place < 0 ? place + size : place;
  }
}

// ---- the kernels of index.h --------------------------------------------------------------------------------------

void gather_cuda(const char* op, const Tensor& x, const Tensor& index, const Tensor& out) {
  const Tensor places = checked(op, index, x.size(-1), x);
  if (out.numel() != 0) take(x, x.ndim() - 1, places, out);
}

/// The places in out's storage, counted from its first element, that an index which has been checked names, row by row,
/// and a number that all of them lie below.
struct Keys {
  Tensor keys;
  std::int64_t bound = 1;

  Keys(const Tensor& index, const Tensor& out) : keys(empty_like(index)) {
    const int last = out.ndim() - 1;
    for (int d = 0; d <= last; ++d) bound += (out.shape()[d] - 1) * out.strides()[d];
    Layout fixed{index.shape(), out.strides(), out.layout().offset};
    fixed.strides[last] = 0;
    const Tensor inputs[] = {index, out.with_layout(fixed)};
    StridedOperands<3> operands(keys, inputs);
    launch(scatter_keys_kernel, blocks_for(operands.numel), block_threads, 0, operands, out.strides()[last]);
  }
};

/// `from` cut to index's shape.
Tensor used_part(const Tensor& from, const Tensor& index) {
  return from.with_layout({index.shape(), from.strides(), from.layout().offset});
}

void scatter_add_cuda(const char* op, const Tensor& index, const Tensor& from, const Tensor& out) {
  const Tensor places = checked(op, index, out.size(-1), out);
  if (index.numel() == 0) return;
  const Keys named(places, out);
  add_sorted({named.keys.data<std::int64_t>(), 1, named.keys.numel(), nullptr}, named.bound,
             contiguous(used_part(from, index)), out.raw(), out.dtype(), 1);
}

void scatter_cuda(const char* op, const Tensor& index, const Tensor& from, const Tensor& out) {
  const Tensor places = checked(op, index, out.size(-1), out);
  if (index.numel() == 0) return;
  const Keys named(places, out);
  write_last(named.keys.data<std::int64_t>(), 1, named.keys.numel(), named.bound, used_part(from, index), out.raw(), 1);
}

void index_select_cuda(const char* op, const Tensor& x, const Tensor& index, const Tensor& out) {
  select_rows(x, checked(op, index, x.size(0), x), out);
}

void index_add_cuda(const char* op, const Tensor& index, const Tensor& from, const Tensor& out) {
  add_rows(checked(op, index, out.size(0), out), from, out);
}

void index_copy_cuda(const char* op, const Tensor& index, const Tensor& from, const Tensor& out) {
  const Tensor places = checked(op, index, out.size(0), out);
  check(out.is_contiguous(), "{}: the output of index_copy must be contiguous", op);
  if (from.numel() == 0) return;
  const std::int64_t n = places.size(0);
  write_last(places.data<std::int64_t>(), places.strides()[0], n, out.size(0), from, out.raw(), from.numel() / n);
}

void wrap_index_cuda(const char* op, const Tensor& index, std::int64_t size, const Tensor& x, const Tensor& out) {
  if (index.numel() == 0) return;
  const Tensor inputs[] = {index};
  StridedOperands<2> operands(out, inputs);
  launch(wrap_index_kernel, blocks_for(operands.numel), block_threads, 0, operands, size);
  if (adora::cuda::recording() && size > 0) return backends::copy(with_valid_entries(op, out, size), out);
  const std::optional<BadIndex> bad = find_bad_index(out, size);
  // One that is still negative was made larger by the size.
  check(!bad, "{}: the index {} is out of range: {} has {} places there, numbered from 0, or from the back from -1", op,
        bad ? (bad->low < 0 ? bad->low - size : bad->high) : 0, describe(x), size);
}

[[maybe_unused]] const bool registered =
    gather.on(DeviceType::cuda, gather_cuda) && scatter_add.on(DeviceType::cuda, scatter_add_cuda) &&
    index_select.on(DeviceType::cuda, index_select_cuda) && index_add.on(DeviceType::cuda, index_add_cuda) &&
    scatter.on(DeviceType::cuda, scatter_cuda) && index_copy.on(DeviceType::cuda, index_copy_cuda) &&
    wrap_index.on(DeviceType::cuda, wrap_index_cuda);

}  // namespace

std::optional<BadIndex> find_bad_index(const Tensor& index, std::int64_t size) {
  if (index.numel() == 0) return std::nullopt;
  Tensor found = empty({3}, int64, cuda_device);
  check_status(cudaMemsetAsync(found.raw(), 0x7f, 3 * sizeof(std::int64_t), stream()), "filling");
  constexpr std::int64_t none = 0x7f7f7f7f7f7f7f7f;
  StridedOperands<1> operand(index, {});
  launch(find_bad_index_kernel, blocks_for(operand.numel), block_threads, 0, operand, size,
         static_cast<long long*>(found.raw()));
  const std::vector<std::int64_t> values = to_vector<std::int64_t>(found);
  if (values[0] == none) return std::nullopt;
  return BadIndex{values[0], std::min<std::int64_t>(values[1], 0), std::max<std::int64_t>(~values[2], 0)};
}

Tensor with_valid_entries(const char* op, const Tensor& index, std::int64_t size) {
  Tensor valid = empty(index.shape(), int64, cuda_device);
  if (valid.numel() == 0) return valid;
  const Tensor inputs[] = {index};
  StridedOperands<2> operands(valid, inputs);
  launch(valid_entries_kernel, blocks_for(operands.numel), block_threads, 0, operands, size, op, fault_on_device());
  return valid;
}

void select_rows(const Tensor& x, const Tensor& index, const Tensor& out) {
  if (out.numel() == 0 || select_in_words(x, index, out)) return;
  Layout repeated{out.shape(), Shape::filled(out.ndim(), 0), index.layout().offset};
  repeated.strides[0] = index.strides()[0];
  take(x, 0, index.with_layout(repeated), out);
}

}  // namespace adora::backends::cuda
