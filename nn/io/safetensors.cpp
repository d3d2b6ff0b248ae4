#include "safetensors.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "../../autograd/grad_mode.h"
#include "../../core/utf8.h"
#include "../../ops/creation.h"
#include "atomic_file.h"
#include "file.h"
#include "json.h"

namespace adora {
namespace {

constexpr std::uint64_t max_header = 100'000'000;

struct FileDType {
  const char* name;
  int bits;
  std::optional<DType> dtype;  // ours, where there is one
};

constexpr FileDType file_dtypes[] = {
    {"BOOL", 8, boolean},
    {"U8", 8, uint8},
    {"I32", 32, int32},
    {"I64", 64, int64},
    {"F16", 16, float16},
    {"BF16", 16, bfloat16},
    {"F32", 32, float32},
    {"F64", 64, float64},
    {"I8", 8, std::nullopt},
    {"I16", 16, std::nullopt},
    {"U16", 16, std::nullopt},
    {"U32", 32, std::nullopt},
    {"U64", 64, std::nullopt},
    {"C64", 64, std::nullopt},
    {"F4", 4, std::nullopt},
    {"F6_E2M3", 6, std::nullopt},
    {"F6_E3M2", 6, std::nullopt},
    {"F8_E5M2", 8, std::nullopt},
    {"F8_E4M3", 8, std::nullopt},
    {"F8_E8M0", 8, std::nullopt},
    {"F8_E4M3FNUZ", 8, std::nullopt},
    {"F8_E5M2FNUZ", 8, std::nullopt},
};

const char* file_name(DType dtype) {
  return std::find_if(std::begin(file_dtypes), std::end(file_dtypes), [&](auto& row) { return row.dtype == dtype; })
      ->name;
}

}  // namespace

/// Takes the header's JSON in, piece by piece, so that a long one costs no more
/// memory than its tensors.
class SafetensorsHeader final : public JsonEvents {
 public:
  SafetensorsHeader(SafetensorsReader& reader, std::uint64_t data_bytes) : reader_(reader), data_bytes_(data_bytes) {}

  void null() override {
    if (place_ == Place::top && name_ == "__metadata__") first_metadata();
    else value("null");
  }
  void boolean(bool) override { value("a truth value"); }
  void negative_integer(std::int64_t) override { value("a negative number"); }
  void number(double) override { value("a number that is no integer of 64 bits"); }

  void unsigned_integer(std::uint64_t number) override {
    if (place_ == Place::shape) {
      add_size(number);
    } else if (place_ == Place::offsets) {
      if (offset_count_ < 2) offsets_[offset_count_] = number;
      ++offset_count_;
    } else {
      value("a number");
    }
  }

  void text(std::string& text) override {
    if (place_ == Place::metadata) {
      auto [at, added] = reader_.metadata_.try_emplace(std::move(key_), std::move(text));
      if (!added) fail("{}: __metadata__ has \"{}\" twice", reader_.path_, shortened(at->first));
    } else if (place_ == Place::entry && key_ == "dtype") {
      once(has_dtype_);
      auto found =
          std::find_if(std::begin(file_dtypes), std::end(file_dtypes), [&](auto& row) { return text == row.name; });
      if (found == std::end(file_dtypes)) refuse(fmt::format("there is no dtype \"{}\"", shortened(text)));
      dtype_ = static_cast<std::uint8_t>(found - std::begin(file_dtypes));
    } else {
      value("a text");
    }
  }

  void key(std::string& name) override {
    if (skip_ > 0) return;
    if (place_ == Place::top) {
      name_ = std::move(name);
    } else {
      key_ = std::move(name);
    }
  }

  void start_object() override {
    if (descend_unknown()) return;
    if (place_ == Place::outside) {
      place_ = Place::top;
    } else if (place_ == Place::top && name_ == "__metadata__") {
      first_metadata();
      place_ = Place::metadata;
    } else if (place_ == Place::top) {
      place_ = Place::entry;
      entry_ = {};
      product_ = 1;
      has_zero_ = has_dtype_ = has_shape_ = has_offsets_ = false;
    } else {
      value("an object");
    }
  }

  void end_object() override {
    if (skip_ > 0) {
      --skip_;
    } else if (place_ == Place::entry) {
      finish_entry();
      place_ = Place::top;
    } else {
      place_ = place_ == Place::metadata ? Place::top : Place::outside;
    }
  }

  void start_array() override {
    if (descend_unknown()) return;
    if (place_ == Place::entry && key_ == "shape") {
      once(has_shape_);
      place_ = Place::shape;
    } else if (place_ == Place::entry && key_ == "data_offsets") {
      once(has_offsets_);
      place_ = Place::offsets;
      offset_count_ = 0;
    } else {
      value("a list");
    }
  }

  void end_array() override {
    if (skip_ > 0) {
      --skip_;
      return;
    }
    if (place_ == Place::offsets && offset_count_ != 2) refuse("data_offsets must be two numbers");
    place_ = Place::entry;
  }

 private:
  enum class Place { outside, top, metadata, entry, shape, offsets };

  [[noreturn]] void refuse(const std::string& what) const {
    fail("{}: tensor \"{}\": {}", reader_.path_, shortened(name_), what);
  }

  void first_metadata() {
    check(!has_metadata_, "{}: __metadata__ stands twice in the header", reader_.path_);
    has_metadata_ = true;
  }

  void once(bool& seen) const {
    if (seen) refuse(key_ + " stands twice");
    seen = true;
  }

  /// A list or an object under a field that the format doesn't define is passed over.
  bool descend_unknown() {
    if (skip_ == 0 && !(place_ == Place::entry && key_ != "dtype" && key_ != "shape" && key_ != "data_offsets")) {
      return false;
    }
    ++skip_;
    return true;
  }

  /// A value other than those wanted where it stands.
  void value(const char* kind) const {
    if (skip_ > 0) return;
    switch (place_) {
      case Place::outside: fail("{}: the header must be one JSON object, not {}", reader_.path_, kind);
      case Place::top:
        if (name_ == "__metadata__") fail("{}: __metadata__ must be an object, not {}", reader_.path_, kind);
        refuse(fmt::format("must be an object, not {}", kind));
      case Place::metadata:
        fail("{}: __metadata__: \"{}\" must be a text, not {}", reader_.path_, shortened(key_), kind);
      case Place::shape: refuse(fmt::format("shape must be a list of sizes; it has {}", kind));
      case Place::offsets: refuse(fmt::format("data_offsets must be two numbers; it has {}", kind));
      case Place::entry:
        if (key_ == "dtype") refuse(fmt::format("dtype must be a text, not {}", kind));
        if (key_ == "shape" || key_ == "data_offsets") refuse(fmt::format("{} must be a list, not {}", key_, kind));
    }
  }

  void add_size(std::uint64_t size) {
    // Zeros are left out of the product, so that whether it overflows does not
    // depend on where they stand.
    if (size > static_cast<std::uint64_t>(INT64_MAX) ||
        (size != 0 && __builtin_mul_overflow(product_, size, &product_)) ||
        product_ > static_cast<std::uint64_t>(INT64_MAX)) {
      refuse("its shape overflows");
    }
    has_zero_ |= size == 0;
    if (entry_.shape.size() == Shape::max_size) entry_.too_many_dims = true;
    else entry_.shape.push_back(static_cast<std::int64_t>(size));
  }

  void finish_entry() {
    if (!has_dtype_ || !has_shape_ || !has_offsets_) {
      refuse(fmt::format("{} is missing", !has_dtype_ ? "dtype" : !has_shape_ ? "shape" : "data_offsets"));
    }
    auto [begin, end] = offsets_;
    if (begin > end || end > data_bytes_) {
      refuse(fmt::format("data_offsets [{}, {}] do not lie in the file's {} bytes of data", begin, end, data_bytes_));
    }
    const FileDType& type = file_dtypes[dtype_];
    auto all_bits = static_cast<unsigned __int128>(product_) * static_cast<unsigned>(type.bits);
    if (all_bits / 8 > static_cast<std::uint64_t>(INT64_MAX)) refuse("the bytes of its shape overflow");
    auto bytes = has_zero_ ? 0 : static_cast<std::uint64_t>(all_bits / 8);
    if (all_bits % 8 != 0 || bytes != end - begin) {
      refuse(fmt::format("{} of shape {}{} takes {} bytes, but its data_offsets [{}, {}] span {}", type.name,
                         to_string(entry_.shape), entry_.too_many_dims ? "…" : "", bytes, begin, end, end - begin));
    }
    entry_.dtype = dtype_;
    entry_.begin = begin;
    entry_.end = end;
    auto [at, added] = reader_.entries_.try_emplace(std::move(name_), entry_);
    if (!added) fail("{}: tensor \"{}\" stands twice in the header", reader_.path_, shortened(at->first));
  }

  SafetensorsReader& reader_;
  std::uint64_t data_bytes_;
  Place place_ = Place::outside;
  std::uint64_t skip_ = 0;  // levels inside a field that is passed over
  std::string name_, key_;
  bool has_metadata_ = false;

  // The tensor that is being read.
  SafetensorsReader::Entry entry_;
  bool has_dtype_ = false, has_shape_ = false, has_offsets_ = false;
  std::uint8_t dtype_ = 0;
  bool has_zero_ = false;
  std::uint64_t product_ = 1;  // of the sizes other than zero
  std::uint64_t offsets_[2] = {};
  std::uint64_t offset_count_ = 0;
};

SafetensorsReader::SafetensorsReader(const std::string& path)
    : SafetensorsReader(path, std::make_shared<const MappedFile>(path)) {}

SafetensorsReader::SafetensorsReader(const std::string& name, std::span<const std::byte> bytes)
    : SafetensorsReader(name, std::make_shared<const MappedFile>(bytes)) {}

SafetensorsReader::SafetensorsReader(const std::string& path, std::shared_ptr<const MappedFile> file)
    : path_(path), file_(std::move(file)) {
  const std::string_view bytes = file_->text();
  check(bytes.size() >= 8, "{}: is no safetensors file: it has only {} bytes", path, bytes.size());
  std::uint64_t header = 0;
  for (int i = 7; i >= 0; --i) header = header << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
  check(header <= max_header, "{}: is no safetensors file: its header would have {} bytes", path, header);
  check(header <= bytes.size() - 8, "{}: is damaged: its header of {} bytes is cut off after {}", path, header,
        bytes.size() - 8);
  data_start_ = 8 + header;
  std::uint64_t data_bytes = bytes.size() - data_start_;
  SafetensorsHeader handler(*this, data_bytes);
  parse_json(bytes.substr(8, header), path + ": header", handler);

  std::vector<std::pair<const Entry*, const std::string*>> order;
  for (const auto& [name, entry] : entries_) order.emplace_back(&entry, &name);
  std::sort(order.begin(), order.end(), [](auto& a, auto& b) {
    return std::pair(a.first->begin, a.first->end) < std::pair(b.first->begin, b.first->end);
  });
  std::uint64_t at = 0;
  for (auto& [entry, name] : order) {
    if (entry->begin != at) {
      fail("{}: tensor \"{}\": its data begins at {}, which {}", path, shortened(*name), entry->begin,
           entry->begin < at ? "overlaps another's" : "leaves a hole");
    }
    at = entry->end;
  }
  check(at == data_bytes, "{}: is damaged: its tensors take {} bytes, but the file has {}", path, at, data_bytes);
}

std::vector<std::string> SafetensorsReader::names() const {
  std::vector<std::string> result;
  for (const auto& [name, entry] : entries_) result.push_back(name);
  return result;
}

const SafetensorsReader::Entry& SafetensorsReader::entry(const std::string& name) const {
  auto at = entries_.find(name);
  if (at == entries_.end()) fail("{}: has no tensor \"{}\"", path_, shortened(name));
  return at->second;
}

const Shape& SafetensorsReader::shape(const std::string& name) const {
  const Entry& found = entry(name);
  if (found.too_many_dims)
    fail("{}: tensor \"{}\" has more than {} dimensions", path_, shortened(name), Shape::max_size);
  return found.shape;
}

std::string SafetensorsReader::dtype(const std::string& name) const { return file_dtypes[entry(name).dtype].name; }

Tensor SafetensorsReader::tensor(const std::string& name) const {
  const Entry& found = entry(name);
  const Shape& shape = this->shape(name);
  const FileDType& type = file_dtypes[found.dtype];
  if (!type.dtype)
    fail("{}: tensor \"{}\" is of dtype {}, which is not supported; convert it first", path_, shortened(name),
         type.name);
  std::byte* bytes = file_->data() + data_start_ + found.begin;
  std::uint64_t count = found.end - found.begin;
  bool aligned = reinterpret_cast<std::uintptr_t>(bytes) % size_of(*type.dtype) == 0;
  // Any byte may stand in a file, but a bool in memory is 0 or 1.
  if (aligned && *type.dtype != boolean && count > 0) {
    return Tensor(std::make_shared<Storage>(bytes, count, file_), Layout::contiguous(shape), *type.dtype);
  }
  Tensor copy = empty(shape, *type.dtype, cpu);
  auto* target = static_cast<std::byte*>(copy.raw());
  if (*type.dtype == boolean) {
    std::transform(bytes, bytes + count, target, [](std::byte b) { return std::byte{b != std::byte{0}}; });
  } else if (count > 0) {
    std::memcpy(target, bytes, count);
  }
  return copy;
}

StateDict SafetensorsReader::tensors() const {
  StateDict result;
  for (const auto& [name, entry] : entries_) result.emplace(name, tensor(name));
  return result;
}

StateDict read_safetensors(const std::string& path) { return SafetensorsReader(path).tensors(); }

void write_safetensors(const std::string& path, const StateDict& tensors,
                       const std::map<std::string, std::string>& metadata) {
  AtomicFile file(path);
  write_safetensors(file, tensors, metadata);
  file.commit();
}

void write_safetensors(AtomicFile& file, const StateDict& tensors, const std::map<std::string, std::string>& metadata) {
  const std::string& path = file.path();
  // The widest dtypes first: so every tensor is aligned, and a reader need copy none.
  std::vector<StateDict::const_iterator> order;
  for (auto at = tensors.begin(); at != tensors.end(); ++at) {
    check(at->second.defined(), "{}: tensor \"{}\" is undefined", path, at->first);
    check(at->second.device().type != DeviceType::meta, "{}: tensor \"{}\" has a shape but no numbers", path,
          at->first);
    check(at->first != "__metadata__", "{}: a tensor cannot be called __metadata__", path);
    check(find_invalid_utf8(at->first) == std::string::npos, "{}: a tensor's name is not UTF-8", path);
    order.push_back(at);
  }
  std::stable_sort(order.begin(), order.end(),
                   [](auto& a, auto& b) { return size_of(a->second.dtype()) > size_of(b->second.dtype()); });

  Json::Object header;
  if (!metadata.empty()) {
    Json::Object object;
    for (const auto& [key, value] : metadata) object[key] = value;
    header["__metadata__"] = std::move(object);
  }
  std::int64_t offset = 0;
  for (auto at : order) {
    const Tensor& x = at->second;
    std::int64_t end = offset + x.numel() * static_cast<std::int64_t>(size_of(x.dtype()));
    Json::Array shape;
    for (std::int64_t size : x.shape()) shape.push_back(size);
    header[at->first] = Json::Object{
        {"dtype", file_name(x.dtype())}, {"shape", std::move(shape)}, {"data_offsets", Json::Array{offset, end}}};
    offset = end;
  }
  std::string text = Json(std::move(header)).dump(-1);
  text.append((8 - text.size() % 8) % 8, ' ');
  check(text.size() <= max_header, "{}: a header of {} bytes is longer than the format allows", path, text.size());

  char length[8];
  for (int i = 0; i < 8; ++i) length[i] = static_cast<char>(text.size() >> (8 * i));
  file.write(length, 8);
  file.write(text);
  NoGrad no_grad;
  for (auto at : order) {
    Tensor rows = contiguous(to(at->second, cpu));
    file.write(rows.raw(), static_cast<std::size_t>(rows.numel()) * size_of(rows.dtype()));
  }
}

}  // namespace adora
