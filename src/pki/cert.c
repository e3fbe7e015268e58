/* Owns the parsing of a certificate (RFC 5280 §4.1), as strict DER. */
#include "pki/cert.h"

#include "pki/algorithm.h"
#include "pki/alt.h"
#include "pki/cert_parts.h"
#include "pki/extensions.h"
#include "pki/time.h"

#define CONTEXT(number) (CBS_ASN1_CONTEXT_SPECIFIC | (number))
#define CONTEXT_IN(number) (CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | (number))

bool q_pki_take(q_span *out, CBS *in, CBS_ASN1_TAG tag) {
  CBS element;
  if (!CBS_get_asn1_element(in, &element, tag)) {
    return false;
  }
  *out = q_pki_span_of(&element);
  return true;
}

/* version [0] EXPLICIT: absent means v1, v2 is 1, v3 is 2 (§4.1.2.1). */
static bool read_version(uint64_t *out, CBS *in) {
  CBS wrapper;
  *out = 0;
  if (!CBS_peek_asn1_tag(in, CONTEXT_IN(0))) {
    return true;
  }
  return CBS_get_asn1(in, &wrapper, CONTEXT_IN(0)) && CBS_get_asn1_uint64(&wrapper, out) &&
         CBS_len(&wrapper) == 0 && (*out == 1 || *out == 2);
}

/* §4.1.2.2: not negative, 20 octets at most. */
static bool read_serial(q_span *out, CBS *in) {
  CBS serial;
  int negative = 1;
  if (!CBS_get_asn1(in, &serial, CBS_ASN1_INTEGER) || !CBS_is_valid_asn1_integer(&serial, &negative) || negative ||
      CBS_len(&serial) > 20) {
    return false;
  }
  *out = q_pki_span_of(&serial);
  return true;
}

/* A Name: SEQUENCE OF SET OF SEQUENCE { OID, value } (§4.1.2.4). */
bool q_pki_name_well_formed(q_span name) {
  CBS rdns;
  if (!q_pki_der_only(&rdns, name, CBS_ASN1_SEQUENCE)) {
    return false;
  }
  while (CBS_len(&rdns) > 0) {
    CBS rdn;
    if (!CBS_get_asn1(&rdns, &rdn, CBS_ASN1_SET) || CBS_len(&rdn) == 0) {
      return false;
    }
    while (CBS_len(&rdn) > 0) {
      CBS attribute;
      CBS value;
      CBS_ASN1_TAG tag = 0;
      q_oid type = Q_OID_UNKNOWN;
      if (!CBS_get_asn1(&rdn, &attribute, CBS_ASN1_SEQUENCE) || !q_pki_der_oid(&type, NULL, &attribute) ||
          !CBS_get_any_asn1(&attribute, &value, &tag) || CBS_len(&attribute) != 0) {
        return false;
      }
    }
  }
  return true;
}

static bool read_validity(q_cert *out, CBS *in) {
  CBS validity;
  return CBS_get_asn1(in, &validity, CBS_ASN1_SEQUENCE) && q_pki_time_read(&out->not_before, &validity) &&
         q_pki_time_read(&out->not_after, &validity) && CBS_len(&validity) == 0;
}

/* AlgorithmIdentifier in form only: an unknown one is the verifier's matter. */
bool q_pki_algorithm_well_formed(q_span algorithm) {
  CBS seq;
  q_oid oid = Q_OID_UNKNOWN;
  CBS parameters;
  CBS_ASN1_TAG tag = 0;
  return q_pki_der_only(&seq, algorithm, CBS_ASN1_SEQUENCE) && q_pki_der_oid(&oid, NULL, &seq) &&
         (CBS_len(&seq) == 0 || (CBS_get_any_asn1(&seq, &parameters, &tag) && CBS_len(&seq) == 0));
}

/* SubjectPublicKeyInfo: the form alone; crypto/key.h judges the key. */
bool q_pki_spki_well_formed(q_span spki) {
  CBS seq;
  q_span algorithm = {NULL, 0};
  q_span bits = {NULL, 0};
  return q_pki_der_only(&seq, spki, CBS_ASN1_SEQUENCE) && q_pki_take(&algorithm, &seq, CBS_ASN1_SEQUENCE) &&
         q_pki_algorithm_well_formed(algorithm) && q_pki_der_octet_bits(&bits, &seq) && CBS_len(&seq) == 0;
}

/* issuerUniqueID and subjectUniqueID (§4.1.2.8): read over. */
static bool skip_unique_ids(CBS *in) {
  for (unsigned i = 1; i <= 2; i++) {
    CBS bits;
    int present = 0;
    if (!CBS_get_optional_asn1(in, &bits, &present, CONTEXT(i)) || (present && !CBS_is_valid_asn1_bitstring(&bits))) {
      return false;
    }
  }
  return true;
}

/* TBSCertificate, but for its extensions, whose content goes to `extensions`. */
static bool read_tbs(q_cert *out, q_span *extensions, q_span outer_algorithm) {
  CBS tbs;
  CBS wrapper;
  CBS list;
  uint64_t version = 0;
  q_span algorithm = {NULL, 0};
  if (!q_pki_der_only(&tbs, out->tbs, CBS_ASN1_SEQUENCE) || !read_version(&version, &tbs) ||
      !read_serial(&out->serial, &tbs) || !q_pki_take(&algorithm, &tbs, CBS_ASN1_SEQUENCE) ||
      !q_base_span_equal(algorithm, outer_algorithm) || /* §4.1.1.2 */
      !q_pki_take(&out->issuer, &tbs, CBS_ASN1_SEQUENCE) || !q_pki_name_well_formed(out->issuer) || !read_validity(out, &tbs) ||
      !q_pki_take(&out->subject, &tbs, CBS_ASN1_SEQUENCE) || !q_pki_name_well_formed(out->subject) ||
      !q_pki_take(&out->spki, &tbs, CBS_ASN1_SEQUENCE) || !q_pki_spki_well_formed(out->spki)) {
    return false;
  }
  if (version >= 1 && !skip_unique_ids(&tbs)) {
    return false;
  }
  if (CBS_len(&tbs) == 0) {
    return true;
  }
  if (version != 2 || !CBS_get_asn1(&tbs, &wrapper, CONTEXT_IN(3)) ||
      !CBS_get_asn1(&wrapper, &list, CBS_ASN1_SEQUENCE) || CBS_len(&wrapper) != 0 || CBS_len(&tbs) != 0 ||
      CBS_len(&list) == 0) {
    return false;
  }
  *extensions = q_pki_span_of(&list);
  return true;
}

qtls_err q_pki_cert_parse(q_cert *out, q_span der) {
  *out = (q_cert){0};
  CBS certificate;
  q_span extensions = {NULL, 0};
  q_cert c = {0};
  c.der = der;
  if (!q_pki_der_only(&certificate, der, CBS_ASN1_SEQUENCE) || !q_pki_take(&c.tbs, &certificate, CBS_ASN1_SEQUENCE) ||
      !q_pki_take(&c.sig_alg, &certificate, CBS_ASN1_SEQUENCE) || !q_pki_algorithm_well_formed(c.sig_alg) ||
      !q_pki_der_octet_bits(&c.signature, &certificate) || CBS_len(&certificate) != 0 ||
      !read_tbs(&c, &extensions, c.sig_alg)) {
    return QTLS_ERR_CERT_PARSE;
  }
  if (extensions.n > 0) {
    Q_TRY(q_pki_extensions_read(&c, extensions));
  }
  *out = c;
  return QTLS_OK;
}

bool q_pki_cert_may_issue(const q_cert *issuer, const q_cert *child) {
  return q_base_span_equal(issuer->subject, child->issuer) &&
         (child->aki.n == 0 || issuer->ski.n == 0 || q_base_span_equal(child->aki, issuer->ski));
}
