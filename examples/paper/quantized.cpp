#include <fmt/core.h>

#include "experiments.h"
#include "paper_scores.h"

namespace adora::reproduce {

namespace {

std::vector<Variant> variants(const Extent& e) {
  return {full(), low_rank("qlora", e.rank), low_rank("qdora", e.rank), low_rank("lora", e.rank),
          low_rank("dora", e.rank)};
}

std::vector<Trial> trials(const Extent& e) { return trials_of(variants(e), e.fewer_seeds); }

Figure papers_figure() {
  Figure figure{"In the paper (Figure 6)", "Exact matches on Orca-Math.", "", "share of exact matches", {},
                {"Full", "QLoRA", "QDoRA"}};
  for (const paper::OrcaMath& one : paper::figure_6)
    figure.series.push_back({one.model, {{0, one.full}, {1, one.qlora}, {2, one.qdora}}, false});
  return figure;
}

Section section(const Setup& setup, const Runs& runs) {
  const Extent& e = setup.extent;
  const Variant qlora = low_rank("qlora", e.rank), qdora = low_rank("qdora", e.rank);
  Section section;
  section.name = "quantized";
  section.title = "Quantized weights (Figure 6)";
  section.subject =
      "QLoRA and QDoRA keep the frozen weights in NF4 with double quantization; their learning rates are those of LoRA "
      "and DoRA.";
  TextTable table{"Average accuracy in per cent", {"Method", "Params %", "Avg."}, {}};
  for (const Variant& variant : variants(e)) {
    table.rows.push_back({variant.label,
                          fmt::format("{:.2f}", runs.outcome({variant, e.fewer_seeds.front()}).trainable_percent),
                          shown(estimate(runs.averages(variant, e.fewer_seeds)), 1)});
  }
  section.tables = {table};
  section.figures = {averages_figure("Here: quantized and not", variants(e), runs, e.fewer_seeds), papers_figure()};
  section.claims = {more_accurate("QDoRA is more accurate than QLoRA",
                                  "+0.19 (LLaMA2-7B) and +0.23 (LLaMA3-8B) of exact matches; section 6.1", qdora, qlora,
                                  runs, e.fewer_seeds),
                    more_accurate("QDoRA is more accurate than full fine-tuning",
                                  "+0.05 (LLaMA2-7B) and +0.05 (LLaMA3-8B) of exact matches; Figure 6", qdora, full(),
                                  runs, e.fewer_seeds)};
  return section;
}

}  // namespace

Experiment quantized_experiment() {
  return {"quantized",
          "Figure 6: QLoRA and QDoRA beside full fine-tuning, LoRA and DoRA",
          {"full", "lora", "dora"},
          trials,
          section};
}

}  // namespace adora::reproduce
