#include "text.h"

#include <array>
#include <cmath>

namespace adora::gallery {
namespace {

using Words = std::array<const char*, 8>;
constexpr Words animals{"fox", "owl", "bear", "mouse", "hen", "frog", "goat", "cat"};
constexpr Words foods{"grapes", "moths", "honey", "cheese", "corn", "flies", "grass", "milk"};
constexpr Words kinds{"old", "young", "small", "shy", "lazy", "wise", "brave", "happy"};
constexpr Words deeds{"sleep", "sing", "wait", "hide", "dance", "dream", "rest", "play"};
constexpr Words places{"under the moon", "by the river",  "in the barn", "on the hill",
                       "in the rain",    "near the mill", "at night",    "all day"};
constexpr std::array<const char*, 4> wishes{"like", "want", "find", "eat"};

struct Stories {
  std::string text;  // a line each
  double bits = 0;
};

void add_stories(Stories& stories, int count, Generator& generator) {
  auto choose = [&](std::size_t n) {
    stories.bits += std::log2(static_cast<double>(n));
    return static_cast<std::size_t>(generator.below(n));
  };
  for (int i = 0; i < count; ++i) {
    const bool two = choose(2) == 1;
    const std::size_t kind = two ? 0 : choose(8), one = choose(8);
    const std::size_t other = two ? (one + 1 + choose(7)) % 8 : one;
    const char *deed = deeds[choose(8)], *place = places[choose(8)], *wish = wishes[choose(4)];
    stories.text +=
        two ? fmt::format("the {} and the {} {} {}. they {} {} and {}.\n", animals[one], animals[other], deed, place,
                          wish, foods[one], foods[other])
            : fmt::format("the {} {} {}s {}. it {}s {}.\n", kinds[kind], animals[one], deed, place, wish, foods[one]);
  }
}

/// The places of `characters` where a line ends and `length` characters follow: [N].
Tensor line_ends(const Text& text, const Tensor& characters, std::int64_t length) {
  Tensor ends = nonzero(characters.at(slice(-length)) == text.newline).squeeze(1);
  check(ends.numel() > 0, "the text is too short: no {} characters follow the end of a line", length);
  return ends;
}

}  // namespace

Text text_of(Run& run) {
  Stories train{"\n"}, test{"\n"};
  if (run.data.empty()) {
    add_stories(train, 2000, run.generator), add_stories(test, 200, run.generator);
  } else {
    const std::string all = read_file(run.data + "/text.txt", 1 << 26);
    check(all.size() >= 10000, "{}/text.txt: has {} bytes; a text to learn from has 10000 or more", run.data,
          all.size());
    const std::size_t line = all.find('\n', all.size() / 10 * 9);
    train.text += all.substr(0, line), test.text += line < all.size() ? all.substr(line + 1) : "";
  }
  const CharacterVocabulary vocabulary(train.text + test.text);
  return {vocabulary, tensor(vocabulary.encode(train.text)), tensor(vocabulary.encode(test.text)),
          vocabulary.encode("\n")[0], test.bits / static_cast<double>(test.text.size() - 1)};
}

std::vector<std::string> Text::names(const Tensor& characters) const {
  std::vector<std::string> names;
  for (const std::int64_t character : to_vector<std::int64_t>(characters)) {
    names.push_back(vocabulary.decode({character}));
    if (names.back() == "\n") names.back() = "⏎";
  }
  return names;
}

Tensor Text::draw(std::int64_t count, std::int64_t length, Generator& generator) const {
  const Tensor ends = line_ends(*this, train, length);
  return train.at(ends.at(randint(ends.numel(), {count, 1}, generator)) + arange(length + 1));
}

Tensor Text::test_lines(std::int64_t length) const {
  return test.at(line_ends(*this, test, length).unsqueeze(1) + arange(length + 1));
}

double bits_of(const Tensor& logits, const Tensor& lines, const Text& text) {
  const Tensor target = lines.at(all, slice(1, none));
  const Tensor first = cumsum((lines.at(all, slice(-1)) == text.newline).to(int64), 1) == 1;
  return cross_entropy(logits.at(first), target.at(first)).item() / std::log(2.0);
}

std::string write(const Text& text, int lines, Generator& generator,
                  const std::function<Tensor(const Tensor& character)>& next) {
  constexpr int most = 120;  // characters a line
  std::vector<std::int64_t> written{text.newline};
  for (int i = 0, ended = 0; i < most * lines && ended < lines; ++i) {
    const Tensor character = tensor(std::vector{written.back()}, {1, 1});
    const Tensor drawn = multinomial(softmax(next(character)), 1, false, generator);
    written.push_back(static_cast<std::int64_t>(drawn.item()));
    ended += written.back() == text.newline;
  }
  return text.vocabulary.decode(written);
}

Plot curve_of(const Run& run, const Text& text) {
  Plot plot("Bits for a character", "step", "bits");
  plot.log_y();
  const Tensor bits = tensor(run.losses()) / std::log(2.0), step = arange(bits.numel());
  plot.line("the model, in training", step, bits);
  if (text.bits > 0) plot.line("who knows how the stories are made", step, full_like(bits, text.bits));
  return plot;
}

}  // namespace adora::gallery
