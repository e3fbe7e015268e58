/*
 * Owns the marking of secrets for memcheck: a secret is memory whose contents
 * memcheck takes for undefined, so that a branch or an address that depends on
 * it is reported. Programs here run under valgrind only. What is made public
 * again is so in seam.c, or in a test by ct_public, each time with its reason.
 */
#ifndef CT_H
#define CT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/try.h"

/* From here on these bytes are secret. */
void ct_secret(const void *p, size_t n);
/* Every one of these bytes may be known to anybody; `reason` says why. */
void ct_public(const void *p, size_t n, const char *reason);
/* Is any bit of these bytes secret? Guards against tests that test nothing. */
bool ct_is_secret(const void *p, size_t n);

/* For the control: from here on the core compares secrets as memcmp does. */
extern bool ct_compares_badly;

/* One piece of work. Returns false when its result is wrong. */
typedef struct ct_case {
  const char *name;
  bool (*run)(void);
} ct_case;

/* Runs all: memcheck may report nothing. The program's exit status. */
int ct_main(const ct_case *cases, size_t count);
/* Runs all: memcheck has to report each of them. */
int ct_main_leaky(const ct_case *cases, size_t count);

#endif
