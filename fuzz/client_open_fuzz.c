/* A whole client behind record protection: see fuzz_open.h. */
#include "fuzz_open.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) { return open_target(true, data, size); }
