#include "written.h"

namespace adora::jinja {
namespace {

/// No template can have a variable of this name.
constexpr const char* text_name = " written";

}  // namespace

Statements closed_body(Parser& parser, std::string_view end) {
  const int loops = std::exchange(parser.loops, 0);
  Statements body = parser.body({end});
  parser.loops = loops;
  return body;
}

Written::Written(Parser& parser, std::string_view end, bool begins_with_filter) {
  ExpressionPtr text = make_name(parser.line(), text_name);
  if (begins_with_filter) filtered_ = parser.filters(parser.filter(std::move(text), false));
  else if (parser.look().is("|")) filtered_ = parser.filters(std::move(text));
  body_ = closed_body(parser, end);
}

Value Written::value(Run& run) const {
  Capture capture(run);
  Within within(run);
  run_all(body_, run);
  Value text(std::move(capture.text));
  if (!filtered_) return text;
  run.set(text_name, std::move(text));
  return filtered_->evaluate(run);
}

}  // namespace adora::jinja
