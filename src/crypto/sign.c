/*
 * Owns signing and verifying with one primitive, through AWS-LC's one-shot
 * calls. The conversions of ECDSA signatures lie in ecdsa_form.c.
 */
#include "crypto/sign.h"

#include <openssl/digest.h>
#include <openssl/rsa.h>

#include "crypto/awslc.h"
#include "crypto/key_parts.h"

typedef enum padding { PADDING_NONE, PADDING_PSS, PADDING_PKCS1 } padding;

/* What an algorithm asks of the call. */
typedef struct method {
  const EVP_MD *md; /* NULL: the primitive hashes by itself */
  padding pad;
} method;

/* QTLS_OK when keys of this kind can do `alg`. */
static bool fits(q_sig_alg alg, q_key_type type) {
  switch (alg) {
    case Q_SIG_ECDSA_SHA256:
    case Q_SIG_ECDSA_SHA384:
    case Q_SIG_ECDSA_SHA512: /* which curve goes with which hash is the scheme's business */
      return q_key_is_ec(type);
    case Q_SIG_RSA_PSS_SHA256:
    case Q_SIG_RSA_PSS_SHA384:
    case Q_SIG_RSA_PSS_SHA512:
      return type == Q_KEY_RSA || type == Q_KEY_RSA_PSS;
    case Q_SIG_RSA_PKCS1_SHA256:
    case Q_SIG_RSA_PKCS1_SHA384:
    case Q_SIG_RSA_PKCS1_SHA512:
      return type == Q_KEY_RSA;
    case Q_SIG_ED25519:
      return type == Q_KEY_ED25519;
    case Q_SIG_MLDSA:
      return q_key_is_mldsa(type);
    case Q_SIG_NONE:
      break;
  }
  return false;
}

static method method_of(q_sig_alg alg) {
  switch (alg) {
    case Q_SIG_ECDSA_SHA256:
      return (method){EVP_sha256(), PADDING_NONE};
    case Q_SIG_ECDSA_SHA384:
      return (method){EVP_sha384(), PADDING_NONE};
    case Q_SIG_ECDSA_SHA512:
      return (method){EVP_sha512(), PADDING_NONE};
    case Q_SIG_RSA_PSS_SHA256:
      return (method){EVP_sha256(), PADDING_PSS};
    case Q_SIG_RSA_PSS_SHA384:
      return (method){EVP_sha384(), PADDING_PSS};
    case Q_SIG_RSA_PSS_SHA512:
      return (method){EVP_sha512(), PADDING_PSS};
    case Q_SIG_RSA_PKCS1_SHA256:
      return (method){EVP_sha256(), PADDING_PKCS1};
    case Q_SIG_RSA_PKCS1_SHA384:
      return (method){EVP_sha384(), PADDING_PKCS1};
    case Q_SIG_RSA_PKCS1_SHA512:
      return (method){EVP_sha512(), PADDING_PKCS1};
    default: /* Ed25519; ML-DSA, pure with the empty context (FIPS 204 §5.2) */
      return (method){NULL, PADDING_NONE};
  }
}

/* RFC 8446 §4.2.3: PSS with MGF1 of the same hash and a salt of its length. A
 * key of type RSASSA-PSS that demands something else makes this fail. */
static bool set_padding(EVP_PKEY_CTX *ctx, method m) {
  switch (m.pad) {
    case PADDING_PSS:
      return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, m.md) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, (int)EVP_MD_size(m.md)) == 1;
    case PADDING_PKCS1:
      return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1;
    case PADDING_NONE:
      break;
  }
  return true;
}

size_t q_crypto_mldsa_signature_size(q_key_type type) {
  const q_key_row *row = q_crypto_key_row(type);
  return row != NULL ? row->signature_n : 0;
}

size_t q_crypto_signature_max(const q_privkey *key) { return (size_t)EVP_PKEY_size(key->pkey); }

qtls_err q_crypto_sign(const q_privkey *key, uint8_t *sig, size_t *n, size_t cap, q_sig_alg alg, q_span message) {
  *n = 0;
  if (!fits(alg, key->type)) {
    return QTLS_ERR_ARGUMENT;
  }
  if (cap < q_crypto_signature_max(key)) {
    return QTLS_ERR_BUFFER;
  }
  method m = method_of(alg);
  EVP_MD_CTX ctx;
  EVP_PKEY_CTX *pctx = NULL;
  EVP_MD_CTX_init(&ctx);
  size_t written = cap;
  bool ok = EVP_DigestSignInit(&ctx, &pctx, m.md, NULL, key->pkey) == 1 && set_padding(pctx, m) &&
            EVP_DigestSign(&ctx, sig, &written, message.p, message.n) == 1;
  EVP_MD_CTX_cleanup(&ctx);
  if (!ok) {
    return q_crypto_fail(QTLS_ERR_CRYPTO);
  }
  *n = written;
  return QTLS_OK;
}

qtls_err q_crypto_verify(const q_pubkey *key, q_sig_alg alg, q_span message, q_span sig) {
  qtls_err verdict = alg == Q_SIG_MLDSA ? QTLS_ERR_SIG_PQC : QTLS_ERR_SIG_CLASSICAL;
  if (!fits(alg, key->type)) {
    return verdict;
  }
  method m = method_of(alg);
  EVP_MD_CTX ctx;
  EVP_PKEY_CTX *pctx = NULL;
  EVP_MD_CTX_init(&ctx);
  bool ok = EVP_DigestVerifyInit(&ctx, &pctx, m.md, NULL, key->pkey) == 1 && set_padding(pctx, m) &&
            EVP_DigestVerify(&ctx, sig.p, sig.n, message.p, message.n) == 1;
  EVP_MD_CTX_cleanup(&ctx);
  return ok ? QTLS_OK : q_crypto_fail(verdict);
}
