#pragma once
// Not in adora.h: the library's own.
#include <memory>
#include <vector>

#include "run.h"

namespace adora::jinja {

/// How a statement ends: what follows it runs, or a loop is left or goes on.
enum class Flow { next, leave_loop, next_turn };

/// A part of a template that does something, such as writing.
class Statement {
 public:
  virtual ~Statement() = default;
  virtual Flow run(Run& run) const = 0;
};

using StatementPtr = std::unique_ptr<Statement>;
using Statements = std::vector<StatementPtr>;

/// Runs them in their order, until one leaves a loop or its turn.
Flow run_all(const Statements& statements, Run& run);

}  // namespace adora::jinja
