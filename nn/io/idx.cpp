#include "idx.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "file.h"
#include "gzip.h"

namespace adora {
namespace {

static_assert(std::endian::native == std::endian::little);

template <class From, class To> void read_elements(std::string_view bytes, const Tensor& x) {
  To* out = x.data<To>();
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    char element[sizeof(From)] = {};
    // The highest byte stands first.
    std::reverse_copy(bytes.begin() + i * static_cast<std::int64_t>(sizeof(From)),
                      bytes.begin() + (i + 1) * static_cast<std::int64_t>(sizeof(From)), element);
    From value;
    std::memcpy(&value, element, sizeof(From));
    out[i] = static_cast<To>(value);
  }
}

struct IdxType {
  int code;
  std::size_t bytes;
  DType dtype;
  void (*read)(std::string_view bytes, const Tensor& x);
};
constexpr IdxType types[] = {{0x08, 1, uint8, read_elements<std::uint8_t, std::uint8_t>},
                             {0x09, 1, int32, read_elements<std::int8_t, std::int32_t>},
                             {0x0b, 2, int32, read_elements<std::int16_t, std::int32_t>},
                             {0x0c, 4, int32, read_elements<std::int32_t, std::int32_t>},
                             {0x0d, 4, float32, read_elements<float, float>},
                             {0x0e, 8, float64, read_elements<double, double>}};

Tensor tensor_of_idx(std::string_view bytes, const std::string& path) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  check(bytes.size() >= 4 && byte(0) == 0 && byte(1) == 0, "{}: is no idx file", path);
  const auto* type = std::find_if(std::begin(types), std::end(types), [&](auto& each) { return each.code == byte(2); });
  check(type != std::end(types), "{}: is no idx file: its elements are of the unknown type {:#04x}", path, byte(2));
  const std::size_t dims = byte(3), begin = 4 + 4 * dims;
  check(dims <= static_cast<std::size_t>(Shape::max_size) && bytes.size() >= begin,
        "{}: is no idx file, or its end is missing", path);
  Shape shape;
  for (std::size_t d = 0; d < dims; ++d) {
    const std::size_t at = 4 + 4 * d;
    shape.push_back(std::int64_t{byte(at)} << 24 | byte(at + 1) << 16 | byte(at + 2) << 8 | byte(at + 3));
  }
  const std::uint64_t element_bytes = bytes.size() - begin,
                      count = static_cast<std::uint64_t>(numel(shape, path.c_str()));
  check(element_bytes % type->bytes == 0 && element_bytes / type->bytes == count,
        "{}: has {} bytes of elements, which is not what its shape {} takes", path, element_bytes, shape);
  Tensor x = empty(shape, type->dtype, cpu);
  type->read(bytes.substr(begin), x);
  return x;
}

}  // namespace

Tensor read_idx(const std::string& path) {
  const MappedFile file(path);
  if (!detail::is_gzip(file.text())) return tensor_of_idx(file.text(), path);
  return tensor_of_idx(detail::gunzip(file.text(), path), path);
}

}  // namespace adora
