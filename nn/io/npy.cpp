#include "npy.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <optional>

#include "../../autograd/grad_mode.h"
#include "../../ops/creation.h"
#include "../../ops/view.h"
#include "atomic_file.h"
#include "file.h"
#include "npy_bytes.h"

namespace adora {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view magic = "\x93NUMPY";

/// An element type as the header spells it behind the order of bytes, and the dtype it is read as.
struct NpyType {
  std::string_view code;
  std::size_t bytes;
  DType dtype;
};
constexpr NpyType types[] = {{"f4", 4, float32}, {"f8", 8, float64}, {"f2", 2, float16}, {"i8", 8, int64},
                             {"i4", 4, int32},   {"u1", 1, uint8},   {"b1", 1, boolean}, {"i1", 1, int32},
                             {"i2", 2, int32},   {"u2", 2, int32},   {"u4", 4, int64}};

/// The header: a Python dict of three literals.
class NpyHeader {
 public:
  const NpyType* type = nullptr;
  bool big_endian = false;
  std::optional<bool> fortran_order;
  std::optional<Shape> shape;

  NpyHeader(std::string_view text, const std::string& where) : text_(text), where_(where) {
    expect('{');
    while (!taken('}')) {
      const std::string_view key = quoted();
      expect(':');
      if (key == "descr" && !type) read_type();
      else if (key == "fortran_order" && !fortran_order) fortran_order = truth();
      else if (key == "shape" && !shape) shape = sizes();
      else fail("{}: the key '{}' of the array's header is unknown or there twice", where_, key);
      if (!taken(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (!text_.empty() || !type || !fortran_order || !shape) refuse();
  }

 private:
  [[noreturn]] void refuse() { fail("{}: the array's header is not one that NumPy writes", where_); }
  void skip_space() { text_.remove_prefix(std::min(text_.find_first_not_of(" \n"), text_.size())); }
  bool taken(char c) {
    skip_space();
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!taken(c)) refuse();
  }
  std::string_view quoted() {
    skip_space();
    if (text_.empty() || (text_[0] != '\'' && text_[0] != '"')) refuse();
    const std::size_t end = text_.find(text_[0], 1);
    if (end == text_.npos) refuse();
    const std::string_view inside = text_.substr(1, end - 1);
    text_.remove_prefix(end + 1);
    return inside;
  }
  bool truth() {
    skip_space();
    for (const bool value : {true, false}) {
      const std::string_view word = value ? "True" : "False";
      if (!text_.starts_with(word)) continue;
      text_.remove_prefix(word.size());
      return value;
    }
    refuse();
  }
  void read_type() {
    skip_space();
    check(text_.starts_with('\'') || text_.starts_with('"'), "{}: the array has records, not numbers", where_);
    const std::string_view code = quoted();
    if (code.size() > 1 && std::string_view("<>|=").find(code[0]) != code.npos) {
      big_endian = code[0] == '>';
      const auto* found = std::find_if(std::begin(types), std::end(types),
                                       [&](const NpyType& each) { return each.code == code.substr(1); });
      if (found != std::end(types)) type = found;
    }
    check(type != nullptr,
          "{}: elements of NumPy's type '{}' can't be read; convert them with astype('float32') or another of "
          "float64, float16, int64, int32, uint8 and bool",
          where_, code);
  }
  Shape sizes() {
    Shape result;
    expect('(');
    while (!taken(')')) {
      skip_space();
      std::int64_t size = 0;
      const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), size);
      if (error != std::errc() || size < 0) refuse();
      text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
      check(result.size() < Shape::max_size, "{}: the array has more than {} dimensions", where_, Shape::max_size);
      result.push_back(size);
      if (!taken(',')) {
        expect(')');
        break;
      }
    }
    return result;
  }

  std::string_view text_;
  const std::string& where_;
};

template <class From, class To> void widen(const std::string& bytes, const Tensor& x) {
  To* out = x.data<To>();
  for (std::size_t i = 0; i < bytes.size() / sizeof(From); ++i) {
    From value;
    std::memcpy(&value, bytes.data() + i * sizeof(From), sizeof(From));
    out[i] = static_cast<To>(value);
  }
}

std::uint64_t whole_number(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[i - 1]);
  return value;
}

}  // namespace

Tensor detail::tensor_of_npy(std::string_view bytes, const std::string& where) {
  NoGrad no_grad;
  check(bytes.size() >= 10 && bytes.starts_with(magic), "{}: is no .npy file", where);
  const int version = static_cast<unsigned char>(bytes[6]);
  check(version >= 1 && version <= 3, "{}: has version {} of the .npy format; 1 to 3 are known", where, version);
  const std::size_t length_bytes = version == 1 ? 2 : 4, begin = 8 + length_bytes;
  check(bytes.size() >= begin, "{}: ends within the array's header", where);
  const std::uint64_t length = whole_number(bytes.substr(8, length_bytes));
  check(length <= bytes.size() - begin, "{}: ends within the array's header", where);
  const NpyHeader header(bytes.substr(begin, length), where);
  bytes.remove_prefix(begin + length);

  const auto count = static_cast<std::uint64_t>(numel(*header.shape, where.c_str()));
  check(bytes.size() % header.type->bytes == 0 && bytes.size() / header.type->bytes == count,
        "{}: has {} bytes of elements, which is not what its shape {} takes", where, bytes.size(), *header.shape);

  std::string elements(bytes);
  if (header.big_endian) {
    const auto width = static_cast<std::ptrdiff_t>(header.type->bytes);
    for (auto at = elements.begin(); at != elements.end(); at += width) std::reverse(at, at + width);
  }
  Shape shape = *header.shape;
  if (*header.fortran_order) std::reverse(shape.begin(), shape.end());
  Tensor x = empty(shape, header.type->dtype, cpu);
  const std::string_view code = header.type->code;
  if (code == "i1") widen<std::int8_t, std::int32_t>(elements, x);
  else if (code == "i2") widen<std::int16_t, std::int32_t>(elements, x);
  else if (code == "u2") widen<std::uint16_t, std::int32_t>(elements, x);
  else if (code == "u4") widen<std::uint32_t, std::int64_t>(elements, x);
  else if (!elements.empty()) std::memcpy(x.raw(), elements.data(), elements.size());
  if (code == "b1") {
    // Any byte but 0 is true to NumPy; here true is 1.
    auto* byte = static_cast<unsigned char*>(x.raw());
    for (std::int64_t i = 0; i < x.numel(); ++i) byte[i] = byte[i] != 0;
  }
  if (!*header.fortran_order) return x;
  Shape order;
  for (int d = x.ndim() - 1; d >= 0; --d) order.push_back(d);
  return contiguous(permute(x, order));
}

std::string detail::npy_header(const Tensor& x, const std::string& where) {
  check(x.dtype() != bfloat16, "{}: NumPy has no bfloat16; convert the tensor with to(x, float32)", where);
  const auto* type =
      std::find_if(std::begin(types), std::end(types), [&](const NpyType& each) { return each.dtype == x.dtype(); });
  std::string sizes;
  for (const std::int64_t size : x.shape()) sizes += fmt::format("{}, ", size);
  if (x.ndim() > 1) sizes.resize(sizes.size() - 2);
  else if (x.ndim() == 1) sizes.pop_back();
  std::string text = fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}), }}",
                                 type->bytes == 1 ? '|' : '<', type->code, sizes);
  // The elements begin at a multiple of 64.
  text.append(63 - (10 + text.size()) % 64, ' ');
  text += '\n';
  return std::string(magic) + '\1' + '\0' + static_cast<char>(text.size() & 0xff) +
         static_cast<char>(text.size() >> 8) + text;
}

Tensor read_npy(const std::string& path) { return detail::tensor_of_npy(MappedFile(path).text(), path); }

void write_npy(const std::string& path, const Tensor& x) {
  NoGrad no_grad;
  check_inputs("write_npy", {&x});
  const std::string header = detail::npy_header(x, path);
  const Tensor there = contiguous(to(x.detach(), cpu));
  AtomicFile file(path);
  file.write(header);
  file.write(there.raw(), static_cast<std::size_t>(there.numel()) * size_of(there.dtype()));
  file.commit();
}

}  // namespace adora
