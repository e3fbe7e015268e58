/* Owns the public functions for OCSP (qtls/status.h). */
#include <string.h>

#include "api/status_objects.h"
#include "pki/status_describe.h"

qtls_err qtls_ocsp_request_load(qtls_ocsp_request **out, const void *der, size_t size) {
  Q_API_NOTHING(out);
  if (out == NULL || (der == NULL && size > 0)) {
    return QTLS_ERR_ARGUMENT;
  }
  if (size == 0 || size > QTLS_OCSP_REQUEST_MAX) {
    return QTLS_ERR_OCSP_REQUEST;
  }
  qtls_ocsp_request *fresh = q_alloc(sizeof *fresh);
  if (fresh == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  fresh->der = q_alloc_copy(der, size);
  qtls_err err =
      fresh->der == NULL ? QTLS_ERR_NO_MEMORY : q_pki_ocsp_request_read(&fresh->request, q_span_of(fresh->der, size));
  if (err != QTLS_OK) {
    qtls_ocsp_request_free(fresh);
    return err;
  }
  *out = fresh;
  return QTLS_OK;
}

void qtls_ocsp_request_free(qtls_ocsp_request *request) {
  if (request != NULL) {
    q_free(request->der);
    q_free(request);
  }
}

bool qtls_ocsp_request_id(const qtls_ocsp_request *request, size_t i, qtls_ocsp_id *out) {
  q_ocsp_id id;
  if (request == NULL || out == NULL || !q_pki_ocsp_request_at(&id, &request->request, i)) {
    return false;
  }
  *out = (qtls_ocsp_id){.hash = q_pki_oid_name(id.hash), .serial = id.serial.p, .serial_size = id.serial.n};
  if (id.hash != Q_OID_UNKNOWN) {
    out->hash_size = id.issuer_name.n;
    memcpy(out->issuer_name, id.issuer_name.p, id.issuer_name.n);
    memcpy(out->issuer_key, id.issuer_key.p, id.issuer_key.n);
  }
  return true;
}

const uint8_t *qtls_ocsp_request_nonce(const qtls_ocsp_request *request, size_t *size) {
  const q_span nonce = request != NULL ? request->request.nonce : q_span_of(NULL, 0);
  if (size != NULL) {
    *size = nonce.n;
  }
  return nonce.n > 0 ? nonce.p : NULL;
}

bool qtls_ocsp_id_is_of(const qtls_ocsp_id *id, const qtls_cert *issuer) {
  if (id == NULL || issuer == NULL || id->hash == NULL || id->hash_size > sizeof id->issuer_name) {
    return false;
  }
  q_oid hash = strcmp(id->hash, "SHA-1") == 0     ? Q_OID_SHA1
               : strcmp(id->hash, "SHA-256") == 0 ? Q_OID_SHA256
                                                  : Q_OID_UNKNOWN;
  q_ocsp_id inner = {hash, q_span_of(id->issuer_name, id->hash_size), q_span_of(id->issuer_key, id->hash_size),
                     q_span_of(id->serial, id->serial_size)};
  return q_pki_ocsp_id_is_of(&inner, &issuer->cert);
}

qtls_err qtls_ocsp_respond(uint8_t **der, size_t *size, const qtls_ocsp_response_request *request,
                           const void *signer_pem, size_t signer_size, const qtls_key *signer_key) {
  Q_API_NOTHING(der);
  if (der == NULL || size == NULL || request == NULL) {
    return QTLS_ERR_ARGUMENT;
  }
  *size = 0;
  qtls_cert *signer = NULL;
  q_key_pair keys;
  Q_TRY(q_api_signer(&signer, &keys, signer_pem, signer_size, signer_key));
  qtls_err err = q_pki_ocsp_respond(der, size, request, &signer->cert, keys);
  qtls_cert_free(signer);
  return err;
}

qtls_err qtls_ocsp_refuse(uint8_t **der, size_t *size, qtls_ocsp_refusal why) {
  Q_API_NOTHING(der);
  return der == NULL || size == NULL ? QTLS_ERR_ARGUMENT : q_pki_ocsp_refuse(der, size, why);
}

qtls_err qtls_ocsp_ask(uint8_t **der, size_t *size, const qtls_cert *cert, const qtls_cert *issuer,
                       const uint8_t *nonce, size_t nonce_size) {
  Q_API_NOTHING(der);
  if (der == NULL || size == NULL || cert == NULL || issuer == NULL || (nonce == NULL && nonce_size > 0)) {
    return QTLS_ERR_ARGUMENT;
  }
  return q_pki_ocsp_ask(der, size, &cert->cert, &issuer->cert, q_span_of(nonce, nonce_size));
}

qtls_err qtls_ocsp_judge(qtls_status_result *out, const void *response, size_t size, const qtls_cert *cert,
                         const qtls_cert *issuer, qtls_need need, int64_t now, const uint8_t *nonce,
                         size_t nonce_size) {
  if (out != NULL) {
    *out = (qtls_status_result){.verdict = QTLS_ERR_OCSP_SIGNATURE};
  }
  if (out == NULL || (response == NULL && size > 0) || cert == NULL || issuer == NULL ||
      (nonce == NULL && nonce_size > 0)) {
    return QTLS_ERR_ARGUMENT;
  }
  q_pubkey *keys[2];
  q_dual_signer signer;
  qtls_err err = q_api_issuer(&signer, keys, &issuer->cert);
  if (err == QTLS_OK) {
    const q_ocsp_terms terms = {
        .pqc_needed = q_api_pqc_needed(need, &cert->cert), .now = now, .nonce = q_span_of(nonce, nonce_size)};
    err = q_pki_ocsp_judge(out, q_span_of(response, size), &cert->cert, &signer, &terms);
  }
  q_crypto_pubkey_free(keys[0]);
  q_crypto_pubkey_free(keys[1]);
  return err;
}

qtls_err qtls_status_describe(char **out, size_t *size, const void *pem_or_der, size_t input_size, qtls_format format) {
  size_t n = 0;
  Q_API_NOTHING(out);
  if (out == NULL || (pem_or_der == NULL && input_size > 0) ||
      (format != QTLS_FORMAT_text && format != QTLS_FORMAT_json)) {
    return QTLS_ERR_ARGUMENT;
  }
  q_doc d = q_pki_doc(format == QTLS_FORMAT_json);
  qtls_err err = q_pki_status_describe(&d, q_span_of(pem_or_der, input_size));
  if (err != QTLS_OK) {
    q_pki_text_free(&d.text);
    return err;
  }
  return q_pki_doc_end(&d, out, size != NULL ? size : &n);
}
