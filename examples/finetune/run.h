#pragma once
#include <string>

#include "../../nn/data/documents.h"
#include "../report/report.h"
#include "../tiny_world/recipe.h"
#include "model_source.h"
#include "settings.h"

namespace adora::finetune {

/// The training documents and the evaluation tasks; the same for every method.
struct TrainingData {
  std::vector<Document> documents;
  std::vector<Document> held_out;  ///< those of --eval-data
  std::vector<EvaluationTask> tasks;
  Wording wording;
  std::vector<std::pair<std::string, double>> chance;  ///< what guessing gets in a task, where known
  std::vector<std::string> notes;                      ///< for standard error, once nothing can be refused any more
};

/// Reads what the settings name, or makes the built-in tasks of a recipe, and turns it into documents.
TrainingData prepare(const Settings& settings, const ModelSource& source, const tiny_world::Recipe& recipe = {});

/// Fine-tunes with one method, writing log, checkpoints and the result into `folder`, which is there, and evaluates.
MethodReport run_method(const Settings& settings, const std::string& method, const ModelSource& source,
                        const TrainingData& data, const std::string& folder);

/// The whole of what a command line asks for, up to the reports in --output. Its table is on standard output.
void run(const Settings& settings);

}  // namespace adora::finetune
