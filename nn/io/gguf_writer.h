#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "../state_dict.h"
#include "json.h"

namespace adora {

class AtomicFile;
class GgufReader;

/// Writes a GGUF file of version 3: first the keys and the tensors' names are given, then `write` writes all.
///
///     GgufWriter file;
///     file.text("general.architecture", "llama");
///     file.tensor("output_norm.weight", norm, "F32");
///     file.write("model.gguf");
class GgufWriter {
 public:
  // Each throws `Error` where the key is there already, or a text is not UTF-8.
  void u32(const std::string& key, std::int64_t value);
  void f32(const std::string& key, double value);
  void boolean(const std::string& key, bool value);
  void text(const std::string& key, const std::string& value);
  void texts(const std::string& key, const std::vector<std::string>& values);
  void f32s(const std::string& key, const std::vector<float>& values);
  void i32s(const std::string& key, const std::vector<std::int32_t>& values);
  /// A key as another file has it.
  void copy(const std::string& key, const GgufReader& from);
  bool has(const std::string& key) const { return keys_.contains(key); }

  /// A tensor to be written as ggml's `type`: one that is a dtype ("F32", "F16", "BF16") or one that is encoded here
  /// ("Q8_0"), whose rows are made of blocks. Throws `Error` naming the tensor where it can't be.
  void tensor(const std::string& name, const Tensor& x, const std::string& type);

  /// Throws `Error` naming the tensor where a number is not finite or larger than the type can say. So that at any
  /// moment the path holds the old file or the whole new one; see AtomicFile. The same always gives the same bytes.
  void write(const std::string& path) const;
  /// The same into a file that the caller commits.
  void write(AtomicFile& file) const;

 private:
  struct Entry {
    std::string name;
    Tensor x;
    std::string type;
  };
  void add(const std::string& key, std::uint32_t kind, const std::string& bytes);

  std::set<std::string> keys_, names_;
  std::string key_bytes_;
  std::vector<Entry> tensors_;
};

}  // namespace adora
