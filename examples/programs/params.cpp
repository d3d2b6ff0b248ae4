// How many parameters a method trains, counted on the shape-only device: no weight is ever in memory.
#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "../../nn/io/json.h"
#include "../../nn/models/causal_lm.h"
#include "../../nn/models/family.h"
#include "../../nn/models/model_folder.h"
#include "../common/program.h"
#include "../common/table.h"
#include "../finetune/adapters.h"
#include "../finetune/method_options.h"
#include "../finetune/methods.h"
#include "../finetune/parameter_shares.h"

using namespace adora;

namespace {

struct Count {
  std::int64_t trainable = 0, total = 0;
  double percent() const { return 100 * static_cast<double>(trainable) / static_cast<double>(total); }
};

Count count(const CausalLm& model) {
  Count count;
  for (const NamedTensor& one : model.named_parameters()) count.total += one.tensor.numel();
  for (const NamedTensor& one : model.trainable_parameters()) count.trainable += one.tensor.numel();
  return count;
}

/// Of the model of a config.json, with a method's adapter.
Count count_adapted(const finetune::Settings& settings, const std::string& method, const Json& config,
                    const std::string& name) {
  const auto model = make_model(config, name, {.device = meta});
  adapt_shapes(settings, method, *model, name);
  return count(*model);
}

/// "QKVUD" for q_proj, k_proj and so on, as the paper's Table 6 writes modules.
std::string letters(const std::vector<std::string>& modules) {
  std::string text;
  for (const std::string& module : modules) text += static_cast<char>(std::toupper(module.front()));
  return text;
}

/// The paper's columns "# Params (%)" beside what is counted here.
int compare_with_paper(bool json) {
  Json::Array list;
  programs::Table table(
      {"Table", "model", "method", "rank", "directions of", "magnitudes alone of", "the paper", "counted", ""});
  bool any = false;
  for (const auto& share : finetune::paper::parameter_shares()) {
    finetune::Settings s;
    s.methods = {share.method}, s.rank = share.rank;
    s.target_modules = share.target_modules, s.magnitude_modules = share.magnitude_modules;
    const Count counted = count_adapted(s, share.method, published_config(share.model), share.model);
    const std::string printed = fmt::format("{:.2f}", share.percent);
    const bool same = printed == fmt::format("{:.2f}", counted.percent());
    any = any || !same;
    table.add({fmt::format("{}", share.table), share.model, share.method, fmt::format("{}", share.rank),
               letters(share.target_modules), letters(share.magnitude_modules), printed,
               fmt::format("{:.4f}", counted.percent()), same ? "" : "*"});
    list.push_back(Json::Object{{"table", std::int64_t{share.table}},
                                {"model", share.model},
                                {"method", share.method},
                                {"rank", share.rank},
                                {"paper", share.percent},
                                {"trainable", counted.trainable},
                                {"total", counted.total},
                                {"percent", counted.percent()},
                                {"same", same}});
  }
  if (json) fmt::print("{}\n", Json(std::move(list)).dump(-1));
  else fmt::print("{}{}", table.text(), any ? "* is not what the count rounds to\n" : "");
  return 0;
}

int body(const std::vector<std::string>& arguments) {
  finetune::Settings s;
  std::string config, method = "dora";
  bool json = false, paper = false;
  programs::Options options("params", "counts a model's parameters and those that a method trains",
                            programs::Options::ConfigFile::none);  // --config is the model's
  options.text("--config", config, "FILE|NAME",
               "a config.json, a GGUF file, or one of " + programs::join(published_configs(), ", "));
  options.choice("--method", method, finetune::all_methods(), "how it is fine-tuned");
  options.integer("--rank", s.rank, {.low = 1, .high = 65536}, "the rank of the low-rank matrices");
  options.list("--target-modules", s.target_modules, "NAME[,NAME...]",
               "the layers that get an adapter; all-linear: every linear layer but the output layer");
  options.list("--magnitude-modules", s.magnitude_modules, "NAME[,NAME...]", "layers whose magnitude alone is trained");
  options.flag("--json", json, "print an object");
  options.flag("--paper", paper,
               "instead of a model's, the counts of the paper's Tables 1, 6 and 15 beside what it prints");
  if (!options.parse(arguments)) return 0;
  if (paper) {
    for (const auto& [name, value] : options.given())
      check(name == "--paper" || name == "--json", "--paper: goes with no other option than --json");
    return compare_with_paper(json);
  }
  check(!config.empty(), "--config is missing; it names a config.json or one of {}",
        programs::join(published_configs(), ", "));
  s.methods = {method};
  for (const auto& [name, value] : options.given()) s.given.insert(name);
  finetune::check_methods(s);
  const auto names = published_configs();
  const bool named = std::find(names.begin(), names.end(), config) != names.end();
  const Count counted = count_adapted(s, method, named ? published_config(config) : read_model_config(config), config);
  if (const std::string note = finetune::unused_options(s); !note.empty()) fmt::print(stderr, "{}\n", note);

  const auto& [trainable, total] = counted;
  const double percent = counted.percent();
  if (json)
    fmt::print("{}\n", Json(Json::Object{{"trainable", trainable}, {"total", total}, {"percent", percent}}).dump(-1));
  else fmt::print("trainable {}\ntotal {}\npercent {:.4f}\n", trainable, total, percent);
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return programs::run_program("params", argc, argv, body); }
