/* Owns what the unit tests share: cmocka, hex, and checks that name the error. */
#ifndef Q_TESTS_UNIT_H
#define Q_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "qtls/error.h"

/* The call gives this error; both are printed by name when not. */
#define assert_err(expr, expected) \
  assert_string_equal(qtls_err_name(expr), qtls_err_name(expected))
#define assert_ok(expr) assert_err(expr, QTLS_OK)

static inline uint8_t unit_nibble(char c) {
  return (uint8_t)(c >= 'a' ? c - 'a' + 10 : c >= 'A' ? c - 'A' + 10 : c - '0');
}

/* Decodes hex; returns the number of bytes, which must fit. */
static inline size_t unit_hex(uint8_t *out, size_t cap, const char *hex) {
  size_t n = strlen(hex) / 2;
  assert_true(n <= cap);
  for (size_t i = 0; i < n; i++) {
    out[i] = (uint8_t)((unit_nibble(hex[2 * i]) << 4) | unit_nibble(hex[2 * i + 1]));
  }
  return n;
}

/* `bytes` is what the hex says, to the last byte. */
static inline void unit_equal(const uint8_t *bytes, size_t n, const char *hex) {
  uint8_t expected[2048];
  assert_int_equal(unit_hex(expected, sizeof expected, hex), n);
  assert_memory_equal(bytes, expected, n);
}

static inline q_span unit_text(const char *text) { return q_span_of(text, strlen(text)); }

static inline int unit_all_zero(const uint8_t *p, size_t n) {
  uint8_t any = 0;
  for (size_t i = 0; i < n; i++) {
    any |= p[i];
  }
  return any == 0;
}

#endif
