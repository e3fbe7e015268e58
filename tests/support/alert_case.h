/*
 * Owns the form of one row of the alert tests: a conversation, one thing that
 * goes wrong in it, and who finds out what. Both sides are checked: the named
 * error and its alert where it is found, ALERT_RECEIVED with that alert and its
 * right name on the other side.
 */
#ifndef ALERT_CASE_H
#define ALERT_CASE_H

#include "support/hello_edit.h"
#include "support/peer.h"
#include "unit/unit.h"

typedef enum case_kind {
  CASE_QTLS,       /* 0x13F2, a hybrid certificate: all defaults */
  CASE_QTLS_PQC,   /* 0x13F1 under require_pqc */
  CASE_QTLS_RETRY, /* 0x13F2 after a HelloRetryRequest for two groups */
  CASE_TLS13,      /* TLS 1.3, X25519MLKEM768, ECDSA P-256 */
  CASE_TLS13_MLDSA,
  CASE_TLS13_RETRY /* TLS 1.3 after a HelloRetryRequest for secp384r1 (floor classical) */
} case_kind;

typedef struct alert_case alert_case;
struct alert_case {
  const char *what;
  qtls_err err;
  bool at_client; /* who finds it */
  case_kind kind;
  /* May change the options of the kind. */
  void (*options)(peer_options *o, const alert_case *row);
  /* An edit of one message on its way ... */
  bool from_client;
  uint8_t message;
  size_t nth;
  void (*hello)(hello_edit *h, const alert_case *row);
  void (*raw)(peer *p, peer_message *msg, const alert_case *row);
  /* ... or something done before anything has moved, or once connected. */
  void (*before)(peer *p, const alert_case *row);
  void (*act)(peer *p, const alert_case *row);
  uint32_t arg;
  int by;
  uint8_t alert;    /* 0: the error's own */
  const char *name; /* NULL: the alert's plain name */
};

/* Options of a kind of conversation, with shared identities. */
peer_options case_options(case_kind kind);
/* A hierarchy of this kind (pki/kind.h), made once. */
const pki *case_pki(const char *kind);

void case_run(const alert_case *rows, size_t count);
/* Group teardown: gives the hierarchies back. */
int case_teardown(void **state);

#endif
