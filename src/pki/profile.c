/* Owns what is issued for what role, and whether the issuer may. */
#include "pki/profile.h"

#define PATH_LENGTH_MOST 200

qtls_err q_pki_key_belongs(const q_privkey *key, q_span spki) {
  Q_AUTO_FREE uint8_t *der = NULL;
  size_t n = 0;
  Q_TRY(q_crypto_privkey_to_spki(key, &der, &n));
  return q_base_span_equal(q_span_of(der, n), spki) ? QTLS_OK : QTLS_ERR_KEY_MISMATCH;
}

static qtls_err check_issuer(const qtls_cert_request *r, q_key_pair subject, const q_cert *issuer, q_key_pair keys) {
  if (!issuer->has_basic || !issuer->is_ca) {
    return QTLS_ERR_CERT_NOT_CA;
  }
  if (issuer->has_key_usage && (issuer->key_usage & Q_KU_CERT_SIGN) == 0) {
    return QTLS_ERR_CERT_KEY_USAGE;
  }
  if (r->role == QTLS_CERT_authority && issuer->has_path_len &&
      (issuer->path_len == 0 || (r->limit_path && r->path_length >= issuer->path_len))) {
    return QTLS_ERR_CERT_PATH_LENGTH;
  }
  Q_TRY(q_pki_key_belongs(keys.key, issuer->spki));
  if (keys.alt != NULL) {
    Q_TRY(q_pki_key_belongs(keys.alt, issuer->alt_spki));
  } else if (issuer->alt_spki.n > 0) {
    return QTLS_ERR_KEY_MISMATCH; /* half a hybrid authority issues half a certificate */
  }
  return subject.alt != NULL && keys.alt == NULL ? QTLS_ERR_CERT_ALT_MISSING : QTLS_OK;
}

static qtls_err fill(q_issue *w, const qtls_cert_request *r) {
  w->path_length = -1;
  switch (r->role) {
    case QTLS_CERT_authority:
      w->is_ca = true;
      w->key_usage = Q_KU_CERT_SIGN | Q_KU_CRL_SIGN;
      w->path_length = r->limit_path ? (int)r->path_length : -1;
      break;
    case QTLS_CERT_server: w->eku = Q_EKU_SERVER; break;
    case QTLS_CERT_client: w->eku = Q_EKU_CLIENT; break;
    case QTLS_CERT_both: w->eku = Q_EKU_SERVER | Q_EKU_CLIENT; break;
    default: return QTLS_ERR_ARGUMENT;
  }
  if (!w->is_ca) {
    w->key_usage = Q_KU_DIGITAL_SIGNATURE; /* Q-TLS §4 */
  }
  if (r->common_name == NULL || (r->limit_path && (!w->is_ca || r->path_length > PATH_LENGTH_MOST)) ||
      (r->name_count > 0 && r->names == NULL) || r->not_after < r->not_before) {
    return QTLS_ERR_ARGUMENT;
  }
  w->names = r->names;
  w->name_count = r->name_count;
  w->not_before = r->not_before;
  w->not_after = r->not_after;
  return QTLS_OK;
}

qtls_err q_pki_profile_issue(uint8_t **der, size_t *n, const qtls_cert_request *request, q_key_pair subject,
                             const q_cert *issuer, q_key_pair issuer_keys) {
  q_issue w = {0};
  *der = NULL;
  *n = 0;
  Q_TRY(fill(&w, request));
  q_key_pair signer = issuer != NULL ? issuer_keys : subject;
  if (issuer != NULL) {
    Q_TRY(check_issuer(request, subject, issuer, issuer_keys));
    w.not_after = w.not_after > issuer->not_after ? issuer->not_after : w.not_after;
  }
  Q_AUTO_FREE uint8_t *name = NULL;
  Q_AUTO_FREE uint8_t *spki = NULL;
  Q_AUTO_FREE uint8_t *alt_spki = NULL;
  size_t name_n = 0;
  size_t spki_n = 0;
  size_t alt_n = 0;
  Q_TRY(q_pki_issue_name(&name, &name_n, request->organization, request->common_name));
  Q_TRY(q_crypto_privkey_to_spki(subject.key, &spki, &spki_n));
  if (subject.alt != NULL) {
    Q_TRY(q_crypto_privkey_to_spki(subject.alt, &alt_spki, &alt_n));
  }
  w.subject = q_span_of(name, name_n);
  w.issuer = issuer != NULL ? issuer->subject : w.subject;
  w.spki = q_span_of(spki, spki_n);
  w.alt_spki = q_span_of(alt_spki, alt_n);
  w.aki = issuer != NULL ? issuer->ski : q_span_of(NULL, 0);
  w.key = signer.key;
  w.alt_key = signer.alt;
  return q_pki_issue(der, n, &w);
}
