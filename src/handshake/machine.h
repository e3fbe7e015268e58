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
#include "policy/offer.h"
#include "qtls/conn.h"
#include "record/record.h"
#include "wire/certificate_verify.h"
#include "wire/client_hello.h"
#include "wire/server_hello.h"

/* X(name, words): the states. What each may take stands in t13/steps.c. */
#define Q_STATE_TABLE(X)                                                    \
  X(CLIENT_START, "start")                                                  \
  X(WAIT_SERVER_HELLO, "wait for ServerHello")                              \
  X(WAIT_SERVER_HELLO_AFTER_RETRY, "wait for ServerHello after retry")      \
  X(WAIT_ENCRYPTED_EXTENSIONS, "wait for EncryptedExtensions")              \
  X(WAIT_CERTIFICATE_OR_REQUEST, "wait for Certificate or its request")     \
  X(WAIT_CERTIFICATE, "wait for Certificate")                               \
  X(WAIT_CERTIFICATE_VERIFY, "wait for CertificateVerify")                  \
  X(WAIT_SERVER_FINISHED, "wait for server Finished")                       \
  X(CLIENT_CONNECTED, "connected")                                          \
  X(WAIT_CLIENT_HELLO, "wait for ClientHello")                              \
  X(WAIT_CLIENT_HELLO_AFTER_RETRY, "wait for ClientHello after retry")      \
  X(SERVER_SIGNING, "signing")                                              \
  X(WAIT_CLIENT_FINISHED, "wait for client Finished")                       \
  X(SERVER_CONNECTED, "connected")                                          \
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

#define Q_JOBS_MAX 2
typedef struct q_job_slot {
  qtls_job job;
  bool waiting;
  uint8_t *result; /* signature, arena */
  size_t result_n;
} q_job_slot;

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
  q_span hello;   /* the ClientHello sent last, arena */
  q_span cookie;  /* from HelloRetryRequest, arena */
  uint32_t offered; /* bit i: extension handler i stood in the ClientHello */
  q_pki_verdict verdict;
  bool leaf_alternative; /* the path that is judged is the alternative one (0x13F1) */
  bool certificate_asked;
  uint8_t request_context[255];
  uint8_t request_context_n;
  /* server */
  q_choice choice;
  uint32_t asked; /* bit i: extension handler i stood in the client's hello */
  q_retry retry;
  uint8_t invariants[32]; /* digest of what a second hello must repeat */
  uint8_t hello_hash[Q_HASH_MAX]; /* of the first hello, by the suite's hash */
  uint8_t session_id[32];
  uint8_t session_id_n;
  q_span alpn_chosen; /* arena */
  uint8_t peer_compressions[2]; /* bit sets of algorithms: extension 27, 0xFF05 */
  bool early_data_offered;
  q_job_slot jobs[Q_JOBS_MAX];
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
  bool read_changed; /* read keys were changed by the message just handled */
  q_queue out;       /* sealed, for the transport */
  uint16_t write_limit; /* content bytes in one record to the peer */
  uint16_t read_limit;  /* inner plaintext (content, type, padding) taken from the peer */
  uint64_t records_sent, records_received;
  uint8_t own_ccs;  /* ChangeCipherSpecs sent */
  /* what lasts */
  q_negotiated is;
  q_problem problem;
  q_secret read_traffic, write_traffic, exporter;
  uint32_t key_updates_sent, key_updates_received;
  uint16_t updates_in_a_row, tickets_received;
  bool update_answer_queued;
  bool write_closed; /* close_notify was queued */
  uint32_t early_data_skippable; /* bytes of refused early data that may still come */
  uint8_t **peer_chain; /* keep_chain: q_alloc blocks */
  size_t *peer_chain_n;
  size_t peer_chain_count;
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
bool q_machine_waits_for_job(const q_machine *m);
bool q_machine_is_connected(const q_machine *m);
void q_machine_enter(q_machine *m, q_state state);

/* The only way to a connected state: takes the proofs, installs nothing itself. */
QTLS_MUST_USE qtls_err q_machine_connected(q_machine *m, const q_proofs *proofs);

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
/* A whole handshake message: traced, sent; added to the transcript while there is one. */
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
