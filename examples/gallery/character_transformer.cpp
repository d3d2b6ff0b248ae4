#include "common/text.h"

using namespace adora;

constexpr std::int64_t most = 80;  // characters that are seen at once

// A small transformer that says which character comes next (Vaswani et al., "Attention is all you need", 2017).
struct Writer : Module {
  Writer(std::int64_t characters, Generator& generator)
      : embedding(characters, 64, generator, {}, 0.1),
        place(most, 64, generator, {}, 0.1),
        norm(64),
        head(64, characters, generator) {
    const TransformerEncoderLayerOptions options{
        .dim_feedforward = 128, .dropout = 0, .batch_first = true, .norm_first = true};
    for (int i = 0; i < 2; ++i) layers.push_back(TransformerEncoderLayer(64, 4, generator, options));
    child("embedding", embedding), child("place", place), child("layers", layers), child("norm", norm);
    child("head", head);
  }

  // Characters [B, T]: the logits [B, T, characters] of what follows each, of which it sees nothing.
  Tensor operator()(const Tensor& characters) const {
    return head(norm(layers[1](layers[0](embedded(characters), {.causal = true}), {.causal = true})));
  }
  // What each character looks at in the second layer, and how much, the mean of the heads: [B, T, T].
  Tensor attention(const Tensor& characters) const {
    const Tensor x = layers[1].norm1(layers[0](embedded(characters), {.causal = true}));
    return layers[1].self_attn.with_weights(x, x, x, {.causal = true}).weights;
  }
  Tensor embedded(const Tensor& characters) const {
    return embedding(characters) + place(arange(characters.size(1)));  // [B, T, 64]
  }

  Embedding embedding, place;
  ModuleList<TransformerEncoderLayer> layers;
  LayerNorm norm;
  Linear head;
};

void learn_to_write(gallery::Run& run) {
  const gallery::Text text = gallery::text_of(run);
  Writer writer(text.vocabulary.size(), run.generator);
  run.start(writer);
  AdamW optimizer(writer, {.lr = 1e-2});
  const Schedule schedule = cosine_schedule(40);
  for (std::int64_t step = 0; step < run.steps; ++step) {
    const Tensor window = run.given("window", text.draw(16, most, run.generator));        // [16, 81]
    const Tensor x = window.at(all, slice(-1)), target = window.at(all, slice(1, none));  // [16, 80]
    const Tensor loss = cross_entropy(writer(x).flatten(0, 1), target.flatten());
    optimizer.set_lr(1e-2 * schedule(step, run.steps));
    optimizer.zero_grad();
    loss.backward();
    clip_grad_norm(writer.parameters(), 1);
    optimizer.step();
    run.loss(loss);
  }

  NoGrad no_grad;
  Tensor seen;  // of the line
  run.text(gallery::write(text, 8, run.generator, [&](const Tensor& character) {
    seen = character == text.newline ? character : cat({seen, character}, 1).at(all, slice(-most, none));
    return writer(seen)[{0, -1}];
  }));
  run.picture("character_transformer-bits", gallery::curve_of(run, text));
  // Where it looks while it reads the end of a line that it has not seen.
  const std::int64_t n = static_cast<std::int64_t>(nonzero(text.test == text.newline)[{1, 0}].item()), last = 18;
  const Tensor line = text.test.at(slice(n)).at(slice(-most, none));
  const Tensor weights = writer.attention(line.at(newaxis))[0].at(slice(-last, none));  // [18, n]
  Plot plot("Where it looks, mean of four heads: not at all is blue, orange half of all", "", "after reading");
  plot.image(color_map(weights, 0, 0.5), -0.5, static_cast<double>(line.numel()) - 0.5, -0.5, last - 0.5);
  plot.x_names(text.names(line));
  plot.y_names(text.names(flip(line.at(slice(-last, none)), 0)));
  run.picture("character_transformer", plot);

  const Tensor test = text.test_lines(most);
  const double needed = gallery::bits_of(writer(test.at(all, slice(-1))), test, text);
  run.at_most(fmt::format("bits for a character of other lines, beyond the {:.3f} that it has", text.bits),
              needed - text.bits, 0.05);
}

int main(int argc, char** argv) {
  return gallery::run(argc, argv, "A transformer learns to write stories, a character at a time", 400, learn_to_write,
                      gallery::data_of_text);
}
