#include "../../../../nn/io/save.h"

#include <limits>

#include "../../../../nn/layers/linear.h"
#include "../../../catch.h"
#include "../../../files.h"
#include "ops/creation.h"

using namespace adora;
using adora::test::TemporaryFolder;

TEST_CASE("a tensor, a dict of tensors and a module are saved and loaded bit for bit") {
  TemporaryFolder folder;
  Generator generator(3);
  const Tensor x = normal({2, 3}, 0, 1, generator, bfloat16);
  save(folder / "x.safetensors", x);
  CHECK(same_bits(to(load(folder / "x.safetensors"), cpu), to(x, cpu)));
  save(folder / "dict.safetensors", StateDict{{"a", x}, {"b", arange(4)}});
  const StateDict dict = load_state_dict(folder / "dict.safetensors");
  REQUIRE(dict.size() == 2);
  CHECK(same_bits(to(dict.at("a"), cpu), to(x, cpu)));
  Linear one(3, 2, generator), other(3, 2, generator);
  save(folder / "linear.safetensors", one);
  load(folder / "linear.safetensors", other);
  for (const auto& [name, tensor] : one.state_dict())
    CHECK(same_bits(to(other.state_dict().at(name), cpu), to(tensor, cpu)));
}

TEST_CASE("a file that doesn't fit is refused and changes nothing") {
  TemporaryFolder folder;
  Generator generator(3);
  Linear small(3, 2, generator), large(3, 4, generator);
  save(folder / "small.safetensors", small);
  const std::vector<float> before = to_vector<float>(large.state_dict().at("weight"));
  CHECK_THROWS_WITH(load(folder / "small.safetensors", large), ContainsSubstring("small.safetensors"));
  CHECK(to_vector<float>(large.state_dict().at("weight")) == before);
  CHECK_THROWS_WITH(load(folder / "small.safetensors"), ContainsSubstring("load_state_dict(path)"));
  CHECK_THROWS_WITH(save(folder / "x.safetensors", full({2}, std::numeric_limits<double>::infinity())),
                    ContainsSubstring("not finite"));
  CHECK_THROWS_WITH(load(folder / "x.safetensors"), ContainsSubstring("x.safetensors"));
}
