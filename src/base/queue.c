/* Owns the byte queue. */
#include "base/queue.h"

#include <string.h>

qtls_err q_queue_reserve(q_queue *q, uint8_t **at, size_t n) {
  size_t length = q_queue_length(q);
  size_t want = 0;
  if (!q_base_add(&want, length, n)) {
    return QTLS_ERR_NO_MEMORY;
  }
  if (q->cap - q->tail < n) {
    if (want <= q->cap && q->p != NULL) {
      memmove(q->p, q->p + q->head, length);
    } else {
      /* Half as much again: filling it byte by byte stays linear. */
      size_t cap = want < 256 ? 256 : want;
      size_t grown_cap = q->cap + q->cap / 2;
      cap = cap < grown_cap ? grown_cap : cap;
      uint8_t *grown = q_alloc(cap);
      if (grown == NULL) {
        return QTLS_ERR_NO_MEMORY;
      }
      if (length > 0) {
        memcpy(grown, q->p + q->head, length);
      }
      q_free(q->p);
      q->p = grown;
      q->cap = cap;
    }
    q->head = 0;
    q->tail = length;
  }
  *at = q->p == NULL ? NULL : q->p + q->tail; /* nothing asked of an empty queue */
  return QTLS_OK;
}

void q_queue_commit(q_queue *q, size_t n) { q->tail += n; }

qtls_err q_queue_append(q_queue *q, q_span bytes) {
  if (bytes.n == 0) {
    return QTLS_OK;
  }
  uint8_t *at = NULL;
  Q_TRY(q_queue_reserve(q, &at, bytes.n));
  memcpy(at, bytes.p, bytes.n);
  q_queue_commit(q, bytes.n);
  return QTLS_OK;
}

void q_queue_consume(q_queue *q, size_t n) {
  q->head += n;
  if (q->head == q->tail) {
    q_queue_free(q);
  }
}

void q_queue_free(q_queue *q) {
  q_free(q->p);
  *q = (q_queue){NULL, 0, 0, 0};
}
