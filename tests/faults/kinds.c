/* Owns the kinds of conversations, the command line of programs that take them, and
 * what a refusal has to look like. */
#include <stdio.h>
#include <string.h>

#include "faults/faults.h"

bool faults_every;

/* ---- refusals ---- */

/* What the RFC demands for the errors that are met most; the table of errors tells
 * of the others (RFC 8446 §5, §6.2). */
uint8_t faults_alert(const tape *t, qtls_err err) {
  switch (err) {
    case QTLS_ERR_RECORD_BAD_MAC:
    case QTLS_ERR_RECORD_TOO_SHORT:
      return 20; /* bad_record_mac */
    case QTLS_ERR_RECORD_OVERFLOW:
      return 22; /* record_overflow */
    case QTLS_ERR_RECORD_TYPE:
    case QTLS_ERR_RECORD_UNPROTECTED:
    case QTLS_ERR_RECORD_INTERLEAVED:
    case QTLS_ERR_CCS_BODY:
    case QTLS_ERR_MSG_UNEXPECTED:
      return 10; /* unexpected_message */
    case QTLS_ERR_DECODE:
    case QTLS_ERR_TRAILING:
    case QTLS_ERR_ALERT_DECODE:
      return 50; /* decode_error */
    case QTLS_ERR_SIG_PQC:
      return t->qtls ? 90 : 51; /* 90 is user_canceled in TLS 1.3: decrypt_error there */
    default:
      return (uint8_t)qtls_err_alert(err);
  }
}

bool faults_is_named(qtls_err err) {
  qtls_category c = qtls_err_category(err);
  return c == QTLS_CATEGORY_peer || c == QTLS_CATEGORY_cert || c == QTLS_CATEGORY_policy || err == QTLS_ERR_TRUNCATED;
}

/* ---- kinds ---- */

/* Where flights are those of another kind, they are not gone through again. */
static const faults_kind kinds[] = {
    {.name = "0x13F2", .is = CASE_QTLS, .inner = true},
    {.name = "0x13F1", .is = CASE_QTLS_PQC, .inner = true},
    {.name = "tls13", .is = CASE_TLS13, .inner = true},
    {.name = "tls13-mldsa", .is = CASE_TLS13_MLDSA, .inner = true},
    {.name = "0x13F2-retry", .is = CASE_QTLS_RETRY},
    {.name = "0x13F2-cookie", .is = CASE_QTLS_RETRY, .cookie = true, .end = 3},
    {.name = "tls13-retry", .is = CASE_TLS13_RETRY},
    {.name = "0x13F2-mutual", .is = CASE_QTLS, .mutual = true, .begin = 2, .end = 3, .inner = true},
    {.name = "tls13-mutual", .is = CASE_TLS13, .mutual = true, .begin = 2, .end = 3, .inner = true},
};

void faults_record(tape *t, const faults_kind *k) {
  peer_options o = case_options(k->is);
  o.client.alpn = o.server.alpn = "h2,http/1.1";
  o.server.cookie = k->cookie ? QTLS_COOKIE_always : 0;
  if (k->mutual) {
    o.client_identity = o.server.client_trust = o.identity;
    o.server.client_auth = QTLS_CLIENT_AUTH_required;
  }
  tape_record(t, &o);
}

static bool is_wanted(const faults_kind *k, bool inner, int argc, char **argv) {
  bool wanted = argc == 1;
  for (int i = 1; i < argc; i++) {
    wanted = wanted || strcmp(argv[i], k->name) == 0;
  }
  return wanted && (k->inner || !inner);
}

static int list_kinds(bool inner, bool asked) {
  for (size_t i = 0; i < Q_COUNT(kinds); i++) {
    if (kinds[i].inner || !inner) {
      fprintf(asked ? stdout : stderr, "%s\n", kinds[i].name);
    }
  }
  return asked ? 0 : 2;
}

int faults_main(int argc, char **argv, bool inner, void (*test)(void **state)) {
  struct CMUnitTest tests[Q_COUNT(kinds)];
  size_t n = 0;
  faults_every = argc > 1;
  for (size_t i = 0; i < Q_COUNT(kinds); i++) {
    if (is_wanted(&kinds[i], inner, argc, argv)) {
      tests[n++] = (struct CMUnitTest){kinds[i].name, test, NULL, NULL, (void *)(uintptr_t)&kinds[i]};
    }
  }
  if (n == 0) {
    return list_kinds(inner, strcmp(argv[1], "list") == 0);
  }
  return _cmocka_run_group_tests("faults", tests, n, NULL, case_teardown);
}
