/*
 * The search for the end of content, in a buffer of exactly its size: nothing
 * beyond it is read, and what is found lies inside. memcpy here checks its
 * places and leaves arbitrary bytes: the places do not depend on the content.
 * Which byte is found is not proven (README.md).
 *
 * sources: src/record/scan.c
 * unwind: 18
 * without: --unsigned-overflow-check
 * slow: proof_scan
 */
#include "proof.h"
#include "record/scan.h"

/* Each of its loops ends in every way from here on; a whole record is no more
 * than further rounds of the first. */
#define SCAN_MAX 2500

void *memcpy(void *to, const void *from, size_t n) {
  ASSERT(n == 0 || (__CPROVER_w_ok(to, n) && __CPROVER_r_ok(from, n)), "copied inside");
  __CPROVER_havoc_slice(to, n);
  return to;
}

size_t q_crypto_ct_reveal(size_t v) { return v; }

void proof_scan(void) {
  size_t n = any_size();
  ASSUME(n <= SCAN_MAX);
  uint8_t *p = any_bytes(n);
  size_t end = q_record_content_end(p, n);
  /* Below one block the content is looked at in a copy, which here is arbitrary. */
  ASSERT(end <= n || n < 64, "lies inside");
}
