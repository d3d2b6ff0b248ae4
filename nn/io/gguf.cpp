#include "gguf.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "../../ops/creation.h"
#include "file.h"
#include "gguf_blocks.h"
#include "gguf_cursor.h"

namespace adora {
namespace {

constexpr std::string_view magic = "GGUF";
constexpr std::uint64_t longest_name = 65535;
constexpr std::uint64_t most_values = 4'000'000;
// ggml's tensors have no more.
constexpr std::uint32_t most_dims = 4;

std::uint64_t padded(std::uint64_t bytes, std::uint64_t alignment) {
  return bytes + (alignment - bytes % alignment) % alignment;
}

}  // namespace

/// Reads what stands in front of the tensors' data.
class GgufHeader {
 public:
  GgufHeader(GgufReader& reader, std::string_view bytes)
      : reader_(reader), path_(reader.path_), bytes_(bytes), cursor_(bytes, reader.path_) {}

  void read() {
    read_version();
    const std::uint64_t tensors = cursor_.u64("the number of tensors"), values = cursor_.u64("the number of keys");
    // A tensor takes 24 bytes at least, a key 13.
    check(tensors <= cursor_.left() / 24, "{}: is damaged: it has no room for {} tensors", path_, tensors);
    check(values <= cursor_.left() / 13, "{}: is damaged: it has no room for {} keys", path_, values);
    for (std::uint64_t i = 0; i < values; ++i) read_value();
    read_alignment();
    for (std::uint64_t i = 0; i < tensors; ++i) read_tensor();
    read_layout();
  }

 private:
  void read_version() {
    if (!bytes_.starts_with(magic)) fail("{}: is no GGUF file: it does not begin with \"GGUF\"", path_);
    cursor_.u32("its first word");
    reader_.version_ = cursor_.u32("the version");
    const std::uint32_t version = reader_.version_;
    if ((version & 0xffffu) == 0 && version != 0)
      fail("{}: is a big-endian GGUF file, which is not read here; convert it with gguf_convert_endian", path_);
    check(version == 2 || version == 3, "{}: is a GGUF file of version {}; versions 2 and 3 are read here", path_,
          version);
  }

  std::string name(const std::string& what) {
    const std::string_view text = cursor_.text(what);
    if (text.empty() || text.size() > longest_name) fail("{}: is damaged: {} has {} bytes", path_, what, text.size());
    return std::string(text);
  }

  void read_value() {
    std::string key = name("a key's name");
    const std::string what = fmt::format("key \"{}\"", shortened(key));
    const GgufKind kind = cursor_.kind(what);
    const GgufReader::Value value{static_cast<std::uint32_t>(kind), cursor_.at()};
    cursor_.pass(kind, what);
    if (!reader_.values_.try_emplace(std::move(key), value).second) fail("{}: {} stands there twice", path_, what);
  }

  void read_alignment() {
    const char* key = "general.alignment";
    if (!reader_.has(key)) return;
    const Json value = reader_.value(key);
    const auto* number = value.get<std::int64_t>();
    if (!number || *number < 1 || *number > INT32_MAX || (*number & (*number - 1)) != 0)
      fail("{}: {} must be a power of two", path_, key);
    alignment_ = static_cast<std::uint64_t>(*number);
  }

  void read_tensor() {
    std::string name = this->name("a tensor's name");
    const std::string what = fmt::format("tensor \"{}\"", shortened(name));
    const std::uint32_t dims = cursor_.u32(what);
    if (dims > most_dims)
      fail("{}: {} has {} dimensions; ggml's tensors have {} at most", path_, what, dims, most_dims);
    std::uint64_t sizes[most_dims] = {};
    for (std::uint32_t i = 0; i < dims; ++i) sizes[i] = cursor_.u64(what);
    GgufReader::Entry entry;
    const std::uint32_t type = cursor_.u32(what);
    entry.type = find_gguf_type(type);
    if (!entry.type)
      fail("{}: {} is of a type with the number {}, which is not known here; {} are read", path_, what, type,
           gguf_types_read());
    entry.begin = cursor_.u64(what);
    entry.bytes = bytes_of({sizes, dims}, *entry.type, what);
    for (std::uint32_t i = dims; i > 0; --i) entry.shape.push_back(static_cast<std::int64_t>(sizes[i - 1]));
    if (entry.begin % alignment_ != 0)
      fail("{}: {}: its offset {} is no multiple of the alignment, {}", path_, what, entry.begin, alignment_);
    if (!reader_.entries_.try_emplace(std::move(name), entry).second) fail("{}: {} stands there twice", path_, what);
  }

  std::uint64_t bytes_of(std::span<const std::uint64_t> sizes, const GgufType& type, const std::string& what) const {
    // Zeros are left out of the product, so that whether it overflows does not depend on where they stand.
    std::uint64_t numbers = 1;
    bool zero = false;
    for (const std::uint64_t size : sizes) {
      zero |= size == 0;
      if (size > static_cast<std::uint64_t>(INT64_MAX) ||
          (size != 0 && __builtin_mul_overflow(numbers, size, &numbers)))
        fail("{}: {}: its shape overflows", path_, what);
    }
    const std::uint64_t row = sizes.empty() ? 1 : sizes.front();
    if (row % type.numbers != 0)
      fail("{}: {}: its rows of {} numbers are not made of {}'s blocks of {}", path_, what, row, type.name,
           type.numbers);
    std::uint64_t bytes = 0;
    if (__builtin_mul_overflow(numbers / type.numbers, std::uint64_t{type.bytes}, &bytes) ||
        std::max(numbers, bytes) > static_cast<std::uint64_t>(INT64_MAX) / 8)
      fail("{}: {}: its shape overflows", path_, what);
    return zero ? 0 : bytes;
  }

  /// The tensors fill the data from its beginning to its end, each at the next multiple of the alignment.
  void read_layout() {
    const std::uint64_t start = padded(cursor_.at(), alignment_);
    reader_.data_start_ = std::min<std::uint64_t>(start, bytes_.size());
    const std::uint64_t data = bytes_.size() - reader_.data_start_;
    std::vector<std::pair<const GgufReader::Entry*, const std::string*>> order;
    for (const auto& [name, entry] : reader_.entries_) order.emplace_back(&entry, &name);
    std::sort(order.begin(), order.end(), [](auto& a, auto& b) {
      return std::pair(a.first->begin, a.first->bytes) < std::pair(b.first->begin, b.first->bytes);
    });
    std::uint64_t end = 0;
    for (const auto& [entry, name] : order) {
      if (entry->begin > data || entry->bytes > data - entry->begin)
        fail("{}: tensor \"{}\": its {} bytes at {} do not lie in the file's {} bytes of data", path_, shortened(*name),
             entry->bytes, entry->begin, data);
      const std::uint64_t at = padded(end, alignment_);
      if (entry->begin != at)
        fail("{}: tensor \"{}\": its data begins at {}, which {}", path_, shortened(*name), entry->begin,
             entry->begin < at ? "overlaps another's" : "leaves a hole");
      end = entry->begin + entry->bytes;
    }
    check(data <= padded(end, alignment_), "{}: is damaged: its tensors take {} bytes, but the file has {}", path_, end,
          data);
  }

  GgufReader& reader_;
  const std::string& path_;
  std::string_view bytes_;
  GgufCursor cursor_;
  std::uint64_t alignment_ = 32;
};

GgufReader::GgufReader(const std::string& path) : path_(path), file_(std::make_shared<const MappedFile>(path)) {
  GgufHeader(*this, file_->text()).read();
}

std::vector<std::string> GgufReader::keys() const {
  std::vector<std::string> result;
  for (const auto& [key, value] : values_) result.push_back(key);
  return result;
}

const GgufReader::Value& GgufReader::found(const std::string& key) const {
  const auto at = values_.find(key);
  if (at == values_.end()) fail("{}: has no key \"{}\"", path_, shortened(key));
  return at->second;
}

Json GgufReader::value(const std::string& key) const {
  const Value& value = found(key);
  std::uint64_t left = most_values;
  return GgufCursor(file_->text(), path_, value.begin)
      .value(static_cast<GgufKind>(value.type), fmt::format("key \"{}\"", shortened(key)), left);
}

std::string GgufReader::kind(const std::string& key) const {
  const Value& value = found(key);
  const auto kind = static_cast<GgufKind>(value.type);
  if (kind != GgufKind::array) return to_string(kind);
  return "array of " + to_string(GgufCursor(file_->text(), path_, value.begin).kind(key));
}

std::pair<std::uint32_t, std::string_view> GgufReader::raw(const std::string& key) const {
  const Value& value = found(key);
  GgufCursor cursor(file_->text(), path_, value.begin);
  cursor.pass(static_cast<GgufKind>(value.type), key);
  return {value.type, file_->text().substr(value.begin, cursor.at() - value.begin)};
}

std::vector<std::string> GgufReader::names() const {
  std::vector<std::string> result;
  for (const auto& [name, entry] : entries_) result.push_back(name);
  return result;
}

const GgufReader::Entry& GgufReader::entry(const std::string& name) const {
  const auto at = entries_.find(name);
  if (at == entries_.end()) fail("{}: has no tensor \"{}\"", path_, shortened(name));
  return at->second;
}

const Shape& GgufReader::shape(const std::string& name) const { return entry(name).shape; }
const std::string& GgufReader::type(const std::string& name) const { return entry(name).type->name; }

DType GgufReader::dtype(const std::string& name, DType decoded) const {
  check(is_floating(decoded), "GgufReader::dtype: {} is no floating dtype", decoded);
  const GgufType& type = *entry(name).type;
  if (!type.is_read())
    fail("{}: tensor \"{}\" is of type {}, which is not read here; {} are", path_, shortened(name), type.name,
         gguf_types_read());
  return type.dtype.value_or(decoded);
}

Tensor GgufReader::tensor(const std::string& name, DType decoded) const {
  const Entry& found = entry(name);
  const DType dtype = this->dtype(name, decoded);
  std::byte* bytes = file_->data() + data_start_ + found.begin;
  const bool aligned = reinterpret_cast<std::uintptr_t>(bytes) % size_of(dtype) == 0;
  if (found.type->dtype && aligned && found.bytes > 0)
    return Tensor(std::make_shared<Storage>(bytes, found.bytes, file_), Layout::contiguous(found.shape), dtype);
  Tensor copy = empty(found.shape, dtype, cpu);
  if (found.bytes == 0) return copy;
  if (found.type->dtype) std::memcpy(copy.raw(), bytes, found.bytes);
  else decode_gguf_blocks(*found.type, bytes, static_cast<std::int64_t>(found.bytes / found.type->bytes), copy);
  return copy;
}

bool is_gguf(const std::string& path) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed)) return false;
  if (path.ends_with(".gguf")) return true;
  std::ifstream file(path, std::ios::binary);
  char first[4] = {};
  file.read(first, 4);
  return file.gcount() == 4 && std::string_view(first, 4) == magic;
}

}  // namespace adora
