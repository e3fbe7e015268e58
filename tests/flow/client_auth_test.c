/*
 * Client authentication (RFC 8446 §4.3.2, §4.4; Q-TLS §4): every protocol with
 * every kind of identity, optional and required, with none, one and several to
 * choose from; what both sides tell of it; keys held outside; certificates
 * compressed. The rules of who is let in have client_rules_test.c.
 */
#include <stdio.h>
#include <string.h>

#include "support/alert_case.h"
#include "support/mutual.h"

typedef struct protocol {
  const char *name, *versions, *suites;
  qtls_policy policy;
  const char *server; /* kind of its identity */
} protocol;

static const protocol hybrid = {"0x13f2", NULL, "qtls-hybrid", QTLS_POLICY_require_both, "hybrid-p384-mldsa65"};
static const protocol pqc = {"0x13f1", NULL, "qtls-pqc", QTLS_POLICY_require_pqc, "mldsa65"};
static const protocol tls13 = {"TLS 1.3", "tls1.3", NULL, QTLS_POLICY_require_both, "p256"};

static mutual with(const protocol *p) {
  return (mutual){.server = case_pki(p->server),
                  .versions = p->versions,
                  .suites = p->suites,
                  .policy = p->policy,
                  .floor = QTLS_FLOOR_pq_kex};
}

/* ---- the matrix ---- */

typedef struct row {
  const protocol *protocol;
  const char *kind;
  const char *worth; /* of the client's authentication; NULL: no such client identity can serve */
} row;

static const row rows[] = {
    {&hybrid, "hybrid-p384-mldsa65", "hybrid"},
    {&hybrid, "hybrid-p384-mldsa87", "hybrid"},
    {&hybrid, "hybrid-rsa3072-mldsa65", "hybrid"},
    {&hybrid, "mldsa65", NULL},
    {&hybrid, "p384", NULL},
    {&pqc, "mldsa65", "pqc"},
    {&pqc, "mldsa87", "pqc"},
    {&pqc, "hybrid-p384-mldsa65", "pqc"},
    {&pqc, "p384", NULL},
    {&tls13, "p256", "classical"},
    {&tls13, "p384", "classical"},
    {&tls13, "rsa2048", "classical"},
    {&tls13, "ed25519", "classical"},
    {&tls13, "mldsa65", "pqc"},
    {&tls13, "hybrid-p384-mldsa65", "classical"},
};

static pki *made[16];
static const char *made_kind[16];

static const pki *client_of(const char *kind) {
  static const char *const names[] = {"device-1.example.test", "*.fleet.test", "192.0.2.7"};
  static const pki_options options = {.prefix = "Client", .names = names, .name_count = Q_COUNT(names)};
  size_t i = 0;
  while (made[i] != NULL && strcmp(made_kind[i], kind) != 0) {
    i++;
  }
  assert_true(i + 1 < Q_COUNT(made));
  if (made[i] == NULL) {
    made[i] = pki_make(kind, &options);
    made_kind[i] = kind;
  }
  return made[i];
}

static int teardown(void **state) {
  for (size_t i = 0; i < Q_COUNT(made); i++) {
    pki_free(made[i]);
    made[i] = NULL;
  }
  return case_teardown(state);
}

static void check_talk(flow *f) {
  flow_write(f, true, "question", 8);
  flow_write(f, false, "answer", 6);
  assert_int_equal(f->server.data_n, 8);
  assert_int_equal(f->client.data_n, 6);
}

static void check_info(const flow *f, bool asked, bool sent, const char *worth) {
  qtls_info client;
  qtls_info server;
  qtls_conn_get_info(f->client.conn, &client);
  qtls_conn_get_info(f->server.conn, &server);
  assert_int_equal(client.client_identity_asked, asked);
  assert_int_equal(client.client_identity_sent, sent);
  assert_string_equal(server.client_authentication, worth);
  /* What the client says of the server, and the server of itself, is as ever. */
  assert_string_equal(client.authentication, server.authentication);
  assert_int_equal(client.scheme_code, server.scheme_code);
}

static void check_nobody(const flow *f) {
  qtls_peer_identity who;
  memset(&who, 0xAA, sizeof who);
  assert_false(qtls_conn_peer_identity(f->server.conn, &who));
  assert_null(who.subject);
  assert_int_equal(who.name_count, 0);
}

static void check_identity(const flow *f, const char *worth) {
  qtls_peer_identity who = mutual_who(f);
  assert_string_equal(who.subject, "CN=Client Leaf,O=Q-TLS Test");
  assert_string_equal(who.issuer, "CN=Client Intermediate,O=Q-TLS Test");
  assert_int_equal(who.name_count, 3);
  assert_string_equal(who.names[0], "DNS:device-1.example.test");
  assert_string_equal(who.names[2], "IP:192.0.2.7");
  assert_int_equal(who.auth_time, PKI_NOW);
  assert_int_equal(who.not_after, PKI_NOW + 3650 * PKI_DAY);
  assert_int_equal(strlen(who.spki_sha256), 64);
  bool classical = strcmp(worth, "pqc") != 0;
  bool mldsa = strcmp(worth, "classical") != 0;
  assert_int_equal(who.classical_signature, classical ? QTLS_SIGNATURE_verified : QTLS_SIGNATURE_absent);
  assert_int_equal(who.pqc_signature, mldsa ? QTLS_SIGNATURE_verified : QTLS_SIGNATURE_absent);
  /* The client knows nobody of the kind. */
  assert_false(qtls_conn_peer_identity(f->client.conn, &who));
}

static void run_row(const row *r, qtls_client_auth mode, bool outside) {
  mutual m = with(r->protocol);
  flow f;
  m.mode = mode;
  m.ids[0] = client_of(r->kind);
  m.outside = outside;
  mutual_start(&f, &m);
  flow_run(&f);
  if (r->worth != NULL && outside) {
    assert_true(f.client.job);
    assert_false(f.client.connected || f.server.connected);
    mutual_sign(&f, true, m.ids[0]);
  }
  if (r->worth == NULL && mode == QTLS_CLIENT_AUTH_required) {
    assert_err(f.server.err, QTLS_ERR_CERT_REQUIRED);
    assert_false(f.server.connected);
    check_nobody(&f);
    flow_stop(&f);
    return;
  }
  if (!flow_connected(&f)) {
    print_message("%s %s: client %s, server %s\n", r->protocol->name, r->kind, qtls_err_name(f.client.err),
                  qtls_err_name(f.server.err));
  }
  assert_true(flow_connected(&f));
  check_info(&f, true, r->worth != NULL, r->worth != NULL ? r->worth : "none");
  if (r->worth != NULL) {
    check_identity(&f, r->worth);
  } else {
    check_nobody(&f);
  }
  check_talk(&f);
  flow_stop(&f);
}

static void test_matrix(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    run_row(&rows[i], QTLS_CLIENT_AUTH_optional, false);
    run_row(&rows[i], QTLS_CLIENT_AUTH_required, false);
  }
}

static void test_keys_outside(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    run_row(&rows[i], QTLS_CLIENT_AUTH_required, true);
  }
}

/* Both sides sign outside. */
static void test_both_outside(void **state) {
  (void)state;
  mutual m = with(&hybrid);
  flow f;
  m.mode = QTLS_CLIENT_AUTH_required;
  m.ids[0] = client_of("hybrid-p384-mldsa65");
  m.outside = m.server_outside = true;
  mutual_start(&f, &m);
  flow_run(&f);
  mutual_sign(&f, false, m.server);
  assert_true(f.client.job);
  mutual_sign(&f, true, m.ids[0]);
  assert_true(flow_connected(&f));
  check_identity(&f, "hybrid");
  check_talk(&f);
  flow_stop(&f);
}

/* ---- none, and several ---- */

static void test_none(void **state) {
  (void)state;
  static const protocol *const all[] = {&hybrid, &pqc, &tls13};
  for (size_t i = 0; i < Q_COUNT(all); i++) {
    mutual m = with(all[i]);
    flow f;
    m.anchors[0] = client_of("p256");
    m.mode = QTLS_CLIENT_AUTH_optional;
    mutual_connect(&f, &m);
    check_info(&f, true, false, "none");
    check_nobody(&f);
    check_talk(&f);
    flow_stop(&f);
    m.mode = QTLS_CLIENT_AUTH_required;
    mutual_start(&f, &m);
    flow_run(&f);
    assert_err(f.server.err, QTLS_ERR_CERT_REQUIRED);
    flow_stop(&f);
    /* Not asked at all: a certificate at hand stays there. */
    m.ids[0] = client_of("p256");
    m.mode = QTLS_CLIENT_AUTH_none;
    mutual_connect(&f, &m);
    check_info(&f, false, false, "none");
    check_nobody(&f);
    flow_stop(&f);
  }
}

/* The first that fits the protocol, in the order they were added. */
static void test_several_by_protocol(void **state) {
  (void)state;
  static const struct {
    const protocol *protocol;
    const char *worth;
  } expected[] = {{&hybrid, "hybrid"}, {&pqc, "pqc"}, {&tls13, "classical"}};
  for (size_t i = 0; i < Q_COUNT(expected); i++) {
    mutual m = with(expected[i].protocol);
    flow f;
    m.ids[0] = m.anchors[0] = client_of("p384");
    m.ids[1] = m.anchors[1] = client_of("mldsa65");
    m.ids[2] = m.anchors[2] = client_of("hybrid-p384-mldsa65");
    m.mode = QTLS_CLIENT_AUTH_required;
    mutual_connect(&f, &m);
    check_info(&f, true, true, expected[i].worth);
    flow_stop(&f);
  }
}

static const pki *other_ca(void) {
  static const pki_options options = {.prefix = "Other"};
  size_t i = 0;
  while (made[i] != NULL && strcmp(made_kind[i], "other") != 0) {
    i++;
  }
  if (made[i] == NULL) {
    made[i] = pki_make("p256", &options);
    made_kind[i] = "other";
  }
  return made[i];
}

/* RFC 8446 §4.2.4: by the authorities that the server names. */
static void test_several_by_authority(void **state) {
  (void)state;
  mutual m = with(&tls13);
  flow f;
  m.ids[0] = client_of("p256");
  m.ids[1] = other_ca();
  m.mode = QTLS_CLIENT_AUTH_required;
  m.anchors[0] = other_ca(); /* named, since the server trusts it */
  mutual_connect(&f, &m);
  assert_string_equal(mutual_who(&f).subject, "CN=Other Leaf,O=Q-TLS Test");
  flow_stop(&f);
  /* Both trusted, one named. */
  m.anchors[0] = client_of("p256");
  m.anchors[1] = m.named[0] = other_ca();
  mutual_connect(&f, &m);
  assert_string_equal(mutual_who(&f).subject, "CN=Other Leaf,O=Q-TLS Test");
  flow_stop(&f);
  /* None named: the first. */
  m.named[0] = NULL;
  m.name_none = true;
  mutual_connect(&f, &m);
  assert_string_equal(mutual_who(&f).subject, "CN=Client Leaf,O=Q-TLS Test");
  flow_stop(&f);
  /* Only one that the client cannot serve: it shows nothing, not just anything. */
  m.name_none = false;
  m.named[0] = other_ca();
  m.ids[1] = NULL;
  mutual_start(&f, &m);
  flow_run(&f);
  assert_err(f.server.err, QTLS_ERR_CERT_REQUIRED);
  flow_stop(&f);
}

/* ---- after a retry: the signed transcript begins with message_hash ---- */

static void test_retried(void **state) {
  (void)state;
  static const char *const groups[] = {"kyber768:x25519", "kyber768", "SecP384r1MLKEM1024"};
  static const protocol *const all[] = {&hybrid, &pqc, &tls13};
  for (size_t i = 0; i < Q_COUNT(all); i++) {
    for (int cookie = 0; cookie < 3; cookie++) {
      mutual m = with(all[i]);
      flow f;
      m.ids[0] = client_of(i == 0 ? "hybrid-p384-mldsa65" : i == 1 ? "mldsa65" : "p256");
      m.mode = QTLS_CLIENT_AUTH_required;
      m.after = true;
      m.groups = cookie == 1 ? NULL : groups[i];
      m.cookie = cookie > 0 ? QTLS_COOKIE_always : QTLS_COOKIE_never;
      mutual_connect(&f, &m);
      qtls_info info;
      qtls_conn_get_info(f.server.conn, &info);
      assert_true(info.hello_retry);
      assert_int_equal(info.cookie_used, cookie > 0);
      check_identity(&f, rows[i == 0 ? 0 : i == 1 ? 5 : 9].worth);
      assert_ok(qtls_conn_request_auth(f.server.conn, true));
      flow_run(&f);
      assert_int_equal(f.server.authenticated, 1);
      check_talk(&f);
      flow_stop(&f);
    }
  }
}

/* ---- policy and floor ---- */

/* Sign as the client, one part or both over other bytes; what the server finds. */
static qtls_err damaged(mutual *m, peer_damage damage, qtls_peer_identity *who, flow *f) {
  mutual_start(f, m);
  flow_run(f);
  const qtls_job *job = NULL;
  while ((job = qtls_conn_job(f->client.conn, 0)) != NULL) {
    const q_scheme *scheme = q_scheme_find(job->scheme);
    const pki_node *leaf = &m->ids[0]->node[PKI_LEAF];
    bool bad = (damage & (q_scheme_is_pqc(scheme) ? PEER_PQC_BAD : PEER_CLASSICAL_BAD)) != 0;
    uint8_t signature[Q_SIGNATURE_MAX];
    size_t n = 0;
    assert_ok(q_crypto_sign(job->alternative_key ? leaf->alt_key : leaf->key, signature, &n, sizeof signature,
                            scheme->alg, q_span_of(job->input, job->input_size - (bad ? 1 : 0))));
    assert_ok(qtls_conn_job_done(f->client.conn, job->id, signature, n));
  }
  mutual_sign(f, true, m->ids[0]);
  bool known = qtls_conn_peer_identity(f->server.conn, who);
  assert_int_equal(known, f->server.err == QTLS_OK);
  assert_int_equal(f->server.connected, f->server.err == QTLS_OK);
  return f->server.err;
}

static void test_policy(void **state) {
  (void)state;
  static const struct {
    qtls_policy policy;
    qtls_floor floor;
    peer_damage damage;
    qtls_err err;
  } table[] = {
      {QTLS_POLICY_require_both, QTLS_FLOOR_pq_kex, PEER_GOOD, QTLS_OK},
      {QTLS_POLICY_require_both, QTLS_FLOOR_pq_kex, PEER_CLASSICAL_BAD, QTLS_ERR_SIG_CLASSICAL},
      {QTLS_POLICY_require_both, QTLS_FLOOR_pq_kex, PEER_PQC_BAD, QTLS_ERR_SIG_PQC},
      {QTLS_POLICY_require_pqc, QTLS_FLOOR_pq_kex, PEER_CLASSICAL_BAD, QTLS_ERR_SIG_CLASSICAL},
      {QTLS_POLICY_require_pqc, QTLS_FLOOR_pq_kex, PEER_PQC_BAD, QTLS_ERR_SIG_PQC},
      {QTLS_POLICY_require_any, QTLS_FLOOR_pq_kex, PEER_CLASSICAL_BAD, QTLS_OK},
      {QTLS_POLICY_require_any, QTLS_FLOOR_pq_kex, PEER_PQC_BAD, QTLS_OK},
      {QTLS_POLICY_require_any, QTLS_FLOOR_pq_kex, PEER_BOTH_BAD, QTLS_ERR_SIG_PQC},
      {QTLS_POLICY_require_any, QTLS_FLOOR_pq_auth, PEER_CLASSICAL_BAD, QTLS_OK},
      {QTLS_POLICY_require_any, QTLS_FLOOR_pq_auth, PEER_PQC_BAD, QTLS_ERR_FLOOR},
      {QTLS_POLICY_require_any, QTLS_FLOOR_q_tls, PEER_PQC_BAD, QTLS_ERR_FLOOR},
  };
  for (size_t i = 0; i < Q_COUNT(table); i++) {
    mutual m = with(&hybrid);
    flow f;
    qtls_peer_identity who;
    m.ids[0] = client_of("hybrid-p384-mldsa65");
    m.mode = QTLS_CLIENT_AUTH_required;
    m.outside = true;
    m.policy = table[i].policy;
    m.floor = table[i].floor;
    assert_err(damaged(&m, table[i].damage, &who, &f), table[i].err);
    if (table[i].err == QTLS_OK) {
      bool classical = (table[i].damage & PEER_CLASSICAL_BAD) == 0;
      bool mldsa = (table[i].damage & PEER_PQC_BAD) == 0;
      assert_int_equal(who.classical_signature, classical ? QTLS_SIGNATURE_verified : QTLS_SIGNATURE_refused);
      assert_int_equal(who.pqc_signature, mldsa ? QTLS_SIGNATURE_verified : QTLS_SIGNATURE_refused);
      check_info(&f, true, true, classical && mldsa ? "hybrid" : mldsa ? "pqc" : "classical");
    }
    flow_stop(&f);
  }
}

/* With floor pq-auth a client needs ML-DSA in TLS 1.3 too, from leaf to anchor. */
static void test_floor(void **state) {
  (void)state;
  static const pki_options mixed = {.leaf_kind = "mldsa65"};
  mutual m = with(&tls13);
  flow f;
  m.server = case_pki("mldsa65");
  m.floor = QTLS_FLOOR_pq_auth;
  m.mode = QTLS_CLIENT_AUTH_required;
  m.ids[0] = client_of("mldsa65");
  mutual_connect(&f, &m);
  check_info(&f, true, true, "pqc");
  flow_stop(&f);
  m.ids[0] = client_of("p256");
  mutual_start(&f, &m);
  flow_run(&f);
  assert_err(f.server.err, QTLS_ERR_CERT_REQUIRED);
  flow_stop(&f);
  pki *classical_ca = pki_make("p256", &mixed);
  m.ids[0] = classical_ca;
  mutual_start(&f, &m);
  flow_run(&f);
  assert_err(f.server.err, QTLS_ERR_FLOOR);
  flow_stop(&f);
  pki_free(classical_ca);
}

/* ---- compressed ---- */

static void test_compressed(void **state) {
  (void)state;
  static const protocol *const all[] = {&hybrid, &tls13};
  for (size_t i = 0; i < Q_COUNT(all); i++) {
    mutual m = with(all[i]);
    flow f;
    m.ids[0] = client_of(i == 0 ? "hybrid-p384-mldsa65" : "rsa2048");
    m.mode = QTLS_CLIENT_AUTH_required;
    m.compression = "zlib";
    m.keep_chain = true;
    mutual_connect(&f, &m);
    check_identity(&f, i == 0 ? "hybrid" : "classical");
    const uint8_t *der = NULL;
    size_t n = 0;
    assert_ok(qtls_conn_peer_certificate(f.server.conn, 0, &der, &n));
    assert_int_equal(n, m.ids[0]->node[PKI_LEAF].n);
    assert_memory_equal(der, m.ids[0]->node[PKI_LEAF].der, n);
    assert_ok(qtls_conn_peer_certificate(f.server.conn, 1, &der, &n));
    assert_err(qtls_conn_peer_certificate(f.server.conn, 2, &der, &n), QTLS_ERR_ARGUMENT);
    flow_stop(&f);
  }
}

/* ---- what else a request may hold is passed over (RFC 8446 §4.3.2) ---- */

static void test_other_extensions(void **state) {
  (void)state;
  static const uint8_t more[] = {0,    50,   0, 4,  0, 2, 4, 1, /* signature_algorithms_cert */
                                 0,    48,   0, 11, 0, 9, 3, 0x55, 0x1D, 0x25, 0, 3, 0x30, 1, 0, /* oid_filters */
                                 0,    18,   0, 0,     /* signed_certificate_timestamp */
                                 0x1A, 0x1A, 0, 1,  0, /* GREASE */
                                 0xFE, 0xED, 0, 3,  1, 2, 3};
  static const protocol *const all[] = {&hybrid, &pqc, &tls13};
  for (size_t i = 0; i < Q_COUNT(all); i++) {
    mutual m = with(all[i]);
    flow f;
    m.ids[0] = client_of(i == 0 ? "hybrid-p384-mldsa65" : i == 1 ? "mldsa65" : "p256");
    m.mode = QTLS_CLIENT_AUTH_required;
    m.after = true;
    mutual_start(&f, &m);
    for (size_t kind = 0; kind < Q_REQUEST_KINDS; kind++) {
      q_encoded *request = &f.server.config->request[kind];
      uint8_t *longer = q_alloc(request->n + sizeof more);
      assert_non_null(longer);
      memcpy(longer, request->p, request->n);
      memcpy(longer + request->n, more, sizeof more);
      size_t n = request->n - 2 + sizeof more;
      longer[0] = (uint8_t)(n >> 8);
      longer[1] = (uint8_t)n;
      q_free(request->p);
      *request = (q_encoded){longer, n + 2};
    }
    flow_run(&f);
    assert_true(flow_connected(&f));
    assert_ok(qtls_conn_request_auth(f.server.conn, true));
    flow_run(&f);
    assert_int_equal(f.server.authenticated, 1);
    flow_stop(&f);
  }
}

/* A list of authorities of the greatest size, with the right one at its end. */
static void test_long_list(void **state) {
  (void)state;
  mutual m = with(&tls13);
  flow f;
  m.ids[0] = client_of("p256");
  m.mode = QTLS_CLIENT_AUTH_required;
  m.after = true;
  mutual_start(&f, &m);
  q_span own = m.ids[0]->node[PKI_ROOT].cert.subject;
  size_t room = 65535 + 2;
  uint8_t *block = q_alloc(room);
  assert_non_null(block);
  q_writer w;
  q_writer_init(&w, block, room);
  q_mark all = q_write_open(&w, 2);
  static const uint8_t schemes[] = {0, 13, 0, 4, 0, 2, 4, 3};
  q_write_bytes(&w, q_span_of(schemes, sizeof schemes));
  q_write_u16(&w, Q_EXT_CERT_AUTHORITIES);
  q_mark body = q_write_open(&w, 2);
  q_mark list = q_write_open(&w, 2);
  static const uint8_t other[498] = {0x30, 0x82, 0x01, 0xEE};
  while (w.n + 2 * sizeof other + own.n < room) {
    q_write_vec(&w, 2, q_span_of(other, sizeof other));
  }
  q_write_vec(&w, 2, own);
  q_write_close(&w, list);
  q_write_close(&w, body);
  q_write_close(&w, all);
  assert_ok(w.err);
  q_encoded *request = &f.server.config->request[Q_REQUEST_TLS13];
  q_free(request->p);
  *request = (q_encoded){block, w.n};
  flow_run(&f);
  assert_true(flow_connected(&f));
  check_identity(&f, "classical");
  for (unsigned k = 0; k < 4; k++) {
    assert_ok(qtls_conn_request_auth(f.server.conn, true));
  }
  flow_run(&f);
  assert_int_equal(f.server.authenticated, 4);
  check_talk(&f);
  flow_stop(&f);
}

/* ---- the forecast of the flight counts the request ---- */

static void test_flight(void **state) {
  (void)state;
  static const protocol *const all[] = {&hybrid, &pqc, &tls13};
  for (size_t i = 0; i < Q_COUNT(all); i++) {
    mutual m = with(all[i]);
    flow f;
    m.ids[0] = client_of(i == 0 ? "hybrid-p384-mldsa65" : i == 1 ? "mldsa65" : "p256");
    m.mode = QTLS_CLIENT_AUTH_required;
    mutual_connect(&f, &m);
    size_t forecast = qtls_config_flight_size(f.server.config, 0);
    if (forecast > f.server.bytes_sent + 100 || forecast + 100 < f.server.bytes_sent) {
      print_message("%s: %zu forecast, %zu sent\n", all[i]->name, forecast, f.server.bytes_sent);
    }
    assert_true(forecast <= f.server.bytes_sent + 100 && forecast + 100 >= f.server.bytes_sent);
    flow_stop(&f);
  }
}

/* ---- one byte at a time ---- */

static void test_split(void **state) {
  (void)state;
  static const protocol *const all[] = {&hybrid, &pqc, &tls13};
  for (size_t i = 0; i < Q_COUNT(all); i++) {
    mutual m = with(all[i]);
    flow f;
    m.ids[0] = client_of(i == 0 ? "hybrid-p384-mldsa65" : i == 1 ? "mldsa65" : "p256");
    m.mode = QTLS_CLIENT_AUTH_required;
    mutual_start(&f, &m);
    f.chunk = 1;
    flow_run(&f);
    assert_true(flow_connected(&f));
    check_talk(&f);
    flow_stop(&f);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_matrix),
      cmocka_unit_test(test_keys_outside),
      cmocka_unit_test(test_both_outside),
      cmocka_unit_test(test_none),
      cmocka_unit_test(test_several_by_protocol),
      cmocka_unit_test(test_several_by_authority),
      cmocka_unit_test(test_retried),
      cmocka_unit_test(test_policy),
      cmocka_unit_test(test_floor),
      cmocka_unit_test(test_compressed),
      cmocka_unit_test(test_split),
      cmocka_unit_test(test_flight),
      cmocka_unit_test(test_other_extensions),
      cmocka_unit_test(test_long_list),
  };
  return cmocka_run_group_tests(tests, NULL, teardown);
}
