// What the rows of docs/from-pytorch.md are written with; inputs.py has the same.
#include <adora/adora.h>

#include <cmath>
#include <cstdio>
#include <iostream>
#include <type_traits>

using namespace adora;

inline Tensor numbers(const Shape& shape, double start) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < numel(shape); ++i) values.push_back(float(std::sin(start + 1.7 * double(i))));
  return tensor(values, shape);
}

struct Inputs {
  Generator g{0};
  Tensor x = numbers({3, 4}, 0.3), y = numbers({3, 4}, 0.9), v = numbers({4}, 0.1),
         a = numbers({3, 3}, 0.5) + 3.0 * eye(3);
  Tensor img = numbers({2, 3, 8, 8}, 0.2), k = numbers({4, 3, 3, 3}, 0.4), seq = numbers({5, 2, 4}, 0.6);
  Tensor mask = y > 0, idx = tensor({{0, 2, 1, 0}, {1, 1, 0, 2}}), labels = tensor({2, 0, 1});
  Tensor logp = log_softmax(x, 1), pos = abs(x) + 0.5;
  Tensor w = requires_grad(v.clone()), loss = square(w).sum();
  Linear net{4, 8, g};
  TensorDataset dataset{{x, labels}};
  AdamW optimizer{net};
  Inputs() { backward(square(net(x)).sum()); }
};

inline void show(std::FILE* out, int row, const Tensor& value) {
  if (!value.defined()) return;
  std::fprintf(out, "%d %s", row, to_string(value.shape()).c_str());
  for (double number : to_vector<double>(value)) std::fprintf(out, " %.9g", number);
  std::fprintf(out, "\n");
}

/// `EXPRESSION, Show{out, row}` shows its value where that is a tensor or a number; one without a value is only
/// computed.
struct Show {
  std::FILE* out;
  int row;
};
template <class T> void operator,(const T& value, Show to) {
  if constexpr (std::is_same_v<T, Tensor>) show(to.out, to.row, value);
  else if constexpr (std::is_arithmetic_v<T>) show(to.out, to.row, full({}, double(value), float64));
}
