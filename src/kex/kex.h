/*
 * Owns key exchange groups at work: a group is one or two KEM components, and
 * their shares and secrets are joined in the order of its registry row
 * (RFC 9954, RFC 10024; Q-TLS §2, §3). Knows no messages.
 */
#ifndef Q_KEX_H
#define Q_KEX_H

#include "crypto/kem.h"

/* The private side of one key share. All zero is empty. */
typedef struct q_kex_key {
  const q_group *group;
  q_kem_key *part[2];
} q_kex_key;

/* Fresh key for `group`; `share` takes q_group_client_share bytes. */
QTLS_MUST_USE qtls_err q_kex_generate(q_kex_key *key, uint8_t *share, const q_group *group);

/* Server: to the client's share; `share` takes q_group_server_share bytes, the
 * secret is appended. Errors as in crypto/kem.h; a share of another length than
 * the group's is QTLS_ERR_SHARE_MALFORMED before anything is computed. */
QTLS_MUST_USE qtls_err q_kex_encapsulate(q_secret *secret, uint8_t *share, const q_group *group, q_span peer);

/* Client: the server's share; appended. */
QTLS_MUST_USE qtls_err q_kex_decapsulate(q_secret *secret, const q_kex_key *key, q_span peer);

/* Wipes and empties. */
void q_kex_free(q_kex_key *key);

#endif
