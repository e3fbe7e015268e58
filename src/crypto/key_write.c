/*
 * Owns writing of keys: PKCS#8 and SubjectPublicKeyInfo. AWS-LC writes most;
 * RSASSA-PSS keys and ML-DSA keys without a seed it does not write.
 */
#include <openssl/mem.h>
#include <openssl/rsa.h>

#include "crypto/awslc.h"
#include "crypto/key_parts.h"

#define EXPANDED_MAX 4896

/* AlgorithmIdentifier of a key's kind, with `params` as they are. */
static bool add_identifier(CBB *out, const q_privkey *key) {
  const q_key_row *row = q_crypto_key_row(key->type);
  CBB id, oid;
  return CBB_add_asn1(out, &id, CBS_ASN1_SEQUENCE) == 1 && CBB_add_asn1(&id, &oid, CBS_ASN1_OBJECT) == 1 &&
         CBB_add_bytes(&oid, row->oid, row->oid_n) == 1 &&
         (key->params_n == 0 || CBB_add_bytes(&id, key->params, key->params_n) == 1) && CBB_flush(out) == 1;
}

/* PrivateKeyInfo up to the octet string that holds the key itself. */
static bool open_pkcs8(CBB *out, CBB *body, CBB *octets, const q_privkey *key) {
  return CBB_add_asn1(out, body, CBS_ASN1_SEQUENCE) == 1 && CBB_add_asn1_uint64(body, 0) == 1 &&
         add_identifier(body, key) && CBB_add_asn1(body, octets, CBS_ASN1_OCTETSTRING) == 1;
}

static bool write_expanded(CBB *out, const q_privkey *key) {
  CBB body, octets, expanded;
  uint8_t raw[EXPANDED_MAX];
  size_t n = sizeof raw;
  bool ok = EVP_PKEY_get_raw_private_key(key->pkey, raw, &n) == 1 && open_pkcs8(out, &body, &octets, key) &&
            CBB_add_asn1(&octets, &expanded, CBS_ASN1_OCTETSTRING) == 1 &&
            CBB_add_bytes(&expanded, raw, n) == 1 && CBB_flush(out) == 1;
  q_wipe(raw, sizeof raw);
  return ok;
}

static bool write_pss_private(CBB *out, const q_privkey *key) {
  CBB body, octets;
  return open_pkcs8(out, &body, &octets, key) &&
         RSA_marshal_private_key(&octets, EVP_PKEY_get0_RSA(key->pkey)) == 1 && CBB_flush(out) == 1;
}

static bool write_pss_public(CBB *out, const q_privkey *key) {
  CBB body, bits;
  return CBB_add_asn1(out, &body, CBS_ASN1_SEQUENCE) == 1 && add_identifier(&body, key) &&
         CBB_add_asn1(&body, &bits, CBS_ASN1_BITSTRING) == 1 && CBB_add_u8(&bits, 0) == 1 &&
         RSA_marshal_public_key(&bits, EVP_PKEY_get0_RSA(key->pkey)) == 1 && CBB_flush(out) == 1;
}

static bool write_pkcs8(CBB *out, const q_privkey *key) {
  if (key->type == Q_KEY_RSA_PSS) {
    return write_pss_private(out, key);
  }
  size_t seed_n = 0;
  if (q_key_is_mldsa(key->type) && EVP_PKEY_get_private_seed(key->pkey, NULL, &seed_n) != 1) {
    ERR_clear_error();
    return write_expanded(out, key);
  }
  return EVP_marshal_private_key(out, key->pkey) == 1;
}

static bool write_spki(CBB *out, const q_privkey *key) {
  return key->type == Q_KEY_RSA_PSS ? write_pss_public(out, key) : EVP_marshal_public_key(out, key->pkey) == 1;
}

/* Runs a writer and moves what it wrote into a block of ours. */
static qtls_err collect(uint8_t **der, size_t *n, bool (*writer)(CBB *, const q_privkey *), const q_privkey *key) {
  *der = NULL;
  *n = 0;
  CBB cbb;
  uint8_t *written = NULL;
  size_t written_n = 0;
  if (CBB_init(&cbb, 512) != 1) {
    return q_crypto_fail(QTLS_ERR_NO_MEMORY);
  }
  if (!writer(&cbb, key) || CBB_finish(&cbb, &written, &written_n) != 1) {
    CBB_cleanup(&cbb);
    return q_crypto_fail(QTLS_ERR_CRYPTO);
  }
  *der = q_alloc_copy(written, written_n);
  OPENSSL_free(written); /* wipes it */
  if (*der == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  *n = written_n;
  return QTLS_OK;
}

qtls_err q_crypto_privkey_to_pkcs8(const q_privkey *key, uint8_t **der, size_t *n) {
  return collect(der, n, write_pkcs8, key);
}

qtls_err q_crypto_privkey_to_spki(const q_privkey *key, uint8_t **der, size_t *n) {
  return collect(der, n, write_spki, key);
}
