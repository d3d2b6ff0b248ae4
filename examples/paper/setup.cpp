#include "setup.h"

#include <fmt/core.h>

namespace adora::reproduce {

namespace {

template <class T> std::string listed(const std::vector<T>& values) {
  std::string text;
  for (const T& value : values) text += fmt::format("{}{}", text.empty() ? "" : " ", value);
  return text;
}

}  // namespace

std::string plan_of(const Extent& e) {
  const tiny_world::Recipe& r = e.recipe;
  return fmt::format(
             "width {}, layers {}, heads {}, middle {}, {} steps of pre-training at {}, seed {}, questions {} and {} "
             "and ",
             r.hidden_size, r.layers, r.heads, r.intermediate_size, r.steps, r.lr, r.seed, r.train_questions,
             e.held_out_questions) +
         fmt::format("{}, rates {}, seeds {} and {}, {} of tuning, warm-up {}, rank {} and {}, shares {}",
                     r.test_questions, listed(e.rates), listed(e.seeds), listed(e.fewer_seeds), e.tuning_seed,
                     e.warmup_steps, e.rank, listed(e.ranks), listed(e.shares));
}

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
