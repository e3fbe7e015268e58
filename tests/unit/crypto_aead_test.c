/* AEAD: known answers, the extra input, in place, and every way to fail. */
#include "crypto/aead.h"
#include "unit/unit.h"

#define GCM_KEY "feffe9928665731c6d6a8f9467308308"
#define GCM_IV "cafebabefacedbaddecaf888"
#define GCM_IN                                                                                       \
  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525" \
  "b16aedf5aa0de657ba637b39"
#define GCM_AD "feedfacedeadbeeffeedfacedeadbeefabaddad2"

static const struct {
  q_aead_alg alg;
  const char *key;
  const char *iv;
  const char *in;
  const char *ad;
  const char *out;
} known[] = {
    /* The cases 4 and 16 of the GCM proposal, which SP 800-38D grew from. */
    {Q_AEAD_AES128_GCM, GCM_KEY, GCM_IV, GCM_IN, GCM_AD,
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b39"
     "6a0aac973d58e091"
     "5bc94fbc3221a5db94fae95ae7121a47"},
    {Q_AEAD_AES256_GCM, GCM_KEY GCM_KEY, GCM_IV, GCM_IN, GCM_AD,
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e63"
     "93ba7a0abcc9f662"
     "76fc6ece0f4e1768cddf8853bb2d551b"},
    /* RFC 8439 §2.8.2. */
    {Q_AEAD_CHACHA20_POLY1305, "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
     "070000004041424344454647",
     "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a204966204920636f756c64"
     "206f6666657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73637265656e20776f"
     "756c642062652069742e",
     "50515253c0c1c2c3c4c5c6c7",
     "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a"
     "9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9d"
     "e576d26586cec64b6116"
     "1ae10b594f09e26a7e902ecbd0600691"},
};

typedef struct sample {
  q_aead aead;
  uint8_t iv[12], in[256], ad[32], out[256];
  size_t in_n, ad_n, out_n;
} sample;

static void load(sample *s, size_t i) {
  uint8_t key[32];
  size_t key_n = unit_hex(key, sizeof key, known[i].key);
  assert_ok(q_crypto_aead_init(&s->aead, known[i].alg, q_span_of(key, key_n)));
  unit_hex(s->iv, sizeof s->iv, known[i].iv);
  s->in_n = unit_hex(s->in, sizeof s->in, known[i].in);
  s->ad_n = unit_hex(s->ad, sizeof s->ad, known[i].ad);
  s->out_n = unit_hex(s->out, sizeof s->out, known[i].out);
}

/* Also: wherever the input is cut into `in` and `extra`, the same comes out. */
static void known_answers(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(known); i++) {
    sample s;
    load(&s, i);
    for (size_t at = 0; at <= s.in_n; at++) {
      uint8_t out[256];
      memset(out, 0xEE, sizeof out);
      assert_ok(q_crypto_aead_seal(&s.aead, out, s.iv, q_span_of(s.in, at),
                                   q_span_of(s.in + at, s.in_n - at), q_span_of(s.ad, s.ad_n)));
      assert_memory_equal(out, s.out, s.out_n);
      assert_int_equal(out[s.out_n], 0xEE);
    }
    size_t n = 0;
    assert_ok(q_crypto_aead_open(&s.aead, s.out, &n, s.iv, s.out_n, q_span_of(s.ad, s.ad_n)));
    assert_int_equal(n, s.in_n);
    assert_memory_equal(s.out, s.in, s.in_n);
    q_crypto_aead_wipe(&s.aead);
    assert_true(unit_all_zero((const uint8_t *)&s.aead, sizeof s.aead));
  }
}

static void seals_in_place(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(known); i++) {
    sample s;
    load(&s, i);
    uint8_t buffer[256];
    const uint8_t last = s.in[s.in_n - 1];
    memcpy(buffer, s.in, s.in_n);
    assert_ok(q_crypto_aead_seal(&s.aead, buffer, s.iv, q_span_of(buffer, s.in_n - 1), q_span_of(&last, 1),
                                 q_span_of(s.ad, s.ad_n)));
    assert_memory_equal(buffer, s.out, s.out_n);
    q_crypto_aead_wipe(&s.aead);
  }
}

static void refuses(const sample *s, const uint8_t *bytes, size_t n, const uint8_t *iv, q_span ad) {
  uint8_t copy[256];
  memcpy(copy, bytes, n);
  size_t out_n = 99;
  assert_err(q_crypto_aead_open(&s->aead, copy, &out_n, iv, n, ad), QTLS_ERR_RECORD_BAD_MAC);
  assert_int_equal(out_n, 0);
  assert_true(unit_all_zero(copy, n));
}

static void every_change_is_seen(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(known); i++) {
    sample s;
    load(&s, i);
    const q_span ad = q_span_of(s.ad, s.ad_n);
    for (size_t at = 0; at < s.out_n; at++) {
      s.out[at] ^= 0x10;
      refuses(&s, s.out, s.out_n, s.iv, ad);
      s.out[at] ^= 0x10;
    }
    for (size_t at = 0; at < sizeof s.iv; at++) {
      s.iv[at] ^= 1;
      refuses(&s, s.out, s.out_n, s.iv, ad);
      s.iv[at] ^= 1;
    }
    for (size_t at = 0; at < s.ad_n; at++) {
      s.ad[at] ^= 0x80;
      refuses(&s, s.out, s.out_n, s.iv, ad);
      s.ad[at] ^= 0x80;
    }
    refuses(&s, s.out, s.out_n, s.iv, q_span_of(s.ad, s.ad_n - 1));
    for (size_t n = 0; n < s.out_n; n++) {
      refuses(&s, s.out, n, s.iv, ad);
    }
    q_crypto_aead_wipe(&s.aead);
  }
}

static void keys_have_their_length(void **state) {
  (void)state;
  static const uint8_t key[33];
  static const q_aead_alg algs[] = {Q_AEAD_AES128_GCM, Q_AEAD_AES256_GCM, Q_AEAD_CHACHA20_POLY1305};
  assert_int_equal(q_crypto_aead_key_size(Q_AEAD_AES128_GCM), 16);
  assert_int_equal(q_crypto_aead_key_size(Q_AEAD_AES256_GCM), 32);
  assert_int_equal(q_crypto_aead_key_size(Q_AEAD_CHACHA20_POLY1305), 32);
  for (size_t i = 0; i < Q_COUNT(algs); i++) {
    for (size_t n = 0; n <= 33; n++) {
      q_aead a;
      qtls_err expected = n == q_crypto_aead_key_size(algs[i]) ? QTLS_OK : QTLS_ERR_INTERNAL;
      assert_err(q_crypto_aead_init(&a, algs[i], q_span_of(key, n)), expected);
    }
  }
  q_aead a;
  assert_err(q_crypto_aead_init(&a, (q_aead_alg)0, q_span_of(key, 32)), QTLS_ERR_INTERNAL);
}

/* A context is plain memory: it may move. */
static void contexts_can_move(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(known); i++) {
    sample s;
    load(&s, i);
    uint64_t room[sizeof(q_aead) / 8 + 1];
    q_aead *moved = (q_aead *)(void *)(room + 1);
    memcpy(moved, &s.aead, sizeof s.aead);
    q_crypto_aead_wipe(&s.aead);
    size_t n = 0;
    assert_ok(q_crypto_aead_open(moved, s.out, &n, s.iv, s.out_n, q_span_of(s.ad, s.ad_n)));
    q_crypto_aead_wipe(moved);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(known_answers),          cmocka_unit_test(seals_in_place),
      cmocka_unit_test(every_change_is_seen),   cmocka_unit_test(keys_have_their_length),
      cmocka_unit_test(contexts_can_move),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
