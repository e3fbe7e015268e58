/*
 * Owns the index from DNS names to the identities that bear them: built once,
 * then asked for each ClientHello (RFC 6066 §3, RFC 9525 §6.3). Must not know
 * certificates: names come as bytes, which stay where they are.
 */
#ifndef Q_POLICY_SERVER_NAMES_H
#define Q_POLICY_SERVER_NAMES_H

#include "base/mem.h"
#include "policy/negotiate.h"

typedef struct q_named {
  q_span name; /* of a wildcard what follows its '*' */
  bool wildcard;
  uint16_t identity;
} q_named;

/* All zero is an empty index. */
typedef struct q_server_names {
  q_named *list; /* sorted once q_policy_names_sort was called */
  size_t count, cap;
} q_server_names;

/* One name of an identity, "*." in front for a wildcard. Names that are no host
 * names do no harm: nobody asks for them. */
QTLS_MUST_USE qtls_err q_policy_names_add(q_server_names *names, q_span name, size_t identity);
void q_policy_names_sort(q_server_names *names);
void q_policy_names_free(q_server_names *names);

/* Raise fit[] of those that bear `asked`: exactly, or by a wildcard that stands
 * for its first label. True if there is any. A dot at its end does not count. */
bool q_policy_names_find(const q_server_names *names, q_span asked, q_candidate *fit);

/* For a client that asks for no name that is known: raise the first identity, and
 * those that share a name with it, letter by letter, to the default. */
void q_policy_names_defaults(const q_server_names *names, q_candidate *fit);

#endif
