/*
 * Owns what is seen of a handshake from outside: its flights with their bytes
 * and times, and the running list of messages and states (--trace).
 */
#ifndef QTLS_CLI_TRACE_H
#define QTLS_CLI_TRACE_H

#include <qtls/conn.h>

#include "out.h"

enum { TRACE_FLIGHTS_MOST = 12, TRACE_MESSAGES_MOST = 12 };

/* Records sent or received in a row. */
typedef struct trace_flight {
  bool sent;
  uint64_t bytes; /* on the wire, record headers included */
  unsigned records;
  double begin_ms; /* since trace_start */
  double end_ms;
  struct {
    const char *name;
    size_t size;
  } messages[TRACE_MESSAGES_MOST];
  size_t message_count;
} trace_flight;

typedef struct trace {
  FILE *live;       /* where each event is printed at once, or NULL */
  const char *mark; /* before each line printed: which connection */
  double begin;
  bool over; /* the handshake is done: flights are not counted any more */
  trace_flight flights[TRACE_FLIGHTS_MOST];
  size_t flight_count;
  uint64_t bytes_sent, bytes_received; /* of the whole connection */
} trace;

double trace_clock_ms(void);
void trace_start(trace *t, FILE *live, const char *mark);
/* For qtls_config_set_trace with a trace as `user`. */
void trace_observe(void *user, const qtls_trace *event);
void trace_print_flights(const trace *t, FILE *to);
void trace_json_flights(const trace *t, json *j);

#endif
