/* Owns the kinds of key pairs. */
#include "pki/kind.h"

#include "pki/pem.h"

static const q_kind kinds[] = {
    {"hybrid-p384-mldsa65", Q_KEY_EC_P384, 0, Q_KEY_MLDSA65, "ECDSA P-384 and ML-DSA-65 (the default)"},
    {"hybrid-p384-mldsa87", Q_KEY_EC_P384, 0, Q_KEY_MLDSA87, "ECDSA P-384 and ML-DSA-87"},
    {"hybrid-rsa4096-mldsa65", Q_KEY_RSA, 4096, Q_KEY_MLDSA65, "RSA-4096 and ML-DSA-65"},
    {"hybrid-rsa3072-mldsa65", Q_KEY_RSA, 3072, Q_KEY_MLDSA65, "RSA-3072 and ML-DSA-65"},
    {"mldsa65", Q_KEY_MLDSA65, 0, Q_KEY_NONE, "ML-DSA-65 alone"},
    {"mldsa44", Q_KEY_MLDSA44, 0, Q_KEY_NONE, "ML-DSA-44 alone"},
    {"mldsa87", Q_KEY_MLDSA87, 0, Q_KEY_NONE, "ML-DSA-87 alone"},
    {"p256", Q_KEY_EC_P256, 0, Q_KEY_NONE, "ECDSA P-256"},
    {"p384", Q_KEY_EC_P384, 0, Q_KEY_NONE, "ECDSA P-384"},
    {"p521", Q_KEY_EC_P521, 0, Q_KEY_NONE, "ECDSA P-521"},
    {"ed25519", Q_KEY_ED25519, 0, Q_KEY_NONE, "Ed25519"},
    {"rsa2048", Q_KEY_RSA, 2048, Q_KEY_NONE, "RSA-2048"},
    {"rsa3072", Q_KEY_RSA, 3072, Q_KEY_NONE, "RSA-3072"},
    {"rsa4096", Q_KEY_RSA, 4096, Q_KEY_NONE, "RSA-4096"},
};

const q_kind *q_pki_kind_at(size_t i) { return i < Q_COUNT(kinds) ? &kinds[i] : NULL; }

/* What people type, with the older names of Q-TLS §1 among it. */
static const struct {
  const char *typed;
  const char *name;
} aliases[] = {
    {"hybrid", "hybrid-p384-mldsa65"},   {"hybrid65", "hybrid-p384-mldsa65"}, {"hybrid87", "hybrid-p384-mldsa87"},
    {"hybrid-rsa", "hybrid-rsa4096-mldsa65"}, {"ml-dsa-44", "mldsa44"},       {"ml-dsa-65", "mldsa65"},
    {"ml-dsa-87", "mldsa87"},            {"dilithium2", "mldsa44"},           {"dilithium3", "mldsa65"},
    {"dilithium5", "mldsa87"},           {"ecdsa-p256", "p256"},              {"ecdsa-p384", "p384"},
    {"ecdsa-p521", "p521"},              {"prime256v1", "p256"},              {"secp256r1", "p256"},
    {"secp384r1", "p384"},               {"secp521r1", "p521"},               {"rsa", "rsa3072"},
    {"ecdsa", "p384"},                   {"classical", "p384"},               {"cnsa2", "hybrid-p384-mldsa87"},
    {"rsa-2048", "rsa2048"},             {"rsa-3072", "rsa3072"},             {"rsa-4096", "rsa4096"},
};

const q_kind *q_pki_kind_find(const char *name) {
  for (size_t i = 0; i < Q_COUNT(aliases); i++) {
    if (q_registry_name_equal(aliases[i].typed, name)) {
      name = aliases[i].name;
    }
  }
  for (size_t i = 0; i < Q_COUNT(kinds); i++) {
    if (q_registry_name_equal(kinds[i].name, name)) {
      return &kinds[i];
    }
  }
  return NULL;
}

qtls_err q_pki_kind_generate(q_privkey **key, q_privkey **alt, const q_kind *kind) {
  *key = NULL;
  *alt = NULL;
  Q_TRY(q_crypto_privkey_generate(key, kind->key, kind->rsa_bits));
  if (kind->alt == Q_KEY_NONE) {
    return QTLS_OK;
  }
  qtls_err err = q_crypto_privkey_generate(alt, kind->alt, 0);
  if (err != QTLS_OK) {
    q_crypto_privkey_free(*key);
    *key = NULL;
  }
  return err;
}

#define LABEL "PRIVATE KEY"

static qtls_err write_both(char **pem, size_t *n, const uint8_t *a, size_t a_n, const uint8_t *b, size_t b_n) {
  size_t first = q_pki_pem_length(LABEL, a_n);
  size_t second = b == NULL ? 0 : q_pki_pem_length(LABEL, b_n);
  char *text = q_alloc(first + second + 1);
  if (text == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  q_pki_pem_write(text, LABEL, q_span_of(a, a_n));
  if (b != NULL) {
    q_pki_pem_write(text + first, LABEL, q_span_of(b, b_n));
  }
  *pem = text;
  *n = first + second;
  return QTLS_OK;
}

qtls_err q_pki_kind_pem(char **pem, size_t *n, const q_privkey *key, const q_privkey *alt) {
  *pem = NULL;
  *n = 0;
  Q_AUTO_FREE uint8_t *key_der = NULL;
  Q_AUTO_FREE uint8_t *alt_der = NULL;
  size_t key_n = 0;
  size_t alt_n = 0;
  Q_TRY(q_crypto_privkey_to_pkcs8(key, &key_der, &key_n));
  if (alt != NULL) {
    Q_TRY(q_crypto_privkey_to_pkcs8(alt, &alt_der, &alt_n));
  }
  return write_both(pem, n, key_der, key_n, alt_der, alt_n);
}
