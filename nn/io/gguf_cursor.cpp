#include "gguf_cursor.h"

#include <cmath>
#include <cstring>

#include "../../core/error.h"
#include "../../core/utf8.h"

namespace adora {
namespace {

/// What a value of the kind takes at least.
std::uint64_t least_bytes(GgufKind kind) {
  constexpr std::uint64_t bytes[] = {1, 1, 2, 2, 4, 4, 4, 1, 8, 12, 8, 8, 8};
  return bytes[static_cast<std::uint32_t>(kind)];
}

/// Arrays of arrays: nobody writes more than one level.
constexpr int deepest = 8;

}  // namespace

std::string to_string(GgufKind kind) {
  constexpr const char* names[] = {"u8",   "i8",     "u16",   "i16", "u32", "i32", "f32",
                                   "bool", "string", "array", "u64", "i64", "f64"};
  const auto number = static_cast<std::uint32_t>(kind);
  return number < std::size(names) ? names[number] : fmt::format("a kind with the number {}", number);
}

std::string_view GgufCursor::take(std::uint64_t count, const std::string& what) {
  if (count > left())
    fail("{}: is cut off: {} takes {} bytes at byte {}, and the file has {}", path_, what, count, at_, bytes_.size());
  const std::string_view taken = bytes_.substr(at_, count);
  at_ += count;
  return taken;
}

template <class T> T GgufCursor::number(const std::string& what) {
  T value;
  std::memcpy(&value, take(sizeof(T), what).data(), sizeof(T));
  return value;
}

std::uint32_t GgufCursor::u32(const std::string& what) { return number<std::uint32_t>(what); }
std::uint64_t GgufCursor::u64(const std::string& what) { return number<std::uint64_t>(what); }

std::string_view GgufCursor::text(const std::string& what) {
  const std::string_view text = take(u64(what), what);
  if (const std::size_t at = find_invalid_utf8(text); at != text.npos)
    fail("{}: {} is not UTF-8 at its byte {}", path_, what, at);
  return text;
}

GgufKind GgufCursor::kind(const std::string& what) {
  const auto kind = static_cast<GgufKind>(u32(what));
  if (kind > GgufKind::f64) fail("{}: {} is of {}, which there is not", path_, what, to_string(kind));
  return kind;
}

GgufCursor::Array GgufCursor::array(const std::string& what) {
  const GgufKind of = kind(what);
  const std::uint64_t count = u64(what);
  if (count > left() / least_bytes(of))
    fail("{}: {} would be {} values of {}, for which the file's {} bytes have no room", path_, what, count,
         to_string(of), bytes_.size());
  return {of, count};
}

void GgufCursor::pass(GgufKind kind, const std::string& what, int depth) {
  if (kind == GgufKind::text) {
    text(what);
  } else if (kind == GgufKind::array) {
    if (depth == deepest) fail("{}: {} has arrays that are nested deeper than {} levels", path_, what, deepest);
    const Array list = array(what);
    if (list.kind == GgufKind::text || list.kind == GgufKind::array || list.kind == GgufKind::boolean)
      for (std::uint64_t i = 0; i < list.count; ++i) pass(list.kind, what, depth + 1);
    else take(list.count * least_bytes(list.kind), what);
  } else if (kind == GgufKind::boolean) {
    const auto byte = number<std::uint8_t>(what);
    if (byte > 1) fail("{}: {} is a truth value of {}, which must be 0 or 1", path_, what, byte);
  } else {
    take(least_bytes(kind), what);
  }
}

Json GgufCursor::value(GgufKind kind, const std::string& what, std::uint64_t& left) {
  if (left-- == 0) fail("{}: {} has more values than are read", path_, what);
  switch (kind) {
    case GgufKind::u8: return std::int64_t{number<std::uint8_t>(what)};
    case GgufKind::i8: return std::int64_t{number<std::int8_t>(what)};
    case GgufKind::u16: return std::int64_t{number<std::uint16_t>(what)};
    case GgufKind::i16: return std::int64_t{number<std::int16_t>(what)};
    case GgufKind::u32: return std::int64_t{number<std::uint32_t>(what)};
    case GgufKind::i32: return std::int64_t{number<std::int32_t>(what)};
    case GgufKind::f32: return static_cast<double>(number<float>(what));
    case GgufKind::boolean: return number<std::uint8_t>(what) != 0;
    case GgufKind::text: return std::string(text(what));
    case GgufKind::array: {
      const Array list = array(what);
      if (list.count > left) fail("{}: {} has {} values, more than are read", path_, what, list.count);
      Json::Array values;
      values.reserve(list.count);
      for (std::uint64_t i = 0; i < list.count; ++i) values.push_back(value(list.kind, what, left));
      return values;
    }
    case GgufKind::u64: {
      const auto whole = number<std::uint64_t>(what);
      if (whole <= static_cast<std::uint64_t>(INT64_MAX)) return static_cast<std::int64_t>(whole);
      return static_cast<double>(whole);
    }
    case GgufKind::i64: return number<std::int64_t>(what);
    case GgufKind::f64: return number<double>(what);
  }
  fail("{}: {} is of {}, which there is not", path_, what, to_string(kind));
}

}  // namespace adora
