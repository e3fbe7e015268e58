/*
 * One certificate as DER: every view lies inside it, what its alternative
 * signature covers is well-formed, and what is said of it cannot disturb a
 * terminal nor break JSON.
 */
#include "fuzz.h"
#include "pki/describe.h"
#include "pki/verify.h"

static void check_views(const q_cert *c, q_span der) {
  const q_span views[] = {c->der,       c->tbs, c->serial,           c->issuer, c->subject, c->spki,
                          c->sig_alg,   c->signature, c->san,        c->name_constraints, c->ski, c->aki,
                          c->alt_spki,  c->alt_sig_alg, c->alt_signature};
  for (size_t i = 0; i < Q_COUNT(views); i++) {
    fuzz_inside(views[i], der);
  }
  FUZZ_CHECK(c->der.p == der.p && c->der.n == der.n);
  /* Q-TLS §4: 73 if and only if 74. */
  FUZZ_CHECK((c->alt_sig_alg.n > 0) == (c->alt_signature.n > 0));
}

static void check_alternative(const q_cert *c) {
  uint8_t *tbs = NULL;
  size_t n = 0;
  if (q_pki_cert_alt_tbs(&tbs, &n, c) == QTLS_OK) {
    /* A SEQUENCE with a length of its own, shorter by two elements at least. */
    FUZZ_CHECK(n > 2 && tbs[0] == 0x30 && n < c->tbs.n);
    size_t head = tbs[1] < 0x80 ? 2 : 2 + (size_t)(tbs[1] & 0x7F);
    size_t length = head == 2 ? tbs[1] : 0;
    FUZZ_CHECK(head <= 6 && head <= n);
    for (size_t i = 2; i < head; i++) {
      length = length << 8 | tbs[i];
    }
    FUZZ_CHECK(head + length == n);
    q_free(tbs);
  }
}

static void check_keys(const q_cert *c) {
  const q_span keys[] = {c->spki, c->alt_spki};
  for (size_t i = 0; i < Q_COUNT(keys); i++) {
    q_pubkey *key = NULL;
    if (keys[i].n > 0 && q_crypto_pubkey_from_spki(&key, keys[i]) == QTLS_OK) {
      FUZZ_CHECK(q_crypto_pubkey_type(key) != Q_KEY_NONE);
    }
    q_crypto_pubkey_free(key);
  }
}

static void describe(q_span der, bool json) {
  q_doc d = q_pki_doc(json);
  size_t line = 0, n = 0;
  char *out = NULL;
  qtls_err err = q_pki_describe(&d, &line, der);
  qtls_err end = q_pki_doc_end(&d, &out, &n);
  if (err == QTLS_OK && end == QTLS_OK) {
    for (size_t i = 0; i < n; i++) {
      uint8_t c = (uint8_t)out[i];
      FUZZ_CHECK(c == '\n' || (c >= 0x20 && c != 0x7F));
    }
  }
  q_free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const names[] = {"localhost", "www.example.test", "127.0.0.1", "::1"};
  q_span der = q_span_of(data, size);
  q_cert cert;
  describe(der, false);
  describe(der, true);
  if (q_pki_cert_parse(&cert, der) != QTLS_OK) {
    return 0;
  }
  check_views(&cert, der);
  check_alternative(&cert);
  check_keys(&cert);
  for (size_t i = 0; i < Q_COUNT(names); i++) {
    qtls_err err = q_pki_name_check(&cert, names[i]);
    FUZZ_CHECK(err == QTLS_OK || err == QTLS_ERR_CERT_NAME || err == QTLS_ERR_CERT_PARSE);
  }
  return 0;
}
