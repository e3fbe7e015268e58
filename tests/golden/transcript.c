/* Owns the recording of a conversation. */
#include "golden/transcript.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(bool right, const char *what) {
  if (!right) {
    fprintf(stderr, "golden: %s\n", what);
    abort();
  }
}

static uint8_t *copy(const uint8_t *p, size_t n) {
  uint8_t *at = malloc(n);
  must(at != NULL, "memory");
  memcpy(at, p, n);
  return at;
}

/* The client sees every message, sent or received, in the order of the
 * transcript. */
static void on_trace(void *user, const qtls_trace *trace) {
  golden_transcript *t = user;
  if (trace->kind != QTLS_TRACE_message) {
    return;
  }
  must(t->message_count < GOLDEN_MESSAGES_MAX, "too many messages");
  golden_message *m = &t->message[t->message_count++];
  *m = (golden_message){trace->sent, copy(trace->bytes, trace->size), trace->size, golden_seen.count};
}

static void on_keylog(void *user, const char *line) {
  golden_transcript *t = user;
  must(t->log_count < Q_COUNT(t->log), "too many lines of key log");
  golden_log *l = &t->log[t->log_count++];
  const char *space = strchr(line, ' ');
  const char *hex = strrchr(line, ' ');
  must(space != NULL && (size_t)(space - line) < sizeof l->label && strlen(hex + 1) == 96, "key log");
  memcpy(l->label, line, (size_t)(space - line));
  for (size_t i = 0; i < 48; i++) {
    char pair[3] = {hex[1 + 2 * i], hex[2 + 2 * i], '\0'};
    l->secret[i] = (uint8_t)strtoul(pair, NULL, 16);
  }
}

static void on_wire(void *context, flow *f, bool from_client, uint8_t *bytes, size_t *n) {
  (void)f;
  golden_transcript *t = context;
  for (size_t at = 0; at < *n;) {
    must(*n - at >= 5 && t->record_count < GOLDEN_RECORDS_MAX, "records");
    size_t size = 5 + ((size_t)bytes[at + 3] << 8 | bytes[at + 4]);
    must(size <= *n - at, "a whole record");
    t->record[t->record_count++] = (golden_record){from_client, copy(bytes + at, size), size};
    at += size;
  }
}

typedef struct settings {
  const golden_vector *v;
  golden_transcript *t;
  const pki *identity;
} settings;

static qtls_err common(qtls_config *c, const golden_vector *v, const char *groups, qtls_policy policy) {
  if (groups != NULL) {
    Q_TRY(qtls_config_set_groups(c, groups));
  }
  if (v->suites != NULL) {
    Q_TRY(qtls_config_set_suites(c, v->suites));
  }
  return policy != 0 ? qtls_config_set_policy(c, policy) : QTLS_OK;
}

static qtls_err set_client(qtls_config *c, void *context) {
  const settings *s = context;
  Q_TRY(qtls_config_set_trace(c, on_trace, s->t));
  Q_TRY(qtls_config_set_keylog(c, on_keylog, s->t));
  const pki *p = s->identity;
  if (s->v->mutual) {
    Q_TRY(qtls_config_add_identity(c, p->chain_pem, p->chain_pem_n, p->key_pem, p->key_pem_n));
  }
  return common(c, s->v, s->v->client_groups, s->v->client_policy);
}

static qtls_err set_server(qtls_config *c, void *context) {
  const settings *s = context;
  if (s->v->cookie) {
    Q_TRY(qtls_config_set_cookie(c, QTLS_COOKIE_always));
  }
  if (s->v->mutual) {
    Q_TRY(qtls_config_add_trust(c, s->identity->trust_pem, s->identity->trust_pem_n));
    Q_TRY(qtls_config_set_client_auth(c, QTLS_CLIENT_AUTH_required));
  }
  return common(c, s->v, s->v->server_groups, s->v->server_policy);
}

void golden_run(golden_transcript *t, qtls_info *info, const golden_vector *v, const pki *identity) {
  flow f;
  char seed[64];
  settings s = {v, t, identity};
  flow_options o = {.identity = identity, .client = set_client, .server = set_server, .context = &s};
  memset(t, 0, sizeof *t);
  memset(&golden_seen, 0, sizeof golden_seen);
  (void)snprintf(seed, sizeof seed, "qtls golden: %s", v->name);
  golden_random_start(seed);
  flow_start(&f, &o);
  f.on_wire = on_wire;
  f.context = t;
  flow_run(&f);
  must(flow_connected(&f), "the handshake failed");
  flow_write(&f, true, GOLDEN_PING, strlen(GOLDEN_PING));
  flow_write(&f, false, GOLDEN_PONG, strlen(GOLDEN_PONG));
  qtls_peer_identity who;
  must(qtls_conn_peer_identity(f.server.conn, &who) == v->mutual, "who the client is");
  must(f.server.data_n == strlen(GOLDEN_PING) && f.client.data_n == strlen(GOLDEN_PONG), "application data");
  qtls_conn_get_info(f.client.conn, info);
  flow_stop(&f);
}

void golden_transcript_free(golden_transcript *t) {
  for (size_t i = 0; i < t->message_count; i++) {
    free(t->message[i].p);
  }
  for (size_t i = 0; i < t->record_count; i++) {
    free(t->record[i].p);
  }
  memset(t, 0, sizeof *t);
}
