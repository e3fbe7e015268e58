/*
 * Owns the state of one handshake machine: what lasts as long as the connection
 * (q_machine) and what is gone when the handshake is done (q_scratch, in one
 * arena). Handlers in t13/ get the machine and one message; the driver in
 * machine.c looks each step up in the table before and after (t13/steps.c).
 */
#ifndef Q_HANDSHAKE_MACHINE_H
#define Q_HANDSHAKE_MACHINE_H

#include "base/arena.h"
#include "base/queue.h"
#include "handshake/config.h"
#include "kex/kex.h"
#include "keys/transcript.h"
#include "pki/peer.h"
#include "policy/offer.h"
#include "qtls/conn.h"
#include "record/record.h"
#include "wire/certificate.h"
#include "wire/certificate_verify.h"
#include "wire/client_hello.h"
#include "wire/server_hello.h"

/* X(name, words): the states. What each may take stands in t13/steps.c. */
#define Q_STATE_TABLE(X)                                                 \
  X(CLIENT_START, "start")                                               \
  X(WAIT_SERVER_HELLO, "wait for ServerHello")                           \
  X(WAIT_SERVER_HELLO_AFTER_RETRY, "wait for ServerHello after retry")   \
  X(WAIT_ENCRYPTED_EXTENSIONS, "wait for EncryptedExtensions")           \
  X(WAIT_CERTIFICATE_OR_REQUEST, "wait for Certificate or its request")  \
  X(WAIT_CERTIFICATE, "wait for Certificate")                            \
  X(WAIT_CERTIFICATE_VERIFY, "wait for CertificateVerify")               \
  X(CLIENT_STATUS, "wait for the status of the server's certificate")    \
  X(WAIT_SERVER_FINISHED, "wait for server Finished")                    \
  X(CLIENT_SIGNING, "signing")                                           \
  X(CLIENT_CONNECTED, "connected")                                       \
  X(WAIT_CLIENT_HELLO, "wait for ClientHello")                           \
  X(WAIT_CLIENT_HELLO_AFTER_RETRY, "wait for ClientHello after retry")   \
  X(SERVER_SIGNING, "signing")                                           \
  X(WAIT_CLIENT_CERTIFICATE, "wait for client Certificate")              \
  X(WAIT_CLIENT_CERTIFICATE_VERIFY, "wait for client CertificateVerify") \
  X(SERVER_STATUS, "wait for the status of the client's certificate")    \
  X(WAIT_CLIENT_FINISHED, "wait for client Finished")                    \
  X(SERVER_CONNECTED, "connected")                                       \
  X(AUTH_CERTIFICATE_VERIFY, "connected, wait for CertificateVerify")    \
  X(AUTH_STATUS, "connected, wait for the status of a certificate")      \
  X(AUTH_FINISHED, "connected, wait for Finished")                       \
  X(FAILED, "failed")

typedef enum q_state {
#define Q_STATE_ENUM(name, words) Q_STATE_##name,
  Q_STATE_TABLE(Q_STATE_ENUM)
#undef Q_STATE_ENUM
      Q_STATE_COUNT
} q_state;

typedef struct q_message {
  q_msg_type type;
  q_span whole; /* with the 4-byte header: what the transcript takes */
  q_span body;
} q_message;

/* What was negotiated; lasts as long as the connection. */
typedef struct q_negotiated {
  q_protocol protocol; /* 0 until ServerHello */
  uint16_t version;
  const q_suite *suite;
  const q_group *group;
  const q_group *classical;
  const q_scheme *scheme;
  qtls_policy policy;
  qtls_signature_verdict classical_signature, pqc_signature;
  bool retried, cookie_used;
  uint8_t compression;
  bool status_known; /* something was asked about the peer's leaf, or a staple was sent */
  bool status_good, stapled;
  int64_t status_next_update;
  bool has_peer_hsm;
  q_hsm_capabilities peer_hsm;
  uint8_t *alpn; /* NUL-terminated q_alloc block, or NULL */
  uint8_t *server_name;
} q_negotiated;

/* What ended the connection. */
typedef struct q_problem {
  qtls_err err;
  uint8_t alert;
  bool received;
  uint8_t phase; /* which name alert 90 has: see q_machine_alert_phase */
  char detail[160];
} q_problem;

/*
 * The three facts that "connected" takes. Each is set to Q_PROVEN in one place
 * only, after the check it is named for; everything else, zero above all, is not
 * a proof.
 */
typedef enum q_proof { Q_NOT_PROVEN = 0, Q_PROVEN = 0x5AFE } q_proof;
typedef struct q_proofs {
  q_proof identity;  /* the peer's certificate path, or: this role asked for none */
  q_proof signature; /* its CertificateVerify, or: asked for none */
  q_proof finished;  /* its Finished */
} q_proofs;

/* What a client answered to the server's request. Zero is no answer. */
typedef enum q_answer {
  Q_ANSWER_NONE = 0,
  Q_ANSWER_NOT_ASKED = 0x11,  /* no request went out */
  Q_ANSWER_EMPTY = 0x22,      /* it has no certificate, and none is required */
  Q_ANSWER_CERTIFICATE = 0x33 /* which has to be proven, as its owner */
} q_answer;

/* Server: who the client is, once it is proven. */
typedef struct q_client {
  q_peer *who;
  int64_t auth_time;
  qtls_signature_verdict classical_signature, pqc_signature;
} q_client;

/* keep_chain: a peer's certificates as they came; q_alloc blocks. */
typedef struct q_chain {
  uint8_t **der;
  size_t *n;
  size_t count;
} q_chain;

/* Authentication after the handshake (RFC 8446 §4.6.2): there only where the
 * client offered it and this side could use it. */
#define Q_AUTH_CONTEXT 32
#define Q_AUTH_MOST 4       /* requests that wait for their answer */
#define Q_AUTH_SEEN 64      /* contexts that a client remembers */
#define Q_AUTH_UNSENT 16384 /* bytes of other things that a client may have to send when it is asked */
typedef struct q_auth_request {
  bool waiting, required;
  uint8_t context[Q_AUTH_CONTEXT];
} q_auth_request;
typedef struct q_auth {
  q_transcript base;                 /* ClientHello to the client's Finished */
  q_auth_request asked[Q_AUTH_MOST]; /* server */
  unsigned answered;                 /* server: answers not told yet */
  q_queue requests;                  /* client: CertificateRequests, whole, that wait */
  uint8_t queued;                    /* their number */
  uint64_t *seen;                    /* client: digests of contexts, a ring */
  uint32_t seen_count;
  uint32_t largest; /* client: bytes of its largest answer, as records */
} q_auth;

/* Two signatures, or the statuses of a whole chain. */
#define Q_JOBS_MAX Q_PKI_CHAIN_MAX
typedef struct q_job_slot {
  qtls_job job;
  bool waiting;
  uint8_t *result; /* signature: arena; evidence: q_alloc, gone once it was judged */
  size_t result_n;
  bool crl;     /* status: the evidence is a revocation list */
  size_t index; /* status: into the peer's chain */
} q_job_slot;

/* What the entries of the peer's Certificate brought along. */
typedef struct q_entries {
  q_status_evidence staples[Q_CERTIFICATES_MAX];
  size_t count;
  q_span sct; /* of the leaf; empty if none */
} q_entries;

/* A peer's chain that is judged again once its statuses are here (arena). */
typedef struct q_status_wait {
  q_certificate_list list;
  q_entries entries;
  size_t job_count; /* ready, and told once the peer has proven that the chain is its own */
  q_state next;     /* where to go then */
} q_status_wait;

/* What a HelloRetryRequest asked for; groups 0: a cookie alone. */
typedef struct q_retry {
  uint16_t version;
  uint16_t suite;
  uint16_t group;
  uint16_t classical;
} q_retry;

#define Q_SHARES_MAX 4
#define Q_EXT_HANDLERS_MAX 24

/* How one client names its random parts; the second hello repeats them. */
typedef struct q_hello_shape {
  uint8_t random[32];
  uint8_t session_id[32];
  uint8_t session_id_n;
  uint8_t grease[8];
  uint8_t order[Q_EXT_HANDLERS_MAX];
} q_hello_shape;

/* What the peer's CertificateVerify was worth. All zero: nothing has come. */
typedef struct q_signed {
  const q_scheme *scheme;
  qtls_err classical, pqc;
} q_signed;

typedef struct q_scratch {
  uint8_t client_random[32]; /* for the key log */
  q_transcript transcript;
  q_schedule schedule;
  q_secret client_traffic, server_traffic;   /* handshake, then application, on their way to the keys */
  q_secret client_finished, server_finished; /* Finished keys */
  q_proofs proofs;
  /* client */
  q_client_offer offer;
  q_hello_shape shape;
  q_kex_key shares[Q_SHARES_MAX];
  size_t share_count;
  q_span hello;          /* the ClientHello sent last, arena */
  q_span cookie;         /* from HelloRetryRequest, arena */
  uint32_t offered;      /* bit i: extension handler i stood in the ClientHello */
  q_entries *entries;    /* arena, or NULL: none had an extension */
  q_status_wait *status; /* NULL: nothing is waited for */
  q_pki_verdict verdict;
  bool leaf_alternative;               /* the path that is judged is the alternative one (0x13F1) */
  bool pinned_own, pinned_alternative; /* some certificate of the path has a pinned key, its own or its second */
  q_signed signed_by;
  bool certificate_asked;
  /* authentication of the client, in the handshake or after it, on both sides */
  bool after;                 /* after the handshake: the transcript holds this exchange alone */
  bool over;                  /* done: the driver releases it all */
  bool jobs_told;             /* after the handshake data flows on while jobs wait */
  q_span request_context;     /* arena */
  const q_scheme *own_scheme; /* of the signature that this side makes */
  q_span own_certificate;     /* the message that goes before it, kept until all is signed; arena or configuration */
  q_answer answer;            /* server */
  bool answer_required;       /* server */
  q_client *candidate;        /* server: q_alloc; becomes the client's identity once proven */
  bool allowed;               /* server: the candidate fits a rule, if there are any */
  q_chain chain;              /* server, after the handshake: the candidate's */
  bool status_known, status_good; /* server: of the candidate's leaf */
  /* server */
  q_choice choice;
  uint32_t asked; /* bit i: extension handler i stood in the client's hello */
  q_retry retry;
  uint8_t invariants[32];         /* digest of what a second hello must repeat */
  uint8_t hello_hash[Q_HASH_MAX]; /* of the first hello, by the suite's hash */
  uint8_t session_id[32];
  uint8_t session_id_n;
  q_span alpn_chosen;           /* arena */
  bool status_asked;            /* the peer wants an OCSP response with our certificate */
  uint8_t peer_compressions[2]; /* bit sets of algorithms: extension 27, 0xFF05 */
  bool early_data_offered;
  q_job_slot *jobs; /* arena; Q_JOBS_MAX at most */
  size_t job_count;
  uint8_t *signed_content; /* what the jobs sign, arena */
  size_t signed_content_n;
} q_scratch;

typedef struct q_machine {
  const struct qtls_config *config;
  qtls_role role;
  q_state state;
  int64_t now;
  /* records */
  q_record_keys read, write;
  bool read_changed;    /* read keys were changed by the message just handled */
  q_queue out;          /* sealed, for the transport */
  uint16_t write_limit; /* content bytes in one record to the peer */
  uint16_t read_limit;  /* inner plaintext (content, type, padding) taken from the peer */
  uint64_t records_sent, records_received;
  uint8_t own_ccs; /* ChangeCipherSpecs sent */
  /* what lasts */
  q_negotiated is;
  q_problem problem;
  q_secret read_traffic, write_traffic, exporter;
  uint32_t key_updates_sent, key_updates_received;
  uint16_t updates_in_a_row, tickets_received; /* since the last application data, either way */
  uint64_t write_bytes;                        /* application data sealed under the key that is in use, */
  int64_t write_since;                         /* and since when it is */
  bool update_asked;                           /* we asked for a KeyUpdate, and none has come */
  size_t update_answer_left;                   /* bytes of `out` until our answer to one is on its way */
  uint32_t last_job_id;
  bool write_closed; /* close_notify was queued */
  bool auth_offered; /* the ClientHello had post_handshake_auth */
  bool client_identity_asked, client_identity_sent;
  q_auth *auth;                  /* or NULL */
  q_client *client;              /* server: q_alloc, or NULL: anonymous */
  uint32_t early_data_skippable; /* bytes of refused early data that may still come */
  q_chain peer_chain;            /* in the handshake as it is read, after it once it is proven */
  uint8_t peer_address[64];
  uint8_t peer_address_n;
  /* gone when the handshake is done */
  q_scratch *hs;
  q_arena arena;
} q_machine;

/* ---- machine.c ---- */
QTLS_MUST_USE qtls_err q_machine_init(q_machine *m, const struct qtls_config *config, const qtls_conn_params *params);
void q_machine_free(q_machine *m);
/* Wipe and release the scratch; harmless when it is gone. */
void q_machine_end_handshake(q_machine *m);
/* Wipe what is secret in it, keep the memory: jobs that wait point into it. */
void q_machine_forget(q_machine *m);
const char *q_machine_state_name(q_state state);

/* May a message of `type` arrive now? MSG_UNEXPECTED, MSG_UNKNOWN. */
QTLS_MUST_USE qtls_err q_machine_expects(const q_machine *m, uint8_t type);
/* Work one whole message off. */
QTLS_MUST_USE qtls_err q_machine_step(q_machine *m, const q_message *msg);
/* Go on after jobs are done. */
QTLS_MUST_USE qtls_err q_machine_resume(q_machine *m);
/* Is there something to go on with? */
bool q_machine_can_resume(const q_machine *m);
bool q_machine_waits_for_job(const q_machine *m);
/* Is the peer's certificate being asked about? Nothing more is read until it is known. */
bool q_machine_waits_for_status(const q_machine *m);
bool q_machine_is_connected(const q_machine *m);
void q_machine_enter(q_machine *m, q_state state);

/* The only way to a connected state: takes the proofs, installs nothing itself. */
QTLS_MUST_USE qtls_err q_machine_connected(q_machine *m, const q_proofs *proofs);
/* The only way for a server to know who its client is: takes the proofs, and the
 * candidate becomes the client's identity. Without one the client is anonymous. */
QTLS_MUST_USE qtls_err q_machine_identified(q_machine *m, const q_proofs *proofs);
void q_machine_client_free(q_client *client);
void q_machine_chain_free(q_chain *chain); /* and empties it */
/* Give back what status jobs brought, which may be megabytes. */
void q_machine_drop_evidence(q_scratch *hs);

/* Remember the particulars of an error about to be returned. Returns `err`. */
qtls_err q_machine_refuse(q_machine *m, qtls_err err, const char *detail);
qtls_err q_machine_refuse_code(q_machine *m, qtls_err err, const char *what, uint16_t code);
/* A text buffer over the detail, empty. */
q_text q_machine_detail(q_machine *m);

/* Which alert an error sends on this connection (Q-TLS §6). */
uint8_t q_machine_alert_of(const q_machine *m, qtls_err err);
/* 0: plain names, 1: before ServerHello, 2: after it; for qtls_alert_name. */
int q_machine_alert_phase(const q_machine *m);

/* ---- output.c ---- */
/* Put one record, or as many as the limit needs, into the queue. */
QTLS_MUST_USE qtls_err q_machine_send_records(q_machine *m, uint8_t type, q_span content);
/* A whole handshake message: traced, sent; added to the transcript of the
 * handshake. That of an exchange after it is the exchange's own affair. */
QTLS_MUST_USE qtls_err q_machine_send_message(q_machine *m, q_span message);
QTLS_MUST_USE qtls_err q_machine_send_alert(q_machine *m, uint8_t level, uint8_t alert);
/* The compatibility ChangeCipherSpec (RFC 8446 D.4), once. */
QTLS_MUST_USE qtls_err q_machine_send_ccs(q_machine *m);
void q_machine_trace(const q_machine *m, qtls_trace_kind kind, bool sent, uint8_t type, q_span bytes, const char *text);

/* ---- install.c: the only place where record keys change ---- */
QTLS_MUST_USE qtls_err q_machine_install_read(q_machine *m, q_secret *finished, const q_secret *traffic);
QTLS_MUST_USE qtls_err q_machine_install_write(q_machine *m, q_secret *finished, const q_secret *traffic);
/* ServerHello is in the transcript: handshake secrets and keys, both ways. */
QTLS_MUST_USE qtls_err q_machine_handshake_keys(q_machine *m, const q_secret *shared);
/* Server Finished is in the transcript: derive application secrets and the exporter's. */
QTLS_MUST_USE qtls_err q_machine_application_secrets(q_machine *m);

/* ---- keylog.c ---- */
void q_machine_keylog(const q_machine *m, const char *label, const q_secret *secret);

static inline bool q_machine_is_qtls(const q_machine *m) { return m->is.protocol == Q_PROTO_QTLS10; }

#endif
