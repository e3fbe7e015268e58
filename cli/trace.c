/* Owns what is seen of a handshake from outside (trace.h). */
#include "trace.h"

#include <string.h>
#include <time.h>

double trace_clock_ms(void) {
  struct timespec ts;
  (void)clock_gettime(CLOCK_MONOTONIC, &ts);
  return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

void trace_start(trace *t, FILE *live, const char *mark) {
  memset(t, 0, sizeof *t);
  t->live = live;
  t->mark = mark;
  t->begin = trace_clock_ms();
}

static trace_flight *flight_of(trace *t, bool sent, double now) {
  trace_flight *last = t->flight_count > 0 ? &t->flights[t->flight_count - 1] : NULL;
  if (last == NULL || last->sent != sent) {
    if (t->flight_count == TRACE_FLIGHTS_MOST) {
      return NULL;
    }
    last = &t->flights[t->flight_count++];
    last->sent = sent;
    last->begin_ms = now;
  }
  last->end_ms = now;
  return last;
}

static void count(trace *t, const qtls_trace *event, double now) {
  if (event->kind == QTLS_TRACE_record && event->sent) {
    t->bytes_sent += event->size;
  } else if (event->kind == QTLS_TRACE_record) {
    t->bytes_received += event->size;
  }
  if (t->over || (event->kind != QTLS_TRACE_record && event->kind != QTLS_TRACE_message)) {
    return;
  }
  trace_flight *flight = flight_of(t, event->sent, now);
  if (flight == NULL) {
    return;
  }
  if (event->kind == QTLS_TRACE_record) {
    flight->bytes += event->size;
    flight->records++;
  } else if (flight->message_count < TRACE_MESSAGES_MOST) {
    flight->messages[flight->message_count].name = event->text != NULL ? event->text : "unknown";
    flight->messages[flight->message_count].size = event->size;
    flight->message_count++;
  }
}

static const char *record_name(uint8_t type) {
  switch (type) {
    case 20:
      return "change_cipher_spec";
    case 21:
      return "alert";
    case 22:
      return "handshake";
    case 23:
      return "protected";
    default:
      return "unknown";
  }
}

static void print(const trace *t, const qtls_trace *event, double now) {
  const char *arrow = event->sent ? "->" : "<-";
  char bytes[32];
  (void)fprintf(t->live, "%s%9.3f ms  ", t->mark != NULL ? t->mark : "", now);
  switch (event->kind) {
    case QTLS_TRACE_state:
      (void)fprintf(t->live, "   state   %s\n", event->text != NULL ? event->text : "?");
      break;
    case QTLS_TRACE_message:
      (void)fprintf(t->live, "%s message %-22s %9s bytes\n", arrow, event->text != NULL ? event->text : "unknown",
                    out_bytes(bytes, event->size));
      break;
    case QTLS_TRACE_record:
      (void)fprintf(t->live, "%s record  %-22s %9s bytes\n", arrow, record_name(event->type),
                    out_bytes(bytes, event->size));
      break;
    case QTLS_TRACE_alert:
      (void)fprintf(t->live, "%s alert   %s\n", arrow,
                    event->bytes != NULL && event->size >= 2 ? qtls_alert_name(event->bytes[1], 0) : "?");
      break;
  }
}

void trace_observe(void *user, const qtls_trace *event) {
  trace *t = user;
  double now = trace_clock_ms() - t->begin;
  count(t, event, now);
  if (t->live != NULL) {
    print(t, event, now);
  }
}

/* The messages of a flight with their sizes, folded below the values. */
static void print_messages(const trace_flight *f, FILE *to) {
  enum { COLUMN = 18, WIDTH = 96 };
  int at = WIDTH;
  for (size_t m = 0; m < f->message_count; m++) {
    char bytes[32];
    char text[96];
    int n = snprintf(text, sizeof text, "%s %s", f->messages[m].name, out_bytes(bytes, f->messages[m].size));
    if (at + 2 + n > WIDTH) {
      (void)fprintf(to, "%s\n%*s%s", m > 0 ? "," : "", COLUMN, "", text);
      at = COLUMN;
    } else {
      (void)fprintf(to, ", %s", text);
      at += 2;
    }
    at += n;
  }
  (void)fputc('\n', to);
}

void trace_print_flights(const trace *t, FILE *to) {
  for (size_t i = 0; i < t->flight_count; i++) {
    const trace_flight *f = &t->flights[i];
    char bytes[32];
    char label[32];
    (void)snprintf(label, sizeof label, "flight %zu:", i + 1);
    (void)fprintf(to, "%-17s %s %s bytes in %u record%s by %.3f ms", label, f->sent ? "sent" : "received",
                  out_bytes(bytes, f->bytes), f->records, f->records == 1 ? "" : "s", f->end_ms);
    print_messages(f, to);
  }
}

void trace_json_flights(const trace *t, json *j) {
  json_begin(j, "flights", '[');
  for (size_t i = 0; i < t->flight_count; i++) {
    const trace_flight *f = &t->flights[i];
    json_begin(j, NULL, '{');
    json_string(j, "direction", f->sent ? "sent" : "received");
    json_integer(j, "bytes", (int64_t)f->bytes);
    json_integer(j, "records", f->records);
    json_real(j, "begin_ms", f->begin_ms);
    json_real(j, "end_ms", f->end_ms);
    json_begin(j, "messages", '[');
    for (size_t m = 0; m < f->message_count; m++) {
      json_begin(j, NULL, '{');
      json_string(j, "name", f->messages[m].name);
      json_integer(j, "bytes", (int64_t)f->messages[m].size);
      json_end(j, '}');
    }
    json_end(j, ']');
    json_end(j, '}');
  }
  json_end(j, ']');
}
