#include "adapter_targets.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "../../core/listed.h"
#include "../layers/linear.h"
#include "name_pattern.h"
#include "trained_tensors.h"

namespace adora {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool ends_with_name(const std::string& name, const std::string& end) {
  return name == end || name.ends_with("." + end);
}

bool any_of_names(const std::string& name, const std::vector<std::string>& ends) {
  return std::any_of(ends.begin(), ends.end(), [&](const std::string& end) { return ends_with_name(name, end); });
}

bool is_all_linear(const std::string& pattern) {
  std::string lower;
  for (char c : pattern) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower == "all-linear";
}

std::int64_t number_of(const std::string& digits) {
  // A model has fewer layers than what is longer.
  return digits.size() < 16 ? std::stoll(digits) : -1;
}

/// The number in "model.layers.3.mlp.up_proj": the first part of digits behind two others and before one.
std::optional<std::int64_t> layer_of(const std::string& name) {
  std::size_t begin = 0;
  for (int before = 0;; ++before) {
    const std::size_t end = name.find('.', begin);
    if (end == name.npos) return {};
    const std::string part = name.substr(begin, end - begin);
    if (before >= 2 && !part.empty() && std::all_of(part.begin(), part.end(), is_digit)) return number_of(part);
    begin = end + 1;
  }
}

class Matcher {
 public:
  Matcher(Module& model, const AdapterConfig& config) : model_(model), config_(config) {
    for (auto& [name, module] : model.named_modules()) {
      if (auto* layer = dynamic_cast<AdaptableLayer*>(module)) layers_.emplace_back(name, layer);
    }
    if (!config.target_regex.empty() && !is_all_linear(config.target_regex))
      targets_.push_back(NamePattern::whole(config.target_regex, "target_modules"));
    if (!config.exclude_regex.empty()) excluded_.push_back(NamePattern::whole(config.exclude_regex, "exclude_modules"));
    for (const std::string& name : config.modules_to_save)
      saved_.push_back(NamePattern::start("(^|.*\\.)" + name + "($|\\..*)", "modules_to_save"));
    for (const std::string& pattern : config.layers_pattern)
      layer_patterns_.push_back(NamePattern::start("(?:^|.*?\\.)" + pattern + "\\.(\\d+)\\.", "layers_pattern"));
    for (const auto& [key, rank] : config.rank_pattern) ranks_.push_back(pattern_of(key, "rank_pattern"));
    for (const auto& [key, alpha] : config.alpha_pattern) alphas_.push_back(pattern_of(key, "alpha_pattern"));
  }

  std::vector<AdapterTarget> targets() const {
    std::vector<AdapterTarget> found;
    check(!config_.lora_bias || adapter_kind(config_.kind).has_bias(),
          "adapter: lora_bias means nothing to {}: its product has no bias", config_.kind);
    for (const auto& [name, layer] : layers_) {
      if (is_excluded(name)) continue;
      const bool target = is_target(name, *layer) && in_layers(name);
      const bool magnitude = any_of_names(name, config_.magnitude_modules) && in_layers(name);
      if (!target && !magnitude) continue;
      const std::int64_t rank = pattern_value(name, ranks_, config_.rank_pattern, config_.rank);
      const double alpha = pattern_value(name, alphas_, config_.alpha_pattern, config_.alpha);
      const AdapterKind& kind = adapter_kind(target ? config_.kind : "magnitude");
      check(rank > 0 || !kind.has_rank(), "adapter: the rank of {} must be positive, not {}", name, rank);
      const auto r = static_cast<double>(std::max<std::int64_t>(rank, 1));
      const double scale = kind.has_alpha() ? alpha / (config_.use_rslora ? std::sqrt(r) : r) : 1;
      found.push_back({name, layer, &kind, rank, scale, layer->device(), config_.lora_bias && target});
      kind.check_target(found.back());
    }
    if (found.empty()) fail("adapter: the config matches no layer that takes an adapter; those there are: {}", names());
    return found;
  }

  void check_all_match() const {
    if (config_.target_regex.empty()) check_each(config_.target_modules, "target_modules");
    check_each(config_.magnitude_modules, "magnitude_modules");
    check_each(config_.exclude_modules, "exclude_modules");
    for (const NamePattern& pattern : excluded_) check_any(pattern, config_.exclude_regex, "exclude_modules");
    for (std::size_t i = 0; i < ranks_.size(); ++i) check_any(ranks_[i], config_.rank_pattern[i].first, "rank_pattern");
    for (std::size_t i = 0; i < alphas_.size(); ++i)
      check_any(alphas_[i], config_.alpha_pattern[i].first, "alpha_pattern");
    for (const std::string& end : config_.modules_to_save)
      if (modules_to_save(model_, {end}).empty())
        fail("adapter: no module's name ends in '{}', which modules_to_save has; those there are: {}", shortened(end),
             listed(distinct(all_names())));
  }

 private:
  static NamePattern pattern_of(const std::string& key, const char* field) {
    return NamePattern::start("(.*\\.)?(" + key + ")$", field);
  }

  bool is_excluded(const std::string& name) const {
    auto fits = [&](const NamePattern& pattern) { return pattern.matches(name); };
    return any_of_names(name, config_.exclude_modules) || std::any_of(excluded_.begin(), excluded_.end(), fits) ||
           std::any_of(saved_.begin(), saved_.end(), fits);
  }

  bool is_target(const std::string& name, const AdaptableLayer& layer) const {
    if (config_.target_regex.empty()) return any_of_names(name, config_.target_modules);
    if (is_all_linear(config_.target_regex))
      return dynamic_cast<const Linear*>(&layer) && !ends_with_name(name, "lm_head");
    return targets_.front().matches(name);
  }

  bool in_layers(const std::string& name) const {
    const std::vector<std::int64_t>& layers = config_.layers_to_transform;
    const std::vector<std::string>& whole = config_.target_modules;
    if (layers.empty() || (config_.target_regex.empty() && std::find(whole.begin(), whole.end(), name) != whole.end()))
      return true;
    std::optional<std::int64_t> layer;
    if (layer_patterns_.empty()) layer = layer_of(name);
    for (const NamePattern& pattern : layer_patterns_) {
      const std::size_t end = pattern.match_end(name);
      if (end == name.npos) continue;
      std::size_t begin = end - 1;
      while (begin > 0 && is_digit(name[begin - 1])) --begin;
      layer = number_of(name.substr(begin, end - 1 - begin));
      break;
    }
    return layer && std::find(layers.begin(), layers.end(), *layer) != layers.end();
  }

  /// Of the first key that fits, as PEFT has it.
  template <class T>
  static T pattern_value(const std::string& name, const std::vector<NamePattern>& patterns,
                         const std::vector<std::pair<std::string, T>>& values, T otherwise) {
    for (std::size_t i = 0; i < patterns.size(); ++i)
      if (patterns[i].matches(name)) return values[i].second;
    return otherwise;
  }

  void check_any(const NamePattern& pattern, const std::string& text, const char* field) const {
    if (std::none_of(layers_.begin(), layers_.end(), [&](const auto& entry) { return pattern.matches(entry.first); }))
      refuse(text, field);
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

  std::string names() const {
    std::vector<std::string> all;
    for (const auto& [name, layer] : layers_) all.push_back(name);
    const std::vector<std::string> those = distinct(all);
    return those.empty() ? "none" : listed(those);
  }

  std::vector<std::string> all_names() const {
    std::vector<std::string> all;
    for (const auto& [name, module] : model_.named_modules())
      if (!name.empty()) all.push_back(name);
    return all;
  }

  /// Names with numbers as N, each once: "model.layers.N.mlp.up_proj".
  static std::vector<std::string> distinct(const std::vector<std::string>& names) {
    std::vector<std::string> found;
    for (const std::string& name : names) {
      std::string pattern;
      for (std::size_t i = 0; i < name.size(); ++i) {
        bool digit = is_digit(name[i]) && (i == 0 || name[i - 1] == '.' || pattern.back() == 'N');
        if (!digit) pattern += name[i];
        else if (pattern.empty() || pattern.back() != 'N') pattern += 'N';
      }
      if (std::find(found.begin(), found.end(), pattern) == found.end()) found.push_back(pattern);
    }
    return found;
  }

  Module& model_;
  const AdapterConfig& config_;
  std::vector<std::pair<std::string, AdaptableLayer*>> layers_;
  std::vector<NamePattern> targets_, excluded_;  ///< none or one
  std::vector<NamePattern> saved_, layer_patterns_, ranks_, alphas_;
};

}  // namespace

std::vector<AdapterTarget> adapter_targets(Module& model, const AdapterConfig& config) {
  return Matcher(model, config).targets();
}

void check_all_match(Module& model, const AdapterConfig& config) { Matcher(model, config).check_all_match(); }

}  // namespace adora
