// The built-in model's cache: what is pre-trained once is found again, and nothing in the cache's place does harm.
#include <cstdlib>

#include "../../autograd/grad_mode.h"
#include "../../examples/tiny_model/tiny_model.h"
#include "../../ops/creation.h"
#include "../catch.h"
#include "../files.h"

using namespace adora;
using adora::test::TemporaryFolder;

namespace {

namespace fs = std::filesystem;

tiny_world::Recipe short_recipe(std::int64_t steps = 2) {
  tiny_world::Recipe recipe;
  recipe.steps = steps;
  recipe.rows = 2;
  return recipe;
}

// A folder that the programs take for their cache as long as this lives.
struct Cache {
  Cache() { setenv("ADORA_CACHE", folder.path().c_str(), 1); }
  ~Cache() { unsetenv("ADORA_CACHE"); }

  std::vector<fs::path> files() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder.path())) found.push_back(entry.path());
    return found;
  }

  TemporaryFolder folder;
};

// The numbers of one weight, by which models are told apart.
std::vector<float> numbers(const tiny_world::Recipe& recipe = short_recipe()) {
  const auto model = finetune::open_tiny_model(recipe)->load({});
  return to_vector<float>(model->state_dict().at("model.layers.1.mlp.up_proj.weight"));
}

}  // namespace

TEST_CASE("a model that was pre-trained is found in the cache with the same bits") {
  Cache cache;
  const auto made = numbers();
  REQUIRE(cache.files().size() == 1);
  const auto written = fs::last_write_time(cache.files()[0]);
  CHECK(numbers() == made);
  CHECK(fs::last_write_time(cache.files()[0]) == written);
  CHECK(cache.files().size() == 1);
}

TEST_CASE("a program that only computes with the model, without gradients, can pre-train it") {
  Cache cache, other;
  const auto made = [] {
    NoGrad no_grad;
    return numbers();
  }();
  CHECK(other.files().size() == 1);
  setenv("ADORA_CACHE", cache.folder.path().c_str(), 1);
  CHECK(numbers() == made);
}

TEST_CASE("another recipe is another model in the cache") {
  Cache cache;
  const auto two_steps = numbers();
  CHECK(numbers(short_recipe(3)) != two_steps);
  CHECK(cache.files().size() == 2);
  CHECK(numbers() == two_steps);
}

TEST_CASE("pre-training changes the weights, and without a step they are as they were drawn") {
  Cache cache;
  const auto drawn = numbers(short_recipe(0));
  CHECK(numbers() != drawn);
}

TEST_CASE("a damaged file in the cache is noticed, and the model made anew") {
  Cache cache;
  const auto made = numbers();
  const std::string path = cache.files().at(0).string();
  const std::string whole = test::bytes_of(path);
  std::string changed = whole;
  changed[whole.size() / 2] ^= 4;
  for (const std::string& content : {std::string(), std::string("nothing of the kind"), changed,
                                     whole.substr(0, whole.size() / 2), whole + "more"}) {
    test::put(path, content);
    CHECK(numbers() == made);
    CHECK(test::bytes_of(path) == whole);
  }
}

TEST_CASE("a cache that can't be written is no error") {
  Cache cache;
  const auto made = numbers();
  TemporaryFolder elsewhere;
  test::put(elsewhere / "file", "in the way");
  setenv("ADORA_CACHE", (elsewhere / "file/cache").c_str(), 1);
  CHECK(numbers() == made);
}
