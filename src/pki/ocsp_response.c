/* Owns the reading of OCSP responses (RFC 6960 §4.2). */
#include "pki/cert_parts.h"
#include "pki/ocsp_der.h"
#include "pki/time.h"

#define CONTEXT(number) (CBS_ASN1_CONTEXT_SPECIFIC | (number))
#define CONTEXT_IN(number) (CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | (number))

static bool read_general_time(int64_t *out, CBS *in) {
  return CBS_peek_asn1_tag(in, CBS_ASN1_GENERALIZEDTIME) && q_pki_time_read(out, in);
}

/* RevokedInfo: when, and maybe why. */
static bool read_revoked(q_ocsp_single *out, CBS *info) {
  CBS wrapper;
  CBS reason;
  int present = 0;
  uint8_t v = 0;
  if (!read_general_time(&out->revoked_at, info) || !CBS_get_optional_asn1(info, &wrapper, &present, CONTEXT_IN(0)) ||
      CBS_len(info) != 0) {
    return false;
  }
  if (present && (!CBS_get_asn1(&wrapper, &reason, CBS_ASN1_ENUMERATED) || CBS_len(&wrapper) != 0 ||
                  !CBS_get_u8(&reason, &v) || CBS_len(&reason) != 0 || v > QTLS_REASON_aACompromise || v == 7)) {
    return false;
  }
  out->reason = (qtls_reason)v;
  return true;
}

/* CertStatus: good and unknown are empty, revoked is not. */
static bool read_state(q_ocsp_single *out, CBS *in) {
  CBS value;
  CBS_ASN1_TAG tag = 0;
  if (!CBS_get_any_asn1(in, &value, &tag)) {
    return false;
  }
  if (tag == CONTEXT_IN(1)) {
    out->state = QTLS_OCSP_revoked;
    return read_revoked(out, &value);
  }
  out->state = tag == CONTEXT(0) ? QTLS_OCSP_good : QTLS_OCSP_unknown;
  return (tag == CONTEXT(0) || tag == CONTEXT(2)) && CBS_len(&value) == 0;
}

bool q_pki_ocsp_single_next(q_ocsp_single *out, CBS *answers) {
  *out = (q_ocsp_single){.state = QTLS_OCSP_unknown, .next_update = Q_TIME_NONE};
  CBS one;
  CBS wrapper;
  int present = 0;
  if (!CBS_get_asn1(answers, &one, CBS_ASN1_SEQUENCE) || !q_pki_ocsp_id_read(&out->id, &one) ||
      !read_state(out, &one) || !read_general_time(&out->this_update, &one) ||
      !CBS_get_optional_asn1(&one, &wrapper, &present, CONTEXT_IN(0)) ||
      (present && (!read_general_time(&out->next_update, &wrapper) || CBS_len(&wrapper) != 0))) {
    return false;
  }
  return CBS_get_optional_asn1(&one, &wrapper, &present, CONTEXT_IN(1)) && CBS_len(&one) == 0 &&
         (!present || q_pki_ocsp_extensions(NULL, NULL, &wrapper));
}

static bool read_responder(q_ocsp_response *out, CBS *in) {
  CBS wrapper;
  CBS key;
  if (CBS_peek_asn1_tag(in, CONTEXT_IN(1))) {
    return CBS_get_asn1(in, &wrapper, CONTEXT_IN(1)) && q_pki_take(&out->by_name, &wrapper, CBS_ASN1_SEQUENCE) &&
           CBS_len(&wrapper) == 0 && q_pki_name_well_formed(out->by_name);
  }
  if (!CBS_get_asn1(in, &wrapper, CONTEXT_IN(2)) || !CBS_get_asn1(&wrapper, &key, CBS_ASN1_OCTETSTRING) ||
      CBS_len(&wrapper) != 0 || CBS_len(&key) != Q_SHA1_SIZE) {
    return false;
  }
  out->by_key = q_pki_span_of(&key);
  return true;
}

static bool read_data(q_ocsp_response *out) {
  CBS data;
  CBS answers;
  CBS wrapper;
  int present = 0;
  if (!q_pki_der_only(&data, out->dual.covered, CBS_ASN1_SEQUENCE) || !read_responder(out, &data) ||
      !read_general_time(&out->produced_at, &data) || !CBS_get_asn1(&data, &answers, CBS_ASN1_SEQUENCE) ||
      !CBS_get_optional_asn1(&data, &wrapper, &present, Q_OCSP_ALT_TAG) || CBS_len(&data) != 0 ||
      (present && !q_pki_ocsp_extensions(&out->nonce, &out->dual, &wrapper))) {
    return false;
  }
  out->answers = q_pki_span_of(&answers);
  while (CBS_len(&answers) > 0) {
    q_ocsp_single single;
    if (out->count == Q_OCSP_ANSWERS_MAX || !q_pki_ocsp_single_next(&single, &answers)) {
      return false;
    }
    out->count++;
  }
  return true;
}

static bool read_certs(q_ocsp_response *out, CBS *in) {
  CBS wrapper;
  CBS list;
  int present = 0;
  if (!CBS_get_optional_asn1(in, &wrapper, &present, CONTEXT_IN(0))) {
    return false;
  }
  if (!present) {
    return true;
  }
  if (!CBS_get_asn1(&wrapper, &list, CBS_ASN1_SEQUENCE) || CBS_len(&wrapper) != 0) {
    return false;
  }
  while (CBS_len(&list) > 0) {
    if (out->cert_count == Q_OCSP_CERTS_MAX || !q_pki_take(&out->certs[out->cert_count], &list, CBS_ASN1_SEQUENCE)) {
      return false;
    }
    out->cert_count++;
  }
  return true;
}

static bool read_basic(q_ocsp_response *out, CBS *bytes) {
  CBS basic;
  return CBS_get_asn1(bytes, &basic, CBS_ASN1_SEQUENCE) && CBS_len(bytes) == 0 &&
         q_pki_take(&out->dual.covered, &basic, CBS_ASN1_SEQUENCE) &&
         q_pki_take(&out->dual.algorithm, &basic, CBS_ASN1_SEQUENCE) &&
         q_pki_algorithm_well_formed(out->dual.algorithm) && q_pki_der_octet_bits(&out->dual.signature, &basic) &&
         read_certs(out, &basic) && CBS_len(&basic) == 0 && read_data(out);
}

/* OCSPResponseStatus: 4 and what lies above 6 are not used. */
static bool read_status(unsigned *out, CBS *in) {
  CBS status;
  uint8_t v = 0;
  if (!CBS_get_asn1(in, &status, CBS_ASN1_ENUMERATED) || !CBS_get_u8(&status, &v) || CBS_len(&status) != 0 || v > 6 ||
      v == 4) {
    return false;
  }
  *out = v;
  return true;
}

static bool read_response(q_ocsp_response *out, q_span der) {
  CBS response;
  CBS wrapper;
  CBS bytes;
  CBS basic;
  q_oid type = Q_OID_UNKNOWN;
  if (!q_pki_der_only(&response, der, CBS_ASN1_SEQUENCE) || !read_status(&out->status, &response)) {
    return false;
  }
  if (out->status != 0) { /* §4.2.1: then there is no answer */
    return CBS_len(&response) == 0;
  }
  return CBS_get_asn1(&response, &wrapper, CONTEXT_IN(0)) && CBS_len(&response) == 0 &&
         CBS_get_asn1(&wrapper, &bytes, CBS_ASN1_SEQUENCE) && CBS_len(&wrapper) == 0 &&
         q_pki_der_oid(&type, NULL, &bytes) && type == Q_OID_OCSP_BASIC &&
         CBS_get_asn1(&bytes, &basic, CBS_ASN1_OCTETSTRING) && CBS_len(&bytes) == 0 && read_basic(out, &basic);
}

qtls_err q_pki_ocsp_response_read(q_ocsp_response *out, q_span der) {
  *out = (q_ocsp_response){0};
  if (der.n <= Q_OCSP_RESPONSE_MAX && read_response(out, der)) {
    return QTLS_OK;
  }
  *out = (q_ocsp_response){.status = QTLS_OCSP_internalError};
  return QTLS_ERR_OCSP_PARSE;
}
