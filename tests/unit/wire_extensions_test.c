/* Extension blocks: form, limits, repeats, and the message each may stand in. */
#include "unit/wire.h"
#include "wire/extensions.h"

static qtls_err read_block(q_span body) {
  q_ext_set set;
  q_reader r = body;
  Q_TRY(q_wire_extensions_read(&set, &r));
  return q_read_end(&r);
}

/* A block of `count` extensions of consecutive types, each of one byte. */
static size_t block_of(uint8_t *out, size_t cap, uint16_t first, size_t count) {
  q_writer w;
  size_t n = 0;
  q_writer_init(&w, out, cap);
  q_mark block = q_write_open(&w, 2);
  for (size_t i = 0; i < count; i++) {
    q_mark mark = q_wire_extension_open(&w, (uint16_t)(first + i));
    q_write_u8(&w, (uint8_t)i);
    q_write_close(&w, mark);
  }
  q_write_close(&w, block);
  assert_ok(q_writer_end(&w, &n));
  return n;
}

static void what_is_written_is_read(void **state) {
  (void)state;
  uint8_t out[512];
  size_t n = block_of(out, sizeof out, 0x1000, 3);
  unit_equal(out, n, "000f" "1000000100" "1001000101" "1002000102");
  q_ext_set set;
  q_reader r = q_span_of(out, n);
  assert_ok(q_wire_extensions_read(&set, &r));
  assert_int_equal(r.n, 0);
  assert_int_equal(set.count, 3);
  for (uint16_t i = 0; i < 3; i++) {
    const q_span *body = q_wire_extension_find(&set, (uint16_t)(0x1000 + i));
    assert_non_null(body);
    assert_int_equal(body->n, 1);
    assert_int_equal(body->p[0], i);
    assert_int_equal(set.type[i], 0x1000 + i); /* the order of the wire is kept */
  }
  assert_null(q_wire_extension_find(&set, 0x1003));
}

static void every_cut_is_refused(void **state) {
  (void)state;
  uint8_t out[512];
  size_t n = block_of(out, sizeof out, 0x1000, 3);
  wire_all_lengths(read_block, q_span_of(out, n), QTLS_ERR_DECODE, QTLS_ERR_TRAILING);
  assert_ok(wire_read_hex(read_block, "0000"));
  /* The block ends inside an extension: after its type, its length, its body. */
  assert_err(wire_read_hex(read_block, "0001 00"), QTLS_ERR_DECODE);
  assert_err(wire_read_hex(read_block, "0002 1000"), QTLS_ERR_DECODE);
  assert_err(wire_read_hex(read_block, "0003 1000 00"), QTLS_ERR_DECODE);
  assert_err(wire_read_hex(read_block, "0005 1000 0002 ff"), QTLS_ERR_DECODE);
  /* The body goes past the block, though the message has more. */
  assert_err(wire_read_hex(read_block, "0004 1000 0002 ffff"), QTLS_ERR_DECODE);
}

static void sixty_four_are_the_most(void **state) {
  (void)state;
  uint8_t out[512];
  size_t n = block_of(out, sizeof out, 0x1000, Q_EXT_MAX);
  assert_ok(wire_read_exact(read_block, out, n));
  n = block_of(out, sizeof out, 0x1000, Q_EXT_MAX + 1);
  assert_err(wire_read_exact(read_block, out, n), QTLS_ERR_EXT_MANY);
}

static void none_stands_twice(void **state) {
  (void)state;
  assert_err(wire_read_hex(read_block, "0008 002b 0000 002b 0000"), QTLS_ERR_EXT_DUPLICATE);
  assert_err(wire_read_hex(read_block, "000d 002b 0000 002d 0001 01 002b 0000"), QTLS_ERR_EXT_DUPLICATE);
  assert_err(wire_read_hex(read_block, "0008 fafa 0000 fafa 0000"), QTLS_ERR_EXT_DUPLICATE);
  assert_ok(wire_read_hex(read_block, "0008 0a0a 0000 fafa 0000"));
}

static void each_stands_in_its_messages_only(void **state) {
  (void)state;
  for (size_t i = 0; q_ext_at(i) != NULL; i++) {
    const q_ext_row *row = q_ext_at(i);
    for (unsigned where = 1; where <= Q_IN_NST; where <<= 1) {
      q_ext_set set = {.count = 2, .type = {0x7A7A, row->code}};
      qtls_err expected = (row->where & where) != 0 ? QTLS_OK : QTLS_ERR_EXT_MISPLACED;
      assert_err(q_wire_extensions_check(&set, where), expected);
    }
  }
}

static void unknown_ones_stand_anywhere(void **state) {
  (void)state;
  q_ext_set set = {.count = 2, .type = {0x0A0A, 0x7777}};
  for (unsigned where = 1; where <= Q_IN_NST; where <<= 1) {
    assert_ok(q_wire_extensions_check(&set, where));
  }
}

static void the_places_are_those_of_the_standard(void **state) {
  (void)state;
  /* RFC 8446 §4.2 and Q-TLS §5, where a mistake would hurt most. */
  const struct {
    uint16_t type;
    unsigned where;
    qtls_err expected;
  } rows[] = {
      {Q_EXT_KEY_SHARE, Q_IN_EE, QTLS_ERR_EXT_MISPLACED},
      {Q_EXT_SUPPORTED_VERSIONS, Q_IN_EE, QTLS_ERR_EXT_MISPLACED},
      {Q_EXT_COOKIE, Q_IN_SH, QTLS_ERR_EXT_MISPLACED},
      {Q_EXT_COOKIE, Q_IN_HRR, QTLS_OK},
      {Q_EXT_SERVER_NAME, Q_IN_SH, QTLS_ERR_EXT_MISPLACED},
      {Q_EXT_ALPN, Q_IN_SH, QTLS_ERR_EXT_MISPLACED},
      {Q_EXT_SIGNATURE_ALGORITHMS, Q_IN_EE, QTLS_ERR_EXT_MISPLACED},
      {Q_EXT_EARLY_DATA, Q_IN_NST, QTLS_OK},
      {Q_EXT_PQC_ALGORITHMS, Q_IN_EE, QTLS_OK},
      {Q_EXT_PQC_ALGORITHMS, Q_IN_SH, QTLS_ERR_EXT_MISPLACED},
      {Q_EXT_HSM_CAPABILITIES, Q_IN_CH, QTLS_ERR_EXT_MISPLACED},
      {Q_EXT_CERT_COMPRESSION, Q_IN_CR, QTLS_OK},
      {Q_EXT_CERT_COMPRESSION, Q_IN_EE, QTLS_ERR_EXT_MISPLACED},
  };
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    q_ext_set set = {.count = 1, .type = {rows[i].type}};
    assert_err(q_wire_extensions_check(&set, rows[i].where), rows[i].expected);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_written_is_read),
      cmocka_unit_test(every_cut_is_refused),
      cmocka_unit_test(sixty_four_are_the_most),
      cmocka_unit_test(none_stands_twice),
      cmocka_unit_test(each_stands_in_its_messages_only),
      cmocka_unit_test(unknown_ones_stand_anywhere),
      cmocka_unit_test(the_places_are_those_of_the_standard),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
