/* Owns key exchange groups at work: joining of one or two components. */
#include "kex/kex.h"

/* The halves of a hybrid share, in the order of the registry row. */
static q_span first_half(q_span share, size_t n) { return q_span_of(share.p, n); }
static q_span second_half(q_span share, size_t n) { return q_span_of(share.p + n, share.n - n); }

void q_kex_free(q_kex_key *key) {
  q_crypto_kem_free(key->part[0]);
  q_crypto_kem_free(key->part[1]);
  *key = (q_kex_key){NULL, {NULL, NULL}};
}

qtls_err q_kex_generate(q_kex_key *key, uint8_t *share, const q_group *group) {
  *key = (q_kex_key){group, {NULL, NULL}};
  qtls_err err = q_crypto_kem_generate(&key->part[0], share, group->first);
  if (err == QTLS_OK && group->second != Q_KEX_NONE) {
    err = q_crypto_kem_generate(&key->part[1], share + q_kex_size_of(group->first).client_share, group->second);
  }
  if (err != QTLS_OK) {
    q_kex_free(key);
  }
  return err;
}

/* What was appended must not stay when the whole fails. */
static qtls_err undo(q_secret *secret, uint8_t before, qtls_err err) {
  if (err != QTLS_OK) {
    q_wipe(secret->b + before, (size_t)Q_SECRET_MAX - before);
    secret->n = before;
  }
  return err;
}

qtls_err q_kex_encapsulate(q_secret *secret, uint8_t *share, const q_group *group, q_span peer) {
  if (peer.n != q_group_client_share(group)) {
    return QTLS_ERR_SHARE_MALFORMED;
  }
  uint8_t before = secret->n;
  q_kex_size size = q_kex_size_of(group->first);
  qtls_err err = q_crypto_kem_encapsulate(secret, share, group->first, first_half(peer, size.client_share));
  if (err == QTLS_OK && group->second != Q_KEX_NONE) {
    err = q_crypto_kem_encapsulate(secret, share + size.server_share, group->second,
                                   second_half(peer, size.client_share));
  }
  return undo(secret, before, err);
}

qtls_err q_kex_decapsulate(q_secret *secret, const q_kex_key *key, q_span peer) {
  if (key->group == NULL) {
    return QTLS_ERR_INTERNAL;
  }
  if (peer.n != q_group_server_share(key->group)) {
    return QTLS_ERR_SHARE_MALFORMED;
  }
  uint8_t before = secret->n;
  size_t n = q_kex_size_of(key->group->first).server_share;
  qtls_err err = q_crypto_kem_decapsulate(secret, key->part[0], first_half(peer, n));
  if (err == QTLS_OK && key->part[1] != NULL) {
    err = q_crypto_kem_decapsulate(secret, key->part[1], second_half(peer, n));
  }
  return undo(secret, before, err);
}
