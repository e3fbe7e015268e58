/* Owns the public functions that make certificates and requests (qtls/pki.h). */
#include "api/pki_parts.h"

qtls_err q_api_issue(char **pem, size_t *size, const qtls_cert_request *request, const q_subject *subject,
                     const void *issuer_pem, size_t issuer_size, const qtls_key *key) {
  qtls_cert *issuer = NULL;
  if (issuer_pem != NULL) {
    Q_TRY(qtls_cert_load_pem(&issuer, NULL, issuer_pem, issuer_size, 0));
    if (issuer == NULL) {
      return QTLS_ERR_PEM;
    }
  }
  const q_key_pair signer = {key->key, key->alt};
  Q_AUTO_FREE uint8_t *der = NULL;
  size_t n = 0;
  qtls_err err = q_pki_profile_issue(&der, &n, request, subject, issuer != NULL ? &issuer->cert : NULL, signer);
  qtls_cert_free(issuer);
  Q_TRY(err);
  return qtls_pem_write(pem, size, "CERTIFICATE", der, n);
}

qtls_err qtls_cert_issue(char **pem, size_t *size, const qtls_cert_request *request, const qtls_key *subject,
                         const void *issuer_pem, size_t issuer_size, const qtls_key *issuer_key) {
  Q_API_NOTHING(pem);
  if (pem == NULL || request == NULL || subject == NULL || (issuer_pem != NULL && issuer_key == NULL)) {
    return QTLS_ERR_ARGUMENT;
  }
  Q_AUTO_FREE uint8_t *spki = NULL;
  Q_AUTO_FREE uint8_t *alt_spki = NULL;
  q_subject who = {0};
  Q_TRY(q_crypto_privkey_to_spki(subject->key, &spki, &who.spki.n));
  if (subject->alt != NULL) {
    Q_TRY(q_crypto_privkey_to_spki(subject->alt, &alt_spki, &who.alt_spki.n));
  }
  who.spki.p = spki;
  who.alt_spki.p = alt_spki;
  return q_api_issue(pem, size, request, &who, issuer_pem, issuer_size, issuer_pem != NULL ? issuer_key : subject);
}
