#include "adapter_targets.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <regex>

#include "../../core/listed.h"
#include "../layers/linear.h"

namespace adora {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool ends_with_name(const std::string& name, const std::string& end) {
  return name == end || name.ends_with("." + end);
}

bool any_of_names(const std::string& name, const std::vector<std::string>& ends) {
  return std::any_of(ends.begin(), ends.end(), [&](const std::string& end) { return ends_with_name(name, end); });
}

/// Whether the whole name matches. A pattern that asks for too much is an error of this library's.
bool matches(const std::string& name, const std::regex& regex, const std::string& pattern) {
  try {
    return std::regex_match(name, regex);
  } catch (const std::regex_error&) {
    fail("adapter: the regular expression '{}' is too complex", shortened(pattern));
  }
}

/// The product of the counts in a pattern, as in "[0-9]{1,2}": how many copies of a part a match may have to go
/// over.
std::int64_t copies(const std::string& pattern) {
  std::int64_t product = 1;
  for (std::size_t at = 0; (at = pattern.find('{', at)) != pattern.npos; ++at) {
    std::int64_t largest = 1, count = 0;
    for (std::size_t i = at + 1; i < pattern.size() && (pattern[i] == ',' || is_digit(pattern[i])); ++i) {
      count = pattern[i] == ',' ? 0 : std::min<std::int64_t>(10 * count + (pattern[i] - '0'), 1 << 20);
      largest = std::max(largest, count);
    }
    product = std::min<std::int64_t>(product * largest, 1 << 20);
  }
  return product;
}

std::regex compiled(const std::string& pattern) {
  constexpr std::int64_t most_copies = 1000;
  if (copies(pattern) > most_copies)
    fail("adapter: the regular expression '{}' repeats its parts more than {} times", shortened(pattern), most_copies);
  try {
    auto flags = std::regex::ECMAScript;
#ifdef __GLIBCXX__
    // Matches in polynomial time: a file's pattern cannot make the search run for ever.
    flags |= std::regex_constants::__polynomial;
#endif
    return std::regex(pattern, flags);
  } catch (const std::regex_error&) {
    fail("adapter: '{}' is not a regular expression", shortened(pattern));
  }
}

/// The first part of a dotted name that is a number: the layer.
std::optional<std::int64_t> layer_of(const std::string& name) {
  std::size_t begin = 0;
  while (begin <= name.size()) {
    std::size_t end = std::min(name.find('.', begin), name.size());
    std::string part = name.substr(begin, end - begin);
    if (!part.empty() && part.size() < 10 && std::all_of(part.begin(), part.end(), is_digit)) {
      return std::stoll(part);
    }
    begin = end + 1;
  }
  return {};
}

class Matcher {
 public:
  Matcher(Module& model, const AdapterConfig& config) : config_(config) {
    for (auto& [name, module] : model.named_modules()) {
      if (auto* layer = dynamic_cast<AdaptableLayer*>(module)) layers_.emplace_back(name, layer);
    }
    check_each(config.target_regex.empty() ? config.target_modules : std::vector<std::string>(), "target_modules");
    check_each(config.magnitude_modules, "magnitude_modules");
    check_each(config.exclude_modules, "exclude_modules");
    if (!config.target_regex.empty() && config.target_regex != "all-linear") regex_ = compiled(config.target_regex);
    for (const auto& [key, rank] : config.rank_pattern) add_pattern(key, "rank_pattern");
    for (const auto& [key, alpha] : config.alpha_pattern) add_pattern(key, "alpha_pattern");
  }

  std::vector<AdapterTarget> targets() const {
    std::vector<AdapterTarget> found;
    for (const auto& [name, layer] : layers_) {
      if (any_of_names(name, config_.exclude_modules) || !in_layers(name)) continue;
      bool target = is_target(name, *layer), magnitude = any_of_names(name, config_.magnitude_modules);
      if (!target && !magnitude) continue;
      std::int64_t rank = pattern_value(name, config_.rank_pattern, config_.rank);
      double alpha = pattern_value(name, config_.alpha_pattern, config_.alpha);
      const AdapterKind& kind = adapter_kind(target ? config_.kind : "magnitude");
      check(rank > 0 || !kind.has_rank(), "adapter: the rank of {} must be positive, not {}", name, rank);
      auto r = static_cast<double>(std::max<std::int64_t>(rank, 1));
      const double scale = kind.has_alpha() ? alpha / (config_.use_rslora ? std::sqrt(r) : r) : 1;
      found.push_back({name, layer, &kind, rank, scale, layer->device()});
      kind.check_target(found.back());
    }
    if (found.empty()) fail("adapter: the config matches no layer that takes an adapter; those there are: {}", names());
    return found;
  }

 private:
  bool is_target(const std::string& name, const AdaptableLayer& layer) const {
    if (config_.target_regex.empty()) return any_of_names(name, config_.target_modules);
    if (config_.target_regex == "all-linear")
      return dynamic_cast<const Linear*>(&layer) && !ends_with_name(name, "lm_head");
    return matches(name, regex_, config_.target_regex);
  }

  bool in_layers(const std::string& name) const {
    const auto& layers = config_.layers_to_transform;
    if (layers.empty()) return true;
    std::optional<std::int64_t> layer = layer_of(name);
    return layer && std::find(layers.begin(), layers.end(), *layer) != layers.end();
  }

  template <class T>
  T pattern_value(const std::string& name, const std::map<std::string, T>& patterns, T otherwise) const {
    // The longest key that fits is the most particular one, whatever the order they were written in.
    const std::string* best = nullptr;
    for (const auto& [key, value] : patterns) {
      if (matches(name, patterns_.at(key), key) && (!best || key.size() > best->size())) best = &key;
    }
    return best ? patterns.at(*best) : otherwise;
  }

  void add_pattern(const std::string& key, const char* field) {
    std::regex pattern = compiled("(.*\\.)?(" + key + ")");
    bool any = std::any_of(layers_.begin(), layers_.end(),
                           [&](const auto& entry) { return matches(entry.first, pattern, key); });
    if (!any) refuse(key, field);
    patterns_.emplace(key, std::move(pattern));
  }

  void check_each(const std::vector<std::string>& ends, const char* field) const {
    for (const std::string& end : ends) {
      bool any = std::any_of(layers_.begin(), layers_.end(),
                             [&](const auto& entry) { return ends_with_name(entry.first, end); });
      if (!any) refuse(end, field);
    }
  }

  [[noreturn]] void refuse(const std::string& name, const char* field) const {
    fail("adapter: '{}' in {} matches no layer that takes an adapter; those there are: {}", shortened(name), field,
         names());
  }

  /// The modules' names with numbers as N, each once: "model.layers.N.mlp.up_proj".
  std::string names() const {
    std::vector<std::string> distinct;
    for (const auto& [name, layer] : layers_) {
      std::string pattern;
      for (std::size_t i = 0; i < name.size(); ++i) {
        bool digit = is_digit(name[i]) && (i == 0 || name[i - 1] == '.' || pattern.back() == 'N');
        if (!digit) pattern += name[i];
        else if (pattern.empty() || pattern.back() != 'N') pattern += 'N';
      }
      if (std::find(distinct.begin(), distinct.end(), pattern) == distinct.end()) distinct.push_back(pattern);
    }
    return distinct.empty() ? "none" : listed(distinct);
  }

  const AdapterConfig& config_;
  std::vector<std::pair<std::string, AdaptableLayer*>> layers_;
  std::regex regex_;
  std::map<std::string, std::regex> patterns_;
};

}  // namespace

std::vector<AdapterTarget> adapter_targets(Module& model, const AdapterConfig& config) {
  return Matcher(model, config).targets();
}

}  // namespace adora
