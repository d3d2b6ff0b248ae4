#pragma once

namespace adora {

/// How many threads computations use from now on, at least 1. The library starts with as many as
/// OpenMP does (all processors, or OMP_NUM_THREADS). Results are the same bits for the same number.
void set_num_threads(int threads);
int num_threads();

}  // namespace adora
