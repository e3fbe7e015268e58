/* Sealing and opening: limits at and beyond, padding, damage, sequence. */
#include "crypto/random.h"
#include "record/record.h"
#include "unit/unit.h"

#define LIMIT (Q_RECORD_PLAINTEXT_MAX + 1)

static uint8_t content[Q_RECORD_PLAINTEXT_MAX + 1];
static uint8_t wire[Q_RECORD_HEADER + 65536];

static const q_aead_alg algs[] = {Q_AEAD_AES128_GCM, Q_AEAD_AES256_GCM, Q_AEAD_CHACHA20_POLY1305};

static void both(q_record_keys *out, q_record_keys *in, q_aead_alg alg) {
  q_traffic_keys keys;
  keys.key_size = (uint8_t)q_crypto_aead_key_size(alg);
  assert_ok(q_crypto_random(keys.key, sizeof keys.key));
  assert_ok(q_crypto_random(keys.iv, sizeof keys.iv));
  assert_ok(q_record_keys_set(out, alg, &keys));
  assert_ok(q_record_keys_set(in, alg, &keys));
  assert_true(out->on);
}

/* Protects `inner` as it is: what an odd peer could send. */
static size_t seal_inner(q_record_keys *k, const uint8_t *inner, size_t n) {
  uint8_t nonce[Q_AEAD_IV];
  memcpy(nonce, k->iv, sizeof nonce);
  for (unsigned i = 0; i < 8; i++) {
    nonce[11 - i] ^= (uint8_t)(k->sequence >> (8 * i));
  }
  const uint8_t header[5] = {23, 3, 3, (uint8_t)((n + 16) >> 8), (uint8_t)(n + 16)};
  memcpy(wire, header, 5);
  assert_ok(q_crypto_aead_seal(&k->aead, wire + 5, nonce, q_span_of(inner, n), q_span_of(NULL, 0),
                               q_span_of(header, 5)));
  k->sequence++;
  return n + 21;
}

static void round_trips(void **state) {
  (void)state;
  static const size_t sizes[] = {0, 1, 15, 16, 63, 64, 65, 1000, 16383, 16384};
  static const size_t paddings[] = {0, 1, 63, 64, 255, 256, 1000};
  for (size_t a = 0; a < Q_COUNT(algs); a++) {
    q_record_keys out, in;
    both(&out, &in, algs[a]);
    for (size_t i = 0; i < Q_COUNT(sizes); i++) {
      for (size_t p = 0; p < Q_COUNT(paddings); p++) {
        size_t written = 0;
        size_t need = sizes[i] + paddings[p] + Q_RECORD_OVERHEAD;
        if (sizes[i] + paddings[p] > Q_RECORD_PLAINTEXT_MAX) {
          assert_err(q_record_seal(&out, wire, &written, sizeof wire, 23, q_span_of(content, sizes[i]), paddings[p]),
                     QTLS_ERR_ARGUMENT);
          continue;
        }
        assert_err(q_record_seal(&out, wire, &written, need - 1, 23, q_span_of(content, sizes[i]), paddings[p]),
                   QTLS_ERR_BUFFER);
        assert_int_equal(written, 0);
        wire[need] = 0xEE;
        assert_ok(q_record_seal(&out, wire, &written, need, 23, q_span_of(content, sizes[i]), paddings[p]));
        assert_int_equal(written, need);
        assert_int_equal(wire[need], 0xEE);
        q_record r;
        assert_ok(q_record_open(&in, &r, wire, written, LIMIT));
        assert_int_equal(r.type, 23);
        assert_int_equal(r.n, sizes[i]);
        assert_ptr_equal(r.body, wire + 5);
        assert_memory_equal(r.body, content, r.n);
      }
    }
  }
}

static void content_has_a_limit(void **state) {
  (void)state;
  q_record_keys out, in;
  size_t written = 0;
  both(&out, &in, Q_AEAD_AES256_GCM);
  assert_err(q_record_seal(&out, wire, &written, sizeof wire, 23, q_span_of(content, 16385), 0), QTLS_ERR_ARGUMENT);
  assert_err(q_record_seal(&out, wire, &written, sizeof wire, 23, q_span_of(content, 16384), 1), QTLS_ERR_ARGUMENT);
  assert_err(q_record_seal(&out, wire, &written, sizeof wire, 23, q_span_of(content, 0), SIZE_MAX),
             QTLS_ERR_ARGUMENT);
  out.on = false;
  assert_err(q_record_seal(&out, wire, &written, sizeof wire, 22, q_span_of(content, 16385), 0), QTLS_ERR_ARGUMENT);
  assert_err(q_record_seal(&out, wire, &written, sizeof wire, 22, q_span_of(content, 1), 1), QTLS_ERR_ARGUMENT);
}

static void inner_plaintext_has_a_limit(void **state) {
  (void)state;
  static uint8_t inner[LIMIT + 1];
  q_record_keys out, in;
  q_record r;
  both(&out, &in, Q_AEAD_AES128_GCM);
  memset(inner, 'x', sizeof inner);
  inner[LIMIT - 1] = 23;
  inner[LIMIT] = 23;
  assert_ok(q_record_open(&in, &r, wire, seal_inner(&out, inner, LIMIT), LIMIT));
  assert_int_equal(r.n, 16384);
  assert_err(q_record_open(&in, &r, wire, seal_inner(&out, inner, LIMIT + 1), LIMIT), QTLS_ERR_RECORD_OVERFLOW);
  /* record_size_limit counts type and padding too (RFC 8449 §4). */
  inner[63] = 23;
  assert_ok(q_record_open(&in, &r, wire, seal_inner(&out, inner, 64), 64));
  assert_int_equal(r.n, 63);
  assert_err(q_record_open(&in, &r, wire, seal_inner(&out, inner, 65), 64), QTLS_ERR_RECORD_OVERFLOW);
  /* A record over the limit is over it whatever it holds. */
  memset(inner, 0, sizeof inner);
  assert_err(q_record_open(&in, &r, wire, seal_inner(&out, inner, 65), 64), QTLS_ERR_RECORD_OVERFLOW);
}

/* The type byte at every place, with every length around the block borders. */
static void padding_begins_anywhere(void **state) {
  (void)state;
  uint8_t inner[200];
  q_record_keys out, in;
  both(&out, &in, Q_AEAD_AES128_GCM);
  for (size_t n = 1; n <= sizeof inner; n++) {
    for (size_t at = 0; at < n; at++) {
      q_record r;
      memset(inner, 0, sizeof inner);
      if (at > 1) {
        inner[at / 2] = 0xFF; /* content ends in zeros of its own */
      }
      inner[at] = at % 2 == 0 ? 22 : 0x80;
      assert_ok(q_record_open(&in, &r, wire, seal_inner(&out, inner, n), LIMIT));
      assert_int_equal(r.n, at);
      assert_int_equal(r.type, inner[at]);
      assert_memory_equal(r.body, inner, at);
    }
  }
}

static void zeros_alone_are_refused(void **state) {
  (void)state;
  static const uint8_t zeros[LIMIT];
  static const size_t sizes[] = {0, 1, 63, 64, 65, 128, 1000, LIMIT};
  q_record_keys out, in;
  both(&out, &in, Q_AEAD_CHACHA20_POLY1305);
  for (size_t i = 0; i < Q_COUNT(sizes); i++) {
    q_record r;
    assert_err(q_record_open(&in, &r, wire, seal_inner(&out, zeros, sizes[i]), LIMIT),
               QTLS_ERR_RECORD_INNER_EMPTY);
    assert_null(r.body);
  }
}

static void every_damaged_byte_is_bad_mac(void **state) {
  (void)state;
  for (size_t a = 0; a < Q_COUNT(algs); a++) {
    q_record_keys out, in;
    uint8_t copy[128];
    size_t n = 0;
    both(&out, &in, algs[a]);
    assert_ok(q_record_seal(&out, wire, &n, sizeof wire, 23, q_span_of(content, 50), 7));
    for (size_t at = 0; at < n; at++) {
      q_record r;
      memcpy(copy, wire, n);
      copy[at] ^= (uint8_t)(1u << (at % 8));
      assert_err(q_record_open(&in, &r, copy, n, LIMIT), QTLS_ERR_RECORD_BAD_MAC);
      assert_true(unit_all_zero(copy + 5, n - 5));
      assert_null(r.body);
      assert_int_equal(in.sequence, 0);
    }
    for (size_t short_n = 5; short_n < n; short_n++) { /* no tag, half a tag, cut */
      q_record r;
      memcpy(copy, wire, n);
      assert_err(q_record_open(&in, &r, copy, short_n, LIMIT), QTLS_ERR_RECORD_BAD_MAC);
    }
    q_record r;
    assert_ok(q_record_open(&in, &r, wire, n, LIMIT));
  }
}

static void order_counts(void **state) {
  (void)state;
  q_record_keys out, in;
  uint8_t first[64], second[64];
  size_t n = 0;
  q_record r;
  both(&out, &in, Q_AEAD_AES256_GCM);
  assert_ok(q_record_seal(&out, first, &n, sizeof first, 23, unit_text("first"), 0));
  assert_ok(q_record_seal(&out, second, &n, sizeof second, 23, unit_text("second"), 0));
  assert_err(q_record_open(&in, &r, second, n, LIMIT), QTLS_ERR_RECORD_BAD_MAC);
  assert_ok(q_record_open(&in, &r, first, n - 1, LIMIT));
  assert_err(q_record_open(&in, &r, first, n - 1, LIMIT), QTLS_ERR_RECORD_BAD_MAC); /* replayed */
}

static void the_sequence_has_an_end(void **state) {
  (void)state;
  q_record_keys out, in;
  size_t n = 0;
  q_record r;
  both(&out, &in, Q_AEAD_AES256_GCM);
  out.sequence = in.sequence = Q_RECORD_SEQUENCE_MAX - 1;
  assert_ok(q_record_seal(&out, wire, &n, sizeof wire, 23, unit_text("last"), 0));
  assert_err(q_record_seal(&out, wire, &n, sizeof wire, 23, unit_text("more"), 0), QTLS_ERR_RECORD_LIMIT);
  assert_int_equal(n, 0);
  assert_int_equal(out.sequence, Q_RECORD_SEQUENCE_MAX);
  /* A peer may count further than we do, but the number must not wrap. */
  const uint8_t inner[2] = {'x', 23};
  out.sequence = in.sequence = Q_RECORD_SEQUENCE_MAX + 5;
  assert_ok(q_record_open(&in, &r, wire, seal_inner(&out, inner, 2), LIMIT));
  out.sequence = in.sequence = UINT64_MAX - 1;
  assert_ok(q_record_open(&in, &r, wire, seal_inner(&out, inner, 2), LIMIT));
  assert_err(q_record_open(&in, &r, wire, seal_inner(&out, inner, 2), LIMIT), QTLS_ERR_RECORD_BAD_MAC);
  assert_null(r.body);
}

static void without_keys_records_are_plain(void **state) {
  (void)state;
  q_record_keys k = {0};
  size_t n = 0;
  uint8_t out[9];
  q_record r;
  assert_err(q_record_seal(&k, out, &n, 8, 22, unit_text("data"), 0), QTLS_ERR_BUFFER);
  assert_ok(q_record_seal(&k, out, &n, 9, 22, unit_text("data"), 0));
  assert_int_equal(n, 9);
  assert_memory_equal(out, "\x16\x03\x03\x00\x04" "data", 9);
  assert_ok(q_record_seal(&k, out, &n, 5, 23, q_span_of(NULL, 0), 0));
  assert_int_equal(n, 5);
  assert_int_equal(k.sequence, 0);
  assert_err(q_record_open(&k, &r, out, n, LIMIT), QTLS_ERR_INTERNAL);
}

static void bad_keys_stay_off(void **state) {
  (void)state;
  q_record_keys k;
  q_traffic_keys keys = {0};
  keys.key_size = 31;
  assert_err(q_record_keys_set(&k, Q_AEAD_AES256_GCM, &keys), QTLS_ERR_INTERNAL);
  assert_false(k.on);
  q_record_keys never = {0}; /* wiping what was never set */
  q_record_keys_wipe(&never);
  assert_true(unit_all_zero((const uint8_t *)&never, sizeof never));
}

static int fill(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof content; i++) {
    content[i] = (uint8_t)(i * 31 + 1);
  }
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(round_trips),
      cmocka_unit_test(content_has_a_limit),
      cmocka_unit_test(inner_plaintext_has_a_limit),
      cmocka_unit_test(padding_begins_anywhere),
      cmocka_unit_test(zeros_alone_are_refused),
      cmocka_unit_test(every_damaged_byte_is_bad_mac),
      cmocka_unit_test(order_counts),
      cmocka_unit_test(the_sequence_has_an_end),
      cmocka_unit_test(without_keys_records_are_plain),
      cmocka_unit_test(bad_keys_stay_off),
  };
  return cmocka_run_group_tests(tests, fill, NULL);
}
