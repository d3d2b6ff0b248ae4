#pragma once
// Not in adora.h: the library's own.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "../io/json_fields.h"

namespace adora {

/// Texts of tokens and their numbers, which may have holes.
class Vocabulary {
 public:
  /// Numbers lie below this. Of two texts with one number, or the other way round, the later one counts.
  static constexpr std::int64_t most = std::int64_t{1} << 24;

  Vocabulary() = default;
  Vocabulary(Vocabulary&&) = default;
  Vocabulary& operator=(Vocabulary&&) = default;

  void add(std::string text, std::int64_t id);
  std::optional<std::int64_t> id(std::string_view text) const;
  /// Null where there is none.
  const std::string* text(std::int64_t id) const;
  std::size_t count() const { return ids_.size(); }
  /// One above the largest.
  std::int64_t size() const { return size_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>> ids_;
  // Keys of a map stay where they are.
  std::unordered_map<std::int64_t, const std::string*> texts_;
  std::int64_t size_ = 0;
};

/// The field "vocab": an object of tokens and their numbers.
Vocabulary read_vocabulary(JsonFields& fields);

}  // namespace adora
