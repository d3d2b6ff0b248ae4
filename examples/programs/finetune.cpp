#include "../common/program.h"
#include "../finetune/settings.h"

using namespace adora;

namespace {

int body(const std::vector<std::string>& arguments) {
  const auto settings = finetune::parse_settings(arguments);
  if (!settings) return 0;
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return programs::run_program("finetune", argc, argv, body); }
