#include "threads.h"

#include <omp.h>

#include "error.h"

namespace adora {

void set_num_threads(int threads) {
  check(threads >= 1 && threads <= 4096, "set_num_threads: {} threads; the number must lie between 1 and 4096",
        threads);
  omp_set_num_threads(threads);
}

int num_threads() { return omp_get_max_threads(); }

}  // namespace adora
