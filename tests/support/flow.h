/*
 * Owns conversations in memory for tests: a client and a server, the bytes
 * between them, what each side saw. Drives the public interface of the engine
 * (qtls/conn.h) the way an application does.
 */
#ifndef FLOW_H
#define FLOW_H

#include "base/try.h"
#include "qtls/qtls.h"
#include "support/pki_fixture.h"

#define FLOW_ROOM 262144

typedef struct flow_side {
  qtls_config *config;
  qtls_conn *conn;
  uint8_t *in; /* received, not used yet: FLOW_ROOM bytes */
  size_t in_n;
  qtls_err err; /* of recv; QTLS_OK while well */
  bool connected, closed, job;
  unsigned authenticated; /* events */
  uint8_t *data; /* application data received: FLOW_ROOM bytes */
  size_t data_n;
  size_t bytes_sent;
} flow_side;

typedef struct flow flow;
struct flow {
  flow_side client, server;
  size_t chunk; /* bytes handed over at a time; 0: all */
  /* Sees, and may change, bytes on their way; may set *n to 0. Records are whole
   * when the peer's output was taken in one go. */
  void (*on_wire)(void *context, flow *f, bool from_client, uint8_t *bytes, size_t *n);
  void *context;
};

/* What a pair of configurations is made of; zero means the default. */
typedef struct flow_options {
  const pki *identity;      /* the server's */
  const pki *identity2;     /* a second one, or NULL */
  const pki *trust;         /* NULL: the identity's own root */
  bool outside_keys;        /* the server's keys are held outside */
  const char *server_name;  /* NULL: "localhost" */
  qtls_err (*client)(qtls_config *config, void *context); /* settings beyond the default */
  qtls_err (*server)(qtls_config *config, void *context);
  void *context;
  int64_t now; /* 0: PKI_NOW */
} flow_options;

/* Both connections; fails the program if they cannot be made. */
void flow_start(flow *f, const flow_options *options);
void flow_stop(flow *f);

/* Configurations alone. */
qtls_config *flow_client_config(const flow_options *options);
qtls_config *flow_server_config(const flow_options *options);

/* Move bytes until nothing moves any more. */
void flow_run(flow *f);

/* One side's output to the other, and the other's reading of it. */
size_t flow_deliver(flow *f, bool from_client);
/* Feed bytes to one side as if they came from the peer. */
void flow_feed(flow *f, bool to_client, const uint8_t *bytes, size_t n);

/* Application data: written by one side, then run; fails unless all was taken. */
void flow_write(flow *f, bool from_client, const void *data, size_t n);

static inline bool flow_connected(const flow *f) { return f->client.connected && f->server.connected; }

#endif
