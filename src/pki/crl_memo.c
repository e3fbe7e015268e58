/* Owns what is remembered of a list that is kept. */
#include "pki/crl_memo.h"

#include <string.h>

#include "crypto/hash.h"

enum { EMPTY, WRITING, WRITTEN };

/* A SubjectPublicKeyInfo tells its own length, so two of them cannot be mistaken
 * for two others. A key that cannot be used counts as not there, as it does in the
 * verification. */
static void digest(uint8_t out[Q_CRL_ISSUER], const q_dual_signer *issuer) {
  q_hash h;
  uint8_t full[Q_HASH_MAX];
  uint8_t usable = (uint8_t)((issuer->key != NULL ? 1 : 0) | (issuer->alt_key != NULL ? 2 : 0));
  q_crypto_hash_init(&h, Q_HASH_SHA256);
  q_crypto_hash_update(&h, q_span_of(&usable, 1));
  q_crypto_hash_update(&h, issuer->cert->spki);
  q_crypto_hash_update(&h, issuer->cert->alt_spki);
  q_crypto_hash_peek(&h, full);
  memcpy(out, full, Q_CRL_ISSUER);
}

bool q_pki_crl_memo_knows(const q_crl_memo *memo, bool *pqc, const q_dual_signer *issuer) {
  uint8_t asked[Q_CRL_ISSUER];
  if (memo == NULL || __atomic_load_n(&memo->state, __ATOMIC_ACQUIRE) != WRITTEN) {
    return false;
  }
  digest(asked, issuer);
  if (memcmp(asked, memo->issuer, sizeof asked) != 0) {
    return false;
  }
  *pqc = memo->pqc;
  return true;
}

void q_pki_crl_memo_learn(q_crl_memo *memo, bool pqc, const q_dual_signer *issuer) {
  uint32_t empty = EMPTY;
  if (memo == NULL ||
      !__atomic_compare_exchange_n(&memo->state, &empty, WRITING, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
    return;
  }
  digest(memo->issuer, issuer);
  memo->pqc = pqc;
  __atomic_store_n(&memo->state, WRITTEN, __ATOMIC_RELEASE);
}
