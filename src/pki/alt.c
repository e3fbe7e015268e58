/* Owns the alternative key and signature of a certificate. */
#include "pki/alt.h"

#include "pki/algorithm.h"
#include "pki/extensions.h"

q_key_type q_pki_alt_algorithm_type(q_span algorithm) {
  q_algorithm a;
  if (q_pki_algorithm_read(&a, algorithm) != QTLS_OK || a.alg != Q_SIG_MLDSA) {
    return Q_KEY_NONE;
  }
  return a.key;
}

static size_t public_key_size(q_key_type type) { /* FIPS 204 table 2 */
  return type == Q_KEY_MLDSA44 ? 1312 : type == Q_KEY_MLDSA65 ? 1952 : 2592;
}

q_key_type q_pki_alt_spki_type(q_span spki) {
  CBS seq;
  CBS algorithm;
  q_span key = {NULL, 0};
  if (!q_pki_der_only(&seq, spki, CBS_ASN1_SEQUENCE) ||
      !CBS_get_asn1_element(&seq, &algorithm, CBS_ASN1_SEQUENCE) || !q_pki_der_octet_bits(&key, &seq) ||
      CBS_len(&seq) != 0) {
    return Q_KEY_NONE;
  }
  q_key_type type = q_pki_alt_algorithm_type(q_pki_span_of(&algorithm));
  return type != Q_KEY_NONE && key.n == public_key_size(type) ? type : Q_KEY_NONE;
}

qtls_err q_pki_alt_read(q_cert *out, q_oid oid, q_span value) {
  CBS in = q_pki_cbs_of(value);
  if (oid == Q_OID_ALT_SPKI) {
    out->alt_spki = value;
    return q_pki_alt_spki_type(value) != Q_KEY_NONE ? QTLS_OK : QTLS_ERR_CERT_ALT_MALFORMED;
  }
  if (oid == Q_OID_ALT_SIG_ALG) {
    out->alt_sig_alg = value;
    return q_pki_alt_algorithm_type(value) != Q_KEY_NONE ? QTLS_OK : QTLS_ERR_CERT_ALT_MALFORMED;
  }
  if (!q_pki_der_octet_bits(&out->alt_signature, &in) || CBS_len(&in) != 0 || out->alt_signature.n == 0) {
    return QTLS_ERR_CERT_ALT_MALFORMED;
  }
  return QTLS_OK;
}

qtls_err q_pki_alt_check(const q_cert *cert) {
  if ((cert->alt_sig_alg.n > 0) != (cert->alt_signature.n > 0)) {
    return QTLS_ERR_CERT_ALT_MALFORMED;
  }
  if (cert->alt_signature.n > 0 &&
      cert->alt_signature.n != q_crypto_mldsa_signature_size(q_pki_alt_algorithm_type(cert->alt_sig_alg))) {
    return QTLS_ERR_CERT_ALT_MALFORMED;
  }
  return QTLS_OK;
}

/* The Extensions without one, in new wrappers; every other one as received. */
static bool copy_extensions(CBB *out, CBS *in, CBS_ASN1_TAG tag, q_oid gone) {
  CBS explicit_;
  CBS list;
  CBB wrapper;
  CBB seq;
  if (!CBS_get_asn1(in, &explicit_, tag) || !CBS_get_asn1(&explicit_, &list, CBS_ASN1_SEQUENCE) ||
      !CBB_add_asn1(out, &wrapper, tag) || !CBB_add_asn1(&wrapper, &seq, CBS_ASN1_SEQUENCE)) {
    return false;
  }
  while (CBS_len(&list) > 0) {
    q_extension e;
    if (!q_pki_extension_next(&list, &e) ||
        (e.oid != gone && !CBB_add_bytes(&seq, e.whole.p, e.whole.n))) {
      return false;
    }
  }
  return CBB_flush(out);
}

static bool copy_signed(CBB *out, q_span signed_part, size_t skip, CBS_ASN1_TAG tag, q_oid gone) {
  CBS in;
  CBS element;
  CBB seq;
  if (!q_pki_der_only(&in, signed_part, CBS_ASN1_SEQUENCE) || !CBB_add_asn1(out, &seq, CBS_ASN1_SEQUENCE)) {
    return false;
  }
  for (size_t index = 0;; index++) {
    CBS rest = in;
    CBS_ASN1_TAG got = 0;
    size_t header = 0;
    if (!CBS_get_any_asn1_element(&in, &element, &got, &header)) {
      return false;
    }
    if (CBS_len(&in) == 0) { /* the last one: the extensions */
      return got == tag && copy_extensions(&seq, &rest, tag, gone) && CBB_flush(out);
    }
    if (index != skip && !CBB_add_bytes(&seq, CBS_data(&element), CBS_len(&element))) {
      return false;
    }
  }
}

qtls_err q_pki_without_extension(uint8_t **out, size_t *n, q_span signed_part, size_t skip, CBS_ASN1_TAG tag,
                                 q_oid gone) {
  *out = NULL;
  *n = 0;
  if (signed_part.n == 0) {
    return QTLS_ERR_CERT_ALT_MALFORMED;
  }
  uint8_t *block = q_alloc(signed_part.n); /* only shrinks */
  if (block == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  CBB cbb;
  bool fine = CBB_init_fixed(&cbb, block, signed_part.n) && copy_signed(&cbb, signed_part, skip, tag, gone) &&
              CBB_finish(&cbb, NULL, n);
  if (!fine) {
    CBB_cleanup(&cbb);
    q_free(block);
    *n = 0;
    return QTLS_ERR_CERT_ALT_MALFORMED;
  }
  *out = block;
  return QTLS_OK;
}

qtls_err q_pki_alt_covered(uint8_t **out, size_t *n, q_span signed_part, size_t skip, CBS_ASN1_TAG tag) {
  return q_pki_without_extension(out, n, signed_part, skip, tag, Q_OID_ALT_SIGNATURE);
}

/* TBSCertificate: version, serialNumber, then `signature`, which is left out. */
qtls_err q_pki_cert_alt_tbs(uint8_t **out, size_t *n, const q_cert *cert) {
  *out = NULL;
  *n = 0;
  return cert->alt_signature.n == 0
             ? QTLS_ERR_CERT_ALT_MALFORMED
             : q_pki_alt_covered(out, n, cert->tbs, 2, CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 3);
}
