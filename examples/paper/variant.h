#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace adora::reproduce {

/// A way to fine-tune, whatever the seed.
struct Variant {
  std::string name;      ///< "dora-r32", in folders
  std::string label;     ///< "DoRA r=32", in tables
  std::string tuned_as;  ///< the method whose learning rate it takes
  std::vector<std::string> arguments;
  std::int64_t share = 100;  ///< of the training questions, in per cent
};

Variant zero_shot();
Variant full();
/// Of the methods with a rank, by the names that finetune has for them. Alpha is twice the rank, as in the paper.
Variant low_rank(const std::string& method, std::int64_t rank);
/// DoRA whose norm has a gradient.
Variant dora_with_norm_gradient(std::int64_t rank);
/// DoRA on query, key and value, and the magnitude alone on all other matrices (the paper's section 5.6).
Variant fine_grained(std::int64_t rank);
/// With a share of the training questions.
Variant with_share(Variant variant, std::int64_t per_cent);

/// The methods whose learning rate is chosen.
std::vector<std::string> tuned_methods();

/// One run: a variant and a seed. For the choice of a learning rate it is given one, and asked the held-out questions.
struct Trial {
  Variant variant;
  std::int64_t seed = 0;
  double tuning_rate = 0;  ///< 0: the one that was chosen, and the test questions

  std::string name() const;
};

/// The variant with each of the seeds.
std::vector<Trial> trials_of(const Variant& variant, const std::vector<std::int64_t>& seeds);

}  // namespace adora::reproduce
