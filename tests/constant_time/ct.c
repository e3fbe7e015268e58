/* Owns the marking of secrets and the counting of what memcheck reports. */
#include "constant_time/ct.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <valgrind/memcheck.h>

void ct_secret(const void *p, size_t n) { VALGRIND_MAKE_MEM_UNDEFINED(p, n); }

void ct_public(const void *p, size_t n, const char *reason) {
  if (reason == NULL || reason[0] == '\0') {
    abort();
  }
  VALGRIND_MAKE_MEM_DEFINED(p, n);
}

bool ct_is_secret(const void *p, size_t n) {
  const char *at = p;
  for (size_t i = 0; i < n; i++) {
    unsigned char bits = 0;
    if (VALGRIND_GET_VBITS(at + i, &bits, 1) != 1) {
      return false;
    }
    if (bits != 0) {
      return true;
    }
  }
  return false;
}

/* Runs one case; *reports is how many errors memcheck counted meanwhile. */
static bool run(const ct_case *one, unsigned *reports) {
  unsigned before = VALGRIND_COUNT_ERRORS;
  bool right = one->run();
  VALGRIND_MAKE_MEM_DEFINED(&right, sizeof right);
  *reports = VALGRIND_COUNT_ERRORS - before;
  return right;
}

static int run_all(const ct_case *cases, size_t count, bool leaky) {
  if (RUNNING_ON_VALGRIND == 0) {
    fprintf(stderr, "this program says something under valgrind only\n");
    return 2;
  }
  size_t bad = 0;
  for (size_t i = 0; i < count; i++) {
    unsigned reports = 0;
    bool right = run(&cases[i], &reports);
    bool well = right && (leaky ? reports > 0 : reports == 0);
    printf("%s  %s: %u report%s%s\n", well ? "ok  " : "FAIL", cases[i].name, reports, reports == 1 ? "" : "s",
           right ? "" : ", and a wrong result");
    bad += well ? 0 : 1;
  }
  printf("%zu of %zu %s\n", count - bad, count, leaky ? "leaks caught" : "free of secret-dependent branches");
  return bad == 0 ? 0 : 1;
}

int ct_main(const ct_case *cases, size_t count) { return run_all(cases, count, false); }
int ct_main_leaky(const ct_case *cases, size_t count) { return run_all(cases, count, true); }
