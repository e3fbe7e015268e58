/*
 * Faults inside the protection: handshake messages with bits flipped, bytes cut
 * out or put in, under the right keys, as a broken or hostile peer would send
 * them. The other side finds a named error of its peer's - never one of its own
 * - and its alert arrives.
 */
#include <string.h>

#include "support/alert_case.h"

typedef enum how { FLIP, CUT, INSERT } how;

typedef struct fault {
  bool from_client;
  uint8_t message;
  how how;
  size_t at;
  uint32_t random;
  size_t size; /* of the message, told back */
  bool done;
} fault;

static void set_length(peer_message *msg) {
  size_t n = msg->n - Q_MSG_HEADER;
  msg->p[1] = (uint8_t)(n >> 16);
  msg->p[2] = (uint8_t)(n >> 8);
  msg->p[3] = (uint8_t)n;
}

/* The body alone changes; the header tells its new length. */
static void spoil(peer_message *msg, const fault *c) {
  size_t at = Q_MSG_HEADER + c->at % (msg->n - Q_MSG_HEADER);
  size_t some = 1 + c->random % 40;
  size_t rest = msg->n - at;
  switch (c->how) {
    case FLIP:
      msg->p[at] ^= (uint8_t)(1U << c->random % 8);
      break;
    case CUT:
      some = some < rest ? some : rest;
      memmove(msg->p + at, msg->p + at + some, rest - some);
      msg->n -= some;
      break;
    case INSERT:
      memmove(msg->p + at + some, msg->p + at, rest);
      memset(msg->p + at, (int)(c->random >> 8 & 0xFF), some);
      msg->n += some;
      break;
  }
  set_length(msg);
}

static void edit(peer *p, bool from_client, uint8_t type, size_t nth, peer_message *msg) {
  fault *c = (fault *)(uintptr_t)p->context;
  (void)nth;
  if (from_client == c->from_client && type == c->message) {
    c->size = msg->n - Q_MSG_HEADER;
    spoil(msg, c);
    c->done = true;
  }
}

static void check(peer *p, const fault *c) {
  qtls_error found;
  qtls_error told;
  qtls_conn_error(peer_conn(p, !c->from_client), &found);
  qtls_conn_error(peer_conn(p, c->from_client), &told);
  qtls_category category = qtls_err_category(found.err);
  bool named = category == QTLS_CATEGORY_peer || category == QTLS_CATEGORY_cert || category == QTLS_CATEGORY_policy;
  bool heard = told.err == QTLS_ERR_ALERT_RECEIVED && told.alert == found.alert;
  if (!named || !heard) {
    print_message("%s, fault %d at %zu: %s, and the other side %s\n", q_msg_name(c->message), (int)c->how, c->at,
                  qtls_err_name(found.err), qtls_err_name(told.err));
  }
  assert_true(c->done);
  assert_true(named);
  assert_true(heard);
  assert_false(flow_connected(&p->f) && found.err == QTLS_OK);
}

static size_t spoil_one(const peer_options *o, fault c) {
  peer p;
  peer_start(&p, o);
  p.edit = edit;
  p.context = &c;
  peer_run(&p);
  check(&p, &c);
  peer_stop(&p);
  return c.size;
}

/* `count` places of one message, spread over it, each with one kind of fault. */
static void spoil_message(const peer_options *o, bool from_client, q_msg_type type, size_t count) {
  uint32_t x = 0x9E3779B9U ^ (uint32_t)type;
  size_t size = spoil_one(o, (fault){from_client, (uint8_t)type, FLIP, 0, 0, 0, false});
  for (size_t i = 0; i < count; i++) {
    x = x * 1664525U + 1013904223U;
    size_t at = count >= size ? i % size : i * size / count + (x >> 16) % (size / count + 1);
    how h = (how)(i % 2 == 0 ? FLIP : (x >> 24) % 3);
    spoil_one(o, (fault){from_client, (uint8_t)type, h, at, x >> 4, 0, false});
  }
}

static void spoil_flight(case_kind kind, size_t count) {
  peer_options o = case_options(kind);
  o.client.alpn = o.server.alpn = "h2,http/1.1";
  o.client.record_size_limit = o.server.record_size_limit = 16000;
  spoil_message(&o, false, Q_MSG_ENCRYPTED_EXTENSIONS, count);
  spoil_message(&o, false, Q_MSG_CERTIFICATE, 2 * count);
  spoil_message(&o, false, Q_MSG_CERTIFICATE_VERIFY, count);
  spoil_message(&o, false, Q_MSG_FINISHED, 60);
  spoil_message(&o, true, Q_MSG_FINISHED, 60);
}

static void test_hybrid(void **state) {
  (void)state;
  spoil_flight(CASE_QTLS, 120);
}

static void test_pqc(void **state) {
  (void)state;
  spoil_flight(CASE_QTLS_PQC, 60);
}

static void test_tls13(void **state) {
  (void)state;
  spoil_flight(CASE_TLS13, 120);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_hybrid),
      cmocka_unit_test(test_pqc),
      cmocka_unit_test(test_tls13),
  };
  return cmocka_run_group_tests(tests, NULL, case_teardown);
}
