#include "../common/program.h"
#include "../finetune/run.h"

using namespace adora;

namespace {

int body(const std::vector<std::string>& arguments) {
  const auto settings = finetune::parse_settings(arguments);
  if (settings) finetune::run(*settings);
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return programs::run_program("finetune", argc, argv, body); }
