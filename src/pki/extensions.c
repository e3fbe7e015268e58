/* Owns the reading of X.509 extensions. */
#include "pki/extensions.h"

#include "pki/access.h"
#include "pki/alt.h"
#include "pki/constraints.h"
#include "pki/names.h"

bool q_pki_extension_next(CBS *in, q_extension *out) {
  CBS whole;
  CBS seq;
  CBS value;
  *out = (q_extension){Q_OID_UNKNOWN, {NULL, 0}, false, {NULL, 0}, {NULL, 0}};
  if (!CBS_get_asn1_element(in, &whole, CBS_ASN1_SEQUENCE)) {
    return false;
  }
  out->whole = q_pki_span_of(&whole);
  if (!CBS_get_asn1(&whole, &seq, CBS_ASN1_SEQUENCE) || !q_pki_der_oid(&out->oid, &out->id, &seq) ||
      !q_pki_der_default_false(&out->critical, &seq) || !CBS_get_asn1(&seq, &value, CBS_ASN1_OCTETSTRING) ||
      CBS_len(&seq) != 0) {
    return false;
  }
  out->value = q_pki_span_of(&value);
  return true;
}

/* RFC 5280 §4.2.1.9. */
static bool read_basic(q_cert *out, q_span value) {
  CBS seq;
  uint64_t length = 0;
  if (!q_pki_der_only(&seq, value, CBS_ASN1_SEQUENCE) || !q_pki_der_default_false(&out->is_ca, &seq)) {
    return false;
  }
  out->has_basic = true;
  if (CBS_len(&seq) == 0) {
    return true;
  }
  /* A length without cA means nothing and is not to be written. */
  if (!out->is_ca || !CBS_get_asn1_uint64(&seq, &length) || CBS_len(&seq) != 0) {
    return false;
  }
  out->has_path_len = true;
  out->path_len = length > UINT8_MAX ? UINT8_MAX : (uint8_t)length;
  return true;
}

/* RFC 5280 §4.2.1.3: at least one bit. Trailing zeros, which X.690 §11.2.2
 * forbids, are read all the same: several roots in wide use were issued so. */
static bool read_key_usage(q_cert *out, q_span value) {
  CBS bits;
  if (!q_pki_der_only(&bits, value, CBS_ASN1_BITSTRING) || !CBS_is_valid_asn1_bitstring(&bits)) {
    return false;
  }
  for (unsigned i = 0; i < 9; i++) {
    if (CBS_asn1_bitstring_has_bit(&bits, i)) {
      out->key_usage = (uint16_t)(out->key_usage | 1U << i);
    }
  }
  out->has_key_usage = true;
  return out->key_usage != 0;
}

/* RFC 5280 §4.2.1.12. */
static bool read_eku(q_cert *out, q_span value) {
  CBS seq;
  if (!q_pki_der_only(&seq, value, CBS_ASN1_SEQUENCE) || CBS_len(&seq) == 0) {
    return false;
  }
  while (CBS_len(&seq) > 0) {
    q_oid oid = Q_OID_UNKNOWN;
    if (!q_pki_der_oid(&oid, NULL, &seq)) {
      return false;
    }
    unsigned bit = oid == Q_OID_EKU_SERVER   ? Q_EKU_SERVER
                   : oid == Q_OID_EKU_CLIENT ? Q_EKU_CLIENT
                   : oid == Q_OID_EKU_OCSP   ? Q_EKU_OCSP
                   : oid == Q_OID_EKU_ANY    ? Q_EKU_ANY
                                             : Q_EKU_OTHER;
    out->eku = (uint16_t)(out->eku | bit);
  }
  out->has_eku = true;
  return true;
}

/* RFC 5280 §4.2.1.2. */
static bool read_ski(q_cert *out, q_span value) {
  CBS id;
  if (!q_pki_der_only(&id, value, CBS_ASN1_OCTETSTRING) || CBS_len(&id) == 0) {
    return false;
  }
  out->ski = q_pki_span_of(&id);
  return true;
}

bool q_pki_authority_key_id(q_span *out, q_span value) {
  CBS seq;
  CBS id;
  CBS issuer;
  CBS serial;
  int has_id = 0;
  int has_issuer = 0;
  int has_serial = 0;
  const CBS_ASN1_TAG context = CBS_ASN1_CONTEXT_SPECIFIC;
  *out = q_span_of(NULL, 0);
  if (!q_pki_der_only(&seq, value, CBS_ASN1_SEQUENCE) || !CBS_get_optional_asn1(&seq, &id, &has_id, context | 0) ||
      !CBS_get_optional_asn1(&seq, &issuer, &has_issuer, context | CBS_ASN1_CONSTRUCTED | 1) ||
      !CBS_get_optional_asn1(&seq, &serial, &has_serial, context | 2) || CBS_len(&seq) != 0 ||
      has_issuer != has_serial || (has_id && CBS_len(&id) == 0)) {
    return false;
  }
  if (has_id) {
    *out = q_pki_span_of(&id);
  }
  return true;
}

/* RFC 5280 §4.2.1.6: at least one name. */
static bool read_san(q_cert *out, q_span value) {
  CBS seq;
  if (!q_pki_der_only(&seq, value, CBS_ASN1_SEQUENCE) || CBS_len(&seq) == 0) {
    return false;
  }
  out->san = q_pki_span_of(&seq);
  q_span rest = out->san;
  q_general_name name;
  while (rest.n > 0) {
    if (!q_pki_name_next(&rest, &name)) {
      return false;
    }
  }
  return true;
}

static qtls_err read_one(q_cert *out, const q_extension *e) {
  bool fine = true;
  switch (e->oid) {
    case Q_OID_BASIC_CONSTRAINTS:
      fine = read_basic(out, e->value);
      break;
    case Q_OID_KEY_USAGE:
      fine = read_key_usage(out, e->value);
      break;
    case Q_OID_EXT_KEY_USAGE:
      fine = read_eku(out, e->value);
      break;
    case Q_OID_SUBJECT_KEY_ID:
      fine = read_ski(out, e->value);
      break;
    case Q_OID_AUTHORITY_KEY_ID:
      fine = q_pki_authority_key_id(&out->aki, e->value);
      break;
    case Q_OID_SUBJECT_ALT_NAME:
      fine = read_san(out, e->value);
      break;
    case Q_OID_NAME_CONSTRAINTS:
      out->name_constraints = e->value;
      fine = q_pki_constraints_well_formed(e->value);
      break;
    case Q_OID_AUTHORITY_INFO:
    case Q_OID_CRL_POINTS:
    case Q_OID_TLS_FEATURE:
    case Q_OID_OCSP_NOCHECK:
    case Q_OID_SCT_LIST:
      /* Whether they are acted on is the application's choice: a critical one
       * would have to be, always. */
      out->unknown_critical = out->unknown_critical || e->critical;
      fine = q_pki_access_read(out, e->oid, e->value);
      break;
    case Q_OID_CERT_POLICIES:
      break; /* no policy is asked for, so none can fail (RFC 5280 §6.1.1 c) */
    case Q_OID_ALT_SPKI:
    case Q_OID_ALT_SIG_ALG:
    case Q_OID_ALT_SIGNATURE:
      return q_pki_alt_read(out, e->oid, e->value);
    default:
      out->unknown_critical = out->unknown_critical || e->critical;
      break;
  }
  return fine ? QTLS_OK : QTLS_ERR_CERT_PARSE;
}

static bool is_alt(q_oid oid) {
  return oid == Q_OID_ALT_SPKI || oid == Q_OID_ALT_SIG_ALG || oid == Q_OID_ALT_SIGNATURE;
}

bool q_pki_extension_walk(q_extension_walk *walk, q_extension *out) {
  if (walk->count == Q_PKI_EXTENSIONS_MAX || !q_pki_extension_next(&walk->rest, out)) {
    return false;
  }
  for (size_t i = 0; i < walk->count; i++) {
    walk->twice = walk->twice || q_base_span_equal(walk->seen[i], out->id);
  }
  walk->seen[walk->count++] = out->id;
  return !walk->twice;
}

qtls_err q_pki_extensions_read(q_cert *out, q_span content) {
  q_extension_walk walk = {.rest = q_pki_cbs_of(content)};
  if (content.n == 0) { /* RFC 5280 §4.1.2.9: one or more */
    return QTLS_ERR_CERT_PARSE;
  }
  while (CBS_len(&walk.rest) > 0) {
    q_extension e;
    if (!q_pki_extension_walk(&walk, &e)) {
      /* Q-TLS §4: no repeats; RFC 5280 §4.2: no extension twice. */
      return walk.twice && is_alt(e.oid) ? QTLS_ERR_CERT_ALT_MALFORMED : QTLS_ERR_CERT_PARSE;
    }
    Q_TRY(read_one(out, &e));
  }
  return q_pki_alt_check(out);
}
