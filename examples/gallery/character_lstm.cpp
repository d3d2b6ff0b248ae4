#include "common/text.h"

using namespace adora;

// Two layers of LSTM that say which character comes next.
struct Writer : Module {
  Writer(std::int64_t characters, Generator& generator)
      : embedding(characters, 32, generator),
        lstm(32, 64, generator, {.num_layers = 2, .batch_first = true}),
        head(64, characters, generator) {
    child("embedding", embedding), child("lstm", lstm), child("head", head);
  }

  // The logits [B, T, characters] of what follows characters [B, T]; the state before them becomes that after them.
  Tensor operator()(const Tensor& characters, LstmState& state) const {
    const auto [output, h, c] = lstm(embedding(characters), state);
    state = {h.detach(), c.detach()};
    return head(output);
  }

  Embedding embedding;
  LSTM lstm;
  Linear head;
};

void learn_to_write(gallery::Run& run) {
  const gallery::Text text = gallery::text_of(run);
  // The text as 16 rows, which are read 64 characters at a time: each batch goes on where the one before ended, with
  // the state that is left there, and gradients end at the batch's beginning (truncated backpropagation through time).
  constexpr std::int64_t batch = 16, length = 64;
  const std::int64_t parts = (text.train.numel() - 1) / batch / length;
  const Tensor rows = text.train.at(arange(batch).unsqueeze(1) * (parts * length) + arange(parts * length + 1));

  Writer writer(text.vocabulary.size(), run.generator);
  run.start(writer);
  AdamW optimizer(writer, {.lr = 1e-2});
  const Schedule schedule = cosine_schedule();
  LstmState state;
  for (std::int64_t step = 0; step < run.steps; ++step) {
    const std::int64_t from = step % parts * length;
    if (from == 0) state = {};
    const Tensor x = run.given("x", rows.at(all, slice(from, from + length)));                    // [16, 64]
    const Tensor target = run.given("target", rows.at(all, slice(from + 1, from + length + 1)));  // [16, 64]
    const Tensor loss = cross_entropy(writer(x, state).flatten(0, 1), target.flatten());
    optimizer.set_lr(1e-2 * schedule(step, run.steps));
    optimizer.zero_grad();
    loss.backward();
    clip_grad_norm(writer.parameters(), 1);
    optimizer.step();
    run.loss(loss);
  }

  NoGrad no_grad;
  state = {};
  run.text(gallery::write(text, 8, run.generator, [&](const Tensor& character) {
    return writer(character, state)[{0, 0}];
  }));
  run.picture("character_lstm-bits", gallery::curve_of(run, text));
  // The upper layer's cells while it reads a text that it has not seen: those that change most slowly, which remember.
  const Tensor read = text.test.at(slice(160)), shown = read.at(slice(-74, none));
  Tensors cells;
  state = {};
  for (std::int64_t i = 0; i < read.numel(); ++i) {
    writer(read.at(newaxis, slice(i, i + 1)), state);
    cells.push_back(state.c[{-1, 0}]);
  }
  const Tensor c = stack(cells, 1).at(all, slice(-74, none));  // [64, 74]
  const Tensor z = (c - c.mean(1, true)) / adora::std(c, 1, {.keepdim = true});
  const Tensor change = (z.at(all, slice(1, none)) - z.at(all, slice(-1))).abs().mean(1);
  Plot plot("Cells of an LSTM that remember: low is blue, high orange", "", "cell");
  plot.image(color_map(z.at(argsort(change).at(slice(12))), -2, 2), -0.5, 73.5, 0.5, 12.5);
  plot.x_names(text.names(shown));
  run.picture("character_lstm", plot);

  const Tensor test = text.test_lines(80);
  const double needed = gallery::bits_of(writer(test.at(all, slice(-1)), state = {}), test, text);
  run.at_most(fmt::format("bits for a character of other lines, beyond the {:.3f} that it has", text.bits),
              needed - text.bits, 0.2);
}

int main(int argc, char** argv) {
  return gallery::run(argc, argv, "An LSTM learns to write stories, a character at a time", 600, learn_to_write,
                      gallery::data_of_text);
}
