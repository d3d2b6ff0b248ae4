#include "normalizer.h"

#include <algorithm>

#include "pattern.h"
#include "unicode.h"

namespace adora {
namespace {

class Sequence final : public Normalizer {
 public:
  explicit Sequence(JsonFields& fields) : parts_(read_tokenizer_parts<Normalizer>(fields, "normalizers")) {}
  void apply(Normalized& text) const override {
    for (const auto& part : parts_) part->apply(text);
  }
  bool keeps(std::string_view text) const override {
    return std::all_of(parts_.begin(), parts_.end(), [&](const auto& part) { return part->keeps(text); });
  }

 private:
  std::vector<std::unique_ptr<Normalizer>> parts_;
};

class Prepend final : public Normalizer {
 public:
  explicit Prepend(JsonFields& fields) : prepend_(fields.text("prepend")) {}
  void apply(Normalized& text) const override {
    if (!text.text.empty()) text.text.insert(0, prepend_);
  }

 private:
  std::string prepend_;
};

class Replace final : public Normalizer {
 public:
  explicit Replace(JsonFields& fields) : pattern_(fields, "pattern"), content_(fields.text("content")) {}
  void apply(Normalized& text) const override {
    const std::string& from = text.text;
    std::string to;
    std::size_t end = 0;
    Pattern::Search search(pattern_);
    search.start(from);
    for (Span match; search.next(match); end = match.end) {
      to.append(from, end, match.begin - end).append(content_);
      check(to.size() <= most_bytes, "Replace makes a text of more than {} bytes", most_bytes);
      // What is written stands where the last character did that it replaces.
      if (match.begin == 0 && match.end > 0)
        text.at_start = text.at_start && !content_.empty() && code_point(from, 0).bytes == match.end;
    }
    if (end == 0 && to.empty()) return;
    text.text = to.append(from, end);
  }

 private:
  static constexpr std::size_t most_bytes = std::size_t{1} << 30;
  Pattern pattern_;
  std::string content_;
};

/// White space at the ends.
class Strip final : public Normalizer {
 public:
  explicit Strip(JsonFields& fields)
      : left_(fields.boolean("strip_left", true)), right_(fields.boolean("strip_right", true)) {}
  void apply(Normalized& text) const override {
    std::string_view rest = text.text;
    while (left_ && !rest.empty() && is_space(code_point(rest, 0).value)) rest.remove_prefix(code_point(rest, 0).bytes);
    if (rest.size() < text.text.size()) text.at_start = false;
    while (right_ && !rest.empty() && is_space(code_point_before(rest, rest.size()).value))
      rest.remove_suffix(code_point_before(rest, rest.size()).bytes);
    text.text = std::string(rest);
  }

 private:
  bool left_, right_;
};

template <class T> std::unique_ptr<Normalizer> read(JsonFields& fields) { return std::make_unique<T>(fields); }

const RegisterNormalizer sequence{"Sequence", read<Sequence>};
const RegisterNormalizer prepend{"Prepend", read<Prepend>};
const RegisterNormalizer replace{"Replace", read<Replace>};
const RegisterNormalizer strip{"Strip", read<Strip>};

}  // namespace
}  // namespace adora
