#include "decoder.h"

namespace adora {

template class Decoder<>;

}  // namespace adora
