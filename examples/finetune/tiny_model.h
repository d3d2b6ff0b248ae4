#pragma once
#include "../tiny_world/recipe.h"
#include "model_source.h"
#include "records.h"

namespace adora::finetune {

/// The built-in transformer that knows the tiny world. Its first `load` takes it from the cache ($ADORA_CACHE, or
/// adora in $XDG_CACHE_HOME or ~/.cache); where there is none, or a damaged one, it is pre-trained and cached.
std::unique_ptr<ModelSource> open_tiny_model(const tiny_world::Recipe& recipe = {});

/// Writes the weights of a recipe's model, found or made as `load` does, to a file as the repository keeps one: bfloat16,
/// with the recipe it comes from in its metadata.
void keep_tiny_model(const tiny_world::Recipe& recipe, const std::string& path);

/// The eight built-in tasks, what is trained on and what is asked in the end.
struct BuiltInTasks {
  std::vector<Record> train;
  std::vector<Task> test;
  std::vector<std::pair<std::string, double>> chance;  ///< what guessing gets in each
};
BuiltInTasks built_in_tasks(const tiny_world::Recipe& recipe = {});

}  // namespace adora::finetune
