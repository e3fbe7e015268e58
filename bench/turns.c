/* Owns handshakes side by side (turns.h). */
#include "turns.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { WIRE = 64 * 1024, ROUNDS = 8 };

static uint8_t wire[WIRE];

void bench_must(bool good, const char *what) {
  if (!good) {
    (void)fprintf(stderr, "bench: failed: %s\n", what);
    exit(1);
  }
}

static size_t say(qtls_conn *conn, int who, const uint8_t *data, size_t size, const turns *t) {
  size_t taken = 0;
  size_t n = 0;
  t->enter(who, t->context);
  qtls_err err = qtls_conn_send(conn, data, size, wire, sizeof wire, &taken, &n);
  t->leave(who, t->context);
  bench_must(err == QTLS_OK && taken == size, qtls_err_text(err));
  return n;
}

static void hear(qtls_conn *conn, int who, size_t n, const turns *t) {
  size_t at = 0;
  while (at < n) {
    size_t used = 0;
    qtls_event event;
    t->enter(who, t->context);
    qtls_err err = qtls_conn_recv(conn, wire + at, n - at, &used, &event);
    t->leave(who, t->context);
    bench_must(err == QTLS_OK, qtls_err_text(err));
    at += used;
  }
}

static void create(qtls_conn **conn, int who, const qtls_config *config, const turns *t) {
  const qtls_conn_params params = {.server_name = "localhost", .now = (int64_t)time(NULL)};
  t->enter(who, t->context);
  qtls_err err = qtls_conn_new(conn, config, &params);
  t->leave(who, t->context);
  bench_must(err == QTLS_OK, qtls_err_text(err));
}

void turns_shake(qtls_conn *conns[2], const speed_setup *setup, const turns *t) {
  create(&conns[0], 0, setup->client, t);
  create(&conns[1], 1, setup->server, t);
  for (int i = 0; i < ROUNDS; i++) {
    hear(conns[1], 1, say(conns[0], 0, NULL, 0, t), t);
    hear(conns[0], 0, say(conns[1], 1, NULL, 0, t), t);
    if (qtls_conn_is_connected(conns[0]) && qtls_conn_is_connected(conns[1])) {
      return;
    }
  }
  bench_must(false, "the handshake did not end");
}

void turns_record(qtls_conn *conns[2], size_t size, const turns *t) {
  static const uint8_t data[16384] = {0x5A};
  hear(conns[1], 1, say(conns[0], 0, data, size, t), t);
}
