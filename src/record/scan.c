/*
 * Owns the search for the end of content. Every byte is looked at, in blocks
 * that get smaller: which block holds the last byte set is kept by masks, never
 * by a branch. No early exit belongs here. The two blocks found are read again:
 * an address, not a branch, that tells no more than what follows, as the caller
 * then reads the content up to the same place and no further; and the record
 * was read as a whole just before.
 */
#include "record/scan.h"

#include <string.h>

#include "crypto/ct_marks.h"

enum { WORD = 8, SMALL = 64, LARGE = 256 };

typedef uint64_t vector __attribute__((vector_size(16)));

/* All ones if `w` is not zero, else zero. */
static inline uint64_t mask_of(uint64_t w) { return 0 - ((w | (0 - w)) >> 63); }

/* `b` where the mask is set, else `a`. */
static inline size_t choose(uint64_t mask, size_t a, size_t b) { return (a & ~(size_t)mask) | (b & (size_t)mask); }

static inline vector vector_at(const uint8_t *p) {
  vector v;
  memcpy(&v, p, sizeof v);
  return v;
}

/* All bits of 64 bytes, in one vector and then in one word. */
static inline vector gather(const uint8_t *p) {
  return (vector_at(p) | vector_at(p + 16)) | (vector_at(p + 32) | vector_at(p + 48));
}
static inline uint64_t fold(vector v) { return v[0] | v[1]; }

static inline uint64_t any_in_small(const uint8_t *p) { return fold(gather(p)); }
static inline uint64_t any_in_large(const uint8_t *p) {
  return fold((gather(p) | gather(p + SMALL)) | (gather(p + 2 * SMALL) | gather(p + 3 * SMALL)));
}

/* Bytes with the last one highest, whatever the machine's order. In one
 * expression, which compilers know as a single load. */
static inline uint64_t load(const uint8_t *p) {
  return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
         (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

/* One past the last byte set of a small block; 0 when none is. */
static size_t end_in_small(const uint8_t *p) {
  uint64_t word = 0;
  size_t at = 0;
  for (size_t i = 0; i < SMALL; i += WORD) {
    uint64_t w = load(p + i);
    uint64_t mask = mask_of(w);
    at = choose(mask, at, i);
    word = (word & ~mask) | (w & mask);
  }
  size_t end = 0;
  for (size_t i = 0; i < WORD; i++) {
    uint64_t mask = mask_of((word >> (8 * i)) & 0xFF);
    end = choose(mask, end, at + i + 1);
  }
  return end;
}

size_t q_record_content_end(const uint8_t *p, size_t n) {
  if (n < SMALL) {
    uint8_t block[SMALL] = {0};
    if (n > 0) {
      memcpy(block, p, n);
    }
    return end_in_small(block);
  }
  /* The last large block with a byte set, then the last small one in it. */
  size_t large = 0;
  size_t at = 0;
  for (; at + LARGE <= n; at += LARGE) {
    large = choose(mask_of(any_in_large(p + at)), large, at);
  }
  large = q_crypto_ct_reveal(large); /* an address: see above */
  size_t small = large;
  for (size_t i = 0; at > 0 && i < LARGE; i += SMALL) {
    small = choose(mask_of(any_in_small(p + large + i)), small, large + i);
  }
  /* What is left, and the end, where the last block may overlap the one before. */
  for (; at + SMALL <= n; at += SMALL) {
    small = choose(mask_of(any_in_small(p + at)), small, at);
  }
  small = choose(mask_of(any_in_small(p + n - SMALL)), small, n - SMALL);
  small = q_crypto_ct_reveal(small); /* as before */
  size_t end = end_in_small(p + small);
  return choose(mask_of(end), 0, small + end);
}
