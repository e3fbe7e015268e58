/*
 * Owns the words of the proofs. Each *_proof.c holds one or more functions
 * `proof_X` without arguments: CBMC starts there with every local value
 * arbitrary, and tries all of them at once. ASSUME narrows what a caller
 * guarantees; ASSERT is what we guarantee; the checks named in run.sh (bounds,
 * pointers, overflow, conversion) hold at every step besides.
 */
#ifndef PROOF_H
#define PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define ASSUME(condition) __CPROVER_assume(condition)
#define ASSERT(condition, text) __CPROVER_assert(condition, text)

/* No object is larger: what malloc and the linker can give (C11 6.5.6, and
 * CBMC's own limit of addresses). */
#define OBJECT_MAX ((size_t)1 << 40)

/* Arbitrary values: CBMC gives any to a function of such a name. */
uint8_t nondet_u8(void);
uint16_t nondet_u16(void);
uint32_t nondet_u32(void);
uint64_t nondet_u64(void);
size_t nondet_size(void);
bool nondet_bool(void);
static inline uint8_t any_u8(void) { return nondet_u8(); }
static inline uint16_t any_u16(void) { return nondet_u16(); }
static inline uint32_t any_u32(void) { return nondet_u32(); }
static inline uint64_t any_u64(void) { return nondet_u64(); }
static inline size_t any_size(void) { return nondet_size(); }
static inline bool any_bool(void) { return nondet_bool(); }

/* `n` bytes with arbitrary contents; NULL for none. */
static inline uint8_t *any_bytes(size_t n) {
  if (n == 0) {
    return NULL;
  }
  uint8_t *p = malloc(n);
  ASSUME(p != NULL);
  return p;
}

#endif
