/*
 * Memory inside AWS-LC: the data path and the key schedule ask for none, and
 * where keys are made and used, each allocation may fail: an error comes back,
 * nothing is lost, and nothing stays in AWS-LC's error queue.
 */
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/mem.h>

#include "crypto/random.h"
#include "crypto/sign.h"
#include "keys/transcript.h"
#include "kex/kex.h"
#include "record/record.h"
#include "unit/unit.h"

static long asked;     /* allocations so far */
static long fail_at;   /* the number of the one that fails; 0: none */
static long held;      /* blocks not given back */

static bool fails(void) { return ++asked == fail_at; }

static void *get(size_t n) {
  void *p = fails() ? NULL : malloc(n);
  held += p != NULL;
  return p;
}
static void put(void *p) {
  held -= p != NULL;
  free(p);
}
static void *lib_get(size_t n, const char *file, int line) {
  (void)file;
  (void)line;
  return get(n);
}
static void *lib_again(void *p, size_t n, const char *file, int line) {
  (void)file;
  (void)line;
  if (fails()) {
    return NULL;
  }
  held += p == NULL;
  return realloc(p, n);
}
static void lib_put(void *p, const char *file, int line) {
  (void)file;
  (void)line;
  put(p);
}

static int hook(void **state) {
  (void)state;
  uint8_t byte;
  q_mem_set_source((q_mem_source){get, put});
  if (CRYPTO_set_mem_functions(lib_get, lib_again, lib_put) != 1) {
    return -1;
  }
  /* What a thread keeps for good: random state, error queue. */
  assert_ok(q_crypto_random(&byte, 1));
  ERR_put_error(ERR_LIB_USER, 0, 1, "", 0);
  ERR_clear_error();
  return 0;
}

static void a_handshakes_keys(q_hash_alg hash, q_aead_alg aead, q_traffic_keys *keys) {
  q_schedule s;
  q_transcript t;
  uint8_t digest[Q_HASH_MAX], exported[100];
  q_secret shared = {80, {1}}, traffic = {0}, finished = {0};
  q_keys_transcript_init(&t, hash);
  q_keys_transcript_add(&t, unit_text("a message"));
  q_keys_transcript_hash(&t, digest);
  assert_ok(q_keys_schedule_early(&s, hash, q_span_of(NULL, 0)));
  assert_ok(q_keys_schedule_handshake(&s, &shared));
  assert_ok(q_keys_schedule_derive(&s, &traffic, Q_LABEL_CLIENT_HANDSHAKE, digest));
  assert_ok(q_keys_traffic(keys, &finished, hash, aead, &traffic));
  assert_ok(q_keys_finished(digest, hash, &finished, digest));
  assert_ok(q_keys_schedule_master(&s));
  assert_ok(q_keys_schedule_derive(&s, &traffic, Q_LABEL_EXPORTER, digest));
  assert_ok(q_keys_export(exported, sizeof exported, hash, &traffic, unit_text("label"), unit_text("context")));
  assert_ok(q_keys_traffic_update(&traffic, hash));
  q_keys_schedule_wipe(&s);
}

static void keys_and_records_ask_for_none(void **state) {
  (void)state;
  static const struct {
    q_hash_alg hash;
    q_aead_alg aead;
  } suites[] = {{Q_HASH_SHA256, Q_AEAD_AES128_GCM},
                {Q_HASH_SHA384, Q_AEAD_AES256_GCM},
                {Q_HASH_SHA256, Q_AEAD_CHACHA20_POLY1305}};
  long before = asked;
  for (size_t i = 0; i < Q_COUNT(suites); i++) {
    static uint8_t in[16384], wire[17000];
    q_traffic_keys keys;
    q_record_keys out, back;
    q_record r;
    size_t n = 0;
    a_handshakes_keys(suites[i].hash, suites[i].aead, &keys);
    assert_ok(q_record_keys_set(&out, suites[i].aead, &keys));
    assert_ok(q_record_keys_set(&back, suites[i].aead, &keys));
    assert_ok(q_record_seal(&out, wire, &n, sizeof wire, 23, q_span_of(in, sizeof in), 0));
    assert_ok(q_record_open(&back, &r, wire, n, Q_RECORD_PLAINTEXT_MAX + 1));
    assert_ok(q_record_seal(&out, wire, &n, sizeof wire, 23, q_span_of(in, 100), 200));
    assert_ok(q_record_open(&back, &r, wire, n, Q_RECORD_PLAINTEXT_MAX + 1));
    assert_err(q_record_open(&back, &r, wire, n, Q_RECORD_PLAINTEXT_MAX + 1), QTLS_ERR_RECORD_BAD_MAC);
    q_record_keys_wipe(&out);
    q_record_keys_wipe(&back);
  }
  assert_int_equal(asked, before);
  assert_int_equal(ERR_peek_error(), 0);
}

/* Runs `work` with its first, second, ... allocation failing, until none does. */
static void each_failure(qtls_err (*work)(unsigned), unsigned argument) {
  for (long k = 1;; k++) {
    long before = held;
    asked = 0;
    fail_at = k;
    qtls_err err = work(argument);
    bool failed = asked >= k;
    fail_at = 0;
    assert_int_equal(ERR_peek_error(), 0);
    assert_int_equal(held, before);
    if (!failed) {
      assert_ok(err);
      return;
    }
    assert_true(k < 2000);
  }
}

static qtls_err exchange(unsigned index) {
  static uint8_t client[Q_SHARE_MAX], server[Q_SHARE_MAX];
  const q_group *g = q_group_at(index);
  q_kex_key key = {NULL, {NULL, NULL}};
  Q_AUTO_SECRET q_secret a = {0};
  Q_AUTO_SECRET q_secret b = {0};
  qtls_err err = q_kex_generate(&key, client, g);
  err = err != QTLS_OK ? err : q_kex_encapsulate(&a, server, g, q_span_of(client, q_group_client_share(g)));
  err = err != QTLS_OK ? err : q_kex_decapsulate(&b, &key, q_span_of(server, q_group_server_share(g)));
  q_kex_free(&key);
  /* A failure is never taken for a secret. */
  if (err == QTLS_OK) {
    assert_memory_equal(a.b, b.b, a.n);
  } else {
    assert_int_equal(b.n, 0);
  }
  return err;
}

/* Not the NIST curves: the check of the peer's point inside AWS-LC 5.1
 * (EC_KEY_check_fips) uses two numbers without looking whether it got them. */
static void key_exchange_survives(void **state) {
  (void)state;
  static const uint16_t codes[] = {Q_GROUP_X25519MLKEM768, Q_GROUP_MLKEM512, Q_GROUP_KYBER1024, Q_GROUP_X25519};
  for (unsigned i = 0; q_group_at(i) != NULL; i++) {
    for (size_t k = 0; k < Q_COUNT(codes); k++) {
      if (q_group_at(i)->code == codes[k]) {
        each_failure(exchange, i);
      }
    }
  }
}

static qtls_err generate_share(unsigned index) {
  static uint8_t share[Q_SHARE_MAX];
  q_kex_key key = {NULL, {NULL, NULL}};
  qtls_err err = q_kex_generate(&key, share, q_group_at(index));
  q_kex_free(&key);
  return err;
}

static void every_share_survives(void **state) {
  (void)state;
  for (unsigned i = 0; q_group_at(i) != NULL; i++) {
    each_failure(generate_share, i);
  }
}

static const struct {
  q_key_type type;
  q_sig_alg alg;
} kinds[] = {{Q_KEY_EC_P256, Q_SIG_ECDSA_SHA256}, {Q_KEY_EC_P384, Q_SIG_ECDSA_SHA384},
             {Q_KEY_RSA, Q_SIG_RSA_PSS_SHA384},   {Q_KEY_RSA_PSS, Q_SIG_RSA_PSS_SHA256},
             {Q_KEY_ED25519, Q_SIG_ED25519},      {Q_KEY_MLDSA65, Q_SIG_MLDSA}};
static uint8_t files[Q_COUNT(kinds)][2048];
static size_t file_sizes[Q_COUNT(kinds)];

/* Read a private key, write both halves, sign with one and verify with the other. */
static qtls_err use_key(unsigned i) {
  q_privkey *key = NULL;
  q_pubkey *public = NULL;
  uint8_t *pkcs8 = NULL, *spki = NULL, sig[Q_SIGNATURE_MAX];
  size_t n = 0, spki_n = 0, sig_n = 0;
  qtls_err err = q_crypto_privkey_from_pkcs8(&key, q_span_of(files[i], file_sizes[i]));
  err = err != QTLS_OK ? err : q_crypto_privkey_to_pkcs8(key, &pkcs8, &n);
  err = err != QTLS_OK ? err : q_crypto_privkey_to_spki(key, &spki, &spki_n);
  err = err != QTLS_OK ? err : q_crypto_pubkey_from_spki(&public, q_span_of(spki, spki_n));
  err = err != QTLS_OK ? err : q_crypto_sign(key, sig, &sig_n, sizeof sig, kinds[i].alg, unit_text("m"));
  err = err != QTLS_OK ? err : q_crypto_verify(public, kinds[i].alg, unit_text("m"), q_span_of(sig, sig_n));
  if (public != NULL && sig_n > 0) { /* short of memory or not, a wrong signature is wrong */
    assert_err(q_crypto_verify(public, kinds[i].alg, unit_text("n"), q_span_of(sig, sig_n)),
               kinds[i].alg == Q_SIG_MLDSA ? QTLS_ERR_SIG_PQC : QTLS_ERR_SIG_CLASSICAL);
  }
  q_free(pkcs8);
  q_free(spki);
  q_crypto_pubkey_free(public);
  q_crypto_privkey_free(key);
  return err;
}

static void keys_and_signatures_survive(void **state) {
  (void)state;
  for (unsigned i = 0; i < Q_COUNT(kinds); i++) {
    q_privkey *key = NULL;
    uint8_t *der = NULL;
    assert_ok(q_crypto_privkey_generate(&key, kinds[i].type, 2048));
    assert_ok(q_crypto_privkey_to_pkcs8(key, &der, &file_sizes[i]));
    assert_true(file_sizes[i] <= sizeof files[i]);
    memcpy(files[i], der, file_sizes[i]);
    q_free(der);
    q_crypto_privkey_free(key);
    each_failure(use_key, i);
  }
}

static qtls_err generate(unsigned i) {
  q_privkey *key = NULL;
  qtls_err err = q_crypto_privkey_generate(&key, kinds[i].type, 2048);
  assert_int_equal(err == QTLS_OK, key != NULL);
  q_crypto_privkey_free(key);
  return err;
}

/* Without RSA: its search for primes allocates without end. */
static void generation_survives(void **state) {
  (void)state;
  each_failure(generate, 0);
  each_failure(generate, 1);
  each_failure(generate, 4);
  each_failure(generate, 5);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keys_and_records_ask_for_none),
      cmocka_unit_test(key_exchange_survives),
      cmocka_unit_test(every_share_survives),
      cmocka_unit_test(keys_and_signatures_survive),
      cmocka_unit_test(generation_survives),
  };
  return cmocka_run_group_tests(tests, hook, NULL);
}
