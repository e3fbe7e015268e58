/* Memory, secrets and the arena: zeroed, aligned, wiped, and failing cleanly. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/secret.h"
#include "unit/unit.h"

static int blocks_left = -1; /* how many allocations succeed; -1: all */
static size_t blocks_held;
static size_t last_size;
static void *last_block;
static int dirty; /* bytes that were not wiped when a block came back */

static void *watching_get(size_t n) {
  if (blocks_left == 0 || n > (size_t)1 << 30) {
    return NULL;
  }
  blocks_left -= blocks_left > 0;
  uint8_t *block = malloc(n);
  memset(block, 0xA5, n);
  blocks_held++;
  last_block = block;
  last_size = n;
  return block;
}

/* Only the last block's size is known: single-block tests look into it. The
 * first 16 bytes are the allocator's own. */
static void watching_put(void *block) {
  if (block == last_block && !unit_all_zero((const uint8_t *)block + 16, last_size - 16)) {
    dirty++;
  }
  blocks_held--;
  free(block);
}

static int watch(void **state) {
  (void)state;
  blocks_left = -1;
  blocks_held = 0;
  dirty = 0;
  q_mem_set_source((q_mem_source){watching_get, watching_put});
  return 0;
}

static int unwatch(void **state) {
  (void)state;
  q_mem_set_source((q_mem_source){NULL, NULL});
  return blocks_held == 0 && dirty == 0 ? 0 : -1;
}

static void blocks_are_zeroed_aligned_and_wiped(void **state) {
  (void)state;
  static const size_t sizes[] = {1, 15, 16, 17, 4096, 100000};
  for (size_t i = 0; i < Q_COUNT(sizes); i++) {
    uint8_t *p = q_alloc(sizes[i]);
    assert_non_null(p);
    assert_int_equal((uintptr_t)p % 16, 0);
    assert_true(unit_all_zero(p, sizes[i]));
    memset(p, 0xFF, sizes[i]);
    q_free(p);
    assert_int_equal(dirty, 0);
  }
  q_free(NULL);
}

static void sizes_that_cannot_be(void **state) {
  (void)state;
  assert_null(q_alloc(0));
  assert_null(q_alloc(SIZE_MAX));
  assert_null(q_alloc(SIZE_MAX - 15));
  blocks_left = 0;
  assert_null(q_alloc(1));
  assert_null(q_alloc_copy("x", 1));
}

static void copies(void **state) {
  (void)state;
  char *p = q_alloc_copy("text", 5);
  assert_string_equal(p, "text");
  q_free(p);
  Q_AUTO_FREE uint8_t *scoped = q_alloc(3);
  assert_non_null(scoped);
}

static void wiping(void **state) {
  (void)state;
  uint8_t bytes[] = {1, 2, 3};
  q_wipe(bytes, 2);
  assert_true(unit_all_zero(bytes, 2));
  assert_int_equal(bytes[2], 3);
  q_wipe(NULL, 0);
}

static void arena_blocks(void **state) {
  (void)state;
  q_arena a = {NULL};
  uint8_t *blocks[200];
  for (size_t i = 0; i < Q_COUNT(blocks); i++) {
    blocks[i] = q_arena_alloc(&a, i * 7 + 1);
    assert_non_null(blocks[i]);
    assert_int_equal((uintptr_t)blocks[i] % 16, 0);
    assert_true(unit_all_zero(blocks[i], i * 7 + 1));
    memset(blocks[i], (int)i, i * 7 + 1);
  }
  for (size_t i = 0; i < Q_COUNT(blocks); i++) { /* none lies in another */
    assert_int_equal(blocks[i][0], i);
    assert_int_equal(blocks[i][i * 7], i);
  }
  q_arena_free(&a);
  assert_null(a.top);
  assert_int_equal(blocks_held, 0);
  assert_non_null(q_arena_alloc(&a, 1)); /* usable again */
  q_arena_free(&a);
  q_arena_free(&a);
}

static void arena_limits(void **state) {
  (void)state;
  q_arena a = {NULL};
  assert_null(q_arena_alloc(&a, 0));
  assert_null(q_arena_alloc(&a, SIZE_MAX));
  assert_null(q_arena_alloc(&a, SIZE_MAX - 64));
  assert_non_null(q_arena_alloc(&a, 4096)); /* exactly a chunk, more, and much more */
  assert_non_null(q_arena_alloc(&a, 4097));
  assert_non_null(q_arena_alloc(&a, 100000));
  assert_int_equal(blocks_held, 3);
  blocks_left = 0;
  size_t held = blocks_held;
  assert_null(q_arena_alloc(&a, 200000));
  assert_int_equal(blocks_held, held);
  q_arena_free(&a);
}

static void secrets(void **state) {
  (void)state;
  static const uint8_t bytes[Q_SECRET_MAX + 1] = {9, 8, 7};
  q_secret s = {0}, more = {0};
  assert_ok(q_secret_set(&s, bytes, Q_SECRET_MAX));
  assert_int_equal(s.n, Q_SECRET_MAX);
  assert_err(q_secret_set(&s, bytes, Q_SECRET_MAX + 1), QTLS_ERR_INTERNAL);
  assert_ok(q_secret_set(&s, bytes, 2)); /* what was there is gone */
  assert_true(unit_all_zero(s.b + 2, sizeof s.b - 2));
  assert_ok(q_secret_set(&more, bytes + 2, 1));
  assert_ok(q_secret_append(&s, &more));
  assert_int_equal(s.n, 3);
  assert_memory_equal(s.b, bytes, 3);
  more.n = Q_SECRET_MAX - 3;
  assert_ok(q_secret_append(&s, &more));
  assert_int_equal(s.n, Q_SECRET_MAX);
  more.n = 1;
  assert_err(q_secret_append(&s, &more), QTLS_ERR_INTERNAL);
  assert_int_equal(s.n, Q_SECRET_MAX);
  assert_ok(q_secret_set(&s, NULL, 0));
  assert_int_equal(q_secret_span(&s).n, 0);
  q_secret_wipe(&more);
  assert_true(unit_all_zero((const uint8_t *)&more, sizeof more));
}

static void sums_that_pass_the_end(void **state) {
  (void)state;
  size_t out = 5;
  assert_true(q_base_add(&out, 1, 2));
  assert_int_equal(out, 3);
  assert_true(q_base_add(&out, SIZE_MAX, 0));
  assert_false(q_base_add(&out, SIZE_MAX, 1));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(blocks_are_zeroed_aligned_and_wiped, watch, unwatch),
      cmocka_unit_test_setup_teardown(sizes_that_cannot_be, watch, unwatch),
      cmocka_unit_test_setup_teardown(copies, watch, unwatch),
      cmocka_unit_test(wiping),
      cmocka_unit_test_setup_teardown(arena_blocks, watch, unwatch),
      cmocka_unit_test_setup_teardown(arena_limits, watch, unwatch),
      cmocka_unit_test(secrets),
      cmocka_unit_test(sums_that_pass_the_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
