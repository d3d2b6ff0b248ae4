#include "config_keys.h"

#include <algorithm>

#include "../../core/error.h"
#include "../../core/listed.h"

namespace adora {
namespace {

void ignore_general_keys(JsonFields& config) {
  // Where the file comes from, and how its weights are stored and loaded.
  ignore_keys(config, {"_name_or_path", "_commit_hash", "transformers_version", "torch_dtype", "dtype", "auto_map",
                       "tokenizer_class", "unsloth_version", "unsloth_fixed", "transformers.js_config"});
  // How other programs compute the same.
  ignore_keys(config,
              {"use_cache", "cache_implementation", "_attn_implementation", "attn_implementation",
               "_attn_implementation_autoset", "torchscript", "use_bfloat16", "chunk_size_feed_forward",
               "gradient_checkpointing", "output_attentions", "output_hidden_states", "return_dict", "is_decoder"});
  // Tokens that a tokenizer makes, or nothing does. (Padding stands where nothing looks.)
  ignore_keys(config, {"pad_token_id", "sep_token_id", "cls_token_id", "mask_token_id", "unk_token_id",
                       "decoder_start_token_id"});
  // Other tasks.
  ignore_keys(config, {"task_specific_params", "finetuning_task", "problem_type", "num_labels", "_num_labels",
                       "id2label", "label2id", "classifier_dropout"});
  // How text is generated where nothing is asked for.
  ignore_keys(config, {"max_length",
                       "max_new_tokens",
                       "max_sequence_length",
                       "min_length",
                       "do_sample",
                       "early_stopping",
                       "num_beams",
                       "num_beam_groups",
                       "num_return_sequences",
                       "diversity_penalty",
                       "length_penalty",
                       "repetition_penalty",
                       "no_repeat_ngram_size",
                       "encoder_no_repeat_ngram_size",
                       "exponential_decay_length_penalty",
                       "temperature",
                       "top_k",
                       "top_p",
                       "typical_p",
                       "bad_words_ids",
                       "suppress_tokens",
                       "begin_suppress_tokens",
                       "forced_bos_token_id",
                       "forced_eos_token_id",
                       "remove_invalid_values",
                       "return_dict_in_generate",
                       "output_scores",
                       "prefix"});
}

}  // namespace

std::int64_t read_size(JsonFields& config, const std::string& name, std::optional<std::int64_t> otherwise) {
  return config.integer(name, 1, std::int64_t{1} << 31, otherwise);
}

std::vector<std::int64_t> read_token_ids(JsonFields& config, const std::string& name, std::int64_t vocab_size,
                                         std::vector<std::int64_t> otherwise) {
  const Json* found = config.find(name);
  if (!found) return config.mentions(name) ? std::vector<std::int64_t>() : otherwise;
  std::vector<std::int64_t> ids;
  auto take = [&](const Json& json) {
    auto* id = json.get<std::int64_t>();
    if (!id || *id < 0 || *id >= vocab_size)
      config.refuse(name, fmt::format("a token number below vocab_size ({}), or a list of them", vocab_size));
    ids.push_back(*id);
  };
  if (auto* list = found->get<Json::Array>()) std::for_each(list->begin(), list->end(), take);
  else take(*found);
  return ids;
}

Json token_ids_json(const std::vector<std::int64_t>& ids) {
  if (ids.empty()) return nullptr;
  return ids.size() == 1 ? Json(ids.front()) : Json(Json::Array(ids.begin(), ids.end()));
}

void read_only(JsonFields& config, const std::string& name, const Json& wanted) {
  const Json* found = config.find(name);
  const auto* integer = found ? found->get<std::int64_t>() : nullptr;  // 0 for 0.0
  const bool same = !found || *found == wanted || (integer && Json(static_cast<double>(*integer)) == wanted);
  if (!same)
    config.refuse(name, fmt::format("{}: nothing else is computed here", wanted.is_null() ? "null" : brief(wanted)));
}

void ignore_keys(JsonFields& config, std::initializer_list<const char*> names) {
  for (const char* name : names) config.find(name);
}

void refuse_unknown_keys(JsonFields& config) {
  read_only(config, "quantization_config", nullptr);
  read_only(config, "pruned_heads", Json::Object());
  read_only(config, "is_causal", true);
  ignore_general_keys(config);
  std::vector<std::string> unknown;
  for (const std::string& name : config.unread()) {
    const Json* value = config.find(name);  // none where it is null
    if (value && *value != Json(false)) unknown.push_back(name);
  }
  if (!unknown.empty())
    fail("{}: {} {} not known, and may change what the model computes; where that is not so, delete {}", config.where(),
         listed(unknown), unknown.size() == 1 ? "is" : "are", unknown.size() == 1 ? "it" : "them");
}

}  // namespace adora
