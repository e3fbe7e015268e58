/* Owns the key objects themselves: their kinds, making and freeing them. */
#include "crypto/key.h"

#include <openssl/ec_key.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>
#include <string.h>

#include "crypto/awslc.h"
#include "crypto/key_parts.h"

/* RFC 5480, RFC 8017 A, RFC 8410, RFC 9881 (NIST's numbers, no others). */
#define OID_EC 7, {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01}
#define OID_RSA 9, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01}
#define OID_RSA_PSS 9, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a}
#define OID_ED25519 3, {0x2b, 0x65, 0x70}
#define OID_MLDSA(n) 9, {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, (n)}

static const q_key_row rows[] = {
    {Q_KEY_EC_P256, NID_X9_62_prime256v1, OID_EC, 0, 0},
    {Q_KEY_EC_P384, NID_secp384r1, OID_EC, 0, 0},
    {Q_KEY_EC_P521, NID_secp521r1, OID_EC, 0, 0},
    {Q_KEY_RSA, EVP_PKEY_RSA, OID_RSA, 0, 0},
    {Q_KEY_RSA_PSS, EVP_PKEY_RSA_PSS, OID_RSA_PSS, 0, 0},
    {Q_KEY_ED25519, EVP_PKEY_ED25519, OID_ED25519, 0, 0},
    {Q_KEY_MLDSA44, NID_MLDSA44, OID_MLDSA(0x11), 2560, 2420},
    {Q_KEY_MLDSA65, NID_MLDSA65, OID_MLDSA(0x12), 4032, 3309},
    {Q_KEY_MLDSA87, NID_MLDSA87, OID_MLDSA(0x13), 4896, 4627},
};

/* Named curves, RFC 5480 §2.1.1.1. */
static const struct {
  q_key_type type;
  uint8_t oid_n;
  uint8_t oid[8];
} curves[] = {
    {Q_KEY_EC_P256, 8, {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07}},
    {Q_KEY_EC_P384, 5, {0x2b, 0x81, 0x04, 0x00, 0x22}},
    {Q_KEY_EC_P521, 5, {0x2b, 0x81, 0x04, 0x00, 0x23}},
};

const q_key_row *q_crypto_key_row(q_key_type type) {
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    if (rows[i].type == type) {
      return &rows[i];
    }
  }
  return NULL;
}

static qtls_err identify_curve(q_key_type *type, CBS params) {
  CBS oid;
  /* Explicit parameters are refused: RFC 5480 §2.1.1. */
  if (CBS_get_asn1(&params, &oid, CBS_ASN1_OBJECT) != 1 || CBS_len(&params) != 0) {
    return QTLS_ERR_KEY_UNSUPPORTED;
  }
  for (size_t i = 0; i < Q_COUNT(curves); i++) {
    if (CBS_mem_equal(&oid, curves[i].oid, curves[i].oid_n) == 1) {
      *type = curves[i].type;
      return QTLS_OK;
    }
  }
  return QTLS_ERR_KEY_UNSUPPORTED;
}

qtls_err q_crypto_key_identify(q_key_type *type, CBS *params, CBS *outer) {
  static const uint8_t der_null[2] = {0x05, 0x00};
  CBS oid;
  *type = Q_KEY_NONE;
  if (CBS_get_asn1(outer, params, CBS_ASN1_SEQUENCE) != 1 || CBS_get_asn1(params, &oid, CBS_ASN1_OBJECT) != 1) {
    return QTLS_ERR_DECODE;
  }
  const q_key_row *row = NULL;
  for (size_t i = 0; i < Q_COUNT(rows) && row == NULL; i++) {
    row = CBS_mem_equal(&oid, rows[i].oid, rows[i].oid_n) == 1 ? &rows[i] : NULL;
  }
  if (row == NULL) {
    return QTLS_ERR_KEY_UNSUPPORTED;
  }
  *type = row->type;
  switch (row->type) {
    case Q_KEY_EC_P256:
      return identify_curve(type, *params);
    case Q_KEY_RSA: /* NULL, RFC 8017 A.1 */
      return CBS_mem_equal(params, der_null, sizeof der_null) == 1 ? QTLS_OK : QTLS_ERR_DECODE;
    case Q_KEY_RSA_PSS: /* absent, or read by AWS-LC */
      return QTLS_OK;
    default: /* absent: RFC 8410 §3, RFC 9881 §2 */
      return CBS_len(params) == 0 ? QTLS_OK : QTLS_ERR_DECODE;
  }
}

qtls_err q_crypto_key_size_check(q_key_type type, const EVP_PKEY *pkey) {
  if (type != Q_KEY_RSA && type != Q_KEY_RSA_PSS) {
    return QTLS_OK;
  }
  int bits = EVP_PKEY_bits(pkey);
  if (bits < Q_RSA_BITS_MIN) {
    return QTLS_ERR_CERT_WEAK;
  }
  return bits <= Q_RSA_BITS_MAX ? QTLS_OK : QTLS_ERR_KEY_UNSUPPORTED;
}

qtls_err q_crypto_privkey_wrap(q_privkey **out, q_key_type type, EVP_PKEY *pkey) {
  *out = NULL;
  q_privkey *key = q_alloc(sizeof *key);
  if (key == NULL) {
    EVP_PKEY_free(pkey);
    return QTLS_ERR_NO_MEMORY;
  }
  key->type = type;
  key->pkey = pkey;
  *out = key;
  return QTLS_OK;
}

static bool set_parameters(EVP_PKEY_CTX *ctx, const q_key_row *row, unsigned rsa_bits) {
  switch (row->type) {
    case Q_KEY_EC_P256:
    case Q_KEY_EC_P384:
    case Q_KEY_EC_P521:
      return EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx, row->nid) == 1;
    case Q_KEY_RSA:
    case Q_KEY_RSA_PSS:
      return EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)rsa_bits) == 1;
    case Q_KEY_MLDSA44:
    case Q_KEY_MLDSA65:
    case Q_KEY_MLDSA87:
      return EVP_PKEY_CTX_pqdsa_set_params(ctx, row->nid) == 1;
    default:
      return true;
  }
}

/* The number that EVP_PKEY_CTX_new_id wants. */
static int family_of(const q_key_row *row) {
  if (q_key_is_mldsa(row->type)) {
    return EVP_PKEY_PQDSA;
  }
  return q_key_is_ec(row->type) ? EVP_PKEY_EC : row->nid;
}

qtls_err q_crypto_privkey_generate(q_privkey **out, q_key_type type, unsigned rsa_bits) {
  *out = NULL;
  const q_key_row *row = q_crypto_key_row(type);
  bool rsa = type == Q_KEY_RSA || type == Q_KEY_RSA_PSS;
  if (row == NULL || (rsa && (rsa_bits < Q_RSA_BITS_MIN || rsa_bits > Q_RSA_BITS_MAX))) {
    return QTLS_ERR_ARGUMENT;
  }
  EVP_PKEY *pkey = NULL;
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(family_of(row), NULL);
  bool ok = ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1 && set_parameters(ctx, row, rsa_bits) &&
            EVP_PKEY_keygen(ctx, &pkey) == 1;
  EVP_PKEY_CTX_free(ctx);
  if (!ok) {
    EVP_PKEY_free(pkey);
    return q_crypto_fail(QTLS_ERR_CRYPTO);
  }
  return q_crypto_privkey_wrap(out, type, pkey);
}

void q_crypto_privkey_free(q_privkey *key) {
  if (key != NULL) {
    EVP_PKEY_free(key->pkey);
    q_free(key->params);
    q_free(key);
  }
}

q_key_type q_crypto_privkey_type(const q_privkey *key) { return key->type; }

void q_crypto_pubkey_free(q_pubkey *key) {
  if (key != NULL) {
    EVP_PKEY_free(key->pkey);
    q_free(key);
  }
}

q_key_type q_crypto_pubkey_type(const q_pubkey *key) { return key->type; }

unsigned q_crypto_pubkey_bits(const q_pubkey *key) {
  return q_key_is_mldsa(key->type) ? 0 : (unsigned)EVP_PKEY_bits(key->pkey);
}
