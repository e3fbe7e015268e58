/* Framing: what a header may say, and when a record is whole. */
#include "record/record.h"
#include "unit/unit.h"

static qtls_err frame(size_t *total, uint8_t type, uint8_t major, uint8_t minor, size_t n, size_t have,
                      bool protected) {
  static uint8_t in[Q_RECORD_HEADER + 65536];
  in[0] = type;
  in[1] = major;
  in[2] = minor;
  in[3] = (uint8_t)(n >> 8);
  in[4] = (uint8_t)n;
  *total = 12345;
  return q_record_frame(total, in, have, protected);
}

static void waits_for_the_header_and_the_body(void **state) {
  (void)state;
  size_t total = 0;
  for (size_t have = 0; have < 5; have++) {
    assert_ok(frame(&total, 99, 99, 99, 65535, have, false)); /* nothing is judged yet */
    assert_int_equal(total, 0);
  }
  for (size_t have = 5; have < 105; have++) {
    assert_ok(frame(&total, Q_RECORD_HANDSHAKE, 3, 3, 100, have, false));
    assert_int_equal(total, 0);
  }
  assert_ok(frame(&total, Q_RECORD_HANDSHAKE, 3, 3, 100, 105, false));
  assert_int_equal(total, 105);
  assert_ok(frame(&total, Q_RECORD_HANDSHAKE, 3, 3, 100, 500, false)); /* more behind it */
  assert_int_equal(total, 105);
  assert_ok(frame(&total, Q_RECORD_DATA, 3, 3, 0, 5, true));
  assert_int_equal(total, 5);
}

static void only_the_first_version_byte_counts(void **state) {
  (void)state;
  size_t total = 0;
  for (unsigned v = 0; v < 256; v++) {
    assert_ok(frame(&total, Q_RECORD_HANDSHAKE, 3, (uint8_t)v, 10, 15, false));
    assert_err(frame(&total, Q_RECORD_HANDSHAKE, (uint8_t)v, 3, 10, 15, false),
               v == 3 ? QTLS_OK : QTLS_ERR_RECORD_VERSION);
  }
}

static void four_types_exist(void **state) {
  (void)state;
  size_t total = 0;
  for (unsigned t = 0; t < 256; t++) {
    qtls_err expected = t >= 20 && t <= 23 ? QTLS_OK : QTLS_ERR_RECORD_TYPE;
    assert_err(frame(&total, (uint8_t)t, 3, 3, 10, 15, false), expected);
    assert_err(frame(&total, (uint8_t)t, 3, 3, 10, 15, true), expected);
  }
}

/* On the header alone, before any of the body is there. */
static void lengths_at_their_limits(void **state) {
  (void)state;
  size_t total = 0;
  for (uint8_t type = 20; type <= 23; type++) {
    for (int p = 0; p < 2; p++) {
      size_t max = p == 1 && type == Q_RECORD_DATA ? 16384 + 256 : 16384;
      assert_ok(frame(&total, type, 3, 3, max, 5, p == 1));
      assert_int_equal(total, 0);
      assert_ok(frame(&total, type, 3, 3, max, 5 + max, p == 1));
      assert_int_equal(total, 5 + max);
      assert_err(frame(&total, type, 3, 3, max + 1, 5, p == 1), QTLS_ERR_RECORD_OVERFLOW);
      assert_int_equal(total, 0);
      assert_err(frame(&total, type, 3, 3, 65535, 5, p == 1), QTLS_ERR_RECORD_OVERFLOW);
    }
  }
}

static void views_a_plaintext_record(void **state) {
  (void)state;
  uint8_t in[] = {21, 3, 1, 0, 2, 2, 40};
  q_record r;
  q_record_plain(&r, in, sizeof in);
  assert_int_equal(r.type, Q_RECORD_ALERT);
  assert_ptr_equal(r.body, in + 5);
  assert_int_equal(r.n, 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(waits_for_the_header_and_the_body), cmocka_unit_test(only_the_first_version_byte_counts),
      cmocka_unit_test(four_types_exist),                  cmocka_unit_test(lengths_at_their_limits),
      cmocka_unit_test(views_a_plaintext_record),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
