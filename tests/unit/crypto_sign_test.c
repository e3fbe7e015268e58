/* Signing and verifying: each algorithm with each kind of key, and damage. */
#include "crypto/sign.h"
#include "unit/unit.h"

static const q_key_type types[] = {Q_KEY_EC_P256,  Q_KEY_EC_P384,  Q_KEY_EC_P521,  Q_KEY_RSA,     Q_KEY_RSA_PSS,
                                   Q_KEY_ED25519,  Q_KEY_MLDSA44,  Q_KEY_MLDSA65,  Q_KEY_MLDSA87};
static q_privkey *privates[Q_COUNT(types)];
static q_pubkey *publics[Q_COUNT(types)];

static q_pubkey *public_of(const q_privkey *key) {
  uint8_t *der = NULL;
  size_t n = 0;
  q_pubkey *out = NULL;
  assert_ok(q_crypto_privkey_to_spki(key, &der, &n));
  assert_ok(q_crypto_pubkey_from_spki(&out, q_span_of(der, n)));
  q_free(der);
  return out;
}

static int make_keys(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(types); i++) {
    assert_ok(q_crypto_privkey_generate(&privates[i], types[i], 2048));
    publics[i] = public_of(privates[i]);
    assert_int_equal(q_crypto_privkey_type(privates[i]), types[i]);
    assert_int_equal(q_crypto_pubkey_type(publics[i]), types[i]);
  }
  return 0;
}

static int free_keys(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(types); i++) {
    q_crypto_privkey_free(privates[i]);
    q_crypto_pubkey_free(publics[i]);
  }
  return 0;
}

static bool goes_together(q_sig_alg alg, q_key_type type) {
  if (alg >= Q_SIG_ECDSA_SHA256 && alg <= Q_SIG_ECDSA_SHA512) {
    return type >= Q_KEY_EC_P256 && type <= Q_KEY_EC_P521;
  }
  if (alg >= Q_SIG_RSA_PSS_SHA256 && alg <= Q_SIG_RSA_PSS_SHA512) {
    return type == Q_KEY_RSA || type == Q_KEY_RSA_PSS;
  }
  if (alg >= Q_SIG_RSA_PKCS1_SHA256 && alg <= Q_SIG_RSA_PKCS1_SHA512) {
    return type == Q_KEY_RSA;
  }
  return alg == Q_SIG_ED25519 ? type == Q_KEY_ED25519 : alg == Q_SIG_MLDSA && q_key_is_mldsa(type);
}

static qtls_err wrong(q_sig_alg alg) { return alg == Q_SIG_MLDSA ? QTLS_ERR_SIG_PQC : QTLS_ERR_SIG_CLASSICAL; }

/* A signature that is right, and each way in which it is not any more. */
static void check(size_t i, q_sig_alg alg) {
  static uint8_t sig[Q_SIGNATURE_MAX + 1];
  uint8_t message[] = "the content that is signed";
  const q_span text = q_span_of(message, sizeof message);
  size_t n = 0, max = q_crypto_signature_max(privates[i]);
  assert_err(q_crypto_sign(privates[i], sig, &n, max - 1, alg, text), QTLS_ERR_BUFFER);
  assert_int_equal(n, 0);
  assert_ok(q_crypto_sign(privates[i], sig, &n, max, alg, text));
  assert_true(n > 0 && n <= max);
  for (int turn = 0; turn < 3; turn++) { /* the key can be used again */
    assert_ok(q_crypto_verify(publics[i], alg, text, q_span_of(sig, n)));
  }
  size_t step = n > 600 ? 101 : 7;
  for (size_t at = 0; at < n; at += step) {
    sig[at] ^= 1;
    assert_err(q_crypto_verify(publics[i], alg, text, q_span_of(sig, n)), wrong(alg));
    sig[at] ^= 1;
  }
  sig[n] = 0;
  assert_err(q_crypto_verify(publics[i], alg, text, q_span_of(sig, n - 1)), wrong(alg));
  assert_err(q_crypto_verify(publics[i], alg, text, q_span_of(sig, n + 1)), wrong(alg));
  assert_err(q_crypto_verify(publics[i], alg, text, q_span_of(sig, 0)), wrong(alg));
  assert_err(q_crypto_verify(publics[i], alg, q_span_of(message, sizeof message - 1), q_span_of(sig, n)),
             wrong(alg));
  message[3] ^= 1;
  assert_err(q_crypto_verify(publics[i], alg, text, q_span_of(sig, n)), wrong(alg));
  message[3] ^= 1;
  for (q_sig_alg other = Q_SIG_ECDSA_SHA256; other <= Q_SIG_MLDSA; other++) {
    if (other != alg) { /* same key, another algorithm */
      assert_err(q_crypto_verify(publics[i], other, text, q_span_of(sig, n)), wrong(other));
    }
  }
  for (size_t k = 0; k < Q_COUNT(types); k++) {
    if (k != i) { /* same algorithm, another key */
      assert_err(q_crypto_verify(publics[k], alg, text, q_span_of(sig, n)), wrong(alg));
    }
  }
}

static void each_algorithm_with_each_key(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(types); i++) {
    for (q_sig_alg alg = Q_SIG_NONE; alg <= Q_SIG_MLDSA; alg++) {
      if (goes_together(alg, types[i])) {
        check(i, alg);
      } else {
        uint8_t sig[Q_SIGNATURE_MAX];
        size_t n = 0;
        assert_err(q_crypto_sign(privates[i], sig, &n, sizeof sig, alg, unit_text("m")), QTLS_ERR_ARGUMENT);
        assert_int_equal(n, 0);
      }
    }
  }
}

static void mldsa_sizes(void **state) {
  (void)state;
  assert_int_equal(q_crypto_mldsa_signature_size(Q_KEY_MLDSA44), 2420);
  assert_int_equal(q_crypto_mldsa_signature_size(Q_KEY_MLDSA65), 3309);
  assert_int_equal(q_crypto_mldsa_signature_size(Q_KEY_MLDSA87), 4627);
  assert_int_equal(q_crypto_mldsa_signature_size(Q_KEY_RSA), 0);
  assert_int_equal(q_crypto_mldsa_signature_size(Q_KEY_NONE), 0);
  for (size_t i = 0; i < Q_COUNT(types); i++) {
    if (q_key_is_mldsa(types[i])) {
      assert_int_equal(q_crypto_signature_max(privates[i]), q_crypto_mldsa_signature_size(types[i]));
    }
  }
}

static void empty_messages_can_be_signed(void **state) {
  (void)state;
  static const q_sig_alg algs[] = {Q_SIG_ECDSA_SHA256, Q_SIG_ECDSA_SHA384,   Q_SIG_ECDSA_SHA512,
                                   Q_SIG_RSA_PSS_SHA256, Q_SIG_RSA_PSS_SHA256, Q_SIG_ED25519,
                                   Q_SIG_MLDSA,        Q_SIG_MLDSA,          Q_SIG_MLDSA};
  for (size_t i = 0; i < Q_COUNT(types); i++) {
    uint8_t sig[Q_SIGNATURE_MAX];
    size_t n = 0;
    assert_ok(q_crypto_sign(privates[i], sig, &n, sizeof sig, algs[i], q_span_of(NULL, 0)));
    assert_ok(q_crypto_verify(publics[i], algs[i], q_span_of(NULL, 0), q_span_of(sig, n)));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_algorithm_with_each_key),
      cmocka_unit_test(mldsa_sizes),
      cmocka_unit_test(empty_messages_can_be_signed),
  };
  return cmocka_run_group_tests(tests, make_keys, free_keys);
}
