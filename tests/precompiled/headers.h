// As tools/precompiled/headers.h, for tests.
#include "../../tools/precompiled/headers.h"
#include "../catch.h"
