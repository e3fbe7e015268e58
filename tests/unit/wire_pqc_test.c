/* The Q-TLS extensions (Q-TLS §5), with the bodies the protocol page gives. */
#include "unit/wire.h"
#include "wire/ext/pqc_codec.h"

static qtls_err read_algorithms(q_span body) {
  q_pqc_algorithms out;
  return q_wire_pqc_algorithms_read(&out, body);
}
static qtls_err read_mode(q_span body) {
  q_hybrid_mode out;
  return q_wire_hybrid_mode_read(&out, body);
}
static qtls_err read_hsm(q_span body) {
  q_hsm_capabilities out;
  return q_wire_hsm_capabilities_read(&out, body);
}
static qtls_err read_cache(q_span body) {
  q_session_cache_info out;
  return q_wire_session_cache_info_read(&out, body);
}

static void algorithms_are_two_lists(void **state) {
  (void)state;
  uint8_t out[64];
  const uint16_t kems[] = {0x0100, 0x0101};
  const uint16_t signatures[] = {0x0900, 0x0901};
  q_pqc_algorithms back;
  q_writer w;
  size_t n = 0;
  q_writer_init(&w, out, sizeof out);
  q_wire_pqc_algorithms_write(&w, kems, 2, signatures, 2);
  wire_written(&w, "0004 0100 0101 0004 0900 0901");
  assert_ok(q_writer_end(&w, &n));
  assert_ok(q_wire_pqc_algorithms_read(&back, q_span_of(out, n)));
  assert_int_equal(q_codes_count(back.kems), 2);
  assert_int_equal(q_codes_at(back.kems, 1), 0x0101);
  assert_int_equal(q_codes_count(back.signatures), 2);
  assert_int_equal(q_codes_at(back.signatures, 0), 0x0900);
  wire_all_lengths(read_algorithms, q_span_of(out, n), QTLS_ERR_DECODE, QTLS_ERR_TRAILING);
}

static void lists_of_algorithms_are_whole(void **state) {
  (void)state;
  assert_ok(wire_read_hex(read_algorithms, "0002 7777 0002 8888")); /* unknown codes are passed on */
  assert_err(wire_read_hex(read_algorithms, "0000 0002 0900"), QTLS_ERR_DECODE);
  assert_err(wire_read_hex(read_algorithms, "0002 0100 0000"), QTLS_ERR_DECODE);
  assert_err(wire_read_hex(read_algorithms, "0003 010001 0002 0900"), QTLS_ERR_DECODE);
  assert_err(wire_read_hex(read_algorithms, "0002 0100 0001 09"), QTLS_ERR_DECODE);
  assert_err(wire_read_hex(read_algorithms, "0002 0100 0003 090009"), QTLS_ERR_DECODE);
}

static void a_mode_is_policy_and_priority(void **state) {
  (void)state;
  uint8_t out[2];
  for (unsigned policy = 0; policy < 256; policy++) {
    q_hybrid_mode in = {(uint8_t)policy, 200}, back;
    q_writer w;
    q_writer_init(&w, out, sizeof out);
    q_wire_hybrid_mode_write(&w, &in);
    bool known = policy >= 1 && policy <= 3;
    assert_err(q_wire_hybrid_mode_read(&back, q_span_of(out, 2)), known ? QTLS_OK : QTLS_ERR_POLICY_VALUE);
    if (known) {
      assert_int_equal(back.policy, policy);
      assert_int_equal(back.priority, 200);
    }
  }
  wire_all_lengths(read_mode, q_span_of("\x01\xFF", 2), QTLS_ERR_DECODE, QTLS_ERR_TRAILING);
  /* A body of another length is a failure of form, whatever its policy. */
  assert_err(wire_read_hex(read_mode, "00"), QTLS_ERR_DECODE);
  assert_err(wire_read_hex(read_mode, "00 00 00"), QTLS_ERR_TRAILING);
}

static void capabilities_are_three_flags_and_a_number(void **state) {
  (void)state;
  uint8_t out[8];
  q_hsm_capabilities in = {true, false, true, 0x1234}, back;
  q_writer w;
  q_writer_init(&w, out, sizeof out);
  q_wire_hsm_capabilities_write(&w, &in);
  wire_written(&w, "01 00 01 1234");
  assert_ok(q_wire_hsm_capabilities_read(&back, q_span_of(out, 5)));
  assert_true(back.hardware_rng && !back.hardware_pqc_accel && back.fips_certified);
  assert_int_equal(back.max_operations_per_second, 0x1234);
  wire_all_lengths(read_hsm, q_span_of(out, 5), QTLS_ERR_DECODE, QTLS_ERR_TRAILING);
  assert_err(wire_read_hex(read_hsm, "02 00 00 0000"), QTLS_ERR_DECODE);
  assert_err(wire_read_hex(read_hsm, "00 02 00 0000"), QTLS_ERR_DECODE);
  assert_err(wire_read_hex(read_hsm, "00 00 ff 0000"), QTLS_ERR_DECODE);
}

static void cache_info_is_an_age_and_two_flags(void **state) {
  (void)state;
  uint8_t out[8];
  q_session_cache_info in = {86400, false, true}, back;
  q_writer w;
  q_writer_init(&w, out, sizeof out);
  q_wire_session_cache_info_write(&w, &in);
  wire_written(&w, "00015180 00 01");
  assert_ok(q_wire_session_cache_info_read(&back, q_span_of(out, 6)));
  assert_int_equal(back.max_age_seconds, 86400);
  assert_true(!back.supports_0rtt && back.supports_tickets);
  wire_all_lengths(read_cache, q_span_of(out, 6), QTLS_ERR_DECODE, QTLS_ERR_TRAILING);
  assert_err(wire_read_hex(read_cache, "00000000 02 00"), QTLS_ERR_DECODE);
  assert_err(wire_read_hex(read_cache, "00000000 00 02"), QTLS_ERR_DECODE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(algorithms_are_two_lists),
      cmocka_unit_test(lists_of_algorithms_are_whole),
      cmocka_unit_test(a_mode_is_policy_and_priority),
      cmocka_unit_test(capabilities_are_three_flags_and_a_number),
      cmocka_unit_test(cache_info_is_an_age_and_two_flags),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
