/* ClientHello: round trip, each limit, RFC 8448's own. */
#include "unit/wire.h"
#include "vectors/rfc8448.h"
#include "wire/client_hello.h"

#define RANDOM "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static qtls_err read_hello(q_span body) {
  q_client_hello hello;
  return q_wire_client_hello_read(&hello, body);
}

static void what_is_written_is_read(void **state) {
  (void)state;
  uint8_t random[32], out[256];
  const uint8_t session_id[3] = {0xA1, 0xA2, 0xA3};
  const uint16_t suites[] = {0x13F2, 0x1302};
  unit_hex(random, sizeof random, RANDOM);
  q_writer w;
  size_t n = 0;
  q_writer_init(&w, out, sizeof out);
  q_mark block = q_wire_client_hello_open(&w, random, q_span_of(session_id, 3), suites, 2);
  q_mark ext = q_wire_extension_open(&w, Q_EXT_SUPPORTED_VERSIONS);
  q_write_bytes(&w, q_span_of("\x04\x03\x05\x03\x04", 5));
  q_write_close(&w, ext);
  q_write_close(&w, block);
  wire_written(&w, "0303" RANDOM "03a1a2a3" "0004 13f2 1302" "01 00" "0009 002b 0005 04 0305 0304");
  assert_ok(q_writer_end(&w, &n));

  q_client_hello hello;
  assert_ok(q_wire_client_hello_read(&hello, q_span_of(out, n)));
  assert_int_equal(hello.legacy_version, 0x0303);
  assert_memory_equal(hello.random, random, 32);
  assert_int_equal(hello.session_id.n, 3);
  assert_memory_equal(hello.session_id.p, session_id, 3);
  assert_int_equal(q_codes_count(hello.suites), 2);
  assert_int_equal(q_codes_at(hello.suites, 0), 0x13F2);
  assert_int_equal(q_codes_at(hello.suites, 1), 0x1302);
  assert_int_equal(hello.compression.n, 1);
  assert_int_equal(hello.compression.p[0], 0);
  assert_true(hello.has_extensions);
  assert_int_equal(hello.extensions.count, 1);
  assert_non_null(q_wire_extension_find(&hello.extensions, Q_EXT_SUPPORTED_VERSIONS));
}

static void the_hello_of_rfc_8448_is_read(void **state) {
  (void)state;
  uint8_t bytes[512];
  size_t n = unit_hex(bytes, sizeof bytes, RFC8448_CLIENT_HELLO);
  q_client_hello hello;
  assert_ok(q_wire_client_hello_read(&hello, q_span_of(bytes + Q_MSG_HEADER, n - Q_MSG_HEADER)));
  assert_int_equal(hello.session_id.n, 0);
  assert_int_equal(q_codes_count(hello.suites), 3);
  assert_int_equal(hello.extensions.count, 9);
  assert_int_equal(hello.extensions.type[0], Q_EXT_SERVER_NAME);
  assert_int_equal(hello.extensions.type[8], Q_EXT_RECORD_SIZE_LIMIT);
}

static void every_cut_is_refused(void **state) {
  (void)state;
  uint8_t bytes[512];
  const size_t fixed = 2 + 32 + 1 + 2 + 6 + 2; /* up to the extensions */
  size_t n = unit_hex(bytes, sizeof bytes, RFC8448_CLIENT_HELLO);
  q_span body = q_span_of(bytes + Q_MSG_HEADER, n - Q_MSG_HEADER);
  assert_ok(wire_read_exact(read_hello, body.p, body.n));
  for (size_t cut = 0; cut < body.n; cut++) {
    /* A hello of old ends where its extensions would begin. */
    assert_err(wire_read_exact(read_hello, body.p, cut), cut == fixed ? QTLS_OK : QTLS_ERR_DECODE);
  }
  q_client_hello old;
  assert_ok(q_wire_client_hello_read(&old, q_span_of(body.p, fixed)));
  assert_false(old.has_extensions);
  assert_int_equal(old.extensions.count, 0);
  bytes[n] = 0;
  assert_err(wire_read_exact(read_hello, body.p, body.n + 1), QTLS_ERR_TRAILING);
}

static void each_limit_holds(void **state) {
  (void)state;
  const struct {
    const char *hex;
    qtls_err expected;
  } rows[] = {
      {"0303" RANDOM "00" "0002 1302" "01 00", QTLS_OK},
      {"0303" RANDOM "00" "0002 1302" "01 00" "0000", QTLS_OK},
      {"0303" RANDOM "20" RANDOM "0002 1302" "01 00", QTLS_OK},
      /* session_id of 33 bytes */
      {"0303" RANDOM "21" RANDOM "ff" "0002 1302" "01 00", QTLS_ERR_DECODE},
      /* no suite, half a suite, one and a half */
      {"0303" RANDOM "00" "0000" "01 00", QTLS_ERR_DECODE},
      {"0303" RANDOM "00" "0001 13" "01 00", QTLS_ERR_DECODE},
      {"0303" RANDOM "00" "0003 130213" "01 00", QTLS_ERR_DECODE},
      /* no compression method; several */
      {"0303" RANDOM "00" "0002 1302" "00" "0000", QTLS_ERR_DECODE},
      {"0303" RANDOM "00" "0002 1302" "02 0100" "0000", QTLS_OK},
      /* extensions: twice the same, cut, too long */
      {"0303" RANDOM "00" "0002 1302" "01 00" "0008 002b0000 002b0000", QTLS_ERR_EXT_DUPLICATE},
      {"0303" RANDOM "00" "0002 1302" "01 00" "0003 002b00", QTLS_ERR_DECODE},
      {"0303" RANDOM "00" "0002 1302" "01 00" "0001", QTLS_ERR_DECODE},
      {"0303" RANDOM "00" "0002 1302" "01 00" "00", QTLS_ERR_DECODE},
      {"0303" RANDOM "00" "0002 1302" "01 00" "0000 00", QTLS_ERR_TRAILING},
  };
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    assert_err(wire_read_hex(read_hello, rows[i].hex), rows[i].expected);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_written_is_read),
      cmocka_unit_test(the_hello_of_rfc_8448_is_read),
      cmocka_unit_test(every_cut_is_refused),
      cmocka_unit_test(each_limit_holds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
