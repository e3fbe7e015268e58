/*
 * Owns what is remembered of a list that is kept: the issuer under whose keys its
 * signatures were found good, so that a long list is hashed once and not for every
 * path. Written once, by whoever comes first; read by all threads without a lock.
 * Good results only, and one issuer: a list has no more.
 */
#ifndef Q_PKI_CRL_MEMO_H
#define Q_PKI_CRL_MEMO_H

#include "pki/dual.h"

/* SHA-256 of the issuer's keys, own and alternative. */
#define Q_CRL_ISSUER 32

/* All zero: nothing is known. */
typedef struct q_crl_memo {
  uint32_t state; /* atomic: 0, 1 while it is written, 2 for good */
  uint8_t issuer[Q_CRL_ISSUER];
  bool pqc;
} q_crl_memo;

/* Both may be called with NULL for the memo. */
bool q_pki_crl_memo_knows(const q_crl_memo *memo, bool *pqc, const q_dual_signer *issuer);
void q_pki_crl_memo_learn(q_crl_memo *memo, bool pqc, const q_dual_signer *issuer);

#endif
