/* The end of content: every length and place against the plain loop. */
#include "record/scan.h"
#include "unit/unit.h"

static size_t plain(const uint8_t *p, size_t n) {
  while (n > 0 && p[n - 1] == 0) {
    n--;
  }
  return n;
}

static void one_byte_at_every_place(void **state) {
  (void)state;
  static uint8_t bytes[1100];
  for (size_t n = 0; n <= 700; n++) {
    uint8_t *p = bytes + n % 16; /* at any alignment */
    assert_int_equal(q_record_content_end(p, n), 0);
    p[n] = 0xFF; /* just behind: not looked at */
    assert_int_equal(q_record_content_end(p, n), 0);
    for (size_t at = 0; at < n; at++) {
      p[at] = (uint8_t)(1u << (at % 8));
      assert_int_equal(q_record_content_end(p, n), at + 1);
      p[at] = 0;
    }
    p[n] = 0;
  }
}

static void many_bytes(void **state) {
  (void)state;
  static uint8_t bytes[16385];
  uint32_t random = 7;
  for (int i = 0; i < 3000; i++) {
    random = random * 1664525u + 1013904223u;
    size_t n = (random >> 8) % (sizeof bytes + 1);
    memset(bytes, 0, sizeof bytes);
    for (int k = 0; k < 5 && n > 0; k++) {
      random = random * 1664525u + 1013904223u;
      bytes[(random >> 8) % n] = (uint8_t)(random >> 24);
    }
    assert_int_equal(q_record_content_end(bytes, n), plain(bytes, n));
  }
  memset(bytes, 1, sizeof bytes);
  for (size_t n = 0; n <= sizeof bytes; n += 13) {
    assert_int_equal(q_record_content_end(bytes, n), n);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_byte_at_every_place),
      cmocka_unit_test(many_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
