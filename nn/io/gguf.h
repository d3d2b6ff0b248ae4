#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../state_dict.h"
#include "json.h"

namespace adora {

class MappedFile;
struct GgufType;

/// Reads a GGUF file, version 2 or 3, little-endian. The constructor reads and checks metadata and the table of tensors
/// and allocates nothing for the tensors; their bytes are read from disk as they are used.
///
/// Throws `Error` naming the file, and the key or the tensor: for what is cut off; counts and sizes that the file has
/// no room for, or that overflow; a name twice; text that is not UTF-8; offsets that are not aligned, leave holes,
/// overlap or lead out of the file; types that nobody knows.
///
///     GgufReader file("model.gguf");
///     for (const std::string& name : file.names()) use(file.tensor(name));
class GgufReader {
 public:
  explicit GgufReader(const std::string& path);

  std::uint32_t version() const { return version_; }

  /// The keys of the metadata, sorted.
  std::vector<std::string> keys() const;
  bool has(const std::string& key) const { return values_.contains(key); }
  /// The value; an array as a list. A number that is no int64 or is a fraction is a double. Throws `Error` where there
  /// is no such key, or its arrays have more than four million values.
  Json value(const std::string& key) const;
  /// How the file has it: "u32", "string", "array of f32", ...
  std::string kind(const std::string& key) const;
  /// The number of its kind, and its bytes in the file, which last as long as this.
  std::pair<std::uint32_t, std::string_view> raw(const std::string& key) const;

  /// Sorted.
  std::vector<std::string> names() const;
  bool contains(const std::string& name) const { return entries_.contains(name); }
  /// Throws `Error` where there is no such tensor. The last dimension is that whose numbers lie side by side, which is
  /// the first one in the file.
  const Shape& shape(const std::string& name) const;
  /// ggml's name of the type: "F32", "Q4_K", ...
  const std::string& type(const std::string& name) const;
  /// The dtype that `tensor` gives it, of a quantized one `decoded`. Throws `Error` as `tensor` does.
  DType dtype(const std::string& name, DType decoded = float32) const;

  /// The tensor, on the CPU: of a type that is also a dtype a view of the mapped file where its bytes are aligned,
  /// otherwise a copy. The view may be changed in place; the file does not change. It stays valid after the reader is
  /// gone. A quantized one is computed in float32 and rounded to `decoded`. Throws `Error` where there is no such
  /// tensor, or it has a type that is not read here.
  Tensor tensor(const std::string& name, DType decoded = float32) const;

  const std::string& path() const { return path_; }

 private:
  struct Value {
    std::uint32_t type = 0;
    std::uint64_t begin = 0;  // in the file
  };
  struct Entry {
    const GgufType* type = nullptr;
    Shape shape;
    std::uint64_t begin = 0, bytes = 0;  // in the data
  };
  friend class GgufHeader;
  const Value& found(const std::string& key) const;
  const Entry& entry(const std::string& name) const;

  std::string path_;
  std::shared_ptr<const MappedFile> file_;
  std::uint32_t version_ = 0;
  std::uint64_t data_start_ = 0;
  std::map<std::string, Value> values_;
  std::map<std::string, Entry> entries_;
};

/// Whether the path names a file that ends in .gguf or begins as GGUF files do.
bool is_gguf(const std::string& path);

}  // namespace adora
