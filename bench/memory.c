/*
 * Memory: every block of the library and of AWS-LC counted as the allocator
 * holds it (malloc_usable_size and 8 bytes of its own), by side:
 *   bench_memory
 * Writes JSON: what an established connection holds, the highest that one side
 * held during a handshake, and the allocations that records cost.
 */
#include <malloc.h>
#include <openssl/mem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "turns.h"

enum { PAIRS = 200, RECORDS = 1000 };

static struct {
  long now, peak;
  unsigned long taken;
} heap;

static void *take(size_t size) {
  void *block = malloc(size);
  if (block != NULL) {
    heap.taken++;
    heap.now += (long)malloc_usable_size(block) + 8;
    heap.peak = heap.now > heap.peak ? heap.now : heap.peak;
  }
  return block;
}

static void give(void *block) {
  if (block != NULL) {
    heap.now -= (long)malloc_usable_size(block) + 8;
    free(block);
  }
}

static void *retake(void *block, size_t size) {
  void *fresh = take(size);
  if (fresh != NULL && block != NULL) {
    size_t held = malloc_usable_size(block);
    memcpy(fresh, block, held < size ? held : size);
    give(block);
  }
  return fresh;
}

/* The same with the signatures of AWS-LC. */
static void *awslc_take(size_t size, const char *file, int line) {
  (void)file;
  (void)line;
  return take(size);
}
static void *awslc_retake(void *block, size_t size, const char *file, int line) {
  (void)file;
  (void)line;
  return retake(block, size);
}
static void awslc_give(void *block, const char *file, int line) {
  (void)file;
  (void)line;
  give(block);
}

/* Calls of one side take and give back that side's blocks only. */
typedef struct ledger {
  struct {
    long now, peak;
  } of[2];
} ledger;

static void enter(int who, void *context) {
  const ledger *l = context;
  heap.now = l->of[who].now;
  heap.peak = l->of[who].peak;
}

static void leave(int who, void *context) {
  ledger *l = context;
  l->of[who].now = heap.now;
  l->of[who].peak = heap.peak;
}

/* Allocations for records of both sizes, both sides. */
static unsigned long records(qtls_conn *conns[2]) {
  ledger l = {0};
  const turns t = {enter, leave, &l};
  unsigned long before = heap.taken;
  for (int i = 0; i < RECORDS; i++) {
    turns_record(conns, 16384, &t);
    turns_record(conns, 1024, &t);
  }
  return heap.taken - before;
}

static void report(const speed_row *row) {
  static qtls_conn *conns[PAIRS][2];
  speed_setup setup;
  bench_must(speed_prepare(&setup, row), setup.problem);
  long idle[2] = {0, 0};
  long peak[2] = {0, 0};
  for (size_t i = 0; i < PAIRS; i++) {
    ledger l = {0};
    const turns t = {enter, leave, &l};
    turns_shake(conns[i], &setup, &t);
    for (int who = 0; who < 2 && i > 0; who++) { /* the first: what AWS-LC takes once for a process */
      idle[who] += l.of[who].now;
      peak[who] = l.of[who].peak > peak[who] ? l.of[who].peak : peak[who];
    }
  }
  unsigned long taken = records(conns[0]);
  (void)printf("{\"config\":\"%s\",\"client_idle\":%ld,\"server_idle\":%ld,\"client_peak\":%ld,\"server_peak\":%ld,"
               "\"records\":%d,\"record_allocations\":%lu}\n",
               row->name, idle[0] / (PAIRS - 1), idle[1] / (PAIRS - 1), peak[0], peak[1], 2 * RECORDS, taken);
  for (size_t i = 0; i < PAIRS; i++) {
    qtls_conn_free(conns[i][0]);
    qtls_conn_free(conns[i][1]);
  }
  speed_finish(&setup);
}

int main(void) {
  bench_must(CRYPTO_set_mem_functions(awslc_take, awslc_retake, awslc_give) == 1, "AWS-LC's allocator");
  q_mem_set_source((q_mem_source){take, give});
  for (size_t i = 0; i < speed_row_count; i++) {
    report(&speed_rows[i]);
  }
  return 0;
}
