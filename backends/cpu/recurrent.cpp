#include "../recurrent.h"

#include <algorithm>
#include <vector>

#include "../loops.h"
#include "../recurrent_formula.h"
#include "blas.h"
#include "parallel.h"
#include "strided_rows.h"
#include "tile.h"

/// The rows of a batch depend on nothing but their own steps: each thread takes some of them through all steps, and
/// waits for no other.
namespace adora::backends::cpu {
namespace {

constexpr std::int64_t tile_bytes = 1 << 20;

template <class C> C* data_of(const Tensor& x) { return x.defined() ? x.data<C>() : nullptr; }

/// The sizes, and the numbers of the tensors that both directions have; null where there are none.
template <class C> struct Layer {
  std::int64_t steps, rows, size;
  bool reverse;
  const std::int64_t* lengths;
  C* gates;
  const C *weight, *h0, *c0;
  C *states, *cells, *hidden;

  /// Number k of the steps in the order they are taken, and where the state before it lies.
  std::int64_t step(std::int64_t k) const { return reverse ? steps - 1 - k : k; }
  const C* before(std::int64_t k, const C* first, const C* all) const {
    return k == 0 ? first : all + step(k - 1) * rows * size;
  }
  bool beyond(std::int64_t step, std::int64_t row) const { return lengths && step >= lengths[row]; }
  /// The smallest number of rows worth a thread: OpenBLAS's kernels want several, and waking a thread costs work.
  std::int64_t grain(std::int64_t gates_count) const {
    const std::int64_t work = std::max<std::int64_t>(steps * size * size * gates_count, 1);
    return std::max<std::int64_t>(4, (std::int64_t{1} << 18) / work);
  }
};

template <class C>
Layer<C> layer_of(const RecurrentTask& task, const Tensor& lengths, const Tensor& gates, const Tensor& weight,
                  const Tensor& h0, const Tensor& c0, const Tensor& states, const Tensor& cells, const Tensor& hidden) {
  return {states.size(0),    states.size(1),    states.size(2), task.reverse,   data_of<std::int64_t>(lengths),
          gates.data<C>(),   weight.data<C>(),  h0.data<C>(),   data_of<C>(c0), states.data<C>(),
          data_of<C>(cells), data_of<C>(hidden)};
}

/// Where a step's row begins in each of the tensors.
template <class C> struct RowOfStep {
  C* gates;
  const C *u, *bias, *h_before, *c_before;
  C *h, *c, *hidden;
};

template <class Cell, bool keep, class C> void step_row(const RowOfStep<C>& row, std::int64_t size) {
  C* const gates = row.gates;
  const C *const u = row.u, *const bias = row.bias, *const h_before = row.h_before, *const c_before = row.c_before;
  C *const h = row.h, *const c = row.c, *const hidden = row.hidden;
  ADORA_INDEPENDENT
  for (std::int64_t j = 0; j < size; ++j) {
    StepInput<Cell::gates, C> in;
    for (int k = 0; k < Cell::gates; ++k) in.x[k] = gates[k * size + j], in.u[k] = u[k * size + j];
    in.h = h_before[j];
    in.c = in.bias = C(0);
    if constexpr (Cell::has_c) in.c = c_before[j];
    if constexpr (Cell::has_hidden) in.bias = bias[j];
    const StepOutput<Cell::gates, C> out = Cell::step(in);
    for (int k = 0; k < Cell::gates; ++k) gates[k * size + j] = out.gate[k];
    h[j] = out.h;
    if constexpr (Cell::has_c) c[j] = out.c;
    if constexpr (keep) hidden[j] = out.hidden;
  }
}

/// BLAS arranges the weight anew at every step, which costs as much as the product where there are few rows. Where the
/// weight lies in the second cache and there are several steps, products by tiles do without.
template <class C> bool by_tiles(const Layer<C>& of, std::int64_t wide) {
  return of.steps >= 4 && wide * of.size * static_cast<std::int64_t>(sizeof(C)) <= tile_bytes;
}

template <class Cell, class C> void forward(const Layer<C>& of, const C* bias, C* output) {
  const std::int64_t size = of.size, wide = Cell::gates * size;
  const bool tiles = by_tiles(of, wide);
  const std::int64_t stride = tiles ? padded<C>(wide) : wide;  // of the products' rows
  std::vector<C> flipped(static_cast<std::size_t>(tiles ? size * stride : 0));
  for (std::int64_t i = 0; tiles && i < wide; ++i) {
    for (std::int64_t j = 0; j < size; ++j) flipped[static_cast<std::size_t>(j * stride + i)] = of.weight[i * size + j];
  }
  const std::vector<C> zeros(static_cast<std::size_t>(Cell::has_hidden && !bias ? size : 0));
  parallel_for(of.rows, of.grain(Cell::gates), [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t count = end - begin;
    std::vector<C> product(static_cast<std::size_t>(count * stride));
    for (std::int64_t k = 0; k < of.steps; ++k) {
      const std::int64_t step = of.step(k);
      const C* h_before = of.before(k, of.h0, of.states);
      const C* from = h_before + begin * size;
      if (tiles)
        small_gemm(count, stride, size, from, size, std::int64_t{1}, flipped.data(), stride, product.data(), stride,
                   false);
      else blas_gemm(false, true, count, wide, size, C(1), from, size, of.weight, size, C(0), product.data(), wide);
      for (std::int64_t r = begin; r < end; ++r) {
        const std::int64_t row = step * of.rows + r, at = row * size;
        const C* c_before = Cell::has_c ? of.before(k, of.c0, of.cells) + r * size : nullptr;
        if (of.beyond(step, r)) {
          std::copy_n(h_before + r * size, size, of.states + at);
          if (Cell::has_c) std::copy_n(c_before, size, of.cells + at);
          std::fill_n(output + at, size, C(0));
          continue;
        }
        const RowOfStep<C> numbers{of.gates + row * wide,
                                   product.data() + (r - begin) * stride,
                                   bias ? bias : zeros.data(),
                                   h_before + r * size,
                                   c_before,
                                   of.states + at,
                                   Cell::has_c ? of.cells + at : nullptr,
                                   of.hidden ? of.hidden + at : nullptr};
        if (Cell::has_hidden && of.hidden) step_row<Cell, Cell::has_hidden>(numbers, size);
        else step_row<Cell, false>(numbers, size);
        if (output) std::copy_n(of.states + at, size, output + at);
      }
    }
  });
}

/// Where a step's row begins in each of the tensors of the backward pass; dh and dc are replaced.
template <class C> struct RowOfGradient {
  const C *gates, *hidden, *h_before, *c_before, *c;
  C *dx, *du, *dh, *dc;
};

template <class Cell, class C> void gradient_row(const RowOfGradient<C>& row, std::int64_t size) {
  const C *const gates = row.gates, *const hidden = row.hidden, *const h_before = row.h_before,
                 *const c_before = row.c_before, *const c = row.c;
  C *const dx = row.dx, *const du = row.du, *const dh = row.dh, *const dc = row.dc;
  ADORA_INDEPENDENT
  for (std::int64_t j = 0; j < size; ++j) {
    StepSaved<Cell::gates, C> in;
    for (int k = 0; k < Cell::gates; ++k) in.gate[k] = gates[k * size + j];
    in.h = h_before[j], in.dh = dh[j];
    in.hidden = in.c = in.c_after = in.dc = C(0);
    if constexpr (Cell::has_hidden) in.hidden = hidden[j];
    if constexpr (Cell::has_c) in.c = c_before[j], in.c_after = c[j], in.dc = dc[j];
    const StepGradient<Cell::gates, C> d = Cell::gradient(in);
    for (int k = 0; k < Cell::gates; ++k) {
      dx[k * size + j] = d.dx[k];
      if constexpr (Cell::has_hidden) du[k * size + j] = d.du[k];
    }
    dh[j] = d.dh;
    if constexpr (Cell::has_c) dc[j] = d.dc;
  }
}

/// The gradients that arrive, null for zeros, and those that are made.
template <class C> struct Flow {
  const C *output, *h, *c;
  C *dx, *du, *dh0, *dc0;
};

template <class Cell, class C> void backward(const Layer<C>& of, const Flow<C>& flow) {
  const std::int64_t size = of.size, wide = Cell::gates * size;
  const bool tiles = by_tiles(of, wide) && size % lanes<C> == 0;
  parallel_for(of.rows, of.grain(Cell::gates), [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t count = end - begin;
    // What has arrived at h and c of each row, in the places of the gradients of h0 and c0.
    C *const dh = flow.dh0 + begin * size, *const dc = Cell::has_c ? flow.dc0 + begin * size : nullptr;
    auto start = [&](C* to, const C* from) {
      if (from) std::copy_n(from + begin * size, count * size, to);
      else std::fill_n(to, count * size, C(0));
    };
    start(dh, flow.h);
    if (Cell::has_c) start(dc, flow.c);
    for (std::int64_t k = of.steps - 1; k >= 0; --k) {
      const std::int64_t step = of.step(k);
      const C* h_before = of.before(k, of.h0, of.states);
      const C* c_before = Cell::has_c ? of.before(k, of.c0, of.cells) : nullptr;
      C* const u = (Cell::has_hidden ? flow.du : flow.dx) + (step * of.rows + begin) * wide;
      for (std::int64_t r = begin; r < end; ++r) {
        const std::int64_t row = step * of.rows + r, at = row * size, own = (r - begin) * size;
        if (of.beyond(step, r)) {  // dh and dc go on as they are
          std::fill_n(flow.dx + row * wide, wide, C(0));
          if (Cell::has_hidden) std::fill_n(flow.du + row * wide, wide, C(0));
          continue;
        }
        if (flow.output) {
          const C* more = flow.output + at;
          ADORA_INDEPENDENT
          for (std::int64_t j = 0; j < size; ++j) dh[own + j] += more[j];
        }
        gradient_row<Cell>(
            RowOfGradient<C>{of.gates + row * wide, Cell::has_hidden ? of.hidden + at : nullptr, h_before + r * size,
                             Cell::has_c ? c_before + r * size : nullptr, Cell::has_c ? of.cells + at : nullptr,
                             flow.dx + row * wide, Cell::has_hidden ? flow.du + row * wide : nullptr, dh + own,
                             Cell::has_c ? dc + own : nullptr},
            size);
      }
      if (tiles) small_gemm(count, size, wide, u, wide, std::int64_t{1}, of.weight, size, dh, size, true);
      else blas_gemm(false, false, count, size, wide, C(1), u, wide, of.weight, size, C(1), dh, size);
    }
  });
}

template <class F> void visit_cell(RecurrentCell cell, F&& f) {
  switch (cell) {
    case RecurrentCell::rnn_tanh: return f.template operator()<RnnTanhCell>();
    case RecurrentCell::rnn_relu: return f.template operator()<RnnReluCell>();
    case RecurrentCell::gru: return f.template operator()<GruCell>();
    case RecurrentCell::lstm: return f.template operator()<LstmCell>();
  }
}

void recurrent_cpu(const RecurrentTask& task, const Tensor& lengths, const Tensor& gates, const Tensor& weight,
                   const Tensor& bias, const Tensor& h0, const Tensor& c0, const Tensor& states, const Tensor& cells,
                   const Tensor& hidden, const Tensor& output) {
  visit_compute(states.dtype(), [&]<class C>() {
    const Layer<C> layer = layer_of<C>(task, lengths, gates, weight, h0, c0, states, cells, hidden);
    visit_cell(task.cell, [&]<class Cell>() {
      forward<Cell>(layer, static_cast<const C*>(data_of<C>(bias)), data_of<C>(output));
    });
  });
}

void recurrent_backward_cpu(const RecurrentTask& task, const Tensor& lengths, const Tensor& gates, const Tensor& weight,
                            const Tensor& h0, const Tensor& c0, const Tensor& states, const Tensor& cells,
                            const Tensor& hidden, const Tensor& goutput, const Tensor& gh, const Tensor& gc,
                            const Tensor& dx, const Tensor& du, const Tensor& dh0, const Tensor& dc0) {
  visit_compute(states.dtype(), [&]<class C>() {
    const Layer<C> layer = layer_of<C>(task, lengths, gates, weight, h0, c0, states, cells, hidden);
    const Flow<C> flow{data_of<C>(goutput), data_of<C>(gh), data_of<C>(gc), dx.data<C>(),
                       data_of<C>(du),      dh0.data<C>(),  data_of<C>(dc0)};
    visit_cell(task.cell, [&]<class Cell>() { backward<Cell>(layer, flow); });
  });
}

[[maybe_unused]] const bool registered =
    recurrent.on(DeviceType::cpu, recurrent_cpu) && recurrent_backward.on(DeviceType::cpu, recurrent_backward_cpu);

}  // namespace
}  // namespace adora::backends::cpu
