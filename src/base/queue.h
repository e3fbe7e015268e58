/*
 * Owns the byte queue: bytes go in at the end and out at the front. It grows
 * as needed up to a limit, and gives its memory back when it runs empty.
 */
#ifndef Q_BASE_QUEUE_H
#define Q_BASE_QUEUE_H

#include "base/mem.h"

/* All zero is an empty queue. */
typedef struct q_queue {
  uint8_t *p;
  size_t head; /* first byte not taken yet */
  size_t tail; /* one past the last */
  size_t cap;
} q_queue;

static inline size_t q_queue_length(const q_queue *q) { return q->tail - q->head; }
static inline q_span q_queue_span(const q_queue *q) {
  return q_span_of(q->p == NULL ? NULL : q->p + q->head, q_queue_length(q));
}

/* Room for `n` more bytes at *at; they count once q_queue_commit says so.
 * QTLS_ERR_NO_MEMORY leaves the queue as it was. */
QTLS_MUST_USE qtls_err q_queue_reserve(q_queue *q, uint8_t **at, size_t n);
void q_queue_commit(q_queue *q, size_t n);

QTLS_MUST_USE qtls_err q_queue_append(q_queue *q, q_span bytes);

/* Take `n` ≤ length bytes off the front. */
void q_queue_consume(q_queue *q, size_t n);

/* Wipe and release. */
void q_queue_free(q_queue *q);

#endif
