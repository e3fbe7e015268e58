/* Owns OCSP requests (RFC 6960 §4.1), read and made. */
#include "pki/ocsp_der.h"

#define CONTEXT_IN(number) (CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | (number))

bool q_pki_ocsp_request_next(q_ocsp_id *out, CBS *list) {
  CBS one;
  CBS wrapper;
  int present = 0;
  return CBS_get_asn1(list, &one, CBS_ASN1_SEQUENCE) && q_pki_ocsp_id_read(out, &one) &&
         CBS_get_optional_asn1(&one, &wrapper, &present, CONTEXT_IN(0)) && CBS_len(&one) == 0 &&
         (!present || q_pki_ocsp_extensions(NULL, NULL, &wrapper));
}

bool q_pki_ocsp_request_at(q_ocsp_id *out, const q_ocsp_request *request, size_t i) {
  CBS list = q_pki_cbs_of(request->list);
  for (size_t at = 0; CBS_len(&list) > 0 && q_pki_ocsp_request_next(out, &list); at++) {
    if (at == i) {
      return true;
    }
  }
  return false;
}

static bool read_tbs(q_ocsp_request *out, CBS *tbs) {
  CBS name;
  CBS list;
  CBS wrapper;
  int present = 0;
  /* version is v1 always, and so never written; who asks is not asked. */
  if (!CBS_get_optional_asn1(tbs, &name, &present, CONTEXT_IN(1)) || !CBS_get_asn1(tbs, &list, CBS_ASN1_SEQUENCE) ||
      CBS_len(&list) == 0 || !CBS_get_optional_asn1(tbs, &wrapper, &present, CONTEXT_IN(2)) || CBS_len(tbs) != 0 ||
      (present && !q_pki_ocsp_extensions(&out->nonce, NULL, &wrapper))) {
    return false;
  }
  out->list = q_pki_span_of(&list);
  while (CBS_len(&list) > 0) {
    q_ocsp_id id;
    if (out->count == Q_OCSP_IDS_MAX || !q_pki_ocsp_request_next(&id, &list)) {
      return false;
    }
    out->count++;
  }
  return true;
}

qtls_err q_pki_ocsp_request_read(q_ocsp_request *out, q_span der) {
  *out = (q_ocsp_request){0};
  CBS request;
  CBS tbs;
  CBS signature;
  int present = 0;
  if (der.n > QTLS_OCSP_REQUEST_MAX || !q_pki_der_only(&request, der, CBS_ASN1_SEQUENCE) ||
      !CBS_get_asn1(&request, &tbs, CBS_ASN1_SEQUENCE) ||
      !CBS_get_optional_asn1(&request, &signature, &present, CONTEXT_IN(0)) || CBS_len(&request) != 0 ||
      !read_tbs(out, &tbs)) {
    *out = (q_ocsp_request){0};
    return QTLS_ERR_OCSP_REQUEST;
  }
  return QTLS_OK;
}

static bool write_request(CBB *out, const q_ocsp_id *id, q_span nonce) {
  CBB request;
  CBB tbs;
  CBB list;
  CBB one;
  CBB wrapper;
  CBB extensions;
  return CBB_add_asn1(out, &request, CBS_ASN1_SEQUENCE) && CBB_add_asn1(&request, &tbs, CBS_ASN1_SEQUENCE) &&
         CBB_add_asn1(&tbs, &list, CBS_ASN1_SEQUENCE) && CBB_add_asn1(&list, &one, CBS_ASN1_SEQUENCE) &&
         q_pki_ocsp_id_write(&one, id) && CBB_flush(&tbs) &&
         (nonce.n == 0 ||
          (CBB_add_asn1(&tbs, &wrapper, CONTEXT_IN(2)) && CBB_add_asn1(&wrapper, &extensions, CBS_ASN1_SEQUENCE) &&
           q_pki_ocsp_add_nonce(&extensions, nonce))) &&
         CBB_flush(out);
}

qtls_err q_pki_ocsp_ask(uint8_t **der, size_t *n, const q_cert *cert, const q_cert *issuer, q_span nonce) {
  *der = NULL;
  *n = 0;
  q_ocsp_hashes h;
  if (nonce.n > QTLS_OCSP_NONCE_MAX || !q_base_span_equal(cert->issuer, issuer->subject) ||
      !q_pki_ocsp_hash(&h, Q_OID_SHA1, issuer)) {
    return QTLS_ERR_ARGUMENT;
  }
  q_ocsp_id id = {Q_OID_SHA1, q_span_of(h.name, h.n), q_span_of(h.key, h.n), cert->serial};
  size_t cap = 256 + nonce.n;
  uint8_t *out = q_alloc(cap);
  if (out == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  CBB cbb;
  if (!CBB_init_fixed(&cbb, out, cap) || !write_request(&cbb, &id, nonce) || !CBB_finish(&cbb, NULL, n)) {
    CBB_cleanup(&cbb);
    q_free(out);
    *n = 0;
    return QTLS_ERR_INTERNAL;
  }
  *der = out;
  return QTLS_OK;
}
