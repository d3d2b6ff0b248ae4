#define PCRE2_CODE_UNIT_WIDTH 8
#include "regex.h"

#include <pcre2.h>

#include "../../core/error.h"
#include "../../core/utf8.h"
#include "oniguruma.h"
#include "python_regex.h"

namespace adora {
namespace {

// What one match may take: a hostile expression ends in an error.
constexpr std::uint32_t most_steps = 10'000'000;
constexpr std::uint32_t most_kibibytes = 65536;
constexpr std::size_t longest_expression = 65536;
constexpr std::size_t least_stack = std::size_t{32} << 10, most_stack = std::size_t{8} << 20;

std::string message(int code) {
  PCRE2_UCHAR text[256];
  pcre2_get_error_message(code, text, sizeof text);
  return reinterpret_cast<const char*>(text);
}

}  // namespace

struct Regex::Compiled {
  pcre2_code* code = nullptr;
  bool jit = false;
  ~Compiled() { pcre2_code_free(code); }
};

struct Regex::Search::State {
  pcre2_match_data* data = nullptr;
  pcre2_match_context* context = nullptr;
  pcre2_jit_stack* stack = nullptr;

  int match(const Compiled& expression, PCRE2_SPTR subject, std::size_t size, std::size_t from) const {
    const auto run = expression.jit ? pcre2_jit_match : pcre2_match;
    return run(expression.code, subject, size, from, PCRE2_NO_UTF_CHECK, data, context);
  }
  bool enlarge_stack() {
    if (stack) return false;
    stack = pcre2_jit_stack_create(least_stack, most_stack, nullptr);
    if (stack) pcre2_jit_stack_assign(context, nullptr, stack);
    return stack != nullptr;
  }
  ~State() {
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
    pcre2_jit_stack_free(stack);
  }
};

Regex::Regex(std::string_view expression, std::string where, RegexSyntax syntax)
    : compiled_(std::make_unique<Compiled>()), where_(std::move(where)) {
  check(expression.size() <= longest_expression, "{}: a regular expression of {} bytes is too long", where_,
        expression.size());
  const bool python = syntax == RegexSyntax::python;
  const std::string pattern = python ? from_python(expression, where_) : from_oniguruma(expression, where_);
  // Python's ^ and $ are those of the text.
  const std::uint32_t options =
      PCRE2_UTF | PCRE2_UCP | PCRE2_NO_UTF_CHECK | PCRE2_NEVER_BACKSLASH_C | (python ? 0 : PCRE2_MULTILINE);
  const std::unique_ptr<pcre2_compile_context, void (*)(pcre2_compile_context*)> context(
      pcre2_compile_context_create(nullptr), pcre2_compile_context_free);
  check(context != nullptr, "{}: out of memory", where_);
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  pcre2_set_parens_nest_limit(context.get(), 100);
  int error = 0;
  PCRE2_SIZE at = 0;
  compiled_->code =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), options, &error, &at, context.get());
  check(compiled_->code != nullptr, "{}: the regular expression {} can't be used: {}", where_,
        shortened(expression, 60), error == 0 ? "" : message(error));
  // Not every machine has it.
  compiled_->jit = pcre2_jit_compile(compiled_->code, PCRE2_JIT_COMPLETE) == 0;
}

Regex::Regex(Regex&&) noexcept = default;
Regex::~Regex() = default;

Regex::Search::Search(const Regex& regex) : regex_(regex), state_(std::make_unique<State>()) {
  state_->data = pcre2_match_data_create_from_pattern(regex.compiled_->code, nullptr);
  state_->context = pcre2_match_context_create(nullptr);
  check(state_->data && state_->context, "{}: out of memory", regex.where_);
  pcre2_set_match_limit(state_->context, most_steps);
  pcre2_set_heap_limit(state_->context, most_kibibytes);
}

Regex::Search::~Search() = default;

void Regex::Search::start(std::string_view text) {
  text_ = text;
  from_ = 0;
  last_end_ = text.npos;
}

bool Regex::Search::next(Span& match) {
  while (from_ <= text_.size()) {
    const auto* subject = reinterpret_cast<PCRE2_SPTR>(text_.data());
    // A view of nothing may have no address.
    if (!subject) subject = reinterpret_cast<PCRE2_SPTR>("");
    int found = state_->match(*regex_.compiled_, subject, text_.size(), from_);
    // Few expressions need more than what the machine's stack has for them.
    if (found == PCRE2_ERROR_JIT_STACKLIMIT && state_->enlarge_stack())
      found = state_->match(*regex_.compiled_, subject, text_.size(), from_);
    if (found == PCRE2_ERROR_NOMATCH) break;
    check(found >= 0, "{}: the regular expression takes too much on a text of {} bytes: {}", regex_.where_,
          text_.size(), found < 0 ? message(found) : "");
    const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(state_->data);
    match = {ends[0], ends[1]};
    check(match.begin <= match.end && match.begin >= from_, "{}: the regular expression matches backwards",
          regex_.where_);
    if (match.begin == match.end && match.end == last_end_) {
      from_ += from_ < text_.size() ? utf8_character(text_, from_) : 1;
      continue;
    }
    from_ = last_end_ = match.end;
    return true;
  }
  from_ = text_.size() + 1;
  return false;
}

}  // namespace adora
