// The gradients of a language model's training on documents.
#include "../../../../nn/train/causal_lm_gradients.h"

#include "../../../../nn/models/family.h"
#include "../../../../nn/optim/adamw.h"
#include "../../../catch.h"
#include "../../../files.h"

using namespace adora;

TEST_CASE("a document without a token to predict is refused by its number, before any step") {
  const auto model = make_model(Json::Object{{"model_type", "llama"},
                                             {"hidden_size", 8},
                                             {"intermediate_size", 8},
                                             {"num_hidden_layers", 1},
                                             {"num_attention_heads", 2},
                                             {"num_key_value_heads", 2},
                                             {"vocab_size", 9},
                                             {"max_position_embeddings", 16},
                                             {"rms_norm_eps", 1e-5},
                                             {"hidden_act", "silu"},
                                             {"tie_word_embeddings", false},
                                             {"bos_token_id", 1},
                                             {"eos_token_id", 2}},
                                "config.json");
  AdamW optimizer(model->trainable_parameters(), {.lr = 1e-3});
  std::vector<Document> documents = {whole_document({1, 3, 2}), {{1, 3, 2}, {}}};
  CHECK(test::error_of([&] { CausalLmGradients(*model, optimizer, documents, {}); }).find("document 1 has no token") !=
        std::string::npos);
  documents.pop_back();
  CHECK_NOTHROW(CausalLmGradients(*model, optimizer, documents, {}));
}
