/*
 * PEM text as a file may hold it: keys, chains, anchors, identities. A key that
 * is read, is written and read again as the same.
 */
#include "fuzz.h"
#include "pki/identity.h"
#include "pki/pem.h"
#include "qtls/pki.h"

static void key_again(const q_privkey *key) {
  uint8_t *der = NULL, *der2 = NULL, *spki = NULL, *spki2 = NULL;
  size_t n = 0, n2 = 0, spki_n = 0, spki2_n = 0;
  q_privkey *back = NULL;
  FUZZ_CHECK(q_crypto_privkey_to_pkcs8(key, &der, &n) == QTLS_OK);
  FUZZ_CHECK(q_crypto_privkey_from_pkcs8(&back, q_span_of(der, n)) == QTLS_OK);
  FUZZ_CHECK(q_crypto_privkey_type(back) == q_crypto_privkey_type(key));
  FUZZ_CHECK(q_crypto_privkey_to_pkcs8(back, &der2, &n2) == QTLS_OK);
  FUZZ_CHECK(n == n2 && memcmp(der, der2, n) == 0);
  FUZZ_CHECK(q_crypto_privkey_to_spki(key, &spki, &spki_n) == QTLS_OK);
  FUZZ_CHECK(q_crypto_privkey_to_spki(back, &spki2, &spki2_n) == QTLS_OK);
  FUZZ_CHECK(spki_n == spki2_n && memcmp(spki, spki2, spki_n) == 0);
  q_crypto_privkey_free(back);
  q_free(der);
  q_free(der2);
  q_free(spki);
  q_free(spki2);
}

static void keys(q_span text) {
  q_privkey *found[2] = {NULL, NULL};
  size_t count = 0, line = 0;
  if (q_pki_keys_load(found, &count, &line, text) == QTLS_OK) {
    FUZZ_CHECK(count >= 1 && count <= 2);
    for (size_t i = 0; i < count; i++) {
      key_again(found[i]);
    }
  }
  q_crypto_privkey_free(found[0]);
  q_crypto_privkey_free(found[1]);
}

static void blocks(q_span text) {
  q_pem_reader reader = q_pki_pem_reader(text);
  q_pem_block block;
  size_t last = 0;
  while (q_pki_pem_next(&block, &reader) == QTLS_OK && block.label.n > 0) {
    uint8_t *der = NULL;
    size_t n = 0, line = 0;
    fuzz_inside(block.label, text);
    fuzz_inside(block.body, text);
    FUZZ_CHECK(block.line > last); /* each begins behind the one before */
    last = block.line;
    if (q_pki_pem_decode(&der, &n, &line, &block) == QTLS_OK) {
      FUZZ_CHECK(n <= block.body.n / 4 * 3 + 3);
    }
    q_free(der);
  }
}

/* As `qtls inspect` tells of it. */
static void describe(q_span text) {
  static const qtls_format formats[] = {QTLS_FORMAT_text, QTLS_FORMAT_json};
  for (size_t i = 0; i < Q_COUNT(formats); i++) {
    char *out = NULL;
    size_t n = 0, line = 0;
    qtls_err err =
        qtls_pki_describe(&out, &n, &line, text.p != NULL ? text.p : (const uint8_t *)"", text.n, formats[i]);
    FUZZ_CHECK((err == QTLS_OK) == (out != NULL) && (err != QTLS_OK || n == strlen(out)));
    qtls_pki_free(out);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  q_span text = q_span_of(data, size);
  size_t line = 0;
  q_identity *id = NULL;
  q_trust *trust = NULL;
  blocks(text);
  keys(text);
  describe(text);
  if (q_pki_identity_load(&id, &line, text, text) == QTLS_OK) {
    FUZZ_CHECK(id->count >= 1 && id->count <= Q_PKI_CHAIN_MAX && id->key != NULL);
  }
  q_pki_identity_free(id);
  id = NULL;
  if (q_pki_chain_load(&id, &line, text) == QTLS_OK) {
    FUZZ_CHECK(id->count >= 1 && id->count <= Q_PKI_CHAIN_MAX);
  }
  q_pki_identity_free(id);
  FUZZ_CHECK(q_pki_trust_new(&trust) == QTLS_OK);
  qtls_err err = q_pki_trust_add(trust, &line, text);
  FUZZ_CHECK((err == QTLS_OK) == (q_pki_trust_count(trust) > 0));
  q_pki_trust_free(trust);
  return 0;
}
