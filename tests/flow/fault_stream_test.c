/*
 * Faults of the transport: the stream ends at any byte, a bit of any flight is
 * flipped, segments are cut and joined anyhow, a ClientHello comes in many
 * records. Only a named error or waiting may follow, never a connection on both
 * sides that saw different things.
 */
#include <stdlib.h>
#include <string.h>

#include "support/alert_case.h"

/* ---- conversations with configurations made once ---- */

static flow f;
static peer_options options;

static void renew_side(flow_side *s) {
  qtls_conn_params params = {.server_name = "localhost", .now = PKI_NOW, .peer_address = (const uint8_t *)"peer",
                             .peer_address_size = 4};
  qtls_conn_free(s->conn);
  assert_ok(qtls_conn_new(&s->conn, s->config, &params));
  s->in_n = s->data_n = s->bytes_sent = 0;
  s->err = QTLS_OK;
  s->connected = s->closed = s->job = false;
}

static void renew(void) {
  renew_side(&f.client);
  renew_side(&f.server);
  f.chunk = 0;
}

/* Everything that one side has to send now; `out` is malloc'ed. */
static size_t flight(bool from_client, uint8_t **out) {
  flow_side *s = from_client ? &f.client : &f.server;
  size_t n = qtls_conn_pending(s->conn);
  size_t taken = 0;
  size_t written = 0;
  *out = peer_memory(n);
  assert_ok(qtls_conn_send(s->conn, NULL, 0, *out, n, &taken, &written));
  assert_int_equal(written, n);
  return n;
}

static size_t record_length(const uint8_t *at) { return 5 + (((size_t)at[3] << 8) | at[4]); }

/* ---- the stream ends ---- */

static void check_cut(flow_side *s) {
  assert_ok(s->err);
  assert_false(s->connected);
  assert_err(qtls_conn_recv_end(s->conn), QTLS_ERR_TRUNCATED);
  assert_err(qtls_conn_recv_end(s->conn), QTLS_ERR_TRUNCATED);
  assert_false(qtls_conn_is_connected(s->conn));
}

/* The first flight, at every byte. */
static void test_cut_client_hello(void **state) {
  uint8_t *hello = NULL;
  (void)state;
  renew();
  size_t n = flight(true, &hello);
  for (size_t i = 0; i < n; i++) {
    renew_side(&f.server);
    flow_feed(&f, false, hello, i);
    check_cut(&f.server);
  }
  free(hello);
}

/* The server's flight: byte by byte nothing but waiting, and the end of data at
 * the beginning and end of every record and at every 150th byte between. */
static void test_cut_server_flight(void **state) {
  uint8_t *bytes = NULL;
  (void)state;
  renew();
  flow_deliver(&f, true);
  size_t n = flight(false, &bytes);
  size_t edge = 0;
  for (size_t i = 0; i < n; i++) {
    size_t next = edge + record_length(bytes + edge);
    bool look = i < edge + 7 || i + 2 > next || i % 150 == 0;
    edge = i + 1 == next ? next : edge;
    if (!look) {
      continue;
    }
    uint8_t *fresh = NULL;
    renew();
    flow_deliver(&f, true);
    size_t m = flight(false, &fresh);
    flow_feed(&f, true, fresh, i < m ? i : m - 1);
    check_cut(&f.client);
    free(fresh);
  }
  free(bytes);
}

/* The client's second flight, at every byte; the client is connected then, and
 * the server is not. */
static void test_cut_client_finished(void **state) {
  size_t n = 1;
  (void)state;
  for (size_t i = 0; i < n; i++) {
    uint8_t *bytes = NULL;
    renew();
    flow_deliver(&f, true);
    flow_deliver(&f, false);
    assert_true(f.client.connected);
    n = flight(true, &bytes);
    flow_feed(&f, false, bytes, i);
    check_cut(&f.server);
    free(bytes);
  }
}

/* ---- bits flip ---- */

/* The minor version of a record in the clear is ignored (Q-TLS §1): the only
 * byte that may change without a trace. */
static bool is_ignored(const uint8_t *bytes, size_t n, size_t at) {
  for (size_t edge = 0; edge < n; edge += record_length(bytes + edge)) {
    if (at == edge + 2) {
      return bytes[edge] != Q_RECORD_DATA;
    }
  }
  return false;
}

static bool is_named(qtls_err err) {
  qtls_category c = qtls_err_category(err);
  return c == QTLS_CATEGORY_peer || c == QTLS_CATEGORY_cert || c == QTLS_CATEGORY_policy || c == QTLS_CATEGORY_state;
}

static void check_flipped(size_t at, bool ignored) {
  bool both = flow_connected(&f) && f.client.err == QTLS_OK && f.server.err == QTLS_OK;
  if (both != ignored) {
    print_message("byte %zu: %s\n", at, both ? "connected" : "not connected");
  }
  assert_int_equal(both, ignored);
  if (both) {
    return;
  }
  /* What still waits for bytes that do not come, ends with the stream. */
  qtls_err client = f.client.err != QTLS_OK ? f.client.err : qtls_conn_recv_end(f.client.conn);
  qtls_err server = f.server.err != QTLS_OK ? f.server.err : qtls_conn_recv_end(f.server.conn);
  assert_true(is_named(client));
  assert_true(is_named(server));
}

/* `which`: 0 ClientHello, 1 the server's flight, 2 the client's second. */
static size_t flip_one(int which, size_t at, bool probe) {
  uint8_t *bytes = NULL;
  renew();
  if (which > 0) {
    flow_deliver(&f, true);
  }
  if (which > 1) {
    flow_deliver(&f, false);
  }
  bool from_client = which != 1;
  size_t n = flight(from_client, &bytes);
  if (!probe && at < n) {
    bool ignored = is_ignored(bytes, n, at);
    bytes[at] ^= (uint8_t)(1U << at % 8);
    flow_feed(&f, !from_client, bytes, n);
    flow_run(&f);
    check_flipped(at, ignored);
  }
  free(bytes);
  return n;
}

/* Every byte of the first 300, where lengths and types lie, and then so many
 * that the whole flight takes about a second. */
static void flip_flight(int which) {
  size_t n = flip_one(which, 0, true);
  size_t step = n / 500 + 1;
  for (size_t i = 0; i < n; i += i < 300 ? 1 : step) {
    flip_one(which, i, false);
  }
  for (size_t i = n > 40 ? n - 40 : 0; i < n; i++) {
    flip_one(which, i, false);
  }
}

static void test_flip_client_hello(void **state) {
  (void)state;
  flip_flight(0);
}

static void test_flip_server_flight(void **state) {
  (void)state;
  flip_flight(1);
}

static void test_flip_client_finished(void **state) {
  (void)state;
  flip_flight(2);
}

/* ---- segments ---- */

/* Xorshift: the same cuts in every run. */
static uint32_t next_random(uint32_t *x) {
  *x ^= *x << 13;
  *x ^= *x >> 17;
  *x ^= *x << 5;
  return *x;
}

/* Bytes of one side pile up and go over in segments of any length. */
static bool hand_over(bool from_client, uint32_t *seed, q_queue *wire) {
  uint8_t *bytes = NULL;
  size_t n = flight(from_client, &bytes);
  assert_ok(q_queue_append(wire, q_span_of(bytes, n)));
  free(bytes);
  size_t most = q_queue_length(wire);
  if (most == 0) {
    return false;
  }
  size_t wish = 1 + next_random(seed) % (next_random(seed) % 3 == 0 ? 7 : 5000);
  size_t now = wish < most ? wish : most;
  uint8_t *segment = peer_memory(now);
  memcpy(segment, q_queue_span(wire).p, now);
  q_queue_consume(wire, now);
  flow_feed(&f, !from_client, segment, now);
  free(segment);
  return true;
}

static void test_any_segments(void **state) {
  (void)state;
  for (uint32_t seed = 1; seed <= 60; seed++) {
    uint32_t x = seed * 2654435761U;
    q_queue up = {0};
    q_queue down = {0};
    renew();
    for (bool moved = true; moved;) {
      bool went_up = hand_over(true, &x, &up);
      bool went_down = hand_over(false, &x, &down);
      moved = went_up || went_down;
    }
    assert_true(flow_connected(&f));
    q_queue_free(&up);
    q_queue_free(&down);
    f.chunk = 1 + x % 40;
    flow_write(&f, true, "cut to pieces", 13);
    flow_write(&f, false, "and together", 12);
    assert_int_equal(f.server.data_n, 13);
    assert_memory_equal(f.server.data, "cut to pieces", 13);
    assert_int_equal(f.client.data_n, 12);
  }
}

static void test_one_byte_at_a_time(void **state) {
  (void)state;
  renew();
  f.chunk = 1;
  flow_run(&f);
  assert_true(flow_connected(&f));
  uint8_t data[3000];
  memset(data, 'd', sizeof data);
  flow_write(&f, true, data, sizeof data);
  assert_int_equal(f.server.data_n, sizeof data);
}

/* ---- small buffers on the way out ---- */

/* All that waits, through a buffer of `cap` bytes. */
static bool drain(bool from_client, size_t cap) {
  flow_side *s = from_client ? &f.client : &f.server;
  uint8_t *out = peer_memory(cap);
  bool any = false;
  while (qtls_conn_pending(s->conn) > 0) {
    size_t taken = 0;
    size_t written = 0;
    assert_ok(qtls_conn_send(s->conn, NULL, 0, out, cap, &taken, &written));
    assert_true(written > 0 && written <= cap);
    flow_feed(&f, !from_client, out, written);
    any = true;
  }
  free(out);
  return any;
}

/* Data through a buffer of `cap` bytes: nothing goes, or whole records. */
static void write_through(size_t cap) {
  uint8_t data[500];
  uint8_t *out = peer_memory(cap);
  size_t at = 0;
  memset(data, 'q', sizeof data);
  f.server.data_n = 0;
  for (size_t rounds = 0; at < sizeof data && rounds < 1000; rounds++) {
    size_t taken = 0;
    size_t written = 0;
    assert_ok(qtls_conn_send(f.client.conn, data + at, sizeof data - at, out, cap, &taken, &written));
    assert_true(written <= cap && taken <= sizeof data - at);
    assert_int_equal(taken == 0, written == 0);
    flow_feed(&f, false, out, written);
    at += taken;
  }
  /* A header, a type, a tag and one byte must fit. */
  assert_int_equal(at, cap > Q_RECORD_OVERHEAD ? sizeof data : 0);
  assert_int_equal(f.server.data_n, at);
  free(out);
}

static void test_small_buffers(void **state) {
  static const size_t caps[] = {1, 2, 5, 22, 23, 24, 30, 64, 521, 522, 523};
  (void)state;
  for (size_t i = 0; i < Q_COUNT(caps); i++) {
    renew();
    for (bool moved = true; moved;) {
      bool up = drain(true, caps[i]);
      bool down = drain(false, caps[i]);
      moved = up || down;
    }
    assert_true(flow_connected(&f));
    write_through(caps[i]);
  }
}

/* Both sides take 64 bytes of content in a record and no more. */
static void test_small_records(void **state) {
  static const case_kind kinds[] = {CASE_QTLS, CASE_QTLS_RETRY, CASE_TLS13, CASE_TLS13_MLDSA};
  (void)state;
  for (size_t i = 0; i < Q_COUNT(kinds); i++) {
    peer p;
    peer_options o = case_options(kinds[i]);
    o.client.record_size_limit = o.server.record_size_limit = 64;
    peer_start(&p, &o);
    p.f.on_wire = NULL;
    p.f.chunk = 33;
    flow_run(&p.f);
    assert_true(flow_connected(&p.f));
    uint8_t data[1000] = {0};
    flow_write(&p.f, true, data, sizeof data);
    flow_write(&p.f, false, data, sizeof data);
    assert_int_equal(p.f.server.data_n, sizeof data);
    assert_int_equal(p.f.client.data_n, sizeof data);
    qtls_info info;
    qtls_conn_get_info(p.f.server.conn, &info);
    assert_true(info.records_received >= 16);
    peer_stop(&p);
  }
}

/* ---- a ClientHello in many records ---- */

static void send_in_pieces(const uint8_t *message, size_t n, size_t first, size_t piece) {
  size_t at = 0;
  while (at < n) {
    uint8_t record[Q_RECORD_HEADER + 16384] = {Q_RECORD_HANDSHAKE, 3, 1};
    size_t now = at == 0 ? first : piece;
    now = now < n - at ? now : n - at;
    record[3] = (uint8_t)(now >> 8);
    record[4] = (uint8_t)now;
    memcpy(record + Q_RECORD_HEADER, message + at, now);
    flow_feed(&f, false, record, Q_RECORD_HEADER + now);
    at += now;
  }
}

static void test_hello_in_pieces(void **state) {
  static const struct {
    size_t first, piece;
  } cuts[] = {{1, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 1}, {1, 2}, {3, 100}, {4, 16384}, {1, 16384}, {500, 3}};
  (void)state;
  for (size_t i = 0; i < Q_COUNT(cuts); i++) {
    uint8_t *bytes = NULL;
    renew();
    size_t n = flight(true, &bytes);
    assert_int_equal(record_length(bytes), n);
    send_in_pieces(bytes + Q_RECORD_HEADER, n - Q_RECORD_HEADER, cuts[i].first, cuts[i].piece);
    free(bytes);
    flow_run(&f);
    assert_true(flow_connected(&f));
  }
}

static int setup(void **state) {
  (void)state;
  options = case_options(CASE_QTLS);
  flow_options o = {.identity = options.identity};
  flow_start(&f, &o);
  return 0;
}

static int teardown(void **state) {
  flow_stop(&f);
  return case_teardown(state);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_cut_client_hello),     cmocka_unit_test(test_cut_server_flight),
      cmocka_unit_test(test_cut_client_finished),  cmocka_unit_test(test_flip_client_hello),
      cmocka_unit_test(test_flip_server_flight),   cmocka_unit_test(test_flip_client_finished),
      cmocka_unit_test(test_any_segments),         cmocka_unit_test(test_one_byte_at_a_time),
      cmocka_unit_test(test_small_buffers),        cmocka_unit_test(test_small_records),
      cmocka_unit_test(test_hello_in_pieces),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
