#pragma once
#include <memory>
#include <string>
#include <vector>

#include "tokenizer.h"

namespace adora {

/// A form in which a model's folder has a tokenizer. The file of its class registers it, and nothing else is edited:
///
///     const RegisterTokenizerFormat registered{
///         {.name = "SentencePiece", .file = "tokenizer.model", .priority = 20, .load = load}};
struct TokenizerFormat {
  std::string name;  ///< for messages
  /// The file's name in a model's folder. Several formats may have one file (tokenizer.json has many forms), and what
  /// else a format reads lies beside it.
  std::string file;
  /// Of the formats whose files a folder has, the one of the highest priority is read; of equal ones the first by name.
  /// The form that a model was trained with goes before those converted from it.
  int priority = 0;
  /// Null where the file is of another form: the next format is asked then. Throws `Error` naming the file where it is
  /// of this one and damaged, and no other is asked.
  std::unique_ptr<Tokenizer> (*load)(const std::string& path) = nullptr;
};

struct RegisterTokenizerFormat {
  explicit RegisterTokenizerFormat(TokenizerFormat format);
};

/// Those there are, in the order in which they are asked.
const std::vector<TokenizerFormat>& tokenizer_formats();

}  // namespace adora
