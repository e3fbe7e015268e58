/* A whole server behind record protection: see fuzz_open.h. */
#include "fuzz_open.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) { return open_target(false, data, size); }
