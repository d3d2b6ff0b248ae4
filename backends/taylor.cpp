#include "taylor.h"

#include "taylor_functions.h"
