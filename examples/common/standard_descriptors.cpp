#include "standard_descriptors.h"

#include <fcntl.h>

namespace adora::programs {

void open_standard_descriptors() {
  // A file gets the lowest number that is free.
  for (int descriptor = 0; descriptor <= 2; ++descriptor)
    if (fcntl(descriptor, F_GETFD) < 0) open("/dev/null", O_RDWR);
}

}  // namespace adora::programs
