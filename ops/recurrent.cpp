#include "recurrent.h"

#include <functional>
#include <iterator>

#include "../autograd/fused.h"
#include "../backends/basic.h"
#include "../backends/gemm.h"
#include "../backends/recurrent.h"
#include "../backends/reduce.h"
#include "arithmetic.h"
#include "compare.h"
#include "creation.h"
#include "elementwise/relu.h"
#include "elementwise/sigmoid.h"
#include "elementwise/tanh.h"
#include "join.h"
#include "matmul.h"
#include "multiply_adds.h"
#include "op.h"
#include "view.h"

namespace adora {
namespace {

using backends::RecurrentCell;

/// The inputs of all three, in the order in which they are recorded. c0 is the LSTM's alone.
constexpr const char* input_names[] = {"x", "h0", "c0", "weight_ih", "weight_hh", "bias_ih", "bias_hh"};
constexpr std::size_t inputs_count = std::size(input_names);

struct Call {
  const char* op;
  RecurrentCell cell;
  bool reverse;
  const std::vector<std::int64_t>& lengths;
};

struct Inputs {
  Tensor x, h0, c0, weight_ih, weight_hh, bias_ih, bias_hh;
  Tensors all() const { return {x, h0, c0, weight_ih, weight_hh, bias_ih, bias_hh}; }
  explicit Inputs(const Tensors& t)
      : x(t[0]), h0(t[1]), c0(t[2]), weight_ih(t[3]), weight_hh(t[4]), bias_ih(t[5]), bias_hh(t[6]) {}
  std::int64_t steps() const { return x.size(0); }
  std::int64_t rows() const { return x.size(1); }
  std::int64_t size() const { return weight_hh.size(1); }
};

void check_call(const Call& call, const Inputs& in) {
  const char* op = call.op;
  check_inputs(op, {&in.x, &in.weight_ih, &in.weight_hh}, {&in.h0, &in.c0, &in.bias_ih, &in.bias_hh});
  check(in.x.ndim() == 3 && is_floating(in.x.dtype()) && in.x.size(0) > 0,
        "{}: x must be a floating tensor [steps, batch, in] with one step or more, not {}", op, describe(in.x));
  const std::int64_t gates = backends::gates_of(call.cell);
  check(in.weight_hh.ndim() == 2 && in.weight_hh.size(0) == gates * in.weight_hh.size(1),
        "{}: weight_hh is {}; it must be [{}hidden, hidden]", op, describe(in.weight_hh),
        gates == 1 ? "" : std::to_string(gates) + "·");
  const std::int64_t size = in.size();
  auto fits = [&](const char* what, const Tensor& t, const Shape& shape) {
    check(!t.defined() || (t.shape() == shape && t.dtype() == in.x.dtype()),
          "{}: {} is {}; for x {} and weight_hh {} it must be {} {}", op, what, describe(t), describe(in.x),
          describe(in.weight_hh), name(in.x.dtype()), shape);
  };
  fits("weight_hh", in.weight_hh, {gates * size, size});
  fits("weight_ih", in.weight_ih, {gates * size, in.x.size(2)});
  fits("bias_ih", in.bias_ih, {gates * size}), fits("bias_hh", in.bias_hh, {gates * size});
  fits("h0", in.h0, {in.rows(), size}), fits("c0", in.c0, {in.rows(), size});
  if (call.lengths.empty()) return;
  check(static_cast<std::int64_t>(call.lengths.size()) == in.rows(), "{}: there are {} lengths for the {} rows of {}",
        op, call.lengths.size(), in.rows(), describe(in.x));
  for (std::int64_t length : call.lengths) {
    check(length >= 1 && length <= in.steps(), "{}: a length of {}; they must lie in 1 … {}, the steps of {}", op,
          length, in.steps(), describe(in.x));
  }
}

Tensor or_zeros(const Tensor& state, const Inputs& in) {
  return state.defined() ? state : zeros({in.rows(), in.size()}, in.x.dtype(), in.x.device());
}

/// What the three compute, in float32 for half types: output, h_n and c_n, which is undefined but for the LSTM.
Tensors in_compute_dtype(const Inputs& in, const std::function<Tensors(const Inputs&)>& f) {
  const DType dtype = in.x.dtype();
  if (size_of(dtype) != 2) return f(in);
  Tensors wide = in.all();
  for (Tensor& t : wide) t = t.defined() ? to(t, float32) : t;
  Tensors results = f(Inputs(wide));
  for (Tensor& t : results) t = t.defined() ? to(t, dtype) : t;
  return results;
}

// ---- from other ops ------------------------------------------------------------------------------------------------

struct State {
  Tensor h, c;
};

State composed_step(RecurrentCell cell, const Inputs& in, const Tensor& x, const State& s) {
  const Tensor from_x = linear(x, in.weight_ih, in.bias_ih), from_h = linear(s.h, in.weight_hh, in.bias_hh);
  auto gate = [&, size = in.size()](const Tensor& t, std::int64_t k) { return slice(t, 1, k * size, (k + 1) * size); };
  auto both = [&](std::int64_t k) { return gate(from_x, k) + gate(from_h, k); };
  switch (cell) {
    case RecurrentCell::rnn_tanh: return {tanh(from_x + from_h), {}};
    case RecurrentCell::rnn_relu: return {relu(from_x + from_h), {}};
    case RecurrentCell::gru: {
      const Tensor r = sigmoid(both(0)), z = sigmoid(both(1)), n = tanh(gate(from_x, 2) + r * gate(from_h, 2));
      return {(1 - z) * n + z * s.h, {}};
    }
    case RecurrentCell::lstm: break;
  }
  const Tensor c = sigmoid(both(1)) * s.c + sigmoid(both(0)) * tanh(both(2));
  return {sigmoid(both(3)) * tanh(c), c};
}

Tensors composed_steps(const Call& call, const Inputs& in) {
  State state{or_zeros(in.h0, in), call.cell == RecurrentCell::lstm ? or_zeros(in.c0, in) : Tensor()};
  const Device device = in.x.device();
  const Tensor zero = zeros({}, in.x.dtype(), device);
  Tensor lengths;
  if (!call.lengths.empty()) lengths = tensor(call.lengths, {in.rows(), 1}, device);
  Tensors outputs(static_cast<std::size_t>(in.steps()));
  for (std::int64_t k = 0; k < in.steps(); ++k) {
    const std::int64_t step = call.reverse ? in.steps() - 1 - k : k;
    State next = composed_step(call.cell, in, select(in.x, 0, step), state);
    Tensor& output = outputs[static_cast<std::size_t>(step)];
    output = next.h;
    if (lengths.defined()) {
      const Tensor within = greater(lengths, full({}, static_cast<double>(step), int64, device));
      output = where(within, next.h, zero);
      next.h = where(within, next.h, state.h);
      if (next.c.defined()) next.c = where(within, next.c, state.c);
    }
    state = next;
  }
  return {stack(outputs, 0), state.h, state.c};
}

Tensors composed_form(const Call& call, const Inputs& in) {
  check_call(call, in);
  return in_compute_dtype(in, [&](const Inputs& wide) { return composed_steps(call, wide); });
}

// ---- fused ---------------------------------------------------------------------------------------------------------

/// x [T, B, n] as [T·B, n] and contiguous, not recorded.
Tensor flat(const Tensor& x) {
  const Tensor rows = backends::contiguous(x.detach());
  return rows.with_layout(*rows.layout().reshaped({x.size(0) * x.size(1), x.size(2)}));
}
Tensor plain(const Tensor& x) { return x.defined() ? backends::contiguous(x.detach()) : x; }
Tensor transposed(const Tensor& x) { return x.with_layout(x.layout().transposed(0, 1)); }
Tensor part(const Tensor& x, std::int64_t begin, std::int64_t end) {
  return x.with_layout(x.layout().sliced(0, begin, end));
}

Tensor product(const Tensor& a, const Tensor& b) {
  Tensor y = empty_like(a, {a.size(0), b.size(1)});
  backends::gemm(a, b, y, 1, 0);
  return y;
}

/// The sum of all rows.
Tensor row_sum(const Tensor& x) {
  Tensor y = empty_like(x, {1, x.size(1)});
  backends::reduce(x, y, backends::ReduceOp::sum);
  return y.with_layout(Layout::contiguous({x.size(1)}));
}

/// The biases that go with the input's side, undefined where there are none: both, but for the GRU's last gate.
Tensor input_bias(RecurrentCell cell, const Inputs& in) {
  NoGrad no_grad;
  if (!in.bias_hh.defined() || !in.bias_ih.defined()) {
    if (!in.bias_hh.defined()) return in.bias_ih;
    if (cell != RecurrentCell::gru) return in.bias_hh;
  }
  const Tensor own = in.bias_ih.defined() ? in.bias_ih : zeros_like(in.bias_hh);
  if (cell != RecurrentCell::gru) return own + in.bias_hh;
  const std::int64_t two = 2 * in.size(), all = 3 * in.size();
  return cat({slice(own, 0, 0, two) + slice(in.bias_hh, 0, 0, two), slice(own, 0, two, all)});
}

/// The gradient for weight_hh: that of u of all steps, times the states before them.
Tensor recurrent_weight_gradient(const Tensor& du, const Tensor& h0, const Tensor& states, bool reverse) {
  const std::int64_t steps = states.size(0), rows = states.size(1);
  auto flattened = [&](const Tensor& x, std::int64_t begin, std::int64_t end) {
    return part(x.with_layout(Layout::contiguous({steps * rows, x.size(2)})), begin * rows, end * rows);
  };
  const std::int64_t first = reverse ? steps - 1 : 0;
  const Tensor dweight = product(transposed(flattened(du, first, first + 1)), h0);
  if (steps > 1) {
    const Tensor later = reverse ? flattened(du, 0, steps - 1) : flattened(du, 1, steps);
    const Tensor before = reverse ? flattened(states, 1, steps) : flattened(states, 0, steps - 1);
    backends::gemm(transposed(later), before, dweight, 1, 1);
  }
  return dweight;
}

Tensors fused_steps(const Call& call, const Inputs& in) {
  const auto cell = call.cell;
  const bool is_lstm = cell == RecurrentCell::lstm, is_gru = cell == RecurrentCell::gru;
  const std::int64_t steps = in.steps(), rows = in.rows(), size = in.size(), wide = backends::gates_of(cell) * size;
  const Shape of_states{steps, rows, size}, of_gates{steps, rows, wide};
  bool wanted = false;
  for (const Tensor& t : in.all()) wanted = wanted || (t.defined() && grad_required_now(t));

  Tensor lengths;
  if (!call.lengths.empty()) lengths = tensor(call.lengths, {rows}, in.x.device());
  const Tensor h0 = plain(or_zeros(in.h0, in)), c0 = is_lstm ? plain(or_zeros(in.c0, in)) : Tensor();
  Tensor gates = empty_like(in.x, {steps * rows, wide}), bias = input_bias(cell, in);
  detail::MultiplyAdds::add(steps * rows, wide, in.x.size(2) + size);
  if (bias.defined()) backends::gemm_bias(flat(in.x), transposed(in.weight_ih), bias, gates);
  else backends::gemm(flat(in.x), transposed(in.weight_ih), gates, 1, 0);
  gates = gates.with_layout(Layout::contiguous(of_gates));
  const Tensor states = empty_like(in.x, of_states), cells = is_lstm ? empty_like(in.x, of_states) : Tensor();
  const Tensor hidden = is_gru && wanted ? empty_like(in.x, of_states) : Tensor();
  const Tensor output = lengths.defined() ? empty_like(in.x, of_states) : Tensor();
  Tensor bias_hn;
  if (is_gru && in.bias_hh.defined()) bias_hn = plain(part(in.bias_hh, 2 * size, wide));
  const backends::RecurrentTask task{cell, call.reverse};
  backends::recurrent(task, lengths, gates, plain(in.weight_hh), bias_hn, h0, c0, states, cells, hidden, output);

  const std::int64_t last = call.reverse ? 0 : steps - 1;
  auto last_of = [&](const Tensor& all) {
    Tensor y = empty_like(in.x, {rows, size});
    backends::copy(all.with_layout({{rows, size}, {size, 1}, last * rows * size}), y);
    return y;
  };
  const Tensor y = output.defined() ? output : states, h_n = last_of(states), c_n = is_lstm ? last_of(cells) : Tensor();

  const Tensors inputs = in.all();
  std::vector<bool> want;
  for (const Tensor& t : inputs) want.push_back(t.defined() && grad_required_now(t));
  auto gradient = [=](const Tensors& g, const SavedTensors& saved) {
    const Tensor h0 = saved["h0 used"], states = saved["states"];
    const Tensor dgates = empty(of_gates, h0.dtype(), h0.device()), du = is_gru ? empty_like(dgates) : Tensor();
    const Tensor dh0 = empty_like(h0), dc0 = is_lstm ? empty_like(h0) : Tensor();
    const Tensor weight = plain(saved["weight_hh"]);
    backends::recurrent_backward(task, saved["lengths"], saved["gates"], weight, h0, saved["c0 used"], states,
                                 saved["cells"], saved["hidden"], plain(g[0]), plain(g[1]),
                                 is_lstm ? plain(g[2]) : Tensor(), dgates, du, dh0, dc0);
    const Tensor from_x = flat(dgates), from_h = is_gru ? flat(du) : from_x;
    Tensors d(inputs_count);
    const Tensor x = saved["x"];
    if (want[0]) d[0] = product(from_x, saved["weight_ih"]).with_layout(Layout::contiguous(x.shape()));
    if (want[1]) d[1] = dh0;
    if (want[2]) d[2] = dc0;
    if (want[3]) d[3] = product(transposed(from_x), flat(x));
    if (want[4]) d[4] = recurrent_weight_gradient(is_gru ? du : dgates, h0, states, task.reverse);
    if (want[5]) d[5] = row_sum(from_x);
    if (want[6]) d[6] = want[5] && !is_gru ? d[5] : row_sum(from_h);
    return d;
  };
  auto composed = [=, op = call.op, kept = call.lengths](const Tensors& g, const SavedTensors& saved) {
    auto twin = [&](const Tensors& t) {
      Tensors results = composed_steps({op, cell, task.reverse, kept}, Inputs(t));
      if (!is_lstm) results.pop_back();
      return results;
    };
    Tensors given;
    for (std::size_t i = 0; i < inputs_count; ++i) given.push_back(where_asked(i, saved[input_names[i]]));
    return gradients_through(twin, given, g);
  };
  Tensors results{y, h_n};
  if (is_lstm) results.push_back(c_n);
  record_fused(call.op, results, inputs,
               {{input_names[0], inputs[0]},
                {input_names[1], inputs[1]},
                {input_names[2], inputs[2]},
                {input_names[3], inputs[3]},
                {input_names[4], inputs[4]},
                {input_names[5], inputs[5]},
                {input_names[6], inputs[6]},
                {"h0 used", h0},
                {"c0 used", c0},
                {"lengths", lengths},
                {"gates", gates},
                {"states", states},
                {"cells", cells},
                {"hidden", hidden}},
               gradient, composed);
  return {y, h_n, c_n};
}

Tensors fused_form(const Call& call, const Inputs& in) {
  check_call(call, in);
  return in_compute_dtype(in, [&](const Inputs& wide) { return fused_steps(call, wide); });
}

RecurrentCell cell_of(Nonlinearity nonlinearity) {
  return nonlinearity == Nonlinearity::tanh ? RecurrentCell::rnn_tanh : RecurrentCell::rnn_relu;
}

}  // namespace

RnnOutput rnn(const Tensor& x, const Tensor& h0, const Tensor& weight_ih, const Tensor& weight_hh,
              const Tensor& bias_ih, const Tensor& bias_hh, const RnnOptions& options) {
  const Tensors y = fused_form({"rnn", cell_of(options.nonlinearity), options.reverse, options.lengths},
                               Inputs({x, h0, {}, weight_ih, weight_hh, bias_ih, bias_hh}));
  return {y[0], y[1]};
}
const Op rnn_op{"rnn"};

RnnOutput rnn_composed(const Tensor& x, const Tensor& h0, const Tensor& weight_ih, const Tensor& weight_hh,
                       const Tensor& bias_ih, const Tensor& bias_hh, const RnnOptions& options) {
  const Tensors y = composed_form({"rnn_composed", cell_of(options.nonlinearity), options.reverse, options.lengths},
                                  Inputs({x, h0, {}, weight_ih, weight_hh, bias_ih, bias_hh}));
  return {y[0], y[1]};
}
const Op rnn_composed_op{"rnn_composed"};

RnnOutput gru(const Tensor& x, const Tensor& h0, const Tensor& weight_ih, const Tensor& weight_hh,
              const Tensor& bias_ih, const Tensor& bias_hh, const RecurrentOptions& options) {
  const Tensors y = fused_form({"gru", RecurrentCell::gru, options.reverse, options.lengths},
                               Inputs({x, h0, {}, weight_ih, weight_hh, bias_ih, bias_hh}));
  return {y[0], y[1]};
}
const Op gru_op{"gru"};

RnnOutput gru_composed(const Tensor& x, const Tensor& h0, const Tensor& weight_ih, const Tensor& weight_hh,
                       const Tensor& bias_ih, const Tensor& bias_hh, const RecurrentOptions& options) {
  const Tensors y = composed_form({"gru_composed", RecurrentCell::gru, options.reverse, options.lengths},
                                  Inputs({x, h0, {}, weight_ih, weight_hh, bias_ih, bias_hh}));
  return {y[0], y[1]};
}
const Op gru_composed_op{"gru_composed"};

LstmOutput lstm(const Tensor& x, const Tensor& h0, const Tensor& c0, const Tensor& weight_ih, const Tensor& weight_hh,
                const Tensor& bias_ih, const Tensor& bias_hh, const RecurrentOptions& options) {
  const Tensors y = fused_form({"lstm", RecurrentCell::lstm, options.reverse, options.lengths},
                               Inputs({x, h0, c0, weight_ih, weight_hh, bias_ih, bias_hh}));
  return {y[0], y[1], y[2]};
}
const Op lstm_op{"lstm"};

LstmOutput lstm_composed(const Tensor& x, const Tensor& h0, const Tensor& c0, const Tensor& weight_ih,
                         const Tensor& weight_hh, const Tensor& bias_ih, const Tensor& bias_hh,
                         const RecurrentOptions& options) {
  const Tensors y = composed_form({"lstm_composed", RecurrentCell::lstm, options.reverse, options.lengths},
                                  Inputs({x, h0, c0, weight_ih, weight_hh, bias_ih, bias_hh}));
  return {y[0], y[1], y[2]};
}
const Op lstm_composed_op{"lstm_composed"};

}  // namespace adora
