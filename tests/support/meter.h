/*
 * Owns the measuring of what a peer's bytes cost their reader: memory, this
 * library's and AWS-LC's together, and time of the processor. Figures go to the
 * test's output; tests put bounds on memory, and on time only against itself, since
 * machines differ.
 */
#ifndef METER_H
#define METER_H

#include "support/flow.h"

typedef struct meter {
  size_t live;  /* bytes handed out and not given back */
  size_t peak;  /* the most since meter_begin */
  size_t start; /* live at meter_begin */
  size_t fed;   /* bytes read since */
  double ns;    /* that reading them took */
} meter;
extern meter meter_now;

/* Before anything is allocated; fails the program when it is too late. */
void meter_install(void);
void meter_begin(void);
/* As flow_feed, measured. */
void meter_feed(flow *f, bool to_client, const uint8_t *bytes, size_t n);
/* As flow_deliver, with the reading of it, and not the sending, measured. */
void meter_deliver(flow *f, bool from_client);
/* Nanoseconds of the processor that this program has had. */
double meter_cpu(void);
static inline size_t meter_peak(void) { return meter_now.peak - meter_now.start; }
static inline double meter_ns_per_byte(void) { return meter_now.fed == 0 ? 0 : meter_now.ns / (double)meter_now.fed; }
/* One line: what came, what it took. */
void meter_tell(const char *what);

#endif
