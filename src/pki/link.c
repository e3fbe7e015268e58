/* Owns one link of a path. */
#include "pki/link.h"

#include "pki/algorithm.h"
#include "pki/alt.h"

qtls_err q_pki_link_key(q_pubkey **out, q_span spki) {
  *out = NULL;
  qtls_err err = q_crypto_pubkey_from_spki(out, spki);
  return err == QTLS_ERR_KEY_UNSUPPORTED ? QTLS_ERR_CERT_ALGORITHM : err;
}

qtls_err q_pki_link_signed(q_span algorithm, q_span what, q_span signature, const q_pubkey *key) {
  q_algorithm a;
  Q_TRY(q_pki_algorithm_read(&a, algorithm));
  qtls_err wrong = a.alg == Q_SIG_MLDSA ? QTLS_ERR_CERT_ALT_SIGNATURE : QTLS_ERR_CERT_SIGNATURE;
  if (!q_pki_algorithm_fits(&a, q_crypto_pubkey_type(key))) {
    return wrong;
  }
  qtls_err err = q_crypto_verify(key, a.alg, what, signature);
  return err == QTLS_OK || err == QTLS_ERR_NO_MEMORY ? err : wrong;
}

qtls_err q_pki_link_alt_signed(q_span algorithm, q_span what, q_span signature, const q_pubkey *alt_key) {
  q_key_type type = q_pki_alt_algorithm_type(algorithm);
  if (type == Q_KEY_NONE || type != q_crypto_pubkey_type(alt_key)) {
    return QTLS_ERR_CERT_ALT_SIGNATURE;
  }
  qtls_err err = q_crypto_verify(alt_key, Q_SIG_MLDSA, what, signature);
  return err == QTLS_OK || err == QTLS_ERR_NO_MEMORY ? err : QTLS_ERR_CERT_ALT_SIGNATURE;
}

qtls_err q_pki_link_primary(const q_cert *child, const q_pubkey *issuer) {
  return q_pki_link_signed(child->sig_alg, child->tbs, child->signature, issuer);
}

qtls_err q_pki_link_alternative(const q_cert *child, const q_pubkey *issuer_alt) {
  if (child->alt_signature.n == 0) {
    return QTLS_ERR_CERT_ALT_MISSING;
  }
  Q_AUTO_FREE uint8_t *tbs = NULL;
  size_t n = 0;
  Q_TRY(q_pki_cert_alt_tbs(&tbs, &n, child));
  return q_pki_link_alt_signed(child->alt_sig_alg, q_span_of(tbs, n), child->alt_signature, issuer_alt);
}
