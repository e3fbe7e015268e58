/* ServerHello and HelloRetryRequest: round trip, limits, RFC 8448's own. */
#include "unit/wire.h"
#include "vectors/rfc8448.h"
#include "wire/ext/ext_codec.h"
#include "wire/server_hello.h"

#define RANDOM "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define RETRY "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"

static qtls_err read_hello(q_span body) {
  q_server_hello hello;
  return q_wire_server_hello_read(&hello, body);
}

static void what_is_written_is_read(void **state) {
  (void)state;
  uint8_t random[32], out[256];
  unit_hex(random, sizeof random, RANDOM);
  q_writer w;
  size_t n = 0;
  q_writer_init(&w, out, sizeof out);
  q_mark block = q_wire_server_hello_open(&w, random, q_span_of("\x01\x02", 2), Q_SUITE_QTLS_HYBRID);
  q_mark ext = q_wire_extension_open(&w, Q_EXT_SUPPORTED_VERSIONS);
  q_write_u16(&w, Q_VERSION_QTLS10);
  q_write_close(&w, ext);
  q_write_close(&w, block);
  wire_written(&w, "0303" RANDOM "020102" "13f2" "00" "0006 002b 0002 0305");
  assert_ok(q_writer_end(&w, &n));

  q_server_hello hello;
  assert_ok(q_wire_server_hello_read(&hello, q_span_of(out, n)));
  assert_int_equal(hello.legacy_version, 0x0303);
  assert_memory_equal(hello.random, random, 32);
  assert_int_equal(hello.session_id.n, 2);
  assert_int_equal(hello.suite, 0x13F2);
  assert_int_equal(hello.compression, 0);
  assert_false(hello.is_hrr);
  assert_int_equal(hello.extensions.count, 1);
}

static void the_hello_of_rfc_8448_is_read(void **state) {
  (void)state;
  uint8_t bytes[256];
  size_t n = unit_hex(bytes, sizeof bytes, RFC8448_SERVER_HELLO);
  q_server_hello hello;
  assert_ok(q_wire_server_hello_read(&hello, q_span_of(bytes + Q_MSG_HEADER, n - Q_MSG_HEADER)));
  assert_int_equal(hello.suite, Q_SUITE_AES128_GCM_SHA256);
  assert_false(hello.is_hrr);
  const q_span *body = q_wire_extension_find(&hello.extensions, Q_EXT_KEY_SHARE);
  assert_non_null(body);
  q_key_share share;
  assert_ok(q_wire_key_share_server_read(&share, 1, *body));
  assert_int_equal(share.group, Q_GROUP_X25519);
  unit_equal(share.data.p, share.data.n, RFC8448_SERVER_PUBLIC);
}

static void its_random_makes_a_retry(void **state) {
  (void)state;
  uint8_t bytes[256];
  q_server_hello hello;
  q_span body = wire_hex(bytes, sizeof bytes, "0303" RETRY "00" "13f2" "00" "0000");
  assert_ok(q_wire_server_hello_read(&hello, body));
  assert_true(hello.is_hrr);
  unit_equal(q_wire_hrr_random, 32, RETRY);
  for (size_t i = 0; i < 32; i++) { /* one bit off is an ordinary random */
    bytes[2 + i] ^= 1;
    assert_ok(q_wire_server_hello_read(&hello, body));
    assert_false(hello.is_hrr);
    bytes[2 + i] ^= 1;
  }
}

static void the_downgrade_marks_are_those_of_the_standard(void **state) {
  (void)state;
  unit_equal(q_wire_downgrade_12, 8, "444f574e47524401");
  unit_equal(q_wire_downgrade_11, 8, "444f574e47524400");
}

static void every_cut_is_refused(void **state) {
  (void)state;
  uint8_t bytes[256];
  const size_t fixed = 2 + 32 + 1 + 2 + 1; /* where a ServerHello of 1.2 may end */
  size_t n = unit_hex(bytes, sizeof bytes, RFC8448_SERVER_HELLO) - Q_MSG_HEADER;
  const uint8_t *body = bytes + Q_MSG_HEADER;
  assert_ok(wire_read_exact(read_hello, body, n));
  for (size_t cut = 0; cut < n; cut++) {
    assert_err(wire_read_exact(read_hello, body, cut), cut == fixed ? QTLS_OK : QTLS_ERR_DECODE);
  }
  bytes[Q_MSG_HEADER + n] = 0;
  assert_err(wire_read_exact(read_hello, body, n + 1), QTLS_ERR_TRAILING);
}

static void each_limit_holds(void **state) {
  (void)state;
  assert_ok(wire_read_hex(read_hello, "0303" RANDOM "20" RANDOM "1302 00 0000"));
  assert_err(wire_read_hex(read_hello, "0303" RANDOM "21" RANDOM "ff" "1302 00 0000"), QTLS_ERR_DECODE);
  assert_err(wire_read_hex(read_hello, "0303" RANDOM "00" "1302 00 0008 002b0000 002b0000"), QTLS_ERR_EXT_DUPLICATE);
  assert_err(wire_read_hex(read_hello, "0303" RANDOM "00" "1302 00 0003 002b00"), QTLS_ERR_DECODE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_written_is_read),
      cmocka_unit_test(the_hello_of_rfc_8448_is_read),
      cmocka_unit_test(its_random_makes_a_retry),
      cmocka_unit_test(the_downgrade_marks_are_those_of_the_standard),
      cmocka_unit_test(every_cut_is_refused),
      cmocka_unit_test(each_limit_holds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
