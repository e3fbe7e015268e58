/* Owns the making of OCSP responses (RFC 6960 §4.2, Q-TLS §4). */
#include <string.h>

#include "pki/algorithm.h"
#include "pki/ocsp_der.h"
#include "pki/time.h"

#define CONTEXT(number) (CBS_ASN1_CONTEXT_SPECIFIC | (number))
#define CONTEXT_IN(number) (CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | (number))
#define ANSWER_MOST 256 /* bytes of one answer */

typedef struct plan {
  const qtls_ocsp_response_request *r;
  const q_privkey *alt_key;
  uint8_t responder[Q_SHA1_SIZE];
} plan;

static bool id_of(q_ocsp_id *out, const qtls_ocsp_id *id) {
  q_oid hash = id->hash == NULL                   ? Q_OID_UNKNOWN
               : strcmp(id->hash, "SHA-1") == 0   ? Q_OID_SHA1
               : strcmp(id->hash, "SHA-256") == 0 ? Q_OID_SHA256
                                                  : Q_OID_UNKNOWN;
  if (hash == Q_OID_UNKNOWN || id->hash_size != (hash == Q_OID_SHA1 ? Q_SHA1_SIZE : 32U) || id->serial == NULL ||
      id->serial_size == 0 || id->serial_size > 20) {
    return false;
  }
  *out = (q_ocsp_id){hash, q_span_of(id->issuer_name, id->hash_size), q_span_of(id->issuer_key, id->hash_size),
                     q_span_of(id->serial, id->serial_size)};
  CBS serial = q_pki_cbs_of(out->serial);
  int negative = 1;
  return CBS_is_valid_asn1_integer(&serial, &negative) && !negative;
}

static bool add_state(CBB *out, const qtls_ocsp_answer *a) {
  CBB info;
  CBB wrapper;
  CBB reason;
  if (a->state != QTLS_OCSP_revoked) {
    return CBB_add_asn1(out, &info, CONTEXT(a->state == QTLS_OCSP_good ? 0 : 2)) && CBB_flush(out);
  }
  return CBB_add_asn1(out, &info, CONTEXT_IN(1)) && q_pki_time_write_general(&info, a->revoked_at) &&
         (a->reason == QTLS_REASON_unspecified ||
          (CBB_add_asn1(&info, &wrapper, CONTEXT_IN(0)) && CBB_add_asn1(&wrapper, &reason, CBS_ASN1_ENUMERATED) &&
           CBB_add_u8(&reason, (uint8_t)a->reason))) &&
         CBB_flush(out);
}

static bool add_answers(CBB *data, const qtls_ocsp_response_request *r) {
  CBB list;
  if (!CBB_add_asn1(data, &list, CBS_ASN1_SEQUENCE)) {
    return false;
  }
  for (size_t i = 0; i < r->answer_count; i++) {
    CBB one;
    CBB wrapper;
    q_ocsp_id id;
    if (!id_of(&id, &r->answers[i].id) || !CBB_add_asn1(&list, &one, CBS_ASN1_SEQUENCE) ||
        !q_pki_ocsp_id_write(&one, &id) || !add_state(&one, &r->answers[i]) ||
        !q_pki_time_write_general(&one, r->this_update) || !CBB_add_asn1(&one, &wrapper, CONTEXT_IN(0)) ||
        !q_pki_time_write_general(&wrapper, r->next_update) || !CBB_flush(&list)) {
      return false;
    }
  }
  return CBB_flush(data);
}

static bool add_extensions(CBB *data, const plan *p, q_span alt_signature) {
  CBB wrapper;
  CBB list;
  if (p->r->nonce == NULL && p->alt_key == NULL) {
    return true;
  }
  return CBB_add_asn1(data, &wrapper, Q_OCSP_ALT_TAG) && CBB_add_asn1(&wrapper, &list, CBS_ASN1_SEQUENCE) &&
         (p->r->nonce == NULL || q_pki_ocsp_add_nonce(&list, q_span_of(p->r->nonce, p->r->nonce_size))) &&
         (p->alt_key == NULL || q_pki_dual_add_algorithm(&list, p->alt_key)) &&
         (alt_signature.n == 0 || q_pki_dual_add_signature(&list, alt_signature)) && CBB_flush(data);
}

/* ResponseData: nothing of it depends on the algorithm of the own signature. */
static bool write_data(CBB *out, const void *what, bool own, q_span alt_signature) {
  const plan *p = what;
  CBB data;
  CBB wrapper;
  (void)own;
  return CBB_add_asn1(out, &data, CBS_ASN1_SEQUENCE) && CBB_add_asn1(&data, &wrapper, CONTEXT_IN(2)) &&
         CBB_add_asn1_octet_string(&wrapper, p->responder, sizeof p->responder) && CBB_flush(&data) &&
         q_pki_time_write_general(&data, p->r->produced_at) && add_answers(&data, p->r) &&
         add_extensions(&data, p, alt_signature) && CBB_flush(out);
}

/* An OCSPResponse of this status; `basic` empty: without an answer. */
static qtls_err wrap(uint8_t **der, size_t *n, uint8_t status, q_span basic) {
  CBB cbb;
  CBB response;
  CBB field;
  CBB bytes;
  q_span type = q_pki_oid_bytes(Q_OID_OCSP_BASIC);
  size_t cap = basic.n + 64;
  uint8_t *out = q_alloc(cap);
  if (out == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  bool fine = CBB_init_fixed(&cbb, out, cap) && CBB_add_asn1(&cbb, &response, CBS_ASN1_SEQUENCE) &&
              CBB_add_asn1(&response, &field, CBS_ASN1_ENUMERATED) && CBB_add_u8(&field, status) &&
              CBB_flush(&response);
  if (fine && basic.n > 0) {
    CBB wrapper;
    fine = CBB_add_asn1(&response, &wrapper, CONTEXT_IN(0)) && CBB_add_asn1(&wrapper, &bytes, CBS_ASN1_SEQUENCE) &&
           CBB_add_asn1(&bytes, &field, CBS_ASN1_OBJECT) && CBB_add_bytes(&field, type.p, type.n) &&
           CBB_add_asn1_octet_string(&bytes, basic.p, basic.n) && CBB_flush(&response);
  }
  if (!fine || !CBB_finish(&cbb, NULL, n)) {
    CBB_cleanup(&cbb);
    q_free(out);
    *n = 0;
    return QTLS_ERR_INTERNAL;
  }
  *der = out;
  return QTLS_OK;
}

qtls_err q_pki_ocsp_refuse(uint8_t **der, size_t *n, qtls_ocsp_refusal why) {
  *der = NULL;
  *n = 0;
  if (why < QTLS_OCSP_malformedRequest || why > QTLS_OCSP_unauthorized || (int)why == 4 || (int)why == 5) {
    return QTLS_ERR_ARGUMENT;
  }
  return wrap(der, n, (uint8_t)why, q_span_of(NULL, 0));
}

static bool request_fine(const qtls_ocsp_response_request *r) {
  if (r->answers == NULL || r->answer_count == 0 || r->answer_count > Q_OCSP_ANSWERS_MAX ||
      r->next_update <= r->this_update || (r->nonce != NULL) != (r->nonce_size > 0) ||
      r->nonce_size > QTLS_OCSP_NONCE_MAX) {
    return false;
  }
  for (size_t i = 0; i < r->answer_count; i++) {
    const qtls_ocsp_answer *a = &r->answers[i];
    q_ocsp_id id;
    bool reason = a->reason >= QTLS_REASON_unspecified && a->reason <= QTLS_REASON_aACompromise && (int)a->reason != 7;
    if (!id_of(&id, &a->id) || a->state < QTLS_OCSP_good || a->state > QTLS_OCSP_unknown || !reason) {
      return false;
    }
  }
  return true;
}

/* certs [0]: a responder's own certificate; the authority's is known. */
static bool add_certs(CBB *cbb, const q_cert *signer) {
  CBB wrapper;
  CBB list;
  return CBB_add_asn1(cbb, &wrapper, CONTEXT_IN(0)) && CBB_add_asn1(&wrapper, &list, CBS_ASN1_SEQUENCE) &&
         CBB_add_bytes(&list, signer->der.p, signer->der.n) && CBB_flush(cbb);
}

qtls_err q_pki_ocsp_respond(uint8_t **der, size_t *n, const qtls_ocsp_response_request *r, const q_cert *signer,
                            q_key_pair keys) {
  *der = NULL;
  *n = 0;
  plan p = {.r = r, .alt_key = keys.alt};
  bool responder = (signer->eku & Q_EKU_OCSP) != 0;
  if (!request_fine(r) || (!responder && !signer->is_ca) || !q_pki_ocsp_key_hash(p.responder, signer->spki)) {
    return QTLS_ERR_ARGUMENT;
  }
  Q_TRY(q_pki_dual_belongs(keys, signer));
  size_t cap = signer->der.n + 16;
  size_t certs_n = 0;
  Q_AUTO_FREE uint8_t *certs = q_alloc(cap);
  if (certs == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  CBB cbb;
  if (responder &&
      (!CBB_init_fixed(&cbb, certs, cap) || !add_certs(&cbb, signer) || !CBB_finish(&cbb, NULL, &certs_n))) {
    CBB_cleanup(&cbb);
    return QTLS_ERR_INTERNAL;
  }
  Q_AUTO_FREE uint8_t *basic = NULL;
  size_t basic_n = 0;
  size_t room = 512 + r->nonce_size + r->answer_count * ANSWER_MOST;
  Q_TRY(q_pki_dual_seal(&basic, &basic_n, room, write_data, &p, keys, q_span_of(certs, certs_n)));
  return wrap(der, n, 0, q_span_of(basic, basic_n));
}
