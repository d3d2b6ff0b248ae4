#include "common/text.h"

using namespace adora;

// A recurrent network that says which character comes next.
struct Writer : Module {
  Writer(std::int64_t characters, Generator& generator)
      : embedding(characters, 32, generator),
        gru(32, 96, generator, {.batch_first = true}),
        head(96, characters, generator) {
    child("embedding", embedding), child("gru", gru), child("head", head);
  }

  struct Output {
    Tensor logits, state;  // [B, T, characters], [1, B, 96]
  };
  // Of characters [B, T] and the state before them; undefined, it is zeros.
  Output operator()(const Tensor& characters, const Tensor& state = {}) const {
    const auto [output, h_n] = gru(embedding(characters), state);
    return {head(output), h_n};
  }

  Embedding embedding;
  GRU gru;
  Linear head;
};

void learn_to_write(gallery::Run& run) {
  const gallery::Text text = gallery::text_of(run);
  Writer writer(text.vocabulary.size(), run.generator);
  run.start(writer);
  AdamW optimizer(writer, {.lr = 1e-2});
  const Schedule schedule = cosine_schedule();
  for (std::int64_t step = 0; step < run.steps; ++step) {
    const Tensor window = run.given("window", text.draw(16, 80, run.generator));          // [16, 81]
    const Tensor x = window.at(all, slice(-1)), target = window.at(all, slice(1, none));  // [16, 80]
    const Tensor loss = cross_entropy(writer(x).logits.flatten(0, 1), target.flatten());
    optimizer.set_lr(1e-2 * schedule(step, run.steps));
    optimizer.zero_grad();
    loss.backward();
    clip_grad_norm(writer.parameters(), 1);
    optimizer.step();
    run.loss(loss);
  }

  NoGrad no_grad;
  Tensor state;
  run.text(gallery::write(text, 8, run.generator, [&](const Tensor& character) {
    const auto [logits, after] = writer(character, state);
    state = after;
    return logits[{0, 0}];
  }));
  run.picture("character_gru-bits", gallery::curve_of(run, text));
  // How much each character of a text that the network has not seen surprises it.
  const Tensor shown = text.test.at(slice(74)), after = shown.at(slice(1, none));
  const Tensor logits = writer(shown.at(newaxis, slice(-1))).logits[0];  // [73, characters]
  const Tensor bits = cross_entropy(logits, after, {.reduction = Reduction::none}) / std::log(2.0);
  Plot plot("How many bits each character is worth to the network", "", "bits");
  plot.line("", to_vector<double>(bits));
  plot.x_names(text.names(after));
  run.picture("character_gru", plot);

  const Tensor test = text.test_lines(80);
  const double needed = gallery::bits_of(writer(test.at(all, slice(-1))).logits, test, text);
  run.at_most(fmt::format("bits for a character of other lines, beyond the {:.3f} that it has", text.bits),
              needed - text.bits, 0.2);
}

int main(int argc, char** argv) {
  return gallery::run(argc, argv, "A GRU learns to write stories, a character at a time", 400, learn_to_write,
                      gallery::data_of_text);
}
