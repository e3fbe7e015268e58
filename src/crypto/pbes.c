/* Owns private keys under a pass phrase. */
#include "crypto/pbes.h"

#include <openssl/bytestring.h>
#include <openssl/cipher.h>
#include <openssl/evp.h>
#include <string.h>

#include "crypto/awslc.h"
#include "crypto/random.h"

#define SALT_MAX 1024
#define SALT_WRITTEN 16
#define BLOCK 16
#define KEY_MAX 32
#define DATA_MAX (64 * 1024)

const q_pbes_limits q_crypto_pbes_limits = {10000000, 160 * 1024 * 1024, 1U << 23};

typedef struct oid {
  uint8_t n;
  uint8_t b[9];
} oid;

/* RFC 8018 appendix A, RFC 7914 §7, RFC 3565 §4.1. */
static const oid pbes2 = {9, {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05, 0x0D}};
static const oid pbkdf2 = {9, {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05, 0x0C}};
static const oid scrypt = {9, {0x2B, 0x06, 0x01, 0x04, 0x01, 0xDA, 0x47, 0x04, 0x0B}};
static const oid hmac_sha256 = {8, {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x02, 0x09}};
static const oid aes256 = {9, {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2A}};

static const struct {
  oid id;
  const EVP_MD *(*md)(void);
} prfs[] = {
    {{8, {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x02, 0x07}}, EVP_sha1},
    {{8, {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x02, 0x09}}, EVP_sha256},
    {{8, {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x02, 0x0A}}, EVP_sha384},
    {{8, {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x02, 0x0B}}, EVP_sha512},
};

static const struct {
  oid id;
  const EVP_CIPHER *(*cipher)(void);
} ciphers[] = {
    {{9, {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x02}}, EVP_aes_128_cbc},
    {{9, {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2A}}, EVP_aes_256_cbc},
};

/* How a file is encrypted. */
typedef struct scheme {
  const EVP_CIPHER *cipher;
  CBS iv;
  CBS salt;
  bool memory_hard; /* scrypt, else PBKDF2 */
  const EVP_MD *prf;
  uint64_t rounds;
  uint64_t cost, block, parallel; /* N, r, p of RFC 7914 §2 */
  uint64_t key_n;                 /* 0: it does not say */
} scheme;

static bool is(const CBS *id, const oid *what) { return CBS_mem_equal(id, what->b, what->n) == 1; }

/* AlgorithmIdentifier: `id`, and what follows it in `rest`. */
static bool take_algorithm(CBS *id, CBS *rest, CBS *in) {
  return CBS_get_asn1(in, rest, CBS_ASN1_SEQUENCE) == 1 && CBS_get_asn1(rest, id, CBS_ASN1_OBJECT) == 1;
}

/* RFC 8018 §A.2: NULL follows; an absent one is read too. */
static qtls_err read_prf(const EVP_MD **out, CBS *in) {
  static const uint8_t der_null[2] = {0x05, 0x00};
  CBS id, rest;
  *out = EVP_sha1(); /* the default */
  if (CBS_len(in) == 0) {
    return QTLS_OK;
  }
  if (!take_algorithm(&id, &rest, in) || CBS_len(in) != 0 ||
      (CBS_len(&rest) != 0 && CBS_mem_equal(&rest, der_null, sizeof der_null) != 1)) {
    return QTLS_ERR_KEY_FORMAT;
  }
  for (size_t i = 0; i < Q_COUNT(prfs); i++) {
    if (is(&id, &prfs[i].id)) {
      *out = prfs[i].md();
      return QTLS_OK;
    }
  }
  return QTLS_ERR_KEY_UNSUPPORTED;
}

static bool read_key_length(uint64_t *out, CBS *in) {
  *out = 0;
  return CBS_peek_asn1_tag(in, CBS_ASN1_INTEGER) != 1 || (CBS_get_asn1_uint64(in, out) == 1 && *out > 0);
}

static qtls_err read_pbkdf2(scheme *out, CBS *in, const q_pbes_limits *limits) {
  CBS params;
  if (CBS_get_asn1(in, &params, CBS_ASN1_SEQUENCE) != 1 || CBS_len(in) != 0) {
    return QTLS_ERR_KEY_FORMAT;
  }
  if (CBS_peek_asn1_tag(&params, CBS_ASN1_SEQUENCE) == 1) { /* a salt from elsewhere: nobody has it */
    return QTLS_ERR_KEY_UNSUPPORTED;
  }
  if (CBS_get_asn1(&params, &out->salt, CBS_ASN1_OCTETSTRING) != 1 ||
      CBS_get_asn1_uint64(&params, &out->rounds) != 1 || out->rounds == 0 ||
      !read_key_length(&out->key_n, &params)) {
    return QTLS_ERR_KEY_FORMAT;
  }
  Q_TRY(read_prf(&out->prf, &params));
  return out->rounds <= limits->rounds ? QTLS_OK : QTLS_ERR_KEY_UNSUPPORTED;
}

/* RFC 7914 §7.1. N is a power of two; what is refused here as too much would be
 * hours, or all memory there is. */
static qtls_err read_scrypt(scheme *out, CBS *in, const q_pbes_limits *limits) {
  CBS params;
  if (CBS_get_asn1(in, &params, CBS_ASN1_SEQUENCE) != 1 || CBS_len(in) != 0 ||
      CBS_get_asn1(&params, &out->salt, CBS_ASN1_OCTETSTRING) != 1 ||
      CBS_get_asn1_uint64(&params, &out->cost) != 1 || CBS_get_asn1_uint64(&params, &out->block) != 1 ||
      CBS_get_asn1_uint64(&params, &out->parallel) != 1 || !read_key_length(&out->key_n, &params) ||
      CBS_len(&params) != 0 || out->cost < 2 || (out->cost & (out->cost - 1)) != 0 || out->block == 0 ||
      (out->block < 4 && out->cost >> 16 * out->block != 0) || out->parallel == 0) {
    return QTLS_ERR_KEY_FORMAT;
  }
  const uint64_t most = UINT32_MAX;
  if (out->cost > most || out->block > most || out->parallel > most || out->cost * out->block > limits->work ||
      out->cost * out->block * out->parallel > limits->work || out->block * out->parallel > limits->work ||
      128 * out->block * (out->cost + out->parallel) > limits->memory) {
    return QTLS_ERR_KEY_UNSUPPORTED;
  }
  out->memory_hard = true;
  return QTLS_OK;
}

static qtls_err read_cipher(scheme *out, CBS *in) {
  CBS id, rest;
  if (!take_algorithm(&id, &rest, in)) {
    return QTLS_ERR_KEY_FORMAT;
  }
  for (size_t i = 0; i < Q_COUNT(ciphers); i++) {
    if (is(&id, &ciphers[i].id)) {
      out->cipher = ciphers[i].cipher();
      return CBS_get_asn1(&rest, &out->iv, CBS_ASN1_OCTETSTRING) == 1 && CBS_len(&rest) == 0 &&
                     CBS_len(&out->iv) == BLOCK
                 ? QTLS_OK
                 : QTLS_ERR_KEY_FORMAT;
    }
  }
  return QTLS_ERR_KEY_UNSUPPORTED;
}

static qtls_err read_scheme(scheme *out, CBS *in, const q_pbes_limits *limits) {
  CBS id, rest, params, kdf_id, kdf;
  if (!take_algorithm(&id, &rest, in)) {
    return QTLS_ERR_KEY_FORMAT;
  }
  if (!is(&id, &pbes2)) {
    return QTLS_ERR_KEY_UNSUPPORTED;
  }
  if (CBS_get_asn1(&rest, &params, CBS_ASN1_SEQUENCE) != 1 || CBS_len(&rest) != 0 ||
      !take_algorithm(&kdf_id, &kdf, &params)) {
    return QTLS_ERR_KEY_FORMAT;
  }
  qtls_err err = is(&kdf_id, &pbkdf2)   ? read_pbkdf2(out, &kdf, limits)
                 : is(&kdf_id, &scrypt) ? read_scrypt(out, &kdf, limits)
                                        : QTLS_ERR_KEY_UNSUPPORTED;
  Q_TRY(err);
  Q_TRY(read_cipher(out, &params));
  bool fits = out->key_n == 0 || out->key_n == EVP_CIPHER_key_length(out->cipher);
  return CBS_len(&params) == 0 && fits && CBS_len(&out->salt) <= SALT_MAX ? QTLS_OK : QTLS_ERR_KEY_FORMAT;
}

static bool derive(uint8_t key[KEY_MAX], const scheme *s, q_span phrase) {
  const char *p = (const char *)phrase.p;
  size_t key_n = EVP_CIPHER_key_length(s->cipher);
  if (s->memory_hard) {
    return EVP_PBE_scrypt(p, phrase.n, CBS_data(&s->salt), CBS_len(&s->salt), s->cost, s->block, s->parallel,
                          (size_t)(128 * s->block * (s->cost + s->parallel + 2)), key, key_n) == 1;
  }
  return PKCS5_PBKDF2_HMAC(p, phrase.n, CBS_data(&s->salt), CBS_len(&s->salt), (uint32_t)s->rounds, s->prf, key_n,
                           key) == 1;
}

/* AES-CBC with padding, either way; `out` has room for a block more than `in`. */
static bool run_cipher(uint8_t *out, size_t *n, const EVP_CIPHER *cipher, const uint8_t *key, const uint8_t *iv,
                       q_span in, bool encrypt) {
  EVP_CIPHER_CTX ctx;
  int first = 0;
  int last = 0;
  EVP_CIPHER_CTX_init(&ctx);
  bool fine = EVP_CipherInit_ex(&ctx, cipher, NULL, key, iv, encrypt ? 1 : 0) == 1 &&
              EVP_CipherUpdate(&ctx, out, &first, in.p, (int)in.n) == 1 &&
              EVP_CipherFinal_ex(&ctx, out + first, &last) == 1;
  EVP_CIPHER_CTX_cleanup(&ctx);
  *n = fine ? (size_t)first + (size_t)last : 0;
  return fine;
}

/* One SEQUENCE and nothing after it: what a wrong phrase all but never gives. */
static bool looks_like_key(const uint8_t *p, size_t n) {
  CBS in, seq;
  CBS_init(&in, p, n);
  return CBS_get_asn1(&in, &seq, CBS_ASN1_SEQUENCE) == 1 && CBS_len(&in) == 0;
}

static bool phrase_fits(q_span phrase) { return phrase.n > 0 && phrase.n <= Q_PBES_PHRASE_MAX; }

qtls_err q_crypto_pbes_open(uint8_t **out, size_t *n, q_span der, q_span phrase, const q_pbes_limits *limits) {
  scheme s = {0};
  CBS in, body, data;
  *out = NULL;
  *n = 0;
  if (!phrase_fits(phrase)) {
    return QTLS_ERR_ARGUMENT;
  }
  CBS_init(&in, der.p, der.n);
  if (CBS_get_asn1(&in, &body, CBS_ASN1_SEQUENCE) != 1 || CBS_len(&in) != 0) {
    return QTLS_ERR_KEY_FORMAT;
  }
  Q_TRY(read_scheme(&s, &body, limits));
  if (CBS_get_asn1(&body, &data, CBS_ASN1_OCTETSTRING) != 1 || CBS_len(&body) != 0 || CBS_len(&data) == 0 ||
      CBS_len(&data) % BLOCK != 0 || CBS_len(&data) > DATA_MAX) {
    return QTLS_ERR_KEY_FORMAT;
  }
  uint8_t *plain = q_alloc(CBS_len(&data) + BLOCK);
  if (plain == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  uint8_t key[KEY_MAX];
  bool derived = derive(key, &s, phrase);
  bool opened = derived && run_cipher(plain, n, s.cipher, key, CBS_data(&s.iv),
                                      q_span_of(CBS_data(&data), CBS_len(&data)), false);
  q_wipe(key, sizeof key);
  if (!opened || !looks_like_key(plain, *n)) {
    q_free(plain);
    *n = 0;
    return q_crypto_fail(derived ? QTLS_ERR_KEY_PASSPHRASE : QTLS_ERR_NO_MEMORY);
  }
  *out = plain;
  return QTLS_OK;
}

static bool add_oid(CBB *out, const oid *id) {
  CBB o;
  return CBB_add_asn1(out, &o, CBS_ASN1_OBJECT) == 1 && CBB_add_bytes(&o, id->b, id->n) == 1 && CBB_flush(out) == 1;
}

static bool write_pbkdf2(CBB *out, q_span salt, uint32_t rounds) {
  CBB algorithm, params, prf, null;
  return CBB_add_asn1(out, &algorithm, CBS_ASN1_SEQUENCE) == 1 && add_oid(&algorithm, &pbkdf2) &&
         CBB_add_asn1(&algorithm, &params, CBS_ASN1_SEQUENCE) == 1 &&
         CBB_add_asn1_octet_string(&params, salt.p, salt.n) == 1 && CBB_add_asn1_uint64(&params, rounds) == 1 &&
         CBB_add_asn1(&params, &prf, CBS_ASN1_SEQUENCE) == 1 && add_oid(&prf, &hmac_sha256) &&
         CBB_add_asn1(&prf, &null, CBS_ASN1_NULL) == 1 && CBB_flush(out) == 1;
}

static bool write_all(CBB *out, q_span salt, uint32_t rounds, q_span iv, q_span data) {
  CBB body, algorithm, params, cipher;
  return CBB_add_asn1(out, &body, CBS_ASN1_SEQUENCE) == 1 && CBB_add_asn1(&body, &algorithm, CBS_ASN1_SEQUENCE) == 1 &&
         add_oid(&algorithm, &pbes2) && CBB_add_asn1(&algorithm, &params, CBS_ASN1_SEQUENCE) == 1 &&
         write_pbkdf2(&params, salt, rounds) && CBB_add_asn1(&params, &cipher, CBS_ASN1_SEQUENCE) == 1 &&
         add_oid(&cipher, &aes256) && CBB_add_asn1_octet_string(&cipher, iv.p, iv.n) == 1 &&
         CBB_add_asn1_octet_string(&body, data.p, data.n) == 1;
}

qtls_err q_crypto_pbes_seal(uint8_t **out, size_t *n, q_span plain, q_span phrase, uint32_t rounds) {
  uint8_t random[SALT_WRITTEN + BLOCK];
  *out = NULL;
  *n = 0;
  if (!phrase_fits(phrase) || plain.n == 0 || plain.n > DATA_MAX - BLOCK || rounds == 0) {
    return QTLS_ERR_ARGUMENT;
  }
  Q_TRY(q_crypto_random(random, sizeof random));
  Q_AUTO_FREE uint8_t *data = q_alloc(plain.n + BLOCK);
  uint8_t *der = q_alloc(plain.n + BLOCK + 256);
  if (data == NULL || der == NULL) {
    q_free(der);
    return QTLS_ERR_NO_MEMORY;
  }
  const uint8_t *iv = random + SALT_WRITTEN;
  uint8_t key[KEY_MAX];
  size_t data_n = 0;
  CBB cbb;
  CBB_zero(&cbb);
  bool fine = PKCS5_PBKDF2_HMAC((const char *)phrase.p, phrase.n, random, SALT_WRITTEN, rounds, EVP_sha256(),
                                sizeof key, key) == 1 &&
              run_cipher(data, &data_n, EVP_aes_256_cbc(), key, iv, plain, true) &&
              CBB_init_fixed(&cbb, der, plain.n + BLOCK + 256) == 1 &&
              write_all(&cbb, q_span_of(random, SALT_WRITTEN), rounds, q_span_of(iv, BLOCK), q_span_of(data, data_n)) &&
              CBB_finish(&cbb, NULL, n) == 1;
  q_wipe(key, sizeof key);
  if (!fine) {
    CBB_cleanup(&cbb);
    q_free(der);
    *n = 0;
    return q_crypto_fail(QTLS_ERR_CRYPTO);
  }
  *out = der;
  return QTLS_OK;
}
