/*
 * One configuration of each side, and threads that connect by them at the same
 * time, while another takes the server's over and gives it back: what is shared is
 * the count of owners and the cache of verified links, here far too small.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "conn/conn.h"
#include "support/staple.h"
#include "unit/unit.h"

#define THREADS 4
#define HANDSHAKES 6

static pki *hybrid;
static staple_bytes staple;
static qtls_config *client;
static qtls_config *server;

static int setup(void **state) {
  (void)state;
  hybrid = staple_pki("hybrid-p384-mldsa65", false);
  staple = staple_make(hybrid, PKI_LEAF, STAPLE_GOOD);
  assert_ok(qtls_config_new(&client, QTLS_CLIENT));
  assert_ok(qtls_config_add_trust(client, hybrid->trust_pem, hybrid->trust_pem_n));
  assert_ok(qtls_config_set_revocation(client, QTLS_REVOCATION_hard_fail, false));
  assert_ok(qtls_config_set_link_cache(client, 3));
  assert_ok(qtls_config_freeze(client));
  assert_ok(qtls_config_new(&server, QTLS_SERVER));
  assert_ok(
      qtls_config_add_identity(server, hybrid->chain_pem, hybrid->chain_pem_n, hybrid->key_pem, hybrid->key_pem_n));
  assert_ok(qtls_config_set_staple(server, 0, staple.der, staple.n, PKI_NOW));
  assert_ok(qtls_config_freeze(server));
  return 0;
}

static int teardown(void **state) {
  (void)state;
  qtls_config_free(client);
  qtls_config_free(server);
  q_free(staple.der);
  pki_free(hybrid);
  return 0;
}

/* All that one side has for the other. */
static qtls_err pass(qtls_conn *from, qtls_conn *to, uint8_t *wire, size_t cap) {
  size_t taken = 0;
  size_t n = 0;
  Q_TRY(qtls_conn_send(from, NULL, 0, wire, cap, &taken, &n));
  qtls_event event = {.kind = QTLS_EVENT_connected};
  for (size_t at = 0; at < n && event.kind != QTLS_EVENT_none;) {
    size_t used = 0;
    Q_TRY(qtls_conn_recv(to, wire + at, n - at, &used, &event));
    at += used;
  }
  return QTLS_OK;
}

static qtls_err shake(qtls_conn *conns[2]) {
  static const size_t cap = 65536;
  uint8_t *wire = malloc(cap);
  qtls_err err = wire == NULL ? QTLS_ERR_NO_MEMORY : QTLS_OK;
  for (int i = 0; i < 4 && err == QTLS_OK; i++) {
    err = pass(conns[i % 2], conns[1 - i % 2], wire, cap);
  }
  free(wire);
  bool connected = qtls_conn_is_connected(conns[0]) && qtls_conn_is_connected(conns[1]);
  return err != QTLS_OK ? err : connected ? QTLS_OK : QTLS_ERR_INTERNAL;
}

static qtls_err once(void) {
  qtls_conn_params params = {.server_name = "localhost", .now = PKI_NOW};
  qtls_conn *conns[2] = {NULL, NULL};
  qtls_info info = {.stapled = false};
  qtls_err err = qtls_conn_new(&conns[0], client, &params);
  if (err == QTLS_OK) {
    err = qtls_conn_new(&conns[1], server, &params);
  }
  if (err == QTLS_OK) {
    err = shake(conns);
  }
  if (err == QTLS_OK) {
    qtls_conn_get_info(conns[0], &info);
    err = info.stapled ? QTLS_OK : QTLS_ERR_INTERNAL;
  }
  qtls_conn_free(conns[0]);
  qtls_conn_free(conns[1]);
  return err;
}

static void *connect_often(void *context) {
  qtls_err *out = context;
  for (int i = 0; i < HANDSHAKES && *out == QTLS_OK; i++) {
    *out = once();
  }
  return NULL;
}

static void *reload_often(void *context) {
  qtls_err *out = context;
  for (int i = 0; i < 20 && *out == QTLS_OK; i++) {
    qtls_config *fresh = NULL;
    *out = qtls_config_clone(&fresh, server);
    if (*out == QTLS_OK && i % 2 == 0) {
      *out = qtls_config_set_staple(fresh, 0, staple.der, staple.n, PKI_NOW);
    }
    if (*out == QTLS_OK) {
      *out = qtls_config_freeze(fresh);
    }
    qtls_config_free(fresh);
  }
  return NULL;
}

static void test_threads(void **state) {
  (void)state;
  pthread_t threads[THREADS + 1];
  qtls_err errors[THREADS + 1] = {QTLS_OK};
  for (size_t i = 0; i <= THREADS; i++) {
    assert_int_equal(pthread_create(&threads[i], NULL, i < THREADS ? connect_often : reload_often, &errors[i]), 0);
  }
  for (size_t i = 0; i <= THREADS; i++) {
    assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_err(errors[i], QTLS_OK);
  }
  q_link_cache_counts counts;
  q_pki_link_cache_count(client->links, &counts);
  assert_int_equal(counts.held, 3);
  /* Two links by two keys each, and the staple. */
  assert_int_equal(counts.hits + counts.misses, 5 * THREADS * HANDSHAKES);
  assert_int_equal(client->owners, 1);
  assert_int_equal(server->owners, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_threads),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
