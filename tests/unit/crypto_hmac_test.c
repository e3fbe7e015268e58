/* HMAC: RFC 4231, and one key used for many. */
#include "crypto/hmac.h"
#include "unit/unit.h"

#define KEY_131 \
  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define DATA_50(x) x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x

/* RFC 4231 §4.2-4.4, §4.7, §4.8. */
static const struct {
  const char *key;
  const char *data;
  const char *sha256;
  const char *sha384;
  const char *sha512;
} cases[] = {
    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
     "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
     "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914e"
     "eb61f1702e696c203a126854"},
    {"4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
     "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
     "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a3"
     "4d4a6b4b636e070a38bce737"},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", DATA_50("dd"),
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
     "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34f27",
     "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807b946a337"
     "bee8942674278859e13292fb"},
    {KEY_131,
     "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b657920466972"
     "7374",
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
     "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
     "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73"
     "f63f0aec8b915a985d786598"},
};

static void check(q_hash_alg alg, size_t i, const char *expected) {
  uint8_t key[256], data[256], out[Q_HASH_MAX];
  size_t key_n = unit_hex(key, sizeof key, cases[i].key);
  size_t data_n = unit_hex(data, sizeof data, cases[i].data);
  Q_AUTO_HMAC q_hmac h;
  assert_ok(q_crypto_hmac_key(&h, alg, q_span_of(key, key_n)));
  for (int turn = 0; turn < 3; turn++) { /* the key stays */
    const q_span one = q_span_of(data, data_n);
    assert_ok(q_crypto_hmac(&h, out, &one, 1));
    unit_equal(out, q_crypto_hash_size(alg), expected);
  }
  for (size_t at = 0; at <= data_n; at++) {
    const q_span parts[3] = {q_span_of(data, at), q_span_of(NULL, 0), q_span_of(data + at, data_n - at)};
    assert_ok(q_crypto_hmac(&h, out, parts, 3));
    unit_equal(out, q_crypto_hash_size(alg), expected);
  }
}

static void rfc4231(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(cases); i++) {
    check(Q_HASH_SHA256, i, cases[i].sha256);
    check(Q_HASH_SHA384, i, cases[i].sha384);
    check(Q_HASH_SHA512, i, cases[i].sha512);
  }
}

static void the_empty_key_is_a_key(void **state) {
  (void)state;
  uint8_t out[Q_HASH_MAX];
  Q_AUTO_HMAC q_hmac h;
  /* After another key, so that a leftover would show. */
  assert_ok(q_crypto_hmac_key(&h, Q_HASH_SHA256, unit_text("another")));
  assert_ok(q_crypto_hmac_key(&h, Q_HASH_SHA256, q_span_of(NULL, 0)));
  assert_ok(q_crypto_hmac(&h, out, NULL, 0));
  unit_equal(out, 32, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void the_key_can_be_replaced(void **state) {
  (void)state;
  uint8_t a[Q_HASH_MAX], b[Q_HASH_MAX];
  const q_span data = unit_text("data");
  Q_AUTO_HMAC q_hmac h;
  assert_ok(q_crypto_hmac_key(&h, Q_HASH_SHA512, unit_text("one")));
  assert_ok(q_crypto_hmac(&h, a, &data, 1));
  assert_ok(q_crypto_hmac_key(&h, Q_HASH_SHA256, unit_text("two")));
  assert_ok(q_crypto_hmac(&h, b, &data, 1));
  Q_AUTO_HMAC q_hmac fresh;
  assert_ok(q_crypto_hmac_key(&fresh, Q_HASH_SHA256, unit_text("two")));
  assert_ok(q_crypto_hmac(&fresh, a, &data, 1));
  assert_memory_equal(a, b, 32);
}

static void an_unknown_hash_is_refused(void **state) {
  (void)state;
  q_hmac h;
  assert_err(q_crypto_hmac_key(&h, (q_hash_alg)0, unit_text("key")), QTLS_ERR_CRYPTO);
}

static void wiping_leaves_nothing(void **state) {
  (void)state;
  q_hmac h;
  assert_ok(q_crypto_hmac_key(&h, Q_HASH_SHA384, unit_text("key")));
  q_crypto_hmac_wipe(&h);
  assert_true(unit_all_zero((const uint8_t *)&h, sizeof h));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rfc4231),
      cmocka_unit_test(the_empty_key_is_a_key),
      cmocka_unit_test(the_key_can_be_replaced),
      cmocka_unit_test(an_unknown_hash_is_refused),
      cmocka_unit_test(wiping_leaves_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
