#pragma once
#include "../../nn/data/records/evaluation_tasks.h"
#include "../finetune/model_source.h"
#include "../tiny_world/recipe.h"

namespace adora::finetune {

/// The built-in transformer that knows the tiny world, with the weights given, or those of its recipe: the program
/// holds those of the recipe as it is (kept_model.h). For another one the first `load` takes them from the cache
/// ($ADORA_CACHE, or adora in $XDG_CACHE_HOME or ~/.cache); where there are none, or damaged ones, they are pre-trained
/// and cached.
std::unique_ptr<ModelSource> open_tiny_model(const tiny_world::Recipe& recipe = {}, StateDict weights = {});

/// Writes a recipe's weights to a file as the program holds one: bfloat16, with what they come from in its metadata.
void keep_tiny_model(const std::string& path, const tiny_world::Recipe& recipe, const StateDict& weights);

/// The eight built-in tasks, what is trained on and what is asked in the end.
struct BuiltInTasks {
  std::vector<InstructionRecord> train;
  std::vector<EvaluationTask> test;
  std::vector<std::pair<std::string, double>> chance;  ///< what guessing gets in each
};
BuiltInTasks built_in_tasks(const tiny_world::Recipe& recipe = {});

}  // namespace adora::finetune
