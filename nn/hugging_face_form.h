#pragma once
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

 protected:
  ~HuggingFaceForm() = default;
};

}  // namespace adora
