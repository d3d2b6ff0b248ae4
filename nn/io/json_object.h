#pragma once
#include <initializer_list>
#include <iterator>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace adora {

class Json;

/// The fields of a JSON object, in the order in which they were added: that of the file, where they were read. Names
/// are unique. A name is found without going over all of them, however many there are. References and iterators stay
/// valid until their own field is erased. Use it as Json::Object (json.h).
class JsonObject {
 public:
  using value_type = std::pair<const std::string, Json>;
  using iterator = std::list<value_type>::iterator;
  using const_iterator = std::list<value_type>::const_iterator;

  JsonObject();
  /// Of several fields of one name the first counts.
  JsonObject(std::initializer_list<value_type> fields);
  template <std::input_iterator It> JsonObject(It first, It last);
  JsonObject(const JsonObject& other);
  JsonObject(JsonObject&& other) noexcept;
  JsonObject& operator=(const JsonObject& other);
  JsonObject& operator=(JsonObject&& other) noexcept;
  ~JsonObject();

  std::size_t size() const { return fields_.size(); }
  bool empty() const { return fields_.empty(); }
  iterator begin() { return fields_.begin(); }
  iterator end() { return fields_.end(); }
  const_iterator begin() const { return fields_.begin(); }
  const_iterator end() const { return fields_.end(); }

  iterator find(std::string_view name);
  const_iterator find(std::string_view name) const;
  bool contains(std::string_view name) const;
  /// `Error` where there is none of that name.
  const Json& at(std::string_view name) const;
  Json& at(std::string_view name);
  /// The field of that name, a new one at the end, null, where there is none.
  Json& operator[](std::string_view name);
  /// Adds a field of value null at the end unless there is one of that name; whether it was added.
  std::pair<iterator, bool> try_emplace(std::string name);
  /// How many there were: 0 or 1.
  std::size_t erase(std::string_view name);

  /// Whether both have the same fields, in whatever order.
  friend bool operator==(const JsonObject& a, const JsonObject& b);

 private:
  struct Index;
  void note(iterator added);

  std::list<value_type> fields_;
  std::unique_ptr<Index> index_;  ///< where there are more than a few
};

template <std::input_iterator It> JsonObject::JsonObject(It first, It last) : JsonObject() {
  for (; first != last; ++first) {
    auto [at, added] = try_emplace(first->first);
    if (added) at->second = first->second;
  }
}

}  // namespace adora
