// What a model answers before fine-tuning and after, to questions that it isn't trained on.
#include "../before_after/before_after.h"
#include "../common/program.h"

using namespace adora;

namespace {

int body(const std::vector<std::string>& arguments) {
  before_after::Comparison c;
  programs::Options options("before_after",
                            "fine-tunes a model with several methods and shows its answers before and after");
  options.section("Model and data");
  options.text("--model", c.model, "DIR|FILE", "a Hugging Face folder or a GGUF file");
  options.text("--data", c.data, "PATH", "what to learn from, in any form that finetune takes");
  options.text(
      "--questions", c.questions, "PATH",
      "records of the same forms whose last answers are asked for (default: every tenth of --data, at most 40, "
      "which is not learned from then)");
  options.text("--chat-template", c.chat_template, "FILE", "another chat template than the model's own");
  options.integer("--cutoff-len", c.cutoff_len, {.low = 2, .high = 1 << 20}, "the most tokens of a document");
  options.section("Training");
  options.list("--method", c.methods, "M[,M...]", "the methods to compare, as finetune has them, but for full");
  options.integer("--rank", c.rank, {.low = 1, .high = 65536}, "of the low-rank matrices; alpha is twice that");
  options.number("--lr", c.lr, programs::above(0), "the highest learning rate");
  options.integer("--epochs", c.epochs, {.low = 1, .high = 1000}, "times that each document is seen");
  options.integer("--batch-size", c.batch_size, {.low = 1, .high = 65536}, "documents a step");
  options.integer("--seed", c.seed, programs::at_least(0), "of the order and the adapters");
  options.section("Output and machine");
  options.integer("--show", c.show, {.low = 0, .high = 1 << 20}, "questions whose answers are printed");
  options.text("--output", c.output, "DIR", "where the adapters, the reports and answers.json go");
  options.flag("--overwrite", c.overwrite, programs::overwrite_help);
  c.machine.add_options(options);
  if (!options.parse(arguments)) return 0;
  check(!c.model.empty() && !c.data.empty(), "{}: is needed", c.model.empty() ? "--model" : "--data");
  c.machine.apply();
  before_after::compare(c);
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return programs::run_program("before_after", argc, argv, body); }
