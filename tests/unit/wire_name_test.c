/* server_name (RFC 6066 §3) and ALPN (RFC 7301 §3.1). */
#include "unit/wire.h"
#include "wire/ext/ext_codec.h"

static qtls_err read_name(q_span body) {
  q_span name;
  return q_wire_server_name_read(&name, body);
}
static qtls_err read_list(q_span body) {
  q_span list;
  return q_wire_alpn_read(&list, body);
}
static qtls_err read_one(q_span body) {
  q_span name;
  return q_wire_alpn_read_one(&name, body);
}

/* Writes the name as server_name and reads it back. */
static qtls_err name_of(const char *bytes, size_t n) {
  uint8_t out[600];
  q_span name;
  q_writer w;
  size_t written = 0;
  q_writer_init(&w, out, sizeof out);
  q_wire_server_name_write(&w, q_span_of(bytes, n));
  assert_ok(q_writer_end(&w, &written));
  assert_int_equal(written, n + 5);
  Q_TRY(q_wire_server_name_read(&name, q_span_of(out, written)));
  assert_int_equal(name.n, n);
  assert_memory_equal(name.p, bytes, n);
  return QTLS_OK;
}

static void a_name_is_read_as_written(void **state) {
  (void)state;
  uint8_t out[64];
  q_writer w;
  q_writer_init(&w, out, sizeof out);
  q_wire_server_name_write(&w, unit_text("example.com"));
  wire_written(&w, "000e 00 000b 6578616d706c652e636f6d");
  wire_all_lengths(read_name, q_span_of(out, 16), QTLS_ERR_DECODE, QTLS_ERR_TRAILING);
}

static void only_host_names_pass(void **state) {
  (void)state;
  static const char *const good[] = {"a",         "localhost",   "example.com", "xn--bcher-kva.example", "_dns.example",
                                     "1.2.3.4.a", "9front.org", "10.example",  "EXAMPLE.com",           "a-b.example"};
  static const char *const bad[] = {"",           "192.0.2.1", "127.1",         "2130706433", "...",   "::1",
                                    "2001:db8::1", "a b.c",    "b\xC3\xBC.test", "a\tb",      "a\x7F", "\xFF"};
  for (size_t i = 0; i < Q_COUNT(good); i++) {
    assert_ok(name_of(good[i], strlen(good[i])));
  }
  for (size_t i = 0; i < Q_COUNT(bad); i++) {
    assert_err(name_of(bad[i], strlen(bad[i])), QTLS_ERR_SERVER_NAME_BAD);
  }
  assert_err(name_of("good.test\0.evil.test", 20), QTLS_ERR_SERVER_NAME_BAD);
  assert_err(name_of("a\0", 2), QTLS_ERR_SERVER_NAME_BAD);
}

static void a_name_has_255_bytes_at_most(void **state) {
  (void)state;
  char name[256];
  memset(name, 'a', sizeof name);
  assert_ok(name_of(name, 255));
  assert_err(name_of(name, 256), QTLS_ERR_SERVER_NAME_BAD);
}

static void there_is_one_name_of_one_type(void **state) {
  (void)state;
  assert_err(wire_read_hex(read_name, "0000"), QTLS_ERR_DECODE);                        /* no name */
  assert_err(wire_read_hex(read_name, "0001 00"), QTLS_ERR_DECODE);                     /* type alone */
  assert_err(wire_read_hex(read_name, "0005 00 0003 6162"), QTLS_ERR_DECODE);           /* past the list */
  assert_err(wire_read_hex(read_name, "0008 00 0001 61 00 0001 62"), QTLS_ERR_SERVER_NAME_BAD);
  assert_err(wire_read_hex(read_name, "0008 00 0001 61 00 0001 61"), QTLS_ERR_SERVER_NAME_BAD);
  assert_err(wire_read_hex(read_name, "0005 00 0001 61 00"), QTLS_ERR_SERVER_NAME_BAD); /* something behind it */
  assert_err(wire_read_hex(read_name, "0004 01 0001 61"), QTLS_ERR_SERVER_NAME_BAD);
}

static void protocols_are_walked_in_order(void **state) {
  (void)state;
  uint8_t out[64];
  q_span list, name;
  q_writer w;
  q_writer_init(&w, out, sizeof out);
  q_wire_alpn_write(&w, unit_text("\x02h2\x08http/1.1"));
  wire_written(&w, "000c 02 6832 08 687474702f312e31");
  wire_all_lengths(read_list, q_span_of(out, 14), QTLS_ERR_DECODE, QTLS_ERR_TRAILING);
  assert_ok(q_wire_alpn_read(&list, q_span_of(out, 14)));
  assert_true(q_wire_alpn_next(&list, &name));
  assert_true(q_base_span_equal(name, unit_text("h2")));
  assert_true(q_wire_alpn_next(&list, &name));
  assert_true(q_base_span_equal(name, unit_text("http/1.1")));
  assert_false(q_wire_alpn_next(&list, &name));
}

static void empty_protocols_are_refused(void **state) {
  (void)state;
  assert_err(wire_read_hex(read_list, "0000"), QTLS_ERR_DECODE);
  assert_err(wire_read_hex(read_list, "0001 00"), QTLS_ERR_DECODE);
  assert_err(wire_read_hex(read_list, "0002 0000"), QTLS_ERR_DECODE);
  assert_err(wire_read_hex(read_list, "0004 02 6832 00"), QTLS_ERR_DECODE);
  assert_err(wire_read_hex(read_list, "0004 00 02 6832"), QTLS_ERR_DECODE);
  assert_err(wire_read_hex(read_list, "0003 03 6832"), QTLS_ERR_DECODE); /* past the list */
}

static void the_answer_is_one_protocol(void **state) {
  (void)state;
  uint8_t bytes[64];
  q_span name;
  q_span body = wire_hex(bytes, sizeof bytes, "0003 02 6832");
  assert_ok(q_wire_alpn_read_one(&name, body));
  assert_true(q_base_span_equal(name, unit_text("h2")));
  wire_all_lengths(read_one, body, QTLS_ERR_DECODE, QTLS_ERR_TRAILING);
  assert_err(wire_read_hex(read_one, "0000"), QTLS_ERR_DECODE);
  assert_err(wire_read_hex(read_one, "0001 00"), QTLS_ERR_DECODE);
  assert_err(wire_read_hex(read_one, "0006 02 6832 02 6833"), QTLS_ERR_DECODE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_name_is_read_as_written),     cmocka_unit_test(only_host_names_pass),
      cmocka_unit_test(a_name_has_255_bytes_at_most),  cmocka_unit_test(there_is_one_name_of_one_type),
      cmocka_unit_test(protocols_are_walked_in_order), cmocka_unit_test(empty_protocols_are_refused),
      cmocka_unit_test(the_answer_is_one_protocol),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
