/*
 * Alerts for the status of certificates (RFC 6960, RFC 7633, RFC 8446 §4.4.2.1;
 * Q-TLS §4, §9), for pinned keys (RFC 7469) and for names that a server does not
 * know (RFC 6066 §3).
 */
#include <string.h>

#include "support/alert_case.h"
#include "support/staple.h"
#include "wire/certificate.h"

static pki *must_staple;

static int setup(void **state) {
  (void)state;
  must_staple = staple_pki("hybrid-p384-mldsa65", true);
  return 0;
}

static int teardown(void **state) {
  pki_free(must_staple);
  return case_teardown(state);
}

/* ---- staples ---- */

static const pki *hierarchy(const alert_case *row) { return case_options(row->kind).identity; }

/* The server's chain with a staple of its kind for the leaf, or for the CA. */
static void staple(peer *p, peer_message *msg, const alert_case *row) {
  const pki *h = hierarchy(row);
  pki_level about = row->by == 0 ? PKI_LEAF : PKI_INTERMEDIATE;
  staple_bytes response = staple_make(h, about, (staple_kind)row->arg);
  q_writer w;
  (void)p;
  q_writer_init(&w, msg->p, msg->cap);
  q_mark mark = q_wire_message_open(&w, Q_MSG_CERTIFICATE);
  q_write_u8(&w, 0);
  q_mark list = q_write_open(&w, 3);
  for (int i = 0; i < 2; i++) {
    q_write_vec(&w, 3, pki_der(&h->node[PKI_LEAF - i]));
    q_mark extensions = q_write_open(&w, 2);
    if (i == row->by) {
      q_write_u16(&w, Q_EXT_STATUS_REQUEST);
      q_mark body = q_write_open(&w, 2);
      q_write_u8(&w, 1);
      q_write_vec(&w, 3, q_span_of(response.der, response.n));
      q_write_close(&w, body);
    }
    q_write_close(&w, extensions);
  }
  q_write_close(&w, list);
  q_write_close(&w, mark);
  assert_ok(q_writer_end(&w, &msg->n));
  q_free(response.der);
}

static void hard(peer_options *o, const alert_case *row) {
  (void)row;
  o->client.revocation = QTLS_REVOCATION_hard_fail;
}

#define STAPLE(text, error, kind_, how, ...) \
  { text, error, true, kind_, .message = Q_MSG_CERTIFICATE, .raw = staple, .arg = how, __VA_ARGS__ }

static const alert_case staple_rows[] = {
    STAPLE("revoked", QTLS_ERR_CERT_REVOKED, CASE_QTLS, STAPLE_REVOKED, ),
    STAPLE("revoked, 0x13F1", QTLS_ERR_CERT_REVOKED, CASE_QTLS_PQC, STAPLE_REVOKED, ),
    STAPLE("revoked, TLS 1.3", QTLS_ERR_CERT_REVOKED, CASE_TLS13, STAPLE_REVOKED, ),
    STAPLE("revoked, and hard", QTLS_ERR_CERT_REVOKED, CASE_QTLS, STAPLE_REVOKED, .options = hard),
    STAPLE("a revoked CA", QTLS_ERR_CERT_REVOKED, CASE_QTLS, STAPLE_REVOKED, .by = 1),
    STAPLE("not an OCSP response", QTLS_ERR_OCSP_PARSE, CASE_QTLS, STAPLE_GARBAGE, ),
    STAPLE("about another certificate", QTLS_ERR_OCSP_STATUS, CASE_QTLS, STAPLE_OTHER_CERT, ),
    STAPLE("about another certificate, TLS 1.3", QTLS_ERR_OCSP_STATUS, CASE_TLS13, STAPLE_OTHER_CERT, ),
    STAPLE("by another key", QTLS_ERR_OCSP_SIGNATURE, CASE_QTLS, STAPLE_OTHER_KEY, ),
    STAPLE("by another key, TLS 1.3", QTLS_ERR_OCSP_SIGNATURE, CASE_TLS13, STAPLE_OTHER_KEY, ),
    STAPLE("by a certificate not for OCSP", QTLS_ERR_OCSP_RESPONDER, CASE_QTLS, STAPLE_STRANGER, ),
    STAPLE("by a certificate not for OCSP, TLS 1.3", QTLS_ERR_OCSP_RESPONDER, CASE_TLS13, STAPLE_STRANGER, ),
    STAPLE("past its nextUpdate", QTLS_ERR_OCSP_STALE, CASE_QTLS, STAPLE_STALE, ),
    STAPLE("of tomorrow", QTLS_ERR_OCSP_STALE, CASE_TLS13, STAPLE_EARLY, ),
    STAPLE("a stale one for the CA", QTLS_ERR_OCSP_STALE, CASE_QTLS, STAPLE_STALE, .by = 1),
    STAPLE("a responder that does not know", QTLS_ERR_OCSP_UNKNOWN, CASE_QTLS, STAPLE_UNKNOWN, ),
    STAPLE("no ML-DSA signature", QTLS_ERR_STATUS_ALT, CASE_QTLS, STAPLE_CLASSICAL, ),
    STAPLE("a wrong ML-DSA signature", QTLS_ERR_STATUS_ALT, CASE_QTLS, STAPLE_BAD_PQC, ),
    {"hard, and no staple", QTLS_ERR_CERT_STATUS_UNKNOWN, true, CASE_QTLS, .options = hard},
    {"hard, and no staple, TLS 1.3", QTLS_ERR_CERT_STATUS_UNKNOWN, true, CASE_TLS13, .options = hard},
};

/* ---- the form of an entry ---- */

/* What stands behind the leaf's certificate. */
static const uint8_t twice[] = {0, 5, 0, 5, 1, 0, 0, 1, 0, 0, 5, 0, 5, 1, 0, 0, 1, 0};
static const uint8_t other_type[] = {0, 5, 0, 5, 2, 0, 0, 1, 0};
static const uint8_t no_response[] = {0, 5, 0, 4, 1, 0, 0, 0};
static const uint8_t long_length[] = {0, 5, 0, 5, 1, 0, 0, 2, 0};
static const uint8_t short_length[] = {0, 5, 0, 6, 1, 0, 0, 1, 0, 0};
static const uint8_t cut[] = {0, 5, 0, 9, 1, 0, 0, 1, 0};
static const q_span entries[] = {{twice, sizeof twice},
                                 {other_type, sizeof other_type},
                                 {no_response, sizeof no_response},
                                 {long_length, sizeof long_length},
                                 {short_length, sizeof short_length},
                                 {cut, sizeof cut}};

static void entry(peer *p, peer_message *msg, const alert_case *row) {
  q_writer w;
  (void)p;
  q_writer_init(&w, msg->p, msg->cap);
  q_mark mark = q_wire_message_open(&w, Q_MSG_CERTIFICATE);
  q_write_u8(&w, 0);
  q_mark list = q_write_open(&w, 3);
  q_write_vec(&w, 3, pki_der(&hierarchy(row)->node[PKI_LEAF]));
  q_write_vec(&w, 2, entries[row->arg]);
  q_write_close(&w, list);
  q_write_close(&w, mark);
  assert_ok(q_writer_end(&w, &msg->n));
}

#define ENTRY(text, error, which) \
  { text, error, true, .message = Q_MSG_CERTIFICATE, .raw = entry, .arg = which }

static const alert_case entry_rows[] = {
    ENTRY("status_request twice", QTLS_ERR_EXT_DUPLICATE, 0), ENTRY("a status of another type", QTLS_ERR_OCSP_PARSE, 1),
    ENTRY("a response without bytes", QTLS_ERR_DECODE, 2),    ENTRY("a length beyond the response", QTLS_ERR_DECODE, 3),
    ENTRY("bytes behind the response", QTLS_ERR_TRAILING, 4), ENTRY("a body cut short", QTLS_ERR_DECODE, 5),
};

/* ---- must-staple ---- */

static void no_staple(peer_options *o, const alert_case *row) {
  o->identity = must_staple;
  o->client.revocation = row->arg == 0 ? QTLS_REVOCATION_soft_fail : QTLS_REVOCATION_hard_fail;
}

static const alert_case must_staple_rows[] = {
    {"must-staple, and none", QTLS_ERR_CERT_STAPLE_MISSING, true, CASE_QTLS, .options = no_staple, .arg = 0},
    {"must-staple and hard, and none", QTLS_ERR_CERT_STAPLE_MISSING, true, CASE_QTLS, .options = no_staple, .arg = 1},
};

/* ---- pins, names, a server that must staple ---- */

static qtls_err pin_nothing(qtls_config *c) {
  static const uint8_t digest[32] = {7};
  return qtls_config_add_pin(c, digest);
}

static void pin(peer_options *o, const alert_case *row) {
  (void)row;
  o->client.more = pin_nothing;
}

static qtls_err be_strict(qtls_config *c) { return qtls_config_set_strict_sni(c, true); }

static void strict(peer_options *o, const alert_case *row) {
  static const char *const names[] = {"elsewhere.test", "a.b.example.test"};
  o->server.more = be_strict;
  o->server_name = names[row->arg];
}

static qtls_err demand(qtls_config *c) { return qtls_config_set_staple_required(c, true); }

static void demand_staple(peer_options *o, const alert_case *row) {
  (void)row;
  o->server.more = demand;
}

static const alert_case other_rows[] = {
    {"no pinned key", QTLS_ERR_CERT_PIN, true, CASE_QTLS, .options = pin},
    {"no pinned key, 0x13F1", QTLS_ERR_CERT_PIN, true, CASE_QTLS_PQC, .options = pin},
    {"no pinned key, TLS 1.3", QTLS_ERR_CERT_PIN, true, CASE_TLS13, .options = pin},
    {"a name that nobody bears", QTLS_ERR_SERVER_NAME_UNKNOWN, false, CASE_QTLS, .options = strict, .arg = 0},
    {"a name that no wildcard covers", QTLS_ERR_SERVER_NAME_UNKNOWN, false, CASE_TLS13, .options = strict, .arg = 1},
    {"a staple that is demanded of the server itself", QTLS_ERR_STAPLE_NONE, false, CASE_QTLS,
     .options = demand_staple},
};

static void test_staples(void **state) {
  (void)state;
  case_run(staple_rows, Q_COUNT(staple_rows));
}

static void test_entries(void **state) {
  (void)state;
  case_run(entry_rows, Q_COUNT(entry_rows));
}

static void test_must_staple(void **state) {
  (void)state;
  case_run(must_staple_rows, Q_COUNT(must_staple_rows));
}

static void test_others(void **state) {
  (void)state;
  case_run(other_rows, Q_COUNT(other_rows));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_staples),
      cmocka_unit_test(test_entries),
      cmocka_unit_test(test_must_staple),
      cmocka_unit_test(test_others),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
