/*
 * Owns reading of private keys: PKCS#8 (RFC 5208) and its later form
 * OneAsymmetricKey (RFC 5958). ML-DSA in the three forms of RFC 9881 §6 is read
 * here, because a file that holds both seed and expanded key must hold one key,
 * compared in every byte; the other kinds go to AWS-LC.
 */
#include "crypto/awslc.h"
#include "crypto/key_parts.h"
#include "crypto/random.h"

#define TAG_ATTRIBUTES (CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 0)
#define TAG_PUBLIC_KEY (CBS_ASN1_CONTEXT_SPECIFIC | 1)
#define TAG_SEED (CBS_ASN1_CONTEXT_SPECIFIC | 0)
#define EXPANDED_MAX 4896

static qtls_err as_key_file(qtls_err err) { return err == QTLS_ERR_DECODE ? QTLS_ERR_KEY_FORMAT : err; }

/* The parts of PrivateKeyInfo. */
typedef struct parts {
  q_key_type type;
  CBS params;
  CBS key;
  CBS public_key; /* empty unless version 2 has one */
} parts;

static qtls_err split(parts *out, q_span der) {
  CBS cbs, body;
  uint64_t version = 0;
  CBS_init(&cbs, der.p, der.n);
  CBS_init(&out->public_key, NULL, 0);
  if (CBS_get_asn1(&cbs, &body, CBS_ASN1_SEQUENCE) != 1 || CBS_len(&cbs) != 0 ||
      CBS_get_asn1_uint64(&body, &version) != 1 || version > 1) {
    return QTLS_ERR_KEY_FORMAT;
  }
  Q_TRY(as_key_file(q_crypto_key_identify(&out->type, &out->params, &body)));
  if (CBS_get_asn1(&body, &out->key, CBS_ASN1_OCTETSTRING) != 1 ||
      CBS_get_optional_asn1(&body, NULL, NULL, TAG_ATTRIBUTES) != 1) {
    return QTLS_ERR_KEY_FORMAT;
  }
  int has_public = 0;
  if (version == 1 && CBS_get_optional_asn1(&body, &out->public_key, &has_public, TAG_PUBLIC_KEY) != 1) {
    return QTLS_ERR_KEY_FORMAT;
  }
  return CBS_len(&body) == 0 ? QTLS_OK : QTLS_ERR_KEY_FORMAT;
}

/* ML-DSA-PrivateKey, RFC 9881 §6: a CHOICE of three. */
static qtls_err split_mldsa(CBS *seed, CBS *expanded, CBS key, const q_key_row *row) {
  CBS_init(seed, NULL, 0);
  CBS_init(expanded, NULL, 0);
  CBS both;
  bool ok = false;
  if (CBS_peek_asn1_tag(&key, TAG_SEED) == 1) {
    ok = CBS_get_asn1(&key, seed, TAG_SEED) == 1;
  } else if (CBS_peek_asn1_tag(&key, CBS_ASN1_OCTETSTRING) == 1) {
    ok = CBS_get_asn1(&key, expanded, CBS_ASN1_OCTETSTRING) == 1 && CBS_len(expanded) == row->expanded_n;
  } else if (CBS_get_asn1(&key, &both, CBS_ASN1_SEQUENCE) == 1) {
    ok = CBS_get_asn1(&both, seed, CBS_ASN1_OCTETSTRING) == 1 &&
         CBS_get_asn1(&both, expanded, CBS_ASN1_OCTETSTRING) == 1 && CBS_len(&both) == 0 &&
         CBS_len(seed) == Q_MLDSA_SEED && CBS_len(expanded) == row->expanded_n;
  }
  ok = ok && CBS_len(&key) == 0 && (CBS_len(expanded) > 0 || CBS_len(seed) == Q_MLDSA_SEED);
  return ok ? QTLS_OK : QTLS_ERR_KEY_FORMAT;
}

/* RFC 9881 §6: an implementation that gets both checks that the seed gives the
 * expanded key. All of it is compared: a part that does not reach the public
 * key (the secret that makes the nonce) must be right too. */
static qtls_err compare_expanded(const EVP_PKEY *from_seed, const CBS *expanded) {
  uint8_t own[EXPANDED_MAX];
  size_t n = sizeof own;
  qtls_err err = QTLS_ERR_KEY_SEED_MISMATCH;
  if (EVP_PKEY_get_raw_private_key(from_seed, own, &n) == 1 && n == CBS_len(expanded) &&
      q_crypto_ct_equal(own, CBS_data(expanded), n)) {
    err = QTLS_OK;
  }
  q_wipe(own, sizeof own);
  return err == QTLS_OK ? QTLS_OK : q_crypto_fail(err);
}

static qtls_err read_mldsa(EVP_PKEY **pkey, const parts *in) {
  const q_key_row *row = q_crypto_key_row(in->type);
  CBS seed, expanded;
  Q_TRY(split_mldsa(&seed, &expanded, in->key, row));
  const CBS *from = CBS_len(&seed) > 0 ? &seed : &expanded;
  *pkey = EVP_PKEY_pqdsa_new_raw_private_key(row->nid, CBS_data(from), CBS_len(from));
  if (*pkey == NULL) {
    return q_crypto_fail(QTLS_ERR_KEY_FORMAT);
  }
  if (CBS_len(&seed) > 0 && CBS_len(&expanded) > 0) {
    return compare_expanded(*pkey, &expanded);
  }
  return QTLS_OK;
}

/* The public key beside an ML-DSA private one must be its own. */
static qtls_err compare_public(const EVP_PKEY *pkey, CBS public_key) {
  uint8_t own[2592];
  size_t n = sizeof own;
  uint8_t unused = 0;
  if (CBS_len(&public_key) == 0) {
    return QTLS_OK;
  }
  if (CBS_get_u8(&public_key, &unused) != 1 || unused != 0 || EVP_PKEY_get_raw_public_key(pkey, own, &n) != 1 ||
      CBS_mem_equal(&public_key, own, n) != 1) {
    return q_crypto_fail(QTLS_ERR_KEY_FORMAT);
  }
  return QTLS_OK;
}

static qtls_err read_other(EVP_PKEY **pkey, q_span der) {
  CBS cbs;
  CBS_init(&cbs, der.p, der.n);
  *pkey = EVP_parse_private_key(&cbs);
  return *pkey != NULL ? QTLS_OK : q_crypto_fail(QTLS_ERR_KEY_FORMAT);
}

qtls_err q_crypto_privkey_from_pkcs8(q_privkey **out, q_span der) {
  *out = NULL;
  parts in;
  Q_TRY(split(&in, der));
  EVP_PKEY *pkey = NULL;
  qtls_err err = QTLS_ERR_KEY_FORMAT;
  if (q_key_is_mldsa(in.type)) {
    err = read_mldsa(&pkey, &in);
    err = err == QTLS_OK ? compare_public(pkey, in.public_key) : err;
  } else {
    err = read_other(&pkey, der);
  }
  err = err == QTLS_OK ? q_crypto_key_size_check(in.type, pkey) : err;
  if (err != QTLS_OK) {
    EVP_PKEY_free(pkey);
    return err;
  }
  Q_TRY(q_crypto_privkey_wrap(out, in.type, pkey));
  if (in.type == Q_KEY_RSA_PSS && CBS_len(&in.params) > 0) {
    (*out)->params = q_alloc_copy(CBS_data(&in.params), CBS_len(&in.params));
    (*out)->params_n = CBS_len(&in.params);
    if ((*out)->params == NULL) {
      q_crypto_privkey_free(*out);
      *out = NULL;
      return QTLS_ERR_NO_MEMORY;
    }
  }
  return QTLS_OK;
}
