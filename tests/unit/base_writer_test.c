/* Writing: values, prefixes, and that the first failure stays. */
#include "base/writer.h"
#include "unit/unit.h"

static void numbers_and_bytes(void **state) {
  (void)state;
  uint8_t buffer[21];
  q_writer w;
  size_t n = 0;
  q_writer_init(&w, buffer, sizeof buffer);
  q_write_u8(&w, 0x01);
  q_write_u16(&w, 0x0203);
  q_write_u24(&w, 0x040506);
  q_write_u32(&w, 0x0708090A);
  q_write_u64(&w, 0x0B0C0D0E0F101112u);
  q_write_bytes(&w, unit_text("ab"));
  q_write_bytes(&w, q_span_of(NULL, 0));
  uint8_t *space = q_write_space(&w, 1);
  assert_non_null(space);
  *space = 'c';
  assert_ok(q_writer_end(&w, &n));
  assert_int_equal(n, 21);
  unit_equal(buffer, n, "0102030405060708090a0b0c0d0e0f101112616263");
}

static void prefixes(void **state) {
  (void)state;
  uint8_t buffer[64];
  q_writer w;
  size_t n = 0;
  q_writer_init(&w, buffer, sizeof buffer);
  q_mark outer = q_write_open(&w, 3);
  q_mark middle = q_write_open(&w, 2);
  q_write_vec(&w, 1, unit_text("hi"));
  q_write_vec(&w, 1, q_span_of(NULL, 0));
  q_write_close(&w, middle);
  q_write_u8(&w, 0xFF);
  q_write_close(&w, outer);
  assert_ok(q_writer_end(&w, &n));
  unit_equal(buffer, n, "000007" "0004" "026869" "00" "ff");
}

static void prefixes_at_their_limits(void **state) {
  (void)state;
  static uint8_t buffer[70000], content[65536];
  q_writer w;
  size_t n = 0;
  q_writer_init(&w, buffer, sizeof buffer);
  q_write_vec(&w, 1, q_span_of(content, 255));
  assert_ok(q_writer_end(&w, &n));
  assert_int_equal(buffer[0], 255);
  q_writer_init(&w, buffer, sizeof buffer);
  q_write_vec(&w, 1, q_span_of(content, 256));
  assert_err(q_writer_end(&w, &n), QTLS_ERR_INTERNAL);
  q_writer_init(&w, buffer, sizeof buffer);
  q_write_vec(&w, 2, q_span_of(content, 65535));
  assert_ok(q_writer_end(&w, &n));
  assert_int_equal(n, 65537);
  q_writer_init(&w, buffer, sizeof buffer);
  q_write_vec(&w, 2, q_span_of(content, 65536));
  assert_err(q_writer_end(&w, &n), QTLS_ERR_INTERNAL);
  q_writer_init(&w, buffer, sizeof buffer);
  q_write_vec(&w, 3, q_span_of(content, 65536));
  assert_ok(q_writer_end(&w, &n));
  unit_equal(buffer, 3, "010000");
}

/* One thing of 28 bytes, into every room that is too small. */
static void say(q_writer *w) {
  q_mark mark = q_write_open(w, 2);
  q_write_u8(w, 1);
  q_write_u16(w, 2);
  q_write_u24(w, 3);
  q_write_u32(w, 4);
  q_write_u64(w, 5);
  q_write_vec(w, 1, unit_text("seven77"));
  q_write_close(w, mark);
}

static void the_first_failure_stays(void **state) {
  (void)state;
  uint8_t buffer[32];
  q_writer w;
  size_t n = 0;
  for (size_t cap = 0; cap < 28; cap++) {
    memset(buffer, 0xEE, sizeof buffer);
    q_writer_init(&w, buffer, cap);
    say(&w);
    n = 77;
    assert_err(q_writer_end(&w, &n), QTLS_ERR_BUFFER);
    assert_int_equal(n, 77);
    assert_int_equal(buffer[cap], 0xEE);
    assert_null(q_write_space(&w, 0)); /* even what would fit is not written any more */
    q_write_u8(&w, 1);
    assert_err(q_writer_end(&w, &n), QTLS_ERR_BUFFER);
  }
  q_writer_init(&w, buffer, 28);
  say(&w);
  assert_ok(q_writer_end(&w, &n));
  assert_int_equal(n, 28);
  q_writer_init(&w, buffer, sizeof buffer);
  assert_null(q_write_space(&w, SIZE_MAX));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers_and_bytes),
      cmocka_unit_test(prefixes),
      cmocka_unit_test(prefixes_at_their_limits),
      cmocka_unit_test(the_first_failure_stays),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
