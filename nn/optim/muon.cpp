#include "muon.h"

#include <algorithm>
#include <cmath>

#include "../../ops/arithmetic.h"
#include "../../ops/creation.h"
#include "../../ops/matmul.h"
#include "../../ops/reduce.h"
#include "../../ops/view.h"
#include "optimizer_registry.h"

namespace adora {
namespace {

const RegisterOptimizer registered =
    register_optimizer<Muon, MuonOptions>("muon", {{"lr", &MuonOptions::lr},
                                                   {"weight_decay", &MuonOptions::weight_decay},
                                                   {"momentum", &MuonOptions::momentum},
                                                   {"nesterov", &MuonOptions::nesterov},
                                                   {"a", &MuonOptions::a},
                                                   {"b", &MuonOptions::b},
                                                   {"c", &MuonOptions::c},
                                                   {"eps", &MuonOptions::eps},
                                                   {"ns_steps", &MuonOptions::ns_steps},
                                                   {"match_rms_adamw", &MuonOptions::match_rms_adamw}});

}  // namespace

Muon::Muon(Parameters parameters, MuonOptions options)
    : Optimizer(std::move(parameters), options.lr, {{"momentum_buffer"}}, options.weight_decay), options_(options) {
  check_not_negative("weight_decay", options.weight_decay), check_share("momentum", options.momentum);
  check(std::isfinite(options.a) && std::isfinite(options.b) && std::isfinite(options.c),
        "optimizer: a, b and c must be finite, not {}, {} and {}", options.a, options.b, options.c);
  check(std::isfinite(options.eps) && options.eps > 0, "optimizer: eps must be a finite number above 0, not {}",
        options.eps);
  check(options.ns_steps >= 1 && options.ns_steps < 100, "optimizer: ns_steps must lie between 1 and 99, not {}",
        options.ns_steps);
  for (const auto& [name, x] : this->parameters())
    check(x.ndim() == 2, "optimizer: muon steps matrices; '{}' is {}, which another optimizer can have", name,
          describe(x));
}

Tensor Muon::orthogonal(const Tensor& x) const {
  const bool tall = x.size(0) > x.size(1);
  Tensor y = contiguous(tall ? transpose(x) : x);
  y = y / std::max(item(norm(y)), options_.eps);
  for (std::int64_t i = 0; i < options_.ns_steps; ++i) {
    const Tensor gram = matmul(y, transpose(y));
    y = y * options_.a + matmul(gram * options_.b + matmul(gram, gram) * options_.c, y);
  }
  return tall ? transpose(y) : y;
}

void Muon::step_together(const Stepping& those) {
  const MuonOptions& o = options_;
  for (std::size_t i = 0; i < those.params.size(); ++i) {
    const Tensor& param = those.params[i];
    if (param.numel() == 0) continue;
    const Tensor gradient = to(those.gradients[i], param.dtype());
    const Tensor& mean = those.kept_for(0, i);
    copy_(mean, mean + (gradient - mean) * (1 - o.momentum));
    const Tensor along = o.nesterov ? gradient + (mean - gradient) * o.momentum : mean;
    const double rows = static_cast<double>(param.size(0)), columns = static_cast<double>(param.size(1));
    const double ratio =
        o.match_rms_adamw ? 0.2 * std::sqrt(std::max(rows, columns)) : std::sqrt(std::max(1.0, rows / columns));
    copy_(param, param * (1 - those.lr[i] * those.weight_decay[i]) - orthogonal(along) * (those.lr[i] * ratio));
  }
}

}  // namespace adora
