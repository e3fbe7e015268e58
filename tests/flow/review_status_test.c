/* Status jobs of a server whose client goes no further than its Certificate, and
 * of connections that end while they wait. */
#include <stdlib.h>
#include <string.h>

#include "conn/conn.h"
#include "support/meter.h"
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

/* Nobody has proven anything yet: what was fetched for it does not stay. */
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
    size_t before = meter_now.live;
    assert_ok(qtls_conn_job_status(f.server.conn, qtls_conn_job(f.server.conn, 0)->id, true, list, n));
    assert_true(meter_now.live > before + n);
    /* The rest of the client's answer is not given to it. */
    assert_ok(qtls_conn_recv(f.server.conn, NULL, 0, &used, &event));
    assert_int_not_equal(f.server.conn->m.state, waiting);
    assert_int_equal(f.server.conn->m.hs->proofs.signature, Q_NOT_PROVEN);
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
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_evidence_does_not_stay),
                                     cmocka_unit_test(test_ends_while_asking), cmocka_unit_test(test_longest_staple)};
  return cmocka_run_group_tests(tests, NULL, plan_teardown);
}
