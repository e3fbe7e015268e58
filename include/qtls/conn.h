/*
 * The connection: bytes in, bytes out, events. It does no I/O, reads no clock
 * and never blocks; the caller moves bytes between it and the transport.
 *
 *   for (;;) {
 *     qtls_conn_send(conn, data, n, out, sizeof out, &taken, &written);  // also flushes the handshake
 *     ... write `written` bytes of out to the transport ...
 *     ... read from the transport, append to in[] ...
 *     qtls_conn_recv(conn, in, len, &used, &event);
 *     ... act on the event, drop the first `used` bytes of in[] ...
 *   }
 *
 * qtls/stream.h has this loop over a blocking socket.
 *
 * Thread rule: one connection, one thread at a time. The frozen configuration is
 * shared freely.
 */
#ifndef QTLS_CONN_H
#define QTLS_CONN_H

#include "qtls/config.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct qtls_conn qtls_conn;

typedef struct qtls_conn_params {
  /* Client: the name or IP literal the server must prove; sent as SNI if it is
   * a DNS name. Required for a client, ignored for a server. */
  const char *server_name;
  int64_t now; /* seconds since 1970; certificates and cookies are judged by it */
  /* Server: the client's address, any bytes up to 64, bound into the cookie. */
  const uint8_t *peer_address;
  size_t peer_address_size;
} qtls_conn_params;

/* Role and everything else come from the frozen `config`, of which the
 * connection keeps a reference. A client's ClientHello is ready to be sent at once. */
QTLS_MUST_USE qtls_err qtls_conn_new(qtls_conn **out, const qtls_config *config, const qtls_conn_params *params);
void qtls_conn_free(qtls_conn *conn); /* NULL is fine */

typedef enum qtls_event_kind {
  QTLS_EVENT_none = 0,      /* more bytes are needed: at least `need` in all */
  QTLS_EVENT_data = 1,      /* application data: data, size, inside the caller's buffer */
  QTLS_EVENT_connected = 2, /* the handshake is done */
  /* A job waits (qtls_conn_job); recv goes on once it is done. A client that was
   * asked to authenticate after the handshake is told once, and data flows on. */
  QTLS_EVENT_job = 3,
  QTLS_EVENT_closed = 4,    /* the peer sent close_notify: no more data will come */
  /* Server: a client answered qtls_conn_request_auth; who it is, if anybody, says
   * qtls_conn_peer_identity. */
  QTLS_EVENT_authenticated = 5
} qtls_event_kind;

typedef struct qtls_event {
  qtls_event_kind kind;
  uint8_t *data;
  size_t size;
  size_t need;
} qtls_event;

/* What a buffer for qtls_conn_recv must be able to hold: one whole record. */
#define QTLS_RECORD_MAX (5 + 16384 + 256)

/*
 * Take bytes received from the transport: `in` is changed (records are
 * decrypted in place). Works off whole records up to the first event, and says
 * in *used how many bytes the caller may drop (after it has looked at
 * event->data). Call again while bytes are left and the event was not `none`.
 * On error the connection has ended; an alert for the peer may wait to be sent
 * with qtls_conn_send; details in qtls_conn_error.
 */
QTLS_MUST_USE qtls_err qtls_conn_recv(qtls_conn *conn, uint8_t *in, size_t len, size_t *used, qtls_event *event);

/* The transport's data has ended. QTLS_OK if the peer closed properly before,
 * else QTLS_ERR_TRUNCATED: what was received may have been cut (RFC 8446 §6.1). */
QTLS_MUST_USE qtls_err qtls_conn_recv_end(qtls_conn *conn);

/*
 * Put into `out` (cap bytes) what has to go to the transport: first pending
 * handshake messages and alerts, then `data` as sealed records. *taken bytes of
 * `data` went in, *written bytes of `out` are to be sent. Before the handshake
 * is done nothing of `data` is taken. Call with size 0 to flush. `out` may not
 * overlap `data`. Records are only made whole: give at least
 * QTLS_RECORD_MAX of room to get full ones. After a failed handshake it still
 * hands out the alert, and then QTLS_ERR_CLOSED.
 */
QTLS_MUST_USE qtls_err qtls_conn_send(qtls_conn *conn, const uint8_t *data, size_t size, uint8_t *out, size_t cap,
                                      size_t *taken, size_t *written);

/* Bytes that qtls_conn_send with size 0 would write. */
size_t qtls_conn_pending(const qtls_conn *conn);

/* Queue close_notify: nothing can be sent after it, receiving goes on (half close). */
QTLS_MUST_USE qtls_err qtls_conn_close(qtls_conn *conn);

/* Change own sending keys (RFC 8446 §4.6.3), and ask the peer to change its own,
 * unless it was asked before and has not answered (RFC 9846 §4.7.3). It also happens
 * by itself, see qtls_config_set_key_update. */
QTLS_MUST_USE qtls_err qtls_conn_key_update(qtls_conn *conn, bool ask_peer);

bool qtls_conn_is_connected(const qtls_conn *conn);

/* ---- jobs: private keys held outside, statuses fetched outside ---- */

typedef enum qtls_job_kind { QTLS_JOB_sign = 1, QTLS_JOB_status = 2 } qtls_job_kind;

/* `sign` uses the fields up to input_size; `status` those from certificate on. */
typedef struct qtls_job {
  uint32_t id;
  qtls_job_kind kind;
  size_t identity;      /* index in the order of qtls_config_add_identity */
  bool alternative_key; /* the ML-DSA key of a hybrid certificate, or the certificate's own */
  uint16_t scheme;      /* what to compute: a plain signature scheme code; ECDSA answers in DER */
  const uint8_t *input; /* the message to sign (not hashed) */
  size_t input_size;
  /* A certificate of the peer's path whose status is missing, and its issuer's, as
   * DER; the URLs are in them (qtls_cert_load). */
  const uint8_t *certificate;
  size_t certificate_size;
  const uint8_t *issuer;
  size_t issuer_size;
} qtls_job;

/* Job `i` of those waiting, or NULL. Jobs of one connection are independent of
 * each other and may be worked on side by side, by other threads too: what they
 * point at stays until they are done, also when the connection ends in between
 * (qtls_conn_job_done then says why), but not when it is freed. */
const qtls_job *qtls_conn_job(const qtls_conn *conn, size_t i);

/* Finish a job; signature == NULL says that it failed (QTLS_ERR_SIGNER ends the
 * connection). After the last one call qtls_conn_recv again, with or without new bytes. */
QTLS_MUST_USE qtls_err qtls_conn_job_done(qtls_conn *conn, uint32_t id, const uint8_t *signature, size_t size);

/* Finish a status job: an OCSP response or a CRL (`crl`), DER; judged inside. NULL:
 * none could be had, which hard_fail refuses and soft_fail passes. */
QTLS_MUST_USE qtls_err qtls_conn_job_status(qtls_conn *conn, uint32_t id, bool crl, const uint8_t *der, size_t size);

/* ---- client authentication ---- */

typedef enum qtls_signature_verdict {
  QTLS_SIGNATURE_absent = 0,   /* none of this kind was there */
  QTLS_SIGNATURE_verified = 1, /* handshake signature and whole path */
  QTLS_SIGNATURE_refused = 2   /* there, and wrong or untrusted */
} qtls_signature_verdict;

/*
 * Server, connected: ask the client to authenticate (RFC 8446 §4.6.2); data flows on
 * meanwhile, QTLS_EVENT_authenticated tells of the answer. At most 4 unanswered.
 * QTLS_ERR_STATE: the client did not offer it, HTTP/2 was chosen (RFC 8740), not
 * connected, closed, four wait, or this server has no trust anchors. `required`: an empty answer ends the connection.
 */
QTLS_MUST_USE qtls_err qtls_conn_request_auth(qtls_conn *conn, bool required);

/* Who the client is that authenticated, in the handshake or after it; verified,
 * and let in by the rules. Strings belong to the connection, and the next answer
 * replaces them; one without a certificate makes the client anonymous again. */
typedef struct qtls_peer_identity {
  const char *subject; /* RFC 4514 */
  const char *issuer;
  const char *serial;       /* hexadecimal */
  const char *spki_sha256;  /* hexadecimal */
  const char *const *names; /* "DNS:device-1.example.com", ... */
  size_t name_count;
  int64_t not_after; /* seconds since 1970 */
  int64_t auth_time; /* `now` when it was verified */
  qtls_signature_verdict classical_signature, pqc_signature;
} qtls_peer_identity;
/* Server. false: the client is anonymous (and *out is all zero). */
bool qtls_conn_peer_identity(const qtls_conn *conn, qtls_peer_identity *out);

/* The time by which later certificates, staples and tickets are judged, and the age
 * of a sending key; a long connection is told it when it authenticates again, and
 * now and then before it sends. Seconds since 1970. Streams do so themselves. */
void qtls_conn_set_time(qtls_conn *conn, int64_t now);

/* ---- what became of it ---- */

typedef struct qtls_info {
  const char *protocol; /* "Q-TLS 1.0", "TLS 1.3"; "none" before it is known. All strings: constant or owned by the
                           connection */
  const char *suite;
  uint16_t suite_code;
  const char *group;           /* "SecP384r1MLKEM1024"; for Q-TLS the ML-KEM group */
  const char *classical_group; /* Q-TLS 0x13F2: the classical one beside it; else NULL */
  uint16_t group_code;
  uint16_t classical_group_code;
  const char *scheme; /* signature scheme of the server's CertificateVerify */
  uint16_t scheme_code;
  qtls_policy policy; /* the stricter of both sides; meaningful in Q-TLS */
  /* On the client: verdicts on the server. On the server: what it sent. */
  qtls_signature_verdict classical_signature;
  qtls_signature_verdict pqc_signature;
  const char *authentication; /* "hybrid", "pqc", "classical", "none" (before it is known) */
  const char *alpn;           /* NULL if none; may hold any bytes but is cut at NUL */
  const char *server_name;    /* NULL if none */
  bool hello_retry;
  bool cookie_used;
  const char *cert_compression; /* "zlib" ..., or NULL */
  uint64_t records_sent, records_received;
  uint64_t key_updates_sent, key_updates_received;
  /* What the peer told about itself (Q-TLS §5); false: it did not. */
  bool peer_hsm_known;
  bool peer_hsm_rng, peer_hsm_accel, peer_hsm_fips;
  uint16_t peer_hsm_operations;
  /* Revocation status of the peer's leaf: "good", "unknown", "not asked". Client:
   * whether it came as a staple, and until when it holds (0: not said). Server: the
   * same two of the staple that it sent. */
  const char *status;
  bool stapled;
  int64_t status_next_update;
  bool client_identity_asked; /* client: the server asked for a certificate */
  bool client_identity_sent;  /* client: one of ours went out */
  /* Server: what the client's certificate was worth, as `authentication`; "none"
   * if it showed none. Who it is: qtls_conn_peer_identity. */
  const char *client_authentication;
} qtls_info;

void qtls_conn_get_info(const qtls_conn *conn, qtls_info *out);

typedef struct qtls_error {
  qtls_err err;        /* QTLS_OK while all is well */
  bool alert_received; /* `alert` came from the peer; otherwise it was sent (or is none) */
  uint8_t alert;
  const char *alert_name;
  const char *detail; /* one line with the particulars ("" if there are none); owned by the connection */
} qtls_error;

void qtls_conn_error(const qtls_conn *conn, qtls_error *out);

/* Certificate `i` of the peer's chain as DER, with qtls_config_set_keep_chain on.
 * QTLS_ERR_ARGUMENT past the end. Owned by the connection. Before it is connected
 * nothing of it is proven; a client that answers qtls_conn_request_auth has its
 * chain replaced once it has proven it, and lost if it could not. */
QTLS_MUST_USE qtls_err qtls_conn_peer_certificate(const qtls_conn *conn, size_t i, const uint8_t **der, size_t *size);

/* Keying material (RFC 8446 §7.5); for channel binding the label is
 * "EXPORTER-Channel-Binding" with an empty context and 32 bytes (RFC 9266). */
QTLS_MUST_USE qtls_err qtls_conn_export(qtls_conn *conn, uint8_t *out, size_t size, const char *label,
                                        const uint8_t *context, size_t context_size);

#ifdef __cplusplus
}
#endif
#endif
