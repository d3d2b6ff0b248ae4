// Built with meson's option `cudnn` alone. cuDNN itself is looked for when it is first needed, so that a program built
// with this runs without it.
#define NV_CUDNN_FRONTEND_USE_DYNAMIC_LOADING
#include <cudnn_frontend.h>
#include <dlfcn.h>

#include <compare>
#include <map>
#include <mutex>
#include <vector>

#include "../../../core/cuda.h"
#include "../../basic.h"
#include "../attention_library.h"
#include "../runtime.h"

namespace cudnn_frontend {
void* cudnn_dlhandle = nullptr;  // which cudnn_frontend declares and reads
}

namespace adora::backends::cuda {
namespace {

namespace fe = cudnn_frontend;

constexpr const char* library = "libcudnn.so.9";
constexpr std::int64_t most_workspace = std::int64_t{1} << 30;  ///< bytes; beyond, cuDNN is not taken

/// cuDNN, bound to the one stream; null where it isn't installed.
cudnnHandle_t cudnn() {
  static const cudnnHandle_t handle = [] {
    cudnnHandle_t made = nullptr;
    fe::cudnn_dlhandle = dlopen(library, RTLD_NOW | RTLD_GLOBAL);
    if (!fe::cudnn_dlhandle || fe::detail::create_handle(&made) != CUDNN_STATUS_SUCCESS) return cudnnHandle_t{};
    if (fe::detail::set_stream(made, stream()) != CUDNN_STATUS_SUCCESS) return cudnnHandle_t{};
    return made;
  }();
  return handle;
}

using Fours = std::vector<std::int64_t>;
Fours shape_of(const Tensor& x) { return {x.size(0), x.size(1), x.size(2), x.size(3)}; }
Fours strides_of(const Tensor& x) { return {x.strides()[0], x.strides()[1], x.strides()[2], x.strides()[3]}; }

/// The key of a graph of operations: the tensors' shapes and strides, and the formula. A graph is built once for each.
struct PlanKey {
  bool backward, causal, stats;
  DType dtype;
  double scale;
  std::vector<Fours> layouts;
  auto operator<=>(const PlanKey&) const = default;  // NOLINT(modernize-use-nullptr): of the 0 that it compares with
};

/// cuDNN's operations for one key, ready to run; null where it has none.
struct Plan {
  std::shared_ptr<fe::graph::Graph> graph;
  std::int64_t workspace = 0;
};

/// The tensors of a graph, by what cuDNN calls them.
enum Name : std::int64_t { q_name = 1, k_name, v_name, out_name, lse_name, grad_name, dq_name, dk_name, dv_name };
using Named = std::vector<std::pair<Name, const Tensor*>>;

class Builder {
 public:
  explicit Builder(DType dtype) : graph_(std::make_shared<fe::graph::Graph>()) {
    graph_->set_io_data_type(dtype == bfloat16 ? fe::DataType_t::BFLOAT16 : fe::DataType_t::HALF)
        .set_intermediate_data_type(fe::DataType_t::FLOAT)
        .set_compute_data_type(fe::DataType_t::FLOAT);
  }
  fe::graph::Graph& graph() { return *graph_; }

  std::shared_ptr<fe::graph::Tensor_attributes> in(Name name, const Tensor& x) {
    return graph_->tensor(fe::graph::Tensor_attributes().set_uid(name).set_dim(shape_of(x)).set_stride(strides_of(x)));
  }
  /// lse [B, H, T] as cuDNN has it, [B, H, T, 1].
  std::shared_ptr<fe::graph::Tensor_attributes> in_lse(const Tensor& lse) {
    return graph_->tensor(fe::graph::Tensor_attributes()
                              .set_uid(lse_name)
                              .set_dim({lse.size(0), lse.size(1), lse.size(2), 1})
                              .set_stride({lse.strides()[0], lse.strides()[1], lse.strides()[2], 1})
                              .set_data_type(fe::DataType_t::FLOAT));
  }
  void out(Name name, const std::shared_ptr<fe::graph::Tensor_attributes>& result, const Tensor& x) {
    result->set_output(true).set_uid(name).set_dim(shape_of(x)).set_stride(strides_of(x));
  }
  void out_lse(const std::shared_ptr<fe::graph::Tensor_attributes>& result, const Tensor& lse) {
    result->set_output(true)
        .set_uid(lse_name)
        .set_data_type(fe::DataType_t::FLOAT)
        .set_dim({lse.size(0), lse.size(1), lse.size(2), 1})
        .set_stride({lse.strides()[0], lse.strides()[1], lse.strides()[2], 1});
  }
  Plan finish() {
    Plan plan;
    if (graph_->build(cudnn(), {fe::HeurMode_t::A}).is_bad()) return plan;
    if (graph_->get_workspace_size(plan.workspace).is_bad()) return plan;
    // One that grows with the square of the tokens, as the deterministic gradient's may, is not what attention is for.
    if (plan.workspace > most_workspace) return plan;
    plan.graph = graph_;
    return plan;
  }

 private:
  std::shared_ptr<fe::graph::Graph> graph_;
};

/// The plan of this key, built at its first use.
template <class Make> const Plan& plan_for(const PlanKey& key, const Make& make) {
  static std::mutex mutex;
  static std::map<PlanKey, Plan> plans;  // whose elements stay where they are
  std::lock_guard lock(mutex);
  auto found = plans.find(key);
  if (found == plans.end()) found = plans.emplace(key, make()).first;
  return found->second;
}

bool run(const Plan& plan, const Named& tensors) {
  if (!plan.graph) return false;
  std::unordered_map<std::int64_t, void*> memory;
  for (const auto& [name, x] : tensors) memory[name] = x->raw();
  Tensor workspace = empty({std::max<std::int64_t>(plan.workspace, 1)}, uint8, cuda_device);
  auto status = plan.graph->execute(cudnn(), memory, workspace.raw());
  if (status.is_bad()) throw DeviceError(fmt::format("cuDNN, attention: {}", status.get_message()));
  if (waits_for_kernels()) synchronize();
  return true;
}

/// Whether cuDNN computes this attention: for half types, head sizes it has kernels for, and where there is a causal
/// mask, as many queries as keys.
bool suits(const Tensor& q, const Tensor& k, bool causal) {
  return size_of(q.dtype()) == 2 && q.size(3) % 8 == 0 && q.size(3) <= 128 && (!causal || q.size(2) == k.size(2)) &&
         k.size(2) > 0 && cudnn() != nullptr;
}

bool forward(const Tensor& q, const Tensor& k, const Tensor& v, bool causal, double scale, const Tensor& out,
             const Tensor& lse) {
  if (!suits(q, k, causal)) return false;
  const bool stats = lse.defined();
  const PlanKey key{false, causal,
                    stats, q.dtype(),
                    scale, {shape_of(q), shape_of(k), strides_of(q), strides_of(k), strides_of(v), strides_of(out)}};
  const Plan& plan = plan_for(key, [&] {
    Builder builder(q.dtype());
    auto options = fe::graph::SDPA_attributes().set_generate_stats(stats).set_attn_scale(static_cast<float>(scale));
    if (causal) options.set_diagonal_alignment(fe::DiagonalAlignment_t::TOP_LEFT).set_diagonal_band_right_bound(0);
    auto [result, sums] =
        builder.graph().sdpa(builder.in(q_name, q), builder.in(k_name, k), builder.in(v_name, v), options);
    builder.out(out_name, result, out);
    if (stats) builder.out_lse(sums, lse);
    return builder.finish();
  });
  Named tensors{{q_name, &q}, {k_name, &k}, {v_name, &v}, {out_name, &out}};
  if (stats) tensors.emplace_back(lse_name, &lse);
  return run(plan, tensors);
}

bool gradient(const Tensor& q, const Tensor& k, const Tensor& v, bool causal, double scale, const Tensor& out,
              const Tensor& lse, const Tensor& grad, const Tensor& dq, const Tensor& dk, const Tensor& dv) {
  if (!suits(q, k, causal) || !dq.defined() || !dk.defined()) return false;
  const PlanKey key{true,
                    causal,
                    true,
                    q.dtype(),
                    scale,
                    {shape_of(q), shape_of(k), strides_of(q), strides_of(k), strides_of(v), strides_of(out),
                     strides_of(grad), strides_of(dq), strides_of(dk), strides_of(dv)}};
  const Plan& plan = plan_for(key, [&] {
    Builder builder(q.dtype());
    auto options = fe::graph::SDPA_backward_attributes()
                       .set_attn_scale(static_cast<float>(scale))
                       .set_deterministic_algorithm(true);
    if (causal) options.set_diagonal_alignment(fe::DiagonalAlignment_t::TOP_LEFT).set_diagonal_band_right_bound(0);
    auto [to_q, to_k, to_v] = builder.graph().sdpa_backward(builder.in(q_name, q), builder.in(k_name, k),
                                                            builder.in(v_name, v), builder.in(out_name, out),
                                                            builder.in(grad_name, grad), builder.in_lse(lse), options);
    builder.out(dq_name, to_q, dq), builder.out(dk_name, to_k, dk), builder.out(dv_name, to_v, dv);
    return builder.finish();
  });
  return run(plan, {{q_name, &q},
                    {k_name, &k},
                    {v_name, &v},
                    {out_name, &out},
                    {lse_name, &lse},
                    {grad_name, &grad},
                    {dq_name, &dq},
                    {dk_name, &dk},
                    {dv_name, &dv}});
}

[[maybe_unused]] const bool installed = [] {
  attention_library = {[] { return device_count() > 0 && cudnn() != nullptr; }, forward, gradient};
  return true;
}();

}  // namespace
}  // namespace adora::backends::cuda
