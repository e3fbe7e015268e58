/* Owns what is asked of each certificate besides its signatures. */
#include "pki/rules.h"

#include "pki/constraints.h"

static qtls_err check_validity(const q_cert *c, int64_t now) {
  if (now < c->not_before) {
    return QTLS_ERR_CERT_NOT_YET_VALID;
  }
  return now > c->not_after ? QTLS_ERR_CERT_EXPIRED : QTLS_OK;
}

/* RFC 5280 §4.2.1.12. On a CA the extension narrows what it may issue for. */
static qtls_err check_eku(const q_cert *c, q_pki_purpose purpose, bool leaf) {
  unsigned want = purpose == Q_PKI_SERVER ? Q_EKU_SERVER : purpose == Q_PKI_CLIENT ? Q_EKU_CLIENT : Q_EKU_OCSP;
  if (purpose == Q_PKI_OCSP && leaf) { /* RFC 6960 §4.2.2.2: named outright */
    return c->eku & Q_EKU_OCSP ? QTLS_OK : QTLS_ERR_CERT_EXT_KEY_USAGE;
  }
  if (purpose == Q_PKI_OCSP || !c->has_eku || (c->eku & (want | Q_EKU_ANY)) != 0) {
    return QTLS_OK;
  }
  return QTLS_ERR_CERT_EXT_KEY_USAGE;
}

static qtls_err check_leaf(const q_path_node *leaf, const q_pki_request *req) {
  const q_cert *c = leaf->cert;
  /* Q-TLS §4: digitalSignature, as the leaf signs CertificateVerify. */
  if (c->has_key_usage && (c->key_usage & Q_KU_DIGITAL_SIGNATURE) == 0) {
    return QTLS_ERR_CERT_KEY_USAGE;
  }
  /* A CA's certificate is no end entity's, unless it was itself put in the
   * store, as self-signed server certificates are. */
  if (c->is_ca && leaf->anchor == NULL) {
    return QTLS_ERR_CERT_KEY_USAGE;
  }
  Q_TRY(check_eku(c, req->purpose, true));
  return req->name != NULL ? q_pki_name_check(c, req->name) : QTLS_OK;
}

/* §4.2.1.9: intermediates between this CA and the leaf that are not self-issued. */
static qtls_err check_path_length(const q_path *path, size_t at) {
  const q_cert *c = path->nodes[at]->cert;
  size_t below = 0;
  for (size_t i = 1; i < at; i++) {
    const q_cert *lower = path->nodes[i]->cert;
    if (!q_base_span_equal(lower->issuer, lower->subject)) {
      below++;
    }
  }
  return c->has_path_len && below > c->path_len ? QTLS_ERR_CERT_PATH_LENGTH : QTLS_OK;
}

/* §6.1.4 g, §6.1.3 b: everything below but self-issued intermediates. */
static qtls_err check_constraints(const q_path *path, size_t at, size_t *work) {
  q_span constraints = path->nodes[at]->cert->name_constraints;
  for (size_t i = 0; constraints.n > 0 && i < at; i++) {
    const q_cert *lower = path->nodes[i]->cert;
    if (i == 0 || !q_base_span_equal(lower->issuer, lower->subject)) {
      Q_TRY(q_pki_constraints_check(work, constraints, lower));
    }
  }
  return QTLS_OK;
}

static qtls_err check_ca(const q_path *path, size_t at, const q_pki_request *req, size_t *work) {
  const q_cert *c = path->nodes[at]->cert;
  if (!c->has_basic || !c->is_ca) {
    return QTLS_ERR_CERT_NOT_CA;
  }
  if (c->has_key_usage && (c->key_usage & Q_KU_CERT_SIGN) == 0) {
    return QTLS_ERR_CERT_KEY_USAGE;
  }
  Q_TRY(check_eku(c, req->purpose, false));
  Q_TRY(check_path_length(path, at));
  return check_constraints(path, at, work);
}

qtls_err q_pki_rules_check(const q_path *path, size_t at, const q_pki_request *req, size_t *work) {
  const q_cert *c = path->nodes[at]->cert;
  if (c->unknown_critical) { /* §4.2 */
    return QTLS_ERR_CERT_CRITICAL;
  }
  Q_TRY(check_validity(c, req->now)); /* the anchor's too */
  return at == 0 ? check_leaf(path->nodes[0], req) : check_ca(path, at, req, work);
}
