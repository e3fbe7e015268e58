/*
 * Owns reading of public keys: SubjectPublicKeyInfo (RFC 5280 §4.1.2.7). The
 * identifier is judged here, strictly; the key bytes go to AWS-LC, which checks
 * that a point is on its curve and an RSA key is sane.
 */
#include "crypto/awslc.h"
#include "crypto/key_parts.h"

/* What the malformed parts of an identifier mean in this place. */
static qtls_err as_certificate(qtls_err err) { return err == QTLS_ERR_DECODE ? QTLS_ERR_CERT_PARSE : err; }

qtls_err q_crypto_pubkey_from_spki(q_pubkey **out, q_span spki) {
  *out = NULL;
  CBS der, body, params, bits;
  uint8_t unused = 0;
  q_key_type type = Q_KEY_NONE;
  CBS_init(&der, spki.p, spki.n);
  CBS whole = der;
  if (CBS_get_asn1(&der, &body, CBS_ASN1_SEQUENCE) != 1 || CBS_len(&der) != 0) {
    return QTLS_ERR_CERT_PARSE;
  }
  Q_TRY(as_certificate(q_crypto_key_identify(&type, &params, &body)));
  if (CBS_get_asn1(&body, &bits, CBS_ASN1_BITSTRING) != 1 || CBS_len(&body) != 0 ||
      CBS_get_u8(&bits, &unused) != 1 || unused != 0 || CBS_len(&bits) == 0) {
    return QTLS_ERR_CERT_PARSE;
  }
  /* RFC 5480 §2.2 also has compressed points; nobody uses them in TLS. */
  if (q_key_is_ec(type) && CBS_data(&bits)[0] != 4) {
    return QTLS_ERR_CERT_PARSE;
  }
  EVP_PKEY *pkey = EVP_parse_public_key(&whole);
  if (pkey == NULL) {
    return q_crypto_fail(QTLS_ERR_CERT_PARSE);
  }
  qtls_err err = q_crypto_key_size_check(type, pkey);
  q_pubkey *key = err == QTLS_OK ? q_alloc(sizeof *key) : NULL;
  if (key == NULL) {
    EVP_PKEY_free(pkey);
    return err != QTLS_OK ? err : QTLS_ERR_NO_MEMORY;
  }
  *key = (q_pubkey){type, pkey};
  *out = key;
  return QTLS_OK;
}
