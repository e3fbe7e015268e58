/* Random bytes come, and comparison looks at every byte. */
#include "crypto/random.h"
#include "unit/unit.h"

static void bytes_differ(void **state) {
  (void)state;
  uint8_t a[64] = {0}, b[64] = {0};
  assert_ok(q_crypto_random(a, sizeof a));
  assert_ok(q_crypto_random(b, sizeof b - 1));
  assert_memory_not_equal(a, b, sizeof a);
  assert_false(unit_all_zero(a, sizeof a));
  assert_int_equal(b[63], 0); /* not one byte more */
  assert_ok(q_crypto_random(NULL, 0));
}

static void comparison(void **state) {
  (void)state;
  uint8_t a[48], b[48];
  assert_ok(q_crypto_random(a, sizeof a));
  memcpy(b, a, sizeof a);
  assert_true(q_crypto_ct_equal(a, b, sizeof a));
  assert_true(q_crypto_ct_equal(a, b, 0));
  for (size_t i = 0; i < 8 * sizeof a; i++) {
    b[i / 8] ^= (uint8_t)(1u << (i % 8));
    assert_false(q_crypto_ct_equal(a, b, sizeof a));
    b[i / 8] ^= (uint8_t)(1u << (i % 8));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bytes_differ),
      cmocka_unit_test(comparison),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
