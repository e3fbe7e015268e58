/* The byte queue: order, growth, giving memory back, and failing cleanly. */
#include <stdlib.h>

#include "base/queue.h"
#include "unit/unit.h"

static int blocks_left = -1;
static int blocks_held;

static void *counting_get(size_t n) {
  if (blocks_left == 0) {
    return NULL;
  }
  blocks_left -= blocks_left > 0;
  blocks_held++;
  return malloc(n);
}

static void counting_put(void *p) {
  blocks_held--;
  free(p);
}

static int watch(void **state) {
  (void)state;
  blocks_left = -1;
  blocks_held = 0;
  q_mem_set_source((q_mem_source){counting_get, counting_put});
  return 0;
}

static int unwatch(void **state) {
  (void)state;
  q_mem_set_source((q_mem_source){NULL, NULL});
  return blocks_held == 0 ? 0 : -1;
}

static void holds(const q_queue *q, const char *text) {
  q_span s = q_queue_span(q);
  assert_int_equal(s.n, strlen(text));
  assert_int_equal(q_queue_length(q), strlen(text));
  if (s.n > 0) {
    assert_memory_equal(s.p, text, s.n);
  }
}

static void bytes_leave_in_order(void **state) {
  (void)state;
  q_queue q = {0};
  holds(&q, "");
  assert_ok(q_queue_append(&q, unit_text("abc")));
  assert_ok(q_queue_append(&q, q_span_of(NULL, 0)));
  assert_ok(q_queue_append(&q, unit_text("def")));
  holds(&q, "abcdef");
  q_queue_consume(&q, 0);
  q_queue_consume(&q, 4);
  holds(&q, "ef");
  assert_ok(q_queue_append(&q, unit_text("gh")));
  holds(&q, "efgh");
  q_queue_consume(&q, 4);
  holds(&q, "");
  assert_int_equal(blocks_held, 0); /* an empty queue holds nothing */
  assert_null(q.p);
}

static void reserve_and_commit(void **state) {
  (void)state;
  q_queue q = {0};
  uint8_t *at = NULL;
  assert_ok(q_queue_reserve(&q, &at, 10));
  memcpy(at, "12345", 5);
  holds(&q, "");
  q_queue_commit(&q, 5); /* less than was reserved */
  holds(&q, "12345");
  assert_ok(q_queue_reserve(&q, &at, 1));
  *at = '6';
  q_queue_commit(&q, 1);
  holds(&q, "123456");
  q_queue_free(&q);
  q_queue_free(&q);
}

/* A long run through a small window against a plain model. */
static void moves_and_grows(void **state) {
  (void)state;
  q_queue q = {0};
  uint32_t random = 1;
  uint8_t next_in = 0, next_out = 0;
  for (int i = 0; i < 20000; i++) {
    random = random * 1664525u + 1013904223u;
    size_t n = (random >> 16) % 300;
    if ((random >> 30) % 2 == 0) {
      uint8_t *at = NULL;
      assert_ok(q_queue_reserve(&q, &at, n + 1));
      for (size_t k = 0; k <= n; k++) {
        at[k] = next_in++;
      }
      q_queue_commit(&q, n + 1);
    } else {
      size_t take = n < q_queue_length(&q) ? n : q_queue_length(&q);
      for (size_t k = 0; k < take; k++) {
        assert_int_equal(q_queue_span(&q).p[k], next_out++);
      }
      q_queue_consume(&q, take);
    }
    assert_true(blocks_held <= 1);
  }
  q_queue_free(&q);
}

static void no_memory_changes_nothing(void **state) {
  (void)state;
  q_queue q = {0};
  uint8_t *at = NULL;
  blocks_left = 0;
  assert_err(q_queue_append(&q, unit_text("x")), QTLS_ERR_NO_MEMORY);
  holds(&q, "");
  blocks_left = 1;
  assert_ok(q_queue_append(&q, unit_text("kept")));
  assert_err(q_queue_reserve(&q, &at, 100000), QTLS_ERR_NO_MEMORY);
  assert_err(q_queue_reserve(&q, &at, SIZE_MAX), QTLS_ERR_NO_MEMORY);
  assert_err(q_queue_reserve(&q, &at, SIZE_MAX - 4), QTLS_ERR_NO_MEMORY);
  holds(&q, "kept");
  q_queue_free(&q);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(bytes_leave_in_order, watch, unwatch),
      cmocka_unit_test_setup_teardown(reserve_and_commit, watch, unwatch),
      cmocka_unit_test_setup_teardown(moves_and_grows, watch, unwatch),
      cmocka_unit_test_setup_teardown(no_memory_changes_nothing, watch, unwatch),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
