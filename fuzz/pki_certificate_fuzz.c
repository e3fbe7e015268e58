/*
 * One certificate as DER: every view lies inside it, what its alternative
 * signature covers is well-formed, and what is said of it cannot disturb a
 * terminal nor break JSON.
 */
#include "fuzz.h"
#include "pki/describe.h"
#include "pki/verify.h"
#include "qtls/pki.h"

static void check_views(const q_cert *c, q_span der) {
  const q_span views[] = {c->der,  c->tbs,     c->serial,    c->issuer,      c->subject,
                          c->spki, c->sig_alg, c->signature, c->san,         c->name_constraints,
                          c->ski,  c->aki,     c->alt_spki,  c->alt_sig_alg, c->alt_signature};
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

/* What cannot disturb a terminal; NULL is what was not said. */
static void check_tame(const char *text) {
  for (size_t i = 0; text != NULL && text[i] != 0; i++) {
    FUZZ_CHECK((uint8_t)text[i] >= 0x20 && text[i] != 0x7F);
  }
}

static void check_list(const char *const *list, size_t count) {
  for (size_t i = 0; i < count; i++) {
    FUZZ_CHECK(list[i] != NULL);
    check_tame(list[i]);
  }
}

/* As the public interface tells of it, and as text of it read back. */
static void check_public(q_span der) {
  qtls_cert *cert = NULL;
  char *text = NULL;
  size_t n = 0;
  FUZZ_CHECK(qtls_cert_load(&cert, der.p, der.n) == QTLS_OK);
  const qtls_cert_info *i = qtls_cert_read(cert);
  const char *const said[] = {
      i->subject,       i->issuer,           i->serial, i->key_type,         i->signature_algorithm,
      i->alt_key_type,  i->key_usage,        i->key_id, i->authority_key_id, i->alt_signature_algorithm,
      i->ext_key_usage, i->name_constraints, i->sha256, i->key_sha256,       i->alt_key_sha256};
  check_list(i->names, i->name_count);
  check_list(i->ocsp_urls, i->ocsp_url_count);
  check_list(i->issuer_urls, i->issuer_url_count);
  check_list(i->crl_urls, i->crl_url_count);
  for (size_t k = 0; k < Q_COUNT(said); k++) {
    check_tame(said[k]);
  }
  FUZZ_CHECK(i->subject != NULL && i->issuer != NULL && i->serial != NULL && i->size == der.n);
  FUZZ_CHECK(qtls_cert_describe(&text, &n, cert, QTLS_FORMAT_text) == QTLS_OK && n == strlen(text));
  qtls_pki_free(text);
  qtls_cert_free(cert);
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
  check_public(der);
  for (size_t i = 0; i < Q_COUNT(names); i++) {
    qtls_err err = q_pki_name_check(&cert, names[i]);
    FUZZ_CHECK(err == QTLS_OK || err == QTLS_ERR_CERT_NAME || err == QTLS_ERR_CERT_PARSE);
  }
  return 0;
}
