/*
 * The key schedule against RFC 8448 §3: from the two X25519 keys and the
 * messages, every secret, key and Finished value.
 */
#include "crypto/kem_parts.h"
#include "keys/schedule.h"
#include "keys/transcript.h"
#include "unit/unit.h"
#include "vectors/rfc8448.h"

static void add(q_transcript *t, const char *hex) {
  uint8_t message[1024];
  size_t n = unit_hex(message, sizeof message, hex);
  q_keys_transcript_add(t, q_span_of(message, n));
}

static void derives(q_schedule *s, const q_transcript *t, const char *label, const char *expected) {
  Q_AUTO_SECRET q_secret out = {0};
  uint8_t hash[Q_HASH_MAX];
  q_keys_transcript_hash(t, hash);
  assert_ok(q_keys_schedule_derive(s, &out, label, hash));
  unit_equal(out.b, out.n, expected);
}

static void gives_keys(const char *secret_hex, const char *key, const char *iv, const char *finished_hex) {
  Q_AUTO_SECRET q_secret secret = {0};
  Q_AUTO_SECRET q_secret finished = {0};
  q_traffic_keys keys;
  secret.n = (uint8_t)unit_hex(secret.b, sizeof secret.b, secret_hex);
  assert_ok(q_keys_traffic(&keys, &finished, Q_HASH_SHA256, Q_AEAD_AES128_GCM, &secret));
  unit_equal(keys.key, keys.key_size, key);
  unit_equal(keys.iv, sizeof keys.iv, iv);
  if (finished_hex != NULL) {
    unit_equal(finished.b, finished.n, finished_hex);
  }
  q_traffic_keys again;
  assert_ok(q_keys_traffic(&again, NULL, Q_HASH_SHA256, Q_AEAD_AES128_GCM, &secret));
  unit_equal(again.key, again.key_size, key);
}

static void finishes(const q_transcript *t, const char *traffic_hex, const char *message) {
  Q_AUTO_SECRET q_secret traffic = {0};
  Q_AUTO_SECRET q_secret finished = {0};
  q_traffic_keys keys;
  uint8_t hash[Q_HASH_MAX], value[Q_HASH_MAX];
  traffic.n = (uint8_t)unit_hex(traffic.b, sizeof traffic.b, traffic_hex);
  assert_ok(q_keys_traffic(&keys, &finished, Q_HASH_SHA256, Q_AEAD_AES128_GCM, &traffic));
  q_keys_transcript_hash(t, hash);
  assert_ok(q_keys_finished(value, Q_HASH_SHA256, &finished, hash));
  unit_equal(value, 32, message + 8); /* after the header */
}

static void shared_secret(q_secret *out) {
  uint8_t private[32], public[32];
  unit_hex(private, sizeof private, RFC8448_SERVER_PRIVATE);
  unit_hex(public, sizeof public, RFC8448_CLIENT_PUBLIC);
  assert_ok(q_crypto_x25519(out->b, private, q_span_of(public, 32)));
  out->n = 32;
  unit_equal(out->b, 32, RFC8448_SHARED);
  unit_hex(private, sizeof private, RFC8448_CLIENT_PRIVATE);
  unit_hex(public, sizeof public, RFC8448_SERVER_PUBLIC);
  assert_ok(q_crypto_x25519(out->b, private, q_span_of(public, 32)));
  unit_equal(out->b, 32, RFC8448_SHARED);
}

static void the_whole_handshake(void **state) {
  (void)state;
  Q_AUTO_SECRET q_secret shared = {0};
  q_schedule s;
  q_transcript t;
  shared_secret(&shared);
  q_keys_transcript_init(&t, Q_HASH_SHA256);
  add(&t, RFC8448_CLIENT_HELLO);
  add(&t, RFC8448_SERVER_HELLO);
  assert_ok(q_keys_schedule_early(&s, Q_HASH_SHA256, q_span_of(NULL, 0)));
  assert_ok(q_keys_schedule_handshake(&s, &shared));
  derives(&s, &t, Q_LABEL_CLIENT_HANDSHAKE, RFC8448_C_HS);
  derives(&s, &t, Q_LABEL_SERVER_HANDSHAKE, RFC8448_S_HS);
  gives_keys(RFC8448_S_HS, RFC8448_S_HS_KEY, RFC8448_S_HS_IV, RFC8448_S_FINISHED_KEY);
  gives_keys(RFC8448_C_HS, RFC8448_C_HS_KEY, RFC8448_C_HS_IV, NULL);

  add(&t, RFC8448_ENCRYPTED_EXTENSIONS);
  add(&t, RFC8448_CERTIFICATE);
  add(&t, RFC8448_CERTIFICATE_VERIFY);
  finishes(&t, RFC8448_S_HS, RFC8448_SERVER_FINISHED);
  add(&t, RFC8448_SERVER_FINISHED);
  assert_ok(q_keys_schedule_master(&s));
  derives(&s, &t, Q_LABEL_CLIENT_TRAFFIC, RFC8448_C_AP);
  derives(&s, &t, Q_LABEL_SERVER_TRAFFIC, RFC8448_S_AP);
  derives(&s, &t, Q_LABEL_EXPORTER, RFC8448_EXP_MASTER);
  gives_keys(RFC8448_S_AP, RFC8448_S_AP_KEY, RFC8448_S_AP_IV, NULL);
  gives_keys(RFC8448_C_AP, RFC8448_C_AP_KEY, RFC8448_C_AP_IV, NULL);

  finishes(&t, RFC8448_C_HS, RFC8448_CLIENT_FINISHED);
  add(&t, RFC8448_CLIENT_FINISHED);
  derives(&s, &t, Q_LABEL_RESUMPTION, RFC8448_RES_MASTER);
  q_keys_schedule_wipe(&s);
  assert_true(unit_all_zero((const uint8_t *)&s, sizeof s));
}

/* The PSK of the ticket: HKDF-Expand-Label(., "resumption", nonce 0000). */
static void the_resumption_secret(void **state) {
  (void)state;
  static const uint8_t nonce[2];
  uint8_t master[32], out[32];
  unit_hex(master, sizeof master, RFC8448_RES_MASTER);
  Q_AUTO_HMAC q_hmac h;
  assert_ok(q_crypto_hmac_key(&h, Q_HASH_SHA256, q_span_of(master, 32)));
  assert_ok(q_keys_expand_label(&h, out, sizeof out, "resumption", q_span_of(nonce, 2)));
  unit_equal(out, 32, RFC8448_RESUMPTION);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_whole_handshake),
      cmocka_unit_test(the_resumption_secret),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
