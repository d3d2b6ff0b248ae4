#pragma once
// Not in adora.h: the library's own.
#include "parser.h"

namespace adora::jinja {

/// What a block writes, as a value, put through filters: {% filter a | b %}…{% endfilter %}.
class Written {
 public:
  /// Takes the filters from the present place, and the block up to the tag `end`.
  Written(Parser& parser, std::string_view end, bool begins_with_filter = false);
  Value value(Run& run) const;

 private:
  ExpressionPtr filtered_;  ///< null: as written
  Statements body_;
};

/// A block that breaks and continues of a loop around it can't leave.
Statements closed_body(Parser& parser, std::string_view end);

}  // namespace adora::jinja
