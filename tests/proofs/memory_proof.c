/*
 * Sums, blocks and the arena: requests of any size up to SIZE_MAX, an allocator
 * that may fail, an arena whose top chunk is used up to any place.
 *
 * sources: src/base/mem.c src/base/arena.c src/base/secret.c
 * slow: proof_arena proof_secret
 * unwind: 3
 */
#include "base/arena.h"
#include "base/secret.h"
#include "proof.h"

void proof_add(void) {
  size_t a = any_size();
  size_t b = any_size();
  size_t before = any_size();
  size_t out = before;
  if (q_base_add(&out, a, b)) {
    ASSERT(out >= a && out >= b && out - a == b, "the sum");
  } else {
    ASSERT(a > SIZE_MAX - b, "only when it does not fit");
    ASSERT(out == before, "untouched");
  }
}

void proof_block(void) {
  size_t n = any_size();
  uint8_t *p = q_alloc(n);
  if (p != NULL) {
    ASSERT(n > 0 && __CPROVER_rw_ok(p, n), "as much as was asked");
    ASSERT(__CPROVER_POINTER_OFFSET(p) % 16 == 0, "aligned");
    size_t i = any_size();
    ASSUME(i < n);
    ASSERT(p[i] == 0, "zeroed");
  }
  q_free(p);
}

/* Two blocks of any size from one arena: the second may need a new chunk. */
void proof_arena(void) {
  q_arena a = {NULL};
  size_t first_n = any_size();
  size_t second_n = any_size();
  uint8_t *first = q_arena_alloc(&a, first_n);
  uint8_t *second = q_arena_alloc(&a, second_n);
  ASSERT(first == NULL || (first_n > 0 && __CPROVER_rw_ok(first, first_n)), "room");
  ASSERT(second == NULL || (second_n > 0 && __CPROVER_rw_ok(second, second_n)), "room");
  ASSERT(first == NULL || __CPROVER_POINTER_OFFSET(first) % 16 == 0, "aligned");
  ASSERT(second == NULL || __CPROVER_POINTER_OFFSET(second) % 16 == 0, "aligned");
  if (first != NULL && second != NULL && __CPROVER_same_object(first, second)) {
    ASSERT(second >= first + first_n, "apart");
  }
  q_arena_free(&a);
  ASSERT(a.top == NULL, "empty again");
}

void proof_secret(void) {
  q_secret s;
  q_secret more;
  ASSUME(s.n <= Q_SECRET_MAX && more.n <= Q_SECRET_MAX);
  size_t n = any_size();
  size_t held = n <= Q_SECRET_MAX ? n : 1;
  if (any_bool()) {
    qtls_err err = q_secret_set(&s, any_bytes(held), n);
    ASSERT((err == QTLS_OK) == (n <= Q_SECRET_MAX), "fits or is refused");
  } else {
    unsigned sum = (unsigned)s.n + more.n;
    qtls_err err = q_secret_append(&s, &more);
    ASSERT((err == QTLS_OK) == (sum <= Q_SECRET_MAX), "fits or is refused");
    ASSERT(err != QTLS_OK || s.n == sum, "joined");
  }
  ASSERT(s.n <= Q_SECRET_MAX, "sound");
}
