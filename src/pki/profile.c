/* Owns what is issued for what role, and whether the issuer may. */
#include "pki/profile.h"

#include "pki/constraints.h"
#include "pki/rules.h"

#define PATH_LENGTH_MOST 200

qtls_err q_pki_key_belongs(const q_privkey *key, q_span spki) {
  Q_AUTO_FREE uint8_t *der = NULL;
  size_t n = 0;
  Q_TRY(q_crypto_privkey_to_spki(key, &der, &n));
  return q_base_span_equal(q_span_of(der, n), spki) ? QTLS_OK : QTLS_ERR_KEY_MISMATCH;
}

static qtls_err check_issuer(const qtls_cert_request *r, const q_subject *subject, const q_cert *issuer,
                             q_key_pair keys) {
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
  return subject->alt_spki.n > 0 && keys.alt == NULL ? QTLS_ERR_CERT_ALT_MISSING : QTLS_OK;
}

static qtls_err fill_role(q_issue *w, const qtls_cert_request *r) {
  w->key_usage = Q_KU_DIGITAL_SIGNATURE; /* Q-TLS §4 */
  w->path_length = -1;
  switch (r->role) {
    case QTLS_CERT_authority:
      w->is_ca = true;
      w->key_usage = Q_KU_CERT_SIGN | Q_KU_CRL_SIGN;
      w->path_length = r->limit_path ? (int)r->path_length : -1;
      return r->limit_path && r->path_length > PATH_LENGTH_MOST ? QTLS_ERR_ARGUMENT : QTLS_OK;
    case QTLS_CERT_server: w->eku = Q_EKU_SERVER; break;
    case QTLS_CERT_client: w->eku = Q_EKU_CLIENT; break;
    case QTLS_CERT_both: w->eku = Q_EKU_SERVER | Q_EKU_CLIENT; break;
    case QTLS_CERT_ocsp: /* RFC 6960 §4.2.2.2.1: short-lived, as nobody asks for its own status */
      w->eku = Q_EKU_OCSP;
      w->ocsp_nocheck = true;
      break;
    default: return QTLS_ERR_ARGUMENT;
  }
  return r->limit_path || r->permitted_count > 0 || r->excluded_count > 0 ? QTLS_ERR_ARGUMENT : QTLS_OK;
}

qtls_err q_pki_profile_fill(q_issue *out, const qtls_cert_request *r) {
  *out = (q_issue){.names = {r->names, r->name_count},
                   .permitted = {r->permitted, r->permitted_count},
                   .excluded = {r->excluded, r->excluded_count},
                   .ocsp_urls = {r->ocsp_urls, r->ocsp_url_count},
                   .issuer_urls = {r->issuer_urls, r->issuer_url_count},
                   .crl_urls = {r->crl_urls, r->crl_url_count},
                   .must_staple = r->must_staple,
                   .serial = r->serial,
                   .not_before = r->not_before,
                   .not_after = r->not_after};
  Q_TRY(fill_role(out, r));
  /* Only who shows a certificate in a handshake can staple. */
  bool shown = r->role == QTLS_CERT_server || r->role == QTLS_CERT_client || r->role == QTLS_CERT_both;
  return r->must_staple && !shown ? QTLS_ERR_ARGUMENT : QTLS_OK;
}

/* Would anybody believe it? A name that the issuer may not vouch for spoils the
 * whole certificate (RFC 5280 §6.1.4 g), so it is not made. */
static qtls_err check_constraints(const q_cert *issuer, q_span der) {
  q_cert made;
  size_t work = Q_PKI_CONSTRAINT_WORK;
  if (issuer == NULL || issuer->name_constraints.n == 0) {
    return QTLS_OK;
  }
  Q_TRY(q_pki_cert_parse(&made, der));
  return q_pki_constraints_check(&work, issuer->name_constraints, &made);
}

qtls_err q_pki_profile_issue(uint8_t **der, size_t *n, const qtls_cert_request *request, const q_subject *subject,
                             const q_cert *issuer, q_key_pair signer) {
  q_issue w;
  *der = NULL;
  *n = 0;
  Q_TRY(q_pki_profile_fill(&w, request));
  bool nameless = subject->may_be_nameless && !w.is_ca && w.names.n > 0;
  if (request->not_after < request->not_before || (request->common_name == NULL && !nameless)) {
    return QTLS_ERR_ARGUMENT;
  }
  if (issuer != NULL) {
    Q_TRY(check_issuer(request, subject, issuer, signer));
    w.not_after = w.not_after > issuer->not_after ? issuer->not_after : w.not_after;
    if (w.not_after < w.not_before) { /* it would be valid only when its issuer is not any more */
      return QTLS_ERR_CERT_EXPIRED;
    }
  }
  Q_AUTO_FREE uint8_t *name = NULL;
  size_t name_n = 0;
  Q_TRY(q_pki_issue_name(&name, &name_n, request->organization, request->common_name));
  w.subject = q_span_of(name, name_n);
  w.issuer = issuer != NULL ? issuer->subject : w.subject;
  w.spki = subject->spki;
  w.alt_spki = subject->alt_spki;
  w.aki = issuer != NULL ? issuer->ski : q_span_of(NULL, 0);
  w.key = signer.key;
  w.alt_key = signer.alt;
  Q_TRY(q_pki_issue(der, n, &w));
  qtls_err err = check_constraints(issuer, q_span_of(*der, *n));
  if (err != QTLS_OK) {
    q_free(*der);
    *der = NULL;
    *n = 0;
  }
  return err;
}
