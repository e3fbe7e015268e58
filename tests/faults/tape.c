/* Owns conversations on tape. */
#include <stdlib.h>
#include <string.h>

#include "faults/faults.h"

#define ROOM (4 * QTLS_RECORD_MAX)

static faults_stream stream_of(bool client) { return client ? FAULTS_CLIENT : FAULTS_SERVER; }

/* A connection at its beginning, with its stream of random bytes at its own. */
static void renew(tape *t, bool client) {
  flow_side *s = tape_side(t, client);
  qtls_conn_params params = {
      .server_name = "localhost", .now = PKI_NOW, .peer_address = (const uint8_t *)"peer", .peer_address_size = 4};
  qtls_conn_free(s->conn);
  s->conn = NULL;
  faults_random_use(stream_of(client), true);
  assert_ok(qtls_conn_new(&s->conn, s->config, &params));
  s->in_n = s->data_n = s->bytes_sent = 0;
  s->err = QTLS_OK;
  s->connected = s->closed = s->job = false;
}

void tape_feed(tape *t, bool client, const uint8_t *bytes, size_t n) {
  faults_random_use(stream_of(client), false);
  flow_feed(&t->p.f, client, bytes, n);
}

/* Two records of data: one byte, and some that are not all alike. */
static size_t write_data(qtls_conn *conn, uint8_t *out) {
  uint8_t data[200];
  size_t at = 0;
  for (size_t i = 0; i < sizeof data; i++) {
    data[i] = (uint8_t)(7 * i);
  }
  for (size_t n = 1; n <= sizeof data; n += sizeof data - 1) {
    size_t taken = 0;
    size_t written = 0;
    assert_ok(qtls_conn_send(conn, data, n, out + at, ROOM - at, &taken, &written));
    assert_int_equal(taken, n);
    at += written;
  }
  return at;
}

size_t tape_take(tape *t, bool client, tape_act act, uint8_t **out) {
  qtls_conn *conn = tape_side(t, client)->conn;
  size_t taken = 0;
  size_t written = 0;
  faults_random_use(stream_of(client), false);
  *out = peer_memory(ROOM);
  if (act == TAPE_UPDATE) {
    assert_ok(qtls_conn_key_update(conn, true));
  } else if (act == TAPE_CLOSE) {
    assert_ok(qtls_conn_close(conn));
  }
  if (act == TAPE_WRITE || act == TAPE_UPDATE) {
    return write_data(conn, *out);
  }
  if (qtls_conn_pending(conn) == 0) {
    return 0;
  }
  assert_true(qtls_conn_pending(conn) <= ROOM);
  assert_ok(qtls_conn_send(conn, NULL, 0, *out, ROOM, &taken, &written));
  return written;
}

void tape_go_on(tape *t) {
  bool moved = true;
  while (moved) {
    moved = false;
    for (int i = 0; i < 2; i++) {
      bool client = i == 0;
      uint8_t *out = NULL;
      size_t n = tape_take(t, client, TAPE_ANSWER, &out);
      tape_feed(t, !client, out, n);
      moved = moved || n > 0;
      free(out);
    }
  }
}

void tape_wind(tape *t, bool client, size_t k) {
  renew(t, client);
  for (size_t i = 0; i < k; i++) {
    tape_step *step = &t->step[i];
    if (step->from_client != client) {
      tape_feed(t, client, step->bytes, step->n);
      continue;
    }
    uint8_t *out = NULL;
    size_t n = tape_take(t, client, step->act, &out);
    assert_int_equal(n, step->n);
    assert_memory_equal(out, step->bytes, n);
    free(out);
  }
  assert_ok(tape_side(t, client)->err);
}

/* ---- recording ---- */

static bool record_step(tape *t, bool from_client, tape_act act, const char *name) {
  assert_true(t->count < TAPE_STEPS);
  tape_step *step = &t->step[t->count];
  step->n = tape_take(t, from_client, act, &step->bytes);
  if (step->n == 0) {
    free(step->bytes);
    step->bytes = NULL;
    return false;
  }
  flow_side *to = tape_side(t, !from_client);
  step->name = name;
  step->from_client = from_client;
  step->act = act;
  step->reads = tape_side(t, from_client)->conn->m.read;
  tape_feed(t, !from_client, step->bytes, step->n);
  assert_ok(to->err);
  step->connected = to->connected;
  step->closed = to->closed;
  step->data_n = to->data_n;
  t->count++;
  return true;
}

void tape_record(tape *t, const peer_options *o) {
  static const char *const plain[] = {"ClientHello", "server's flight", "client's last flight"};
  static const char *const retried[] = {"first ClientHello", "HelloRetryRequest", "second ClientHello",
                                        "server's flight", "client's last flight"};
  memset(t, 0, sizeof *t);
  faults_random_use(FAULTS_SETUP, true);
  peer_start(&t->p, o);
  t->p.f.on_wire = NULL;
  renew(t, true);
  renew(t, false);
  while (record_step(t, t->count % 2 == 0, TAPE_ANSWER, "")) {
  }
  assert_true(flow_connected(&t->p.f));
  t->handshake = t->count;
  t->qtls = q_machine_is_qtls(&t->p.f.client.conn->m);
  assert_true(t->count == Q_COUNT(plain) || t->count == Q_COUNT(retried));
  for (size_t i = 0; i < t->count; i++) {
    t->step[i].name = t->count == Q_COUNT(plain) ? plain[i] : retried[i];
  }
  assert_true(record_step(t, true, TAPE_WRITE, "client's data"));
  assert_true(record_step(t, false, TAPE_WRITE, "server's data"));
  assert_true(record_step(t, true, TAPE_UPDATE, "client's KeyUpdate, data"));
  assert_true(record_step(t, false, TAPE_WRITE, "server's KeyUpdate, data"));
  assert_true(record_step(t, true, TAPE_CLOSE, "client's close_notify"));
  assert_true(record_step(t, false, TAPE_CLOSE, "server's close_notify"));
  for (int i = 0; i < 2; i++) {
    const flow_side *s = tape_side(t, i == 1);
    t->data[i] = peer_memory(s->data_n);
    memcpy(t->data[i], s->data, s->data_n);
  }
}

void tape_free(tape *t) {
  for (size_t i = 0; i < t->count; i++) {
    free(t->step[i].bytes);
  }
  free(t->data[0]);
  free(t->data[1]);
  peer_stop(&t->p);
  memset(t, 0, sizeof *t);
}
