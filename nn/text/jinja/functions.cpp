#include <ctime>

#include "../../../core/error.h"
#include "access.h"
#include "callables.h"
#include "characters.h"

namespace adora::jinja {
namespace {

Value range(Run& run, const Value&, const Arguments& arguments) {
  const auto& given = arguments.positional;
  check(!given.empty() && given.size() <= 3 && arguments.named.empty(), "range takes one to three whole numbers");
  const auto number = [&](std::size_t i) { return integer_of(&given[i], "range", "number"); };
  const std::int64_t start = given.size() > 1 ? number(0) : 0, stop = number(given.size() > 1 ? 1 : 0);
  const std::int64_t step = given.size() > 2 ? number(2) : 1;
  check(step != 0, "range: its step can't be 0");
  // As many as Jinja's sandbox allows.
  constexpr std::int64_t most = 100'000;
  Sequence numbers{{}, Sequence::range};
  for (std::int64_t at = start; step > 0 ? at < stop : at > stop;) {
    check(static_cast<std::int64_t>(numbers.elements.size()) < most, "range gives more than {} numbers", most);
    run.spend(1);
    numbers.elements.push_back(at);
    if (__builtin_add_overflow(at, step, &at)) break;
  }
  return numbers;
}

Value dict(Run&, const Value&, const Arguments& arguments) {
  Mapping mapping;
  check(arguments.positional.size() < 2, "dict takes one dict at most");
  for (const Value& one : arguments.positional) {
    check(one.mapping() != nullptr, "dict takes a dict, not a value of the type {}", one.type());
    mapping = *one.mapping();
  }
  for (const auto& [name, value] : arguments.named) mapping.set(name, value);
  return mapping;
}

Value raise_exception(Run&, const Value&, const Arguments& arguments) {
  const auto [message] = arguments.bind("raise_exception", {"message"});
  fail("the template refuses this chat: {}", text_of(message, "raise_exception", "message"));
}

Value strftime_now(Run& run, const Value&, const Arguments& arguments) {
  const auto [form] = arguments.bind("strftime_now", {"format"});
  const std::string& format = text_of(form, "strftime_now", "format");
  check(format.size() < 1000, "strftime_now: a format of more than 1000 bytes");
  std::tm local{};
  check(localtime_r(&run.now, &local) != nullptr, "strftime_now: the time is out of range");
  char text[16384];
  // A mark at the end tells an empty result from one that is too long.
  const std::size_t length = std::strftime(text, sizeof text, (format + "|").c_str(), &local);
  check(length > 0, "strftime_now: the format \"{}\" can't be used", shortened(format, 40));
  return std::string(text, length - 1);
}

const RegisterFunction functions[] = {
    {"range", range},
    {"dict", dict},
    {"raise_exception", raise_exception},
    {"strftime_now", strftime_now},
};

}  // namespace
}  // namespace adora::jinja
