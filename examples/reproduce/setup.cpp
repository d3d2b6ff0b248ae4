#include "setup.h"

namespace adora::reproduce {

Extent usual_extent() {
  Extent extent;
  extent.name = "usual";
  extent.recipe.train_questions = 200;
  extent.recipe.test_questions = 100 + extent.held_out_questions;
  return extent;
}

Extent quick_extent() {
  Extent extent;
  extent.name = "quick";
  extent.recipe.hidden_size = 64;
  extent.recipe.layers = 2;
  extent.recipe.intermediate_size = 172;
  extent.recipe.steps = 800;
  extent.recipe.train_questions = 40;
  extent.held_out_questions = 10;
  extent.recipe.test_questions = 20 + extent.held_out_questions;
  extent.rates = {1e-3, 4e-3};
  extent.warmup_steps = 20;
  extent.seeds = extent.fewer_seeds = {1, 2};
  extent.timed = {.hidden_size = 256, .layers = 2, .vocabulary = 1024, .documents = 8, .tokens = 32, .rounds = 5};
  return extent;
}

Extent large_extent() {
  Extent extent = usual_extent();
  extent.name = "large";
  extent.recipe.hidden_size = 512;
  extent.recipe.heads = 8;
  extent.recipe.layers = 8;
  extent.recipe.intermediate_size = 1376;
  extent.recipe.lr = 5e-4;
  extent.recipe.train_questions = 400;
  extent.timed = {.hidden_size = 2048, .layers = 8, .vocabulary = 32000, .documents = 16, .tokens = 256, .rounds = 12};
  return extent;
}

}  // namespace adora::reproduce
