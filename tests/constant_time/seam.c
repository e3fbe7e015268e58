/*
 * Owns every declassification: the functions below stand between two object
 * files of the core (linker option --wrap), so the code that is checked is the
 * code that ships, without a mark in it. Each says what is secret before, what
 * is public after, and why. Must not change what the wrapped function does, but for
 * the control that compares badly.
 *
 * AWS-LC is the boundary: its own constant-time promises are its own. Secrets
 * become secret where they leave it, and only what an observer of the wire or
 * the application sees becomes public where it leaves us.
 */
#include <string.h>

#include "constant_time/ct.h"
#include "crypto/aead.h"
#include "crypto/ct_marks.h"
#include "crypto/kem.h"
#include "crypto/key_parts.h"
#include "crypto/random.h"
#include "handshake/cookie.h"
#include "record/record.h"
#include "record/scan.h"

/* ---- what AWS-LC hands over as secret ---- */

qtls_err __real_q_crypto_kem_encapsulate(q_secret *secret, uint8_t *share, q_kex_alg alg, q_span peer);
qtls_err __wrap_q_crypto_kem_encapsulate(q_secret *secret, uint8_t *share, q_kex_alg alg, q_span peer);
qtls_err __wrap_q_crypto_kem_encapsulate(q_secret *secret, uint8_t *share, q_kex_alg alg, q_span peer) {
  uint8_t before = secret->n;
  qtls_err err = __real_q_crypto_kem_encapsulate(secret, share, alg, peer);
  ct_secret(secret->b + before, (size_t)(secret->n - before));
  return err;
}

qtls_err __real_q_crypto_kem_decapsulate(q_secret *secret, const q_kem_key *key, q_span peer);
qtls_err __wrap_q_crypto_kem_decapsulate(q_secret *secret, const q_kem_key *key, q_span peer);
qtls_err __wrap_q_crypto_kem_decapsulate(q_secret *secret, const q_kem_key *key, q_span peer) {
  uint8_t before = secret->n;
  qtls_err err = __real_q_crypto_kem_decapsulate(secret, key, peer);
  ct_secret(secret->b + before, (size_t)(secret->n - before));
  return err;
}

/* Opening compares the tag inside AWS-LC, in constant time, and then branches on
 * the verdict: that branch is public, a bad record ends the connection with an
 * alert. So AWS-LC opens with a key schedule that is not marked, and what comes
 * out is secret, all of it. */
qtls_err __real_q_crypto_aead_open(const q_aead *a, uint8_t *inout, size_t *out_n, const uint8_t nonce[Q_AEAD_IV],
                                   size_t n, q_span ad);
qtls_err __wrap_q_crypto_aead_open(const q_aead *a, uint8_t *inout, size_t *out_n, const uint8_t nonce[Q_AEAD_IV],
                                   size_t n, q_span ad);
qtls_err __wrap_q_crypto_aead_open(const q_aead *a, uint8_t *inout, size_t *out_n, const uint8_t nonce[Q_AEAD_IV],
                                   size_t n, q_span ad) {
  q_aead key = *a;
  uint8_t open_nonce[Q_AEAD_IV];
  memcpy(open_nonce, nonce, sizeof open_nonce);
  ct_public(&key, sizeof key, "AWS-LC branches on its verdict over the tag, which is public");
  ct_public(open_nonce, sizeof open_nonce, "as the key");
  qtls_err err = __real_q_crypto_aead_open(&key, inout, out_n, open_nonce, n, ad);
  ct_secret(inout, *out_n);
  return err;
}

/* What is sealed goes over the wire. */
qtls_err __real_q_crypto_aead_seal(const q_aead *a, uint8_t *out, const uint8_t nonce[Q_AEAD_IV], q_span in,
                                   q_span extra, q_span ad);
qtls_err __wrap_q_crypto_aead_seal(const q_aead *a, uint8_t *out, const uint8_t nonce[Q_AEAD_IV], q_span in,
                                   q_span extra, q_span ad);
qtls_err __wrap_q_crypto_aead_seal(const q_aead *a, uint8_t *out, const uint8_t nonce[Q_AEAD_IV], q_span in,
                                   q_span extra, q_span ad) {
  qtls_err err = __real_q_crypto_aead_seal(a, out, nonce, in, extra, ad);
  ct_public(&err, sizeof err, "sealing fails on lengths alone");
  ct_public(out, in.n + extra.n + Q_AEAD_TAG, "a sealed record is what the observer sees");
  return err;
}

/* ---- what we make public ourselves ---- */

bool ct_compares_badly;

bool __real_q_crypto_ct_equal(const uint8_t *a, const uint8_t *b, size_t n);
bool __wrap_q_crypto_ct_equal(const uint8_t *a, const uint8_t *b, size_t n);
bool __wrap_q_crypto_ct_equal(const uint8_t *a, const uint8_t *b, size_t n) {
  bool equal = ct_compares_badly ? memcmp(a, b, n) == 0 : __real_q_crypto_ct_equal(a, b, n);
  ct_public(&equal, sizeof equal, "equal or not: the handshake goes on or ends with an alert; where they differ stays secret");
  return equal;
}

size_t __real_q_crypto_ct_reveal(size_t v);
size_t __wrap_q_crypto_ct_reveal(size_t v);
size_t __wrap_q_crypto_ct_reveal(size_t v) {
  size_t same = __real_q_crypto_ct_reveal(v);
  ct_public(&same, sizeof same, "the reason stands where it is called");
  return same;
}

size_t __real_q_record_content_end(const uint8_t *p, size_t n);
size_t __wrap_q_record_content_end(const uint8_t *p, size_t n);
size_t __wrap_q_record_content_end(const uint8_t *p, size_t n) {
  size_t end = __real_q_record_content_end(p, n);
  ct_public(&end, sizeof end, "the application is told how long its data is; only the search must not tell");
  return end;
}

qtls_err __real_q_record_open(q_record_keys *k, q_record *out, uint8_t *in, size_t total, size_t limit);
qtls_err __wrap_q_record_open(q_record_keys *k, q_record *out, uint8_t *in, size_t total, size_t limit);
qtls_err __wrap_q_record_open(q_record_keys *k, q_record *out, uint8_t *in, size_t total, size_t limit) {
  qtls_err err = __real_q_record_open(k, out, in, total, limit);
  ct_public(&out->type, sizeof out->type, "the content type decides what the engine does next, which shows");
  if (err == QTLS_OK && out->type != Q_RECORD_DATA) {
    ct_public(out->body, out->n,
              "handshake messages and alerts of the peer are no secrets of ours: certificates, names, signatures, "
              "and a Finished value that is compared with a secret one");
  }
  return err;
}

qtls_err __real_q_cookie_seal(uint8_t out[Q_COOKIE_SIZE], const q_machine *m, const q_cookie_content *in);
qtls_err __wrap_q_cookie_seal(uint8_t out[Q_COOKIE_SIZE], const q_machine *m, const q_cookie_content *in);
qtls_err __wrap_q_cookie_seal(uint8_t out[Q_COOKIE_SIZE], const q_machine *m, const q_cookie_content *in) {
  qtls_err err = __real_q_cookie_seal(out, m, in);
  ct_public(out, Q_COOKIE_SIZE, "the cookie is sent in the clear; only its key is secret");
  return err;
}

/* ---- private keys: AWS-LC computes with them, we carry their bytes ---- */

/* Runs on a copy without marks: making an ML-DSA key from its seed rejects
 * samples, which takes a time that depends on values FIPS 204 makes public or
 * may be learnt without harm. */
EVP_PKEY *__real_EVP_PKEY_pqdsa_new_raw_private_key(int nid, const uint8_t *in, size_t n);
EVP_PKEY *__wrap_EVP_PKEY_pqdsa_new_raw_private_key(int nid, const uint8_t *in, size_t n);
EVP_PKEY *__wrap_EVP_PKEY_pqdsa_new_raw_private_key(int nid, const uint8_t *in, size_t n) {
  Q_AUTO_FREE uint8_t *copy = q_alloc_copy(in, n);
  ct_public(copy, n, "AWS-LC's own work on the key");
  return __real_EVP_PKEY_pqdsa_new_raw_private_key(nid, copy, n);
}

int __real_EVP_PKEY_get_raw_private_key(const EVP_PKEY *key, uint8_t *out, size_t *n);
int __wrap_EVP_PKEY_get_raw_private_key(const EVP_PKEY *key, uint8_t *out, size_t *n);
int __wrap_EVP_PKEY_get_raw_private_key(const EVP_PKEY *key, uint8_t *out, size_t *n) {
  int ok = __real_EVP_PKEY_get_raw_private_key(key, out, n);
  if (ok == 1 && out != NULL) {
    ct_secret(out, *n);
  }
  return ok;
}

EVP_PKEY *__real_EVP_parse_private_key(CBS *cbs);
EVP_PKEY *__wrap_EVP_parse_private_key(CBS *cbs);
EVP_PKEY *__wrap_EVP_parse_private_key(CBS *cbs) {
  Q_AUTO_FREE uint8_t *copy = q_alloc_copy(CBS_data(cbs), CBS_len(cbs));
  ct_public(copy, CBS_len(cbs), "AWS-LC's own work on the key");
  CBS view;
  CBS_init(&view, copy, CBS_len(cbs));
  return __real_EVP_parse_private_key(&view);
}
