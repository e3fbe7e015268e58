/* Owns memory that runs out on demand (scarce.h). */
#include "support/scarce.h"

#include <stdlib.h>

#include "base/mem.h"
#include "unit/unit.h"

size_t scarce_left;
size_t scarce_held;
size_t scarce_asked;

static void *get(size_t size) {
  scarce_asked += size;
  if (scarce_left > 0 && --scarce_left == 0) {
    return NULL;
  }
  scarce_held++;
  return malloc(size);
}

static void put(void *block) {
  scarce_held -= block != NULL;
  free(block);
}

void scarce_begin(void) { q_mem_set_source((q_mem_source){get, put}); }

void scarce_end(void) {
  assert_int_equal(scarce_held, 0);
  q_mem_set_source((q_mem_source){NULL, NULL});
}

void scarce_exhaust(qtls_err (*what)(void)) {
  bool denied = true;
  for (size_t nth = 1; denied; nth++) {
    const size_t before = scarce_held;
    scarce_left = nth;
    qtls_err err = what();
    denied = scarce_left == 0;
    scarce_left = 0;
    assert_int_equal(scarce_held, before);
    assert_err(err, denied ? QTLS_ERR_NO_MEMORY : QTLS_OK);
    assert_true(denied || nth > 1);
  }
}
