/* Owns what the wire tests share: bodies as hex with blanks, and bodies cut
 * short or made longer, each in a block of its own size. */
#ifndef Q_TESTS_UNIT_WIRE_H
#define Q_TESTS_UNIT_WIRE_H

#include "base/writer.h"
#include "unit/unit.h"

/* A decoder as a verdict alone. */
typedef qtls_err wire_read(q_span body);

/* Hex with blanks, into `out`. */
static inline q_span wire_hex(uint8_t *out, size_t cap, const char *hex) {
  size_t digits = 0;
  for (const char *c = hex; *c != 0; c++) {
    if (*c == ' ') {
      continue;
    }
    assert_true(digits / 2 < cap);
    uint8_t nibble = unit_nibble(*c);
    out[digits / 2] = (uint8_t)(digits % 2 == 0 ? nibble << 4 : out[digits / 2] | nibble);
    digits++;
  }
  assert_true(digits % 2 == 0);
  return q_span_of(out, digits / 2);
}

/* Reads the first `n` bytes out of a block of that size: sanitizers see a read
 * past its end. */
static inline qtls_err wire_read_exact(wire_read *read, const uint8_t *bytes, size_t n) {
  uint8_t *block = n > 0 ? q_alloc_copy(bytes, n) : NULL;
  qtls_err err = read(q_span_of(block, n));
  q_free(block);
  return err;
}

static inline qtls_err wire_read_hex(wire_read *read, const char *hex) {
  uint8_t bytes[8192];
  q_span body = wire_hex(bytes, sizeof bytes, hex);
  return wire_read_exact(read, body.p, body.n);
}

/* The body is sound; every shorter one gives `cut`, a longer one `longer`. */
static inline void wire_all_lengths(wire_read *read, q_span body, qtls_err cut, qtls_err longer) {
  assert_ok(wire_read_exact(read, body.p, body.n));
  for (size_t n = 0; n < body.n; n++) {
    assert_err(wire_read_exact(read, body.p, n), cut);
  }
  uint8_t *more = q_alloc(body.n + 1);
  assert_non_null(more);
  if (body.n > 0) {
    memcpy(more, body.p, body.n);
  }
  assert_err(read(q_span_of(more, body.n + 1)), longer);
  q_free(more);
}

/* What was written is what the hex says. */
static inline void wire_written(const q_writer *w, const char *hex) {
  uint8_t bytes[8192];
  size_t n = 0;
  assert_ok(q_writer_end(w, &n));
  q_span expected = wire_hex(bytes, sizeof bytes, hex);
  assert_int_equal(n, expected.n);
  assert_memory_equal(w->p, expected.p, n);
}

#endif
