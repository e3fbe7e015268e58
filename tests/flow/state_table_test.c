/*
 * The step table is closed (RFC 8446 appendix A): every state it can come to is
 * one that goes on, can be reached from the start, and leads to "connected" of
 * its own role; no row stands twice; a handler that leaves for a state its row
 * does not have is stopped.
 */
#include <string.h>

#include "handshake/t13/t13.h"
#include "support/alert_case.h"

static bool is_client(q_state s) { return s <= Q_STATE_CLIENT_CONNECTED; }

/* States in which the machine does something by itself, without a message. */
static uint32_t by_itself(q_state s) {
  switch (s) {
    case Q_STATE_CLIENT_START:
      return Q_STATE_BIT(Q_STATE_WAIT_SERVER_HELLO);
    case Q_STATE_CLIENT_STATUS:
      return Q_STATE_BIT(Q_STATE_WAIT_SERVER_FINISHED);
    case Q_STATE_CLIENT_SIGNING:
      return Q_STATE_BIT(Q_STATE_CLIENT_CONNECTED);
    case Q_STATE_SERVER_SIGNING:
      return Q_STATE_BIT(Q_STATE_WAIT_CLIENT_FINISHED) | Q_STATE_BIT(Q_STATE_WAIT_CLIENT_CERTIFICATE);
    case Q_STATE_SERVER_STATUS:
      return Q_STATE_BIT(Q_STATE_WAIT_CLIENT_FINISHED);
    case Q_STATE_AUTH_STATUS:
      return Q_STATE_BIT(Q_STATE_AUTH_FINISHED);
    default:
      return 0;
  }
}

static uint32_t next_of(q_state s) {
  uint32_t next = by_itself(s);
  for (size_t i = 0; i < q_t13_step_count; i++) {
    next |= q_t13_steps[i].state == s ? q_t13_steps[i].next : 0;
  }
  return next;
}

static uint32_t reach(q_state start) {
  uint32_t seen = Q_STATE_BIT(start);
  for (bool more = true; more;) {
    uint32_t before = seen;
    for (int s = 0; s < Q_STATE_COUNT; s++) {
      seen |= (seen & Q_STATE_BIT(s)) != 0 ? next_of((q_state)s) : 0;
    }
    more = seen != before;
  }
  return seen;
}

static void test_reachable(void **state) {
  (void)state;
  uint32_t all = reach(Q_STATE_CLIENT_START) | reach(Q_STATE_WAIT_CLIENT_HELLO) | Q_STATE_BIT(Q_STATE_FAILED);
  assert_int_equal(all, (1u << Q_STATE_COUNT) - 1);
  assert_int_equal(reach(Q_STATE_CLIENT_START) & reach(Q_STATE_WAIT_CLIENT_HELLO), 0);
}

static void test_leads_on(void **state) {
  (void)state;
  for (int s = 0; s < Q_STATE_COUNT; s++) {
    if (s == Q_STATE_FAILED) {
      assert_int_equal(next_of((q_state)s), 0);
      continue;
    }
    q_state end = is_client((q_state)s) ? Q_STATE_CLIENT_CONNECTED : Q_STATE_SERVER_CONNECTED;
    assert_true((reach((q_state)s) & Q_STATE_BIT(end)) != 0);
  }
}

/* Only Finished leads to "connected", and nothing leads back out of it; an answer to
 * a server's request is Certificate, CertificateVerify, Finished, and nothing else.
 * Nobody is asked about a certificate before CertificateVerify. */
static void test_connected_takes_finished(void **state) {
  (void)state;
  const uint32_t answering = Q_STATE_BIT(Q_STATE_AUTH_CERTIFICATE_VERIFY) | Q_STATE_BIT(Q_STATE_AUTH_FINISHED) |
                             Q_STATE_BIT(Q_STATE_AUTH_STATUS);
  const uint32_t rest = Q_STATE_BIT(Q_STATE_CLIENT_CONNECTED) | Q_STATE_BIT(Q_STATE_SERVER_CONNECTED);
  for (size_t i = 0; i < q_t13_step_count; i++) {
    const q_step *step = &q_t13_steps[i];
    bool from_connected = (Q_STATE_BIT(step->state) & (rest | answering)) != 0;
    bool waits = (Q_STATE_BIT(step->state) & rest) != 0;
    bool certificate = step->message == Q_MSG_CERTIFICATE || step->message == Q_MSG_COMPRESSED_CERTIFICATE;
    if (!from_connected) {
      assert_int_equal(step->next & answering, 0);
      if ((step->next & rest) != 0) {
        assert_int_equal(step->message, Q_MSG_FINISHED);
        assert_int_equal(step->next & ~(rest | Q_STATE_BIT(Q_STATE_CLIENT_SIGNING)), 0);
      }
    } else if (waits && certificate) {
      assert_int_equal(step->state, Q_STATE_SERVER_CONNECTED);
      assert_int_equal(step->next, answering & ~Q_STATE_BIT(Q_STATE_AUTH_STATUS));
    } else if (waits) {
      assert_int_equal(step->next, Q_STATE_BIT(step->state));
    } else {
      bool verify = step->state == Q_STATE_AUTH_CERTIFICATE_VERIFY;
      assert_int_equal(step->message, verify ? Q_MSG_CERTIFICATE_VERIFY : Q_MSG_FINISHED);
      assert_int_equal(step->next, verify ? Q_STATE_BIT(Q_STATE_AUTH_FINISHED) | Q_STATE_BIT(Q_STATE_AUTH_STATUS)
                                          : Q_STATE_BIT(Q_STATE_SERVER_CONNECTED));
    }
  }
}

static void test_rows(void **state) {
  (void)state;
  for (size_t i = 0; i < q_t13_step_count; i++) {
    const q_step *step = &q_t13_steps[i];
    assert_non_null(step->handler);
    assert_true(step->next != 0);
    assert_true(step->next < 1u << Q_STATE_COUNT);
    assert_int_equal(step->next & Q_STATE_BIT(Q_STATE_FAILED), 0);
    assert_string_not_equal(q_msg_name((uint8_t)step->message), "unknown");
    for (size_t k = i + 1; k < q_t13_step_count; k++) {
      assert_false(step->state == q_t13_steps[k].state && step->message == q_t13_steps[k].message);
    }
  }
}

/* The three facts: without any one of them there is no "connected". */
static void test_proofs(void **state) {
  (void)state;
  peer p;
  peer_options o = case_options(CASE_QTLS);
  peer_start(&p, &o);
  for (int missing = 0; missing < 8; missing++) {
    q_proofs proofs = {(missing & 1) != 0 ? Q_NOT_PROVEN : Q_PROVEN, (missing & 2) != 0 ? Q_NOT_PROVEN : Q_PROVEN,
                       (missing & 4) != 0 ? Q_NOT_PROVEN : Q_PROVEN};
    q_machine *m = peer_machine(&p, false);
    assert_err(q_machine_connected(m, &proofs), missing == 0 ? QTLS_OK : QTLS_ERR_INTERNAL);
    assert_int_equal(q_machine_is_connected(m), missing == 0);
    m->state = Q_STATE_WAIT_CLIENT_FINISHED;
  }
  q_proofs odd = {(q_proof)1, (q_proof)1, (q_proof)1};
  assert_err(q_machine_connected(peer_machine(&p, false), &odd), QTLS_ERR_INTERNAL);
  peer_stop(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_reachable),
      cmocka_unit_test(test_leads_on),
      cmocka_unit_test(test_connected_takes_finished),
      cmocka_unit_test(test_rows),
      cmocka_unit_test(test_proofs),
  };
  return cmocka_run_group_tests(tests, NULL, case_teardown);
}
