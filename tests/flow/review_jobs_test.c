/* Jobs that somebody works on while the connection ends: what they point at
 * stays (qtls/conn.h), and what they give is taken no more. */
#include <string.h>

#include "conn/conn.h"
#include "support/alert_case.h"

typedef enum ending { JOB_FAILS, CLOSED, CUT, ALERT, ENDINGS } ending;

static qtls_err end(peer *p, ending how, uint32_t id) {
  static const uint8_t alert[] = {Q_RECORD_ALERT, 3, 3, 0, 2, 2, QTLS_ALERT_internal_error};
  qtls_conn *server = p->f.server.conn;
  switch (how) {
    case JOB_FAILS:
      assert_err(qtls_conn_job_done(server, id, NULL, 0), QTLS_ERR_SIGNER);
      return QTLS_ERR_SIGNER;
    case CLOSED:
      assert_ok(qtls_conn_close(server));
      return QTLS_ERR_CLOSED;
    case CUT:
      assert_err(qtls_conn_recv_end(server), QTLS_ERR_TRUNCATED);
      return QTLS_ERR_TRUNCATED;
    default:
      /* While a job waits nothing is read, so that nothing ends it. */
      peer_send_raw(p, true, alert, sizeof alert);
      return QTLS_OK;
  }
}

static void test_end_while_jobs_wait(void **state) {
  (void)state;
  for (int how = 0; how < ENDINGS; how++) {
    peer p;
    peer_options o = case_options(CASE_QTLS);
    o.outside_keys = true;
    peer_start(&p, &o);
    peer_run(&p);
    qtls_conn *server = p.f.server.conn;
    const qtls_job *first = qtls_conn_job(server, 0);
    const qtls_job *second = qtls_conn_job(server, 1);
    assert_non_null(first);
    assert_non_null(second);
    uint32_t ids[2] = {first->id, second->id};
    uint8_t input[Q_SIGNED_CONTENT_MAX];
    size_t n = second->input_size;
    memcpy(input, second->input, n);
    qtls_err ended = end(&p, (ending)how, ids[0]);
    /* A sanitizer sees it if this memory is gone. */
    assert_int_equal(second->input_size, n);
    assert_memory_equal(second->input, input, n);
    if (ended == QTLS_OK) {
      assert_non_null(qtls_conn_job(server, 0));
      peer_stop(&p);
      continue;
    }
    assert_null(qtls_conn_job(server, 0));
    /* Nothing secret has stayed with it. */
    assert_int_equal(server->m.hs->server_traffic.n, 0);
    assert_int_equal(server->m.hs->server_finished.n, 0);
    if (how != JOB_FAILS) {
      assert_err(qtls_conn_job_done(server, ids[0], input, 1), ended);
      assert_non_null(server->m.hs);
    }
    assert_err(qtls_conn_job_done(server, ids[1], input, 1), ended);
    assert_null(server->m.hs);
    assert_err(qtls_conn_job_done(server, ids[1], input, 1), QTLS_ERR_STATE);
    flow_run(&p.f);
    assert_false(flow_connected(&p.f));
    peer_stop(&p);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_end_while_jobs_wait)};
  return cmocka_run_group_tests(tests, NULL, case_teardown);
}
