#include "gguf_writer.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "../../autograd/grad_mode.h"
#include "../../core/utf8.h"
#include "../../ops/creation.h"
#include "../../ops/view.h"
#include "../finite.h"
#include "atomic_file.h"
#include "gguf.h"
#include "gguf_blocks.h"
#include "gguf_cursor.h"

namespace adora {
namespace {

constexpr std::uint64_t alignment = 32;

std::string little_endian(std::uint64_t number, int bytes) {
  std::string result;
  for (int i = 0; i < bytes; ++i) result += static_cast<char>(number >> (8 * i));
  return result;
}

std::string f32_bytes(float value) { return little_endian(std::bit_cast<std::uint32_t>(value), 4); }

std::string text_bytes(const std::string& text, const std::string& what) {
  if (find_invalid_utf8(text) != std::string::npos) fail("GgufWriter: {} is not UTF-8", shortened(what));
  return little_endian(text.size(), 8) + text;
}

std::uint64_t padded(std::uint64_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

const GgufType& type_of(const std::string& name) {
  const GgufType* type = find_gguf_type(name);
  check(type && (type->dtype || type->encode), "GgufWriter: {} is no type that is written here", shortened(name));
  return *type;
}

std::uint64_t bytes_of(const Tensor& x, const GgufType& type) {
  return static_cast<std::uint64_t>(x.numel()) / type.numbers * type.bytes;
}

/// Rows that are written at once, so that the copies of a large tensor take little memory.
constexpr std::int64_t numbers_at_once = std::int64_t{1} << 22;

template <class F> std::string array_bytes(GgufKind kind, std::size_t count, F&& each) {
  std::string bytes = little_endian(static_cast<std::uint32_t>(kind), 4) + little_endian(count, 8);
  for (std::size_t i = 0; i < count; ++i) bytes += each(i);
  return bytes;
}

}  // namespace

void GgufWriter::add(const std::string& key, std::uint32_t kind, const std::string& bytes) {
  check(keys_.insert(key).second, "GgufWriter: the key {} is there already", shortened(key));
  key_bytes_ += text_bytes(key, key) + little_endian(kind, 4) + bytes;
}

void GgufWriter::u32(const std::string& key, std::int64_t value) {
  check(value >= 0 && value <= UINT32_MAX, "GgufWriter: {}: {} is no number of 32 bits", shortened(key), value);
  add(key, static_cast<std::uint32_t>(GgufKind::u32), little_endian(static_cast<std::uint64_t>(value), 4));
}

void GgufWriter::f32(const std::string& key, double value) {
  add(key, static_cast<std::uint32_t>(GgufKind::f32), f32_bytes(static_cast<float>(value)));
}

void GgufWriter::boolean(const std::string& key, bool value) {
  add(key, static_cast<std::uint32_t>(GgufKind::boolean), little_endian(value, 1));
}

void GgufWriter::text(const std::string& key, const std::string& value) {
  add(key, static_cast<std::uint32_t>(GgufKind::text), text_bytes(value, key));
}

void GgufWriter::texts(const std::string& key, const std::vector<std::string>& values) {
  add(key, static_cast<std::uint32_t>(GgufKind::array),
      array_bytes(GgufKind::text, values.size(), [&](std::size_t i) { return text_bytes(values[i], key); }));
}

void GgufWriter::f32s(const std::string& key, const std::vector<float>& values) {
  add(key, static_cast<std::uint32_t>(GgufKind::array),
      array_bytes(GgufKind::f32, values.size(), [&](std::size_t i) { return f32_bytes(values[i]); }));
}

void GgufWriter::i32s(const std::string& key, const std::vector<std::int32_t>& values) {
  add(key, static_cast<std::uint32_t>(GgufKind::array), array_bytes(GgufKind::i32, values.size(), [&](std::size_t i) {
        return little_endian(static_cast<std::uint32_t>(values[i]), 4);
      }));
}

void GgufWriter::copy(const std::string& key, const GgufReader& from) {
  const auto [kind, bytes] = from.raw(key);
  add(key, kind, std::string(bytes));
}

void GgufWriter::tensor(const std::string& name, const Tensor& x, const std::string& type) {
  const GgufType& ggml = type_of(type);
  check(x.defined() && x.device().type != DeviceType::meta, "GgufWriter: tensor {} has no numbers", shortened(name));
  check(is_floating(x.dtype()), "GgufWriter: tensor {} is {}, which is not floating", shortened(name), x.dtype());
  check(x.ndim() <= 4, "GgufWriter: tensor {} has {} dimensions; ggml's have 4 at most", shortened(name), x.ndim());
  const std::int64_t row = x.ndim() == 0 ? 1 : x.shape().back();
  check(row % ggml.numbers == 0, "GgufWriter: tensor {}: rows of {} numbers are not made of {}'s blocks of {}",
        shortened(name), row, type, ggml.numbers);
  check(names_.insert(name).second, "GgufWriter: the tensor {} is there already", shortened(name));
  tensors_.push_back({name, x, type});
}

void GgufWriter::write(const std::string& path) const {
  AtomicFile file(path);
  write(file);
  file.commit();
}

void GgufWriter::write(AtomicFile& file) const {
  NoGrad no_grad;
  std::string header =
      "GGUF" + little_endian(3, 4) + little_endian(tensors_.size(), 8) + little_endian(keys_.size(), 8) + key_bytes_;
  std::uint64_t offset = 0;
  for (const auto& [name, x, type_name] : tensors_) {
    const GgufType& type = type_of(type_name);
    header += text_bytes(name, name) + little_endian(static_cast<std::uint64_t>(x.ndim()), 4);
    for (int i = x.ndim(); i > 0; --i) header += little_endian(static_cast<std::uint64_t>(x.shape()[i - 1]), 8);
    header += little_endian(type.number, 4) + little_endian(offset, 8);
    offset += padded(bytes_of(x, type));
  }
  header.resize(padded(header.size()), '\0');
  file.write(header);
  for (const auto& [name, x, type_name] : tensors_) {
    const GgufType& type = type_of(type_name);
    const Tensor flat = reshape(contiguous(to(x, cpu)), {x.numel()});
    for (std::int64_t begin = 0; begin < x.numel(); begin += numbers_at_once) {
      const std::int64_t count = std::min(numbers_at_once, x.numel() - begin);
      const Tensor part = contiguous(to(slice(flat, 0, begin, begin + count), type.dtype.value_or(float32)));
      check_finite({{name, part}}, file.path());
      if (type.dtype) {
        file.write(part.raw(), static_cast<std::size_t>(count) * size_of(part.dtype()));
        continue;
      }
      const float* numbers = part.data<float>();
      const auto beyond = std::find_if(numbers, numbers + count, [&](float x) { return std::abs(x) > type.largest; });
      if (beyond != numbers + count)
        fail("{}: {} has the number {}, which {} can't say; write F32", file.path(), shortened(name), *beyond,
             type_name);
      std::string blocks(bytes_of(part, type), '\0');
      encode_gguf_blocks(type, numbers, count / type.numbers, reinterpret_cast<std::byte*>(blocks.data()));
      file.write(blocks);
    }
    const std::uint64_t bytes = bytes_of(x, type);
    file.write(std::string(padded(bytes) - bytes, '\0'));
  }
}

}  // namespace adora
