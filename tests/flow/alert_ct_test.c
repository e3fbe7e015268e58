/*
 * Certificate transparency in handshakes: timestamps in the leaf, and beside it in
 * the server's Certificate; too few of them end it with CERT_SCT. And a chain that is
 * judged without a handshake (qtls_pki_verify), by the timestamps in its leaf.
 */
#include "base/writer.h"
#include "crypto/hash.h"
#include "handshake/config.h"
#include "pki/sct.h"
#include "support/alert_case.h"
#include "support/flow.h"

enum { LOGS = 2 };

static q_privkey *logs[LOGS];
static uint8_t *spki[LOGS];
static size_t spki_n[LOGS];

static int set_up(void **state) {
  (void)state;
  for (size_t i = 0; i < LOGS; i++) {
    pki_must(q_crypto_privkey_generate(&logs[i], Q_KEY_EC_P256, 0), "log");
    pki_must(q_crypto_privkey_to_spki(logs[i], &spki[i], &spki_n[i]), "log");
  }
  return 0;
}

static int tear_down(void **state) {
  for (size_t i = 0; i < LOGS; i++) {
    q_crypto_privkey_free(logs[i]);
    q_free(spki[i]);
  }
  return case_teardown(state);
}

/* SignedCertificateTimestampList by the first `count` logs. */
static q_span make_list(uint8_t *out, size_t cap, size_t count, const q_cert *leaf, const q_cert *issuer,
                        bool precert) {
  q_writer w;
  size_t n = 0;
  q_writer_init(&w, out, cap);
  q_mark list = q_write_open(&w, 2);
  for (size_t i = 0; i < count; i++) {
    uint8_t id[Q_HASH_MAX], sig[128];
    uint8_t *message = NULL;
    size_t message_n = 0, sig_n = 0;
    const uint64_t when = (uint64_t)(PKI_NOW - 60) * 1000;
    q_crypto_hash_once(Q_HASH_SHA256, id, q_span_of(spki[i], spki_n[i]));
    assert_ok(q_pki_sct_signed(&message, &message_n, leaf, issuer, precert, when, q_span_of(NULL, 0)));
    assert_ok(q_crypto_sign(logs[i], sig, &sig_n, sizeof sig, Q_SIG_ECDSA_SHA256, q_span_of(message, message_n)));
    q_free(message);
    q_mark one = q_write_open(&w, 2);
    q_write_u8(&w, 0);
    q_write_bytes(&w, q_span_of(id, 32));
    q_write_u64(&w, when);
    q_write_u16(&w, 0);
    q_write_u16(&w, 0x0403);
    q_write_vec(&w, 2, q_span_of(sig, sig_n));
    q_write_close(&w, one);
  }
  q_write_close(&w, list);
  assert_ok(q_writer_end(&w, &n));
  return q_span_of(out, n);
}

/* An Extension with a list by the first *context logs, about the leaf without it. */
static void embed(void *context, q_issue *what, pki_level level, const pki *so_far) {
  static const uint8_t serial[Q_PKI_SERIAL] = {0x40, 1};
  static const uint8_t oid[] = {0x06, 0x0A, 0x2B, 0x06, 0x01, 0x04, 0x01, 0xD6, 0x79, 0x02, 0x04, 0x02};
  static uint8_t extension[1100];
  uint8_t list[1024];
  uint8_t *der = NULL;
  size_t n = 0;
  q_cert draft;
  if (level != PKI_LEAF) {
    return;
  }
  what->serial = serial;
  pki_must(q_pki_issue(&der, &n, what), "draft");
  pki_must(q_pki_cert_parse(&draft, q_span_of(der, n)), "draft");
  q_span made = make_list(list, sizeof list, *(size_t *)context, &draft, &so_far->node[PKI_INTERMEDIATE].cert, true);
  q_free(der);
  assert_true(made.n > 110 && made.n <= 125);
  extension[0] = 0x30;
  extension[1] = 0x81;
  extension[2] = (uint8_t)(sizeof oid + made.n + 4);
  memcpy(extension + 3, oid, sizeof oid);
  uint8_t *at = extension + 3 + sizeof oid;
  at[0] = 0x04;
  at[1] = (uint8_t)(made.n + 2);
  at[2] = 0x04;
  at[3] = (uint8_t)made.n;
  memcpy(at + 4, made.p, made.n);
  what->extra = q_span_of(extension, 3 + sizeof oid + 4 + made.n);
}

static unsigned wanted;

static qtls_err ask(qtls_config *c) {
  for (size_t i = 0; i < LOGS; i++) {
    Q_TRY(qtls_config_add_ct_log(c, i == 0 ? "argon" : "xenon", spki[i], spki_n[i]));
  }
  return qtls_config_set_ct_logs_required(c, wanted);
}

static qtls_err ask_in_flow(qtls_config *c, void *context) {
  (void)context;
  return ask(c);
}

static void ask_one(peer_options *o, const alert_case *row) {
  (void)row;
  wanted = 1;
  o->client.more = ask;
}

static const alert_case rows[] = {
    {"no log vouches, Q-TLS", QTLS_ERR_CERT_SCT, true, CASE_QTLS, .options = ask_one},
    {"no log vouches, 0x13F1", QTLS_ERR_CERT_SCT, true, CASE_QTLS_PQC, .options = ask_one},
    {"no log vouches, TLS 1.3", QTLS_ERR_CERT_SCT, true, CASE_TLS13, .options = ask_one},
};

static void nobody(void **state) {
  (void)state;
  case_run(rows, Q_COUNT(rows));
}

static void expect(flow *f, qtls_err expected, const char *detail) {
  flow_run(f);
  assert_err(f->client.err, expected);
  assert_int_equal(flow_connected(f), expected == QTLS_OK);
  if (detail != NULL) {
    qtls_error told;
    qtls_conn_error(f->client.conn, &told);
    assert_string_equal(told.detail, detail);
  }
  flow_stop(f);
}

static void in_the_leaf(void **state) {
  (void)state;
  size_t count = 1;
  const pki_options embedded = {.adjust = embed, .context = &count};
  pki *p = pki_make("p256", &embedded);
  const flow_options options = {.identity = p, .client = ask_in_flow};
  flow f;
  wanted = 1;
  flow_start(&f, &options);
  expect(&f, QTLS_OK, NULL);
  wanted = 2;
  flow_start(&f, &options);
  expect(&f, QTLS_ERR_CERT_SCT, "logs that vouch: 1 of 2: argon");
  pki_free(p);
}

/* A server that sends the list beside its leaf (RFC 6962 §3.3.1). */
static void put_beside(qtls_config *server, q_span list) {
  q_configured_identity *id = &server->ids[0];
  q_messages *m = id->plain;
  q_writer w;
  size_t n = 0;
  const size_t cap = m->certificate.n + list.n + 64;
  uint8_t *fresh = q_alloc(cap);
  q_writer_init(&w, fresh, cap);
  q_write_u8(&w, 11);
  q_mark message = q_write_open(&w, 3);
  q_write_u8(&w, 0);
  q_mark entries = q_write_open(&w, 3);
  for (size_t i = 0; i < id->identity->count; i++) {
    q_write_vec(&w, 3, q_span_of(id->identity->der[i], id->identity->der_n[i]));
    q_mark extensions = q_write_open(&w, 2);
    if (i == 0) {
      q_write_u16(&w, 18);
      q_write_vec(&w, 2, list);
    }
    q_write_close(&w, extensions);
  }
  q_write_close(&w, entries);
  q_write_close(&w, message);
  assert_ok(q_writer_end(&w, &n));
  q_free(m->certificate.p);
  m->certificate.p = fresh;
  m->certificate.n = n;
  m->tried = 0xFF;
  for (size_t i = 0; i < Q_COUNT(m->compressed); i++) {
    q_free(m->compressed[i].p);
    m->compressed[i].p = NULL;
    m->compressed[i].n = 0;
  }
}

static void beside_the_leaf(void **state) {
  (void)state;
  static const char *const kinds[] = {"p256", "hybrid-p384-mldsa65"};
  for (size_t i = 0; i < Q_COUNT(kinds); i++) {
    const pki *p = case_pki(kinds[i]);
    uint8_t list[1024];
    const flow_options options = {.identity = p, .client = ask_in_flow};
    q_span made = make_list(list, sizeof list, 2, &p->node[PKI_LEAF].cert, &p->node[PKI_INTERMEDIATE].cert, false);
    flow f;
    wanted = 2;
    flow_start(&f, &options);
    put_beside(f.server.config, made);
    expect(&f, QTLS_OK, NULL);
    list[made.n - 1] ^= 1; /* the second one's signature */
    flow_start(&f, &options);
    put_beside(f.server.config, made);
    expect(&f, QTLS_ERR_CERT_SCT, "logs that vouch: 1 of 2: argon");
    wanted = 0; /* nobody asked for it */
    flow_start(&f, &options);
    put_beside(f.server.config, made);
    expect(&f, QTLS_ERR_EXT_NOT_OFFERED, NULL);
  }
}

/* Clones know the same logs, and may come to know others. */
static void clones(void **state) {
  (void)state;
  const pki *p = case_pki("p256");
  qtls_config *first = NULL, *second = NULL;
  assert_ok(qtls_config_new(&first, QTLS_CLIENT));
  wanted = 1;
  assert_ok(ask(first));
  assert_ok(qtls_config_clone(&second, first));
  assert_int_equal(second->ct_least, 1);
  assert_ptr_equal(second->ct_logs, first->ct_logs);
  assert_ok(qtls_config_add_ct_log(second, "new", p->node[PKI_ROOT].cert.spki.p, p->node[PKI_ROOT].cert.spki.n));
  assert_ptr_not_equal(second->ct_logs, first->ct_logs);
  qtls_config_free(first);
  assert_err(qtls_config_add_ct_log(second, "bad", "words", 5), QTLS_ERR_PEM);
  assert_non_null(strstr(qtls_config_problem(second), "the key of the log bad: "));
  assert_err(qtls_config_add_ct_log(second, NULL, "words", 5), QTLS_ERR_ARGUMENT);
  assert_err(qtls_config_set_ct_logs_required(second, 65), QTLS_ERR_CONFIG_VALUE);
  qtls_config_free(second);
}

/* After all else, and of servers alone. */
static void of_a_chain(void **state) {
  (void)state;
  size_t count = 1;
  const pki_options embedded = {.adjust = embed, .context = &count};
  pki *p = pki_make("p256", &embedded);
  const qtls_ct_log known[LOGS] = {{"ar\x1b[2Jgon", spki[0], spki_n[0]}, {"xenon", spki[1], spki_n[1]}};
  qtls_verify_request r = {.chain_pem = p->chain_pem,
                           .chain_size = p->chain_pem_n,
                           .trust_pem = p->trust_pem,
                           .trust_size = p->trust_pem_n,
                           .now = PKI_NOW,
                           .ct_logs = known,
                           .ct_log_count = LOGS};
  static const struct {
    unsigned required;
    bool client;
    int64_t now;
    qtls_err expected;
    const char *said;
  } cases[] = {{0, false, PKI_NOW, QTLS_OK, NULL},
               {1, false, PKI_NOW, QTLS_OK, "\"transparency\": \"OK\", \"logs_that_vouch\": [\"ar\\\\x1b[2Jgon\"]"},
               {2, false, PKI_NOW, QTLS_ERR_CERT_SCT,
                "\"transparency\": \"CERT_SCT\", \"logs_that_vouch\": [\"ar\\\\x1b[2Jgon\"]"},
               {2, false, PKI_NOW - 90, QTLS_ERR_CERT_SCT, "\"logs_that_vouch\": []"}, /* it is of the future */
               {2, true, PKI_NOW, QTLS_OK, NULL}};
  qtls_verify_result v;
  for (size_t i = 0; i < Q_COUNT(cases); i++) {
    char *account = NULL;
    r.ct_required = cases[i].required;
    r.client = cases[i].client;
    r.now = cases[i].now;
    assert_ok(qtls_pki_verify(&v, &account, NULL, QTLS_FORMAT_json, &r));
    assert_err(v.verdict, cases[i].expected);
    assert_int_equal(v.at, 0);
    if (cases[i].said == NULL ? strstr(account, "transparency") != NULL : strstr(account, cases[i].said) == NULL) {
      fail_msg("%s", account);
    }
    qtls_pki_free(account);
  }
  const qtls_ct_log bad = {"words", "words", 5};
  r.ct_logs = &bad;
  r.ct_log_count = 1;
  assert_err(qtls_pki_verify(&v, NULL, NULL, QTLS_FORMAT_json, &r), QTLS_ERR_PEM);
  assert_true(v.verdict != QTLS_OK);
  r.ct_logs = NULL;
  assert_err(qtls_pki_verify(&v, NULL, NULL, QTLS_FORMAT_json, &r), QTLS_ERR_ARGUMENT);
  pki_free(p);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(nobody), cmocka_unit_test(in_the_leaf),
                                     cmocka_unit_test(beside_the_leaf), cmocka_unit_test(clones),
                                     cmocka_unit_test(of_a_chain)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
