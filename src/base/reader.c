/* Owns reading of length-checked data. Must not allocate nor keep state. */
#include "base/reader.h"

#include <string.h>

static qtls_err read_be(q_reader *r, uint64_t *out, size_t width) {
  if (r->n < width) {
    return QTLS_ERR_DECODE;
  }
  uint64_t v = 0;
  for (size_t i = 0; i < width; i++) {
    v = (v << 8) | r->p[i];
  }
  if (width > 0) {
    r->p += width;
    r->n -= width;
  }
  *out = v;
  return QTLS_OK;
}

qtls_err q_read_u8(q_reader *r, uint8_t *out) {
  uint64_t v = 0;
  Q_TRY(read_be(r, &v, 1));
  *out = (uint8_t)v;
  return QTLS_OK;
}

qtls_err q_read_u16(q_reader *r, uint16_t *out) {
  uint64_t v = 0;
  Q_TRY(read_be(r, &v, 2));
  *out = (uint16_t)v;
  return QTLS_OK;
}

qtls_err q_read_u24(q_reader *r, uint32_t *out) {
  uint64_t v = 0;
  Q_TRY(read_be(r, &v, 3));
  *out = (uint32_t)v;
  return QTLS_OK;
}

qtls_err q_read_u32(q_reader *r, uint32_t *out) {
  uint64_t v = 0;
  Q_TRY(read_be(r, &v, 4));
  *out = (uint32_t)v;
  return QTLS_OK;
}

qtls_err q_read_u64(q_reader *r, uint64_t *out) { return read_be(r, out, 8); }

qtls_err q_read_bytes(q_reader *r, q_span *out, size_t n) {
  if (r->n < n) {
    return QTLS_ERR_DECODE;
  }
  *out = q_span_of(r->p, n);
  if (n > 0) {
    r->p += n;
    r->n -= n;
  }
  return QTLS_OK;
}

qtls_err q_read_copy(q_reader *r, uint8_t *out, size_t n) {
  q_span s = {NULL, 0};
  Q_TRY(q_read_bytes(r, &s, n));
  if (n > 0) {
    memcpy(out, s.p, n);
  }
  return QTLS_OK;
}

static qtls_err read_vec(q_reader *r, q_span *out, size_t width, size_t min, size_t max) {
  q_reader probe = *r;
  uint64_t n = 0;
  Q_TRY(read_be(&probe, &n, width));
  if (n < min || n > max) {
    return QTLS_ERR_DECODE;
  }
  Q_TRY(q_read_bytes(&probe, out, (size_t)n));
  *r = probe;
  return QTLS_OK;
}

qtls_err q_read_vec8(q_reader *r, q_span *out, size_t min, size_t max) {
  return read_vec(r, out, 1, min, max);
}

qtls_err q_read_vec16(q_reader *r, q_span *out, size_t min, size_t max) {
  return read_vec(r, out, 2, min, max);
}

qtls_err q_read_vec24(q_reader *r, q_span *out, size_t min, size_t max) {
  return read_vec(r, out, 3, min, max);
}

qtls_err q_read_end(const q_reader *r) { return r->n == 0 ? QTLS_OK : QTLS_ERR_TRAILING; }

bool q_codes_has(q_span list, uint16_t code) {
  for (size_t i = 0; i < q_codes_count(list); i++) {
    if (q_codes_at(list, i) == code) {
      return true;
    }
  }
  return false;
}
