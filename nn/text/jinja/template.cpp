#include "template.h"

#include "../../../core/error.h"
#include "../../../core/utf8.h"
#include "parser.h"
#include "run.h"

namespace adora::jinja {

struct Template::Parsed {
  Statements statements;
};

Template::Template(std::string_view source, std::string where) : where_(std::move(where)) {
  constexpr std::size_t longest = std::size_t{1} << 20;
  check(source.size() <= longest, "{}: a template of more than {} bytes", where_, longest);
  const std::size_t invalid = find_invalid_utf8(source);
  check(invalid == std::string_view::npos, "{}: is not UTF-8 at byte {}", where_, invalid);
  try {
    parsed_ = std::make_unique<Parsed>(Parsed{Parser(source).parse()});
  } catch (const Error& error) {
    fail("{}: {}", where_, error.what());
  }
}

Template::Template(Template&&) noexcept = default;
Template& Template::operator=(Template&&) noexcept = default;
Template::~Template() = default;

Rendered Template::render(const Mapping& given, std::optional<std::time_t> now) const {
  const auto names = std::make_shared<Scope>();
  for (const auto& [name, value] : given.entries())
    if (const std::string* text = name.text()) names->values.emplace(*text, value);
  Run run(scope_in(names), now.value_or(std::time(nullptr)));
  run.empty_in_the_end(run.scope());
  try {
    run_all(parsed_->statements, run);
  } catch (const Error& error) {
    fail("{}: line {}: {}", where_, run.line, error.what());
  }
  Rendered rendered{std::move(run.output), {}, run.generation_is_hidden};
  for (const Span& span : run.generation) rendered.generation.emplace_back(span.begin, span.end);
  return rendered;
}

}  // namespace adora::jinja
