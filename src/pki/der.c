/* Owns the small steps between spans and CBS. */
#include "pki/der.h"

bool q_pki_der_only(CBS *out, q_span der, CBS_ASN1_TAG tag) {
  CBS in = q_pki_cbs_of(der);
  return CBS_get_asn1(&in, out, tag) && CBS_len(&in) == 0;
}

bool q_pki_der_oid(q_oid *out, q_span *content, CBS *in) {
  CBS oid;
  if (!CBS_get_asn1(in, &oid, CBS_ASN1_OBJECT) || !CBS_is_valid_asn1_oid(&oid)) {
    return false;
  }
  *out = q_pki_oid_find(q_pki_span_of(&oid));
  if (content != NULL) {
    *content = q_pki_span_of(&oid);
  }
  return true;
}

bool q_pki_der_null(CBS *in) {
  CBS null;
  return CBS_get_asn1(in, &null, CBS_ASN1_NULL) && CBS_len(&null) == 0;
}

bool q_pki_der_hash(q_oid *out, CBS *in) {
  CBS hash;
  return CBS_get_asn1(in, &hash, CBS_ASN1_SEQUENCE) && q_pki_der_oid(out, NULL, &hash) &&
         (CBS_len(&hash) == 0 || (q_pki_der_null(&hash) && CBS_len(&hash) == 0));
}

bool q_pki_der_octet_bits(q_span *out, CBS *in) {
  CBS bits;
  uint8_t unused = 1;
  if (!CBS_get_asn1(in, &bits, CBS_ASN1_BITSTRING) || !CBS_get_u8(&bits, &unused) || unused != 0) {
    return false;
  }
  *out = q_pki_span_of(&bits);
  return true;
}

bool q_pki_der_default_false(bool *out, CBS *in) {
  *out = false;
  if (!CBS_peek_asn1_tag(in, CBS_ASN1_BOOLEAN)) {
    return true;
  }
  CBS value;
  uint8_t octet = 0;
  /* X.690 §11.1: TRUE is 0xFF; §11.5: a default value is not written. */
  if (!CBS_get_asn1(in, &value, CBS_ASN1_BOOLEAN) || !CBS_get_u8(&value, &octet) || CBS_len(&value) != 0 ||
      octet != 0xFF) {
    return false;
  }
  *out = true;
  return true;
}
