#pragma once
#include <array>

/// Results that the paper prints (Liu et al., "DoRA: Weight-Decomposed Low-Rank Adaptation", ICML 2024), to stand
/// beside those here.
namespace adora::reproduce::paper {

/// Table 1: the average accuracy on eight commonsense tasks, in per cent; DoRA† has half the rank.
struct Commonsense {
  const char* model;
  double lora, dora_half, dora;
};
inline constexpr std::array<Commonsense, 4> table_1 = {{{"LLaMA-7B", 74.7, 77.5, 78.4},
                                                        {"LLaMA-13B", 80.5, 80.8, 81.5},
                                                        {"LLaMA2-7B", 77.6, 80.5, 79.7},
                                                        {"LLaMA3-8B", 80.8, 85.0, 85.2}}};

/// Table 15 and Figure 5: the same average of LLaMA-7B by rank.
struct AtRank {
  int rank;
  double lora, dora;
};
inline constexpr std::array<AtRank, 5> table_15 = {
    {{4, 39.5, 61.9}, {8, 40.7, 77.9}, {16, 70.9, 77.5}, {32, 74.7, 78.4}, {64, 65.8, 72.1}}};

/// Table 6: what the magnitude of all matrices and the direction of query, key and value alone get.
struct Granularity {
  const char* model;
  double lora_percent, lora, dora_percent, dora, fine_percent, fine;
};
inline constexpr std::array<Granularity, 2> table_6 = {
    {{"LLaMA-7B", 0.83, 74.7, 0.84, 78.1, 0.39, 77.5}, {"LLaMA-13B", 0.67, 80.5, 0.68, 81.5, 0.31, 81.3}}};

/// The correlations of magnitude's and direction's changes in the query weights of VL-BART, as section 4.1 has them
/// with Figure 2.
inline constexpr double correlation_full = -0.62, correlation_lora = 0.83, correlation_dora = -0.31;

/// Figure 6: exact matches on Orca-Math.
struct OrcaMath {
  const char* model;
  double full, qlora, qdora;
};
inline constexpr std::array<OrcaMath, 2> figure_6 = {
    {{"LLaMA2-7B", 0.26, 0.12, 0.31}, {"LLaMA3-8B", 0.51, 0.32, 0.56}}};

}  // namespace adora::reproduce::paper
