/* Owns one served connection (served.h). */
#include "served.h"

#include <stdio.h>
#include <time.h>

#include "channel.h"
#include "http_serve.h"
#include "out.h"
#include "session.h"
#include "target.h"
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

typedef struct outcome {
  const char *peer;
  const channel *c; /* c->stream NULL: no handshake */
  qtls_err err;
  const char *problem; /* NULL: none */
  double ms;
} outcome;

/* Who the client is, for a line of text: nothing if it did not say. */
static void log_identity(const qtls_conn *conn) {
  qtls_peer_identity id;
  if (qtls_conn_peer_identity(conn, &id)) {
    (void)printf(", client \"");
    out_safe(stdout, id.subject);
    (void)printf("\" serial %s", id.serial);
  }
}

static void log_identity_json(const qtls_conn *conn, json *j) {
  qtls_peer_identity id;
  char when[32];
  bool known = qtls_conn_peer_identity(conn, &id);
  json_string(j, "client_dn", known ? id.subject : NULL);
  json_string(j, "client_cert_serial", known ? id.serial : NULL);
  json_string(j, "client_cert_sha256_spki", known ? id.spki_sha256 : NULL);
  json_string(j, "auth_time", known ? out_time_json(when, id.auth_time) : NULL);
}

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
    log_identity_json(qtls_stream_conn(o->c->stream), &j);
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
    log_identity(qtls_stream_conn(o->c->stream));
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

/* Statuses are asked for while a client waits, within what is left of its time. */
typedef struct questions {
  qtls_status_source *source;
  const channel *c;
  int64_t handshake_end_ms;
} questions;

static qtls_err answer_jobs(void *user, qtls_conn *conn) {
  const questions *q = user;
  int64_t end = q->c->stream == NULL ? q->handshake_end_ms : q->c->until_ms;
  int64_t left = end != 0 ? end - channel_now_ms() : q->c->head_ms;
  return qtls_status_answer_jobs_within(q->source, conn, left > 0 ? (int)left : 0);
}

void served_run(served *s) {
  const serve_plan *settings = s->site->plan;
  questions asked = {.source = s->site->statuses, .handshake_end_ms = channel_now_ms() + settings->handshake_ms};
  const qtls_stream_options options = {.server_name = NULL,
                                       .handshake_ms = settings->handshake_ms,
                                       .idle_ms = settings->idle_ms,
                                       .least_rate = settings->least_rate,
                                       .on_job = asked.source != NULL ? answer_jobs : NULL,
                                       .job_user = &asked};
  qtls_config *config = site_config(s->site);
  qtls_stream_problem why = {QTLS_OK, ""};
  channel c = {.stream = NULL, .stop_fd = s->stop_fd, .idle_ms = settings->idle_ms, .head_ms = settings->handshake_ms};
  asked.c = &c;
  trace seen;
  char peer[TARGET_PEER];
  char mark[136];
  target_peer(peer, s->fd);
  (void)snprintf(mark, sizeof mark, "%s ", peer);
  trace_start(&seen, stderr, mark);
  watched = settings->trace ? &seen : NULL;
  outcome o = {.peer = peer, .c = &c, .err = QTLS_OK, .problem = NULL, .ms = 0};
  o.err = qtls_stream_open(&c.stream, config, s->fd, &options, &why);
  qtls_config_free(config); /* the connection has its own reference */
  if (o.err != QTLS_OK) {
    o.problem = why.text;
  } else {
    if (s->site->root >= 0) {
      http_serve(&c, s->site->root, settings);
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
