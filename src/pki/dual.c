/* Owns the two signatures under lists and responses. */
#include "pki/algorithm.h"
#include "pki/alt.h"
#include "pki/dual_der.h"
#include "pki/link.h"

bool q_pki_dual_read(q_dual *d, const q_extension *e) {
  CBS in = q_pki_cbs_of(e->value);
  if (e->oid == Q_OID_ALT_SIG_ALG) {
    d->alt_algorithm = e->value;
    return q_pki_alt_algorithm_type(e->value) != Q_KEY_NONE;
  }
  return q_pki_der_octet_bits(&d->alt_signature, &in) && CBS_len(&in) == 0 && d->alt_signature.n > 0;
}

bool q_pki_dual_whole(const q_dual *d) {
  if (d->alt_algorithm.n == 0 || d->alt_signature.n == 0) {
    return d->alt_algorithm.n == 0 && d->alt_signature.n == 0;
  }
  return d->alt_signature.n == q_crypto_mldsa_signature_size(q_pki_alt_algorithm_type(d->alt_algorithm));
}

qtls_err q_pki_dual_own(const q_dual *d, const q_pubkey *key) {
  return key == NULL ? QTLS_ERR_CERT_ALGORITHM : q_pki_link_signed(d->algorithm, d->covered, d->signature, key);
}

qtls_err q_pki_dual_alternative(const q_dual *d, const q_pubkey *alt_key, size_t skip, CBS_ASN1_TAG tag) {
  if (d->alt_signature.n == 0 || alt_key == NULL) {
    return QTLS_ERR_CERT_ALT_MISSING;
  }
  Q_AUTO_FREE uint8_t *covered = NULL;
  size_t n = 0;
  Q_TRY(q_pki_alt_covered(&covered, &n, d->covered, skip, tag));
  return q_pki_link_alt_signed(d->alt_algorithm, q_span_of(covered, n), d->alt_signature, alt_key);
}

const char *q_pki_dual_algorithm(const q_dual *d, bool alternative) {
  if (alternative && d->alt_algorithm.n == 0) {
    return NULL;
  }
  return q_pki_algorithm_name(alternative ? d->alt_algorithm : d->algorithm);
}

static bool end(CBB *cbb, bool fine, size_t *n) {
  if (fine && CBB_finish(cbb, NULL, n)) {
    return true;
  }
  CBB_cleanup(cbb);
  return false;
}

static qtls_err write_signed(uint8_t *out, size_t *n, size_t cap, q_dual_writer write, const void *what,
                             const q_privkey *alt_key) {
  uint8_t alt[Q_SIGNATURE_MAX];
  size_t alt_n = 0;
  CBB cbb;
  q_span none = {NULL, 0};
  if (alt_key != NULL) {
    if (!end(&cbb, CBB_init_fixed(&cbb, out, cap) && write(&cbb, what, false, none), n)) {
      return QTLS_ERR_ARGUMENT;
    }
    Q_TRY(q_crypto_sign(alt_key, alt, &alt_n, sizeof alt, Q_SIG_MLDSA, q_span_of(out, *n)));
  }
  bool fine = CBB_init_fixed(&cbb, out, cap) && write(&cbb, what, true, q_span_of(alt, alt_n));
  return end(&cbb, fine, n) ? QTLS_OK : QTLS_ERR_ARGUMENT;
}

static qtls_err wrap(uint8_t **der, size_t *n, q_span covered, q_span tail, const q_privkey *key) {
  q_key_type type = q_crypto_privkey_type(key);
  q_sig_alg alg = q_pki_algorithm_of_key(type);
  size_t sig_cap = q_crypto_signature_max(key);
  size_t sig_n = 0;
  Q_AUTO_FREE uint8_t *sig = q_alloc(sig_cap);
  size_t cap = covered.n + tail.n + sig_cap + 256;
  uint8_t *out = q_alloc(cap);
  qtls_err err = sig == NULL || out == NULL ? QTLS_ERR_NO_MEMORY : QTLS_OK;
  if (err == QTLS_OK) {
    err = q_crypto_sign(key, sig, &sig_n, sig_cap, alg, covered);
  }
  if (err == QTLS_OK) {
    CBB cbb;
    CBB seq;
    CBB bits;
    bool fine = CBB_init_fixed(&cbb, out, cap) && CBB_add_asn1(&cbb, &seq, CBS_ASN1_SEQUENCE) &&
                CBB_add_bytes(&seq, covered.p, covered.n) && q_pki_algorithm_write(&seq, alg, type) &&
                CBB_add_asn1(&seq, &bits, CBS_ASN1_BITSTRING) && CBB_add_u8(&bits, 0) &&
                CBB_add_bytes(&bits, sig, sig_n) && CBB_flush(&seq) &&
                (tail.n == 0 || CBB_add_bytes(&seq, tail.p, tail.n));
    err = end(&cbb, fine, n) ? QTLS_OK : QTLS_ERR_INTERNAL;
  }
  if (err != QTLS_OK) {
    q_free(out);
    return err;
  }
  *der = out;
  return QTLS_OK;
}

qtls_err q_pki_dual_seal(uint8_t **der, size_t *n, size_t cap, q_dual_writer write, const void *what, q_key_pair keys,
                         q_span tail) {
  *der = NULL;
  *n = 0;
  size_t covered_n = 0;
  Q_AUTO_FREE uint8_t *covered = q_alloc(cap + Q_SIGNATURE_MAX + 128);
  if (covered == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  Q_TRY(write_signed(covered, &covered_n, cap + Q_SIGNATURE_MAX + 128, write, what, keys.alt));
  qtls_err err = wrap(der, n, q_span_of(covered, covered_n), tail, keys.key);
  if (err != QTLS_OK) {
    *n = 0;
  }
  return err;
}

bool q_pki_dual_open(CBB *list, CBB *whole, CBB *value, q_oid oid) {
  q_span id = q_pki_oid_bytes(oid);
  CBB o;
  return CBB_add_asn1(list, whole, CBS_ASN1_SEQUENCE) && CBB_add_asn1(whole, &o, CBS_ASN1_OBJECT) &&
         CBB_add_bytes(&o, id.p, id.n) && CBB_add_asn1(whole, value, CBS_ASN1_OCTETSTRING);
}

bool q_pki_dual_add_algorithm(CBB *list, const q_privkey *alt_key) {
  CBB whole;
  CBB value;
  return q_pki_dual_open(list, &whole, &value, Q_OID_ALT_SIG_ALG) &&
         q_pki_algorithm_write(&value, Q_SIG_MLDSA, q_crypto_privkey_type(alt_key)) && CBB_flush(list);
}

bool q_pki_dual_add_signature(CBB *list, q_span alt_signature) {
  CBB whole;
  CBB value;
  CBB bits;
  return q_pki_dual_open(list, &whole, &value, Q_OID_ALT_SIGNATURE) &&
         CBB_add_asn1(&value, &bits, CBS_ASN1_BITSTRING) && CBB_add_u8(&bits, 0) &&
         CBB_add_bytes(&bits, alt_signature.p, alt_signature.n) && CBB_flush(list);
}

qtls_err q_pki_dual_belongs(q_key_pair keys, const q_cert *cert) {
  if (keys.key == NULL || (keys.alt != NULL) != (cert->alt_spki.n > 0)) {
    return QTLS_ERR_KEY_MISMATCH; /* half a hybrid authority signs half of it */
  }
  Q_TRY(q_pki_key_belongs(keys.key, cert->spki));
  return keys.alt != NULL ? q_pki_key_belongs(keys.alt, cert->alt_spki) : QTLS_OK;
}
