/* Status jobs of a server whose client goes no further than its CertificateVerify,
 * or shows a certificate whose key it does not hold, and of connections that end
 * while they wait. */
#include <stdlib.h>
#include <string.h>

#include "conn/conn.h"
#include "support/meter.h"
#include "support/mutual.h"
#include "support/status_plan.h"
#include "unit/unit.h"
#include "wire/certificate.h"
#include "wire/ext/ext_codec.h"

static qtls_err client(qtls_config *c, void *context) {
  const plan *p = context;
  const pki *id = p->identity;
  Q_TRY(plan_protocol(c, p));
  Q_TRY(qtls_config_set_post_handshake_auth(c, true));
  return qtls_config_add_identity(c, id->chain_pem, id->chain_pem_n, id->key_pem, id->key_pem_n);
}

/* Its keys are outside: it has none. */
static qtls_err thief(qtls_config *c, void *context) {
  const plan *p = context;
  Q_TRY(plan_protocol(c, p));
  Q_TRY(qtls_config_set_post_handshake_auth(c, true));
  return qtls_config_add_identity(c, p->identity->chain_pem, p->identity->chain_pem_n, NULL, 0);
}

static qtls_err server(qtls_config *c, void *context) {
  const plan *p = context;
  Q_TRY(plan_protocol(c, p));
  Q_TRY(qtls_config_add_trust(c, p->identity->trust_pem, p->identity->trust_pem_n));
  Q_TRY(qtls_config_set_client_auth(c, p->after ? QTLS_CLIENT_AUTH_none : QTLS_CLIENT_AUTH_required));
  Q_TRY(qtls_config_set_revocation(c, QTLS_REVOCATION_soft_fail, p->whole_chain));
  return qtls_config_set_status_jobs(c, true);
}

/* Until the server asks for the status of its client's certificate. */
static void open_waiting(flow *f, plan *p) {
  p->by = &plan_protocols[0];
  p->identity = plan_pki(p->by->kind);
  flow_options o = {.identity = p->identity, .client = client, .server = server, .context = p};
  flow_start(f, &o);
  flow_run(f);
  if (p->after) {
    assert_true(flow_connected(f));
    assert_ok(qtls_conn_request_auth(f->server.conn, true));
    flow_run(f);
  }
  assert_true(f->server.job);
}

/* Whoever replays the chain of somebody else makes nobody ask for its status. */
static void test_no_key_no_question(void **state) {
  (void)state;
  for (int after = 0; after < 2; after++) {
    plan p = {.by = &plan_protocols[0], .identity = plan_pki(plan_protocols[0].kind), .after = after == 1};
    flow_options o = {.identity = p.identity, .client = thief, .server = server, .context = &p};
    flow f;
    flow_start(&f, &o);
    flow_run(&f);
    if (p.after) {
      assert_ok(qtls_conn_request_auth(f.server.conn, true));
      flow_run(&f);
    }
    assert_true(f.client.job);
    size_t n = 0;
    for (const qtls_job *job = NULL; (job = qtls_conn_job(f.client.conn, 0)) != NULL; n++) {
      const pki_node *leaf = &p.identity->node[PKI_LEAF];
      uint8_t signature[Q_SIGNATURE_MAX];
      size_t size = 0;
      assert_false(f.server.job);
      assert_ok(q_crypto_sign(job->alternative_key ? leaf->alt_key : leaf->key, signature, &size, sizeof signature,
                              q_scheme_find(job->scheme)->alg, q_span_of(job->input, job->input_size - 1)));
      assert_ok(qtls_conn_job_done(f.client.conn, job->id, signature, size));
    }
    assert_int_equal(n, 2);
    mutual_sign(&f, true, p.identity); /* goes on; nothing is left to sign */
    assert_err(f.server.err, QTLS_ERR_SIG_PQC);
    assert_false(f.server.job);
    flow_stop(&f);
  }
}

/* Whose Finished is still out has not connected: what was fetched does not stay. */
static void test_evidence_does_not_stay(void **state) {
  (void)state;
  const size_t n = 4u << 20;
  uint8_t *list = malloc(n);
  assert_non_null(list);
  memset(list, 0x30, n);
  for (int after = 0; after < 2; after++) {
    plan p = {.after = after == 1};
    flow f;
    size_t used = 0;
    qtls_event event;
    open_waiting(&f, &p);
    q_state waiting = f.server.conn->m.state;
    assert_int_equal(f.server.conn->m.hs->proofs.signature, Q_PROVEN);
    assert_int_equal(f.server.conn->m.hs->proofs.identity, Q_NOT_PROVEN);
    size_t before = meter_now.live;
    assert_ok(qtls_conn_job_status(f.server.conn, qtls_conn_job(f.server.conn, 0)->id, true, list, n));
    assert_true(meter_now.live > before + n);
    /* The rest of the client's answer is not given to it. */
    assert_ok(qtls_conn_recv(f.server.conn, NULL, 0, &used, &event));
    assert_int_not_equal(f.server.conn->m.state, waiting);
    assert_int_equal(f.server.conn->m.hs->proofs.finished, Q_NOT_PROVEN);
    assert_true(meter_now.live < before + 65536);
    flow_stop(&f);
  }
  free(list);
}

/* What the other jobs point at stays when it ends, and what was brought goes. */
static void test_ends_while_asking(void **state) {
  (void)state;
  for (int how = 0; how < 6; how++) {
    bool cut = how % 2 == 1;
    plan p = {.whole_chain = true, .after = how >= 4};
    flow f;
    open_waiting(&f, &p);
    qtls_conn *conn = f.server.conn;
    const qtls_job *first = qtls_conn_job(conn, 0);
    const qtls_job *second = qtls_conn_job(conn, 1);
    assert_non_null(second);
    uint32_t ids[2] = {first->id, second->id};
    assert_ok(qtls_conn_job_status(conn, ids[0], true, (const uint8_t *)"list", 4));
    if (how < 2) {
      flow_stop(&f); /* freed with all that it has */
      continue;
    }
    if (cut || p.after) {
      assert_err(qtls_conn_recv_end(conn), QTLS_ERR_TRUNCATED);
    } else {
      assert_ok(qtls_conn_close(conn));
    }
    /* A sanitizer sees it if this memory is gone. */
    q_span der = pki_der(&p.identity->node[PKI_INTERMEDIATE]);
    bool same = q_base_span_equal(der, q_span_of(second->certificate, second->certificate_size)) ||
                q_base_span_equal(der, q_span_of(second->issuer, second->issuer_size));
    assert_true(same);
    qtls_err ended = cut || p.after ? QTLS_ERR_TRUNCATED : QTLS_ERR_CLOSED;
    assert_err(qtls_conn_job_status(conn, ids[1], true, (const uint8_t *)"list", 4), ended);
    assert_null(conn->m.hs);
    assert_err(qtls_conn_job_status(conn, ids[1], true, (const uint8_t *)"list", 4), QTLS_ERR_STATE);
    flow_stop(&f);
  }
}

/* The longest response that is taken has its place in a Certificate. */
static void test_longest_staple(void **state) {
  (void)state;
  uint8_t *response = calloc(1, Q_STAPLE_MAX);
  uint8_t *body = malloc(Q_STAPLE_MAX + 64);
  assert_non_null(response);
  assert_non_null(body);
  q_writer w;
  q_certificate_list list;
  q_span der = q_span_of((const uint8_t *)"leaf", 4);
  q_span staple = {NULL, 0};
  q_writer_init(&w, body, Q_STAPLE_MAX + 64);
  q_wire_certificate_write(&w, q_span_of(NULL, 0), &der, 1, q_span_of(response, Q_STAPLE_MAX));
  assert_ok(w.err);
  assert_ok(q_wire_certificate_read(&list, q_span_of(w.p, w.n)));
  q_span entry = q_span_of(list.extensions[0].p + 4, list.extensions[0].n - 4);
  assert_ok(q_wire_certificate_status_read(&staple, entry));
  assert_int_equal(staple.n, Q_STAPLE_MAX);
  free(body);
  free(response);
}

int main(void) {
  meter_install();
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_key_no_question),
                                     cmocka_unit_test(test_evidence_does_not_stay),
                                     cmocka_unit_test(test_ends_while_asking), cmocka_unit_test(test_longest_staple)};
  return cmocka_run_group_tests(tests, NULL, plan_teardown);
}
