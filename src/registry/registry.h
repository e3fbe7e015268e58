/*
 * Owns every code point of the four protocols: one table each for versions,
 * suites, groups, signature schemes, extensions and messages. Names, the
 * command line's lists and the documentation come from here; a renumbering of
 * an experimental code is an edit in registry.c or the tables below.
 * Sources: IANA, RFC 8446, RFC 9881, RFC 10024, Q-TLS §2 and §5.
 */
#ifndef Q_REGISTRY_H
#define Q_REGISTRY_H

#include "base/try.h"

/* Protocols (Q-TLS §1), as bits so that rows can belong to several. */
typedef enum q_protocol {
  Q_PROTO_QTLS10 = 1,
  Q_PROTO_TLS13 = 2,
  Q_PROTO_QSSL12 = 4,
  Q_PROTO_TLS12 = 8
} q_protocol;

enum { Q_VERSION_SSL30 = 0x0300, Q_VERSION_TLS12 = 0x0303, Q_VERSION_TLS13 = 0x0304, Q_VERSION_QTLS10 = 0x0305 };
const char *q_protocol_name(q_protocol protocol);

/* ---- hashes and AEADs ---- */
typedef enum q_hash_alg { Q_HASH_SHA256 = 1, Q_HASH_SHA384, Q_HASH_SHA512 } q_hash_alg;
typedef enum q_aead_alg { Q_AEAD_AES128_GCM = 1, Q_AEAD_AES256_GCM, Q_AEAD_CHACHA20_POLY1305 } q_aead_alg;
#define Q_HASH_MAX 64
#define Q_AEAD_TAG 16
#define Q_AEAD_IV 12

/* ---- cipher suites ---- */
enum {
  Q_SUITE_AES128_GCM_SHA256 = 0x1301,
  Q_SUITE_AES256_GCM_SHA384 = 0x1302,
  Q_SUITE_CHACHA20_POLY1305_SHA256 = 0x1303,
  Q_SUITE_QTLS_PQC = 0x13F1,
  Q_SUITE_QTLS_HYBRID = 0x13F2,
  Q_SUITE_FALLBACK_SCSV = 0x5600
};

typedef struct q_suite {
  uint16_t code;
  q_protocol protocol;
  q_aead_alg aead;
  q_hash_alg hash;
  const char *name;
} q_suite;

const q_suite *q_suite_find(uint16_t code);         /* NULL if unknown */
const q_suite *q_suite_by_name(const char *name);   /* case does not matter; aliases too */
const q_suite *q_suite_at(size_t i);                /* NULL past the end: for listing */
/* The full-strength order of Q-TLS §1 is the table's own. */

/* ---- key exchange: components and groups ---- */
typedef enum q_kex_alg {
  Q_KEX_NONE = 0,
  Q_KEX_X25519,
  Q_KEX_P256,
  Q_KEX_P384,
  Q_KEX_P521,
  Q_KEX_MLKEM512,
  Q_KEX_MLKEM768,
  Q_KEX_MLKEM1024
} q_kex_alg;

/* Sizes in bytes of one component's shares and secret. */
typedef struct q_kex_size {
  uint16_t client_share;
  uint16_t server_share;
  uint16_t secret;
} q_kex_size;
q_kex_size q_kex_size_of(q_kex_alg alg);
static inline bool q_kex_is_mlkem(q_kex_alg alg) { return alg >= Q_KEX_MLKEM512; }

enum {
  Q_GROUP_SECP256R1 = 0x0017,
  Q_GROUP_SECP384R1 = 0x0018,
  Q_GROUP_SECP521R1 = 0x0019,
  Q_GROUP_X25519 = 0x001D,
  Q_GROUP_KYBER1024 = 0x0100,
  Q_GROUP_KYBER768 = 0x0101,
  Q_GROUP_KYBER512 = 0x0102,
  Q_GROUP_MLKEM512 = 0x0200,
  Q_GROUP_MLKEM768 = 0x0201,
  Q_GROUP_MLKEM1024 = 0x0202,
  Q_GROUP_SECP256R1MLKEM768 = 0x11EB,
  Q_GROUP_X25519MLKEM768 = 0x11EC,
  Q_GROUP_SECP384R1MLKEM1024 = 0x11ED
};

/* The longest share of a group (SecP384r1MLKEM1024), bytes. */
#define Q_SHARE_MAX 1665

typedef struct q_group {
  uint16_t code;
  uint8_t protocols;  /* bits of q_protocol */
  q_kex_alg first;    /* components in the order of the wire and of the secret */
  q_kex_alg second;   /* Q_KEX_NONE for a single one */
  const char *name;
} q_group;

const q_group *q_group_find(uint16_t code);
const q_group *q_group_by_name(const char *name);
const q_group *q_group_at(size_t i);
size_t q_group_client_share(const q_group *g);
size_t q_group_server_share(const q_group *g);
bool q_group_is_pq(const q_group *g);               /* holds an ML-KEM component */
static inline bool q_group_is_classical(const q_group *g) { return !q_group_is_pq(g); }
/* One of 0x0100-0x0102: ML-KEM inside Q-TLS, ffdhe anywhere else (Q-TLS §2). */
static inline bool q_group_is_kyber(uint16_t code) { return code >= 0x0100 && code <= 0x0102; }

/* ---- keys and signatures ---- */
typedef enum q_key_type {
  Q_KEY_NONE = 0,
  Q_KEY_EC_P256,
  Q_KEY_EC_P384,
  Q_KEY_EC_P521,
  Q_KEY_RSA,
  Q_KEY_RSA_PSS,
  Q_KEY_ED25519,
  Q_KEY_MLDSA44,
  Q_KEY_MLDSA65,
  Q_KEY_MLDSA87
} q_key_type;
const char *q_key_type_name(q_key_type type);
static inline bool q_key_is_ec(q_key_type t) { return t >= Q_KEY_EC_P256 && t <= Q_KEY_EC_P521; }
static inline bool q_key_is_mldsa(q_key_type t) { return t >= Q_KEY_MLDSA44; }

/* What one signature primitive computes, free of any code point. */
typedef enum q_sig_alg {
  Q_SIG_NONE = 0,
  Q_SIG_ECDSA_SHA256,
  Q_SIG_ECDSA_SHA384,
  Q_SIG_ECDSA_SHA512,
  Q_SIG_RSA_PSS_SHA256,
  Q_SIG_RSA_PSS_SHA384,
  Q_SIG_RSA_PSS_SHA512,
  Q_SIG_RSA_PKCS1_SHA256,
  Q_SIG_RSA_PKCS1_SHA384,
  Q_SIG_RSA_PKCS1_SHA512,
  Q_SIG_ED25519,
  Q_SIG_MLDSA /* pure, empty context; the key tells the parameter set */
} q_sig_alg;

enum {
  Q_SCHEME_ECDSA_P256 = 0x0403,
  Q_SCHEME_ECDSA_P384 = 0x0503,
  Q_SCHEME_ECDSA_P521 = 0x0603,
  Q_SCHEME_RSA_PSS_RSAE_SHA256 = 0x0804,
  Q_SCHEME_RSA_PSS_RSAE_SHA384 = 0x0805,
  Q_SCHEME_RSA_PSS_RSAE_SHA512 = 0x0806,
  Q_SCHEME_ED25519 = 0x0807,
  Q_SCHEME_RSA_PSS_PSS_SHA256 = 0x0809,
  Q_SCHEME_RSA_PSS_PSS_SHA384 = 0x080A,
  Q_SCHEME_RSA_PSS_PSS_SHA512 = 0x080B,
  Q_SCHEME_MLDSA44 = 0x0904,
  Q_SCHEME_MLDSA65 = 0x0905,
  Q_SCHEME_MLDSA87 = 0x0906,
  Q_SCHEME_RSA_PKCS1_SHA256 = 0x0401,
  Q_SCHEME_RSA_PKCS1_SHA384 = 0x0501,
  Q_SCHEME_RSA_PKCS1_SHA512 = 0x0601,
  Q_SCHEME_DILITHIUM3 = 0x0900,
  Q_SCHEME_DILITHIUM2 = 0x0901,
  Q_SCHEME_DILITHIUM5 = 0x0902,
  Q_SCHEME_DILITHIUM3_ECDSA = 0x13F0,
  Q_SCHEME_DILITHIUM3_RSA = 0x13F4,
  Q_SCHEME_DILITHIUM5_ECDSA = 0x13F5
};

/*
 * A scheme has one part, or two: then `alg`/`key` are the classical one and
 * `pqc_key` names the ML-DSA set, and part_pqc / part_classical are the ids
 * written inside the hybrid signature body (Q-TLS §4).
 */
typedef struct q_scheme {
  uint16_t code;
  uint8_t protocols;    /* where CertificateVerify may use it; 0: certificates only */
  q_sig_alg alg;
  q_key_type key;
  q_key_type pqc_key;   /* Q_KEY_NONE for a single signature */
  uint16_t part_pqc;
  uint16_t part_classical;
  const char *name;
} q_scheme;

const q_scheme *q_scheme_find(uint16_t code);
const q_scheme *q_scheme_by_name(const char *name);
const q_scheme *q_scheme_at(size_t i);
static inline bool q_scheme_is_hybrid(const q_scheme *s) { return s->pqc_key != Q_KEY_NONE; }
bool q_scheme_is_pqc(const q_scheme *s); /* holds an ML-DSA part */

/* ---- handshake messages ---- */
typedef enum q_msg_type {
  Q_MSG_CLIENT_HELLO = 1,
  Q_MSG_SERVER_HELLO = 2,
  Q_MSG_NEW_SESSION_TICKET = 4,
  Q_MSG_END_OF_EARLY_DATA = 5,
  Q_MSG_ENCRYPTED_EXTENSIONS = 8,
  Q_MSG_CERTIFICATE = 11,
  Q_MSG_CERTIFICATE_REQUEST = 13,
  Q_MSG_CERTIFICATE_VERIFY = 15,
  Q_MSG_FINISHED = 20,
  Q_MSG_KEY_UPDATE = 24,
  Q_MSG_COMPRESSED_CERTIFICATE = 25,
  Q_MSG_MESSAGE_HASH = 254
} q_msg_type;
const char *q_msg_name(uint8_t type); /* "unknown" if none */

/* ---- record types ---- */
typedef enum q_record_type {
  Q_RECORD_CCS = 20,
  Q_RECORD_ALERT = 21,
  Q_RECORD_HANDSHAKE = 22,
  Q_RECORD_DATA = 23
} q_record_type;

/* ---- extensions ---- */
/* Where an extension may stand: RFC 8446 §4.2's table, Q-TLS §5. */
enum {
  Q_IN_CH = 1,
  Q_IN_SH = 2,
  Q_IN_HRR = 4,
  Q_IN_EE = 8,
  Q_IN_CT = 16, /* Certificate entry */
  Q_IN_CR = 32,
  Q_IN_NST = 64
};

enum {
  Q_EXT_SERVER_NAME = 0,
  Q_EXT_STATUS_REQUEST = 5,
  Q_EXT_SUPPORTED_GROUPS = 10,
  Q_EXT_SIGNATURE_ALGORITHMS = 13,
  Q_EXT_ALPN = 16,
  Q_EXT_SCT = 18,
  Q_EXT_PADDING = 21,
  Q_EXT_COMPRESS_CERTIFICATE = 27,
  Q_EXT_RECORD_SIZE_LIMIT = 28,
  Q_EXT_PRE_SHARED_KEY = 41,
  Q_EXT_EARLY_DATA = 42,
  Q_EXT_SUPPORTED_VERSIONS = 43,
  Q_EXT_COOKIE = 44,
  Q_EXT_PSK_MODES = 45,
  Q_EXT_CERT_AUTHORITIES = 47,
  Q_EXT_POST_HANDSHAKE_AUTH = 49,
  Q_EXT_SIGNATURE_ALGORITHMS_CERT = 50,
  Q_EXT_KEY_SHARE = 51,
  Q_EXT_ENCRYPTED_CLIENT_HELLO = 0xFE0D, /* ignored */
  Q_EXT_PQC_HYBRID_MODE = 0xFF02,
  Q_EXT_HSM_CAPABILITIES = 0xFF03,
  Q_EXT_SESSION_CACHE_INFO = 0xFF04,
  Q_EXT_CERT_COMPRESSION = 0xFF05,
  Q_EXT_PQC_ALGORITHMS = 0xFF11
};

typedef struct q_ext_row {
  uint16_t code;
  uint8_t where; /* bits Q_IN_* */
  const char *name;
} q_ext_row;
const q_ext_row *q_ext_find(uint16_t code);
const q_ext_row *q_ext_at(size_t i);

/* RFC 8701: 0x?A?A with both bytes equal. */
static inline bool q_is_grease(uint16_t code) {
  return (code & 0x0F0F) == 0x0A0A && (code >> 8) == (code & 0xFF);
}

/* ---- certificate compression (RFC 8879) ---- */
enum { Q_COMPRESS_ZLIB = 1, Q_COMPRESS_BROTLI = 2, Q_COMPRESS_ZSTD = 3 };

/* Compare names without regard to ASCII case. */
bool q_registry_name_equal(const char *a, const char *b);

#endif
