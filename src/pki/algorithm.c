/* Owns the AlgorithmIdentifiers of certificate signatures. */
#include "pki/algorithm.h"

/* What may follow the OID. */
typedef enum parameters { ABSENT, NULL_OR_ABSENT, PSS } parameters;

static const struct {
  q_oid oid;
  q_algorithm a;
  parameters parameters;
} known[] = {
    {Q_OID_ECDSA_SHA256, {Q_SIG_ECDSA_SHA256, Q_KEY_NONE}, ABSENT},
    {Q_OID_ECDSA_SHA384, {Q_SIG_ECDSA_SHA384, Q_KEY_NONE}, ABSENT},
    {Q_OID_ECDSA_SHA512, {Q_SIG_ECDSA_SHA512, Q_KEY_NONE}, ABSENT},
    /* RFC 4055 §5: NULL is written, absent is read too. */
    {Q_OID_RSA_SHA256, {Q_SIG_RSA_PKCS1_SHA256, Q_KEY_RSA}, NULL_OR_ABSENT},
    {Q_OID_RSA_SHA384, {Q_SIG_RSA_PKCS1_SHA384, Q_KEY_RSA}, NULL_OR_ABSENT},
    {Q_OID_RSA_SHA512, {Q_SIG_RSA_PKCS1_SHA512, Q_KEY_RSA}, NULL_OR_ABSENT},
    {Q_OID_RSA_PSS, {Q_SIG_NONE, Q_KEY_RSA_PSS}, PSS},
    {Q_OID_ED25519, {Q_SIG_ED25519, Q_KEY_ED25519}, ABSENT},
    {Q_OID_MLDSA44, {Q_SIG_MLDSA, Q_KEY_MLDSA44}, ABSENT}, /* RFC 9881 §2 */
    {Q_OID_MLDSA65, {Q_SIG_MLDSA, Q_KEY_MLDSA65}, ABSENT},
    {Q_OID_MLDSA87, {Q_SIG_MLDSA, Q_KEY_MLDSA87}, ABSENT},
};

static q_sig_alg pss_with(q_oid hash) {
  switch (hash) {
    case Q_OID_SHA256: return Q_SIG_RSA_PSS_SHA256;
    case Q_OID_SHA384: return Q_SIG_RSA_PSS_SHA384;
    case Q_OID_SHA512: return Q_SIG_RSA_PSS_SHA512;
    default: return Q_SIG_NONE;
  }
}

/* RSASSA-PSS-params (RFC 4055 §3.1): one hash for both, a salt of its length;
 * the defaults mean SHA-1. */
static qtls_err read_pss(q_sig_alg *out, CBS *in) {
  CBS params;
  CBS field;
  CBS mgf;
  q_oid hash = Q_OID_SHA1;
  q_oid mgf_oid = Q_OID_UNKNOWN;
  q_oid mgf_hash = Q_OID_SHA1;
  uint64_t salt = 20;
  if (!CBS_get_asn1(in, &params, CBS_ASN1_SEQUENCE) || CBS_len(in) != 0) {
    return QTLS_ERR_CERT_PARSE;
  }
  const CBS_ASN1_TAG context = CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED;
  if (CBS_peek_asn1_tag(&params, context | 0) &&
      (!CBS_get_asn1(&params, &field, context | 0) || !q_pki_der_hash(&hash, &field) || CBS_len(&field) != 0)) {
    return QTLS_ERR_CERT_PARSE;
  }
  if (CBS_peek_asn1_tag(&params, context | 1) &&
      (!CBS_get_asn1(&params, &field, context | 1) || !CBS_get_asn1(&field, &mgf, CBS_ASN1_SEQUENCE) ||
       CBS_len(&field) != 0 || !q_pki_der_oid(&mgf_oid, NULL, &mgf) || mgf_oid != Q_OID_MGF1 ||
       !q_pki_der_hash(&mgf_hash, &mgf) || CBS_len(&mgf) != 0)) {
    return QTLS_ERR_CERT_PARSE;
  }
  if (CBS_peek_asn1_tag(&params, context | 2) &&
      (!CBS_get_asn1(&params, &field, context | 2) || !CBS_get_asn1_uint64(&field, &salt) || CBS_len(&field) != 0)) {
    return QTLS_ERR_CERT_PARSE;
  }
  if (CBS_len(&params) != 0) { /* trailerField is never but its default */
    return QTLS_ERR_CERT_PARSE;
  }
  if (hash == Q_OID_SHA1 || mgf_hash == Q_OID_SHA1) {
    return QTLS_ERR_CERT_WEAK;
  }
  *out = pss_with(hash);
  uint64_t want = hash == Q_OID_SHA256 ? 32 : hash == Q_OID_SHA384 ? 48 : 64;
  return *out != Q_SIG_NONE && mgf_hash == hash && salt == want ? QTLS_OK : QTLS_ERR_CERT_ALGORITHM;
}

qtls_err q_pki_algorithm_read(q_algorithm *out, q_span der) {
  *out = (q_algorithm){Q_SIG_NONE, Q_KEY_NONE};
  CBS in;
  q_oid oid = Q_OID_UNKNOWN;
  if (!q_pki_der_only(&in, der, CBS_ASN1_SEQUENCE) || !q_pki_der_oid(&oid, NULL, &in)) {
    return QTLS_ERR_CERT_PARSE;
  }
  if (oid == Q_OID_RSA_MD5 || oid == Q_OID_RSA_SHA1 || oid == Q_OID_ECDSA_SHA1) {
    return QTLS_ERR_CERT_WEAK;
  }
  for (size_t i = 0; i < Q_COUNT(known); i++) {
    if (known[i].oid != oid) {
      continue;
    }
    q_algorithm found = known[i].a;
    if (known[i].parameters == PSS) {
      Q_TRY(read_pss(&found.alg, &in));
    } else if (CBS_len(&in) != 0 &&
               (known[i].parameters != NULL_OR_ABSENT || !q_pki_der_null(&in) || CBS_len(&in) != 0)) {
      return QTLS_ERR_CERT_PARSE;
    }
    *out = found;
    return QTLS_OK;
  }
  return QTLS_ERR_CERT_ALGORITHM;
}

bool q_pki_algorithm_fits(const q_algorithm *a, q_key_type key) {
  if (a->key == Q_KEY_NONE) {
    return q_key_is_ec(key);
  }
  /* RFC 4055 §1.2: an rsaEncryption key may sign with PSS, not the reverse. */
  return a->key == key || (a->key == Q_KEY_RSA_PSS && key == Q_KEY_RSA);
}

q_sig_alg q_pki_algorithm_of_key(q_key_type key) {
  switch (key) {
    case Q_KEY_EC_P256: return Q_SIG_ECDSA_SHA256;
    case Q_KEY_EC_P384: return Q_SIG_ECDSA_SHA384;
    case Q_KEY_EC_P521: return Q_SIG_ECDSA_SHA512;
    case Q_KEY_RSA: return Q_SIG_RSA_PKCS1_SHA384;
    case Q_KEY_RSA_PSS: return Q_SIG_RSA_PSS_SHA384;
    case Q_KEY_ED25519: return Q_SIG_ED25519;
    case Q_KEY_MLDSA44:
    case Q_KEY_MLDSA65:
    case Q_KEY_MLDSA87: return Q_SIG_MLDSA;
    case Q_KEY_NONE: break;
  }
  return Q_SIG_NONE;
}

static bool add_oid(CBB *out, q_oid oid) {
  q_span bytes = q_pki_oid_bytes(oid);
  CBB o;
  return CBB_add_asn1(out, &o, CBS_ASN1_OBJECT) && CBB_add_bytes(&o, bytes.p, bytes.n) && CBB_flush(out);
}

/* [0] SHA-384, [1] MGF1 with SHA-384, [2] 48: the only parameters written. */
static bool add_pss(CBB *out) {
  static const uint8_t sha384[] = {0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                   0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00};
  const CBS_ASN1_TAG context = CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED;
  CBB params;
  CBB field;
  CBB mgf;
  return CBB_add_asn1(out, &params, CBS_ASN1_SEQUENCE) && CBB_add_asn1(&params, &field, context | 0) &&
         CBB_add_bytes(&field, sha384, sizeof sha384) && CBB_add_asn1(&params, &field, context | 1) &&
         CBB_add_asn1(&field, &mgf, CBS_ASN1_SEQUENCE) && add_oid(&mgf, Q_OID_MGF1) &&
         CBB_add_bytes(&mgf, sha384, sizeof sha384) && CBB_add_asn1(&params, &field, context | 2) &&
         CBB_add_asn1_uint64(&field, 48) && CBB_flush(out);
}

bool q_pki_algorithm_write(CBB *out, q_sig_alg alg, q_key_type key) {
  q_oid oid = Q_OID_UNKNOWN;
  parameters what = ABSENT;
  for (size_t i = 0; i < Q_COUNT(known); i++) {
    if (known[i].a.alg == alg && (alg != Q_SIG_MLDSA || known[i].a.key == key)) {
      oid = known[i].oid;
      what = known[i].parameters;
    }
  }
  if (alg == Q_SIG_RSA_PSS_SHA384) {
    oid = Q_OID_RSA_PSS;
    what = PSS;
  }
  CBB seq;
  CBB null;
  return alg != Q_SIG_NONE && oid != Q_OID_UNKNOWN && CBB_add_asn1(out, &seq, CBS_ASN1_SEQUENCE) &&
         add_oid(&seq, oid) && (what != NULL_OR_ABSENT || CBB_add_asn1(&seq, &null, CBS_ASN1_NULL)) &&
         (what != PSS || add_pss(&seq)) && CBB_flush(out);
}

const char *q_pki_algorithm_name(q_span der) {
  CBS in;
  q_oid oid = Q_OID_UNKNOWN;
  if (!q_pki_der_only(&in, der, CBS_ASN1_SEQUENCE) || !q_pki_der_oid(&oid, NULL, &in)) {
    return q_pki_oid_name(Q_OID_UNKNOWN);
  }
  return q_pki_oid_name(oid);
}
