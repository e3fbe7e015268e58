/*
 * Owns time for the bench programs, on a machine that is shared: a sample during
 * which the kernel ran somebody else is thrown away, so that what is compared is
 * work and not luck.
 */
#ifndef QTLS_BENCH_CLOCK_H
#define QTLS_BENCH_CLOCK_H

#include <stdbool.h>
#include <stddef.h>

double bench_now_us(void);

/* How often this thread was made to give way. */
long bench_switches(void);

/* The middle one of `n` values, which are put in order. */
double bench_median(double *values, size_t n);

/* One row of samples of the same thing. */
typedef struct bench_mean {
  double sum;
  size_t count;
} bench_mean;
void bench_add(bench_mean *m, double us);
double bench_mean_of(const bench_mean *m);

#endif
