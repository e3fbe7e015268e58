/* Record sizes, padding, limits and buffers of application data. */
#include "record/record.h"
#include "support/flow.h"
#include "unit/unit.h"

static pki *plain;

typedef struct watch {
  size_t records, longest, shortest;
} watch;

static void count_records(void *context, flow *f, bool from_client, uint8_t *bytes, size_t *n) {
  (void)f;
  watch *w = context;
  if (!from_client) {
    return;
  }
  for (size_t at = 0; at + 5 <= *n;) {
    size_t body = (size_t)((bytes[at + 3] << 8) | bytes[at + 4]);
    w->records++;
    w->longest = body > w->longest ? body : w->longest;
    w->shortest = w->shortest == 0 || body < w->shortest ? body : w->shortest;
    at += 5 + body;
  }
}

typedef struct settings {
  qtls_record_mode mode;
  qtls_padding padding;
  unsigned block, client_limit, server_limit;
} settings;

static qtls_err set_client(qtls_config *c, void *context) {
  const settings *s = context;
  Q_TRY(qtls_config_set_record_mode(c, s->mode));
  Q_TRY(qtls_config_set_padding(c, s->padding, s->block));
  return qtls_config_set_record_size_limit(c, s->client_limit);
}

static qtls_err set_server(qtls_config *c, void *context) {
  const settings *s = context;
  return qtls_config_set_record_size_limit(c, s->server_limit);
}

/* Send `n` bytes from the client; they must arrive whole. */
static watch send(const settings *s, size_t n) {
  static uint8_t data[200000];
  for (size_t i = 0; i < n; i++) {
    data[i] = (uint8_t)(i * 31);
  }
  flow f;
  settings copy = *s;
  flow_options o = {.identity = plain, .client = set_client, .server = set_server, .context = &copy};
  flow_start(&f, &o);
  flow_run(&f);
  assert_true(flow_connected(&f));
  watch w = {0, 0, 0};
  f.on_wire = count_records;
  f.context = &w;
  flow_write(&f, true, data, n);
  assert_int_equal(f.server.data_n, n);
  assert_memory_equal(f.server.data, data, n);
  /* And the other way, so that a limit holds there too. */
  f.on_wire = NULL;
  flow_write(&f, false, data, n);
  assert_int_equal(f.client.data_n, n);
  flow_stop(&f);
  return w;
}

static void test_modes(void **state) {
  (void)state;
  settings s = {QTLS_RECORD_bulk, QTLS_PADDING_none, 0, 0, 0};
  watch w = send(&s, 50000);
  assert_int_equal(w.records, 4);
  assert_int_equal(w.longest, 16384 + 17);
  assert_int_equal(w.shortest, 50000 - 3 * 16384 + 17);
  s.mode = QTLS_RECORD_interactive;
  w = send(&s, 50000);
  assert_int_equal(w.records, 13);
  assert_int_equal(w.longest, 4096 + 17);
  s.mode = QTLS_RECORD_dynamic;
  w = send(&s, 200000);
  assert_int_equal(w.longest, 16384 + 17);
  assert_int_equal(w.records, 94 + 5);
}

static void test_padding(void **state) {
  (void)state;
  settings s = {QTLS_RECORD_bulk, QTLS_PADDING_block, 512, 0, 0};
  for (size_t n = 500; n <= 520; n++) {
    watch w = send(&s, n);
    assert_int_equal(w.records, 1);
    assert_int_equal((w.longest - 16) % 512, 0);
  }
  s.padding = QTLS_PADDING_random;
  size_t least = SIZE_MAX;
  size_t most = 0;
  for (int i = 0; i < 40; i++) {
    watch w = send(&s, 10);
    least = w.longest < least ? w.longest : least;
    most = w.longest > most ? w.longest : most;
  }
  assert_true(least >= 27 && most <= 27 + 256 && most > least);
  /* A full record has no room for padding and stays within the limit. */
  assert_int_equal(send(&s, 16384).longest, 16384 + 17);
}

static void test_record_size_limit(void **state) {
  (void)state;
  static const unsigned limits[] = {64, 100, 512, 16384};
  for (size_t i = 0; i < Q_COUNT(limits); i++) {
    settings s = {QTLS_RECORD_bulk, QTLS_PADDING_random, 0, 512, limits[i]};
    watch w = send(&s, 5000);
    assert_true(w.longest <= limits[i] + 17);
    /* A client that does not say so is not answered, and no limit holds. */
    s.client_limit = 0;
    s.padding = QTLS_PADDING_none;
    assert_int_equal(send(&s, 5000).longest, 5000 + 17);
  }
}

static void test_short_buffers(void **state) {
  (void)state;
  flow f;
  flow_options o = {.identity = plain};
  flow_start(&f, &o);
  flow_run(&f);
  uint8_t out[1000];
  uint8_t data[5000] = {1};
  size_t taken = 7;
  size_t written = 7;
  for (size_t cap = 1; cap < 60; cap++) {
    assert_ok(qtls_conn_send(f.client.conn, data, sizeof data, out, cap, &taken, &written));
    assert_int_equal(taken, cap > Q_RECORD_OVERHEAD ? cap - Q_RECORD_OVERHEAD : 0);
    assert_int_equal(written, cap > Q_RECORD_OVERHEAD ? cap : 0);
    flow_feed(&f, false, out, written);
    assert_ok(f.server.err);
  }
  flow_stop(&f);
}

static void test_arguments(void **state) {
  (void)state;
  flow f;
  flow_options o = {.identity = plain};
  flow_start(&f, &o);
  uint8_t b[8];
  size_t n = 0;
  qtls_event event;
  assert_err(qtls_conn_recv(NULL, b, 1, &n, &event), QTLS_ERR_ARGUMENT);
  assert_err(qtls_conn_recv(f.client.conn, NULL, 1, &n, &event), QTLS_ERR_ARGUMENT);
  assert_err(qtls_conn_send(f.client.conn, NULL, 1, b, sizeof b, &n, &n), QTLS_ERR_ARGUMENT);
  assert_err(qtls_conn_key_update(f.client.conn, false), QTLS_ERR_STATE);
  assert_err(qtls_conn_export(f.client.conn, b, sizeof b, "EXPORTER-x", NULL, 0), QTLS_ERR_STATE);
  flow_run(&f);
  assert_err(qtls_conn_export(f.client.conn, b, 0, "EXPORTER-x", NULL, 0), QTLS_ERR_ARGUMENT);
  assert_err(qtls_conn_export(f.client.conn, b, 255 * 48 + 1, "EXPORTER-x", NULL, 0), QTLS_ERR_ARGUMENT);
  /* After close_notify nothing can be written, and closing again is fine. */
  assert_ok(qtls_conn_close(f.client.conn));
  assert_ok(qtls_conn_close(f.client.conn));
  flow_run(&f);
  size_t taken = 0;
  assert_err(qtls_conn_send(f.client.conn, b, 1, b + 1, 7, &taken, &n), QTLS_ERR_STATE);
  assert_err(qtls_conn_key_update(f.client.conn, false), QTLS_ERR_STATE);
  flow_stop(&f);
}

/* Closed in the middle of the handshake: nothing goes on afterwards. */
static void test_close_early(void **state) {
  (void)state;
  flow f;
  flow_options o = {.identity = plain};
  flow_start(&f, &o);
  assert_ok(qtls_conn_close(f.client.conn));
  flow_run(&f);
  assert_false(f.client.connected || f.server.connected);
  assert_err(f.client.err, QTLS_ERR_CLOSED);
  assert_err(f.server.err, QTLS_ERR_ALERT_RECEIVED);
  flow_stop(&f);
}

/* The forecast of the first flight, against what is sent. */
static void test_flight_size(void **state) {
  (void)state;
  static const char *const kinds[] = {"hybrid-p384-mldsa65", "hybrid-p384-mldsa87", "mldsa65", "p256", "rsa2048"};
  for (size_t i = 0; i < Q_COUNT(kinds); i++) {
    pki *p = pki_make(kinds[i], NULL);
    flow f;
    flow_options o = {.identity = p};
    flow_start(&f, &o);
    size_t told = qtls_config_flight_size(f.server.config, 0);
    assert_true(flow_deliver(&f, true) > 0);
    size_t sent = flow_deliver(&f, false);
    assert_in_range(told, sent - 100, sent + 100);
    assert_int_equal(qtls_config_flight_size(f.server.config, 1), 0);
    flow_stop(&f);
    pki_free(p);
  }
}

static int setup(void **state) {
  (void)state;
  plain = pki_make("p256", NULL);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  pki_free(plain);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_modes),         cmocka_unit_test(test_padding),
      cmocka_unit_test(test_record_size_limit), cmocka_unit_test(test_short_buffers),
      cmocka_unit_test(test_arguments),     cmocka_unit_test(test_close_early),
      cmocka_unit_test(test_flight_size),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
