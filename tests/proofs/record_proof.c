/*
 * Sealing and opening: the lengths, for content, padding, room and input of any
 * size. The AEAD is replaced by one that may give any bytes and may fail, and
 * that demands the room it was promised. memcpy and memset are checked for their
 * places; the values are not followed. The search for the end of content has a
 * proof of its own.
 *
 * sources: src/record/record.c src/crypto/ct_marks.c
 * unwind: 13
 */
#include "proof.h"
#include "record/record.h"
#include "record/scan.h"

void *memcpy(void *to, const void *from, size_t n) {
  ASSERT(n == 0 || (__CPROVER_w_ok(to, n) && __CPROVER_r_ok(from, n)), "copied inside");
  return to;
}

void *memset(void *to, int value, size_t n) {
  (void)value;
  ASSERT(n == 0 || __CPROVER_w_ok(to, n), "set inside");
  return to;
}

qtls_err q_crypto_aead_seal(const q_aead *a, uint8_t *out, const uint8_t nonce[Q_AEAD_IV], q_span in, q_span extra,
                            q_span ad) {
  (void)a;
  ASSERT(__CPROVER_r_ok(nonce, Q_AEAD_IV), "a nonce");
  ASSERT(in.n <= Q_RECORD_PLAINTEXT_MAX && extra.n >= 1 && extra.n <= 1 + Q_RECORD_PLAINTEXT_MAX, "lengths");
  ASSERT(__CPROVER_w_ok(out, in.n + extra.n + Q_AEAD_TAG), "room for ciphertext and tag");
  ASSERT(in.n == 0 || __CPROVER_r_ok(in.p, in.n), "content");
  ASSERT(__CPROVER_r_ok(extra.p, extra.n) && __CPROVER_r_ok(ad.p, ad.n), "type, padding, header");
  return any_bool() ? QTLS_OK : QTLS_ERR_CRYPTO;
}

qtls_err q_crypto_aead_open(const q_aead *a, uint8_t *inout, size_t *out_n, const uint8_t nonce[Q_AEAD_IV], size_t n,
                            q_span ad) {
  (void)a;
  ASSERT(__CPROVER_r_ok(nonce, Q_AEAD_IV) && __CPROVER_r_ok(ad.p, ad.n), "nonce and header");
  ASSERT(n == 0 || __CPROVER_rw_ok(inout, n), "ciphertext");
  if (n < Q_AEAD_TAG || any_bool()) {
    *out_n = 0;
    return QTLS_ERR_RECORD_BAD_MAC;
  }
  *out_n = n - Q_AEAD_TAG;
  return QTLS_OK;
}

size_t q_record_content_end(const uint8_t *p, size_t n) {
  ASSERT(n == 0 || __CPROVER_r_ok(p, n), "plaintext");
  size_t end = any_size();
  ASSUME(end <= n);
  return end;
}

void proof_seal(void) {
  q_record_keys k;
  q_span in;
  in.n = any_size();
  size_t held = any_size();
  ASSUME(held <= 70000 && (in.n <= held || in.n > Q_RECORD_PLAINTEXT_MAX));
  in.p = any_bytes(held);
  size_t cap = any_size();
  ASSUME(cap <= 70000);
  uint8_t *out = any_bytes(cap);
  size_t padding = any_size();
  size_t written = 1;
  uint64_t sequence = k.sequence;
  qtls_err err = q_record_seal(&k, out, &written, cap, any_u8(), in, padding);
  ASSERT(written <= cap, "no more than there is room");
  ASSERT(err == QTLS_OK || written == 0, "an error writes no record");
  ASSERT(err != QTLS_OK || !k.on || (k.sequence == sequence + 1 && sequence < Q_RECORD_SEQUENCE_MAX),
         "each record has a number of its own, below the limit");
}

void proof_open(void) {
  q_record_keys k;
  q_record r;
  size_t total = any_size();
  ASSUME(total <= 70000);
  uint8_t *in = any_bytes(total);
  size_t limit = any_size();
  uint64_t sequence = k.sequence;
  qtls_err err = q_record_open(&k, &r, in, total, limit);
  if (err == QTLS_OK) {
    ASSERT(k.sequence > sequence, "the number does not wrap");
    ASSERT(r.n < total && (r.n == 0 || __CPROVER_rw_ok(r.body, r.n)), "content inside the input");
    ASSERT(r.n < limit, "content and type within the limit");
  } else {
    ASSERT(r.body == NULL && r.n == 0, "an error gives no content");
  }
}
