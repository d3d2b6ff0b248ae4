#include <fmt/core.h>

#include <span>

#include "experiments.h"
#include "paper_scores.h"
#include "questions.h"

namespace adora::reproduce {

namespace {

std::vector<Variant> at_all_ranks(const std::string& method, const Extent& extent) {
  std::vector<Variant> variants;
  for (const std::int64_t rank : extent.ranks) variants.push_back(low_rank(method, rank));
  return variants;
}

std::vector<Trial> trials(const Extent& extent) {
  std::vector<Trial> all = trials_of(at_all_ranks("lora", extent), extent.fewer_seeds);
  for (Trial& trial : trials_of(at_all_ranks("dora", extent), extent.fewer_seeds)) all.push_back(std::move(trial));
  return all;
}

Figure figure_here(const Extent& extent, const Runs& runs) {
  Figure figure{"Here: accuracy by rank", "Means and 95 % intervals over the seeds.", "rank", "accuracy, %", {}};
  std::vector<double> places;
  for (const std::int64_t rank : extent.ranks) {
    places.push_back(static_cast<double>(places.size()));
    figure.categories.push_back(fmt::format("{}", rank));
  }
  for (const auto& [name, method] : {std::pair{"LoRA", "lora"}, {"DoRA", "dora"}})
    figure.series.push_back(averages(name, at_all_ranks(method, extent), places, runs, extent.fewer_seeds));
  figure.level = guessing(), figure.level_name = "guessing";
  return figure;
}

Figure papers_figure() {
  Figure figure{"In the paper (Table 15)", "LLaMA-7B on the commonsense tasks.", "rank", "accuracy, %", {}};
  Series lora{"LoRA", {}}, dora{"DoRA", {}};
  for (const paper::AtRank& one : paper::table_15) {
    const auto x = static_cast<double>(figure.categories.size());
    figure.categories.push_back(fmt::format("{}", one.rank));
    lora.marks.push_back({x, one.lora}), dora.marks.push_back({x, one.dora});
  }
  figure.series = {lora, dora};
  return figure;
}

TextTable table(const Extent& extent, const Runs& runs) {
  TextTable table{
      "Average accuracy in per cent",
      {"Rank", "LoRA params %", "LoRA", "DoRA params %", "DoRA", "DoRA - LoRA", "paper's LoRA", "paper's DoRA"},
      {}};
  for (const std::int64_t rank : extent.ranks) {
    const Variant lora = low_rank("lora", rank), dora = low_rank("dora", rank);
    const std::int64_t seed = extent.fewer_seeds.front();
    std::vector<std::string> row = {fmt::format("{}", rank),
                                    fmt::format("{:.2f}", runs.outcome({lora, seed}).trainable_percent),
                                    shown(estimate(runs.averages(lora, extent.fewer_seeds)), 1),
                                    fmt::format("{:.2f}", runs.outcome({dora, seed}).trainable_percent),
                                    shown(estimate(runs.averages(dora, extent.fewer_seeds)), 1),
                                    shown(advantage(dora, lora, runs, extent.fewer_seeds), 1, true),
                                    "–",
                                    "–"};
    for (const paper::AtRank& one : paper::table_15)
      if (one.rank == rank) row[6] = fmt::format("{}", one.lora), row[7] = fmt::format("{}", one.dora);
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::vector<Comparison> comparisons(std::span<const std::int64_t> ranks) {
  std::vector<Comparison> all;
  for (const std::int64_t rank : ranks)
    all.push_back({fmt::format(" at {}", rank), low_rank("dora", rank), low_rank("lora", rank)});
  return all;
}

Claim everywhere_above(const Extent& extent, const Runs& runs) {
  return everywhere_more_accurate("DoRA is more accurate than LoRA at every rank",
                                  "+22.4 at 4, +37.2 at 8, +6.6 at 16, +3.7 at 32, +6.3 at 64; Table 15",
                                  comparisons(extent.ranks), runs, extent.fewer_seeds);
}

/// By how much the advantage at the lower half of the ranks exceeds that at the upper half.
Claim wider_below(const Extent& extent, const Runs& runs) {
  Claim claim{"DoRA's advantage widens as the rank falls", "+29.8 on average of Table 15's 4 and 8, +5.5 of its others",
              "", Verdict::undecided};
  const std::span<const std::int64_t> ranks(extent.ranks);
  const std::size_t middle = ranks.size() / 2;
  const auto low = mean_advantage(comparisons(ranks.first(middle)), runs, extent.fewer_seeds);
  const auto high = mean_advantage(comparisons(ranks.subspan(middle)), runs, extent.fewer_seeds);
  if (low.empty() || high.empty()) {
    claim.here = fmt::format("both guess at every rank {} {}", low.empty() ? "below" : "from", ranks[middle]);
    return claim;
  }
  const Estimate excess = difference(low, high);
  claim.here =
      fmt::format("{} on average below {}, {} from there on, ranks at which both guess left out: {} more",
                  shown(estimate(low), 1, true), ranks[middle], shown(estimate(high), 1, true), shown(excess, 1, true));
  claim.verdict = above_zero(excess);
  return claim;
}

Section section(const Setup& setup, const Runs& runs) {
  const Extent& e = setup.extent;
  Section section;
  section.name = "ranks";
  section.title = "Ranks (Figure 5, Table 15)";
  section.subject = fmt::format(
      "LoRA and DoRA by rank, alpha twice the rank, each with its learning rate at rank {}. The paper's ranks "
      "32 and 64 are to a width of 4,096 what {:.2g} and {:.2g} are to {} here.",
      e.rank, static_cast<double>(e.recipe.hidden_size) / 128, static_cast<double>(e.recipe.hidden_size) / 64,
      e.recipe.hidden_size);
  section.tables = {table(e, runs)};
  section.figures = {figure_here(e, runs), papers_figure()};
  section.claims = {everywhere_above(e, runs), wider_below(e, runs)};
  return section;
}

}  // namespace

Experiment ranks_experiment() {
  return {"ranks", "Figure 5 and Table 15: LoRA against DoRA by rank", {"lora", "dora"}, trials, section};
}

}  // namespace adora::reproduce
