/* Owns scratch memory of one handshake. */
#include "base/arena.h"

/* A first chunk that holds a client's whole scratch in one allocation. */
#define CHUNK_SIZE 4096

struct q_arena_chunk {
  q_arena_chunk *below;
  size_t used;
  size_t cap;
  _Alignas(16) uint8_t bytes[];
};

void *q_arena_alloc(q_arena *a, size_t size) {
  size_t rounded = 0;
  if (size == 0 || !q_base_add(&rounded, size, 15)) {
    return NULL;
  }
  rounded &= ~(size_t)15;
  q_arena_chunk *top = a->top;
  if (top == NULL || top->cap - top->used < rounded) {
    size_t cap = rounded > CHUNK_SIZE ? rounded : CHUNK_SIZE;
    size_t total = 0;
    if (!q_base_add(&total, cap, sizeof(q_arena_chunk))) {
      return NULL;
    }
    q_arena_chunk *fresh = q_alloc(total);
    if (fresh == NULL) {
      return NULL;
    }
    fresh->below = top;
    fresh->cap = cap;
    a->top = top = fresh;
  }
  void *at = top->bytes + top->used;
  top->used += rounded;
  return at;
}

void q_arena_free(q_arena *a) {
  while (a->top != NULL) {
    q_arena_chunk *chunk = a->top;
    a->top = chunk->below;
    q_free(chunk);
  }
}
