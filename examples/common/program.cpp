#include "program.h"

#include <cstdio>
#include <exception>
#include <new>

#include "../../core/printable.h"
#include "interruption.h"
#include "standard_descriptors.h"

namespace adora::programs {

int run_program(const char* program, int argc, char** argv, int (*body)(const std::vector<std::string>& arguments)) {
  open_standard_descriptors();
  try {
    const int status = body(std::vector<std::string>(argv + (argc > 0), argv + argc));
    if (std::fflush(stdout) == 0 && !std::ferror(stdout)) return status;
    std::fprintf(stderr, "%s: standard output can't be written\n", program);
  } catch (const Interrupted& end) {
    std::fprintf(stderr, "%s: %s\n", program, printable(end.what()).c_str());
    return end.status();
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "%s: there is not enough memory\n", program);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", program, printable(error.what()).c_str());
  }
  return 2;
}

}  // namespace adora::programs
