/* Owns the public functions for revocation lists (qtls/status.h). */
#include <string.h>

#include "api/status_objects.h"
#include "pki/dn.h"
#include "pki/pem.h"

const char *qtls_reason_name(int reason) { return q_pki_reason_name(reason); }
int qtls_reason_find(const char *name) { return q_pki_reason_find(name); }

qtls_err q_api_signer(qtls_cert **out, q_key_pair *keys, const void *pem, size_t size, const qtls_key *key) {
  *out = NULL;
  if (pem == NULL || key == NULL) {
    return QTLS_ERR_ARGUMENT;
  }
  *keys = (q_key_pair){key->key, key->alt};
  Q_TRY(qtls_cert_load_pem(out, NULL, pem, size, 0));
  return *out != NULL ? QTLS_OK : QTLS_ERR_PEM;
}

qtls_err qtls_crl_issue(uint8_t **der, size_t *size, const qtls_crl_request *request, const void *issuer_pem,
                        size_t issuer_size, const qtls_key *issuer_key) {
  Q_API_NOTHING(der);
  if (der == NULL || size == NULL || request == NULL) {
    return QTLS_ERR_ARGUMENT;
  }
  *size = 0;
  qtls_cert *issuer = NULL;
  q_key_pair keys;
  Q_TRY(q_api_signer(&issuer, &keys, issuer_pem, issuer_size, issuer_key));
  qtls_err err = q_pki_crl_issue(der, size, request, &issuer->cert, keys);
  qtls_cert_free(issuer);
  return err;
}

void qtls_crl_free(qtls_crl *crl) {
  if (crl != NULL) {
    q_pki_crl_free(&crl->crl);
    q_free(crl->issuer);
    q_free(crl->der);
    q_free(crl);
  }
}

static qtls_err fill(qtls_crl *c, size_t n) {
  Q_TRY(q_pki_crl_parse(&c->crl, q_span_of(c->der, n)));
  q_text issuer = {0};
  size_t issuer_n = 0;
  q_pki_dn_write(&issuer, c->crl.issuer);
  Q_TRY(q_pki_text_end(&issuer, &c->issuer, &issuer_n));
  c->info = (qtls_crl_info){.issuer = c->issuer,
                            .this_update = c->crl.this_update,
                            .next_update = c->crl.next_update == Q_TIME_NONE ? 0 : c->crl.next_update,
                            .number = c->crl.number,
                            .revoked_count = c->crl.count,
                            .signature_algorithm = q_pki_dual_algorithm(&c->crl.dual, false),
                            .alt_signature_algorithm = q_pki_dual_algorithm(&c->crl.dual, true)};
  return QTLS_OK;
}

qtls_err qtls_crl_load(qtls_crl **out, const void *pem_or_der, size_t size) {
  Q_API_NOTHING(out);
  if (out == NULL || pem_or_der == NULL || size == 0) {
    return QTLS_ERR_ARGUMENT;
  }
  qtls_crl *fresh = q_alloc(sizeof *fresh);
  if (fresh == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  size_t n = 0;
  size_t line = 0;
  qtls_err err = q_pki_crl_bytes(&fresh->der, &n, &line, q_span_of(pem_or_der, size));
  if (err == QTLS_OK) {
    err = fill(fresh, n);
  }
  if (err != QTLS_OK) {
    qtls_crl_free(fresh);
    return err;
  }
  *out = fresh;
  return QTLS_OK;
}

const qtls_crl_info *qtls_crl_read(const qtls_crl *crl) { return crl != NULL ? &crl->info : NULL; }

bool qtls_crl_entry(const qtls_crl *crl, size_t i, qtls_revoked *out) {
  if (crl == NULL || out == NULL || i >= crl->crl.count) {
    return false;
  }
  const q_crl_entry *e = &crl->crl.entries[i];
  *out = (qtls_revoked){e->serial, e->serial_n, e->when, (qtls_reason)e->reason};
  return true;
}

qtls_err q_api_issuer(q_dual_signer *out, q_pubkey *keys[2], const q_cert *cert) {
  keys[0] = NULL;
  keys[1] = NULL;
  qtls_err err = q_pki_link_key(&keys[0], cert->spki);
  if (err != QTLS_ERR_NO_MEMORY && cert->alt_spki.n > 0) {
    err = q_pki_link_key(&keys[1], cert->alt_spki);
  }
  *out = (q_dual_signer){cert, keys[0], keys[1]};
  return err == QTLS_ERR_NO_MEMORY ? err : QTLS_OK; /* what cannot be read verifies nothing */
}

bool q_api_pqc_needed(qtls_need need, const q_cert *cert) {
  return need == QTLS_NEED_auto ? cert->alt_spki.n > 0 : need == QTLS_NEED_alternative || need == QTLS_NEED_both;
}

qtls_err qtls_crl_judge(qtls_status_result *out, const qtls_crl *crl, const qtls_cert *cert, const qtls_cert *issuer,
                        qtls_need need, int64_t now) {
  if (out != NULL) {
    *out = (qtls_status_result){.verdict = QTLS_ERR_CRL_SIGNATURE};
  }
  if (out == NULL || crl == NULL || cert == NULL || issuer == NULL) {
    return QTLS_ERR_ARGUMENT;
  }
  q_pubkey *keys[2];
  q_dual_signer signer;
  qtls_err err = q_api_issuer(&signer, keys, &issuer->cert);
  if (err == QTLS_OK) {
    err = q_pki_crl_judge(out, &crl->crl, &cert->cert, &signer, q_api_pqc_needed(need, &cert->cert), now);
  }
  q_crypto_pubkey_free(keys[0]);
  q_crypto_pubkey_free(keys[1]);
  return err;
}
