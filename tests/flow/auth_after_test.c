/*
 * Authentication after the handshake (RFC 8446 §4.6.2): once and many times, with
 * data and key updates in between, answers in any order, keys held outside while
 * data flows on, refusals, and what a server may not ask.
 */
#include <stdio.h>
#include <string.h>

#include "conn/conn.h"
#include "support/alert_case.h"
#include "support/mutual.h"
#include "wire/certificate.h"

typedef struct protocol {
  const char *versions, *suites, *server, *client, *worth;
  qtls_policy policy;
} protocol;

static const protocol protocols[] = {
    {NULL, "qtls-hybrid", "hybrid-p384-mldsa65", "hybrid-p384-mldsa65", "hybrid", QTLS_POLICY_require_both},
    {NULL, "qtls-pqc", "mldsa65", "mldsa65", "pqc", QTLS_POLICY_require_pqc},
    {"tls1.3", NULL, "p256", "p256", "classical", QTLS_POLICY_require_both},
};

static mutual with(const protocol *p) {
  mutual m = {
      .server = case_pki(p->server), .versions = p->versions, .suites = p->suites, .policy = p->policy, .after = true};
  m.ids[0] = case_pki(p->client);
  return m;
}

static void check_talk(flow *f) {
  size_t before[2] = {f->server.data_n, f->client.data_n};
  flow_write(f, true, "question", 8);
  flow_write(f, false, "answer", 6);
  assert_int_equal(f->server.data_n - before[0], 8);
  assert_int_equal(f->client.data_n - before[1], 6);
}

static bool known(const flow *f) {
  qtls_peer_identity who;
  return qtls_conn_peer_identity(f->server.conn, &who);
}

static const char *worth(const flow *f) {
  qtls_info info;
  qtls_conn_get_info(f->server.conn, &info);
  return info.client_authentication;
}

/* ---- asked and answered ---- */

static void test_asked(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(protocols); i++) {
    mutual m = with(&protocols[i]);
    flow f;
    mutual_connect(&f, &m);
    assert_false(known(&f));
    for (unsigned k = 1; k <= 3; k++) {
      qtls_conn_set_time(f.server.conn, PKI_NOW + k);
      assert_ok(qtls_conn_request_auth(f.server.conn, k % 2 == 0));
      flow_run(&f);
      assert_int_equal(f.server.authenticated, k);
      qtls_peer_identity who = mutual_who(&f);
      assert_string_equal(who.subject, "CN=Test Leaf,O=Q-TLS Test");
      assert_int_equal(who.auth_time, PKI_NOW + k);
      assert_string_equal(worth(&f), protocols[i].worth);
      check_talk(&f);
    }
    /* Nothing of it stays behind. */
    assert_null(f.server.conn->m.hs);
    assert_null(f.client.conn->m.hs);
    flow_stop(&f);
  }
}

/* A certificate in the handshake, and another time later. */
static void test_asked_again(void **state) {
  (void)state;
  mutual m = with(&protocols[0]);
  flow f;
  m.mode = QTLS_CLIENT_AUTH_required;
  m.keep_chain = true;
  mutual_connect(&f, &m);
  assert_int_equal(mutual_who(&f).auth_time, PKI_NOW);
  qtls_conn_set_time(f.server.conn, PKI_NOW + 100);
  assert_ok(qtls_conn_request_auth(f.server.conn, true));
  flow_run(&f);
  assert_int_equal(f.server.authenticated, 1);
  assert_int_equal(mutual_who(&f).auth_time, PKI_NOW + 100);
  const uint8_t *der = NULL;
  size_t n = 0;
  assert_ok(qtls_conn_peer_certificate(f.server.conn, 1, &der, &n));
  assert_err(qtls_conn_peer_certificate(f.server.conn, 2, &der, &n), QTLS_ERR_ARGUMENT);
  check_talk(&f);
  flow_stop(&f);
}

/* Asked again, it has none any more: of the first one nothing is left. */
static void test_declined_later(void **state) {
  (void)state;
  mutual m = with(&protocols[0]);
  flow f;
  const uint8_t *der = NULL;
  size_t n = 0;
  m.mode = QTLS_CLIENT_AUTH_required;
  m.keep_chain = true;
  mutual_connect(&f, &m);
  assert_true(known(&f));
  assert_ok(qtls_conn_peer_certificate(f.server.conn, 0, &der, &n));
  qtls_config *config = (qtls_config *)(uintptr_t)f.client.conn->m.config;
  size_t count = config->id_count;
  config->id_count = 0; /* as if its identities were gone */
  assert_ok(qtls_conn_request_auth(f.server.conn, false));
  flow_run(&f);
  config->id_count = count;
  assert_int_equal(f.server.authenticated, 1);
  assert_false(known(&f));
  assert_string_equal(worth(&f), "none");
  assert_err(qtls_conn_peer_certificate(f.server.conn, 0, &der, &n), QTLS_ERR_ARGUMENT);
  check_talk(&f);
  flow_stop(&f);
}

/* The time told later is the one that counts. */
static void test_expired_meanwhile(void **state) {
  (void)state;
  mutual m = with(&protocols[2]);
  flow f;
  m.mode = QTLS_CLIENT_AUTH_required;
  mutual_connect(&f, &m);
  qtls_conn_set_time(f.server.conn, PKI_NOW + 4000 * PKI_DAY);
  assert_ok(qtls_conn_request_auth(f.server.conn, false));
  flow_run(&f);
  assert_err(f.server.err, QTLS_ERR_CERT_EXPIRED);
  assert_false(known(&f));
  qtls_error e;
  qtls_conn_error(f.client.conn, &e);
  assert_int_equal(e.alert, QTLS_ALERT_certificate_expired);
  flow_stop(&f);
}

/* When the connection ends by itself, who it was can still be told. */
static void test_known_to_the_end(void **state) {
  (void)state;
  mutual m = with(&protocols[2]);
  flow f;
  m.mode = QTLS_CLIENT_AUTH_required;
  mutual_connect(&f, &m);
  assert_err(qtls_conn_recv_end(f.server.conn), QTLS_ERR_TRUNCATED);
  assert_false(qtls_conn_is_connected(f.server.conn));
  assert_true(known(&f));
  assert_string_equal(worth(&f), "classical");
  flow_stop(&f);
}

/* Without a certificate: optional passes, and then nobody is known any more. */
static void test_declined(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(protocols); i++) {
    mutual m = with(&protocols[i]);
    flow f;
    m.anchors[0] = m.ids[0];
    m.ids[0] = NULL;
    mutual_connect(&f, &m);
    assert_ok(qtls_conn_request_auth(f.server.conn, false));
    flow_run(&f);
    assert_int_equal(f.server.authenticated, 1);
    assert_false(known(&f));
    assert_string_equal(worth(&f), "none");
    check_talk(&f);
    assert_ok(qtls_conn_request_auth(f.server.conn, true));
    flow_run(&f);
    assert_err(f.server.err, QTLS_ERR_CERT_REQUIRED);
    qtls_error e;
    qtls_conn_error(f.client.conn, &e);
    assert_int_equal(e.alert, QTLS_ALERT_certificate_required);
    flow_stop(&f);
  }
}

/* ---- key updates ---- */

/* Each side changes its keys before the request, between request and answer, and
 * after it: the Finished stands on the client's secret of that moment. */
static void test_key_updates(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(protocols); i++) {
    for (unsigned when = 0; when < 8; when++) {
      mutual m = with(&protocols[i]);
      flow f;
      m.outside = true;
      mutual_connect(&f, &m);
      bool ask = (when & 1) != 0;
      assert_ok(qtls_conn_key_update((when & 2) != 0 ? f.client.conn : f.server.conn, ask));
      flow_run(&f);
      assert_ok(qtls_conn_request_auth(f.server.conn, true));
      flow_run(&f);
      assert_true(f.client.job);
      assert_ok(qtls_conn_key_update((when & 4) != 0 ? f.client.conn : f.server.conn, ask));
      check_talk(&f);
      mutual_sign(&f, true, m.ids[0]);
      assert_int_equal(f.server.authenticated, 1);
      assert_ok(qtls_conn_key_update(f.client.conn, true));
      check_talk(&f);
      assert_true(known(&f));
      flow_stop(&f);
    }
  }
}

/* ---- several at a time ---- */

static void test_four_at_a_time(void **state) {
  (void)state;
  mutual m = with(&protocols[0]);
  flow f;
  mutual_connect(&f, &m);
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < 4; i++) {
      assert_ok(qtls_conn_request_auth(f.server.conn, true));
    }
    assert_err(qtls_conn_request_auth(f.server.conn, true), QTLS_ERR_STATE);
    flow_run(&f);
    assert_int_equal(f.server.authenticated, 4 * (round + 1));
  }
  check_talk(&f);
  flow_stop(&f);
}

/* Keys outside: one answer at a time, and data flows while each is signed. */
static void test_outside(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(protocols); i++) {
    mutual m = with(&protocols[i]);
    flow f;
    m.outside = true;
    mutual_connect(&f, &m);
    assert_ok(qtls_conn_request_auth(f.server.conn, true));
    assert_ok(qtls_conn_request_auth(f.server.conn, false));
    flow_run(&f);
    for (unsigned k = 1; k <= 2; k++) {
      assert_non_null(qtls_conn_job(f.client.conn, 0));
      check_talk(&f);
      check_talk(&f);
      assert_int_equal(f.server.authenticated, k - 1);
      mutual_sign(&f, true, m.ids[0]);
      assert_int_equal(f.server.authenticated, k);
    }
    assert_null(qtls_conn_job(f.client.conn, 0));
    check_talk(&f);
    flow_stop(&f);
  }
}

/* The connection ends while a signature is made. */
static void test_ends_while_signing(void **state) {
  (void)state;
  for (int how = 0; how < 3; how++) {
    mutual m = with(&protocols[0]);
    flow f;
    m.outside = true;
    mutual_connect(&f, &m);
    assert_ok(qtls_conn_request_auth(f.server.conn, true));
    flow_run(&f);
    const qtls_job *job = qtls_conn_job(f.client.conn, 0);
    assert_non_null(job);
    uint32_t id = job->id;
    if (how == 0) { /* the signer fails */
      assert_err(qtls_conn_job_done(f.client.conn, id, NULL, 0), QTLS_ERR_SIGNER);
      flow_run(&f);
      assert_err(f.server.err, QTLS_ERR_ALERT_RECEIVED);
    } else if (how == 1) { /* the client closes: no answer goes out after it */
      assert_ok(qtls_conn_close(f.client.conn));
      flow_run(&f);
      mutual_sign(&f, true, m.ids[0]);
      assert_true(f.server.closed);
      assert_int_equal(f.server.authenticated, 0);
      assert_ok(f.server.err);
    } else { /* the server fails */
      pki_must(q_machine_send_alert(&f.server.conn->m, 2, QTLS_ALERT_internal_error), "alert");
      flow_run(&f);
      assert_err(f.client.err, QTLS_ERR_ALERT_RECEIVED);
      uint8_t byte = 0;
      assert_err(qtls_conn_job_done(f.client.conn, id, &byte, 1), QTLS_ERR_ALERT_RECEIVED);
    }
    assert_false(known(&f));
    flow_stop(&f);
  }
}

/* ---- order ---- */

/* RFC 8446 §4.6.2: a client may answer in any order. This one is made to by
 * turning its queue around. */
static void test_any_order(void **state) {
  (void)state;
  mutual m = with(&protocols[0]);
  flow f;
  m.outside = true;
  mutual_connect(&f, &m);
  for (int i = 0; i < 3; i++) {
    assert_ok(qtls_conn_request_auth(f.server.conn, true));
  }
  flow_run(&f);
  flow_write(&f, false, "x", 1); /* the harness stops reading at a job */
  q_auth *auth = f.client.conn->m.auth;
  assert_int_equal(auth->queued, 2);
  q_span waiting = q_queue_span(&auth->requests);
  uint8_t *turned = q_alloc(waiting.n);
  assert_non_null(turned);
  memcpy(turned, waiting.p + waiting.n / 2, waiting.n / 2);
  memcpy(turned + waiting.n / 2, waiting.p, waiting.n / 2);
  memcpy((uint8_t *)(uintptr_t)waiting.p, turned, waiting.n);
  q_free(turned);
  for (unsigned k = 1; k <= 3; k++) {
    mutual_sign(&f, true, m.ids[0]);
    assert_int_equal(f.server.authenticated, k);
  }
  flow_stop(&f);
}

/* ---- what a server may not ask ---- */

static void test_not_possible(void **state) {
  (void)state;
  mutual m = with(&protocols[0]);
  flow f;
  m.after = false; /* not offered */
  mutual_connect(&f, &m);
  assert_err(qtls_conn_request_auth(f.server.conn, true), QTLS_ERR_STATE);
  assert_null(f.server.conn->m.auth); /* and costs nothing */
  assert_null(f.client.conn->m.auth);
  check_talk(&f);
  flow_stop(&f);
  m.after = true;
  m.alpn = "h2,http/1.1"; /* RFC 8740 §3 */
  mutual_connect(&f, &m);
  assert_err(qtls_conn_request_auth(f.server.conn, true), QTLS_ERR_STATE);
  flow_stop(&f);
  m.alpn = "http/1.1";
  mutual_connect(&f, &m);
  assert_ok(qtls_conn_request_auth(f.server.conn, true));
  assert_err(qtls_conn_request_auth(f.client.conn, true), QTLS_ERR_STATE);
  assert_err(qtls_conn_request_auth(NULL, true), QTLS_ERR_ARGUMENT);
  flow_run(&f);
  assert_int_equal(f.server.authenticated, 1);
  assert_ok(qtls_conn_close(f.server.conn));
  assert_err(qtls_conn_request_auth(f.server.conn, true), QTLS_ERR_STATE);
  flow_stop(&f);
  mutual_start(&f, &m);
  assert_err(qtls_conn_request_auth(f.server.conn, true), QTLS_ERR_STATE); /* not connected yet */
  flow_stop(&f);
  mutual none = with(&protocols[0]);
  none.anchors[0] = NULL;
  none.ids[0] = NULL; /* the server trusts nobody */
  mutual_connect(&f, &none);
  assert_err(qtls_conn_request_auth(f.server.conn, true), QTLS_ERR_STATE);
  flow_stop(&f);
}

/* ---- one byte at a time, and hundreds of times ---- */

static void test_split(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(protocols); i++) {
    mutual m = with(&protocols[i]);
    flow f;
    mutual_connect(&f, &m);
    f.chunk = 1;
    assert_ok(qtls_conn_request_auth(f.server.conn, true));
    flow_run(&f);
    assert_int_equal(f.server.authenticated, 1);
    check_talk(&f);
    flow_stop(&f);
  }
}

static void test_many_times(void **state) {
  (void)state;
  mutual m = with(&protocols[2]);
  flow f;
  mutual_connect(&f, &m);
  for (unsigned k = 1; k <= 200; k++) {
    assert_ok(qtls_conn_request_auth(f.server.conn, true));
    flow_run(&f);
    assert_int_equal(f.server.authenticated, k);
    if (k % 50 == 0) {
      check_talk(&f);
    }
  }
  flow_stop(&f);
}

/* Q-TLS §11: requests without end and without data are a flood; where one side only
 * sends and the other only listens, they are none. */
static void test_flood(void **state) {
  (void)state;
  for (int sends = 0; sends < 2; sends++) {
    mutual m = with(&protocols[2]);
    flow f;
    m.ids[0] = NULL; /* nothing to sign: the flood alone */
    m.anchors[0] = case_pki(protocols[2].client);
    mutual_connect(&f, &m);
    unsigned k = 0;
    for (; k < 2000 && f.client.err == QTLS_OK; k++) {
      assert_ok(qtls_conn_request_auth(f.server.conn, false));
      flow_run(&f);
      if (sends == 1 && k % 100 == 99) {
        flow_write(&f, true, "x", 1);
      }
    }
    assert_err(f.client.err, sends == 1 ? QTLS_OK : QTLS_ERR_POST_HANDSHAKE_FLOOD);
    assert_int_equal(f.server.authenticated, sends == 1 ? 2000 : k - 1);
    flow_stop(&f);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_asked),          cmocka_unit_test(test_asked_again),
      cmocka_unit_test(test_declined_later), cmocka_unit_test(test_expired_meanwhile),
      cmocka_unit_test(test_declined),       cmocka_unit_test(test_known_to_the_end),
      cmocka_unit_test(test_key_updates),    cmocka_unit_test(test_four_at_a_time),
      cmocka_unit_test(test_outside),        cmocka_unit_test(test_ends_while_signing),
      cmocka_unit_test(test_any_order),      cmocka_unit_test(test_not_possible),
      cmocka_unit_test(test_flood),          cmocka_unit_test(test_split),
      cmocka_unit_test(test_many_times),
  };
  return cmocka_run_group_tests(tests, NULL, case_teardown);
}
