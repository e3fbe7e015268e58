/* Reading: values, vectors at their bounds, and that a failure moves nothing. */
#include "base/reader.h"
#include "unit/unit.h"

static void numbers(void **state) {
  (void)state;
  static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18};
  q_reader r = q_span_of(bytes, sizeof bytes);
  uint8_t a = 0;
  uint16_t b = 0;
  uint32_t c = 0, d = 0;
  uint64_t e = 0;
  assert_ok(q_read_u8(&r, &a));
  assert_ok(q_read_u16(&r, &b));
  assert_ok(q_read_u24(&r, &c));
  assert_ok(q_read_u32(&r, &d));
  assert_ok(q_read_u64(&r, &e));
  assert_int_equal(a, 0x01);
  assert_int_equal(b, 0x0203);
  assert_int_equal(c, 0x040506);
  assert_int_equal(d, 0x0708090A);
  assert_true(e == 0x0B0C0D0E0F101112u);
  assert_ok(q_read_end(&r));
}

static void too_short_for_a_number(void **state) {
  (void)state;
  static const uint8_t bytes[8] = {0};
  for (size_t n = 0; n < 8; n++) {
    q_reader r = q_span_of(bytes, n);
    uint8_t a = 0;
    uint16_t b = 0;
    uint32_t c = 0;
    uint64_t e = 0;
    qtls_err too_short = QTLS_ERR_DECODE;
    assert_err(q_read_u64(&r, &e), too_short);
    if (n < 4) {
      assert_err(q_read_u32(&r, &c), too_short);
    }
    if (n < 3) {
      assert_err(q_read_u24(&r, &c), too_short);
    }
    if (n < 2) {
      assert_err(q_read_u16(&r, &b), too_short);
    }
    if (n < 1) {
      assert_err(q_read_u8(&r, &a), too_short);
    }
    assert_ptr_equal(r.p, bytes);
    assert_int_equal(r.n, n);
  }
}

static void bytes_are_viewed_or_copied(void **state) {
  (void)state;
  static const uint8_t bytes[] = "abcdef";
  q_reader r = q_span_of(bytes, 6);
  q_span view = {NULL, 0};
  uint8_t copy[4] = {0};
  assert_ok(q_read_bytes(&r, &view, 0));
  assert_int_equal(view.n, 0);
  assert_ok(q_read_bytes(&r, &view, 2));
  assert_ptr_equal(view.p, bytes);
  assert_ok(q_read_copy(&r, copy, 3));
  assert_memory_equal(copy, "cde", 3);
  assert_err(q_read_copy(&r, copy, 2), QTLS_ERR_DECODE);
  assert_err(q_read_bytes(&r, &view, SIZE_MAX), QTLS_ERR_DECODE);
  assert_int_equal(r.n, 1);
  assert_err(q_read_end(&r), QTLS_ERR_TRAILING);
  assert_ok(q_read_copy(&r, copy, 1));
  assert_ok(q_read_copy(&r, copy, 0));
  assert_ok(q_read_end(&r));
}

typedef qtls_err (*vector_reader)(q_reader *, q_span *, size_t, size_t);

static void vectors(void **state) {
  (void)state;
  static const vector_reader readers[] = {q_read_vec8, q_read_vec16, q_read_vec24};
  for (size_t w = 1; w <= 3; w++) {
    vector_reader read = readers[w - 1];
    uint8_t bytes[16] = {0};
    bytes[w - 1] = 5;
    memcpy(bytes + w, "hello", 5);
    bytes[w + 5] = 'x';
    q_span body = {NULL, 0};
    q_reader r = q_span_of(bytes, w + 6);
    assert_ok(read(&r, &body, 5, 5));
    assert_int_equal(body.n, 5);
    assert_memory_equal(body.p, "hello", 5);
    assert_int_equal(r.n, 1);

    for (size_t n = 0; n < w + 5; n++) { /* cut anywhere */
      r = q_span_of(bytes, n);
      assert_err(read(&r, &body, 0, 100), QTLS_ERR_DECODE);
      assert_ptr_equal(r.p, bytes);
      assert_int_equal(r.n, n);
    }
    r = q_span_of(bytes, w + 6);
    assert_err(read(&r, &body, 6, 100), QTLS_ERR_DECODE); /* below the least */
    assert_err(read(&r, &body, 0, 4), QTLS_ERR_DECODE);   /* above the most */
    assert_int_equal(r.n, w + 6);
    memset(bytes, 0, w);
    assert_ok(read(&r, &body, 0, 0));
    assert_int_equal(body.n, 0);
  }
}

static void lists_of_codes(void **state) {
  (void)state;
  static const uint8_t bytes[] = {0x13, 0x01, 0x13, 0xF2, 0x00};
  const q_span list = q_span_of(bytes, 4);
  assert_int_equal(q_codes_count(list), 2);
  assert_int_equal(q_codes_at(list, 0), 0x1301);
  assert_int_equal(q_codes_at(list, 1), 0x13F2);
  assert_true(q_codes_has(list, 0x13F2));
  assert_false(q_codes_has(list, 0x0113)); /* across two */
  assert_false(q_codes_has(q_span_of(NULL, 0), 0));
  assert_false(q_codes_has(q_span_of(bytes, 5), 0)); /* half a code is none */
}

static void spans_compare(void **state) {
  (void)state;
  assert_true(q_base_span_equal(unit_text("abc"), unit_text("abc")));
  assert_false(q_base_span_equal(unit_text("abc"), unit_text("abd")));
  assert_false(q_base_span_equal(unit_text("abc"), unit_text("ab")));
  assert_true(q_base_span_equal(q_span_of(NULL, 0), unit_text("")));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers),        cmocka_unit_test(too_short_for_a_number),
      cmocka_unit_test(bytes_are_viewed_or_copied), cmocka_unit_test(vectors),
      cmocka_unit_test(lists_of_codes), cmocka_unit_test(spans_compare),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
