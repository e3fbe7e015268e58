/*
 * Owns the one macro that changes control flow, and the span types every
 * folder passes around. Must not grow a second macro of that kind.
 */
#ifndef Q_BASE_TRY_H
#define Q_BASE_TRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "qtls/error.h"

/* Leave the calling function with the error of `expr`, if it is one. */
#define Q_TRY(expr)                      \
  do {                                   \
    qtls_err q_try_err_ = (expr);        \
    if (q_try_err_ != QTLS_OK) {         \
      return q_try_err_;                 \
    }                                    \
  } while (0)

/* Bytes that belong to somebody else; {NULL, 0} is the empty span. */
typedef struct q_span {
  const uint8_t *p;
  size_t n;
} q_span;

static inline q_span q_span_of(const void *p, size_t n) {
  q_span s = {(const uint8_t *)p, n};
  return s;
}

/* Number of elements of an array object. */
#define Q_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Not secret data only: the time taken tells where the spans differ. */
bool q_base_span_equal(q_span a, q_span b);

/* Sums that could pass SIZE_MAX: false, and *out untouched, when they would. */
static inline bool q_base_add(size_t *out, size_t a, size_t b) {
  if (a > SIZE_MAX - b) {
    return false;
  }
  *out = a + b;
  return true;
}

#endif
