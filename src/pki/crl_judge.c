/* Owns the question what a revocation list says of a certificate (RFC 5280 §6.3.3). */
#include "pki/access.h"
#include "pki/crl_der.h"
#include "pki/names.h"

/* Clocks may differ by this many seconds. */
#define SKEW 300

/* Is this list the issuer's, and may he sign lists? */
static bool is_issuers(const q_crl *crl, const q_cert *cert, const q_cert *issuer) {
  if (!q_base_span_equal(crl->issuer, issuer->subject) || !q_base_span_equal(cert->issuer, issuer->subject)) {
    return false;
  }
  if (crl->aki.n > 0 && issuer->ski.n > 0 && !q_base_span_equal(crl->aki, issuer->ski)) {
    return false;
  }
  return !issuer->has_key_usage || (issuer->key_usage & Q_KU_CRL_SIGN) != 0; /* §6.3.3 f */
}

/* §6.3.3 b 2 i: one of the list's names for itself is one that the certificate
 * gives for its list. */
static bool point_named(const q_crl *crl, const q_cert *cert) {
  q_span urls[Q_PKI_URLS_MAX];
  size_t count = q_pki_urls(urls, Q_PKI_URLS_MAX, cert, Q_URL_CRL);
  q_span rest = crl->point;
  q_general_name name;
  while (rest.n > 0 && q_pki_name_next(&rest, &name)) {
    for (size_t i = 0; name.type == Q_GENERAL_URI && i < count; i++) {
      if (q_base_span_equal(name.value, urls[i])) {
        return true;
      }
    }
  }
  return false;
}

static bool in_scope(const q_crl *crl, const q_cert *cert) {
  return !(crl->users_only && cert->is_ca) && !(crl->authorities_only && !cert->is_ca) &&
         (!crl->has_point || point_named(crl, cert));
}

static bool is_of_tomorrow(const q_crl *crl, int64_t now) { return crl->this_update - SKEW > now; }

static bool is_fresh(const q_crl *crl, int64_t now) {
  return !is_of_tomorrow(crl, now) && crl->next_update != Q_TIME_NONE && crl->next_update >= crl->this_update &&
         now <= crl->next_update;
}

/* The signatures; *pqc when one of ML-DSA is right. */
static qtls_err verify_signatures(bool *pqc, const q_crl *crl, const q_dual_signer *issuer) {
  qtls_err own = q_pki_dual_own(&crl->dual, issuer->key);
  if (own != QTLS_OK) {
    return own == QTLS_ERR_NO_MEMORY ? own : QTLS_ERR_CRL_SIGNATURE;
  }
  qtls_err alt = q_pki_dual_alternative(&crl->dual, issuer->alt_key, Q_CRL_ALT_SKIP, Q_CRL_ALT_TAG);
  if (alt != QTLS_OK && alt != QTLS_ERR_CERT_ALT_MISSING) {
    return alt == QTLS_ERR_NO_MEMORY ? alt : QTLS_ERR_STATUS_ALT;
  }
  *pqc = alt == QTLS_OK || q_key_is_mldsa(q_crypto_pubkey_type(issuer->key));
  return QTLS_OK;
}

static qtls_err check_signatures(bool *pqc, const q_crl *crl, const q_dual_signer *issuer) {
  if (!q_pki_crl_memo_knows(crl->memo, pqc, issuer)) {
    Q_TRY(verify_signatures(pqc, crl, issuer));
    q_pki_crl_memo_learn(crl->memo, *pqc, issuer);
  }
  return QTLS_OK;
}

/* An old list still tells of what is final; and whoever could forge a revocation can
 * bring about no more than a refusal, so that it needs no ML-DSA signature. */
static bool revokes(const q_crl_entry *entry, bool fresh) {
  return entry != NULL && (fresh || q_pki_reason_final(entry->reason));
}

static qtls_err judge(qtls_status_result *out, const q_crl *crl, const q_cert *cert, const q_dual_signer *issuer,
                      bool pqc_needed, int64_t now) {
  if (!is_issuers(crl, cert, issuer->cert)) {
    return QTLS_ERR_CRL_ISSUER;
  }
  if (crl->unusable || !in_scope(crl, cert)) {
    return QTLS_ERR_CRL_CRITICAL;
  }
  if (is_of_tomorrow(crl, now)) {
    return QTLS_ERR_CRL_STALE;
  }
  bool pqc = false;
  Q_TRY(check_signatures(&pqc, crl, issuer));
  const bool fresh = is_fresh(crl, now);
  const q_crl_entry *entry = q_pki_crl_find(crl, cert->serial);
  if (!revokes(entry, fresh) && (!fresh || (pqc_needed && !pqc))) {
    return fresh ? QTLS_ERR_STATUS_ALT : QTLS_ERR_CRL_STALE;
  }
  out->pqc = pqc;
  out->this_update = crl->this_update;
  out->next_update = crl->next_update == Q_TIME_NONE ? 0 : crl->next_update;
  if (entry == NULL) {
    return QTLS_OK;
  }
  out->reason = (qtls_reason)entry->reason;
  out->revoked_at = entry->when;
  return QTLS_ERR_CERT_REVOKED;
}

qtls_err q_pki_crl_judge(qtls_status_result *out, const q_crl *crl, const q_cert *cert, const q_dual_signer *issuer,
                         bool pqc_needed, int64_t now) {
  *out = (qtls_status_result){.verdict = QTLS_ERR_CRL_SIGNATURE};
  out->verdict = judge(out, crl, cert, issuer, pqc_needed, now);
  return out->verdict == QTLS_ERR_NO_MEMORY ? QTLS_ERR_NO_MEMORY : QTLS_OK;
}
