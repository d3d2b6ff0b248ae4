#pragma once

namespace adora {

/// Sets the number of threads that computations use, at least 1. The library starts with as many as
/// OpenMP does (all processors, or OMP_NUM_THREADS). Results are the same bits for the same number.
void set_num_threads(int threads);
int num_threads();

}  // namespace adora
