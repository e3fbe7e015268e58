/* Authentication after the handshake, by a client that shows a certificate which
 * is not its own and goes no further, and by a server that asks and never reads. */
#include <stdlib.h>
#include <string.h>

#include "conn/conn.h"
#include "handshake/t13/t13.h"
#include "support/alert_case.h"
#include "wire/certificate.h"

/* ---- somebody else's certificate ---- */

static qtls_err trust_both(qtls_config *config) {
  const pki *other = case_pki("p384");
  return qtls_config_add_trust(config, other->trust_pem, other->trust_pem_n);
}

static void connect_known(peer *p) {
  peer_options o = case_options(CASE_TLS13);
  o.client_identity = case_pki("p256");
  o.client.auth_after = true;
  o.server.client_trust = o.client_identity;
  o.server.more = trust_both;
  o.server.client_auth = QTLS_CLIENT_AUTH_required;
  o.server.keep_chain = true;
  peer_connect(p, &o);
}

/* A Certificate of `whose` (NULL: empty), in answer to the request that waits. */
static void show(peer *p, const pki *whose) {
  q_span der[2];
  size_t count = 0;
  uint8_t body[8192];
  q_writer w;
  for (int level = PKI_LEAF; whose != NULL && level > PKI_ROOT; level--) {
    der[count++] = pki_der(&whose->node[level]);
  }
  q_writer_init(&w, body, sizeof body);
  q_span context = q_span_of(peer_machine(p, false)->auth->asked[0].context, Q_AUTH_CONTEXT);
  q_wire_certificate_write(&w, context, der, count, q_span_of(NULL, 0));
  assert_ok(w.err);
  peer_send_message(p, true, Q_MSG_CERTIFICATE, body, w.n);
}

/* A request of which the client itself never hears. */
static void ask_unheard(peer *p) {
  uint8_t out[4096];
  size_t taken = 0;
  size_t written = 0;
  assert_ok(qtls_conn_request_auth(peer_conn(p, false), false));
  assert_ok(qtls_conn_send(peer_conn(p, false), NULL, 0, out, sizeof out, &taken, &written));
  assert_true(written > 0);
}

static bool leaf_is(peer *p, const pki *whose) {
  const uint8_t *der = NULL;
  size_t n = 0;
  return qtls_conn_peer_certificate(peer_conn(p, false), 0, &der, &n) == QTLS_OK &&
         q_base_span_equal(q_span_of(der, n), pki_der(&whose->node[PKI_LEAF]));
}

/* Whoever sees a connection that is well may take its peer's chain for its peer's. */
static void test_chain_is_of_the_proven(void **state) {
  (void)state;
  peer p;
  qtls_peer_identity who;
  connect_known(&p);
  assert_true(leaf_is(&p, case_pki("p256")));
  ask_unheard(&p);
  show(&p, case_pki("p384"));
  assert_ok(p.f.server.err);
  assert_int_equal(peer_machine(&p, false)->state, Q_STATE_AUTH_CERTIFICATE_VERIFY);
  assert_true(qtls_conn_is_connected(peer_conn(&p, false)));
  assert_true(qtls_conn_peer_identity(peer_conn(&p, false), &who));
  assert_false(leaf_is(&p, case_pki("p384")));
  assert_true(leaf_is(&p, case_pki("p256")));
  /* It cannot prove it: then nothing is known, and no chain is anybody's. */
  static const uint8_t forged[] = {0x05, 0x03, 0, 4, 1, 2, 3, 4};
  peer_send_message(&p, true, Q_MSG_CERTIFICATE_VERIFY, forged, sizeof forged);
  assert_err(p.f.server.err, QTLS_ERR_SIG_CLASSICAL);
  const uint8_t *der = NULL;
  size_t n = 0;
  assert_false(qtls_conn_peer_identity(peer_conn(&p, false), &who));
  assert_err(qtls_conn_peer_certificate(peer_conn(&p, false), 0, &der, &n), QTLS_ERR_ARGUMENT);
  peer_stop(&p);
}

/* An empty answer says nothing either until its Finished. */
static void test_chain_stays_until_finished(void **state) {
  (void)state;
  peer p;
  qtls_peer_identity who;
  connect_known(&p);
  ask_unheard(&p);
  show(&p, NULL);
  assert_int_equal(peer_machine(&p, false)->state, Q_STATE_AUTH_FINISHED);
  assert_true(qtls_conn_peer_identity(peer_conn(&p, false), &who));
  assert_true(leaf_is(&p, case_pki("p256")));
  peer_stop(&p);
}

static const char *status_of(peer *p) {
  qtls_info info;
  qtls_conn_get_info(peer_conn(p, false), &info);
  return info.status;
}

/* What is known of a certificate's status is known of the client that owns it. */
static void test_status_is_of_the_proven(void **state) {
  (void)state;
  peer p;
  connect_known(&p);
  assert_string_equal(status_of(&p), "unknown");
  qtls_config *config = (qtls_config *)(uintptr_t)peer_conn(&p, true)->m.config;
  size_t count = config->id_count;
  config->id_count = 0; /* as if its identity were gone */
  assert_ok(qtls_conn_request_auth(peer_conn(&p, false), false));
  peer_run(&p);
  config->id_count = count;
  assert_int_equal(p.f.server.authenticated, 1);
  assert_string_equal(status_of(&p), "not asked");
  ask_unheard(&p);
  show(&p, case_pki("p384"));
  assert_ok(p.f.server.err);
  assert_string_equal(status_of(&p), "not asked");
  peer_stop(&p);
}

/* ---- a server that never reads ---- */

static void record(peer *p, uint8_t type, const uint8_t *content, size_t n, qtls_err *err) {
  uint8_t *inner = peer_memory(n + 1);
  uint8_t *sealed = NULL;
  memcpy(inner, content, n);
  inner[n] = type;
  size_t total = peer_seal(p, false, inner, n + 1, &sealed);
  size_t used = 0;
  qtls_event event;
  *err = qtls_conn_recv(peer_conn(p, true), sealed, total, &used, &event);
  free(sealed);
  free(inner);
}

/* A request of 60 bytes makes an answer of thousands: what waits for a server that
 * does not take it has an end, data or no data in between. */
static void test_answers_that_nobody_takes(void **state) {
  (void)state;
  for (int named = 0; named < 2; named++) {
    peer p;
    peer_options o = case_options(CASE_TLS13);
    o.client_identity = named ? case_pki("p256") : NULL;
    o.server.client_trust = case_pki("p256");
    o.client.auth_after = true;
    peer_connect(&p, &o);
    qtls_err err = QTLS_OK;
    size_t asked = 0;
    for (; err == QTLS_OK && asked < 2000; asked++) {
      uint8_t context[2] = {(uint8_t)(asked >> 8), (uint8_t)asked};
      uint8_t *message = NULL;
      size_t n = 0;
      assert_ok(q_t13_make_certificate_request(&message, &n, peer_machine(&p, false), q_span_of(context, 2)));
      record(&p, Q_RECORD_HANDSHAKE, message, n, &err);
      q_free(message);
      if (err == QTLS_OK) {
        record(&p, Q_RECORD_DATA, (const uint8_t *)"-", 1, &err);
        assert_ok(err);
      }
      assert_true(qtls_conn_pending(peer_conn(&p, true)) < 65536);
    }
    assert_err(err, QTLS_ERR_POST_HANDSHAKE_FLOOD);
    assert_true(asked >= Q_AUTH_MOST);
    peer_stop(&p);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_chain_is_of_the_proven),
      cmocka_unit_test(test_chain_stays_until_finished),
      cmocka_unit_test(test_status_is_of_the_proven),
      cmocka_unit_test(test_answers_that_nobody_takes),
  };
  return cmocka_run_group_tests(tests, NULL, case_teardown);
}
