/* Owns the public facts of a private key. */
#include "pki/keyfacts.h"

#include "crypto/hash.h"
#include "pki/der.h"

const char *q_pki_key_form(q_span pkcs8) {
  CBS info;
  CBS algorithm;
  CBS key;
  uint64_t version = 0;
  q_oid oid = Q_OID_UNKNOWN;
  if (!q_pki_der_only(&info, pkcs8, CBS_ASN1_SEQUENCE) || !CBS_get_asn1_uint64(&info, &version) ||
      !CBS_get_asn1(&info, &algorithm, CBS_ASN1_SEQUENCE) || !q_pki_der_oid(&oid, NULL, &algorithm) ||
      !CBS_get_asn1(&info, &key, CBS_ASN1_OCTETSTRING) ||
      (oid != Q_OID_MLDSA44 && oid != Q_OID_MLDSA65 && oid != Q_OID_MLDSA87)) {
    return NULL;
  }
  return CBS_peek_asn1_tag(&key, CBS_ASN1_CONTEXT_SPECIFIC | 0) ? "seed"
         : CBS_peek_asn1_tag(&key, CBS_ASN1_OCTETSTRING)        ? "expanded"
         : CBS_peek_asn1_tag(&key, CBS_ASN1_SEQUENCE)           ? "both"
                                                                : NULL;
}

static void describe_public(q_doc *d, const q_privkey *key) {
  Q_AUTO_FREE uint8_t *spki = NULL;
  size_t n = 0;
  q_pubkey *public = NULL;
  qtls_err err = q_crypto_privkey_to_spki(key, &spki, &n);
  err = err == QTLS_OK ? q_crypto_pubkey_from_spki(&public, q_span_of(spki, n)) : err;
  if (err != QTLS_OK) {
    q_pki_doc_unread(d, err);
    return;
  }
  if (q_crypto_pubkey_bits(public) > 0) {
    q_pki_doc_number(d, "bits", q_crypto_pubkey_bits(public));
  }
  q_crypto_pubkey_free(public);
  uint8_t digest[Q_HASH_MAX];
  q_text hex = {0};
  q_crypto_hash_once(Q_HASH_SHA256, digest, q_span_of(spki, n));
  q_pki_text_hex(&hex, q_span_of(digest, 32));
  q_pki_doc_built(d, "public_key_sha256", &hex);
}

void q_pki_key_describe(q_doc *d, q_span pkcs8) {
  q_privkey *key = NULL;
  qtls_err err = q_crypto_privkey_from_pkcs8(&key, pkcs8);
  if (err != QTLS_OK) {
    q_pki_doc_unread(d, err);
    return;
  }
  q_pki_doc_text(d, "type", q_key_type_name(q_crypto_privkey_type(key)));
  q_pki_doc_text(d, "form", q_pki_key_form(pkcs8));
  describe_public(d, key);
  q_crypto_privkey_free(key);
}
