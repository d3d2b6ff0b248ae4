// Renders templates, for tests/chat/check.py: for a line {"template": ..., "given": {...}, "now": 0} the text as a JSON
// string, or what was wrong in a list.
#include <iostream>

#include "../../core/error.h"
#include "../../nn/text/jinja/template.h"

using namespace adora;

namespace {

Json rendered(const std::string& line) {
  const jinja::Value value = jinja::parse_value(line, "the line");
  const jinja::Mapping& fields = *value.mapping();
  const jinja::Template made(*fields.named("template")->text(), "template");
  return made.render(*fields.named("given")->mapping(), fields.named("now")->integer().value()).text;
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    try {
      std::cout << rendered(line).dump(-1) << '\n';
    } catch (const Error& error) {
      std::cout << Json(Json::Array{std::string(error.what())}).dump(-1) << '\n';
    }
  }
}
