#pragma once
#include <string>

#include "low_rank_form.h"

namespace adora {

/// What LoRA's and DoRA's A [rank, in] and B [out, rank] begin with, by the words of PEFT's init_lora_weights:
///
///   true          of a Linear A uniform in ±1/√in (He's, with a = √5), B zeros
///   gaussian      A normally distributed with a standard deviation of 1 / rank, B zeros
///   false         both uniform, so that the product is not 0: for tests
///   pissa         scale·B·A is W's best approximation of that rank, from its singular values (Meng et al., "PiSSA",
///   2024) pissa_niter_N the same here; PEFT approximates the singular values in N steps from random numbers olora the
///   first columns of Q and rows of R of W = Q·R (Büyükakyüz, "OLoRA", 2024)
///
/// PiSSA and OLoRA take scale·B·A off the weight, which PEFT does in place. Here W stays as it is, quantized or not,
/// and what A and B began with is taken off in each product; dropout acts on that as well. A folder of such an adapter
/// that was trained here holds one of twice the rank on the model's own weights, [A; A₀] and [B, -B₀], with
/// init_lora_weights true, as PEFT writes it with path_initial_model_for_weight_conversion. Of a folder that PEFT wrote
/// without that the same A₀ and B₀ are computed again, as PEFT does.
struct InitialFactors {
  Tensor A, B;
  bool is_part_of_weight = false;  ///< their product is to be taken off
};
InitialFactors initial_factors(const LowRankForm& form, const AdapterTarget& target, const std::string& init,
                               Generator& generator);

/// An error naming the word, and what to do, where it is none of these, or one of the last three with lora_bias.
void check_init(const AdapterConfig& config);
/// The config of a folder that an adapter is saved in: the same, or of twice the rank.
AdapterConfig config_on_own_weights(const AdapterConfig& config);

/// init_lora_weights, and back. Ways to begin that leave nothing behind once A and B are read count as "true"; an error
/// naming the file and the way out where the base model was changed by data or rounding that the folder doesn't have.
std::string read_init(JsonFields& fields);
Json init_json(const std::string& init);

}  // namespace adora
