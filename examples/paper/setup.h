#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "../tiny_world/recipe.h"

namespace adora::reproduce {

/// The model on which steps are timed, with fresh weights: wide enough for the arithmetic to count.
struct TimedModel {
  std::int64_t hidden_size = 512;
  std::int64_t layers = 4;
  std::int64_t vocabulary = 4096;
  std::int64_t documents = 16;  ///< a step
  std::int64_t tokens = 64;     ///< a document
  std::int64_t rounds = 12;     ///< each method does one step in each
};

/// How large a reproduction is: what it takes its time from.
struct Extent {
  std::string name;
  tiny_world::Recipe recipe;  ///< its test questions are those held out for the choice of learning rates and the others
  std::size_t held_out_questions = 50;                           ///< of each task
  std::vector<double> rates = {2.5e-4, 5e-4, 2e-3, 1e-2, 4e-2};  ///< the one grid that learning rates are chosen from
  std::vector<std::int64_t> seeds = {1, 2, 3, 4, 5};             ///< of accuracy and patterns
  std::vector<std::int64_t> fewer_seeds = {1, 2, 3};             ///< of the other experiments
  std::int64_t warmup_steps = 100;  ///< with all questions, as the paper has it; fewer have fewer
  std::int64_t tuning_seed = 0;     ///< of the runs by which learning rates are chosen
  std::int64_t rank = 32;           ///< but where ranks are compared
  std::vector<std::int64_t> ranks = {1, 2, 4, 8, 16, 32, 64};
  std::vector<std::int64_t> shares = {25, 50, 75, 100};  ///< of the training questions, in per cent
  TimedModel timed;
};

/// All that runs depend on, in one line: what holds two extents apart that have one name in different versions.
std::string plan_of(const Extent& extent);

/// About 50 minutes on two cores.
Extent usual_extent();
/// Some minutes: shows how everything goes, too little to tell methods apart.
Extent quick_extent();
/// For a GPU: a transformer four times as wide and twice as deep, and more questions.
Extent large_extent();

/// A reproduction: how large, where it computes, and its folder.
struct Setup {
  Extent extent;
  std::string output;
  bool overwrite = false;  ///< whatever the output holds
  std::string device = "cpu";
  std::string dtype = "f32";
  std::int64_t workers = 1;  ///< runs at a time, each with one thread
  std::string finetune;      ///< the program that does the runs

  std::string model() const { return output + "/model"; }
  std::string questions(const std::string& part) const { return output + "/questions/" + part; }
};

}  // namespace adora::reproduce
