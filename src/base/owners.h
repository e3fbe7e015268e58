/*
 * Owns the counting of owners: of things that are built by one thread, then shared
 * read-only by several, and gone with the last of them.
 */
#ifndef Q_BASE_OWNERS_H
#define Q_BASE_OWNERS_H

#include <stdbool.h>
#include <stdint.h>

static inline void q_owners_add(uint32_t *owners) { (void)__atomic_add_fetch(owners, 1, __ATOMIC_RELAXED); }

/* True when that was the last one: the caller releases what they owned. */
static inline bool q_owners_drop(uint32_t *owners) { return __atomic_sub_fetch(owners, 1, __ATOMIC_ACQ_REL) == 0; }

/* Has somebody else a part in it? Only the one who built it may ask, while it is
 * still his alone to give away. */
static inline bool q_owners_several(const uint32_t *owners) { return __atomic_load_n(owners, __ATOMIC_ACQUIRE) > 1; }

#endif
