/*
 * Owns a peer that misbehaves: a conversation in memory (support/flow.h) with a
 * man in the middle who knows the handshake keys of both sides. He sees every
 * handshake message on its way, in the clear or not, and may change, drop,
 * repeat or add messages, hold the rest of a flight back, or send any record
 * under the keys that a side uses at that moment. Uses internal headers; must
 * not change what the engine does by itself.
 */
#ifndef PEER_H
#define PEER_H

#include "conn/conn.h"
#include "support/flow.h"

/* Settings of one side; zero is the default. */
typedef struct peer_settings {
  const char *versions, *suites, *groups, *schemes, *alpn, *compression;
  qtls_floor floor;
  qtls_policy policy;
  qtls_key_shares shares;
  qtls_cookie cookie;
  unsigned record_size_limit;
  unsigned priority; /* 0: the default */
  bool no_grease, no_middlebox, scsv, keep_chain, hsm;
  bool auth_after;              /* client: offers authentication after the handshake */
  qtls_client_auth client_auth; /* server */
  const pki *client_trust;      /* server: whose clients it believes */
  const char *allow;            /* server: who is let in */
  qtls_revocation revocation;
  qtls_err (*more)(qtls_config *config); /* further settings, or NULL */
} peer_settings;

typedef struct peer_options {
  const pki *identity, *identity2, *trust;
  const char *server_name;
  const pki *client_identity; /* NULL: the client has none */
  peer_settings client, server;
  bool outside_keys;
  bool client_outside; /* the client's keys are held outside */
  int64_t now;
} peer_options;

/* One or more whole handshake messages, which go out in one record if they fit. */
typedef struct peer_message {
  uint8_t *p;
  size_t n, cap;
} peer_message;
#define PEER_MESSAGE_MAX 262144

typedef struct peer peer;
/* `nth` counts messages of this type and direction from 0. n = 0 drops it. */
typedef void (*peer_edit)(peer *p, bool from_client, uint8_t type, size_t nth, peer_message *msg);

typedef struct peer_direction {
  bool keyed, done; /* handshake keys known; Finished has passed */
  bool hold;        /* nothing more is delivered */
  q_record_keys open, seal;
  peer_message pending;
  size_t count[256];
} peer_direction;

struct peer {
  flow f;
  peer_edit edit; /* may be NULL */
  const void *context; /* for the edit */
  peer_direction to_server, to_client;
  peer_message scratch;
  uint8_t *kept; /* what an edit wants to remember */
  size_t kept_n;
};

void peer_start(peer *p, const peer_options *o);
void peer_stop(peer *p);

/* The whole conversation, until nothing moves. */
static inline void peer_run(peer *p) { flow_run(&p->f); }

/* A connection that is well on both sides; fails the test otherwise. */
void peer_connect(peer *p, const peer_options *o);

static inline qtls_conn *peer_conn(peer *p, bool client) { return client ? p->f.client.conn : p->f.server.conn; }
static inline q_machine *peer_machine(peer *p, bool client) { return &peer_conn(p, client)->m; }

/* ---- what one side sends beyond what it would ---- */

/* A record of `type` under the sender's present keys, straight to the other. */
void peer_send(peer *p, bool from_client, uint8_t type, const void *content, size_t n);
/* Any inner plaintext (content, type, padding), also one beyond the limits. */
void peer_send_inner(peer *p, bool from_client, const uint8_t *inner, size_t n);
/* The bytes of such a record, sealed, not sent; *out is malloc'ed. */
size_t peer_seal(peer *p, bool from_client, const uint8_t *inner, size_t n, uint8_t **out);
/* Bytes as they are. */
void peer_send_raw(peer *p, bool from_client, const void *bytes, size_t n);
/* A handshake message. */
void peer_send_message(peer *p, bool from_client, uint8_t type, const void *body, size_t n);
void peer_send_alert(peer *p, bool from_client, uint8_t level, uint8_t alert);

/* Handshake bytes under the keys of the handshake, in the man's own numbering. */
void peer_pass(peer *p, bool from_client, const uint8_t *bytes, size_t n);

/* ---- jobs of a server whose keys are outside ---- */
typedef enum peer_damage { PEER_GOOD = 0, PEER_CLASSICAL_BAD = 1, PEER_PQC_BAD = 2, PEER_BOTH_BAD = 3 } peer_damage;
/* Work the jobs off with the leaf's keys; the damaged ones sign other bytes. */
void peer_sign(peer *p, const pki *identity, peer_damage damage);
/* The same for a client, which goes on then. */
void peer_sign_client(peer *p, const pki *identity, peer_damage damage);

/* ---- verdicts ---- */

/*
 * One side found `err` and sent its alert, and the other received that alert
 * under `name` (NULL: the error's own) and knows it as ALERT_RECEIVED. `alert`
 * QTLS_ALERT_none: the error's own. `what` is printed if not.
 */
void peer_check(peer *p, const char *what, bool at_client, qtls_err err, uint8_t alert, const char *name);

/* Memory for tests: fails the program when there is none. */
void *peer_memory(size_t n);

#endif
