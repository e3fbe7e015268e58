/*
 * The status of certificates by jobs (Q-TLS §9): asked for outside, on both sides,
 * while everything that comes behind the certificate waits.
 */
#include <stdlib.h>
#include <string.h>

#include "conn/conn.h"
#include "support/peer.h"
#include "support/status_plan.h"
#include "unit/unit.h"

/* ---- jobs ---- */

static void go_on(flow *f, bool to_client) {
  flow_side *s = to_client ? &f->client : &f->server;
  size_t n = s->in_n;
  uint8_t *waiting = malloc(n + 1);
  assert_non_null(waiting);
  memcpy(waiting, s->in, n);
  s->in_n = 0;
  s->job = false;
  if (n > 0) {
    flow_feed(f, to_client, waiting, n);
  } else {
    size_t used = 0;
    qtls_event event;
    s->err = qtls_conn_recv(s->conn, NULL, 0, &used, &event);
    s->connected = s->connected || event.kind == QTLS_EVENT_connected;
  }
  free(waiting);
  flow_run(f);
}

typedef enum answer_kind {
  ANSWER_GOOD,
  ANSWER_LIST,
  ANSWER_LISTED,
  ANSWER_REVOKED,
  ANSWER_NONE,
  ANSWER_GARBAGE,
  ANSWER_STALE,
  ANSWER_OTHER,
  ANSWER_CLASSICAL
} answer_kind;

static pki_level level_of(const pki *p, const qtls_job *job) {
  for (pki_level level = PKI_INTERMEDIATE; level <= PKI_LEAF; level++) {
    q_span der = pki_der(&p->node[level]);
    if (q_base_span_equal(der, q_span_of(job->certificate, job->certificate_size))) {
      assert_true(q_base_span_equal(pki_der(&p->node[level - 1]), q_span_of(job->issuer, job->issuer_size)));
      return level;
    }
  }
  assert_true(false);
  return PKI_LEAF;
}

static void answer(qtls_conn *conn, const pki *p, const qtls_job *job, answer_kind kind) {
  static const staple_kind staples[] = {
      [ANSWER_GOOD] = STAPLE_GOOD,   [ANSWER_REVOKED] = STAPLE_REVOKED, [ANSWER_GARBAGE] = STAPLE_GARBAGE,
      [ANSWER_STALE] = STAPLE_STALE, [ANSWER_OTHER] = STAPLE_OTHER_KEY, [ANSWER_CLASSICAL] = STAPLE_CLASSICAL};
  assert_int_equal(job->kind, QTLS_JOB_status);
  pki_level level = level_of(p, job);
  uint32_t id = job->id;
  if (kind == ANSWER_NONE) {
    assert_ok(qtls_conn_job_status(conn, id, false, NULL, 0));
    return;
  }
  bool crl = kind == ANSWER_LIST || kind == ANSWER_LISTED;
  staple_bytes b = crl ? staple_list(p, kind == ANSWER_LISTED) : staple_make(p, level, staples[kind]);
  assert_ok(qtls_conn_job_status(conn, id, crl, b.der, b.n));
  q_free(b.der);
}

static void test_jobs(void **state) {
  (void)state;
  static const struct {
    answer_kind kind;
    qtls_err soft, hard;
    bool good;
  } rows[] = {
      {ANSWER_GOOD, QTLS_OK, QTLS_OK, true},
      {ANSWER_LIST, QTLS_OK, QTLS_OK, true},
      {ANSWER_LISTED, QTLS_ERR_CERT_REVOKED, QTLS_ERR_CERT_REVOKED, false},
      {ANSWER_REVOKED, QTLS_ERR_CERT_REVOKED, QTLS_ERR_CERT_REVOKED, false},
      {ANSWER_NONE, QTLS_OK, QTLS_ERR_CERT_STATUS_UNKNOWN, false},
      {ANSWER_GARBAGE, QTLS_OK, QTLS_ERR_CERT_STATUS_UNKNOWN, false},
      {ANSWER_STALE, QTLS_OK, QTLS_ERR_CERT_STATUS_UNKNOWN, false},
      {ANSWER_OTHER, QTLS_OK, QTLS_ERR_CERT_STATUS_UNKNOWN, false},
  };
  for (size_t i = 0; i < PLAN_PROTOCOLS; i++) {
    for (size_t k = 0; k < 2 * Q_COUNT(rows); k++) {
      bool hard = k % 2 == 1;
      plan p = {
          .by = &plan_protocols[i], .jobs = true, .mode = hard ? QTLS_REVOCATION_hard_fail : QTLS_REVOCATION_soft_fail};
      flow f;
      plan_run(&f, &p);
      assert_true(f.client.job);
      assert_false(f.client.connected || f.server.connected);
      assert_string_equal(q_machine_state_name(f.client.conn->m.state),
                          "wait for the status of the server's certificate");
      assert_true(f.client.conn->m.hs->proofs.identity != Q_PROVEN);
      assert_true(f.client.conn->m.hs->verdict.primary != QTLS_OK &&
                  f.client.conn->m.hs->verdict.alternative != QTLS_OK);
      const qtls_job *job = qtls_conn_job(f.client.conn, 0);
      assert_non_null(job);
      assert_null(qtls_conn_job(f.client.conn, 1));
      answer(f.client.conn, p.identity, job, rows[k / 2].kind);
      go_on(&f, true);
      qtls_err expected = hard ? rows[k / 2].hard : rows[k / 2].soft;
      assert_err(f.client.err, expected);
      assert_int_equal(flow_connected(&f), expected == QTLS_OK);
      assert_string_equal(plan_info(&f.client).status, rows[k / 2].good && expected == QTLS_OK ? "good"
                                                       : expected == QTLS_OK                   ? "unknown"
                                                                                               : "not asked");
      flow_stop(&f);
    }
  }
}

/* What the policy asks of signatures holds for a fetched answer as well. */
static void test_jobs_need_both_signatures(void **state) {
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    plan p = {.by = &plan_protocols[i], .jobs = true, .mode = QTLS_REVOCATION_hard_fail};
    flow f;
    plan_run(&f, &p);
    answer(f.client.conn, p.identity, qtls_conn_job(f.client.conn, 0), ANSWER_CLASSICAL);
    go_on(&f, true);
    assert_err(f.client.err, plan_protocols[i].pqc ? QTLS_ERR_CERT_STATUS_UNKNOWN : QTLS_OK);
    flow_stop(&f);
  }
}

/* Nothing moves until the answer is there, however much arrives and however often
 * the connection is asked. */
static void test_never_answered(void **state) {
  (void)state;
  plan p = {.by = &plan_protocols[0], .jobs = true, .mode = QTLS_REVOCATION_soft_fail};
  flow f;
  plan_run(&f, &p);
  for (int i = 0; i < 5; i++) {
    go_on(&f, true);
    assert_true(f.client.job);
    assert_ok(f.client.err);
    assert_false(flow_connected(&f) || qtls_conn_is_connected(f.client.conn));
  }
  size_t taken = 0;
  size_t written = 0;
  uint8_t out[64];
  assert_ok(qtls_conn_send(f.client.conn, (const uint8_t *)"data", 4, out, sizeof out, &taken, &written));
  assert_int_equal(taken + written, 0);
  flow_stop(&f);
}

static void test_late(void **state) {
  (void)state;
  plan p = {.by = &plan_protocols[0], .jobs = true};
  flow f;
  plan_run(&f, &p);
  uint32_t id = qtls_conn_job(f.client.conn, 0)->id;
  assert_ok(qtls_conn_close(f.client.conn));
  assert_null(qtls_conn_job(f.client.conn, 0));
  staple_bytes b = staple_make(p.identity, PKI_LEAF, STAPLE_GOOD);
  assert_err(qtls_conn_job_status(f.client.conn, id, false, b.der, b.n), QTLS_ERR_CLOSED);
  assert_err(qtls_conn_job_status(f.client.conn, id, false, b.der, b.n), QTLS_ERR_STATE);
  assert_false(flow_connected(&f));
  q_free(b.der);
  flow_stop(&f);
}

/* What the handshake's signature was worth is held against the second judgement as it
 * was against the first: the path may have become another one. */
static void test_decided_again(void **state) {
  (void)state;
  for (size_t i = 0; i < PLAN_PROTOCOLS; i++) {
    for (int nothing = 0; nothing < 2; nothing++) {
      plan p = {.by = &plan_protocols[i], .jobs = true};
      flow f;
      plan_run(&f, &p);
      q_signed *by = &f.client.conn->m.hs->signed_by;
      qtls_err err = QTLS_ERR_INTERNAL;
      if (nothing == 0) {
        err = q_scheme_is_pqc(by->scheme) ? QTLS_ERR_SIG_PQC : QTLS_ERR_SIG_CLASSICAL;
        by->classical = QTLS_ERR_SIG_CLASSICAL;
        by->pqc = QTLS_ERR_SIG_PQC;
      } else {
        by->scheme = NULL;
      }
      answer(f.client.conn, p.identity, qtls_conn_job(f.client.conn, 0), ANSWER_GOOD);
      go_on(&f, true);
      assert_err(f.client.err, err);
      assert_false(f.client.connected || f.server.connected);
      flow_stop(&f);
    }
  }
}

/* A job is finished once, by its own call, under its own number. */
static void test_wrong_calls(void **state) {
  (void)state;
  plan p = {.by = &plan_protocols[0], .jobs = true};
  flow f;
  plan_run(&f, &p);
  qtls_conn *conn = f.client.conn;
  uint32_t id = qtls_conn_job(conn, 0)->id;
  uint8_t byte = 0;
  assert_err(qtls_conn_job_status(NULL, id, false, NULL, 0), QTLS_ERR_ARGUMENT);
  assert_err(qtls_conn_job_status(conn, 0, false, NULL, 0), QTLS_ERR_ARGUMENT);
  assert_err(qtls_conn_job_status(conn, id, false, &byte, 0), QTLS_ERR_ARGUMENT);
  assert_err(qtls_conn_job_status(conn, id + 1, false, NULL, 0), QTLS_ERR_STATE);
  assert_err(qtls_conn_job_done(conn, id, &byte, 1), QTLS_ERR_STATE);
  assert_false(f.client.connected);
  answer(conn, p.identity, qtls_conn_job(conn, 0), ANSWER_GOOD);
  assert_err(qtls_conn_job_status(conn, id, false, NULL, 0), QTLS_ERR_STATE);
  go_on(&f, true);
  assert_true(flow_connected(&f));
  assert_err(qtls_conn_job_status(conn, id, false, NULL, 0), QTLS_ERR_STATE);
  flow_stop(&f);
}

/* One job for each certificate below the root, in any order; one of them is enough
 * to fail. */
static void test_whole_chain(void **state) {
  (void)state;
  for (int first = 0; first < 2; first++) {
    for (int bad = 0; bad < 3; bad++) {
      plan p = {.by = &plan_protocols[0], .jobs = true, .mode = QTLS_REVOCATION_hard_fail, .whole_chain = true};
      flow f;
      plan_run(&f, &p);
      assert_non_null(qtls_conn_job(f.client.conn, 1));
      assert_null(qtls_conn_job(f.client.conn, 2));
      answer(f.client.conn, p.identity, qtls_conn_job(f.client.conn, (size_t)first),
             bad == 1 ? ANSWER_REVOKED : ANSWER_GOOD);
      go_on(&f, true);
      assert_true(f.client.job);
      assert_false(flow_connected(&f));
      answer(f.client.conn, p.identity, qtls_conn_job(f.client.conn, 0), bad == 2 ? ANSWER_NONE : ANSWER_GOOD);
      go_on(&f, true);
      assert_err(f.client.err, bad == 0 ? QTLS_OK : bad == 1 ? QTLS_ERR_CERT_REVOKED : QTLS_ERR_CERT_STATUS_UNKNOWN);
      assert_int_equal(flow_connected(&f), bad == 0);
      flow_stop(&f);
    }
  }
}

/* With a staple there is nothing to ask; nor where there is no address to ask at. */
static void test_no_job_needed(void **state) {
  (void)state;
  plan p = {.by = &plan_protocols[0], .jobs = true, .staple = true, .mode = QTLS_REVOCATION_hard_fail};
  flow f;
  plan_run(&f, &p);
  assert_false(f.client.job);
  assert_true(flow_connected(&f));
  flow_stop(&f);
  pki *bare = pki_make("p256", NULL);
  plan q = {.by = &plan_protocols[4], .jobs = true, .identity = bare};
  plan_run(&f, &q);
  assert_false(f.client.job);
  assert_true(flow_connected(&f));
  flow_stop(&f);
  pki_free(bare);
}

/* A path that is bad for another reason is refused at once, and nobody is asked. */
static void test_bad_path_asks_nobody(void **state) {
  (void)state;
  plan p = {.by = &plan_protocols[0], .jobs = true, .now = PKI_NOW + 4000 * PKI_DAY};
  flow f;
  plan_run(&f, &p);
  assert_false(f.client.job);
  assert_err(f.client.err, QTLS_ERR_CERT_EXPIRED);
  flow_stop(&f);
}

/* The rest of the server's flight in the same record as its Certificate: kept until
 * the answer is there, and then read. */
static void join_flight(peer *m, bool from_client, uint8_t type, size_t nth, peer_message *msg) {
  (void)nth;
  if (from_client || (type != Q_MSG_CERTIFICATE && type != Q_MSG_CERTIFICATE_VERIFY && type != Q_MSG_FINISHED)) {
    return;
  }
  uint8_t *joined = realloc(m->kept, m->kept_n + msg->n);
  assert_non_null(joined);
  memcpy(joined + m->kept_n, msg->p, msg->n);
  m->kept = joined;
  m->kept_n += msg->n;
  msg->n = 0;
  if (type == Q_MSG_FINISHED) {
    memcpy(msg->p, m->kept, m->kept_n);
    msg->n = m->kept_n;
  }
}

static qtls_err ask_outside(qtls_config *c) { return qtls_config_set_status_jobs(c, true); }

static void test_flight_in_one_record(void **state) {
  (void)state;
  for (int good = 0; good < 2; good++) {
    peer m;
    peer_options o = {.identity = plan_pki("p256"), .client = {.versions = "tls1.3", .more = ask_outside}};
    peer_start(&m, &o);
    m.edit = join_flight;
    peer_run(&m);
    flow *f = &m.f;
    assert_true(f->client.job);
    assert_false(f->client.connected);
    assert_true(q_queue_length(&f->client.conn->partial) > 0);
    answer(f->client.conn, o.identity, qtls_conn_job(f->client.conn, 0), good == 1 ? ANSWER_GOOD : ANSWER_REVOKED);
    go_on(f, true);
    assert_err(f->client.err, good == 1 ? QTLS_OK : QTLS_ERR_CERT_REVOKED);
    assert_int_equal(flow_connected(f), good == 1);
    peer_stop(&m);
  }
}

/* ---- the server asks about its client ---- */

static qtls_err client_with_identity(qtls_config *c, void *context) {
  const plan *p = context;
  Q_TRY(plan_protocol(c, p));
  Q_TRY(qtls_config_set_post_handshake_auth(c, true));
  const pki *id = p->identity;
  Q_TRY(qtls_config_add_identity(c, id->chain_pem, id->chain_pem_n, id->key_pem, id->key_pem_n));
  if (!p->staple) {
    return QTLS_OK;
  }
  staple_bytes response = staple_make(id, PKI_LEAF, STAPLE_GOOD);
  qtls_err err = qtls_config_set_staple(c, 0, response.der, response.n, PKI_NOW);
  q_free(response.der);
  return err;
}

static qtls_err server_that_asks(qtls_config *c, void *context) {
  const plan *p = context;
  Q_TRY(plan_protocol(c, p));
  Q_TRY(qtls_config_add_trust(c, p->identity->trust_pem, p->identity->trust_pem_n));
  Q_TRY(qtls_config_set_client_auth(c, p->after ? QTLS_CLIENT_AUTH_none : QTLS_CLIENT_AUTH_required));
  Q_TRY(qtls_config_set_revocation(c, p->mode, false));
  return qtls_config_set_status_jobs(c, p->jobs);
}

static void open_mutual(flow *f, plan *p) {
  p->identity = plan_pki(p->by->kind);
  flow_options o = {.identity = p->identity, .client = client_with_identity, .server = server_that_asks, .context = p};
  flow_start(f, &o);
  flow_run(f);
}

/* A client whose keys are outside asks first and signs then: no number of a job
 * comes twice, and neither kind is finished by the other's call. */
static qtls_err client_outside(qtls_config *c, void *context) {
  const plan *p = context;
  Q_TRY(plan_protocol(c, p));
  Q_TRY(qtls_config_set_status_jobs(c, true));
  return qtls_config_add_identity(c, p->identity->chain_pem, p->identity->chain_pem_n, NULL, 0);
}

static void sign_job(qtls_conn *conn, const pki *p) {
  const qtls_job *job = qtls_conn_job(conn, 0);
  assert_int_equal(job->kind, QTLS_JOB_sign);
  assert_err(qtls_conn_job_status(conn, job->id, false, NULL, 0), QTLS_ERR_STATE);
  const pki_node *leaf = &p->node[PKI_LEAF];
  uint8_t signature[Q_SIGNATURE_MAX];
  size_t n = 0;
  assert_ok(q_crypto_sign(job->alternative_key ? leaf->alt_key : leaf->key, signature, &n, sizeof signature,
                          q_scheme_find(job->scheme)->alg, q_span_of(job->input, job->input_size)));
  assert_ok(qtls_conn_job_done(conn, job->id, signature, n));
}

static void test_asked_then_signed(void **state) {
  (void)state;
  for (size_t i = 0; i < PLAN_PROTOCOLS; i++) {
    plan p = {
        .by = &plan_protocols[i], .identity = plan_pki(plan_protocols[i].kind), .mode = QTLS_REVOCATION_soft_fail};
    flow_options o = {.identity = p.identity, .client = client_outside, .server = server_that_asks, .context = &p};
    flow f;
    flow_start(&f, &o);
    flow_run(&f);
    uint32_t last = qtls_conn_job(f.client.conn, 0)->id;
    answer(f.client.conn, p.identity, qtls_conn_job(f.client.conn, 0), ANSWER_GOOD);
    go_on(&f, true);
    assert_true(f.client.job);
    while (qtls_conn_job(f.client.conn, 0) != NULL) {
      assert_true(qtls_conn_job(f.client.conn, 0)->id > last);
      last = qtls_conn_job(f.client.conn, 0)->id;
      assert_err(qtls_conn_job_done(f.client.conn, 1, (const uint8_t *)"", 1), QTLS_ERR_STATE);
      sign_job(f.client.conn, p.identity);
    }
    go_on(&f, true);
    assert_true(flow_connected(&f));
    flow_stop(&f);
  }
}

static void test_client_of_a_server(void **state) {
  (void)state;
  static const answer_kind kinds_of_answer[] = {ANSWER_GOOD, ANSWER_NONE, ANSWER_REVOKED};
  static const qtls_err outcomes[] = {QTLS_OK, QTLS_ERR_CERT_STATUS_UNKNOWN, QTLS_ERR_CERT_REVOKED};
  for (size_t i = 0; i < PLAN_PROTOCOLS; i++) {
    for (size_t k = 0; k < Q_COUNT(outcomes); k++) {
      plan p = {.by = &plan_protocols[i], .jobs = true, .mode = QTLS_REVOCATION_hard_fail};
      flow f;
      qtls_peer_identity who;
      open_mutual(&f, &p);
      assert_true(f.server.job);
      assert_false(f.server.connected || qtls_conn_peer_identity(f.server.conn, &who));
      answer(f.server.conn, p.identity, qtls_conn_job(f.server.conn, 0), kinds_of_answer[k]);
      go_on(&f, false);
      assert_err(f.server.err, outcomes[k]);
      assert_int_equal(f.server.connected, outcomes[k] == QTLS_OK);
      assert_string_equal(plan_info(&f.server).status, outcomes[k] == QTLS_OK ? "good" : "not asked");
      assert_int_equal(qtls_conn_peer_identity(f.server.conn, &who), outcomes[k] == QTLS_OK);
      flow_stop(&f);
    }
  }
}

static void test_client_that_staples(void **state) {
  (void)state;
  for (size_t i = 0; i < PLAN_PROTOCOLS; i++) {
    for (int staple = 0; staple < 2; staple++) {
      plan p = {.by = &plan_protocols[i], .staple = staple == 1, .mode = QTLS_REVOCATION_hard_fail};
      flow f;
      open_mutual(&f, &p);
      assert_err(f.server.err, staple == 1 ? QTLS_OK : QTLS_ERR_CERT_STATUS_UNKNOWN);
      assert_int_equal(f.server.connected, staple == 1);
      flow_stop(&f);
    }
  }
}

/* After the handshake: the answer waits, and nothing that comes behind it is read. */
static void test_client_after_the_handshake(void **state) {
  (void)state;
  for (int good = 0; good < 2; good++) {
    plan p = {.by = &plan_protocols[0], .jobs = true, .mode = QTLS_REVOCATION_hard_fail, .after = true};
    flow f;
    qtls_peer_identity who;
    open_mutual(&f, &p);
    assert_true(flow_connected(&f));
    assert_ok(qtls_conn_request_auth(f.server.conn, true));
    flow_run(&f);
    assert_true(f.server.job);
    assert_false(qtls_conn_peer_identity(f.server.conn, &who));
    flow_write(&f, true, "after", 5);
    assert_int_equal(f.server.data_n, 0);
    answer(f.server.conn, p.identity, qtls_conn_job(f.server.conn, 0), good == 1 ? ANSWER_GOOD : ANSWER_REVOKED);
    go_on(&f, false);
    assert_err(f.server.err, good == 1 ? QTLS_OK : QTLS_ERR_CERT_REVOKED);
    assert_int_equal(qtls_conn_peer_identity(f.server.conn, &who), good == 1);
    assert_int_equal(f.server.authenticated, good);
    assert_int_equal(f.server.data_n, good == 1 ? 5 : 0);
    flow_stop(&f);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_jobs),
      cmocka_unit_test(test_jobs_need_both_signatures),
      cmocka_unit_test(test_never_answered),
      cmocka_unit_test(test_late),
      cmocka_unit_test(test_wrong_calls),
      cmocka_unit_test(test_decided_again),
      cmocka_unit_test(test_whole_chain),
      cmocka_unit_test(test_no_job_needed),
      cmocka_unit_test(test_bad_path_asks_nobody),
      cmocka_unit_test(test_flight_in_one_record),
      cmocka_unit_test(test_asked_then_signed),
      cmocka_unit_test(test_client_of_a_server),
      cmocka_unit_test(test_client_that_staples),
      cmocka_unit_test(test_client_after_the_handshake),
  };
  return cmocka_run_group_tests(tests, NULL, plan_teardown);
}
