#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "../../ops/rope.h"
#include "../io/json.h"

namespace adora {

/// How the angles of rotary positions are changed for texts longer than those that a model was first trained on; the
/// names and formulas are those of Hugging Face's rope_scaling (rope_scaling.cpp).
struct RopeScaling {
  std::string rope_type = "default";
  Json::Object parameters = {};  ///< such as factor; every one of them is one that the type has

  friend bool operator==(const RopeScaling&, const RopeScaling&) = default;
};

/// What pairs are turned by: position·frequencies[i], and multiplied by the amplitude.
struct RotaryAngles {
  std::vector<double> frequencies;
  double amplitude = 1;
};

/// The rotary positions (Su et al., "RoFormer", 2021) of some layers of a model.
class RotaryPositions {
 public:
  struct Settings {
    double theta = 10000;
    std::int64_t dims = 0;  ///< the numbers of a head that are turned, the first ones; even
    std::int64_t max_position_embeddings = 0;
    RopeScaling scaling = {};

    friend bool operator==(const Settings&, const Settings&) = default;
  };

  /// Throws `Error` naming the parameter where the scaling can't be computed.
  explicit RotaryPositions(Settings settings);

  const Settings& settings() const { return settings_; }
  /// Of texts of so many tokens.
  RotaryAngles angles(std::int64_t tokens) const;
  /// Whether longer texts have other angles.
  bool depends_on_length() const { return depends_on_length_; }

  /// x [..., tokens, head size] with each token turned to its position, from `start` on, in a text that ends with them.
  Tensor turn(const Tensor& x, std::int64_t start = 0) const;
  /// [tokens, dims]: for each position the cosines and the sines of its angles, times the amplitude, as
  /// decode_attention takes them; where they depend on the length, those of a text that ends there.
  Tensor table(std::int64_t tokens, DType dtype, Device device) const;

 private:
  Settings settings_;
  bool depends_on_length_;
  RotaryAngles angles_;  ///< where they don't depend on the length
};

/// Null where a layer knows no positions.
using Rope = std::shared_ptr<const RotaryPositions>;

}  // namespace adora
