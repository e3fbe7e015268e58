/*
 * One key as DER, private (PKCS#8, in the clear or under the phrase "phrase") or
 * public (SubjectPublicKeyInfo).
 */
#include "crypto/pbes.h"
#include "crypto/sign.h"
#include "fuzz.h"
#include "pki/keyfacts.h"

/* A key that was read can be written, and what was written is read again. */
static void round_trip(const q_privkey *key) {
  uint8_t *der = NULL;
  uint8_t *spki = NULL;
  size_t n = 0;
  size_t spki_n = 0;
  q_privkey *again = NULL;
  q_pubkey *public = NULL;
  FUZZ_CHECK(q_crypto_privkey_to_pkcs8(key, &der, &n) == QTLS_OK);
  FUZZ_CHECK(q_crypto_privkey_to_spki(key, &spki, &spki_n) == QTLS_OK);
  FUZZ_CHECK(q_crypto_privkey_from_pkcs8(&again, q_span_of(der, n)) == QTLS_OK);
  FUZZ_CHECK(q_crypto_pubkey_from_spki(&public, q_span_of(spki, spki_n)) == QTLS_OK);
  FUZZ_CHECK(q_crypto_privkey_type(again) == q_crypto_pubkey_type(public));
  q_crypto_privkey_free(again);
  q_crypto_pubkey_free(public);
  q_free(der);
  q_free(spki);
}

/* A file that would take long to open teaches nothing more than one that does not. */
static void open_encrypted(q_span der) {
  static const q_pbes_limits few = {2000, 2 << 20, 1 << 14};
  uint8_t *plain = NULL;
  size_t n = 0;
  q_privkey *key = NULL;
  qtls_err err = q_crypto_pbes_open(&plain, &n, der, q_span_of("phrase", 6), &few);
  FUZZ_CHECK((err == QTLS_OK) == (plain != NULL));
  if (err == QTLS_OK && q_crypto_privkey_from_pkcs8(&key, q_span_of(plain, n)) == QTLS_OK) {
    round_trip(key);
    q_crypto_privkey_free(key);
  }
  q_free(plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  q_span der = q_span_of(data, size);
  q_privkey *key = NULL;
  q_pubkey *public = NULL;
  if (q_crypto_privkey_from_pkcs8(&key, der) == QTLS_OK) {
    round_trip(key);
    q_crypto_privkey_free(key);
  }
  if (q_crypto_pubkey_from_spki(&public, der) == QTLS_OK) {
    FUZZ_CHECK(q_crypto_verify(public, Q_SIG_ECDSA_SHA384, der, der) != QTLS_OK);
    q_crypto_pubkey_free(public);
  }
  open_encrypted(der);
  q_doc d = q_pki_doc(true);
  q_pki_doc_open(&d, NULL);
  q_pki_key_describe(&d, der);
  q_pki_doc_close(&d);
  char *text = NULL;
  size_t n = 0;
  if (q_pki_doc_end(&d, &text, &n) == QTLS_OK) {
    q_free(text);
  }
  return 0;
}
