/*
 * Owns conversations about the status of certificates: every protocol, with what
 * each side is set to, on top of support/flow.h.
 */
#ifndef STATUS_PLAN_H
#define STATUS_PLAN_H

#include "support/flow.h"
#include "support/staple.h"

typedef struct protocol {
  const char *what, *kind, *versions, *suites;
  qtls_policy policy;
  bool pqc; /* evidence needs ML-DSA */
} protocol;

#define PLAN_PROTOCOLS 7
extern const protocol plan_protocols[PLAN_PROTOCOLS];

/* What a test asks for, beside the protocol. */
typedef struct plan {
  const protocol *by;
  const pki *identity;
  qtls_revocation mode; /* of the client; 0: the default */
  bool whole_chain, jobs, required, compressed;
  bool pq_auth; /* the client's floor */
  bool staple;  /* the server has one */
  staple_kind kind;
  const pki *lists;   /* the client knows the issuer's list ... */
  bool revoked;       /* ... in which the leaf stands */
  const uint8_t *pin; /* 32 bytes, of the client */
  bool after;         /* the server asks its client after the handshake alone */
  int64_t now;
} plan;

/* A hierarchy of this kind with addresses, made once. */
const pki *plan_pki(const char *kind);
/* Group teardown: gives them back. */
int plan_teardown(void **state);

/* Versions, suites, policy and compression. */
qtls_err plan_protocol(qtls_config *c, const plan *p);
/* Both sides, and until nothing moves. */
void plan_run(flow *f, plan *p);

qtls_info plan_info(const flow_side *s);

#endif
