/* Owns what OCSP requests and responses share: identifiers and extensions. */
#include "pki/ocsp_der.h"

static bool digest(uint8_t out[32], size_t *n, q_oid hash, q_span bytes) {
  uint8_t full[Q_HASH_MAX];
  if (hash == Q_OID_SHA1) {
    q_crypto_sha1(out, bytes);
    *n = Q_SHA1_SIZE;
    return true;
  }
  if (hash != Q_OID_SHA256) {
    return false;
  }
  q_crypto_hash_once(Q_HASH_SHA256, full, bytes);
  *n = q_crypto_hash_size(Q_HASH_SHA256);
  for (size_t i = 0; i < *n; i++) {
    out[i] = full[i];
  }
  return true;
}

/* subjectPublicKey's octets, without tag, length and unused bits. */
static bool key_bits(q_span *out, q_span spki) {
  CBS seq;
  CBS algorithm;
  return q_pki_der_only(&seq, spki, CBS_ASN1_SEQUENCE) && CBS_get_asn1(&seq, &algorithm, CBS_ASN1_SEQUENCE) &&
         q_pki_der_octet_bits(out, &seq);
}

bool q_pki_ocsp_hash(q_ocsp_hashes *out, q_oid hash, const q_cert *issuer) {
  q_span bits = {NULL, 0};
  return key_bits(&bits, issuer->spki) && digest(out->name, &out->n, hash, issuer->subject) &&
         digest(out->key, &out->n, hash, bits);
}

bool q_pki_ocsp_key_hash(uint8_t out[Q_SHA1_SIZE], q_span spki) {
  q_span bits = {NULL, 0};
  if (!key_bits(&bits, spki)) {
    return false;
  }
  q_crypto_sha1(out, bits);
  return true;
}

bool q_pki_ocsp_id_is_of(const q_ocsp_id *id, const q_cert *issuer) {
  q_ocsp_hashes h;
  return q_pki_ocsp_hash(&h, id->hash, issuer) && q_base_span_equal(id->issuer_name, q_span_of(h.name, h.n)) &&
         q_base_span_equal(id->issuer_key, q_span_of(h.key, h.n));
}

bool q_pki_ocsp_id_read(q_ocsp_id *out, CBS *in) {
  CBS seq;
  CBS name;
  CBS key;
  CBS serial;
  int negative = 1;
  if (!CBS_get_asn1(in, &seq, CBS_ASN1_SEQUENCE) || !q_pki_der_hash(&out->hash, &seq) ||
      !CBS_get_asn1(&seq, &name, CBS_ASN1_OCTETSTRING) || !CBS_get_asn1(&seq, &key, CBS_ASN1_OCTETSTRING) ||
      !CBS_get_asn1(&seq, &serial, CBS_ASN1_INTEGER) || !CBS_is_valid_asn1_integer(&serial, &negative) || negative ||
      CBS_len(&serial) > 20 || CBS_len(&seq) != 0) {
    return false;
  }
  out->issuer_name = q_pki_span_of(&name);
  out->issuer_key = q_pki_span_of(&key);
  out->serial = q_pki_span_of(&serial);
  size_t n = out->hash == Q_OID_SHA1 ? Q_SHA1_SIZE : 32;
  if (out->hash != Q_OID_SHA1 && out->hash != Q_OID_SHA256) {
    out->hash = Q_OID_UNKNOWN;
    return true;
  }
  return out->issuer_name.n == n && out->issuer_key.n == n;
}

bool q_pki_ocsp_id_write(CBB *out, const q_ocsp_id *id) {
  q_span oid = q_pki_oid_bytes(id->hash);
  CBB seq;
  CBB algorithm;
  CBB field;
  return oid.n > 0 && CBB_add_asn1(out, &seq, CBS_ASN1_SEQUENCE) && CBB_add_asn1(&seq, &algorithm, CBS_ASN1_SEQUENCE) &&
         CBB_add_asn1(&algorithm, &field, CBS_ASN1_OBJECT) && CBB_add_bytes(&field, oid.p, oid.n) &&
         CBB_add_asn1(&algorithm, &field, CBS_ASN1_NULL) && CBB_flush(&seq) &&
         CBB_add_asn1_octet_string(&seq, id->issuer_name.p, id->issuer_name.n) &&
         CBB_add_asn1_octet_string(&seq, id->issuer_key.p, id->issuer_key.n) &&
         CBB_add_asn1(&seq, &field, CBS_ASN1_INTEGER) && CBB_add_bytes(&field, id->serial.p, id->serial.n) &&
         CBB_flush(out);
}

static bool read_nonce(q_span *out, q_span value) {
  CBS octets;
  if (!q_pki_der_only(&octets, value, CBS_ASN1_OCTETSTRING) || CBS_len(&octets) == 0 ||
      CBS_len(&octets) > QTLS_OCSP_NONCE_MAX) {
    return false;
  }
  *out = q_pki_span_of(&octets);
  return true;
}

bool q_pki_ocsp_extensions(q_span *nonce, q_dual *dual, CBS *wrapper) {
  q_extension_walk walk = {.count = 0};
  if (!CBS_get_asn1(wrapper, &walk.rest, CBS_ASN1_SEQUENCE) || CBS_len(wrapper) != 0 || CBS_len(&walk.rest) == 0) {
    return false;
  }
  while (CBS_len(&walk.rest) > 0) {
    q_extension e;
    if (!q_pki_extension_walk(&walk, &e)) {
      return false;
    }
    if (e.oid == Q_OID_OCSP_NONCE && nonce != NULL) {
      if (!read_nonce(nonce, e.value)) {
        return false;
      }
    } else if ((e.oid == Q_OID_ALT_SIG_ALG || e.oid == Q_OID_ALT_SIGNATURE) && dual != NULL) {
      if (!q_pki_dual_read(dual, &e)) {
        return false;
      }
    } else if (e.critical) {
      return false;
    }
  }
  return dual == NULL || q_pki_dual_whole(dual);
}

bool q_pki_ocsp_add_nonce(CBB *list, q_span nonce) {
  CBB whole;
  CBB value;
  return q_pki_dual_open(list, &whole, &value, Q_OID_OCSP_NONCE) &&
         CBB_add_asn1_octet_string(&value, nonce.p, nonce.n) && CBB_flush(list);
}
