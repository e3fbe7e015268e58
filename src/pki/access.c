/* Owns where a certificate says that its status is to be had. */
#include "pki/access.h"

#include "pki/der.h"
#include "pki/names.h"

#define TLS_STATUS_REQUEST 5 /* the extension's number, as RFC 7633 §4.1 uses it */

#define CONTEXT(number) (CBS_ASN1_CONTEXT_SPECIFIC | (number))
#define CONTEXT_IN(number) (CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | (number))

/* AccessDescription: a method and one GeneralName. */
static bool next_access(q_span *rest, q_oid *method, q_general_name *where) {
  CBS in = q_pki_cbs_of(*rest);
  CBS one;
  if (!CBS_get_asn1(&in, &one, CBS_ASN1_SEQUENCE) || !q_pki_der_oid(method, NULL, &one)) {
    return false;
  }
  q_span name = q_pki_span_of(&one);
  if (!q_pki_name_next(&name, where) || name.n != 0) {
    return false;
  }
  *rest = q_pki_span_of(&in);
  return true;
}

typedef struct point {
  q_span names; /* content of fullName, or empty */
  bool partial; /* for some reasons only, or of another issuer's list */
} point;

static bool names_well_formed(q_span names) {
  q_general_name name;
  while (names.n > 0) {
    if (!q_pki_name_next(&names, &name)) {
      return false;
    }
  }
  return true;
}

/* DistributionPointName: fullName [0], or nameRelativeToCRLIssuer [1]. */
static bool read_point_name(point *out, CBS *in) {
  CBS value;
  CBS_ASN1_TAG tag = 0;
  if (!CBS_get_any_asn1(in, &value, &tag) || CBS_len(in) != 0 || CBS_len(&value) == 0) {
    return false;
  }
  if (tag == CONTEXT_IN(1)) {
    return true;
  }
  out->names = q_pki_span_of(&value);
  return tag == CONTEXT_IN(0) && names_well_formed(out->names);
}

static bool next_point(q_span *rest, point *out) {
  CBS in = q_pki_cbs_of(*rest);
  CBS one;
  CBS name;
  CBS reasons;
  CBS issuer;
  int has_name = 0;
  int has_reasons = 0;
  int has_issuer = 0;
  *out = (point){{NULL, 0}, false};
  if (!CBS_get_asn1(&in, &one, CBS_ASN1_SEQUENCE) || !CBS_get_optional_asn1(&one, &name, &has_name, CONTEXT_IN(0)) ||
      !CBS_get_optional_asn1(&one, &reasons, &has_reasons, CONTEXT(1)) ||
      !CBS_get_optional_asn1(&one, &issuer, &has_issuer, CONTEXT_IN(2)) || CBS_len(&one) != 0) {
    return false;
  }
  /* §4.2.1.13: never of reasons alone. */
  if ((!has_name && !has_issuer) || (has_name && !read_point_name(out, &name)) ||
      (has_reasons && !CBS_is_valid_asn1_bitstring(&reasons)) ||
      (has_issuer && (CBS_len(&issuer) == 0 || !names_well_formed(q_pki_span_of(&issuer))))) {
    return false;
  }
  out->partial = has_reasons || has_issuer;
  *rest = q_pki_span_of(&in);
  return true;
}

static bool read_access(q_cert *out, q_span value) {
  CBS seq;
  q_oid method = Q_OID_UNKNOWN;
  q_general_name where;
  if (!q_pki_der_only(&seq, value, CBS_ASN1_SEQUENCE) || CBS_len(&seq) == 0) {
    return false;
  }
  out->access = q_pki_span_of(&seq);
  for (q_span rest = out->access; rest.n > 0;) {
    if (!next_access(&rest, &method, &where)) {
      return false;
    }
  }
  return true;
}

static bool read_points(q_cert *out, q_span value) {
  CBS seq;
  point p;
  if (!q_pki_der_only(&seq, value, CBS_ASN1_SEQUENCE) || CBS_len(&seq) == 0) {
    return false;
  }
  out->crl_points = q_pki_span_of(&seq);
  for (q_span rest = out->crl_points; rest.n > 0;) {
    if (!next_point(&rest, &p)) {
      return false;
    }
  }
  return true;
}

/* RFC 7633 §4.1: SEQUENCE OF INTEGER. */
static bool read_features(q_cert *out, q_span value) {
  CBS seq;
  if (!q_pki_der_only(&seq, value, CBS_ASN1_SEQUENCE)) {
    return false;
  }
  while (CBS_len(&seq) > 0) {
    uint64_t feature = 0;
    if (!CBS_get_asn1_uint64(&seq, &feature)) {
      return false;
    }
    out->must_staple = out->must_staple || feature == TLS_STATUS_REQUEST;
  }
  return true;
}

bool q_pki_access_read(q_cert *out, q_oid oid, q_span value) {
  CBS content;
  switch (oid) {
    case Q_OID_AUTHORITY_INFO: return read_access(out, value);
    case Q_OID_CRL_POINTS: return read_points(out, value);
    case Q_OID_TLS_FEATURE: return read_features(out, value);
    case Q_OID_OCSP_NOCHECK:
      out->ocsp_nocheck = q_pki_der_only(&content, value, CBS_ASN1_NULL) && CBS_len(&content) == 0;
      return out->ocsp_nocheck;
    case Q_OID_SCT_LIST: /* RFC 6962 §3.3; what is in it is not the certificate's form */
      if (!q_pki_der_only(&content, value, CBS_ASN1_OCTETSTRING)) {
        return false;
      }
      out->sct_list = q_pki_span_of(&content);
      return true;
    default: return false;
  }
}

static size_t crl_urls(q_span *out, size_t cap, q_span points) {
  size_t count = 0;
  point p;
  q_general_name name;
  while (points.n > 0 && next_point(&points, &p)) {
    while (!p.partial && p.names.n > 0 && q_pki_name_next(&p.names, &name)) {
      if (name.type == Q_GENERAL_URI && count < cap) {
        out[count++] = name.value;
      }
    }
  }
  return count;
}

size_t q_pki_urls(q_span *out, size_t cap, const q_cert *cert, q_url_kind kind) {
  if (kind == Q_URL_CRL) {
    return crl_urls(out, cap, cert->crl_points);
  }
  size_t count = 0;
  q_oid method = Q_OID_UNKNOWN;
  q_general_name where;
  for (q_span rest = cert->access; rest.n > 0 && count < cap && next_access(&rest, &method, &where);) {
    if (method == (kind == Q_URL_OCSP ? Q_OID_AT_OCSP : Q_OID_AT_ISSUERS) && where.type == Q_GENERAL_URI) {
      out[count++] = where.value;
    }
  }
  return count;
}
