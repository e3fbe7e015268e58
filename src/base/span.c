/* Owns comparison of spans of public bytes. */
#include <string.h>

#include "base/try.h"

bool q_base_span_equal(q_span a, q_span b) {
  return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
