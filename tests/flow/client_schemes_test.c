/*
 * With what a client signs (Q-TLS §4, RFC 8446 §4.4.3): of what the server asks
 * for, a scheme of the protocol and of the kind that the suite has; and that a
 * server takes no other than those it asked for.
 */
#include <string.h>

#include "handshake/t13/t13.h"
#include "support/alert_case.h"
#include "wire/certificate.h"

/* ---- what the server seems to ask for ---- */

typedef struct wish_case {
  const char *what;
  case_kind kind;
  const char *identity;
  uint8_t schemes[8]; /* as in the request */
  size_t schemes_n;
  uint16_t used; /* 0: the client has none that fits */
} wish_case;

static const wish_case wishes[] = {
    {"TLS 1.3 with hybrid keys", CASE_TLS13, "hybrid-p384-mldsa65", {0x13, 0xF0, 0x09, 0x00, 0x05, 0x03}, 6, 0x0503},
    {"TLS 1.3 that asks for Q-TLS", CASE_TLS13, "hybrid-p384-mldsa65", {0x13, 0xF0, 0x09, 0x00}, 4, 0},
    {"TLS 1.3 with an ML-DSA key", CASE_TLS13, "mldsa65", {0x09, 0x00, 0x09, 0x05}, 4, 0x0905},
    {"TLS 1.3 that asks for another protocol's ML-DSA", CASE_TLS13, "mldsa65", {0x09, 0x00}, 2, 0},
    {"0x13F1 with hybrid keys", CASE_QTLS_PQC, "hybrid-p384-mldsa65", {0x13, 0xF0, 0x09, 0x00}, 4, 0x0900},
    {"0x13F1 that asks for two", CASE_QTLS_PQC, "hybrid-p384-mldsa65", {0x13, 0xF0, 0x05, 0x03}, 4, 0},
    {"0x13F1 that asks for TLS 1.3's", CASE_QTLS_PQC, "mldsa65", {0x09, 0x05}, 2, 0},
    {"0x13F2 that asks for one", CASE_QTLS, "hybrid-p384-mldsa65", {0x09, 0x00, 0x05, 0x03}, 4, 0},
    {"0x13F2 that asks for both", CASE_QTLS, "hybrid-p384-mldsa65", {0x05, 0x03, 0x09, 0x00, 0x13, 0xF0}, 6, 0x13F0},
};

static unsigned chosen; /* by the client: a scheme's code, 0 for none */
static bool asked;

/* When the server's CertificateRequest comes, the client is asked first what it would do with
 * the case's schemes in it. The request itself then goes on as it is. */
static void ask(peer *p, bool from_client, uint8_t type, size_t nth, peer_message *msg) {
  const wish_case *w = p->context;
  (void)nth;
  if (from_client || type != Q_MSG_CERTIFICATE_REQUEST) {
    return;
  }
  uint8_t room[1024];
  peer_message copy = {room, msg->n, sizeof room};
  assert_true(msg->n + 16 <= sizeof room);
  memcpy(room, msg->p, msg->n);
  uint8_t list[2 + sizeof w->schemes] = {0, (uint8_t)w->schemes_n};
  memcpy(list + 2, w->schemes, w->schemes_n);
  hello_edit *h = edit_open(&copy);
  edit_set(h, Q_EXT_SIGNATURE_ALGORITHMS, list, 2 + w->schemes_n);
  edit_close(h, &copy);
  q_machine *m = peer_machine(p, true);
  q_certificate_request request;
  assert_ok(q_wire_certificate_request_read(&request, q_span_of(copy.p + Q_MSG_HEADER, copy.n - Q_MSG_HEADER)));
  assert_ok(q_t13_choose_identity(m, &request));
  chosen = m->hs->own_scheme == NULL ? 0 : m->hs->own_scheme->code;
  asked = true;
}

static void test_what_is_used(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(wishes); i++) {
    peer p;
    peer_options o = case_options(wishes[i].kind);
    o.client_identity = case_pki(wishes[i].identity);
    o.server.client_trust = o.client_identity;
    o.server.client_auth = QTLS_CLIENT_AUTH_optional;
    chosen = 1;
    asked = false;
    peer_start(&p, &o);
    p.edit = ask;
    p.context = &wishes[i];
    peer_run(&p);
    if (!asked || chosen != wishes[i].used) {
      print_message("%s: %04x\n", wishes[i].what, chosen);
    }
    assert_true(asked);
    assert_int_equal(chosen, wishes[i].used);
    assert_true(flow_connected(&p.f));
    peer_stop(&p);
  }
}

/* ---- what the server takes ---- */

static void sign_with(peer *p, bool from_client, uint8_t type, size_t nth, peer_message *msg) {
  const uint16_t *code = p->context;
  (void)nth;
  if (from_client && type == Q_MSG_CERTIFICATE_VERIFY) {
    msg->p[Q_MSG_HEADER] = (uint8_t)(*code >> 8);
    msg->p[Q_MSG_HEADER + 1] = (uint8_t)*code;
  }
}

/* Schemes of the protocol, and known, but none that this server has asked for. */
static void test_what_is_taken(void **state) {
  static const uint16_t codes[] = {0x0807, 0x0503, 0x0804, 0x0905};
  (void)state;
  for (size_t i = 0; i < Q_COUNT(codes); i++) {
    peer p;
    peer_options o = case_options(CASE_TLS13);
    o.client_identity = case_pki("p256");
    o.server.client_trust = o.client_identity;
    o.server.client_auth = QTLS_CLIENT_AUTH_required;
    o.server.schemes = "ecdsa_secp256r1_sha256";
    peer_start(&p, &o);
    p.edit = sign_with;
    p.context = &codes[i];
    peer_run(&p);
    peer_check(&p, "a scheme that was not asked for", false, QTLS_ERR_SIG_SCHEME, QTLS_ALERT_none, NULL);
    peer_stop(&p);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_is_used),
      cmocka_unit_test(test_what_is_taken),
  };
  return cmocka_run_group_tests(tests, NULL, case_teardown);
}
