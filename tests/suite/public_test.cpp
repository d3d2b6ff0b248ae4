#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "cases.h"

using namespace adora;

namespace {

/// The functions of the headers in ops/ that take a tensor and give one, or several; without those of `detail`.
std::set<std::string> public_functions() {
  const std::regex declared(R"(^(inline )?Tensors? ([a-z_0-9]+)\(.*)");
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(ADORA_SOURCE_ROOT "/ops")) {
    if (entry.path().extension() != ".h") continue;
    std::ifstream file(entry.path());
    bool inside = false;  // of detail, or of an op's formula
    std::string declaration;
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("namespace ")) inside = line.find("detail") != std::string::npos;
      std::smatch found;
      if (inside || !std::regex_match(line, found, declared)) continue;
      // The arguments may go on in further lines.
      std::string arguments = line, next;
      while (arguments.find(')') == std::string::npos && std::getline(file, next)) arguments += next;
      if (arguments.find("Function& ") != std::string::npos) continue;  // of functions, which have tests of their own
      if (arguments.find("Tensor& ") != std::string::npos || arguments.find("Tensors& ") != std::string::npos) {
        names.insert(found[2]);
      }
    }
  }
  return names;
}

}  // namespace

TEST_CASE("every public function of ops/ that takes tensors has an Op of its name, so that this suite tests it") {
  // These look at their tensor's shape, dtype and device alone, or draw.
  const std::set<std::string> of_a_shape{"zeros_like", "ones_like",    "full_like", "rand_like",
                                         "randn_like", "randint_like", "bernoulli", "multinomial"};
  const std::set<std::string> names = public_functions();
  CHECK(names.size() > 70);
  for (const std::string name : {"matmul", "gelu", "cat", "split", "dora_linear", "dora_merge"})
    CHECK(names.contains(name));
  for (const std::string& name : names) {
    INFO(name);
    CHECK((Op::find(name) != nullptr || of_a_shape.contains(name)));
  }
}
