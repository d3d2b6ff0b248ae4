#pragma once
#include <adora/adora.h>
#include <fmt/core.h>

#include <optional>
#include <string>
#include <vector>

/// What the programs of the gallery share, so that each of them is its model and its loop alone.
namespace adora::gallery {

/// One run of a program: its options, its numbers, its pictures and its page.
class Run {
 public:
  /// Loop bounds and dtype, as the program's options say.
  std::int64_t steps = 0;
  DType dtype = float32;
  Generator generator{0};
  /// The folder that --data names; empty where it wasn't given.
  std::string data;

  /// Converts a module to `dtype`. What it starts with, and what else is drawn, goes into the record by which the same
  /// program in PyTorch can start from the same numbers.
  void start(Module& module, const std::string& name = "model");
  /// The same for numbers: returns x in `dtype` if it is floating, otherwise as it is. A name that comes again is kept
  /// as NAME.0, NAME.1, …
  Tensor given(const std::string& name, const Tensor& x);
  /// The loss of one step.
  void loss(const Tensor& loss);
  void loss(double loss);
  const std::vector<double>& losses() const { return losses_; }

  /// Pictures of the page, kept as NAME.svg and NAME.png.
  void picture(const std::string& name, const Plot& plot);
  void picture(const std::string& name, const Tensor& image);
  void picture_of_losses();
  /// A line of the page, such as generated text.
  void text(const std::string& line);
  /// What the program is to reach when it takes all its steps, on data of its own; it fails otherwise.
  void at_least(const std::string& what, double value, double bound);
  void at_most(const std::string& what, double value, double bound);

 private:
  friend int run(int, char**, const std::string&, std::int64_t, void (*)(Run&), const std::string&);
  void judge(const std::string& what, double value, const char* sign, double bound, bool reached);
  std::string body(const std::string& about) const;

  std::string name_, folder_;
  bool all_steps_ = true, failed_ = false, recording_ = false;
  StateDict record_;
  std::vector<std::pair<std::string, std::vector<Tensor>>> given_;
  std::vector<double> losses_;
  std::optional<LossCurve> curve_;
  std::string pictures_, lines_;
};

/// The whole program: reads the options, runs `body`, writes the page. `about` is a sentence, `steps` how many steps
/// are taken where no option says otherwise. `data` says what the folder of --data holds; there is no such option where
/// it says nothing. Returns the exit status: 1 where a result was not reached.
int run(int argc, char** argv, const std::string& about, std::int64_t steps, void (*body)(Run&),
        const std::string& data = "");

}  // namespace adora::gallery
