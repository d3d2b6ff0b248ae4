#pragma once
// Not in adora.h: the library's own.
#include <map>
#include <memory>
#include <string>

#include "../../core/error.h"
#include "../../core/listed.h"
#include "../io/json_fields.h"

// The parts that a tokenizer.json is put together from. The file of each kind registers it under its "type", and
// nothing else is edited:
//
//     const RegisterTokenizerPart<Normalizer> registered{"Prepend", read_prepend};

namespace adora {

/// Makes a part from its fields. It asks for each field that it understands; any other is refused by its caller.
template <class Part> using ReadTokenizerPart = std::unique_ptr<Part> (*)(JsonFields& fields);

template <class Part> std::map<std::string, ReadTokenizerPart<Part>>& tokenizer_parts() {
  static std::map<std::string, ReadTokenizerPart<Part>> all;
  return all;
}

template <class Part> struct RegisterTokenizerPart {
  RegisterTokenizerPart(const std::string& type, ReadTokenizerPart<Part> read) {
    tokenizer_parts<Part>().emplace(type, read);
  }
};

/// Throws `Error` naming the file and the fields that nobody has read.
inline void refuse_unread(const JsonFields& fields) {
  const std::vector<std::string> unread = fields.unread();
  check(unread.empty(), "{}: {} is not understood here", fields.where(), listed(unread));
}

/// `otherwise` is the type of an object that has none, as older files leave it out; empty: it must have one.
template <class Part>
std::unique_ptr<Part> read_tokenizer_part(const Json& json, const std::string& where,
                                          const std::string& otherwise = "") {
  JsonFields fields(json, where);
  const std::string type = otherwise.empty() ? fields.text("type") : fields.text("type", otherwise);
  const auto found = tokenizer_parts<Part>().find(type);
  if (found == tokenizer_parts<Part>().end()) {
    std::string known;
    for (const auto& [name, read] : tokenizer_parts<Part>()) known += (known.empty() ? "one of " : ", ") + name;
    fields.refuse("type", known);
  }
  auto part = found->second(fields);
  refuse_unread(fields);
  return part;
}

/// The parts of a list, of a "Sequence", in their order.
template <class Part>
std::vector<std::unique_ptr<Part>> read_tokenizer_parts(JsonFields& fields, const std::string& name) {
  const Json* json = fields.find(name);
  const auto* list = json ? json->get<Json::Array>() : nullptr;
  if (!list) fields.refuse(name, "a list of objects");
  std::vector<std::unique_ptr<Part>> parts;
  for (std::size_t i = 0; i < list->size(); ++i)
    parts.push_back(read_tokenizer_part<Part>((*list)[i], fmt::format("{}: {}[{}]", fields.where(), name, i)));
  return parts;
}

}  // namespace adora
