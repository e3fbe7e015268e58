/* Records of RFC 8448 §3, sealed and opened byte for byte. */
#include "record/record.h"
#include "unit/unit.h"
#include "vectors/rfc8448.h"

static void keys_from(q_record_keys *k, const char *key, const char *iv) {
  q_traffic_keys keys;
  keys.key_size = (uint8_t)unit_hex(keys.key, sizeof keys.key, key);
  unit_hex(keys.iv, sizeof keys.iv, iv);
  assert_ok(q_record_keys_set(k, Q_AEAD_AES128_GCM, &keys));
}

/* Seals `content` with the keys at `sequence`, then opens it. */
static void check(const char *key, const char *iv, uint64_t sequence, uint8_t type, const char *content,
                  const char *record) {
  q_record_keys k;
  uint8_t in[1024], out[1024];
  size_t written = 0;
  size_t n = unit_hex(in, sizeof in, content);
  keys_from(&k, key, iv);
  k.sequence = sequence;
  assert_ok(q_record_seal(&k, out, &written, sizeof out, type, q_span_of(in, n), 0));
  unit_equal(out, written, record);
  assert_int_equal(k.sequence, sequence + 1);

  q_record view;
  size_t total = 0;
  k.sequence = sequence;
  assert_ok(q_record_frame(&total, out, written, true));
  assert_int_equal(total, written);
  assert_ok(q_record_open(&k, &view, out, total, Q_RECORD_PLAINTEXT_MAX + 1));
  assert_int_equal(view.type, type);
  assert_ptr_equal(view.body, out + Q_RECORD_HEADER);
  unit_equal(view.body, view.n, content);
  assert_int_equal(k.sequence, sequence + 1);
  q_record_keys_wipe(&k);
  assert_true(unit_all_zero((const uint8_t *)&k, sizeof k));
}

static void the_servers_flight(void **state) {
  (void)state;
  check(RFC8448_S_HS_KEY, RFC8448_S_HS_IV, 0, Q_RECORD_HANDSHAKE,
        RFC8448_ENCRYPTED_EXTENSIONS RFC8448_CERTIFICATE RFC8448_CERTIFICATE_VERIFY RFC8448_SERVER_FINISHED,
        RFC8448_SERVER_FLIGHT_RECORD);
}

static void the_clients_finished(void **state) {
  (void)state;
  check(RFC8448_C_HS_KEY, RFC8448_C_HS_IV, 0, Q_RECORD_HANDSHAKE, RFC8448_CLIENT_FINISHED,
        RFC8448_CLIENT_FINISHED_RECORD);
}

/* The server's first application record was its ticket. */
static void data_and_alerts(void **state) {
  (void)state;
  check(RFC8448_C_AP_KEY, RFC8448_C_AP_IV, 0, Q_RECORD_DATA, RFC8448_DATA, RFC8448_CLIENT_DATA_RECORD);
  check(RFC8448_S_AP_KEY, RFC8448_S_AP_IV, 1, Q_RECORD_DATA, RFC8448_DATA, RFC8448_SERVER_DATA_RECORD);
  check(RFC8448_C_AP_KEY, RFC8448_C_AP_IV, 1, Q_RECORD_ALERT, "0100", RFC8448_CLIENT_ALERT_RECORD);
  check(RFC8448_S_AP_KEY, RFC8448_S_AP_IV, 2, Q_RECORD_ALERT, "0100", RFC8448_SERVER_ALERT_RECORD);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_servers_flight),
      cmocka_unit_test(the_clients_finished),
      cmocka_unit_test(data_and_alerts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
