/*
 * Alerts for CertificateVerify and Finished (RFC 8446 §4.4.3, §4.4.4; Q-TLS §4,
 * §6): wrong signatures of either kind with their different alerts, wrong
 * schemes, every malformed hybrid body, Finished on both sides.
 */
#include <string.h>

#include "support/alert_case.h"

/* ---- a server that signs wrongly ---- */

static void outside(peer_options *o, const alert_case *row) {
  (void)row;
  o->outside_keys = true;
}

static void rsa_outside(peer_options *o, const alert_case *row) {
  outside(o, row);
  o->identity = case_pki("hybrid-rsa3072-mldsa65");
}

static void large_outside(peer_options *o, const alert_case *row) {
  outside(o, row);
  o->identity = case_pki("hybrid-p384-mldsa87");
}

/* Which identity a row's server has: the hybrids of three kinds. */
static void sign(peer *p, const alert_case *row) {
  peer_options o = case_options(row->kind);
  if (row->options != NULL) {
    row->options(&o, row);
  }
  peer_run(p);
  assert_non_null(qtls_conn_job(p->f.server.conn, 0));
  peer_sign(p, o.identity, (peer_damage)row->arg);
}

#define PQC "pqc_signature_failure"

static const alert_case wrong_rows[] = {
    {"classical part", QTLS_ERR_SIG_CLASSICAL, true, CASE_QTLS, outside, .before = sign, .arg = PEER_CLASSICAL_BAD},
    {"ML-DSA part", QTLS_ERR_SIG_PQC, true, CASE_QTLS, outside, .before = sign, .arg = PEER_PQC_BAD, .name = PQC},
    {"both parts", QTLS_ERR_SIG_PQC, true, CASE_QTLS, outside, .before = sign, .arg = PEER_BOTH_BAD, .name = PQC},
    {"RSA part", QTLS_ERR_SIG_CLASSICAL, true, CASE_QTLS, rsa_outside, .before = sign, .arg = PEER_CLASSICAL_BAD},
    {"ML-DSA part beside RSA", QTLS_ERR_SIG_PQC, true, CASE_QTLS, rsa_outside, .before = sign, .arg = PEER_PQC_BAD,
     .name = PQC},
    {"ML-DSA-87 part", QTLS_ERR_SIG_PQC, true, CASE_QTLS, large_outside, .before = sign, .arg = PEER_PQC_BAD,
     .name = PQC},
    {"after a retry", QTLS_ERR_SIG_PQC, true, CASE_QTLS_RETRY, outside, .before = sign, .arg = PEER_PQC_BAD,
     .name = PQC},
    {"ML-DSA alone, 0x13F1", QTLS_ERR_SIG_PQC, true, CASE_QTLS_PQC, outside, .before = sign, .arg = PEER_PQC_BAD,
     .name = PQC},
    /* In TLS 1.3 90 is user_canceled: a wrong ML-DSA signature is decrypt_error. */
    {"ML-DSA, TLS 1.3", QTLS_ERR_SIG_PQC, true, CASE_TLS13_MLDSA, outside, .before = sign, .arg = PEER_PQC_BAD,
     .alert = QTLS_ALERT_decrypt_error},
    {"ECDSA, TLS 1.3", QTLS_ERR_SIG_CLASSICAL, true, CASE_TLS13, outside, .before = sign, .arg = PEER_CLASSICAL_BAD},
};

/* ---- a signer that fails, or gives something else than a signature ---- */

/* `by` bytes for the ML-DSA part, `arg` for the classical; 0: it says that it failed. */
static void sign_badly(peer *p, const alert_case *row) {
  static const uint8_t garbage[Q_SIGNATURE_MAX] = {1};
  qtls_conn *server = p->f.server.conn;
  const qtls_job *job = NULL;
  peer_run(p);
  while ((job = qtls_conn_job(server, 0)) != NULL) {
    size_t n = job->alternative_key ? (size_t)row->by : row->arg;
    qtls_err err = qtls_conn_job_done(server, job->id, n == 0 ? NULL : garbage, n);
    if (err != QTLS_OK) {
      assert_err(err, row->err);
      return;
    }
  }
  uint8_t none[1];
  size_t used = 0;
  qtls_event event;
  assert_err(qtls_conn_recv(server, none, 0, &used, &event), row->err);
}

static const alert_case signer_rows[] = {
    {"the token fails", QTLS_ERR_SIGNER, false, CASE_QTLS, outside, .before = sign_badly},
    {"the token fails for the classical part", QTLS_ERR_SIGNER, false, CASE_QTLS, outside, .before = sign_badly,
     .by = 3309},
    {"an ML-DSA signature of another length", QTLS_ERR_SIGNER, false, CASE_QTLS, outside, .before = sign_badly,
     .by = 3308, .arg = 100},
    {"a classical signature that is none", QTLS_ERR_SIGNER, false, CASE_QTLS, outside, .before = sign_badly, .by = 3309,
     .arg = 100},
    {"the token fails, TLS 1.3", QTLS_ERR_SIGNER, false, CASE_TLS13, outside, .before = sign_badly},
};

/* ---- CertificateVerify changed on its way ---- */

#define SIGNATURE 8 /* header, scheme, length */

static void flip(peer *p, peer_message *msg, const alert_case *row) {
  (void)p;
  msg->p[row->by < 0 ? msg->n - 1 : (size_t)row->by] ^= (uint8_t)(row->arg == 0 ? 1 : row->arg);
}

static void scheme(peer *p, peer_message *msg, const alert_case *row) {
  (void)p;
  msg->p[4] = (uint8_t)(row->arg >> 8);
  msg->p[5] = (uint8_t)row->arg;
}

/* The signature becomes `n` bytes from msg->p + SIGNATURE. */
static void set_size(peer_message *msg, size_t n) {
  msg->n = SIGNATURE + n;
  msg->p[1] = 0;
  msg->p[2] = (uint8_t)((n + 4) >> 8);
  msg->p[3] = (uint8_t)(n + 4);
  msg->p[6] = (uint8_t)(n >> 8);
  msg->p[7] = (uint8_t)n;
}

static void cut(peer *p, peer_message *msg, const alert_case *row) {
  (void)p;
  size_t n = msg->n - SIGNATURE;
  msg->p[msg->n] = 0;
  set_size(msg, row->by < 0 ? n - (size_t)-row->by : (size_t)row->by == 1 ? n + 1 : (size_t)row->by);
}

/* Q-TLS §4 for 0x13F0: ids at 0 and 0x0CF1 of 3413 bytes. */
enum { PQC_ID = 0, PQC_LENGTH = 2, PQC_PART = 4, CLASSICAL_ID = 0x0CF1, CLASSICAL_LENGTH = 0x0CF3, ALL = 3413 };

/* The parts in the other order. */
static void swap(peer *p, peer_message *msg, const alert_case *row) {
  uint8_t all[ALL];
  (void)p;
  (void)row;
  assert_int_equal(msg->n, SIGNATURE + ALL);
  memcpy(all, msg->p + SIGNATURE + CLASSICAL_ID, ALL - CLASSICAL_ID);
  memcpy(all + ALL - CLASSICAL_ID, msg->p + SIGNATURE, CLASSICAL_ID);
  memcpy(msg->p + SIGNATURE, all, ALL);
}

/* The classical part in DER, as it stands outside a hybrid body. */
static void as_der(peer *p, peer_message *msg, const alert_case *row) {
  uint8_t der[2 * 48 + 9];
  size_t n = 0;
  (void)p;
  (void)row;
  uint8_t *at = msg->p + SIGNATURE + CLASSICAL_LENGTH;
  assert_ok(q_crypto_ecdsa_to_der(der, &n, sizeof der, q_span_of(at + 2, 96)));
  at[1] = (uint8_t)n;
  memcpy(at + 2, der, n);
  set_size(msg, CLASSICAL_LENGTH + 2 + n);
}

/* The RSA part is cut short, with a length that says so: 0x13F4 has 384 bytes there. */
static void cut_rsa(peer *p, peer_message *msg, const alert_case *row) {
  (void)p;
  (void)row;
  uint8_t *length = msg->p + SIGNATURE + CLASSICAL_LENGTH;
  assert_int_equal(length[0] << 8 | length[1], 384);
  length[0] = 383 >> 8;
  length[1] = 383 & 0xFF;
  set_size(msg, CLASSICAL_LENGTH + 2 + 383);
}

static void rsa(peer_options *o, const alert_case *row) {
  (void)row;
  o->identity = case_pki("hybrid-rsa3072-mldsa65");
}

/* One good signature is enough, but not for a body that has no form. */
static void rsa_any(peer_options *o, const alert_case *row) {
  rsa(o, row);
  o->client.policy = o->server.policy = QTLS_POLICY_require_any;
}

#define VERIFY(text, error, function, ...) \
  { text, error, true, .message = Q_MSG_CERTIFICATE_VERIFY, .raw = function, __VA_ARGS__ }

static const alert_case changed_rows[] = {
    VERIFY("a bit of the ML-DSA part", QTLS_ERR_SIG_PQC, flip, .by = SIGNATURE + PQC_PART, .name = PQC),
    VERIFY("the last bit of the ML-DSA part", QTLS_ERR_SIG_PQC, flip, .by = SIGNATURE + CLASSICAL_ID - 1, .name = PQC),
    VERIFY("a bit of the classical part", QTLS_ERR_SIG_CLASSICAL, flip, .by = SIGNATURE + CLASSICAL_LENGTH + 2),
    VERIFY("the last bit", QTLS_ERR_SIG_CLASSICAL, flip, .by = -1),
    VERIFY("the ML-DSA id", QTLS_ERR_SIG_HYBRID_FORM, flip, .by = SIGNATURE + PQC_ID),
    VERIFY("the low byte of the ML-DSA id", QTLS_ERR_SIG_HYBRID_FORM, flip, .by = SIGNATURE + PQC_ID + 1),
    VERIFY("the ML-DSA length", QTLS_ERR_SIG_HYBRID_FORM, flip, .by = SIGNATURE + PQC_LENGTH + 1),
    VERIFY("the classical id", QTLS_ERR_SIG_HYBRID_FORM, flip, .by = SIGNATURE + CLASSICAL_ID),
    VERIFY("the classical length", QTLS_ERR_SIG_HYBRID_FORM, flip, .by = SIGNATURE + CLASSICAL_LENGTH + 1),
    VERIFY("the ML-DSA part alone", QTLS_ERR_SIG_HYBRID_FORM, cut, .by = CLASSICAL_ID),
    VERIFY("an empty hybrid body", QTLS_ERR_SIG_HYBRID_FORM, cut, .by = 2),
    VERIFY("a byte less", QTLS_ERR_SIG_HYBRID_FORM, cut, .by = -1),
    VERIFY("a byte more", QTLS_ERR_SIG_HYBRID_FORM, cut, .by = 1),
    VERIFY("classical before ML-DSA", QTLS_ERR_SIG_HYBRID_FORM, swap, ),
    VERIFY("the classical part in DER", QTLS_ERR_SIG_HYBRID_FORM, as_der, ),
    VERIFY("a byte less of RSA", QTLS_ERR_SIG_HYBRID_FORM, cut_rsa, .options = rsa),
    VERIFY("a byte less of RSA under require_any", QTLS_ERR_SIG_HYBRID_FORM, cut_rsa, .options = rsa_any),
    VERIFY("a bit of ECDSA, TLS 1.3", QTLS_ERR_SIG_CLASSICAL, flip, .kind = CASE_TLS13, .by = -1),
    VERIFY("a bit of ML-DSA, 0x13F1", QTLS_ERR_SIG_PQC, flip, .kind = CASE_QTLS_PQC, .by = -1, .name = PQC),
    VERIFY("a bit of ML-DSA, TLS 1.3", QTLS_ERR_SIG_PQC, flip, .kind = CASE_TLS13_MLDSA, .by = -1,
           .alert = QTLS_ALERT_decrypt_error),
    VERIFY("a signature without its end, TLS 1.3", QTLS_ERR_SIG_PQC, cut, .kind = CASE_TLS13_MLDSA, .by = -1,
           .alert = QTLS_ALERT_decrypt_error),
};

static void few_schemes(peer_options *o, const alert_case *row) {
  (void)row;
  o->client.schemes = "dilithium3_ecdsa_hybrid";
  o->client.versions = "q-tls1.0";
}

static const alert_case scheme_rows[] = {
    VERIFY("a plain classical scheme in 0x13F2", QTLS_ERR_SIG_SCHEME, scheme, .arg = 0x0503),
    VERIFY("plain ML-DSA in 0x13F2", QTLS_ERR_SIG_SCHEME, scheme, .arg = 0x0900),
    VERIFY("mldsa65 of TLS 1.3 in 0x13F2", QTLS_ERR_SIG_SCHEME, scheme, .arg = 0x0905),
    VERIFY("a scheme nobody knows", QTLS_ERR_SIG_SCHEME, scheme, .arg = 0x0910),
    VERIFY("a hybrid that was not offered", QTLS_ERR_SIG_SCHEME, scheme, .options = few_schemes, .arg = 0x13F4),
    VERIFY("a hybrid in 0x13F1", QTLS_ERR_SIG_SCHEME, scheme, .kind = CASE_QTLS_PQC, .arg = 0x13F0),
    VERIFY("classical in 0x13F1", QTLS_ERR_SIG_SCHEME, scheme, .kind = CASE_QTLS_PQC, .arg = 0x0403),
    VERIFY("mldsa65 of TLS 1.3 in 0x13F1", QTLS_ERR_SIG_SCHEME, scheme, .kind = CASE_QTLS_PQC, .arg = 0x0905),
    VERIFY("PKCS#1 in TLS 1.3", QTLS_ERR_SIG_SCHEME, scheme, .kind = CASE_TLS13, .arg = 0x0401),
    VERIFY("SHA-1 in TLS 1.3", QTLS_ERR_SIG_SCHEME, scheme, .kind = CASE_TLS13, .arg = 0x0203),
    VERIFY("a hybrid in TLS 1.3", QTLS_ERR_SIG_SCHEME, scheme, .kind = CASE_TLS13, .arg = 0x13F0),
    VERIFY("dilithium3 of Q-TLS in TLS 1.3", QTLS_ERR_SIG_SCHEME, scheme, .kind = CASE_TLS13_MLDSA, .arg = 0x0900),
    VERIFY("ML-DSA-87 for ML-DSA-65", QTLS_ERR_SIG_SCHEME_KEY, scheme, .arg = 0x13F5),
    VERIFY("RSA for ECDSA", QTLS_ERR_SIG_SCHEME_KEY, scheme, .arg = 0x13F4),
    VERIFY("ML-DSA-44 for ML-DSA-65, 0x13F1", QTLS_ERR_SIG_SCHEME_KEY, scheme, .kind = CASE_QTLS_PQC, .arg = 0x0901),
    VERIFY("P-384 for P-256", QTLS_ERR_SIG_SCHEME_KEY, scheme, .kind = CASE_TLS13, .arg = 0x0503),
    VERIFY("RSA for P-256", QTLS_ERR_SIG_SCHEME_KEY, scheme, .kind = CASE_TLS13, .arg = 0x0804),
    VERIFY("ML-DSA for P-256", QTLS_ERR_SIG_SCHEME_KEY, scheme, .kind = CASE_TLS13, .arg = 0x0905),
    VERIFY("ML-DSA-87 for ML-DSA-65, TLS 1.3", QTLS_ERR_SIG_SCHEME_KEY, scheme, .kind = CASE_TLS13_MLDSA,
           .arg = 0x0906),
};

/* ---- Finished ---- */

#define FINISHED(text, client, kind_, by_)                                                                    \
  {                                                                                                           \
    text, QTLS_ERR_FINISHED, client, kind_, .from_client = !(client), .message = Q_MSG_FINISHED, .raw = flip, \
                                            .by = by_                                                         \
  }

static const alert_case finished_rows[] = {
    FINISHED("Finished of the server", true, CASE_QTLS, 4),
    FINISHED("Finished of the server, last byte", true, CASE_QTLS, -1),
    FINISHED("Finished of the client", false, CASE_QTLS, 4),
    FINISHED("Finished of the client, last byte", false, CASE_QTLS, -1),
    FINISHED("Finished of the server, 0x13F1", true, CASE_QTLS_PQC, 20),
    FINISHED("Finished of the server, TLS 1.3", true, CASE_TLS13, -1),
    FINISHED("Finished of the client, TLS 1.3", false, CASE_TLS13, -1),
    FINISHED("Finished of the client after a retry", false, CASE_QTLS_RETRY, 9),
    FINISHED("Finished of the server after a retry, TLS 1.3", true, CASE_TLS13_RETRY, 9),
};

/* A message that the server sent otherwise, but in its form: Finished tells. */
static void other_priority(hello_edit *h, const alert_case *row) {
  (void)row;
  edit_get(h, Q_EXT_PQC_HYBRID_MODE)->body[1] ^= 1;
}

static const alert_case transcript_rows[] = {
    {"EncryptedExtensions changed", QTLS_ERR_SIG_PQC, true, CASE_QTLS, .message = Q_MSG_ENCRYPTED_EXTENSIONS,
     .hello = other_priority, .name = PQC},
};

static void test_wrong_signatures(void **state) {
  (void)state;
  case_run(wrong_rows, Q_COUNT(wrong_rows));
}

/* hsm_error is for peers that proved who they are: others hear internal_error. */
static void test_signer(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(signer_rows); i++) {
    assert_int_equal(qtls_err_alert(signer_rows[i].err), QTLS_ALERT_internal_error);
  }
  case_run(signer_rows, Q_COUNT(signer_rows));
}

static void test_changed(void **state) {
  (void)state;
  case_run(changed_rows, Q_COUNT(changed_rows));
  case_run(transcript_rows, Q_COUNT(transcript_rows));
}

static void test_schemes(void **state) {
  (void)state;
  case_run(scheme_rows, Q_COUNT(scheme_rows));
}

static void test_finished(void **state) {
  (void)state;
  case_run(finished_rows, Q_COUNT(finished_rows));
}

/* Good signatures from outside connect: the rows above fail for their reason. */
static void test_good_from_outside(void **state) {
  (void)state;
  static const char *const kinds[] = {"hybrid-p384-mldsa65", "hybrid-p384-mldsa87", "hybrid-rsa3072-mldsa65"};
  for (size_t i = 0; i < Q_COUNT(kinds); i++) {
    peer p;
    peer_options o = case_options(CASE_QTLS);
    o.outside_keys = true;
    o.identity = case_pki(kinds[i]);
    peer_start(&p, &o);
    peer_run(&p);
    peer_sign(&p, o.identity, PEER_GOOD);
    assert_true(flow_connected(&p.f));
    peer_stop(&p);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_good_from_outside), cmocka_unit_test(test_wrong_signatures), cmocka_unit_test(test_changed),
      cmocka_unit_test(test_schemes),           cmocka_unit_test(test_finished),         cmocka_unit_test(test_signer),
  };
  return cmocka_run_group_tests(tests, NULL, case_teardown);
}
