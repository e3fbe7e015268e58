/* Owns conversations in memory. */
#include "support/flow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(qtls_err err, const qtls_config *config, const char *what) {
  if (err != QTLS_OK) {
    fprintf(stderr, "flow: %s: %s (%s)\n", what, qtls_err_name(err), qtls_config_problem(config));
    abort();
  }
}

qtls_config *flow_client_config(const flow_options *options) {
  const pki *trust = options->trust != NULL ? options->trust : options->identity;
  qtls_config *c = NULL;
  must(qtls_config_new(&c, QTLS_CLIENT), NULL, "client configuration");
  must(qtls_config_add_trust(c, trust->trust_pem, trust->trust_pem_n), c, "trust");
  if (options->client != NULL) {
    must(options->client(c, options->context), c, "client settings");
  }
  must(qtls_config_freeze(c), c, "freeze client");
  return c;
}

static void add(qtls_config *c, const pki *p, bool outside) {
  must(qtls_config_add_identity(c, p->chain_pem, p->chain_pem_n, p->key_pem, outside ? 0 : p->key_pem_n), c,
       "identity");
}

qtls_config *flow_server_config(const flow_options *options) {
  qtls_config *c = NULL;
  must(qtls_config_new(&c, QTLS_SERVER), NULL, "server configuration");
  add(c, options->identity, options->outside_keys);
  if (options->identity2 != NULL) {
    add(c, options->identity2, options->outside_keys);
  }
  if (options->server != NULL) {
    must(options->server(c, options->context), c, "server settings");
  }
  must(qtls_config_freeze(c), c, "freeze server");
  return c;
}

static void start_side(flow_side *s, qtls_config *config, const flow_options *options) {
  qtls_conn_params params = {.server_name = options->server_name != NULL ? options->server_name : "localhost",
                             .now = options->now != 0 ? options->now : PKI_NOW,
                             .peer_address = (const uint8_t *)"peer",
                             .peer_address_size = 4};
  memset(s, 0, sizeof *s);
  s->config = config;
  s->in = malloc(FLOW_ROOM);
  s->data = malloc(FLOW_ROOM);
  if (s->in == NULL || s->data == NULL) {
    abort();
  }
  must(qtls_conn_new(&s->conn, config, &params), config, "connection");
}

void flow_start(flow *f, const flow_options *options) {
  f->chunk = 0;
  f->on_wire = NULL;
  f->context = NULL;
  start_side(&f->client, flow_client_config(options), options);
  start_side(&f->server, flow_server_config(options), options);
}

static void stop_side(flow_side *s) {
  qtls_conn_free(s->conn);
  qtls_config_free(s->config);
  free(s->in);
  free(s->data);
  memset(s, 0, sizeof *s);
}

void flow_stop(flow *f) {
  stop_side(&f->client);
  stop_side(&f->server);
}

static void note(flow_side *s, const qtls_event *event) {
  switch (event->kind) {
    case QTLS_EVENT_data:
      if (event->size > FLOW_ROOM - s->data_n) {
        abort();
      }
      memcpy(s->data + s->data_n, event->data, event->size);
      s->data_n += event->size;
      break;
    case QTLS_EVENT_connected:
      s->connected = true;
      break;
    case QTLS_EVENT_closed:
      s->closed = true;
      break;
    case QTLS_EVENT_job:
      s->job = true;
      break;
    case QTLS_EVENT_authenticated:
      s->authenticated++;
      break;
    case QTLS_EVENT_none:
      break;
  }
}

/* Let one side read what it has; its buffer is as long as what it is given, so
 * that a sanitizer sees every step beyond it. */
static void read_side(flow_side *s) {
  qtls_event event;
  do {
    size_t used = 0;
    uint8_t *exact = malloc(s->in_n > 0 ? s->in_n : 1);
    if (exact == NULL) {
      abort();
    }
    memcpy(exact, s->in, s->in_n);
    s->err = qtls_conn_recv(s->conn, exact, s->in_n, &used, &event);
    if (s->err == QTLS_OK) {
      note(s, &event);
    }
    free(exact);
    if (used > s->in_n) {
      abort();
    }
    memmove(s->in, s->in + used, s->in_n - used);
    s->in_n -= used;
  } while (s->err == QTLS_OK && event.kind != QTLS_EVENT_none && event.kind != QTLS_EVENT_closed &&
           event.kind != QTLS_EVENT_job);
}

void flow_feed(flow *f, bool to_client, const uint8_t *bytes, size_t n) {
  flow_side *s = to_client ? &f->client : &f->server;
  size_t step = f->chunk == 0 ? n : f->chunk;
  while (n > 0 && s->err == QTLS_OK) {
    size_t now = n < step ? n : step;
    if (now > FLOW_ROOM - s->in_n) {
      abort();
    }
    memcpy(s->in + s->in_n, bytes, now);
    s->in_n += now;
    bytes += now;
    n -= now;
    read_side(s);
  }
}

size_t flow_deliver(flow *f, bool from_client) {
  flow_side *s = from_client ? &f->client : &f->server;
  size_t n = qtls_conn_pending(s->conn);
  if (n == 0) {
    return 0;
  }
  uint8_t *bytes = malloc(n);
  size_t taken = 0;
  size_t written = 0;
  if (bytes == NULL || qtls_conn_send(s->conn, NULL, 0, bytes, n, &taken, &written) != QTLS_OK || written != n) {
    abort();
  }
  s->bytes_sent += written;
  size_t moved = written;
  if (f->on_wire != NULL) {
    f->on_wire(f->context, f, from_client, bytes, &written);
  }
  flow_feed(f, !from_client, bytes, written);
  free(bytes);
  return moved;
}

void flow_run(flow *f) {
  while (flow_deliver(f, true) + flow_deliver(f, false) > 0) {
  }
}

void flow_write(flow *f, bool from_client, const void *data, size_t n) {
  flow_side *s = from_client ? &f->client : &f->server;
  const uint8_t *at = data;
  uint8_t *out = malloc(QTLS_RECORD_MAX);
  if (out == NULL) {
    abort();
  }
  while (n > 0) {
    size_t taken = 0;
    size_t written = 0;
    qtls_err err = qtls_conn_send(s->conn, at, n, out, QTLS_RECORD_MAX, &taken, &written);
    if (err != QTLS_OK || written == 0) {
      must(err, s->config, "write");
      abort();
    }
    s->bytes_sent += written;
    if (f->on_wire != NULL) {
      f->on_wire(f->context, f, from_client, out, &written);
    }
    flow_feed(f, !from_client, out, written);
    at += taken;
    n -= taken;
  }
  free(out);
  flow_run(f);
}
