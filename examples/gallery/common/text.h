#pragma once
#include <adora/adora.h>

#include <functional>
#include <string>

#include "../run.h"

namespace adora::gallery {

/// A text of lines to learn from and one to be tested on.
struct Text {
  CharacterVocabulary vocabulary;
  Tensor train, test;    ///< the numbers of their characters, int64 [N]; each begins with the end of a line
  std::int64_t newline;  ///< the number of the end of a line
  double bits;           ///< that a character has for a reader who knows how the text is made; 0: nobody does

  /// What stands where a line of `train` ends, at places drawn at random: int64 [count, length + 1].
  Tensor draw(std::int64_t count, std::int64_t length, Generator& generator) const;
  /// The same at every line of `test`.
  Tensor test_lines(std::int64_t length) const;
  /// The characters of numbers [N], for the axis of a plot.
  std::vector<std::string> names(const Tensor& characters) const;
};

/// Stories of a line each, drawn at random, in which the end depends on the beginning:
///
///     the old fox sleeps by the river. it likes grapes.
///     the hen and the cat play in the rain. they eat corn and milk.
///
/// With --data, text.txt of that folder, whose last tenth is for the test.
Text text_of(Run& run);
inline constexpr const char* data_of_text = "with text.txt, a text of your own, in place of the stories";

/// The bits that a character of the first line needs: of logits [N, length, characters] for test_lines
/// [N, length + 1].
double bits_of(const Tensor& logits, const Tensor& lines, const Text& text);

/// Lines that a model writes. `next` is told each character, int64 [1, 1], and gives the logits of the one that
/// follows, [characters].
std::string write(const Text& text, int lines, Generator& generator,
                  const std::function<Tensor(const Tensor& character)>& next);

/// The run's losses, in bits, and what a reader needs who knows how the text is made.
Plot curve_of(const Run& run, const Text& text);

}  // namespace adora::gallery
