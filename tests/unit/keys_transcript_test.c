/* The transcript hash: plain, and begun anew after HelloRetryRequest. */
#include "keys/transcript.h"
#include "unit/unit.h"

static void hashes_messages_in_order(void **state) {
  (void)state;
  q_transcript t;
  uint8_t out[Q_HASH_MAX], expected[Q_HASH_MAX];
  q_keys_transcript_init(&t, Q_HASH_SHA384);
  q_keys_transcript_add(&t, unit_text("one"));
  q_keys_transcript_add(&t, unit_text("two"));
  assert_int_equal(q_keys_transcript_hash(&t, out), 48);
  q_crypto_hash_once(Q_HASH_SHA384, expected, unit_text("onetwo"));
  assert_memory_equal(out, expected, 48);
  q_keys_transcript_add(&t, unit_text("three"));
  q_keys_transcript_hash(&t, out);
  q_crypto_hash_once(Q_HASH_SHA384, expected, unit_text("onetwothree"));
  assert_memory_equal(out, expected, 48);
}

/* RFC 8446 §4.4.1: message_hash 00 00 Hash.length Hash(ClientHello1). */
static void begins_anew_with_message_hash(void **state) {
  (void)state;
  static const q_hash_alg algs[] = {Q_HASH_SHA256, Q_HASH_SHA384};
  for (size_t i = 0; i < Q_COUNT(algs); i++) {
    size_t n = q_crypto_hash_size(algs[i]);
    q_transcript t;
    uint8_t first[Q_HASH_MAX], out[Q_HASH_MAX], expected[Q_HASH_MAX];
    q_keys_transcript_init(&t, algs[i]);
    q_keys_transcript_add(&t, unit_text("ClientHello1"));
    q_keys_transcript_hash(&t, first);
    q_keys_transcript_message_hash(&t, first);
    q_keys_transcript_add(&t, unit_text("HelloRetryRequest"));
    assert_int_equal(q_keys_transcript_hash(&t, out), n);

    uint8_t bytes[128] = {254, 0, 0, (uint8_t)n};
    memcpy(bytes + 4, first, n);
    memcpy(bytes + 4 + n, "HelloRetryRequest", 17);
    q_crypto_hash_once(algs[i], expected, q_span_of(bytes, 4 + n + 17));
    assert_memory_equal(out, expected, n);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hashes_messages_in_order),
      cmocka_unit_test(begins_anew_with_message_hash),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
