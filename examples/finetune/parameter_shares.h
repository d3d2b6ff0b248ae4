#pragma once
#include <cstdint>
#include <string>
#include <vector>

/// The paper's printed numbers (Liu et al., "DoRA: Weight-Decomposed Low-Rank Adaptation", ICML 2024), to compare
/// counts and results with.
namespace adora::finetune::paper {

/// One entry of a column "# Params (%)".
struct ParameterShare {
  int table;
  std::string model;   ///< as published_config has it
  std::string method;  ///< as --method has it
  std::int64_t rank;
  std::vector<std::string> target_modules, magnitude_modules;
  double percent;  ///< as printed
};

/// Those of the language models in tables 1, 6 and 15 that methods here train, in the paper's order.
std::vector<ParameterShare> parameter_shares();

}  // namespace adora::finetune::paper
