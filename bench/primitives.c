/* Owns the sum that a handshake is compared with (primitives.h). */
#include "primitives.h"

#include <openssl/aead.h>
#include <openssl/curve25519.h>
#include <openssl/digest.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/ecdh.h>
#include <openssl/evp.h>
#include <openssl/hkdf.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/nid.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A primitive that fails would be measured as a fast one. */
static void must(int ok) {
  if (ok != 1) {
    (void)fprintf(stderr, "a primitive failed\n");
    exit(1);
  }
}

/* ---- key exchange ---- */

static void x25519_generate(void *state) {
  uint8_t share[32];
  uint8_t key[32];
  (void)state;
  X25519_keypair(share, key);
}

static void x25519_derive(void *state) {
  static uint8_t key[32];
  static uint8_t share[32];
  uint8_t secret[32];
  (void)state;
  if (share[0] == 0 && share[1] == 0) {
    uint8_t other[32];
    X25519_keypair(share, other);
    X25519_keypair(other, key);
  }
  must(X25519(secret, key, share));
}

static EC_KEY *p384_key(uint8_t share[97]) {
  EC_KEY *key = EC_KEY_new();
  must(EC_KEY_set_group(key, EC_group_p384()));
  must(EC_KEY_generate_key(key));
  must(EC_POINT_point2oct(EC_group_p384(), EC_KEY_get0_public_key(key), POINT_CONVERSION_UNCOMPRESSED, share, 97,
                          NULL) == 97);
  return key;
}

static void p384_generate(void *state) {
  uint8_t share[97];
  (void)state;
  EC_KEY_free(p384_key(share));
}

static void p384_derive(void *state) {
  static EC_KEY *key;
  static uint8_t peer[97];
  uint8_t secret[48];
  (void)state;
  if (key == NULL) {
    key = p384_key(peer);
    EC_KEY_free(p384_key(peer));
  }
  EC_POINT *point = EC_POINT_new(EC_group_p384());
  must(EC_POINT_oct2point(EC_group_p384(), point, peer, sizeof peer, NULL));
  must(ECDH_compute_key(secret, sizeof secret, point, key, NULL) == 48);
  EC_POINT_free(point);
}

typedef struct kem {
  int nid;
  EVP_PKEY_CTX *generator;
  EVP_PKEY *key;
  EVP_PKEY_CTX *ctx;
  uint8_t ciphertext[1568];
  size_t ciphertext_n;
} kem;

static kem *kem_new(int nid) {
  kem *k = calloc(1, sizeof *k);
  uint8_t secret[32];
  size_t secret_n = sizeof secret;
  k->nid = nid;
  k->generator = EVP_PKEY_CTX_new_id(EVP_PKEY_KEM, NULL);
  must(EVP_PKEY_CTX_kem_set_params(k->generator, nid));
  must(EVP_PKEY_keygen_init(k->generator));
  must(EVP_PKEY_keygen(k->generator, &k->key));
  k->ctx = EVP_PKEY_CTX_new(k->key, NULL);
  k->ciphertext_n = sizeof k->ciphertext;
  must(EVP_PKEY_encapsulate(k->ctx, k->ciphertext, &k->ciphertext_n, secret, &secret_n));
  return k;
}

static void kem_generate(void *state) {
  kem *k = state;
  EVP_PKEY *fresh = NULL;
  uint8_t share[1568];
  size_t n = sizeof share;
  must(EVP_PKEY_keygen(k->generator, &fresh));
  must(EVP_PKEY_get_raw_public_key(fresh, share, &n));
  EVP_PKEY_free(fresh);
}

static void kem_encapsulate(void *state) {
  kem *k = state;
  uint8_t ciphertext[1568];
  uint8_t secret[32];
  size_t n = sizeof ciphertext;
  size_t secret_n = sizeof secret;
  must(EVP_PKEY_encapsulate(k->ctx, ciphertext, &n, secret, &secret_n));
}

static void kem_decapsulate(void *state) {
  kem *k = state;
  uint8_t secret[32];
  size_t n = sizeof secret;
  must(EVP_PKEY_decapsulate(k->ctx, secret, &n, k->ciphertext, k->ciphertext_n));
}

/* ---- signatures ---- */

typedef struct signer {
  EVP_PKEY *key;
  const EVP_MD *md;
  size_t message_n;
  uint8_t message[16384];
  uint8_t signature[3400];
  size_t signature_n;
} signer;

static EVP_PKEY *ecdsa_key(int nid) {
  EVP_PKEY *key = EVP_PKEY_new();
  EC_KEY *ec = EC_KEY_new_by_curve_name(nid);
  must(EC_KEY_generate_key(ec));
  must(EVP_PKEY_assign_EC_KEY(key, ec));
  return key;
}

static EVP_PKEY *mldsa_key(void) {
  EVP_PKEY *key = NULL;
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_PQDSA, NULL);
  must(EVP_PKEY_CTX_pqdsa_set_params(ctx, NID_MLDSA65));
  must(EVP_PKEY_keygen_init(ctx));
  must(EVP_PKEY_keygen(ctx, &key));
  EVP_PKEY_CTX_free(ctx);
  return key;
}

static void sign(void *state) {
  signer *s = state;
  EVP_MD_CTX ctx;
  EVP_MD_CTX_init(&ctx);
  s->message[0]++; /* ML-DSA takes as long as the message makes it */
  s->signature_n = sizeof s->signature;
  must(EVP_DigestSignInit(&ctx, NULL, s->md, NULL, s->key));
  must(EVP_DigestSign(&ctx, s->signature, &s->signature_n, s->message, s->message_n));
  EVP_MD_CTX_cleanup(&ctx);
}

static void verify(void *state) {
  signer *s = state;
  EVP_MD_CTX ctx;
  EVP_MD_CTX_init(&ctx);
  must(EVP_DigestVerifyInit(&ctx, NULL, s->md, NULL, s->key));
  must(EVP_DigestVerify(&ctx, s->signature, s->signature_n, s->message, s->message_n));
  EVP_MD_CTX_cleanup(&ctx);
}

static signer *signer_new(EVP_PKEY *key, const EVP_MD *md, size_t message_n) {
  signer *s = calloc(1, sizeof *s);
  s->key = key;
  s->md = md;
  s->message_n = message_n < sizeof s->message ? message_n : sizeof s->message;
  sign(s);
  return s;
}

/* ---- symmetric ---- */

enum { EXTRACTS = 2, LABELS = 16, HMACS = 2, FINISHES = 4, KEYS = 4 };

static void hkdf(void *state) {
  uint8_t secret[48] = {1};
  uint8_t out[48];
  size_t n = sizeof out;
  unsigned written = 0;
  (void)state;
  for (int i = 0; i < EXTRACTS; i++) {
    must(HKDF_extract(out, &n, EVP_sha384(), secret, sizeof secret, secret, sizeof secret));
  }
  /* 10 of hash length (secrets, finished), 3 keys... the lengths do not matter: one block each. */
  for (int i = 0; i < LABELS; i++) {
    must(CRYPTO_tls13_hkdf_expand_label(out, sizeof out, EVP_sha384(), secret, sizeof secret,
                                        (const uint8_t *)"c hs traffic", 12, secret, sizeof secret));
  }
  for (int i = 0; i < HMACS; i++) {
    must(HMAC(EVP_sha384(), secret, sizeof secret, secret, sizeof secret, out, &written) != NULL);
  }
}

static void transcript(void *state) {
  static const uint8_t bytes[65536];
  const size_t *n = state;
  uint8_t out[48];
  SHA512_CTX h;
  must(SHA384_Init(&h));
  must(SHA384_Update(&h, bytes, *n));
  for (int i = 0; i < FINISHES; i++) {
    SHA512_CTX fork = h;
    must(SHA384_Final(out, &fork));
  }
}

typedef struct sealed {
  EVP_AEAD_CTX *ctx;
  size_t n;
  uint8_t wire[65536];
} sealed;

static const uint8_t nonce[12];
static const uint8_t header[5];

static void record_keys(void *state) {
  static const uint8_t key[32] = {7};
  (void)state;
  for (int i = 0; i < KEYS; i++) {
    EVP_AEAD_CTX ctx;
    EVP_AEAD_CTX_zero(&ctx);
    must(EVP_AEAD_CTX_init(&ctx, EVP_aead_aes_256_gcm(), key, sizeof key, 16, NULL));
    EVP_AEAD_CTX_cleanup(&ctx);
  }
}

static void seal(void *state) {
  static const uint8_t plain[65536];
  sealed *s = state;
  size_t n = 0;
  must(EVP_AEAD_CTX_seal(s->ctx, s->wire, &n, sizeof s->wire, nonce, sizeof nonce, plain, s->n, header,
                         sizeof header));
}

static void open(void *state) {
  sealed *s = state;
  static uint8_t plain[65536];
  size_t n = 0;
  must(EVP_AEAD_CTX_open(s->ctx, plain, &n, sizeof plain, nonce, sizeof nonce, s->wire, s->n + 16, header,
                         sizeof header));
}

static sealed *sealed_new(size_t n) {
  static const uint8_t key[32] = {7};
  sealed *s = calloc(1, sizeof *s);
  s->ctx = EVP_AEAD_CTX_new(EVP_aead_aes_256_gcm(), key, sizeof key, 16);
  s->n = n;
  seal(s);
  return s;
}

/* ---- putting together ---- */

static void add(primitives *p, const char *name, double client, double server, void (*run)(void *), void *state) {
  must(p->count < PRIMITIVES_MOST);
  p->list[p->count++] = (primitive){name, client, server, run, state, 1, 0};
}

static void add_x25519(primitives *p) {
  add(p, "X25519 generate", 1, 1, x25519_generate, NULL);
  add(p, "X25519", 1, 1, x25519_derive, NULL);
}

static void add_p384(primitives *p) {
  add(p, "P-384 generate", 1, 1, p384_generate, NULL);
  add(p, "P-384 ECDH", 1, 1, p384_derive, NULL);
}

static void add_kem(primitives *p, int nid) {
  kem *k = kem_new(nid);
  add(p, "ML-KEM generate", 1, 0, kem_generate, k);
  add(p, "ML-KEM encapsulate", 0, 1, kem_encapsulate, k);
  add(p, "ML-KEM decapsulate", 1, 0, kem_decapsulate, k);
}

enum { SIGNED_CONTENT = 64 + 33 + 1 + 48 };

/* `less`: bytes of the certificate that this signature does not cover. */
static void add_signatures(primitives *p, EVP_PKEY *key, const EVP_MD *md, const primitive_sizes *sizes, size_t less) {
  bool pqc = md == NULL;
  signer *hello = signer_new(key, md, SIGNED_CONTENT);
  add(p, pqc ? "ML-DSA-65 sign" : "ECDSA sign", 0, 1, sign, signer_new(key, md, SIGNED_CONTENT));
  p->list[p->count - 1].share = pqc ? 6 : 1; /* how often ML-DSA tries again differs from message to message */
  add(p, pqc ? "ML-DSA-65 verify" : "ECDSA verify", 1, 0, verify, hello);
  add(p, pqc ? "ML-DSA-65 verify leaf" : "ECDSA verify leaf", 1, 0, verify,
      signer_new(key, md, sizes->leaf_tbs - less));
  add(p, pqc ? "ML-DSA-65 verify intermediate" : "ECDSA verify intermediate", 1, 0, verify,
      signer_new(key, md, sizes->intermediate_tbs - less));
}

/* The alternative signature's extension is not under the alternative signature. */
enum { ALT_SIGNATURE = 3309 + 30 };

bool primitives_prepare(primitives *p, const char *config, const primitive_sizes *sizes) {
  static size_t transcript_n;
  p->count = 0;
  if (strcmp(config, "qtls-hybrid") == 0) {
    add_p384(p);
    add_kem(p, NID_MLKEM1024);
    add_signatures(p, ecdsa_key(NID_secp384r1), EVP_sha384(), sizes, 0);
    add_signatures(p, mldsa_key(), NULL, sizes, ALT_SIGNATURE);
  } else if (strcmp(config, "qtls-pqc") == 0) {
    add_kem(p, NID_MLKEM1024);
    add_signatures(p, mldsa_key(), NULL, sizes, 0);
  } else if (strcmp(config, "x25519-p256") == 0) {
    add_x25519(p);
    add_signatures(p, ecdsa_key(NID_X9_62_prime256v1), EVP_sha256(), sizes, 0);
  } else if (strcmp(config, "x25519mlkem768-p256") == 0) {
    add_x25519(p);
    add_kem(p, NID_MLKEM768);
    add_signatures(p, ecdsa_key(NID_X9_62_prime256v1), EVP_sha256(), sizes, 0);
  } else if (strcmp(config, "p384mlkem1024-p384") == 0) {
    add_p384(p);
    add_kem(p, NID_MLKEM1024);
    add_signatures(p, ecdsa_key(NID_secp384r1), EVP_sha384(), sizes, 0);
  } else if (strcmp(config, "p384mlkem1024-mldsa65") == 0) {
    add_p384(p);
    add_kem(p, NID_MLKEM1024);
    add_signatures(p, mldsa_key(), NULL, sizes, 0);
  } else {
    return false;
  }
  transcript_n = sizes->client_bytes + sizes->server_bytes;
  add(p, "HKDF", 1, 1, hkdf, NULL);
  add(p, "transcript", 1, 1, transcript, &transcript_n);
  sealed *flight = sealed_new(sizes->flight);
  add(p, "AEAD keys", 1, 1, record_keys, NULL);
  add(p, "AEAD seal flight", 0, 1, seal, flight);
  add(p, "AEAD open flight", 1, 0, open, flight);
  return true;
}

/* A batch small enough that it is seldom interrupted. */
static void measure(primitive *one, double us) {
  bench_mean mean = {0, 0};
  double stop = bench_now_us() + us;
  size_t batch = 1;
  one->run(one->state);
  while (bench_now_us() < stop || mean.count < 2) {
    long before = bench_switches();
    double begin = bench_now_us();
    for (size_t i = 0; i < batch; i++) {
      one->run(one->state);
    }
    double spent = bench_now_us() - begin;
    if (bench_switches() == before) {
      bench_add(&mean, spent / (double)batch);
    }
    if (spent < 100) {
      batch *= 2; /* so that reading the clock does not count */
      mean = (bench_mean){0, 0};
    }
  }
  one->us = bench_mean_of(&mean);
}

void primitives_round(primitives *p, double us) {
  double shares = 0;
  for (size_t i = 0; i < p->count; i++) {
    shares += p->list[i].share;
  }
  for (size_t i = 0; i < p->count; i++) {
    measure(&p->list[i], us * p->list[i].share / shares);
  }
}

double primitives_client(const primitives *p) {
  double sum = 0;
  for (size_t i = 0; i < p->count; i++) {
    sum += p->list[i].times_client * p->list[i].us;
  }
  return sum;
}

double primitives_server(const primitives *p) {
  double sum = 0;
  for (size_t i = 0; i < p->count; i++) {
    sum += p->list[i].times_server * p->list[i].us;
  }
  return sum;
}
