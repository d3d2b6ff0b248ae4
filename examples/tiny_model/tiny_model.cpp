#include "tiny_model.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "../../core/hash.h"
#include "../../nn/finite.h"
#include "../../nn/io/checkpoint_file.h"
#include "../../nn/io/file.h"
#include "../../nn/io/safetensors.h"
#include "../../nn/models/family.h"
#include "../../nn/models/model_folder.h"
#include "../../nn/text/word_tokenizer.h"
#include "../../ops/creation.h"
#include "../tiny_world/model.h"
#include "../tiny_world/packing.h"
#include "../tiny_world/questions.h"
#include "kept_model.h"
#include "pretraining.h"

namespace adora::finetune {

namespace {

namespace fs = std::filesystem;
namespace tw = tiny_world;

WordTokenizer tokenizer_of(const tw::Vocabulary& vocabulary) {
  std::vector<std::string> words;
  for (std::int64_t id = 0; id < vocabulary.size(); ++id) words.push_back(vocabulary.word(id));
  return WordTokenizer(std::move(words));
}

fs::path cache_folder() {
  if (const char* folder = std::getenv("ADORA_CACHE")) return folder;
  if (const char* folder = std::getenv("XDG_CACHE_HOME")) return fs::path(folder) / "adora";
  if (const char* home = std::getenv("HOME")) return fs::path(home) / ".cache" / "adora";
  return "/tmp/adora";
}

// Counts up when what pre-training does changes and nothing in the recipe does.
constexpr std::uint64_t version = 2;

constexpr const char* recipe_key = "recipe";

class TinyModel final : public ModelSource {
 public:
  explicit TinyModel(const tw::Recipe& recipe, StateDict weights = {})
      : recipe_(recipe),
        world_(tw::make_world(recipe_.seed)),
        vocabulary_(world_),
        tokenizer_(tokenizer_of(vocabulary_)),
        shapes_(shapes()),
        weights_(std::move(weights)) {}

  const CausalLmConfig& config() const override { return shapes_->config(); }
  const Tokenizer& tokenizer() const override { return tokenizer_; }
  ChatTemplate chat_template(const std::string&) const override {
    fail("--model tiny: knows no chats; a model from Hugging Face with a chat template does");
  }
  std::string name() const override { return "tiny"; }

  std::unique_ptr<CausalLm> load(WeightOptions options) const override {
    if (weights_.empty()) find_weights(options.device);
    return make_model(tw::config_of(recipe_, vocabulary_), name(), weights_, options);
  }

  std::unique_ptr<CausalLm> shapes() const override {
    return make_model(tw::config_of(recipe_, vocabulary_), name(), {.device = meta});
  }

  void save(const CausalLm& model, const std::string& folder, const std::vector<std::string>& obsolete) const override {
    save_model(model, folder, {.companions = {{vocabulary_file, tokenizer_.text()}}, .obsolete = obsolete});
  }

  void keep(const std::string& path) const {
    StateDict rounded;
    for (const auto& [name, tensor] : weights_) rounded[name] = to(tensor, bfloat16);
    write_safetensors(path, rounded, {{"format", "pt"}, {recipe_key, key_text()}});
  }

  std::unique_ptr<CausalLm> load_as_stored() const override { return load({}); }
  void save_as_stored(const CausalLm& model, const std::string& folder) const override { save(model, folder, {}); }
  void save_gguf(const CausalLm&, const std::string& file, const std::string&) const override {
    fail("{}: the tiny transformer's tokenizer, words of one token each, can't be written as GGUF", file);
  }

 private:
  void find_weights(Device device) const {
    const SafetensorsReader kept("the built-in model", kept_model());
    const auto made_by = kept.metadata().find(recipe_key);
    if (made_by != kept.metadata().end() && made_by->second == key_text()) {
      for (const std::string& name : kept.names()) weights_[name] = to(kept.tensor(name), float32);
      return;
    }
    // One for all devices, since adapters are made for it: each device, which rounds differently, would make another.
    const fs::path folder = cache_folder(), file = folder / ("tiny-" + key_text() + ".safetensors");
    if (file_exists(file.string())) {
      try {
        // In memory of its own: the file may be replaced while this runs. Any changed byte is noticed.
        StateDict weights = read_checkpoint(file.string()).tensors;
        check_finite(weights, file.string());
        weights_ = std::move(weights);
        return;
      } catch (const Error& damage) {
        std::fprintf(stderr, "the cached model is made anew: %s\n", damage.what());
      }
    }
    StateDict weights = pretrain(recipe_, device);
    check_finite(weights, "the pre-trained model");
    weights_ = std::move(weights);
    try {
      make_folder(folder.string());
      write_checkpoint(file.string(), weights_, {{"model", "tiny"}});
    } catch (const Error& failure) {
      std::fprintf(stderr, "the pre-trained model could not be kept: %s\n", failure.what());
    }
  }

  // Sixteen hexadecimal digits of all that pre-training depends on: the recipe, the words, and the text itself.
  std::string key_text() const {
    Hash hash;
    hash.add(&version, 1);
    const double numbers[] = {static_cast<double>(recipe_.seed),
                              static_cast<double>(recipe_.draw),
                              static_cast<double>(recipe_.hidden_size),
                              static_cast<double>(recipe_.layers),
                              static_cast<double>(recipe_.heads),
                              static_cast<double>(recipe_.intermediate_size),
                              recipe_.rope_theta,
                              recipe_.initial.deviation,
                              recipe_.initial.common,
                              recipe_.initial.previous,
                              recipe_.initial.likeness,
                              recipe_.initial.writing,
                              recipe_.initial.sharpness,
                              static_cast<double>(recipe_.initial.turned),
                              recipe_.initial.copying,
                              static_cast<double>(recipe_.steps),
                              static_cast<double>(recipe_.rows),
                              static_cast<double>(recipe_.row_length),
                              recipe_.lr,
                              static_cast<double>(recipe_.warmup_steps),
                              recipe_.falling,
                              recipe_.beta1,
                              recipe_.beta2,
                              recipe_.weight_decay,
                              recipe_.clip_grad_norm};
    hash.add(numbers, std::size(numbers));
    const std::string words = tokenizer_.text();
    hash.add(words.data(), words.size());
    Generator generator(recipe_.seed);
    for (const double share : {0.0, 0.2, 0.5, 1.0}) {
      tw::Packer packer(world_, vocabulary_, generator);
      const tw::Rows rows = packer.rows(4, recipe_.row_length, tw::mix_at(share));
      hash.add(rows.tokens.data(), rows.tokens.size());
      hash.add(rows.weights.data(), rows.weights.size());
    }
    return fmt::format("{:016x}", hash.value());
  }

  tw::Recipe recipe_;
  tw::World world_;
  tw::Vocabulary vocabulary_;
  WordTokenizer tokenizer_;
  std::unique_ptr<const CausalLm> shapes_;
  mutable StateDict weights_;
};

}  // namespace

std::unique_ptr<ModelSource> open_tiny_model(const tw::Recipe& recipe, StateDict weights) {
  return std::make_unique<TinyModel>(recipe, std::move(weights));
}

void keep_tiny_model(const std::string& path, const tw::Recipe& recipe, const StateDict& weights) {
  TinyModel(recipe, weights).keep(path);
}

BuiltInTasks built_in_tasks(const tw::Recipe& recipe) {
  const tw::World world = tw::make_world(recipe.seed);
  BuiltInTasks tasks;
  auto record = [](const tw::Question& question) {
    return InstructionRecord{question.instruction, question.input, question.output, question.answer};
  };
  for (const tw::Task task : tw::all_tasks) {
    const auto set = tw::make_questions(world, task, recipe.train_questions, recipe.test_questions, recipe.seed);
    for (const auto& question : set.train) tasks.train.push_back(record(question));
    EvaluationTask test{tw::name_of(task), {}};
    for (const auto& question : set.test) test.questions.push_back(record(question));
    tasks.test.push_back(std::move(test));
    tasks.chance.emplace_back(tw::name_of(task), tw::chance_level(task));
  }
  return tasks;
}

}  // namespace adora::finetune
