/*
 * The byte queue, over an allocator that may fail. One step from any state that
 * a queue can be in keeps it in such a state. Capacities up to 2^40 (an object of
 * half the address space would overflow the growth; there is none), requests of
 * any size. What moving bytes does to their values is not followed, only where
 * they go: memmove and memcpy are checked for their places.
 *
 * sources: src/base/queue.c
 * unwind: 2
 */
#include "base/queue.h"
#include "proof.h"

void *q_alloc(size_t size) { return size == 0 || size > 4 * OBJECT_MAX ? NULL : malloc(size); }
void q_free(void *block) { free(block); }

void *memmove(void *to, const void *from, size_t n) {
  ASSERT(n == 0 || (__CPROVER_w_ok(to, n) && __CPROVER_r_ok(from, n)), "moved inside");
  return to;
}

void *memcpy(void *to, const void *from, size_t n) {
  ASSERT(n == 0 || (__CPROVER_w_ok(to, n) && __CPROVER_r_ok(from, n)), "copied inside");
  ASSERT(n == 0 || !__CPROVER_same_object(to, from), "between two blocks");
  return to;
}

static bool is_sound(const q_queue *q) {
  if (q->p == NULL) {
    return q->head == 0 && q->tail == 0 && q->cap == 0;
  }
  return q->head <= q->tail && q->tail <= q->cap && q->cap > 0 && __CPROVER_rw_ok(q->p, q->cap);
}

static q_queue any_queue(void) {
  q_queue q = {NULL, 0, 0, 0};
  if (any_bool()) {
    q.cap = any_size();
    ASSUME(q.cap > 0 && q.cap <= OBJECT_MAX);
    q.p = q_alloc(q.cap);
    ASSUME(q.p != NULL);
    q.head = any_size();
    q.tail = any_size();
    ASSUME(q.head <= q.tail && q.tail <= q.cap);
  }
  return q;
}

void proof_reserve(void) {
  q_queue q = any_queue();
  q_queue before = q;
  size_t n = any_size();
  uint8_t *at = NULL;
  qtls_err err = q_queue_reserve(&q, &at, n);
  ASSERT(is_sound(&q), "sound");
  ASSERT(q_queue_length(&q) == q_queue_length(&before), "nothing lost");
  if (err == QTLS_OK) {
    ASSERT(n == 0 || __CPROVER_w_ok(at, n), "room for what was asked");
    ASSERT(n <= q.cap - q.tail, "which may be committed");
    q_queue_commit(&q, n);
    ASSERT(is_sound(&q), "sound when committed");
  } else {
    ASSERT(q.p == before.p && q.head == before.head && q.tail == before.tail, "an error leaves it as it was");
  }
}

void proof_consume(void) {
  q_queue q = any_queue();
  size_t n = any_size();
  ASSUME(n <= q_queue_length(&q));
  size_t left = q_queue_length(&q) - n;
  q_queue_consume(&q, n);
  ASSERT(is_sound(&q) && q_queue_length(&q) == left, "sound, and shorter by as much");
  ASSERT(left > 0 || q.p == NULL, "empty: the memory is given back");
  q_span s = q_queue_span(&q);
  ASSERT(s.n == 0 || __CPROVER_r_ok(s.p, s.n), "what is left may be read");
}
