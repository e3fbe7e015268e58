/* SHA-256, SHA-384, SHA-512: examples of FIPS 180-4, splitting, forking. */
#include "crypto/hash.h"
#include "unit/unit.h"

static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
static const char four_blocks[] =
    "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";

static const struct {
  q_hash_alg alg;
  const char *text;
  const char *digest;
} known[] = {
    {Q_HASH_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {Q_HASH_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {Q_HASH_SHA256, two_blocks, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {Q_HASH_SHA384, "",
     "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b"},
    {Q_HASH_SHA384, "abc",
     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"},
    {Q_HASH_SHA384, four_blocks,
     "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa91746039"},
    {Q_HASH_SHA512, "abc",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
    {Q_HASH_SHA512, four_blocks,
     "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018"
     "501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909"},
};

static void known_answers(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(known); i++) {
    uint8_t out[Q_HASH_MAX];
    q_crypto_hash_once(known[i].alg, out, unit_text(known[i].text));
    unit_equal(out, q_crypto_hash_size(known[i].alg), known[i].digest);
  }
}

static void any_split_gives_the_same(void **state) {
  (void)state;
  uint8_t bytes[300];
  for (size_t i = 0; i < sizeof bytes; i++) {
    bytes[i] = (uint8_t)(i * 7);
  }
  for (q_hash_alg alg = Q_HASH_SHA256; alg <= Q_HASH_SHA512; alg++) {
    uint8_t whole[Q_HASH_MAX];
    q_crypto_hash_once(alg, whole, q_span_of(bytes, sizeof bytes));
    for (size_t at = 0; at <= sizeof bytes; at++) {
      q_hash h;
      uint8_t out[Q_HASH_MAX];
      q_crypto_hash_init(&h, alg);
      q_crypto_hash_update(&h, q_span_of(bytes, at));
      q_crypto_hash_update(&h, q_span_of(bytes + at, sizeof bytes - at));
      q_crypto_hash_peek(&h, out);
      assert_memory_equal(out, whole, q_crypto_hash_size(alg));
    }
  }
}

static void peek_leaves_the_hash_going(void **state) {
  (void)state;
  for (q_hash_alg alg = Q_HASH_SHA256; alg <= Q_HASH_SHA512; alg++) {
    q_hash h;
    uint8_t first[Q_HASH_MAX], again[Q_HASH_MAX], whole[Q_HASH_MAX], forked[Q_HASH_MAX];
    q_crypto_hash_init(&h, alg);
    q_crypto_hash_update(&h, unit_text("ab"));
    q_crypto_hash_peek(&h, first);
    q_crypto_hash_peek(&h, again);
    assert_memory_equal(first, again, q_crypto_hash_size(alg));
    q_hash fork = h;
    q_crypto_hash_update(&fork, unit_text("x"));
    q_crypto_hash_update(&h, unit_text("c"));
    q_crypto_hash_peek(&h, again);
    q_crypto_hash_once(alg, whole, unit_text("abc"));
    assert_memory_equal(again, whole, q_crypto_hash_size(alg));
    q_crypto_hash_peek(&fork, forked);
    q_crypto_hash_once(alg, whole, unit_text("abx"));
    assert_memory_equal(forked, whole, q_crypto_hash_size(alg));
  }
}

static void the_empty_span_may_be_null(void **state) {
  (void)state;
  uint8_t out[Q_HASH_MAX];
  q_crypto_hash_once(Q_HASH_SHA256, out, q_span_of(NULL, 0));
  unit_equal(out, 32, known[0].digest);
  assert_int_equal(q_crypto_hash_size((q_hash_alg)0), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(known_answers),
      cmocka_unit_test(any_split_gives_the_same),
      cmocka_unit_test(peek_leaves_the_hash_going),
      cmocka_unit_test(the_empty_span_may_be_null),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
