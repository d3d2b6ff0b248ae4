#pragma once
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace adora::programs {

/// Which numbers an option takes. NaN and infinity are never taken.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false;   ///< `low` itself is not taken
  bool high_open = false;  ///< `high` itself is not taken
};

inline constexpr Range at_least(double low) { return {.low = low}; }
inline constexpr Range above(double low) { return {.low = low, .low_open = true}; }
/// low ≤ value < high
inline constexpr Range from_below(double low, double high) { return {.low = low, .high = high, .high_open = true}; }

/// The long options of a program. Whatever is bound to one keeps its value as the
/// default, which `--help` shows. A bad option throws `adora::Error` with one line.
/// A program has `--config FILE`, a TOML file with options by their names without the dashes, unless it says that it
/// has none; an option of the command line takes the place of the file's.
class Options {
 public:
  enum class ConfigFile { taken, none };
  Options(std::string program, std::string description, ConfigFile config_file = ConfigFile::taken);
  ~Options();

  /// A line of `--help` that heads the options added after it.
  void section(const std::string& title);
  /// A word that stands for itself, before or between the options, and must be there: one of those named, each with its
  /// help.
  void word(const std::string& metavar, std::string& value, std::vector<std::pair<std::string, std::string>> choices);
  /// `metavar` names the value in `--help`: "--model DIR". Empty values are refused unless `may_be_empty`.
  void text(const std::string& name, std::string& value, const std::string& metavar, const std::string& help,
            bool may_be_empty = false);
  /// The same of an option that may be given several times, each time with one value, none of them empty.
  void texts(const std::string& name, std::vector<std::string>& values, const std::string& metavar,
             const std::string& help);
  /// One of `choices`.
  void choice(const std::string& name, std::string& value, std::vector<std::string> choices, const std::string& help);
  void integer(const std::string& name, std::int64_t& value, Range range, const std::string& help);
  void integer(const std::string& name, std::optional<std::int64_t>& value, Range range, const std::string& help);
  void number(const std::string& name, double& value, Range range, const std::string& help);
  void number(const std::string& name, std::optional<double>& value, Range range, const std::string& help);
  /// Names separated by commas, none of them empty or twice.
  void list(const std::string& name, std::vector<std::string>& value, const std::string& metavar,
            const std::string& help);
  /// Whole numbers separated by commas.
  void integers(const std::string& name, std::vector<std::int64_t>& value, Range range, const std::string& help);
  /// `--name`, or true or false as its value after "=".
  void flag(const std::string& name, bool& value, const std::string& help);
  /// `true` or `false` as a value.
  void boolean(const std::string& name, bool& value, const std::string& help);
  void boolean(const std::string& name, std::optional<bool>& value, const std::string& help);

  /// Reads the arguments (without the program's name). False where `--help` was asked for: it is on
  /// standard output then.
  bool parse(const std::vector<std::string>& arguments);
  /// Whether the arguments, or the file that they name with --config, named the option.
  bool given(const std::string& name) const;
  /// The options that these named, in their order, the file's last, with their values (empty for flags).
  const std::vector<std::pair<std::string, std::string>>& given() const;
  std::string help() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The help text of `--overwrite`, for every program that has it.
inline constexpr const char* overwrite_help =
    "write into --output whatever it holds; files of the same names are replaced, others stay";

/// The words with `separator` between them.
std::string join(const std::vector<std::string>& words, const std::string& separator);

}  // namespace adora::programs
