// The special functions of backends/special.h; expected numbers by mpmath with 40 digits.
#include "backends/special.h"

#include "../../catch.h"

using namespace adora;

TEST_CASE("the inverse error function is right to the last digits, from 0 to the largest number below 1") {
  const double rows[][2] = {
      {1e-10, 8.862269254527581e-11}, {1e-05, 8.862269254759594e-06}, {0.1, 0.08885599049425769},
      {0.4999, 0.4768250236254278},   {0.5, 0.4769362762044699},      {0.75, 0.8134198475976185},
      {-0.9, -1.1630871536766743},    {0.999999, 3.458910737275499},  {1 - 0x1p-53, 5.8635847487551676}};
  for (const auto& [y, expected] : rows) {
    INFO(y);
    CHECK(std::abs(math::erfinv(y) - expected) <= 4 * 0x1p-53 * std::abs(expected));
  }
}

TEST_CASE("digamma and its derivatives are right on either side of 0, near it and far out") {
  struct Row {
    int n;
    double x, expected;
  };
  for (const Row& row :
       {Row{0, 1, -0.5772156649015329}, Row{0, 0.5, -1.9635100260214235}, Row{0, 1e-08, -100000000.57721564},
        Row{0, -0.5, 0.03648997397857652}, Row{0, -3.7, -0.8450768588704194}, Row{0, -1000.3, 9.191055669255658},
        Row{0, 30.5, 3.401243668961661}, Row{0, 1e10, 23.025850929890456}, Row{1, 1, 1.6449340668482264},
        Row{1, -3.7, 14.84242186412428}, Row{1, 0.01, 10001.621213528313}, Row{2, 1, -2.4041138063191885},
        Row{3, -0.25, 1555.7633125348507}, Row{5, 2.3, 0.9314559566526457}, Row{5, -2.3, 165660.05361165272},
        Row{10, 0.75, -85926737.20888044}, Row{20, 8.5, -0.08202059166405254}, Row{1, -1000.3, 15.078414502249117}}) {
    INFO("the derivative " << row.n << " at " << row.x);
    // Beside a root, and far to the left, where the fraction of x has lost digits, what is added up is larger.
    const double size = std::max(std::abs(row.expected), row.x < -100 ? 300.0 : 1.0);
    CHECK(std::abs(math::polygamma(row.n, row.x) - row.expected) <= 1e-14 * size);
  }
}
