/*
 * Configuration: what a client or a server offers, accepts and trusts. Built by
 * one thread, frozen once, then shared by any number of connections and threads
 * without a lock. A frozen configuration never changes: to reload, build another.
 *
 * Every setter returns QTLS_OK, QTLS_ERR_FROZEN, QTLS_ERR_NO_MEMORY, or an
 * error of the kind `config`, with the words in qtls_config_problem; a setter that
 * fails changes nothing. Strings and bytes are copied.
 */
#ifndef QTLS_CONFIG_H
#define QTLS_CONFIG_H

#include <stdbool.h>

#include "qtls/pki.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct qtls_config qtls_config;

typedef enum qtls_role { QTLS_CLIENT = 1, QTLS_SERVER = 2 } qtls_role;

/* The weakest connection accepted (Q-TLS §1). Default: pq_kex. */
typedef enum qtls_floor {
  QTLS_FLOOR_classical = 1, /* everything this library speaks */
  QTLS_FLOOR_pq_kex = 2,    /* an ML-KEM key exchange */
  QTLS_FLOOR_pq_auth = 3,   /* and ML-DSA authentication */
  QTLS_FLOOR_q_tls = 4      /* Q-TLS only */
} qtls_floor;

/* How two signatures are judged (Q-TLS §4); the numbers are the wire's. */
typedef enum qtls_policy {
  QTLS_POLICY_require_both = 1, /* default */
  QTLS_POLICY_require_pqc = 2,
  QTLS_POLICY_require_any = 3
} qtls_policy;

/* Which key shares the first ClientHello carries (Q-TLS §3). Default: pq. */
typedef enum qtls_key_shares {
  QTLS_KEY_SHARES_pq = 1,
  QTLS_KEY_SHARES_classical_first = 2,
  QTLS_KEY_SHARES_both = 3
} qtls_key_shares;

typedef enum qtls_record_mode {
  QTLS_RECORD_bulk = 1,        /* 16 KiB; default */
  QTLS_RECORD_interactive = 2, /* 4 KiB */
  QTLS_RECORD_dynamic = 3      /* 1.4 KB at first, 16 KiB once 128 KiB went out with no data from the peer in between */
} qtls_record_mode;

typedef enum qtls_padding {
  QTLS_PADDING_none = 1,  /* default */
  QTLS_PADDING_block = 2, /* content and type up to a multiple of the block */
  QTLS_PADDING_random = 3 /* 0 to 256 bytes */
} qtls_padding;

/* When a server answers the first hello with a stateless cookie. */
typedef enum qtls_cookie { QTLS_COOKIE_never = 1, QTLS_COOKIE_always = 2 } qtls_cookie;

QTLS_MUST_USE qtls_err qtls_config_new(qtls_config **out, qtls_role role);

/* Count one more owner; give it back with qtls_config_free. Any thread, after freezing. */
qtls_config *qtls_config_ref(const qtls_config *config);
void qtls_config_free(qtls_config *config); /* NULL is fine */

/* One line that says what the last failing call on `config` met, where, and
 * what to do; "" if nothing failed. Owned by `config`. */
const char *qtls_config_problem(const qtls_config *config);
/* The identity that it is about, in the order of adding; SIZE_MAX: about none, or about what is being added. */
size_t qtls_config_problem_identity(const qtls_config *config);

QTLS_MUST_USE qtls_err qtls_config_set_floor(qtls_config *config, qtls_floor floor);
QTLS_MUST_USE qtls_err qtls_config_set_policy(qtls_config *config, qtls_policy policy);
/* 0-255, default 255. Below 128 a client lets a server prefer hybrid TLS 1.3. */
QTLS_MUST_USE qtls_err qtls_config_set_pqc_priority(qtls_config *config, unsigned priority);

/*
 * Lists of names joined by ':' in order of preference; "?name" skips what this
 * build does not know. `versions`: "q-tls1.0", "tls1.3". NULL: the default.
 */
QTLS_MUST_USE qtls_err qtls_config_set_versions(qtls_config *config, const char *list);
QTLS_MUST_USE qtls_err qtls_config_set_suites(qtls_config *config, const char *list);
QTLS_MUST_USE qtls_err qtls_config_set_groups(qtls_config *config, const char *list);
QTLS_MUST_USE qtls_err qtls_config_set_schemes(qtls_config *config, const char *list);
/* Application protocols (RFC 7301) joined by ','; each 1-255 bytes. */
QTLS_MUST_USE qtls_err qtls_config_set_alpn(qtls_config *config, const char *list);
/* "zlib:brotli:zstd" in order of preference, or "" for none. Default: none.
 * (Keys and signatures do not compress; chains with much text gain.) */
QTLS_MUST_USE qtls_err qtls_config_set_cert_compression(qtls_config *config, const char *list);

QTLS_MUST_USE qtls_err qtls_config_set_key_shares(qtls_config *config, qtls_key_shares strategy);
QTLS_MUST_USE qtls_err qtls_config_set_cookie(qtls_config *config, qtls_cookie mode);
/* Most plaintext the peer may put into a record, 64-16384 bytes (RFC 8449); 0: do not say. */
QTLS_MUST_USE qtls_err qtls_config_set_record_size_limit(qtls_config *config, unsigned limit);
QTLS_MUST_USE qtls_err qtls_config_set_record_mode(qtls_config *config, qtls_record_mode mode);
/* `block`: 2-16384, for QTLS_PADDING_block only. */
QTLS_MUST_USE qtls_err qtls_config_set_padding(qtls_config *config, qtls_padding padding, unsigned block);
/*
 * When a connection changes its sending key and asks the peer to change its own
 * (KeyUpdate, RFC 8446 §4.6.3; Q-TLS §3): before the data that comes after so many
 * records under one key, bytes of application data, or seconds by the connection's
 * clock (qtls_conn_set_time), whichever is first. `records`: 1 to
 * QTLS_KEY_UPDATE_RECORDS_MAX, which leaves room under the 2^24 where sending ends;
 * `bytes`, `seconds`: 0 for no such limit. Default: 2^23, 100 GB (10^11 bytes), 24 hours.
 */
#define QTLS_KEY_UPDATE_RECORDS_MAX (((uint32_t)1 << 24) - 1024)
QTLS_MUST_USE qtls_err qtls_config_set_key_update(qtls_config *config, uint32_t records, uint64_t bytes,
                                                  uint32_t seconds);
/* Longest handshake message taken, bytes, 16 KiB - 16 MiB. Default 128 KiB (Q-TLS §1). */
QTLS_MUST_USE qtls_err qtls_config_set_message_limit(qtls_config *config, size_t limit);
QTLS_MUST_USE qtls_err qtls_config_set_grease(qtls_config *config, bool on);           /* RFC 8701; default on */
/* RFC 8446 D.4; default on. A client's choice: servers follow it. */
QTLS_MUST_USE qtls_err qtls_config_set_middlebox_compat(qtls_config *config, bool on);
/* Mark this client's hello as a fallback (RFC 7507). Default off. */
QTLS_MUST_USE qtls_err qtls_config_set_fallback_scsv(qtls_config *config, bool on);
/* Keep the peer's certificate chain for qtls_conn_peer_certificate. Default off: it costs its size in memory. */
QTLS_MUST_USE qtls_err qtls_config_set_keep_chain(qtls_config *config, bool on);
/* What the token behind a server's keys can do, sent as hsm_capabilities (Q-TLS §5). Default: not sent. */
QTLS_MUST_USE qtls_err qtls_config_set_hsm_capabilities(qtls_config *config, bool hardware_rng, bool pqc_accel,
                                                        bool fips_certified, unsigned operations_per_second);

/* Trust anchors: every certificate of a PEM text, or one DER. */
QTLS_MUST_USE qtls_err qtls_config_add_trust(qtls_config *config, const void *pem, size_t pem_size);

/*
 * An identity: chain PEM, leaf first, and the private key PEM (PKCS#8; two
 * blocks, classical first, for a hybrid certificate). Up to 64 may be added. A
 * server chooses by the name that the client asks for: one that bears it, before one
 * with a fitting wildcard, before the first (and those that share a name with it);
 * among these by protocol, floor and its order of schemes, so that a classical
 * identity may stand beside a hybrid one of the same name. `key_size` 0: the keys
 * are held outside, and each signature comes as a job (qtls/conn.h).
 */
QTLS_MUST_USE qtls_err qtls_config_add_identity(qtls_config *config, const void *chain_pem, size_t chain_size,
                                                const void *key_pem, size_t key_size);

/* Take over the whole of another configuration, frozen or not: settings, trust,
 * identities (shared, not copied), staples. *out is not frozen: change what has to
 * change, freeze it, and swap it in. This is how a server reloads. */
QTLS_MUST_USE qtls_err qtls_config_clone(qtls_config **out, const qtls_config *config);

/* Refuse clients that ask for a name which no identity bears (unrecognized_name).
 * Default off: they get the first identity. One that asks for none always does. */
QTLS_MUST_USE qtls_err qtls_config_set_strict_sni(qtls_config *config, bool on);

/* What is known of identity `i` (order of adding). */
typedef struct qtls_identity_info {
  const qtls_cert_info *leaf; /* names, times, keys; its URLs tell where a staple is to be had */
  size_t chain_count;
  size_t flight_size; /* as qtls_config_flight_size; 0 before freezing */
  bool has_key;       /* false: signatures come as jobs */
  bool has_staple;
  int64_t staple_this_update, staple_next_update; /* seconds since 1970; 0: not said */
} qtls_identity_info;
/* QTLS_ERR_ARGUMENT past the end. Owned by `config`. */
QTLS_MUST_USE qtls_err qtls_config_identity(const qtls_config *config, size_t i, qtls_identity_info *out);
/* Certificate `at` of identity `i`'s chain as DER, 0 the leaf. QTLS_ERR_ARGUMENT past the end. */
QTLS_MUST_USE qtls_err qtls_config_identity_certificate(const qtls_config *config, size_t i, size_t at,
                                                        const uint8_t **der, size_t *size);

/* ---- certificate status (Q-TLS §4) ---- */

/* The OCSP response that goes out with identity `i`'s leaf; judged first, with the
 * issuer's certificate from the chain or, when that is not there, from the trust
 * anchors: errors as qtls_ocsp_judge. `response` NULL takes it away. `now`: seconds
 * since 1970. A staple past its nextUpdate, or a day old without one, is not sent. */
QTLS_MUST_USE qtls_err qtls_config_set_staple(qtls_config *config, size_t i, const void *response, size_t size,
                                              int64_t now);
/* Server: refuse handshakes (internal_error) with a peer that asks for a status
 * while there is no fresh staple. Default off: soft-fail. */
QTLS_MUST_USE qtls_err qtls_config_set_staple_required(qtls_config *config, bool on);

typedef enum qtls_revocation {
  QTLS_REVOCATION_off = 1,       /* nothing is asked for, so that must-staple does not hold either (RFC 7633) */
  QTLS_REVOCATION_soft_fail = 2, /* default: no status passes, a bad staple or a revocation does not */
  QTLS_REVOCATION_hard_fail = 3  /* the leaf's status must be known to be good */
} qtls_revocation;
/* `whole_chain`: hard_fail asks for the status of intermediates too. */
QTLS_MUST_USE qtls_err qtls_config_set_revocation(qtls_config *config, qtls_revocation mode, bool whole_chain);
/* Revocation lists, PEM or DER, judged when a path is. QTLS_ERR_CRL_PARSE. */
QTLS_MUST_USE qtls_err qtls_config_add_crl(qtls_config *config, const void *pem_or_der, size_t size);
/* Ask for statuses that are missing by jobs of the kind QTLS_JOB_status, once the
 * peer has proven that the certificate is its own. Default off. */
QTLS_MUST_USE qtls_err qtls_config_set_status_jobs(qtls_config *config, bool on);

/* ---- further demands on a peer's path ---- */

/* SHA-256 of a SubjectPublicKeyInfo, own or alternative, that some certificate of
 * the verified path must have; any of several (RFC 7469 §2.6). */
QTLS_MUST_USE qtls_err qtls_config_add_pin(qtls_config *config, const uint8_t sha256[32]);
/* A certificate transparency log: its public key (SubjectPublicKeyInfo, PEM or
 * DER) and how it is called. With `least` > 0 the leaf must carry signed
 * timestamps of so many different logs (RFC 6962 §3.3; embedded, or in the
 * certificate's entry of the handshake). */
QTLS_MUST_USE qtls_err qtls_config_add_ct_log(qtls_config *config, const char *name, const void *key, size_t size);
QTLS_MUST_USE qtls_err qtls_config_set_ct_logs_required(qtls_config *config, unsigned least);
/* Signatures of certificates found good are remembered, so many links of a path,
 * 0-65536; shared by all connections of the configuration and its clones. 0: off.
 * Default 256. (About 100 bytes each.) */
QTLS_MUST_USE qtls_err qtls_config_set_link_cache(qtls_config *config, unsigned links);

/* ---- client authentication ---- */

typedef enum qtls_client_auth {
  QTLS_CLIENT_AUTH_none = 1,     /* default */
  QTLS_CLIENT_AUTH_optional = 2, /* asked for; a client without a certificate passes, a bad one never */
  QTLS_CLIENT_AUTH_required = 3
} qtls_client_auth;
/* Server; needs trust anchors. With them alone, and none, clients can still be asked
 * after the handshake (qtls_conn_request_auth). The request names the authorities whose
 * certificates are accepted: the trust anchors, unless others were added. */
QTLS_MUST_USE qtls_err qtls_config_set_client_auth(qtls_config *config, qtls_client_auth mode);
/* Names of authorities for certificate_authorities: the subjects of a PEM text's
 * certificates. All extensions of the request share 65,535 bytes: more than 65,279
 * of names with their lengths are refused, here and, of the trust anchors' own, when
 * the configuration is frozen (QTLS_ERR_CONFIG_VALUE). An empty text: name none. */
QTLS_MUST_USE qtls_err qtls_config_add_authorities(qtls_config *config, const void *pem, size_t pem_size);
/* Client: offer authentication after the handshake (RFC 8446 §4.6.2). Default off. */
QTLS_MUST_USE qtls_err qtls_config_set_post_handshake_auth(qtls_config *config, bool on);
/*
 * Server: who of those that authenticated is let in; without a rule everybody. One
 * fitting rule is enough. A rule is KIND:PATTERN where '*' stands for any run of
 * characters: "subject:CN=device-*,*" and "issuer:..." (RFC 4514 as qtls_cert_info
 * gives it), "dns:*.example.com", "ip:192.0.2.*", "uri:spiffe://example.com/ns*",
 * "email:*@example.com", "serial:HEX", "spki:HEX" (SHA-256). Others get access_denied.
 */
QTLS_MUST_USE qtls_err qtls_config_add_allow(qtls_config *config, const char *rule);

/*
 * Observers. Called from inside qtls_conn_recv and qtls_conn_send by the thread
 * that runs the connection; they may not call into any connection, and what they
 * are given is gone when they return. The key log line (RFC 9850) has no
 * newline, and it IS the secrets of the connection: for debugging only.
 */
typedef void (*qtls_keylog_fn)(void *user, const char *line);
QTLS_MUST_USE qtls_err qtls_config_set_keylog(qtls_config *config, qtls_keylog_fn fn, void *user);

typedef enum qtls_trace_kind {
  QTLS_TRACE_message = 1, /* a handshake message: type, bytes (with its 4-byte header) */
  QTLS_TRACE_record = 2,  /* a record on the wire: outer type, wire length */
  QTLS_TRACE_alert = 3,   /* bytes: level, description */
  QTLS_TRACE_state = 4    /* text: the state entered */
} qtls_trace_kind;

typedef struct qtls_trace {
  qtls_trace_kind kind;
  bool sent; /* or received */
  uint8_t type;
  const uint8_t *bytes; /* may be NULL */
  size_t size;          /* of the message or record, also where bytes is NULL */
  const char *text;     /* message name or state name */
} qtls_trace;
typedef void (*qtls_trace_fn)(void *user, const qtls_trace *trace);
QTLS_MUST_USE qtls_err qtls_config_set_trace(qtls_config *config, qtls_trace_fn fn, void *user);

/*
 * Check everything together and freeze. Fails with the setting to change in
 * qtls_config_problem: a client without trust anchors (QTLS_ERR_CONFIG_TRUST), a server
 * without identity (QTLS_ERR_CONFIG_IDENTITY), settings that leave nothing to
 * negotiate (QTLS_ERR_CONFIG_CONFLICT).
 */
QTLS_MUST_USE qtls_err qtls_config_freeze(qtls_config *config);

/*
 * Bytes, records included, of the first flight (ServerHello to Finished) that a
 * server sends with identity `i` of a frozen configuration, for its most
 * preferred signature scheme and the default groups; exact to about 100 bytes.
 * 0 past the end. A new TCP connection sends QTLS_FIRST_WINDOW bytes before it
 * waits for the client (RFC 6928): a longer flight costs one more round trip.
 */
#define QTLS_FIRST_WINDOW 14600
size_t qtls_config_flight_size(const qtls_config *config, size_t i);

#ifdef __cplusplus
}
#endif
#endif
