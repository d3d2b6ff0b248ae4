#pragma once
// Not in adora.h: the library's own.
#include <ctime>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "value.h"

namespace adora::jinja {

/// Names and their values: those of the template, of a loop's turn, or of a macro's call.
struct Scope {
  std::shared_ptr<Scope> parent;
  std::map<std::string, Value, std::less<>> values;
  int depth = 0;
};
/// A new scope in another. An error where it is in too many.
std::shared_ptr<Scope> scope_in(std::shared_ptr<Scope> parent);

/// Bytes [begin, end) of a text.
struct Span {
  std::size_t begin, end;
};

/// One rendering of a template: what it has written, and what it may still do. A template comes from anywhere, so that
/// its steps, the sizes of its values and the depth of its calls are bounded.
class Run {
 public:
  Run(std::shared_ptr<Scope> given, std::time_t now);
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  /// Counts work, in steps of about an operation on a number. An error where the template has done too much.
  void spend(std::size_t steps);
  /// Counts what it took to make or to look through a value.
  const Value& spend_for(const Value& value);
  void spend_bytes(std::string_view text) { spend(text.size() / 16); }

  /// Appends to what is being written.
  void write(std::string_view text);

  /// Whether what is written goes to the output at once.
  bool writes_output() const { return out_ == &output; }

  /// The value of a name; undefined where it has none.
  Value find(const std::string& name) const;
  void set(const std::string& name, Value value);
  const std::shared_ptr<Scope>& scope() const { return scope_; }

  /// What refers to itself, or may come to, is emptied in the end.
  void empty_in_the_end(std::shared_ptr<Scope> scope) { scopes_.push_back(std::move(scope)); }

  int line = 0;     ///< of the template, which an error names
  std::time_t now;  ///< what strftime_now gives
  std::string output;
  std::vector<Span> generation;       ///< of the output, what stands between generation and endgeneration
  bool generation_is_hidden = false;  ///< some of it stands in a macro or a block, where its place is not known

 private:
  friend class Capture;
  friend class Level;
  friend class Within;

  std::shared_ptr<Scope> scope_;
  std::string* out_ = &output;
  std::vector<std::shared_ptr<Scope>> scopes_;
  std::size_t left_;
  int level_ = 0;
};

/// While it is there, what is written goes to `text`.
class Capture {
 public:
  explicit Capture(Run& run) : run_(run), before_(std::exchange(run.out_, &text)) {}
  ~Capture() { run_.out_ = before_; }
  Capture(const Capture&) = delete;
  std::string text;

 private:
  Run& run_;
  std::string* before_;
};

/// While it is there, names are looked up and set in another scope.
class Within {
 public:
  Within(Run& run, std::shared_ptr<Scope> scope) : run_(run), before_(std::exchange(run.scope_, std::move(scope))) {}
  /// A new one in the present one.
  explicit Within(Run& run) : Within(run, scope_in(run.scope())) {}
  ~Within() { run_.scope_ = std::move(before_); }
  Within(const Within&) = delete;

 private:
  Run& run_;
  std::shared_ptr<Scope> before_;
};

/// While it is there, the template is a level deeper in itself. An error where it is too deep.
class Level {
 public:
  explicit Level(Run& run);
  ~Level() { --run_.level_; }
  Level(const Level&) = delete;

 private:
  Run& run_;
};

}  // namespace adora::jinja
