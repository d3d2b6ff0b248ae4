#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "cases.h"

using namespace adora;
using namespace adora::suite;

namespace fs = std::filesystem;

namespace {

const fs::path root = ADORA_SOURCE_ROOT;

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The header of each op: that with its function, or the one beside the file that defines it.
std::map<std::string, std::string> headers() {
  const std::regex defined(R"re(Op (\w+)_op\{\s*"(\w+)")re");
  std::map<std::string, std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(root / "ops")) {
    if (entry.path().extension() != ".h" && entry.path().extension() != ".cpp") continue;
    const std::string text = text_of(entry.path());
    for (std::sregex_iterator i(text.begin(), text.end(), defined), end; i != end; ++i) {
      fs::path header = entry.path();
      header.replace_extension(".h");
      if (fs::exists(header)) found[(*i)[2]] = fs::relative(header, root).string();
    }
  }
  return found;
}

/// The name of an op as its cases have it: they are run in every way that there is to compute them.
std::string name_of_cases(std::string name) {
  constexpr std::string_view twin = "_composed";
  if (name.ends_with(twin)) name.resize(name.size() - twin.size());
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name;
}

/// How many cases by PyTorch there are of an op, of those that are kept beside this test: by the files' metadata.
std::map<std::string, int> references() {
  std::map<std::string, int> counts;
  for (const auto& entry : fs::directory_iterator(root / "tests/reference")) {
    if (entry.path().extension() != ".safetensors") continue;
    const std::string file = text_of(entry.path());
    std::uint64_t length = 0;
    std::memcpy(&length, file.data(), sizeof length);
    const nlohmann::json header = nlohmann::json::parse(file.substr(8, length));
    ++counts[name_of_cases(header.at("__metadata__").at("op").get<std::string>())];
  }
  return counts;
}

bool runs(const Sample& sample, DType dtype) {
  Tensors inputs;
  for (const Tensor& x : sample.inputs) {
    if (x.defined() && x.numel() == 0) return false;  // of which much is let through
    inputs.push_back(x.defined() && is_floating(x.dtype()) ? to(x, dtype) : x);
  }
  try {
    sample.run(inputs);
    return true;
  } catch (const Error&) {
    return false;
  }
}

bool has_second_gradient(const Sample& sample) {
  const Tensors inputs = inputs_as(sample, float64, InputLayout::contiguous, true);
  const Tensor y = sample.run(inputs);
  if (!grad_required(y)) return false;
  // A gradient that depends on no more than the one above it, in a linear function, is the same everywhere.
  const Tensors first = gradients({y}, leaves_of(sample, inputs),
                                  {.create_graph = true, .allow_unused = true, .gradients = {upstream_for(y)}});
  return std::any_of(first.begin(), first.end(), [](const Tensor& g) { return g.defined() && grad_required(g); });
}

/// Of its own, since what `seed()` draws may change.
std::vector<Sample> samples_of(const Op& op) {
  Generator generator(20240214);
  return Samples::of(op, generator);
}

std::string dtypes_of(const std::vector<Sample>& samples) {
  std::string text;
  for (DType dtype : all_dtypes) {
    if (std::none_of(samples.begin(), samples.end(), [&](const Sample& sample) { return runs(sample, dtype); }))
      continue;
    text += (text.empty() ? "" : " ") + std::string(name(dtype));
  }
  return text == "float32 float64 bfloat16 float16 int64 int32 uint8 bool" ? "all"
         : text == "float32 float64 bfloat16 float16"                      ? "floating"
                                                                           : text;
}

std::string table() {
  const std::map<std::string, std::string> places = headers();
  const std::map<std::string, int> cases = references();
  std::map<std::string, const Op*> ops;
  for (const Op* op : Op::all()) ops[op->name] = op;
  std::string text = text_of(root / "docs/ops.md");
  text.erase(text.find("| op |"));
  text += "| op | gradient | its gradient | dtypes | CPU | CUDA | PyTorch's cases |\n";
  text += "| --- | --- | --- | --- | --- | --- | --- |\n";
  for (const auto& [name, op] : ops) {
    const std::vector<Sample> samples = samples_of(*op);
    const auto place = places.find(name);
    const bool second = op->traits.recorded && std::any_of(samples.begin(), samples.end(), has_second_gradient);
    const auto compared = cases.find(name_of_cases(name));
    text += fmt::format("| {} | {} | {} | {} | yes | {} | {} |\n",
                        place == places.end() ? name : fmt::format("[{}](../{})", name, place->second),
                        op->traits.recorded ? "yes" : "–",
                        !op->traits.recorded ? "–"
                        : second             ? "yes"
                                             : "0",
                        dtypes_of(samples), op->traits.cuda ? "yes" : "–",
                        compared == cases.end() ? "" : std::to_string(compared->second));
  }
  return text;
}

}  // namespace

// On a GPU it would say the same.
TEST_CASE("docs/ops.md says of every op what the op itself says", "[cpu]") {
  const fs::path path = root / "docs/ops.md";
  const std::string wanted = table();
  if (std::getenv("ADORA_WRITE_DOCS")) write_file(path.string(), wanted);
  INFO("write it anew with: ADORA_WRITE_DOCS=1 build/tests/suite \"docs/ops.md*\"");
  std::istringstream found_lines(text_of(path)), wanted_lines(wanted);
  for (std::string found, expected; std::getline(wanted_lines, expected);) {
    std::getline(found_lines, found);
    CHECK(found == expected);
  }
  CHECK(text_of(path) == wanted);
}
