/*
 * Owns reading of length-checked big-endian data, as TLS presentation language
 * (RFC 8446 §3) writes it. A reader is a view: nothing is copied, nothing is
 * allocated. Every function either succeeds and moves on, or returns
 * QTLS_ERR_DECODE and leaves the reader where it was.
 */
#ifndef Q_BASE_READER_H
#define Q_BASE_READER_H

#include "base/try.h"

typedef q_span q_reader;

QTLS_MUST_USE qtls_err q_read_u8(q_reader *r, uint8_t *out);
QTLS_MUST_USE qtls_err q_read_u16(q_reader *r, uint16_t *out);
QTLS_MUST_USE qtls_err q_read_u24(q_reader *r, uint32_t *out);
QTLS_MUST_USE qtls_err q_read_u32(q_reader *r, uint32_t *out);
QTLS_MUST_USE qtls_err q_read_u64(q_reader *r, uint64_t *out);

/* Exactly `n` bytes: viewed, or copied to `out`. */
QTLS_MUST_USE qtls_err q_read_bytes(q_reader *r, q_span *out, size_t n);
QTLS_MUST_USE qtls_err q_read_copy(q_reader *r, uint8_t *out, size_t n);

/* A vector with a length prefix of 1, 2 or 3 bytes; its length must lie within
 * [min, max]. */
QTLS_MUST_USE qtls_err q_read_vec8(q_reader *r, q_span *out, size_t min, size_t max);
QTLS_MUST_USE qtls_err q_read_vec16(q_reader *r, q_span *out, size_t min, size_t max);
QTLS_MUST_USE qtls_err q_read_vec24(q_reader *r, q_span *out, size_t min, size_t max);

/* QTLS_ERR_TRAILING unless everything was read. */
QTLS_MUST_USE qtls_err q_read_end(const q_reader *r);

/* A list of uint16 codes inside a span of even length. */
static inline size_t q_codes_count(q_span list) { return list.n / 2; }
static inline uint16_t q_codes_at(q_span list, size_t i) {
  return (uint16_t)((list.p[2 * i] << 8) | list.p[2 * i + 1]);
}
bool q_codes_has(q_span list, uint16_t code);

#endif
