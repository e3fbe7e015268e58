/*
 * Owns scratch memory of one handshake: blocks are taken one by one and given
 * back all at once, wiped. Must not be used for anything that outlives it.
 */
#ifndef Q_BASE_ARENA_H
#define Q_BASE_ARENA_H

#include "base/mem.h"

typedef struct q_arena_chunk q_arena_chunk;

/* All zero is an empty arena. */
typedef struct q_arena {
  q_arena_chunk *top;
} q_arena;

/* `size` zeroed bytes aligned to 16, or NULL. */
void *q_arena_alloc(q_arena *a, size_t size);

/* Wipe and release everything. The arena is empty and usable again. */
void q_arena_free(q_arena *a);

#endif
