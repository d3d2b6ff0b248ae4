#pragma once
#include <string>
#include <utility>
#include <vector>

#include "state_dict.h"

namespace adora {

/// A model whose tensors may have other names or layouts in Hugging Face's files than in its state_dict().
class HuggingFaceForm {
 public:
  /// The tensors of a Hugging Face folder under the names and in the layouts of state_dict(): views, not copies.
  /// Those that say nothing (masks and tables that older versions saved) are left out.
  virtual StateDict from_hugging_face(StateDict tensors) const { return tensors; }
  /// And back.
  virtual StateDict to_hugging_face(StateDict tensors) const { return tensors; }
  /// As transformers' modules have them, which adapters' files go by; where its files have other names, not those.
  virtual StateDict to_transformers_modules(StateDict tensors) const { return to_hugging_face(std::move(tensors)); }
  /// What older versions of transformers called a module, and what it is called now: {{"embed_out", "lm_head"}}.
  virtual std::vector<std::pair<std::string, std::string>> older_module_names() const { return {}; }

 protected:
  ~HuggingFaceForm() = default;
};

}  // namespace adora
