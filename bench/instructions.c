/*
 * What callgrind counts: some handshakes, of which the calls of one side are
 * collected, or some records, of which sealing or opening is:
 *   bench_instructions CONFIG client|server
 *   bench_instructions 16384|1024 seal|open
 * Run by bench/instructions.py. Prints how many of them there were.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/callgrind.h>

#include "turns.h"

enum { HANDSHAKES = 10, RECORDS = 50 };

static void toggle(int who, void *context) {
  if (who == *(const int *)context) {
    CALLGRIND_TOGGLE_COLLECT;
  }
}

static void shake(const speed_setup *setup, const turns *t, int count) {
  for (int i = 0; i < count; i++) {
    qtls_conn *conns[2];
    turns_shake(conns, setup, t);
    qtls_conn_free(conns[0]);
    qtls_conn_free(conns[1]);
  }
}

int main(int argc, char **argv) {
  if (argc != 3) {
    return 2;
  }
  int who = strcmp(argv[2], "client") == 0 || strcmp(argv[2], "seal") == 0 ? 0 : 1;
  int nobody = -1;
  const turns counted = {toggle, toggle, &who};
  const turns silent = {toggle, toggle, &nobody};
  const speed_row *row = NULL;
  size_t size = (size_t)strtoul(argv[1], NULL, 10);
  for (size_t i = 0; i < speed_row_count; i++) {
    if (strcmp(speed_rows[i].name, argv[1]) == 0 || (size > 0 && i == 0)) {
      row = &speed_rows[i];
    }
  }
  bench_must(row != NULL, "no such configuration");
  speed_setup setup;
  bench_must(speed_prepare(&setup, row), setup.problem);
  shake(&setup, &silent, 2);
  qtls_conn *conns[2];
  turns_shake(conns, &setup, &silent);
  CALLGRIND_START_INSTRUMENTATION;
  if (size > 0) {
    for (int i = 0; i < RECORDS; i++) {
      turns_record(conns, size, &counted);
    }
  } else {
    shake(&setup, &counted, HANDSHAKES);
  }
  CALLGRIND_STOP_INSTRUMENTATION;
  (void)printf("%d\n", size > 0 ? RECORDS : HANDSHAKES);
  return 0;
}
