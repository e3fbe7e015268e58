/* Owns what the fuzz targets share: the check that stops a run, and the
 * comparison of what was written with what was read. */
#ifndef Q_FUZZ_H
#define Q_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/reader.h"
#include "base/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Named on standard error: a compiler joins the calls of abort, and with them
 * what a debugger would tell. */
#define FUZZ_CHECK(condition)                                                        \
  do {                                                                               \
    if (!(condition)) {                                                              \
      (void)fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
      abort();                                                                       \
    }                                                                                \
  } while (0)

/* Opens a writer with room for `expected` and not a byte more: what is longer
 * fails as much as what differs. */
static inline void fuzz_writer_open(q_writer *w, q_span expected) {
  uint8_t *out = q_alloc(expected.n > 0 ? expected.n : 1);
  FUZZ_CHECK(out != NULL);
  q_writer_init(w, out, expected.n);
}

/* The writer holds `expected`, to the byte. Gives its memory back. */
static inline void fuzz_writer_equal(q_writer *w, q_span expected) {
  size_t n = 0;
  FUZZ_CHECK(q_writer_end(w, &n) == QTLS_OK);
  FUZZ_CHECK(n == expected.n);
  FUZZ_CHECK(n == 0 || memcmp(w->p, expected.p, n) == 0);
  q_free(w->p);
}

/* A view that a decoder gave lies inside what it read. */
static inline void fuzz_inside(q_span view, q_span whole) {
  FUZZ_CHECK(view.n <= whole.n);
  FUZZ_CHECK(view.n == 0 || (view.p >= whole.p && view.p + view.n <= whole.p + whole.n));
}

/* The first byte of an input, which selects what the rest is. */
static inline uint8_t fuzz_take_u8(q_span *input) {
  if (input->n == 0) {
    return 0;
  }
  uint8_t v = input->p[0];
  *input = q_span_of(input->p + 1, input->n - 1);
  return v;
}

#endif
