/* Owns one served connection (served.h). */
#include "served.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "channel.h"
#include "http_serve.h"
#include "out.h"
#include "session.h"
#include "trace.h"

/* The observer of a configuration serves all its connections; each runs in a
 * thread of its own, so the thread tells which one it is. */
static _Thread_local trace *watched;

void server_observe(void *user, const qtls_trace *event) {
  (void)user;
  if (watched != NULL) {
    trace_observe(watched, event);
  }
}

static void name_of(int fd, char out[128]) {
  struct sockaddr_storage at;
  socklen_t size = sizeof at;
  char host[80] = "?";
  char port[16] = "?";
  if (getpeername(fd, (struct sockaddr *)&at, &size) == 0) {
    (void)getnameinfo((struct sockaddr *)&at, size, host, sizeof host, port, sizeof port,
                      NI_NUMERICHOST | NI_NUMERICSERV);
  }
  /* IPv4 inside an IPv6 socket shows as what it is. */
  const char *shown = strncmp(host, "::ffff:", 7) == 0 ? host + 7 : host;
  bool six = strchr(shown, ':') != NULL;
  (void)snprintf(out, 128, "%s%s%s:%s", six ? "[" : "", shown, six ? "]" : "", port);
}

typedef struct outcome {
  const char *peer;
  const channel *c; /* c->stream NULL: no handshake */
  qtls_err err;
  const char *problem; /* NULL: none */
  double ms;
} outcome;

static void log_json(const outcome *o) {
  char when[32];
  flockfile(stdout);
  json j = json_to(stdout);
  json_begin(&j, NULL, '{');
  json_string(&j, "event", "connection");
  json_string(&j, "time", out_time_json(when, (int64_t)time(NULL)));
  json_string(&j, "peer", o->peer);
  json_bool(&j, "connected", o->c->stream != NULL);
  if (o->c->stream != NULL) {
    session_json(qtls_stream_conn(o->c->stream), &j);
    json_integer(&j, "requests", (int64_t)o->c->requests);
    json_integer(&j, "bytes_received", (int64_t)o->c->bytes_in);
    json_integer(&j, "bytes_sent", (int64_t)o->c->bytes_out);
  }
  json_real(&j, "duration_ms", o->ms);
  json_string(&j, "error", o->err != QTLS_OK ? qtls_err_name(o->err) : NULL);
  json_string(&j, "problem", o->problem);
  json_end(&j, '}');
  json_done(&j);
  funlockfile(stdout);
}

static void log_text(const outcome *o) {
  char in[32];
  char out[32];
  flockfile(stdout);
  (void)printf("%s ", o->peer);
  if (o->c->stream == NULL) {
    (void)printf("no connection: ");
    out_safe(stdout, o->problem != NULL ? o->problem : "");
    (void)putchar('\n');
  } else {
    qtls_info info;
    qtls_conn_get_info(qtls_stream_conn(o->c->stream), &info);
    (void)printf("%s %s%s%s, authentication %s, received %s bytes, sent %s", info.protocol, info.group,
                 info.classical_group != NULL ? "+" : "", info.classical_group != NULL ? info.classical_group : "",
                 info.authentication, out_bytes(in, o->c->bytes_in), out_bytes(out, o->c->bytes_out));
    if (o->c->requests > 0) {
      (void)printf(", requests %llu", (unsigned long long)o->c->requests);
    }
    if (o->problem != NULL) {
      (void)printf("; ");
      out_safe(stdout, o->problem);
    }
    (void)putchar('\n');
  }
  (void)fflush(stdout);
  funlockfile(stdout);
}

void served_run(served *s) {
  const server_settings *settings = s->settings;
  const qtls_stream_options options = {
      .server_name = NULL, .handshake_ms = settings->handshake_ms, .idle_ms = settings->idle_ms};
  qtls_stream_problem why = {QTLS_OK, ""};
  channel c = {.stream = NULL, .stop_fd = s->stop_fd, .idle_ms = settings->idle_ms, .head_ms = settings->handshake_ms};
  trace seen;
  char peer[128];
  char mark[136];
  name_of(s->fd, peer);
  (void)snprintf(mark, sizeof mark, "%s ", peer);
  trace_start(&seen, stderr, mark);
  watched = settings->trace ? &seen : NULL;
  outcome o = {.peer = peer, .c = &c, .err = QTLS_OK, .problem = NULL, .ms = 0};
  o.err = qtls_stream_open(&c.stream, settings->config, s->fd, &options, &why);
  if (o.err != QTLS_OK) {
    o.problem = why.text;
  } else {
    if (settings->root >= 0) {
      http_serve(&c, settings->root);
    } else {
      channel_echo(&c);
    }
    const char *text = qtls_stream_error_text(c.stream);
    if (text[0] != '\0') {
      qtls_error e;
      qtls_conn_error(qtls_stream_conn(c.stream), &e);
      o.err = e.err != QTLS_OK ? e.err : QTLS_ERR_IO;
      o.problem = text;
    }
  }
  o.ms = trace_clock_ms() - seen.begin;
  if (settings->json) {
    log_json(&o);
  } else if (!settings->quiet) {
    log_text(&o);
  }
  (void)qtls_stream_close(c.stream);
  watched = NULL;
}
