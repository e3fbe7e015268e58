/* Owns the table of signature schemes (Q-TLS §2, RFC 8446 §4.2.3, RFC 9881). */
#include "registry/registry.h"

#define T13 Q_PROTO_TLS13
#define T1X (Q_PROTO_TLS13 | Q_PROTO_TLS12)
#define QT Q_PROTO_QTLS10

static const q_scheme schemes[] = {
    {0x13F0, QT, Q_SIG_ECDSA_SHA384, Q_KEY_EC_P384, Q_KEY_MLDSA65, 0x0900, 0x0503, "dilithium3_ecdsa_hybrid"},
    {0x13F5, QT, Q_SIG_ECDSA_SHA384, Q_KEY_EC_P384, Q_KEY_MLDSA87, 0x0902, 0x0503, "dilithium5_ecdsa_hybrid"},
    {0x13F4, QT, Q_SIG_RSA_PSS_SHA384, Q_KEY_RSA, Q_KEY_MLDSA65, 0x0900, 0x0805, "dilithium3_rsa_hybrid"},
    {0x0900, QT, Q_SIG_MLDSA, Q_KEY_MLDSA65, Q_KEY_NONE, 0, 0, "dilithium3"},
    {0x0902, QT, Q_SIG_MLDSA, Q_KEY_MLDSA87, Q_KEY_NONE, 0, 0, "dilithium5"},
    {0x0901, QT, Q_SIG_MLDSA, Q_KEY_MLDSA44, Q_KEY_NONE, 0, 0, "dilithium2"},
    {0x0905, T13, Q_SIG_MLDSA, Q_KEY_MLDSA65, Q_KEY_NONE, 0, 0, "mldsa65"},
    {0x0906, T13, Q_SIG_MLDSA, Q_KEY_MLDSA87, Q_KEY_NONE, 0, 0, "mldsa87"},
    {0x0904, T13, Q_SIG_MLDSA, Q_KEY_MLDSA44, Q_KEY_NONE, 0, 0, "mldsa44"},
    {0x0503, T1X, Q_SIG_ECDSA_SHA384, Q_KEY_EC_P384, Q_KEY_NONE, 0, 0, "ecdsa_secp384r1_sha384"},
    {0x0403, T1X, Q_SIG_ECDSA_SHA256, Q_KEY_EC_P256, Q_KEY_NONE, 0, 0, "ecdsa_secp256r1_sha256"},
    {0x0807, T1X, Q_SIG_ED25519, Q_KEY_ED25519, Q_KEY_NONE, 0, 0, "ed25519"},
    {0x0603, T1X, Q_SIG_ECDSA_SHA512, Q_KEY_EC_P521, Q_KEY_NONE, 0, 0, "ecdsa_secp521r1_sha512"},
    {0x0804, T1X, Q_SIG_RSA_PSS_SHA256, Q_KEY_RSA, Q_KEY_NONE, 0, 0, "rsa_pss_rsae_sha256"},
    {0x0805, T1X, Q_SIG_RSA_PSS_SHA384, Q_KEY_RSA, Q_KEY_NONE, 0, 0, "rsa_pss_rsae_sha384"},
    {0x0806, T1X, Q_SIG_RSA_PSS_SHA512, Q_KEY_RSA, Q_KEY_NONE, 0, 0, "rsa_pss_rsae_sha512"},
    {0x0809, T1X, Q_SIG_RSA_PSS_SHA256, Q_KEY_RSA_PSS, Q_KEY_NONE, 0, 0, "rsa_pss_pss_sha256"},
    {0x080A, T1X, Q_SIG_RSA_PSS_SHA384, Q_KEY_RSA_PSS, Q_KEY_NONE, 0, 0, "rsa_pss_pss_sha384"},
    {0x080B, T1X, Q_SIG_RSA_PSS_SHA512, Q_KEY_RSA_PSS, Q_KEY_NONE, 0, 0, "rsa_pss_pss_sha512"},
    {0x0401, Q_PROTO_TLS12, Q_SIG_RSA_PKCS1_SHA256, Q_KEY_RSA, Q_KEY_NONE, 0, 0, "rsa_pkcs1_sha256"},
    {0x0501, Q_PROTO_TLS12, Q_SIG_RSA_PKCS1_SHA384, Q_KEY_RSA, Q_KEY_NONE, 0, 0, "rsa_pkcs1_sha384"},
    {0x0601, Q_PROTO_TLS12, Q_SIG_RSA_PKCS1_SHA512, Q_KEY_RSA, Q_KEY_NONE, 0, 0, "rsa_pkcs1_sha512"},
};

static const struct {
  const char *name;
  uint16_t code;
} aliases[] = {
    {"ml-dsa-44", 0x0904}, {"ml-dsa-65", 0x0905}, {"ml-dsa-87", 0x0906},
    {"qtls-mldsa44", 0x0901}, {"qtls-mldsa65", 0x0900}, {"qtls-mldsa87", 0x0902},
    {"hybrid", 0x13F0},
};

const q_scheme *q_scheme_at(size_t i) { return i < Q_COUNT(schemes) ? &schemes[i] : NULL; }

const q_scheme *q_scheme_find(uint16_t code) {
  for (size_t i = 0; i < Q_COUNT(schemes); i++) {
    if (schemes[i].code == code) {
      return &schemes[i];
    }
  }
  return NULL;
}

const q_scheme *q_scheme_by_name(const char *name) {
  for (size_t i = 0; i < Q_COUNT(schemes); i++) {
    if (q_registry_name_equal(schemes[i].name, name)) {
      return &schemes[i];
    }
  }
  for (size_t i = 0; i < Q_COUNT(aliases); i++) {
    if (q_registry_name_equal(aliases[i].name, name)) {
      return q_scheme_find(aliases[i].code);
    }
  }
  return NULL;
}

bool q_scheme_is_pqc(const q_scheme *s) { return q_scheme_is_hybrid(s) || q_key_is_mldsa(s->key); }
