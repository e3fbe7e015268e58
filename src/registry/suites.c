/* Owns the table of cipher suites, in order of server preference (Q-TLS §1). */
#include "registry/registry.h"

static const q_suite suites[] = {
    {0x13F2, Q_PROTO_QTLS10, Q_AEAD_AES256_GCM, Q_HASH_SHA384,
     "TLS_ECDHE_KYBER1024_ECDSA_DILITHIUM3_AES256_GCM_SHA384"},
    {0x13F1, Q_PROTO_QTLS10, Q_AEAD_AES256_GCM, Q_HASH_SHA384, "TLS_KYBER1024_DILITHIUM3_AES256_GCM_SHA384"},
    {0x1302, Q_PROTO_TLS13, Q_AEAD_AES256_GCM, Q_HASH_SHA384, "TLS_AES_256_GCM_SHA384"},
    {0x1303, Q_PROTO_TLS13, Q_AEAD_CHACHA20_POLY1305, Q_HASH_SHA256, "TLS_CHACHA20_POLY1305_SHA256"},
    {0x1301, Q_PROTO_TLS13, Q_AEAD_AES128_GCM, Q_HASH_SHA256, "TLS_AES_128_GCM_SHA256"},
};

/* Short and former names that the command line accepts. */
static const struct {
  const char *name;
  uint16_t code;
} aliases[] = {
    {"qtls-hybrid", 0x13F2},
    {"TLS_HYBRID_ECDHE_KYBER1024_RSA_DILITHIUM3_AES256_GCM_SHA384", 0x13F2},
    {"qtls-pqc", 0x13F1},
    {"aes256-gcm", 0x1302},
    {"aes128-gcm", 0x1301},
    {"chacha20-poly1305", 0x1303},
};

const q_suite *q_suite_at(size_t i) { return i < Q_COUNT(suites) ? &suites[i] : NULL; }

const q_suite *q_suite_find(uint16_t code) {
  for (size_t i = 0; i < Q_COUNT(suites); i++) {
    if (suites[i].code == code) {
      return &suites[i];
    }
  }
  return NULL;
}

const q_suite *q_suite_by_name(const char *name) {
  for (size_t i = 0; i < Q_COUNT(suites); i++) {
    if (q_registry_name_equal(suites[i].name, name)) {
      return &suites[i];
    }
  }
  for (size_t i = 0; i < Q_COUNT(aliases); i++) {
    if (q_registry_name_equal(aliases[i].name, name)) {
      return q_suite_find(aliases[i].code);
    }
  }
  return NULL;
}
