/* Owns time for the bench programs (clock.h). */
#define _GNU_SOURCE /* RUSAGE_THREAD */
#include "clock.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

double bench_now_us(void) {
  struct timespec ts;
  (void)clock_gettime(CLOCK_MONOTONIC, &ts);
  return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

long bench_switches(void) {
  struct rusage usage;
  return getrusage(RUSAGE_THREAD, &usage) == 0 ? usage.ru_nivcsw : 0;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a;
  double y = *(const double *)b;
  return (x > y) - (x < y);
}

double bench_median(double *values, size_t n) {
  if (n == 0) {
    return 0;
  }
  qsort(values, n, sizeof *values, compare);
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

void bench_add(bench_mean *m, double us) {
  m->sum += us;
  m->count++;
}

double bench_mean_of(const bench_mean *m) { return m->count == 0 ? 0 : m->sum / (double)m->count; }
