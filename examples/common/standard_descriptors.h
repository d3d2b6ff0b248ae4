#pragma once

namespace adora::programs {

/// Opens those of the descriptors 0, 1 and 2 that are closed on /dev/null, so that no file gets their numbers and with
/// that what is meant for standard output or standard error.
void open_standard_descriptors();

}  // namespace adora::programs
