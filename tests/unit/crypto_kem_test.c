/* The key exchange primitives as KEMs: they agree, and refuse what is malformed. */
#include "crypto/kem.h"
#include "unit/unit.h"

static const q_kex_alg all[] = {Q_KEX_X25519,   Q_KEX_P256,     Q_KEX_P384,     Q_KEX_P521,
                                Q_KEX_MLKEM512, Q_KEX_MLKEM768, Q_KEX_MLKEM1024};
static const q_kex_alg nist[] = {Q_KEX_P256, Q_KEX_P384, Q_KEX_P521};
static const q_kex_alg mlkem[] = {Q_KEX_MLKEM512, Q_KEX_MLKEM768, Q_KEX_MLKEM1024};

static uint8_t client[2000], server[2000], other[2000];

static void both_sides_agree(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(all); i++) {
    q_kex_size size = q_kex_size_of(all[i]);
    Q_AUTO_SECRET q_secret a = {0};
    Q_AUTO_SECRET q_secret b = {0};
    q_kem_key *key = NULL;
    client[size.client_share] = server[size.server_share] = 0xEE;
    assert_ok(q_crypto_kem_generate(&key, client, all[i]));
    assert_ok(q_crypto_kem_encapsulate(&a, server, all[i], q_span_of(client, size.client_share)));
    assert_ok(q_crypto_kem_decapsulate(&b, key, q_span_of(server, size.server_share)));
    assert_int_equal(a.n, size.secret);
    assert_int_equal(b.n, size.secret);
    assert_memory_equal(a.b, b.b, size.secret);
    assert_false(unit_all_zero(a.b, a.n));
    assert_int_equal(client[size.client_share], 0xEE);
    assert_int_equal(server[size.server_share], 0xEE);
    q_crypto_kem_free(key);
  }
}

static void keys_and_secrets_are_fresh(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(all); i++) {
    q_kex_size size = q_kex_size_of(all[i]);
    q_span peer = q_span_of(client, size.client_share);
    Q_AUTO_SECRET q_secret a = {0};
    q_kem_key *one = NULL, *two = NULL;
    assert_ok(q_crypto_kem_generate(&one, client, all[i]));
    assert_ok(q_crypto_kem_generate(&two, other, all[i]));
    assert_memory_not_equal(client, other, size.client_share);
    assert_ok(q_crypto_kem_encapsulate(&a, server, all[i], peer));
    if (2u * size.secret <= Q_SECRET_MAX) { /* appended, and another one */
      assert_ok(q_crypto_kem_encapsulate(&a, other, all[i], peer));
      assert_int_equal(a.n, 2 * size.secret);
      assert_memory_not_equal(a.b, a.b + size.secret, size.secret);
      assert_memory_not_equal(server, other, size.server_share);
    }
    q_crypto_kem_free(one);
    q_crypto_kem_free(two);
  }
}

/* Wrong lengths on both sides; the secret keeps what it held. */
static void wrong_lengths_are_malformed(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(all); i++) {
    q_kex_size size = q_kex_size_of(all[i]);
    const size_t bad_client[] = {0, 1, size.client_share - 1u, size.client_share + 1u};
    const size_t bad_server[] = {0, 1, size.server_share - 1u, size.server_share + 1u};
    Q_AUTO_SECRET q_secret s = {3, {1, 2, 3}};
    q_kem_key *key = NULL;
    assert_ok(q_crypto_kem_generate(&key, client, all[i]));
    for (size_t k = 0; k < 4; k++) {
      assert_err(q_crypto_kem_encapsulate(&s, server, all[i], q_span_of(client, bad_client[k])),
                 QTLS_ERR_SHARE_MALFORMED);
      assert_err(q_crypto_kem_decapsulate(&s, key, q_span_of(other, bad_server[k])), QTLS_ERR_SHARE_MALFORMED);
    }
    assert_int_equal(s.n, 3);
    q_crypto_kem_free(key);
  }
}

static void secrets_have_room_or_nothing_happens(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(all); i++) {
    q_kex_size size = q_kex_size_of(all[i]);
    q_kem_key *key = NULL;
    q_secret s = {0};
    assert_ok(q_crypto_kem_generate(&key, client, all[i]));
    s.n = (uint8_t)(Q_SECRET_MAX - size.secret + 1);
    assert_err(q_crypto_kem_encapsulate(&s, server, all[i], q_span_of(client, size.client_share)),
               QTLS_ERR_INTERNAL);
    assert_err(q_crypto_kem_decapsulate(&s, key, q_span_of(server, size.server_share)), QTLS_ERR_INTERNAL);
    s.n--;
    assert_ok(q_crypto_kem_encapsulate(&s, server, all[i], q_span_of(client, size.client_share)));
    assert_int_equal(s.n, Q_SECRET_MAX);
    q_crypto_kem_free(key);
  }
  q_kem_key *key = NULL;
  assert_err(q_crypto_kem_generate(&key, client, Q_KEX_NONE), QTLS_ERR_INTERNAL);
  assert_null(key);
  q_crypto_kem_free(NULL);
}

/* `peer` is refused in either role; nothing of a secret stays behind. */
static void refused(q_kex_alg alg, q_span peer) {
  q_secret s = {0};
  q_kem_key *key = NULL;
  assert_err(q_crypto_kem_encapsulate(&s, server, alg, peer), QTLS_ERR_SHARE_MALFORMED);
  assert_ok(q_crypto_kem_generate(&key, other, alg));
  assert_err(q_crypto_kem_decapsulate(&s, key, peer), QTLS_ERR_SHARE_MALFORMED);
  assert_int_equal(s.n, 0);
  assert_true(unit_all_zero(s.b, sizeof s.b));
  q_crypto_kem_free(key);
}

static void points_of_small_order_are_refused(void **state) {
  (void)state;
  static const char *const points[] = {
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
      "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  };
  for (size_t i = 0; i < Q_COUNT(points); i++) {
    uint8_t point[32];
    unit_hex(point, sizeof point, points[i]);
    refused(Q_KEX_X25519, q_span_of(point, 32));
    point[31] |= 0x80; /* the bit that is masked */
    refused(Q_KEX_X25519, q_span_of(point, 32));
  }
}

static void bad_points_are_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(nist); i++) {
    size_t n = q_kex_size_of(nist[i]).client_share;
    q_kem_key *key = NULL;
    uint8_t point[133];
    assert_ok(q_crypto_kem_generate(&key, client, nist[i]));
    q_crypto_kem_free(key);
    assert_int_equal(client[0], 4);

    memcpy(point, client, n); /* off the curve */
    point[n - 1] ^= 1;
    refused(nist[i], q_span_of(point, n));
    memcpy(point, client, n);
    point[n / 2] ^= 1;
    refused(nist[i], q_span_of(point, n));

    memset(point + 1, 0xFF, n - 1); /* coordinates beyond the field */
    refused(nist[i], q_span_of(point, n));
    memset(point + 1, 0, n - 1); /* (0, 0) */
    refused(nist[i], q_span_of(point, n));
    point[0] = 0; /* infinity, at full length and at its own */
    refused(nist[i], q_span_of(point, n));
    refused(nist[i], q_span_of(point, 1));

    for (unsigned form = 0; form < 256; form++) { /* compressed, hybrid, anything else */
      if (form != 4) {
        memcpy(point, client, n);
        point[0] = (uint8_t)form;
        refused(nist[i], q_span_of(point, n));
        refused(nist[i], q_span_of(point, 1 + n / 2));
      }
    }
  }
}

/* FIPS 203 §7.2: a coefficient of the modulus or more. */
static void keys_beyond_the_modulus_are_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(mlkem); i++) {
    q_kex_size size = q_kex_size_of(mlkem[i]);
    size_t vector = size.client_share - 32u;
    q_span peer = q_span_of(client, size.client_share);
    q_kem_key *key = NULL;
    q_secret s = {0};
    assert_ok(q_crypto_kem_generate(&key, client, mlkem[i]));
    q_crypto_kem_free(key);
    for (size_t at = 0; at < vector; at += 3) {
      uint8_t saved[3];
      memcpy(saved, client + at, 3);
      client[at] = 0x01; /* 3329 = 0xD01 in the low half */
      client[at + 1] = (uint8_t)((saved[1] & 0xF0) | 0x0D);
      assert_err(q_crypto_kem_encapsulate(&s, server, mlkem[i], peer), QTLS_ERR_SHARE_MALFORMED);
      memcpy(client + at, saved, 3);
      client[at + 1] = (uint8_t)((saved[1] & 0x0F) | 0x10); /* and in the high half */
      client[at + 2] = 0xD0;
      assert_err(q_crypto_kem_encapsulate(&s, server, mlkem[i], peer), QTLS_ERR_SHARE_MALFORMED);
      memcpy(client + at, saved, 3);
    }
    assert_int_equal(s.n, 0);
    client[0] = 0x00; /* 3328 is the largest that is right */
    client[1] = (uint8_t)((client[1] & 0xF0) | 0x0D);
    assert_ok(q_crypto_kem_encapsulate(&s, server, mlkem[i], peer));
  }
}

/* FIPS 203 §6.3: a changed ciphertext gives another secret, the same each time. */
static void rejection_is_implicit(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(mlkem); i++) {
    q_kex_size size = q_kex_size_of(mlkem[i]);
    q_span peer = q_span_of(server, size.server_share);
    q_kem_key *key = NULL;
    Q_AUTO_SECRET q_secret a = {0};
    Q_AUTO_SECRET q_secret b = {0};
    assert_ok(q_crypto_kem_generate(&key, client, mlkem[i]));
    assert_ok(q_crypto_kem_encapsulate(&a, server, mlkem[i], q_span_of(client, size.client_share)));
    server[size.server_share / 2] ^= 1;
    assert_ok(q_crypto_kem_decapsulate(&b, key, peer));
    assert_ok(q_crypto_kem_decapsulate(&b, key, peer));
    assert_memory_not_equal(a.b, b.b, 32);
    assert_memory_equal(b.b, b.b + 32, 32);
    q_crypto_kem_free(key);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(both_sides_agree),
      cmocka_unit_test(keys_and_secrets_are_fresh),
      cmocka_unit_test(wrong_lengths_are_malformed),
      cmocka_unit_test(secrets_have_room_or_nothing_happens),
      cmocka_unit_test(points_of_small_order_are_refused),
      cmocka_unit_test(bad_points_are_refused),
      cmocka_unit_test(keys_beyond_the_modulus_are_refused),
      cmocka_unit_test(rejection_is_implicit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
