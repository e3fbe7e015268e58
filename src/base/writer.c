/* Owns writing of length-prefixed data. Must not allocate. */
#include "base/writer.h"

#include <string.h>

void q_writer_init(q_writer *w, uint8_t *buf, size_t cap) {
  w->p = buf;
  w->n = 0;
  w->cap = cap;
  w->err = QTLS_OK;
}

uint8_t *q_write_space(q_writer *w, size_t n) {
  if (w->err != QTLS_OK) {
    return NULL;
  }
  if (n > w->cap - w->n) {
    w->err = QTLS_ERR_BUFFER;
    return NULL;
  }
  /* Without a buffer n is 0: there is no place to point to. */
  uint8_t *at = w->p == NULL ? NULL : w->p + w->n;
  w->n += n;
  return at;
}

static void put_be(uint8_t *at, uint64_t v, size_t width) {
  for (size_t i = 0; i < width; i++) {
    at[i] = (uint8_t)(v >> (8 * (width - 1 - i)));
  }
}

static void write_be(q_writer *w, uint64_t v, size_t width) {
  uint8_t *at = q_write_space(w, width);
  if (at != NULL) {
    put_be(at, v, width);
  }
}

void q_write_u8(q_writer *w, uint8_t v) { write_be(w, v, 1); }
void q_write_u16(q_writer *w, uint16_t v) { write_be(w, v, 2); }
void q_write_u24(q_writer *w, uint32_t v) { write_be(w, v, 3); }
void q_write_u32(q_writer *w, uint32_t v) { write_be(w, v, 4); }
void q_write_u64(q_writer *w, uint64_t v) { write_be(w, v, 8); }

void q_write_bytes(q_writer *w, q_span bytes) {
  uint8_t *at = q_write_space(w, bytes.n);
  if (at != NULL && bytes.n > 0) {
    memcpy(at, bytes.p, bytes.n);
  }
}

q_mark q_write_open(q_writer *w, uint8_t width) {
  q_mark mark = {w->n, width};
  write_be(w, 0, width);
  return mark;
}

void q_write_close(q_writer *w, q_mark mark) {
  if (w->err != QTLS_OK) {
    return;
  }
  size_t n = w->n - mark.at - mark.width;
  if (n >> (8 * mark.width) != 0) {
    w->err = QTLS_ERR_INTERNAL;
    return;
  }
  put_be(w->p + mark.at, n, mark.width);
}

void q_write_vec(q_writer *w, uint8_t width, q_span bytes) {
  q_mark mark = q_write_open(w, width);
  q_write_bytes(w, bytes);
  q_write_close(w, mark);
}

qtls_err q_writer_end(const q_writer *w, size_t *n) {
  Q_TRY(w->err);
  *n = w->n;
  return QTLS_OK;
}
