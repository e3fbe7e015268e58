/*
 * Owns the two forms of an ECDSA signature: DER (RFC 3279 §2.2.3) and r || s of
 * fixed length (Q-TLS §4). Both ways are strict: one number has one encoding.
 */
#include <string.h>

#include "base/reader.h"
#include "base/writer.h"
#include "crypto/sign.h"

#define TAG_SEQUENCE 0x30
#define TAG_INTEGER 0x02

/* A length below 256 in its shortest form; longer ones do not occur here. */
static qtls_err read_length(q_reader *r, size_t *n) {
  uint8_t first = 0;
  Q_TRY(q_read_u8(r, &first));
  if (first < 0x80) {
    *n = first;
    return QTLS_OK;
  }
  uint8_t second = 0;
  if (first != 0x81) {
    return QTLS_ERR_DECODE;
  }
  Q_TRY(q_read_u8(r, &second));
  if (second < 0x80) {
    return QTLS_ERR_DECODE;
  }
  *n = second;
  return QTLS_OK;
}

static qtls_err read_element(q_reader *r, q_span *body, uint8_t tag) {
  uint8_t found = 0;
  size_t n = 0;
  Q_TRY(q_read_u8(r, &found));
  if (found != tag) {
    return QTLS_ERR_DECODE;
  }
  Q_TRY(read_length(r, &n));
  return q_read_bytes(r, body, n);
}

/* A positive INTEGER of at most `half` bytes, right-aligned in `out`. */
static qtls_err read_number(q_reader *r, uint8_t *out, size_t half) {
  q_span v = {NULL, 0};
  Q_TRY(read_element(r, &v, TAG_INTEGER));
  if (v.n == 0 || (v.p[0] & 0x80) != 0) {
    return QTLS_ERR_DECODE; /* empty or negative */
  }
  if (v.p[0] == 0) {
    if (v.n == 1 || (v.p[1] & 0x80) == 0) {
      return QTLS_ERR_DECODE; /* zero, or a leading zero too many */
    }
    v = q_span_of(v.p + 1, v.n - 1);
  }
  if (v.n > half) {
    return QTLS_ERR_DECODE;
  }
  memset(out, 0, half - v.n);
  memcpy(out + (half - v.n), v.p, v.n);
  return QTLS_OK;
}

qtls_err q_crypto_ecdsa_to_raw(uint8_t *raw, size_t half, q_span der) {
  q_reader outer = der;
  q_reader body = {NULL, 0};
  Q_TRY(read_element(&outer, &body, TAG_SEQUENCE));
  if (outer.n != 0) {
    return QTLS_ERR_DECODE;
  }
  Q_TRY(read_number(&body, raw, half));
  Q_TRY(read_number(&body, raw + half, half));
  return body.n == 0 ? QTLS_OK : QTLS_ERR_DECODE;
}

/* The number without leading zeros, and whether it needs one to be positive. */
static q_span trimmed(q_span number) {
  while (number.n > 1 && number.p[0] == 0) {
    number = q_span_of(number.p + 1, number.n - 1);
  }
  return number;
}

static size_t integer_size(q_span v) { return v.n + ((v.p[0] & 0x80) != 0 ? 1 : 0); }

static void write_number(q_writer *w, q_span v) {
  q_write_u8(w, TAG_INTEGER);
  q_write_u8(w, (uint8_t)integer_size(v));
  if (integer_size(v) > v.n) {
    q_write_u8(w, 0);
  }
  q_write_bytes(w, v);
}

qtls_err q_crypto_ecdsa_to_der(uint8_t *der, size_t *n, size_t cap, q_span raw) {
  *n = 0;
  size_t half = raw.n / 2;
  if (raw.n == 0 || raw.n % 2 != 0 || half > 66) {
    return QTLS_ERR_DECODE;
  }
  q_span r = trimmed(q_span_of(raw.p, half));
  q_span s = trimmed(q_span_of(raw.p + half, half));
  /* A zero has no place in a signature; the verifier refuses it anyway. */
  size_t body = 4 + integer_size(r) + integer_size(s);
  q_writer w;
  q_writer_init(&w, der, cap);
  q_write_u8(&w, TAG_SEQUENCE);
  if (body >= 0x80) {
    q_write_u8(&w, 0x81);
  }
  q_write_u8(&w, (uint8_t)body);
  write_number(&w, r);
  write_number(&w, s);
  return q_writer_end(&w, n);
}
