/*
 * The key schedule against a second, plain computation of its own figure
 * (RFC 8446 §7.1, §7.2, §7.5), for both hashes; the constants; the limits.
 */
#include "keys/fixed.h"
#include "keys/schedule.h"
#include "unit/unit.h"

static const q_hash_alg hashes[] = {Q_HASH_SHA256, Q_HASH_SHA384};

/* HMAC, as one call. */
static void mac(q_hash_alg alg, uint8_t *out, q_span key, q_span data) {
  Q_AUTO_HMAC q_hmac h;
  assert_ok(q_crypto_hmac_key(&h, alg, key));
  assert_ok(q_crypto_hmac(&h, out, &data, 1));
}

/* HKDF-Expand-Label spelled out, n ≤ 3 hashes. */
static void expand(q_hash_alg alg, uint8_t *out, size_t n, q_span secret, const char *label, q_span context) {
  size_t hash_n = q_crypto_hash_size(alg), done = 0;
  uint8_t block[Q_HASH_MAX];
  for (uint8_t i = 1; done < n; i++) {
    uint8_t data[512];
    size_t at = 0;
    if (i > 1) {
      memcpy(data, block, hash_n);
      at = hash_n;
    }
    data[at++] = (uint8_t)(n >> 8);
    data[at++] = (uint8_t)n;
    data[at++] = (uint8_t)(6 + strlen(label));
    memcpy(data + at, "tls13 ", 6);
    memcpy(data + at + 6, label, strlen(label));
    at += 6 + strlen(label);
    data[at++] = (uint8_t)context.n;
    if (context.n > 0) {
      memcpy(data + at, context.p, context.n);
    }
    at += context.n;
    data[at++] = i;
    mac(alg, block, secret, q_span_of(data, at));
    size_t take = n - done < hash_n ? n - done : hash_n;
    memcpy(out + done, block, take);
    done += take;
  }
}

static void the_constants_are_right(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(hashes); i++) {
    static const uint8_t zeros[Q_HASH_MAX];
    size_t n = q_crypto_hash_size(hashes[i]);
    const q_fixed *fixed = q_keys_fixed(hashes[i]);
    uint8_t out[Q_HASH_MAX];
    assert_non_null(fixed);
    mac(hashes[i], out, q_span_of(zeros, n), q_span_of(zeros, n));
    assert_memory_equal(out, fixed->early, n);
    q_crypto_hash_once(hashes[i], out, q_span_of(NULL, 0));
    assert_memory_equal(out, fixed->empty, n);
    expand(hashes[i], out, n, q_span_of(fixed->early, n), "derived", q_span_of(fixed->empty, n));
    assert_memory_equal(out, fixed->derived, n);
  }
  assert_null(q_keys_fixed(Q_HASH_SHA512));
  assert_null(q_keys_fixed((q_hash_alg)0));
  q_schedule s;
  assert_err(q_keys_schedule_early(&s, Q_HASH_SHA512, q_span_of(NULL, 0)), QTLS_ERR_INTERNAL);
}

/* Runs the figure twice and compares a secret of each row. `psk` may be empty. */
static void run(q_hash_alg alg, q_span psk, const q_secret *shared) {
  static const uint8_t zeros[Q_HASH_MAX];
  size_t n = q_crypto_hash_size(alg);
  q_span empty = q_span_of(q_keys_fixed(alg)->empty, n);
  uint8_t transcript[Q_HASH_MAX], row[Q_HASH_MAX], salt[Q_HASH_MAX], expected[Q_HASH_MAX];
  memset(transcript, 0x5A, sizeof transcript);
  q_span context = q_span_of(transcript, n);
  Q_AUTO_SECRET q_secret out = {0};
  q_schedule s;

  assert_ok(q_keys_schedule_early(&s, alg, psk));
  mac(alg, row, q_span_of(zeros, n), psk.n > 0 ? psk : q_span_of(zeros, n));
  assert_ok(q_keys_schedule_derive(&s, &out, "e exp master", transcript));
  expand(alg, expected, n, q_span_of(row, n), "e exp master", context);
  assert_int_equal(out.n, n);
  assert_memory_equal(out.b, expected, n);

  assert_ok(q_keys_schedule_handshake(&s, shared));
  expand(alg, salt, n, q_span_of(row, n), "derived", empty);
  mac(alg, row, q_span_of(salt, n), q_secret_span(shared));
  assert_ok(q_keys_schedule_derive(&s, &out, Q_LABEL_SERVER_HANDSHAKE, transcript));
  expand(alg, expected, n, q_span_of(row, n), "s hs traffic", context);
  assert_memory_equal(out.b, expected, n);

  assert_ok(q_keys_schedule_master(&s));
  expand(alg, salt, n, q_span_of(row, n), "derived", empty);
  mac(alg, row, q_span_of(salt, n), q_span_of(zeros, n));
  assert_ok(q_keys_schedule_derive(&s, &out, Q_LABEL_RESUMPTION, transcript));
  expand(alg, expected, n, q_span_of(row, n), "res master", context);
  assert_memory_equal(out.b, expected, n);
  q_keys_schedule_wipe(&s);
}

static void the_figure(void **state) {
  (void)state;
  q_secret shared = {0};
  memset(shared.b, 0xC3, sizeof shared.b);
  static const uint8_t sizes[] = {32, 48, 64, 80, 98};
  for (size_t i = 0; i < Q_COUNT(hashes); i++) {
    for (size_t k = 0; k < Q_COUNT(sizes); k++) {
      shared.n = sizes[k];
      run(hashes[i], q_span_of(NULL, 0), &shared);
      run(hashes[i], unit_text("a pre-shared key"), &shared);
    }
  }
}

static void traffic_update(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(hashes); i++) {
    size_t n = q_crypto_hash_size(hashes[i]);
    Q_AUTO_SECRET q_secret traffic = {0};
    uint8_t expected[Q_HASH_MAX];
    traffic.n = (uint8_t)n;
    memset(traffic.b, 0x11, n);
    expand(hashes[i], expected, n, q_secret_span(&traffic), "traffic upd", q_span_of(NULL, 0));
    assert_ok(q_keys_traffic_update(&traffic, hashes[i]));
    assert_int_equal(traffic.n, n);
    assert_memory_equal(traffic.b, expected, n);
  }
}

static void traffic_keys_of_each_suite(void **state) {
  (void)state;
  static const struct {
    q_hash_alg hash;
    q_aead_alg aead;
    size_t n;
  } rows[] = {{Q_HASH_SHA256, Q_AEAD_AES128_GCM, 16},
              {Q_HASH_SHA384, Q_AEAD_AES256_GCM, 32},
              {Q_HASH_SHA256, Q_AEAD_CHACHA20_POLY1305, 32}};
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    Q_AUTO_SECRET q_secret traffic = {0};
    Q_AUTO_SECRET q_secret finished = {0};
    q_traffic_keys keys;
    uint8_t expected[Q_HASH_MAX];
    const q_span none = {NULL, 0};
    size_t n = q_crypto_hash_size(rows[i].hash);
    traffic.n = (uint8_t)n;
    memset(traffic.b, 0x77, n);
    assert_ok(q_keys_traffic(&keys, &finished, rows[i].hash, rows[i].aead, &traffic));
    assert_int_equal(keys.key_size, rows[i].n);
    expand(rows[i].hash, expected, rows[i].n, q_secret_span(&traffic), "key", none);
    assert_memory_equal(keys.key, expected, rows[i].n);
    expand(rows[i].hash, expected, 12, q_secret_span(&traffic), "iv", none);
    assert_memory_equal(keys.iv, expected, 12);
    expand(rows[i].hash, expected, n, q_secret_span(&traffic), "finished", none);
    assert_int_equal(finished.n, n);
    assert_memory_equal(finished.b, expected, n);
  }
}

static void exporter(void **state) {
  (void)state;
  static const size_t sizes[] = {0, 1, 32, 48, 49, 100, 144};
  for (size_t i = 0; i < Q_COUNT(hashes); i++) {
    size_t n = q_crypto_hash_size(hashes[i]);
    q_span empty = q_span_of(q_keys_fixed(hashes[i])->empty, n);
    Q_AUTO_SECRET q_secret master = {0};
    uint8_t derived[Q_HASH_MAX], context_hash[Q_HASH_MAX], expected[144], out[145];
    const q_span context = unit_text("context value");
    master.n = (uint8_t)n;
    memset(master.b, 0x42, n);
    expand(hashes[i], derived, n, q_secret_span(&master), "EXPORTER-test", empty);
    q_crypto_hash_once(hashes[i], context_hash, context);
    for (size_t k = 0; k < Q_COUNT(sizes) && sizes[k] <= 3 * n; k++) {
      memset(out, 0xEE, sizeof out);
      expand(hashes[i], expected, sizes[k], q_span_of(derived, n), "exporter", q_span_of(context_hash, n));
      assert_ok(q_keys_export(out, sizes[k], hashes[i], &master, unit_text("EXPORTER-test"), context));
      assert_memory_equal(out, expected, sizes[k]);
      assert_int_equal(out[sizes[k]], 0xEE);
    }
    /* No context and the empty context are one thing in TLS 1.3. */
    uint8_t other[32];
    assert_ok(q_keys_export(out, 32, hashes[i], &master, unit_text("l"), q_span_of(NULL, 0)));
    assert_ok(q_keys_export(other, 32, hashes[i], &master, unit_text("l"), unit_text("")));
    assert_memory_equal(out, other, 32);
  }
  q_secret master = {0};
  uint8_t out[32];
  assert_err(q_keys_export(out, 32, Q_HASH_SHA512, &master, unit_text("l"), unit_text("")), QTLS_ERR_INTERNAL);
}

static void limits_of_expand_label(void **state) {
  (void)state;
  static uint8_t out[255 * 32 + 1];
  static const uint8_t context[256];
  char label[251];
  memset(label, 'x', sizeof label);
  label[250] = '\0';
  Q_AUTO_HMAC q_hmac h;
  assert_ok(q_crypto_hmac_key(&h, Q_HASH_SHA256, unit_text("secret")));
  assert_ok(q_keys_expand_label(&h, out, 255 * 32, "l", q_span_of(NULL, 0)));
  assert_err(q_keys_expand_label(&h, out, 255 * 32 + 1, "l", q_span_of(NULL, 0)), QTLS_ERR_ARGUMENT);
  assert_err(q_keys_expand_label(&h, out, 32, label, q_span_of(NULL, 0)), QTLS_ERR_ARGUMENT);
  label[249] = '\0';
  assert_ok(q_keys_expand_label(&h, out, 32, label, q_span_of(context, 255)));
  assert_err(q_keys_expand_label(&h, out, 32, "l", q_span_of(context, 256)), QTLS_ERR_ARGUMENT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_constants_are_right),
      cmocka_unit_test(the_figure),
      cmocka_unit_test(traffic_update),
      cmocka_unit_test(traffic_keys_of_each_suite),
      cmocka_unit_test(exporter),
      cmocka_unit_test(limits_of_expand_label),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
