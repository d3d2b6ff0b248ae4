#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>

#include "error.h"
#include "half.h"

namespace adora {

/// What C++ counts with.
template <class T>
concept Number = std::is_arithmetic_v<T>;

/// The type of a tensor's elements.
enum class DType : std::uint8_t { float32, float64, bfloat16, float16, int64, int32, uint8, boolean };

inline constexpr DType float32 = DType::float32;
inline constexpr DType float64 = DType::float64;
inline constexpr DType bfloat16 = DType::bfloat16;
inline constexpr DType float16 = DType::float16;
inline constexpr DType int64 = DType::int64;
inline constexpr DType int32 = DType::int32;
inline constexpr DType uint8 = DType::uint8;
inline constexpr DType boolean = DType::boolean;

/// Every dtype, for loops over them.
inline constexpr DType all_dtypes[] = {float32, float64, bfloat16, float16, int64, int32, uint8, boolean};

/// The dtype's name as a user writes it, such as "float32" or "bool".
constexpr std::string_view name(DType dtype) {
  constexpr std::string_view names[] = {"float32", "float64", "bfloat16", "float16", "int64", "int32", "uint8", "bool"};
  return names[static_cast<int>(dtype)];
}

inline std::string to_string(DType dtype) { return std::string(name(dtype)); }
inline std::ostream& operator<<(std::ostream& out, DType dtype) { return out << name(dtype); }

/// Bytes of one element.
constexpr std::size_t size_of(DType dtype) {
  constexpr std::size_t sizes[] = {4, 8, 2, 2, 8, 4, 1, 1};
  return sizes[static_cast<int>(dtype)];
}

constexpr bool is_floating(DType dtype) { return dtype <= DType::float16; }

template <class T> constexpr DType dtype_of() {
  if constexpr (std::is_same_v<T, float>) return float32;
  else if constexpr (std::is_same_v<T, double>) return float64;
  else if constexpr (std::is_same_v<T, bf16>) return bfloat16;
  else if constexpr (std::is_same_v<T, f16>) return float16;
  else if constexpr (std::is_same_v<T, std::int64_t>) return int64;
  else if constexpr (std::is_same_v<T, std::int32_t>) return int32;
  else if constexpr (std::is_same_v<T, std::uint8_t>) return uint8;
  else {
    static_assert(std::is_same_v<T, bool>, "not an element type");
    return boolean;
  }
}

/// The type arithmetic on T is done in: float for the two half types.
template <class T> using Compute = std::conditional_t<std::is_same_v<T, bf16> || std::is_same_v<T, f16>, float, T>;

/// Calls `f.template operator()<T>()` with the C++ type of `dtype`.
template <class F> decltype(auto) visit(DType dtype, F&& f) {
  switch (dtype) {
    case DType::float32: return f.template operator()<float>();
    case DType::float64: return f.template operator()<double>();
    case DType::bfloat16: return f.template operator()<bf16>();
    case DType::float16: return f.template operator()<f16>();
    case DType::int64: return f.template operator()<std::int64_t>();
    case DType::int32: return f.template operator()<std::int32_t>();
    case DType::uint8: return f.template operator()<std::uint8_t>();
    case DType::boolean: return f.template operator()<bool>();
  }
  fail("a dtype with the number {} does not exist", static_cast<int>(dtype));
}

/// Calls f.template operator()<Word>() with an unsigned type of the dtype's size, for moving elements.
template <class F> void visit_word(DType dtype, F&& f) {
  switch (size_of(dtype)) {
    case 1: return f.template operator()<std::uint8_t>();
    case 2: return f.template operator()<std::uint16_t>();
    case 4: return f.template operator()<std::uint32_t>();
    default: return f.template operator()<std::uint64_t>();
  }
}

/// As `visit`, for the four floating dtypes; any other is an error that names `op`.
template <class F> decltype(auto) visit_floating(const char* op, DType dtype, F&& f) {
  switch (dtype) {
    case DType::float32: return f.template operator()<float>();
    case DType::float64: return f.template operator()<double>();
    case DType::bfloat16: return f.template operator()<bf16>();
    case DType::float16: return f.template operator()<f16>();
    default: fail("{}: works on floating tensors, not on {}; convert with to(x, float32)", op, name(dtype));
  }
}

}  // namespace adora
template <> struct fmt::formatter<adora::DType> : adora::detail::Formatter<adora::DType> {};
