/* Owns the lists that are known beforehand. Built once, then shared read-only, but
 * for what crl_memo.h remembers of each. */
#ifndef Q_PKI_CRL_STORE_H
#define Q_PKI_CRL_STORE_H

#include "pki/crl.h"
#include "pki/revocation.h"

typedef struct q_crl_kept {
  uint8_t *der;
  q_crl crl; /* views der */
} q_crl_kept;

struct q_crl_store {
  q_crl_kept *list;
  size_t count;
  size_t cap;
};

#endif
