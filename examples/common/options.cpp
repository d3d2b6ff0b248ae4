#include "options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>

#include "../../core/error.h"
#include "config_file.h"

namespace adora::programs {

namespace {

/// " from 0 to 9223372036854775807", " above 0 and below infinity": both bounds, whatever the range.
template <class T> std::string range_text(const Range& range) {
  if constexpr (std::is_integral_v<T>) {
    using Limits = std::numeric_limits<T>;
    // Not every whole number near the limits is a double.
    auto bound = [](double x) {
      if (x <= static_cast<double>(Limits::min())) return Limits::min();
      return x >= static_cast<double>(Limits::max()) ? Limits::max() : static_cast<T>(x);
    };
    return fmt::format(" from {} to {}", bound(range.low), bound(range.high));
  } else {
    const std::string low = std::isfinite(range.low) ? fmt::format("{}", range.low) : "-infinity";
    const std::string high = std::isfinite(range.high) ? fmt::format("{}", range.high) : "infinity";
    const bool low_open = range.low_open || !std::isfinite(range.low);
    const bool high_open = range.high_open || !std::isfinite(range.high);
    return fmt::format(" {} {} {} {}", low_open ? "above" : "from", low,
                       high_open  ? "and below"
                       : low_open ? "up to"
                                  : "to",
                       high);
  }
}

template <class T> T parse_number(const std::string& name, const std::string& text, const Range& range) {
  constexpr bool whole = std::is_integral_v<T>;
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const double as_double = static_cast<double>(value);
  const bool good = error == std::errc() && end == text.data() + text.size() && std::isfinite(as_double) &&
                    (range.low_open ? as_double > range.low : as_double >= range.low) &&
                    (range.high_open ? as_double < range.high : as_double <= range.high);
  if (!good) fail("{} {}: expected a {}number{}", name, shortened(text), whole ? "whole " : "", range_text<T>(range));
  return value;
}

template <class T> std::string show(const std::optional<T>& value) {
  return value ? fmt::format("{}", *value) : "none";
}

/// How many letters have to be put in, left out, changed or exchanged with their neighbor to make `b` of `a`, where
/// both are short; many where one is not.
std::size_t edits(const std::string& a, const std::string& b) {
  constexpr std::size_t longest = 40;
  if (a.size() > longest || b.size() > longest) return longest;
  std::size_t cost[longest + 1][longest + 1];
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        cost[i][j] = i + j;
        continue;
      }
      const bool same = a[i - 1] == b[j - 1];
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

/// The words of a comma-separated list, none of them empty.
std::vector<std::string> split_list(const std::string& option, const std::string& text) {
  std::vector<std::string> words;
  check(!text.empty(), "{}: the value is empty", option);
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(',', start), text.size());
    words.push_back(text.substr(start, end - start));
    check(!words.back().empty(), "{} {}: there is nothing between two commas, or before or after one", option,
          shortened(text));
    start = end + 1;
  }
  return words;
}

}  // namespace

struct Options::State {
  struct Line {
    std::string left, help;
  };
  CLI::App app;
  std::string program, description;
  std::vector<Line> lines;
  std::string words;                          // what stands for itself, in the line on usage: " NAME"
  std::vector<std::function<void()>> checks;  // after all is read
  std::vector<std::string> names;             // of the options
  std::set<std::string> flags;
  std::vector<std::pair<std::string, std::string>> given;                  // in the order of the command line
  std::map<std::string, std::function<void(const std::string&)>> setters;  // of each option, which note it in `given`
  bool takes_config;
  std::string config;  // the file of --config

  State(std::string program, std::string description, bool takes_config)
      : program(std::move(program)), description(std::move(description)), takes_config(takes_config) {
    app.set_help_flag("-h,--help");
    app.allow_extras();
    if (!takes_config) return;
    names.emplace_back("--config");
    app.add_option_function<std::string>("--config",
                                         [this](const std::string& path) {
                                           check(!path.empty(), "--config: the value is empty");
                                           config = path;
                                         })
        ->expected(1);
  }

  void add(const std::string& name, const std::string& metavar, const std::string& help, const std::string& initial,
           std::function<void(const std::string&)> set) {
    names.push_back(name);
    lines.push_back(
        {fmt::format("{} {}", name, metavar), initial.empty() ? help : fmt::format("{} ({})", help, initial)});
    const auto note = [=, this](const std::string& text) {
      set(text);
      given.emplace_back(name, text);
    };
    setters[name] = note;
    app.add_option_function<std::string>(name, note)->expected(1);
  }

  /// The option of the nearest name, where a slip or two lead to it; empty where none does.
  std::string nearest_to(const std::string& name) const {
    std::string nearest;
    std::size_t least = std::string::npos;
    for (const std::string& option : names) {
      const std::size_t slips = edits(name, option), letters = option.size() - 2;
      if (slips < least && slips <= std::max<std::size_t>(1, letters / 3)) least = slips, nearest = option;
    }
    return nearest;
  }

  /// Sets what the file says and the command line did not.
  void follow_config() {
    const std::vector<std::pair<std::string, std::string>> on_command_line = given;
    for (const ConfigEntry& entry : read_config_file(config)) {
      const std::string option = "--" + entry.name;
      const auto setter = setters.find(option);
      if (setter == setters.end()) {
        const std::string nearest = nearest_to(option);
        fail("{}: line {}: {}: there is no such option{}; --help lists them", config, entry.line, shortened(entry.name),
             nearest.empty() ? "" : "; did you mean " + nearest.substr(2) + "?");
      }
      if (std::any_of(on_command_line.begin(), on_command_line.end(),
                      [&](const auto& one) { return one.first == option; }))
        continue;
      try {
        setter->second(entry.value);
      } catch (const Error& error) {
        fail("{}: line {}: {}", config, entry.line, error.what());
      }
    }
  }

  /// Throws the error for a word of the command line that belongs to no option.
  [[noreturn]] void refuse(const std::string& word) const {
    if (!word.starts_with('-'))
      fail("\"{}\" is an argument, and none is taken{}; --help lists the options", shortened(word),
           words.empty() ? "" : " beside" + words);
    const std::string nearest = nearest_to(word.substr(0, word.find('=')));
    check(nearest.empty(), "{}: there is no such option; did you mean {}? --help lists them all", shortened(word),
          nearest);
    fail("{}: there is no such option; --help lists them", shortened(word));
  }
};

Options::Options(std::string program, std::string description, ConfigFile config_file)
    : state_(std::make_unique<State>(std::move(program), std::move(description), config_file == ConfigFile::taken)) {}
Options::~Options() = default;

void Options::section(const std::string& title) { state_->lines.push_back({"", title}); }

void Options::word(const std::string& metavar, std::string& value,
                   std::vector<std::pair<std::string, std::string>> choices) {
  state_->words += " " + metavar;
  section(metavar);
  std::vector<std::string> names;
  for (const auto& [name, help] : choices) {
    names.push_back(name);
    state_->lines.push_back({name, help});
  }
  section("Options");
  const std::string all = join(names, ", ");
  state_->app.add_option_function<std::string>(metavar, [=, &value](const std::string& text) {
    check(std::find(names.begin(), names.end(), text) != names.end(), "{} {}: expected one of {}", metavar,
          shortened(text), all);
    value = text;
  });
  state_->checks.emplace_back([=, &value] { check(!value.empty(), "{}: is missing: one of {}", metavar, all); });
}

void Options::text(const std::string& name, std::string& value, const std::string& metavar, const std::string& help,
                   bool may_be_empty) {
  state_->add(name, metavar, help, value, [=, &value](const std::string& text) {
    check(may_be_empty || !text.empty(), "{}: the value is empty", name);
    value = text;
  });
}

void Options::texts(const std::string& name, std::vector<std::string>& values, const std::string& metavar,
                    const std::string& help) {
  state_->names.push_back(name);
  state_->lines.push_back({fmt::format("{} {}", name, metavar), help});
  state_->app
      .add_option_function<std::vector<std::string>>(name,
                                                     [this, &values, name](const std::vector<std::string>& all) {
                                                       values = all;
                                                       for (const std::string& text : all) {
                                                         check(!text.empty(), "{}: the value is empty", name);
                                                         state_->given.emplace_back(name, text);
                                                       }
                                                     })
      ->allow_extra_args(false);
}

void Options::choice(const std::string& name, std::string& value, std::vector<std::string> choices,
                     const std::string& help) {
  const std::string all = join(choices, "|");
  state_->add(name, all, help, value, [&value, name, choices = std::move(choices)](const std::string& text) {
    check(std::find(choices.begin(), choices.end(), text) != choices.end(), "{} {}: expected one of {}", name,
          shortened(text), join(choices, ", "));
    value = text;
  });
}

void Options::integer(const std::string& name, std::int64_t& value, Range range, const std::string& help) {
  state_->add(name, "N", help, fmt::format("{}", value), [&value, name, range](const std::string& text) {
    value = parse_number<std::int64_t>(name, text, range);
  });
}

void Options::integer(const std::string& name, std::optional<std::int64_t>& value, Range range,
                      const std::string& help) {
  state_->add(name, "N", help, value ? show(value) : "", [&value, name, range](const std::string& text) {
    value = parse_number<std::int64_t>(name, text, range);
  });
}

void Options::number(const std::string& name, double& value, Range range, const std::string& help) {
  state_->add(name, "X", help, fmt::format("{}", value),
              [&value, name, range](const std::string& text) { value = parse_number<double>(name, text, range); });
}

void Options::number(const std::string& name, std::optional<double>& value, Range range, const std::string& help) {
  state_->add(name, "X", help, show(value),
              [&value, name, range](const std::string& text) { value = parse_number<double>(name, text, range); });
}

void Options::list(const std::string& name, std::vector<std::string>& value, const std::string& metavar,
                   const std::string& help) {
  const std::string initial = value.empty() ? "none" : join(value, ",");
  state_->add(name, metavar, help, initial, [&value, name](const std::string& text) {
    value = split_list(name, text);
    for (auto word = value.begin(); word != value.end(); ++word)
      check(std::find(value.begin(), word, *word) == word, "{} {}: {} stands there twice", name, shortened(text),
            shortened(*word));
  });
}

void Options::integers(const std::string& name, std::vector<std::int64_t>& value, Range range,
                       const std::string& help) {
  state_->add(name, "N[,N...]", help, "", [&value, name, range](const std::string& text) {
    value.clear();
    for (const std::string& word : split_list(name, text))
      value.push_back(parse_number<std::int64_t>(name, word, range));
  });
}

void Options::flag(const std::string& name, bool& value, const std::string& help) {
  state_->lines.push_back({name, help});
  state_->names.push_back(name);
  state_->flags.insert(name);
  const auto set = [this, &value, name](bool on) {
    value = on;
    state_->given.emplace_back(name, on ? "" : "false");
  };
  state_->setters[name] = [set, name](const std::string& text) {
    check(text == "true" || text == "false", "{} {}: expected true or false", name, shortened(text));
    set(text == "true");
  };
  state_->app.add_flag_function(name, [set, name](std::int64_t count) {
    check(count == 1 || count == -1, "{}: is given once, with no value or with =true or =false", name);
    set(count > 0);
  });
}

namespace {

bool parse_boolean(const std::string& name, const std::string& text) {
  check(text == "true" || text == "false", "{} {}: expected true or false", name, shortened(text));
  return text == "true";
}

}  // namespace

void Options::boolean(const std::string& name, bool& value, const std::string& help) {
  state_->add(name, "true|false", help, value ? "true" : "false",
              [&value, name](const std::string& text) { value = parse_boolean(name, text); });
}

void Options::boolean(const std::string& name, std::optional<bool>& value, const std::string& help) {
  state_->add(name, "true|false", help, "",
              [&value, name](const std::string& text) { value = parse_boolean(name, text); });
}

bool Options::parse(const std::vector<std::string>& arguments) {
  state_->given.clear();
  state_->config.clear();
  std::vector<std::string> words;  // from the last to the first
  for (auto word = arguments.rbegin(); word != arguments.rend(); ++word) {
    check(word->find('\0') == word->npos, "{}: has a zero byte in it", shortened(*word));
    // "--name=" has an empty value.
    if (word->starts_with("--") && word->find('=') == word->size() - 1) {
      words.push_back("");
      words.push_back(word->substr(0, word->size() - 1));
    } else {
      words.push_back(*word);
    }
  }
  try {
    state_->app.parse(std::move(words));
  } catch (const CLI::CallForHelp&) {
    std::fputs(help().c_str(), stdout);
    return false;
  } catch (const CLI::ArgumentMismatch& error) {
    for (const CLI::Option* option : state_->app.get_options())
      check(option->count() < 2, "{}: is given {} times", option->get_name(), option->count());
    const std::string text = error.what();  // "--rank: 1 required TEXT missing"
    fail("{}: its value is missing", text.substr(0, text.find(':')));
  } catch (const std::invalid_argument& error) {
    for (const std::string& word : arguments)
      check(!state_->flags.contains(word.substr(0, word.find('='))), "{}: expected no value, true or false",
            shortened(word));
    fail("{}; --help lists the options", error.what());
  } catch (const CLI::ParseError& error) {
    fail("{}; --help lists the options", error.what());
  }
  if (const auto extra = state_->app.remaining(); !extra.empty()) state_->refuse(extra.front());
  if (!state_->config.empty()) state_->follow_config();
  for (const auto& one : state_->checks) one();
  return true;
}

bool Options::given(const std::string& name) const {
  return std::any_of(state_->given.begin(), state_->given.end(), [&](const auto& one) { return one.first == name; });
}

const std::vector<std::pair<std::string, std::string>>& Options::given() const { return state_->given; }

std::string Options::help() const {
  std::string text = fmt::format("{} — {}\n\nUsage: {}{} [options]\n", state_->program, state_->description,
                                 state_->program, state_->words);
  constexpr std::size_t column = 30, width = 110;
  auto put = [&](const std::string& left, const std::string& help) {
    text += "  ";
    text += left;
    std::size_t at = left.size() + 2;
    if (at >= column) text += "\n", at = 0;
    text.append(column - at, ' ');
    at = column;
    for (std::size_t start = 0; start < help.size();) {
      const std::size_t end = std::min(help.find(' ', start), help.size());
      if (at + end - start > width) {
        text.back() = '\n';  // the blank before the word
        text.append(column, ' ');
        at = column;
      }
      text.append(help, start, end - start).append(" ");
      at += end - start + 1;
      start = end + 1;
    }
    text.back() = '\n';
  };
  bool headed = false;
  for (const auto& [left, help] : state_->lines) {
    if (left.empty()) text += fmt::format("\n{}:\n", help);
    else if (!headed) text += "\n", put(left, help);
    else put(left, help);
    headed = true;
  }
  if (state_->takes_config)
    put("--config FILE", "a TOML file with options, NAME = VALUE, the names without the dashes; the command line wins");
  put("--help", "print this and end");
  return text;
}

std::string join(const std::vector<std::string>& words, const std::string& separator) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += separator;
    text += words[i];
  }
  return text;
}

}  // namespace adora::programs
