/*
 * Owns the inside of the trust store for verify.c: an anchor with its keys read
 * and its self-signatures judged once, when it was added.
 */
#ifndef Q_PKI_ANCHOR_H
#define Q_PKI_ANCHOR_H

#include "pki/trust.h"

typedef struct q_anchor {
  uint8_t *der;
  q_cert cert;
  q_pubkey *key;          /* NULL when the key cannot be used; key_err says why */
  q_pubkey *alt_key;
  qtls_err key_err;
  qtls_err self_primary;  /* of a self-issued one, else QTLS_OK: there is nothing to judge */
  qtls_err self_alternative;
} q_anchor;

struct q_trust {
  uint32_t owners; /* atomic */
  q_anchor *list;
  size_t count;
  size_t cap;
};

#endif
