/*
 * Owns memory: the only place of the core that calls malloc. Every block is
 * zeroed when handed out and wiped when given back, whatever it held.
 */
#ifndef Q_BASE_MEM_H
#define Q_BASE_MEM_H

#include "base/try.h"

/* `size` zeroed bytes, aligned for any type; NULL when memory is short or size
 * is 0. The caller owns them and gives them back with q_free. */
void *q_alloc(size_t size);

/* A copy of `n` bytes (n > 0) in a block of its own. */
void *q_alloc_copy(const void *src, size_t n);

/* Wipes and releases a block of q_alloc. NULL is fine. */
void q_free(void *block);

/* memset that the compiler does not remove. */
void q_wipe(void *p, size_t n);

/* Where blocks come from: for tests that count or fail allocations. Both NULL:
 * malloc and free. Not thread-safe: call before anything is allocated. */
typedef struct q_mem_source {
  void *(*get)(size_t size);
  void (*put)(void *block);
} q_mem_source;
void q_mem_set_source(q_mem_source source);

/* Scope cleanup: `Q_AUTO_FREE uint8_t *p = q_alloc(n);` gives p back, wiped,
 * when the scope ends. */
static inline void q_mem_auto_free(void *pp) { q_free(*(void **)pp); }
#define Q_AUTO_FREE __attribute__((cleanup(q_mem_auto_free)))

#endif
