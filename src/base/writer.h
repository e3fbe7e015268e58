/*
 * Owns writing of big-endian data with length prefixes into a buffer that the
 * caller gives. The first failure sticks: later calls do nothing, and the
 * caller looks once, at q_writer_end. Nothing is allocated.
 */
#ifndef Q_BASE_WRITER_H
#define Q_BASE_WRITER_H

#include "base/try.h"

typedef struct q_writer {
  uint8_t *p;
  size_t n;   /* bytes written */
  size_t cap; /* bytes there are */
  qtls_err err;
} q_writer;

/* A place where a length prefix is filled in later. */
typedef struct q_mark {
  size_t at;
  uint8_t width;
} q_mark;

void q_writer_init(q_writer *w, uint8_t *buf, size_t cap);

void q_write_u8(q_writer *w, uint8_t v);
void q_write_u16(q_writer *w, uint16_t v);
void q_write_u24(q_writer *w, uint32_t v);
void q_write_u32(q_writer *w, uint32_t v);
void q_write_u64(q_writer *w, uint64_t v);
void q_write_bytes(q_writer *w, q_span bytes);

/* `n` bytes that the caller fills in at once; NULL when they do not fit. */
uint8_t *q_write_space(q_writer *w, size_t n);

/* Open a vector with a prefix of `width` (1-3) bytes; close it with the mark. */
q_mark q_write_open(q_writer *w, uint8_t width);
void q_write_close(q_writer *w, q_mark mark);

/* A whole vector: prefix of `width` bytes and its content. */
void q_write_vec(q_writer *w, uint8_t width, q_span bytes);

/* The verdict: QTLS_OK and the length, QTLS_ERR_BUFFER when it did not fit,
 * QTLS_ERR_INTERNAL when a vector outgrew its prefix. */
QTLS_MUST_USE qtls_err q_writer_end(const q_writer *w, size_t *n);

#endif
