#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "../state_dict.h"

namespace adora {

class AtomicFile;
class MappedFile;

/// Reads a safetensors file. The constructor reads and checks the header alone and allocates
/// nothing for the tensors; their bytes are read from disk as they are used.
///
/// Refuses whatever the format's reference reader refuses, with an `Error` naming
/// the file and the tensor: a header that is not one JSON object of
/// `dtype`, `shape` and `data_offsets`, or that is longer than 100,000,000 bytes or the file; sizes that
/// overflow or don't agree with the offsets; offsets that leave holes, overlap or
/// don't end where the file does; any name twice.
///
///     SafetensorsReader file("model.safetensors");
///     for (const std::string& name : file.names()) use(file.tensor(name));
class SafetensorsReader {
 public:
  explicit SafetensorsReader(const std::string& path);
  /// The same of a file's bytes in memory, which are copied; `name` stands for the path in errors.
  SafetensorsReader(const std::string& name, std::span<const std::byte> bytes);

  /// Sorted.
  std::vector<std::string> names() const;
  bool contains(const std::string& name) const { return entries_.contains(name); }
  /// Throws `Error` where there is no such tensor, or it has more dimensions than a Tensor can.
  const Shape& shape(const std::string& name) const;
  /// The dtype as the file spells it: "F32", "BF16", …
  std::string dtype(const std::string& name) const;
  /// The file's `__metadata__`.
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

  /// The tensor, on the CPU: a view of the mapped file where its bytes are aligned for its dtype,
  /// otherwise a copy. The view may be changed in place; the file does not change. It stays valid
  /// after the reader is gone. Throws `Error` where there is no such tensor, or
  /// its dtype is one of the format's that tensors here can't have (I8, F8_E4M3, …).
  Tensor tensor(const std::string& name) const;
  /// Every tensor.
  StateDict tensors() const;

  const std::string& path() const { return path_; }

 private:
  SafetensorsReader(const std::string& path, std::shared_ptr<const MappedFile> file);
  struct Entry {
    std::uint8_t dtype = 0;  // number in the table of the format's dtypes
    bool too_many_dims = false;
    Shape shape;
    std::uint64_t begin = 0, end = 0;
  };
  friend class SafetensorsHeader;
  const Entry& entry(const std::string& name) const;

  std::string path_;
  std::shared_ptr<const MappedFile> file_;
  std::uint64_t data_start_ = 0;
  std::map<std::string, Entry> entries_;
  std::map<std::string, std::string> metadata_;
};

/// All tensors of a file; as SafetensorsReader.
StateDict read_safetensors(const std::string& path);

/// Writes the tensors (from any device, any strides) so that at any moment the path holds the old file or the
/// whole new one; see AtomicFile. The same tensors always give the same bytes.
void write_safetensors(const std::string& path, const StateDict& tensors,
                       const std::map<std::string, std::string>& metadata = {});
/// The same into a file that the caller commits.
void write_safetensors(AtomicFile& file, const StateDict& tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace adora
