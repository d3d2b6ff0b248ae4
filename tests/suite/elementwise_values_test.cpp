// Compares every elementwise op's values with its formula written with the C library's functions in float64.
#include <cmath>
#include <filesystem>
#include <functional>
#include <map>
#include <numbers>
#include <set>

#include "cases.h"

using namespace adora;
using namespace adora::suite;

namespace {

/// Of an op's first input, and of its second where it has one; what the op's samples fix (the exponent 2.5, the bounds
/// -1 and 0.5, the slope 0.01) stands in the formula.
using Formula = std::function<double(double, double)>;

double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }

const std::map<std::string, Formula> formulas{
    {"abs", [](double x, double) { return std::fabs(x); }},
    {"clamp", [](double x, double) { return std::fmin(std::fmax(x, -1), 0.5); }},
    {"cos", [](double x, double) { return std::cos(x); }},
    {"div_no_nan", [](double x, double y) { return y == 0 ? 0 : x / y; }},
    {"erf", [](double x, double) { return std::erf(x); }},
    {"exp", [](double x, double) { return std::exp(x); }},
    {"expm1", [](double x, double) { return std::expm1(x); }},
    {"gelu", [](double x, double) { return x / 2 * std::erfc(-x / std::numbers::sqrt2); }},
    {"gelu_tanh",
     [](double x, double) {
       return x / 2 * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * std::pow(x, 3))));
     }},
    {"leaky_relu", [](double x, double) { return x > 0 ? x : 0.01 * x; }},
    {"log", [](double x, double) { return std::log(x); }},
    {"log1p", [](double x, double) { return std::log1p(x); }},
    {"maximum", [](double x, double y) { return std::fmax(x, y); }},
    {"minimum", [](double x, double y) { return std::fmin(x, y); }},
    {"pow", [](double x, double) { return std::pow(x, 2.5); }},
    {"reciprocal", [](double x, double) { return 1 / x; }},
    {"relu", [](double x, double) { return x > 0 ? x : 0; }},
    {"rsqrt", [](double x, double) { return 1 / std::sqrt(x); }},
    {"sigmoid", [](double x, double) { return sigmoid_of(x); }},
    {"silu", [](double x, double) { return x * sigmoid_of(x); }},
    {"sin", [](double x, double) { return std::sin(x); }},
    {"softplus", [](double x, double) { return std::log(1 + std::exp(x)); }},
    {"sqrt", [](double x, double) { return std::sqrt(x); }},
    {"square", [](double x, double) { return x * x; }},
    {"tanh", [](double x, double) { return std::tanh(x); }},
    {"acos", [](double x, double) { return std::acos(x); }},
    {"acosh", [](double x, double) { return std::acosh(x); }},
    {"asin", [](double x, double) { return std::asin(x); }},
    {"asinh", [](double x, double) { return std::asinh(x); }},
    {"atan", [](double x, double) { return std::atan(x); }},
    {"atan2", [](double x, double y) { return std::atan2(x, y); }},
    {"atanh", [](double x, double) { return std::atanh(x); }},
    {"ceil", [](double x, double) { return std::ceil(x); }},
    {"softcap", [](double x, double) { return 0.75 * std::tanh(x / 0.75); }},
    {"celu", [](double x, double) { return x > 0 ? x : 0.75 * (std::exp(x / 0.75) - 1); }},
    {"cosh", [](double x, double) { return std::cosh(x); }},
    {"elu", [](double x, double) { return x > 0 ? x : 0.75 * (std::exp(x) - 1); }},
    {"erfc", [](double x, double) { return std::erfc(x); }},
    {"exp2", [](double x, double) { return std::exp2(x); }},
    {"floor", [](double x, double) { return std::floor(x); }},
    {"fmod", [](double x, double y) { return std::fmod(x, y); }},
    {"hardshrink", [](double x, double) { return std::fabs(x) > 0.5 ? x : 0; }},
    {"hardsigmoid", [](double x, double) { return std::fmin(std::fmax(x + 3, 0), 6) / 6; }},
    {"hardswish", [](double x, double) { return x * std::fmin(std::fmax(x + 3, 0), 6) / 6; }},
    {"hardtanh", [](double x, double) { return std::fmin(std::fmax(x, -1), 0.5); }},
    {"hypot", [](double x, double y) { return std::hypot(x, y); }},
    {"lgamma", [](double x, double) { return std::lgamma(x); }},
    {"log10", [](double x, double) { return std::log10(x); }},
    {"log2", [](double x, double) { return std::log2(x); }},
    {"logit", [](double x, double) { return std::log(x / (1 - x)); }},
    {"logsigmoid", [](double x, double) { return std::log(sigmoid_of(x)); }},
    {"mish", [](double x, double) { return x * std::tanh(std::log(1 + std::exp(x))); }},
    {"nan_to_num", [](double x, double) { return x; }},
    {"pow_tensors", [](double x, double y) { return std::pow(x, y); }},
    {"relu6", [](double x, double) { return std::fmin(std::fmax(x, 0), 6); }},
    {"remainder", [](double x, double y) { return x - y * std::floor(x / y); }},
    {"round", [](double x, double) { return std::nearbyint(x); }},
    {"selu",
     [](double x, double) { return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (std::exp(x) - 1)); }},
    {"sign", [](double x, double) { return x > 0   ? 1
                                           : x < 0 ? -1
                                                   : 0; }},
    {"sinh", [](double x, double) { return std::sinh(x); }},
    {"softshrink", [](double x, double) { return std::copysign(std::fmax(std::fabs(x) - 0.5, 0), x); }},
    {"softsign", [](double x, double) { return x / (1 + std::fabs(x)); }},
    {"tan", [](double x, double) { return std::tan(x); }},
    {"tanhshrink", [](double x, double) { return x - std::tanh(x); }},
    {"threshold", [](double x, double) { return x > 0.25 ? x : -1; }},
    {"trunc", [](double x, double) { return std::trunc(x); }},
};

std::vector<double> stretched(const Tensor& x, const Shape& shape) { return to_vector<double>(broadcast_to(x, shape)); }

}  // namespace

TEST_CASE("every formula here is that of an elementwise op") {
  for (const auto& [name, formula] : formulas) {
    INFO(name);
    const Op* op = Op::find(name);
    CHECK((op != nullptr && (op->unary || op->binary)));
  }
}

TEST_CASE("elementwise ops compute their formulas") {
  std::map<std::string, std::size_t> seen;
  for (const Case& c : cases()) {
    const auto found = formulas.find(c.op->name);
    if (found == formulas.end()) continue;
    const Tensors& inputs = c.sample.inputs;
    const Tensor y = c.sample.run(inputs);
    const std::vector<double> got = to_vector<double>(y), a = stretched(inputs[0], y.shape()),
                              b = inputs.size() > 1 ? stretched(inputs[1], y.shape()) : a;
    for (std::size_t i = 0; i < got.size(); ++i) {
      const double expected = found->second(a[i], b[i]);
      INFO(c.name() << ": of " << a[i] << " and " << b[i] << " it gives " << got[i] << ", not " << expected);
      CHECK(std::abs(got[i] - expected) <= 1e-13 * std::max(1.0, std::abs(expected)));
    }
    seen[c.op->name] += got.size();
  }
  for (const auto& [name, formula] : formulas) {
    INFO(name);
    CHECK(seen[name] > 0);
  }
}
