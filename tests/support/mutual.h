/*
 * Owns conversations in which the client has a certificate too: what both sides
 * are configured with, on top of support/flow.h.
 */
#ifndef MUTUAL_H
#define MUTUAL_H

#include "support/flow.h"

#define MUTUAL_MOST 3

typedef struct mutual {
  const pki *server; /* its identity */
  const char *versions, *suites, *alpn, *compression;
  qtls_floor floor;
  qtls_policy policy;
  /* client */
  const pki *ids[MUTUAL_MOST];
  bool outside; /* the client's keys are held outside */
  bool after;   /* it offers authentication after the handshake */
  /* server */
  qtls_client_auth mode;           /* 0: not set */
  const pki *anchors[MUTUAL_MOST]; /* the roots of those that it trusts; none: `ids[0]` */
  const pki *named[MUTUAL_MOST];   /* authorities added */
  bool name_none;                  /* an empty text of authorities */
  const char *allow[MUTUAL_MOST];
  bool keep_chain;
  bool server_outside; /* its keys are held outside */
  const char *groups;  /* the server's */
  qtls_cookie cookie;
} mutual;

void mutual_start(flow *f, mutual *m);
/* And run; fails unless both are connected. */
void mutual_connect(flow *f, mutual *m);

/* Who the server thinks that the client is; fails if it is nobody. */
qtls_peer_identity mutual_who(const flow *f);

/* Work off the jobs of one side with the keys of `p`, and let it go on. */
void mutual_sign(flow *f, bool client, const pki *p);

#endif
