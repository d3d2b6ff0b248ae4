#pragma once
#include <memory>
#include <string>
#include <vector>

#include "../../ops/dora.h"
#include "../io/json_fields.h"
#include "../layers/adaptable_layer.h"
#include "adapter_config.h"
#include "weight_change.h"

namespace adora {

/// How kinds with a magnitude are computed: what DoraOptions calls so (ops/dora.h).
struct MagnitudeOptions {
  bool reference_dropout = false;
  bool detach_norm = true;
  DoraRoute route = DoraRoute::automatic;
};

/// How adapters are made and computed, beyond what a PEFT config says.
struct AdapterOptions {
  std::uint64_t seed = 0;           ///< of fresh matrices and of dropout
  MagnitudeOptions magnitude = {};  ///< means nothing to kinds without one
  /// Whether a name or pattern of the config that matches nothing is an error, or passed over as PEFT does.
  bool all_match = true;
};

/// A parameter of the model for which an adapter has one of its own: of a module that is trained as a whole, or a bias.
struct TrainedTensor {
  std::string name;  ///< of the parameter in the model
  Tensor other;      ///< the adapter's; while that stands in the model, the model's own
};

/// Shared by the layers of one adapter.
struct AdapterShared {
  AdapterConfig config;
  AdapterOptions options;
  Generator dropout_generator;
  std::int64_t number = 0;  ///< of the model's adapters, counted as they were added
  std::vector<TrainedTensor> trained = {};
  bool in_place = false;  ///< whether these stand in the model
};

class AdapterKind;

/// A layer that an adapter goes on, and what of the config holds for it.
struct AdapterTarget {
  std::string name;  ///< of the module in the model
  AdaptableLayer* layer;
  const AdapterKind* kind;  ///< may differ from the config's, where the magnitude alone is trained beside others
  std::int64_t rank;
  double scale;
  Device device;      ///< where the adapter's tensors are to be: the layer's, or the shape-only one
  bool bias = false;  ///< whether it has one of its own (AdapterConfig::lora_bias)
};

/// One adapter on one layer. It computes what the plain layer does until it is trained. A kind derives from it.
class Adapter : public LayerAdapter {
 public:
  Adapter(const AdapterTarget& target, std::shared_ptr<AdapterShared> shared)
      : rank_(target.rank), scale_(target.scale), shared_(std::move(shared)) {}

  /// How far the weight that stands for `weight` and this lies from `weight`.
  virtual WeightChange change(const FrozenMatrix& weight) const = 0;
  /// An error beginning with `where` where there is no weight that stands for the layer's and this.
  virtual void check_merges(const std::string& /*where*/, const AdaptableLayer& /*layer*/) const {}
  /// Every tensor, handles, under the name that PEFT gives it in the file of a model's adapter.
  virtual std::vector<NamedTensor> peft_tensors(const std::string& module) const = 0;
  /// In place of these, those of an adapter that needs nothing but the model's own weights: see initial_factors.h.
  virtual std::vector<NamedTensor> peft_tensors_of_own_weights(const std::string& module) const {
    return peft_tensors(module);
  }

  std::int64_t rank() const { return rank_; }
  double scale() const { return scale_; }
  const std::shared_ptr<AdapterShared>& shared() const { return shared_; }

 private:
  std::int64_t rank_;
  double scale_;
  std::shared_ptr<AdapterShared> shared_;
};

/// Adapters of half weights are float32: their updates would be lost in rounding otherwise.
DType adapter_dtype(const AdaptableLayer& layer);
/// "base_model.model.MODULE.SUFFIX"
std::string peft_name(const std::string& module, const std::string& suffix);

/// Throws: the target is a layer that its kind has no form for, because `why`.
[[noreturn]] void refuse_target(const AdapterTarget& target, const std::string& why);

/// A kind of adapter: what makes adapters of it, which fields of a config mean something to it, and how PEFT writes
/// them. The file of the kind registers it.
class AdapterKind {
 public:
  virtual ~AdapterKind() = default;
  /// As AdapterConfig::kind and the programs' --method have it.
  virtual std::string name() const = 0;

  /// Whether it has low-rank matrices, so that rank and dropout mean something to it.
  virtual bool has_rank() const { return true; }
  /// Whether its low-rank matrices are trained, and scaled by alpha over the rank.
  virtual bool has_alpha() const { return true; }
  /// Whether it has a magnitude, so that other modules may have theirs trained as well.
  virtual bool has_magnitude() const { return false; }

  /// Whether its product can have a bias of its own.
  virtual bool has_bias() const { return false; }

  /// An error naming the module and this kind where it can't be on such a layer, as on all but a Linear. One that is of
  /// low rank can be where there is a LowRankForm.
  virtual void check_target(const AdapterTarget& target) const;
  /// An adapter for each target, in their order; what is random is drawn from `generator`.
  virtual std::vector<std::unique_ptr<Adapter>> make(const std::vector<AdapterTarget>& targets,
                                                     const std::shared_ptr<AdapterShared>& shared,
                                                     Generator& generator) const = 0;

  /// The peft_type of its config; "ADORA", which PEFT refuses, where PEFT has no such kind.
  virtual std::string peft_type() const { return "ADORA"; }
  /// Whether PEFT means this kind with a config of that type, which doesn't name one of this library's.
  virtual bool is_meant(const std::string& /*type*/, JsonFields& /*fields*/) const { return false; }
  /// Whether PEFT computes what the config says.
  virtual bool is_known_to_peft(const AdapterConfig& config) const {
    return peft_type() != "ADORA" && config.magnitude_modules.empty();
  }
  /// The fields that are its own, in PEFT's words (`fields`) and where it has none (`own`).
  virtual void read(JsonFields& fields, JsonFields& own, AdapterConfig& config) const = 0;
  virtual void write(Json::Object& fields, Json::Object& own, const AdapterConfig& config) const = 0;
  /// Adds to a file's tensors what PEFT asks for and says nothing, and takes it out again: an error beginning with
  /// `where` if it says something.
  virtual void add_idle_tensors(StateDict& /*state*/, const AdapterTarget& /*target*/,
                                const AdapterConfig& /*config*/) const {}
  virtual void remove_idle_tensors(StateDict& /*state*/, const AdapterTarget& /*target*/,
                                   const std::string& /*where*/) const {}
};

/// An adapter of a class for each target: A(target, shared, arguments…).
template <class A, class... Arguments>
std::vector<std::unique_ptr<Adapter>> make_each(const std::vector<AdapterTarget>& targets,
                                                const std::shared_ptr<AdapterShared>& shared, Arguments&... arguments) {
  std::vector<std::unique_ptr<Adapter>> made;
  for (const AdapterTarget& target : targets) made.push_back(std::make_unique<A>(target, shared, arguments...));
  return made;
}

struct RegisterAdapterKind {
  explicit RegisterAdapterKind(std::unique_ptr<const AdapterKind> kind);
};

/// An adapter for each target, of its kind.
std::vector<std::unique_ptr<Adapter>> make_adapters(const std::vector<AdapterTarget>& targets,
                                                    const std::shared_ptr<AdapterShared>& shared, Generator& generator);

/// Null where there is no kind of that name.
const AdapterKind* find_adapter_kind(const std::string& name);
/// An error listing the kinds there are where there is none of that name.
const AdapterKind& adapter_kind(const std::string& name);
/// Sorted.
std::vector<std::string> adapter_kinds();

}  // namespace adora
