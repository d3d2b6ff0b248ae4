#include "../recurrent.h"

#include "../basic.h"
#include "../gemm.h"
#include "../recurrent_formula.h"
#include "device_code.h"

/// A product and a kernel for each step.
namespace adora::backends::cuda {
namespace {

/// One step of `rows` rows of `size` numbers; lengths is null where all have it. Pointers are those of this step.
template <class C> struct StepTask {
  std::int64_t rows, size, step;
  const std::int64_t* lengths;
  C* gates;
  const C *u, *bias, *h_before, *c_before;
  C *h, *c, *hidden, *output;

  __device__ bool beyond(std::int64_t row) const { return lengths && step >= lengths[row]; }
};

template <class Cell, class C> __global__ void step_kernel(const StepTask<C> task) {
  for (std::int64_t i = global_thread(); i < task.rows * task.size; i += global_threads()) {
    const std::int64_t row = i / task.size, j = i % task.size, at = row * Cell::gates * task.size + j;
    if (task.beyond(row)) {
      task.h[i] = task.h_before[i];
      if (Cell::has_c) task.c[i] = task.c_before[i];
      task.output[i] = C(0);
      continue;
    }
    StepInput<Cell::gates, C> in{};
    for (int k = 0; k < Cell::gates; ++k)
      in.x[k] = task.gates[at + k * task.size], in.u[k] = task.u[at + k * task.size];
    in.h = task.h_before[i];
    if (Cell::has_c) in.c = task.c_before[i];
    if (task.bias) in.bias = task.bias[j];
    const StepOutput<Cell::gates, C> out = Cell::step(in);
    for (int k = 0; k < Cell::gates; ++k) task.gates[at + k * task.size] = out.gate[k];
    task.h[i] = out.h;
    if (Cell::has_c) task.c[i] = out.c;
    if (task.hidden) task.hidden[i] = out.hidden;
    if (task.output) task.output[i] = out.h;
  }
}

/// As StepTask; dh and dc are replaced.
template <class C> struct GradientTask {
  std::int64_t rows, size, step;
  const std::int64_t* lengths;
  const C *gates, *hidden, *h_before, *c_before, *c, *goutput;
  C *dx, *du, *dh, *dc;

  __device__ bool beyond(std::int64_t row) const { return lengths && step >= lengths[row]; }
};

template <class Cell, class C> __global__ void step_gradient_kernel(const GradientTask<C> task) {
  for (std::int64_t i = global_thread(); i < task.rows * task.size; i += global_threads()) {
    const std::int64_t row = i / task.size, at = row * Cell::gates * task.size + i % task.size;
    StepGradient<Cell::gates, C> d{};
    if (!task.beyond(row)) {
      StepSaved<Cell::gates, C> in{};
      for (int k = 0; k < Cell::gates; ++k) in.gate[k] = task.gates[at + k * task.size];
      in.h = task.h_before[i], in.dh = task.dh[i];
      if (task.goutput) in.dh += task.goutput[i];
      if (Cell::has_hidden) in.hidden = task.hidden[i];
      if (Cell::has_c) in.c = task.c_before[i], in.c_after = task.c[i], in.dc = task.dc[i];
      d = Cell::gradient(in);
      task.dh[i] = d.dh;
      if (Cell::has_c) task.dc[i] = d.dc;
    }
    for (int k = 0; k < Cell::gates; ++k) {
      task.dx[at + k * task.size] = d.dx[k];
      if (Cell::has_hidden) task.du[at + k * task.size] = d.du[k];
    }
  }
}

// ---- the host's side -------------------------------------------------------------------------------------------

template <class F> void visit_cell(const RecurrentTask& task, DType dtype, F&& f) {
  auto of_type = [&]<class Cell>() {
    if (dtype == float64) f.template operator()<Cell, double>();
    else f.template operator()<Cell, float>();
  };
  switch (task.cell) {
    case RecurrentCell::rnn_tanh: return of_type.template operator()<RnnTanhCell>();
    case RecurrentCell::rnn_relu: return of_type.template operator()<RnnReluCell>();
    case RecurrentCell::gru: return of_type.template operator()<GruCell>();
    case RecurrentCell::lstm: return of_type.template operator()<LstmCell>();
  }
}

/// The numbers of one step of x [T, B, n]; null where it is undefined.
template <class C> C* step_of(const Tensor& x, std::int64_t step) {
  return x.defined() ? x.data<C>() + step * x.size(1) * x.size(2) : nullptr;
}
template <class C> C* data_of(const Tensor& x) { return x.defined() ? x.data<C>() : nullptr; }

/// One step of x [T, B, n] as a matrix.
Tensor matrix_of(const Tensor& x, std::int64_t step) {
  Layout layout = Layout::contiguous({x.size(1), x.size(2)});
  layout.offset = x.layout().offset + step * x.size(1) * x.size(2);
  return x.with_layout(layout);
}

/// The order of the steps, and what lies before them.
struct Order {
  std::int64_t steps;
  bool reverse;
  std::int64_t step(std::int64_t k) const { return reverse ? steps - 1 - k : k; }
  Tensor before(std::int64_t k, const Tensor& first, const Tensor& all) const {
    return k == 0 || !first.defined() ? first : matrix_of(all, step(k - 1));
  }
};

void recurrent_cuda(const RecurrentTask& task, const Tensor& lengths, const Tensor& gates, const Tensor& weight,
                    const Tensor& bias, const Tensor& h0, const Tensor& c0, const Tensor& states, const Tensor& cells,
                    const Tensor& hidden, const Tensor& output) {
  const std::int64_t steps = states.size(0), rows = states.size(1), size = states.size(2);
  if (rows * size == 0) return;
  const Order order{steps, task.reverse};
  const Tensor u = empty({rows, weight.size(0)}, weight.dtype(), weight.device());
  const Tensor flipped = weight.with_layout(weight.layout().transposed(0, 1));
  visit_cell(task, states.dtype(), [&]<class Cell, class C>() {
    for (std::int64_t k = 0; k < steps; ++k) {
      const std::int64_t t = order.step(k);
      const Tensor h = order.before(k, h0, states), c = order.before(k, c0, cells);
      gemm(h, flipped, u, 1, 0);
      const StepTask<C> numbers{rows,
                                size,
                                t,
                                data_of<std::int64_t>(lengths),
                                step_of<C>(gates, t),
                                u.data<C>(),
                                data_of<C>(bias),
                                h.data<C>(),
                                data_of<C>(c),
                                step_of<C>(states, t),
                                step_of<C>(cells, t),
                                step_of<C>(hidden, t),
                                step_of<C>(output, t)};
      launch(step_kernel<Cell, C>, blocks_for(rows * size), block_threads, 0, numbers);
    }
  });
}

void recurrent_backward_cuda(const RecurrentTask& task, const Tensor& lengths, const Tensor& gates,
                             const Tensor& weight, const Tensor& h0, const Tensor& c0, const Tensor& states,
                             const Tensor& cells, const Tensor& hidden, const Tensor& goutput, const Tensor& gh,
                             const Tensor& gc, const Tensor& dx, const Tensor& du, const Tensor& dh0,
                             const Tensor& dc0) {
  const std::int64_t steps = states.size(0), rows = states.size(1), size = states.size(2);
  if (rows * size == 0) return;
  const Order order{steps, task.reverse};
  // What has arrived at h and c, in the places of the gradients of h0 and c0.
  auto start = [](const Tensor& to, const Tensor& from) {
    if (from.defined()) copy(from, to);
    else if (to.defined()) fill(to, 0);
  };
  start(dh0, gh), start(dc0, gc);
  visit_cell(task, states.dtype(), [&]<class Cell, class C>() {
    for (std::int64_t k = steps - 1; k >= 0; --k) {
      const std::int64_t t = order.step(k);
      const Tensor h = order.before(k, h0, states), c = order.before(k, c0, cells);
      const GradientTask<C> numbers{rows,
                                    size,
                                    t,
                                    data_of<std::int64_t>(lengths),
                                    step_of<C>(gates, t),
                                    step_of<C>(hidden, t),
                                    h.data<C>(),
                                    data_of<C>(c),
                                    step_of<C>(cells, t),
                                    step_of<C>(goutput, t),
                                    step_of<C>(dx, t),
                                    step_of<C>(du, t),
                                    dh0.data<C>(),
                                    data_of<C>(dc0)};
      launch(step_gradient_kernel<Cell, C>, blocks_for(rows * size), block_threads, 0, numbers);
      gemm(matrix_of(Cell::has_hidden ? du : dx, t), weight, dh0, 1, 1);
    }
  });
}

[[maybe_unused]] const bool registered =
    recurrent.on(DeviceType::cuda, recurrent_cuda) && recurrent_backward.on(DeviceType::cuda, recurrent_backward_cuda);

}  // namespace
}  // namespace adora::backends::cuda
