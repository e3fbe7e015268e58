/* Owns the making of certificate signing requests. */
#include "pki/algorithm.h"
#include "pki/csr.h"
#include "pki/issue_extensions.h"

#define ATTRIBUTES (CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 0)

/* An Attribute whose one value is being written. */
typedef struct open_attribute {
  CBB whole;
  CBB set;
} open_attribute;

static bool open_one(CBB *list, open_attribute *a, q_oid oid) {
  q_span id = q_pki_oid_bytes(oid);
  CBB o;
  return CBB_add_asn1(list, &a->whole, CBS_ASN1_SEQUENCE) && CBB_add_asn1(&a->whole, &o, CBS_ASN1_OBJECT) &&
         CBB_add_bytes(&o, id.p, id.n) && CBB_add_asn1(&a->whole, &a->set, CBS_ASN1_SET);
}

static bool add_extensions(CBB *list, const q_issue *what) {
  open_attribute a;
  CBB seq;
  return open_one(list, &a, Q_OID_EXTENSION_REQUEST) && CBB_add_asn1(&a.set, &seq, CBS_ASN1_SEQUENCE) &&
         q_pki_issue_requested(&seq, what) && CBB_flush(list);
}

/* 72 and 73, and 74 when `signature` is not empty. */
static bool add_alternative(CBB *list, const q_issue *what, q_span signature) {
  open_attribute a;
  CBB bits;
  if (what->alt_key == NULL) {
    return true;
  }
  if (!open_one(list, &a, Q_OID_ALT_SPKI) || !CBB_add_bytes(&a.set, what->alt_spki.p, what->alt_spki.n) ||
      !CBB_flush(list) || !open_one(list, &a, Q_OID_ALT_SIG_ALG) ||
      !q_pki_algorithm_write(&a.set, Q_SIG_MLDSA, q_crypto_privkey_type(what->alt_key)) || !CBB_flush(list)) {
    return false;
  }
  return signature.n == 0 ||
         (open_one(list, &a, Q_OID_ALT_SIGNATURE) && CBB_add_asn1(&a.set, &bits, CBS_ASN1_BITSTRING) &&
          CBB_add_u8(&bits, 0) && CBB_add_bytes(&bits, signature.p, signature.n) && CBB_flush(list));
}

/* CertificationRequestInfo; DER orders the attributes by their bytes. */
static bool write_info(uint8_t *out, size_t *n, size_t cap, const q_issue *what, q_span alt_signature) {
  CBB cbb;
  CBB info;
  CBB set;
  bool fine = CBB_init_fixed(&cbb, out, cap) && CBB_add_asn1(&cbb, &info, CBS_ASN1_SEQUENCE) &&
              CBB_add_asn1_uint64(&info, 0) && CBB_add_bytes(&info, what->subject.p, what->subject.n) &&
              CBB_add_bytes(&info, what->spki.p, what->spki.n) && CBB_add_asn1(&info, &set, ATTRIBUTES) &&
              add_extensions(&set, what) && add_alternative(&set, what, alt_signature) &&
              CBB_flush_asn1_set_of(&set) && CBB_finish(&cbb, NULL, n);
  if (!fine) {
    CBB_cleanup(&cbb);
  }
  return fine;
}

static qtls_err make(uint8_t *out, size_t *n, size_t cap, uint8_t *info, const q_issue *what) {
  q_key_type type = q_crypto_privkey_type(what->key);
  q_sig_alg alg = q_pki_algorithm_of_key(type);
  size_t alt_n = 0;
  size_t info_n = 0;
  size_t sig_n = 0;
  size_t sig_cap = q_crypto_signature_max(what->key);
  Q_AUTO_FREE uint8_t *alt = q_alloc(Q_SIGNATURE_MAX);
  Q_AUTO_FREE uint8_t *sig = q_alloc(sig_cap);
  if (alt == NULL || sig == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  if (what->alt_key != NULL) {
    if (!write_info(info, &info_n, cap, what, q_span_of(NULL, 0))) {
      return QTLS_ERR_ARGUMENT;
    }
    Q_TRY(q_crypto_sign(what->alt_key, alt, &alt_n, Q_SIGNATURE_MAX, Q_SIG_MLDSA, q_span_of(info, info_n)));
  }
  if (!write_info(info, &info_n, cap, what, q_span_of(alt, alt_n))) {
    return QTLS_ERR_ARGUMENT;
  }
  Q_TRY(q_crypto_sign(what->key, sig, &sig_n, sig_cap, alg, q_span_of(info, info_n)));
  CBB cbb;
  CBB seq;
  CBB bits;
  bool fine = CBB_init_fixed(&cbb, out, cap) && CBB_add_asn1(&cbb, &seq, CBS_ASN1_SEQUENCE) &&
              CBB_add_bytes(&seq, info, info_n) && q_pki_algorithm_write(&seq, alg, type) &&
              CBB_add_asn1(&seq, &bits, CBS_ASN1_BITSTRING) && CBB_add_u8(&bits, 0) &&
              CBB_add_bytes(&bits, sig, sig_n) && CBB_finish(&cbb, NULL, n);
  if (!fine) {
    CBB_cleanup(&cbb);
  }
  return fine ? QTLS_OK : QTLS_ERR_INTERNAL;
}

qtls_err q_pki_csr_make(uint8_t **der, size_t *n, const q_issue *what) {
  *der = NULL;
  *n = 0;
  if (!q_pki_issue_extensions_valid(what)) {
    return QTLS_ERR_ARGUMENT;
  }
  size_t cap = 1024 + what->subject.n + what->spki.n + what->alt_spki.n + q_pki_issue_extensions_room(what) +
               q_crypto_signature_max(what->key) + Q_SIGNATURE_MAX;
  Q_AUTO_FREE uint8_t *info = q_alloc(cap);
  uint8_t *out = q_alloc(cap);
  qtls_err err = info == NULL || out == NULL ? QTLS_ERR_NO_MEMORY : make(out, n, cap, info, what);
  if (err != QTLS_OK) {
    q_free(out);
    *n = 0;
    return err;
  }
  *der = out;
  return QTLS_OK;
}
