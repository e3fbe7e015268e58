/* Owns the tables of key exchange components and groups (Q-TLS §2, RFC 10024). */
#include "registry/registry.h"

static const q_kex_size sizes[] = {
    [Q_KEX_NONE] = {0, 0, 0},
    [Q_KEX_X25519] = {32, 32, 32},
    [Q_KEX_P256] = {65, 65, 32},
    [Q_KEX_P384] = {97, 97, 48},
    [Q_KEX_P521] = {133, 133, 66},
    [Q_KEX_MLKEM512] = {800, 768, 32},
    [Q_KEX_MLKEM768] = {1184, 1088, 32},
    [Q_KEX_MLKEM1024] = {1568, 1568, 32},
};

#define BOTH (Q_PROTO_QTLS10 | Q_PROTO_TLS13)

/* Component order: the NIST curves go first in their hybrids, X25519 goes
 * second in its own, in shares and in the secret alike (RFC 10024). The rows stand
 * in the order of preference, as people see them listed; those that are used only
 * if named come last. */
static const q_group groups[] = {
    {Q_GROUP_X25519MLKEM768, Q_PROTO_TLS13, Q_KEX_MLKEM768, Q_KEX_X25519, "X25519MLKEM768"},
    {Q_GROUP_SECP384R1MLKEM1024, Q_PROTO_TLS13, Q_KEX_P384, Q_KEX_MLKEM1024, "SecP384r1MLKEM1024"},
    {Q_GROUP_SECP256R1MLKEM768, Q_PROTO_TLS13, Q_KEX_P256, Q_KEX_MLKEM768, "SecP256r1MLKEM768"},
    {Q_GROUP_MLKEM1024, Q_PROTO_TLS13, Q_KEX_MLKEM1024, Q_KEX_NONE, "MLKEM1024"},
    {Q_GROUP_MLKEM768, Q_PROTO_TLS13, Q_KEX_MLKEM768, Q_KEX_NONE, "MLKEM768"},
    {Q_GROUP_SECP384R1, BOTH | Q_PROTO_QSSL12 | Q_PROTO_TLS12, Q_KEX_P384, Q_KEX_NONE, "secp384r1"},
    {Q_GROUP_X25519, BOTH | Q_PROTO_TLS12, Q_KEX_X25519, Q_KEX_NONE, "x25519"},
    {Q_GROUP_SECP256R1, BOTH | Q_PROTO_TLS12, Q_KEX_P256, Q_KEX_NONE, "secp256r1"},
    {Q_GROUP_SECP521R1, Q_PROTO_TLS13 | Q_PROTO_TLS12, Q_KEX_P521, Q_KEX_NONE, "secp521r1"},
    {Q_GROUP_KYBER1024, Q_PROTO_QTLS10, Q_KEX_MLKEM1024, Q_KEX_NONE, "kyber1024"},
    {Q_GROUP_KYBER768, Q_PROTO_QTLS10, Q_KEX_MLKEM768, Q_KEX_NONE, "kyber768"},
    {Q_GROUP_MLKEM512, Q_PROTO_TLS13, Q_KEX_MLKEM512, Q_KEX_NONE, "MLKEM512"},
    {Q_GROUP_KYBER512, Q_PROTO_QTLS10, Q_KEX_MLKEM512, Q_KEX_NONE, "kyber512"},
};

static const struct {
  const char *name;
  uint16_t code;
} aliases[] = {
    {"prime256v1", Q_GROUP_SECP256R1}, {"P-256", Q_GROUP_SECP256R1}, {"P-384", Q_GROUP_SECP384R1},
    {"P-521", Q_GROUP_SECP521R1},      {"curve25519", Q_GROUP_X25519},
    {"ML-KEM-512", Q_GROUP_MLKEM512},  {"ML-KEM-768", Q_GROUP_MLKEM768},
    {"ML-KEM-1024", Q_GROUP_MLKEM1024},
};

q_kex_size q_kex_size_of(q_kex_alg alg) {
  return (size_t)alg < Q_COUNT(sizes) ? sizes[alg] : sizes[Q_KEX_NONE];
}

const q_group *q_group_at(size_t i) { return i < Q_COUNT(groups) ? &groups[i] : NULL; }

const q_group *q_group_find(uint16_t code) {
  for (size_t i = 0; i < Q_COUNT(groups); i++) {
    if (groups[i].code == code) {
      return &groups[i];
    }
  }
  return NULL;
}

const q_group *q_group_by_name(const char *name) {
  for (size_t i = 0; i < Q_COUNT(groups); i++) {
    if (q_registry_name_equal(groups[i].name, name)) {
      return &groups[i];
    }
  }
  for (size_t i = 0; i < Q_COUNT(aliases); i++) {
    if (q_registry_name_equal(aliases[i].name, name)) {
      return q_group_find(aliases[i].code);
    }
  }
  return NULL;
}

size_t q_group_client_share(const q_group *g) {
  return (size_t)q_kex_size_of(g->first).client_share + q_kex_size_of(g->second).client_share;
}

size_t q_group_server_share(const q_group *g) {
  return (size_t)q_kex_size_of(g->first).server_share + q_kex_size_of(g->second).server_share;
}

bool q_group_is_pq(const q_group *g) { return q_kex_is_mlkem(g->first) || q_kex_is_mlkem(g->second); }
