/*
 * Every version, suite, group, signature scheme, policy, floor, way of asking
 * again and certificate compression that can be combined: each combination
 * shakes hands in memory, tells what was asked of it, and carries data.
 */
#include <stdio.h>

#include "registry/registry.h"
#include "support/flow.h"
#include "unit/unit.h"

typedef struct identity_kind {
  const char *kind;
  pki *made;
} identity_kind;

static identity_kind kinds[] = {
    {"hybrid-p384-mldsa65", NULL}, {"hybrid-p384-mldsa87", NULL}, {"hybrid-rsa3072-mldsa65", NULL},
    {"mldsa44", NULL}, {"mldsa65", NULL}, {"mldsa87", NULL}, {"p256", NULL}, {"p384", NULL},
    {"p521", NULL}, {"rsa2048", NULL}, {"ed25519", NULL}};

/* The first is needed more often than the others; all are made once. */
static const pki *identity_of(const char *kind) {
  for (size_t i = 0; i < Q_COUNT(kinds); i++) {
    if (strcmp(kinds[i].kind, kind) == 0) {
      if (kinds[i].made == NULL) {
        kinds[i].made = pki_make(kind, NULL);
      }
      return kinds[i].made;
    }
  }
  fail_msg("no identity %s", kind);
  return NULL;
}

typedef struct combination {
  const char *versions, *suites, *client_groups, *server_groups, *schemes, *compression;
  qtls_floor floor;
  qtls_policy client_policy, server_policy;
  qtls_key_shares shares;
  qtls_cookie cookie;
} combination;

static qtls_err set_common(qtls_config *c, const combination *k) {
  if (k->versions != NULL) {
    Q_TRY(qtls_config_set_versions(c, k->versions));
  }
  if (k->suites != NULL) {
    Q_TRY(qtls_config_set_suites(c, k->suites));
  }
  if (k->schemes != NULL) {
    Q_TRY(qtls_config_set_schemes(c, k->schemes));
  }
  if (k->compression != NULL) {
    Q_TRY(qtls_config_set_cert_compression(c, k->compression));
  }
  Q_TRY(qtls_config_set_alpn(c, "h2,http/1.1"));
  return qtls_config_set_floor(c, k->floor != 0 ? k->floor : QTLS_FLOOR_classical);
}

static qtls_err set_client(qtls_config *c, void *context) {
  const combination *k = context;
  Q_TRY(set_common(c, k));
  if (k->client_groups != NULL) {
    Q_TRY(qtls_config_set_groups(c, k->client_groups));
  }
  Q_TRY(qtls_config_set_key_shares(c, k->shares != 0 ? k->shares : QTLS_KEY_SHARES_pq));
  return qtls_config_set_policy(c, k->client_policy != 0 ? k->client_policy : QTLS_POLICY_require_both);
}

static qtls_err set_server(qtls_config *c, void *context) {
  const combination *k = context;
  Q_TRY(set_common(c, k));
  if (k->server_groups != NULL) {
    Q_TRY(qtls_config_set_groups(c, k->server_groups));
  }
  Q_TRY(qtls_config_set_cookie(c, k->cookie != 0 ? k->cookie : QTLS_COOKIE_never));
  return qtls_config_set_policy(c, k->server_policy != 0 ? k->server_policy : QTLS_POLICY_require_both);
}

static void say(const char *side, const qtls_conn *conn) {
  qtls_error e;
  qtls_conn_error(conn, &e);
  if (e.err != QTLS_OK) {
    print_error("%s: %s (%s) alert %s\n", side, qtls_err_name(e.err), e.detail, e.alert_name);
  }
}

/* Shake hands and talk; the information of the client is checked by the caller. */
static qtls_info shake(const char *kind, combination *k, bool *retried) {
  flow f;
  flow_options o = {.identity = identity_of(kind), .client = set_client, .server = set_server, .context = k};
  flow_start(&f, &o);
  flow_run(&f);
  if (!flow_connected(&f)) {
    print_error("%s: suites %s groups %s / %s schemes %s\n", kind, k->suites, k->client_groups, k->server_groups,
                k->schemes);
    say("client", f.client.conn);
    say("server", f.server.conn);
    fail_msg("not connected");
  }
  qtls_info info;
  qtls_info other;
  qtls_conn_get_info(f.client.conn, &info);
  qtls_conn_get_info(f.server.conn, &other);
  assert_int_equal(info.suite_code, other.suite_code);
  assert_int_equal(info.group_code, other.group_code);
  assert_int_equal(info.classical_group_code, other.classical_group_code);
  assert_int_equal(info.scheme_code, other.scheme_code);
  assert_int_equal(info.policy, other.policy);
  assert_int_equal(info.hello_retry, other.hello_retry);
  assert_string_equal(info.alpn, "h2");
  assert_string_equal(other.server_name, "localhost");
  info.alpn = NULL; /* gone with the connection */
  info.server_name = NULL;
  uint8_t a[32];
  uint8_t b[32];
  assert_ok(qtls_conn_export(f.client.conn, a, sizeof a, "EXPORTER-Channel-Binding", NULL, 0));
  assert_ok(qtls_conn_export(f.server.conn, b, sizeof b, "EXPORTER-Channel-Binding", NULL, 0));
  assert_memory_equal(a, b, sizeof a);
  flow_write(&f, true, "question", 8);
  flow_write(&f, false, "answer", 6);
  assert_int_equal(f.server.data_n, 8);
  assert_memory_equal(f.client.data, "answer", 6);
  if (retried != NULL) {
    *retried = info.hello_retry;
  }
  flow_stop(&f);
  return info;
}

/* ---- Q-TLS ---- */

static const char *const kybers[] = {"kyber1024", "kyber768", "kyber512"};
static const char *const classicals[] = {"secp384r1", "secp256r1", "x25519"};

static void test_qtls_hybrid(void **state) {
  (void)state;
  static const struct {
    const char *kind;
    uint16_t scheme;
  } rows[] = {{"hybrid-p384-mldsa65", 0x13F0}, {"hybrid-rsa3072-mldsa65", 0x13F4}, {"hybrid-p384-mldsa87", 0x13F5}};
  for (size_t r = 0; r < Q_COUNT(rows); r++) {
    for (size_t i = 0; i < Q_COUNT(kybers); i++) {
      for (size_t j = 0; j < Q_COUNT(classicals); j++) {
        char groups[64];
        (void)snprintf(groups, sizeof groups, "%s:%s", classicals[j], kybers[i]);
        combination k = {.floor = QTLS_FLOOR_q_tls, .client_groups = groups, .server_groups = groups};
        bool retried = true;
        qtls_info info = shake(rows[r].kind, &k, &retried);
        assert_false(retried);
        assert_int_equal(info.suite_code, 0x13F2);
        assert_int_equal(info.scheme_code, rows[r].scheme);
        assert_string_equal(info.group, kybers[i]);
        assert_string_equal(info.classical_group, classicals[j]);
        assert_string_equal(info.authentication, "hybrid");
      }
    }
  }
}

static void test_qtls_pqc_only(void **state) {
  (void)state;
  static const struct {
    const char *kind;
    uint16_t scheme;
  } rows[] = {{"mldsa65", 0x0900}, {"mldsa44", 0x0901}, {"mldsa87", 0x0902}, {"hybrid-p384-mldsa65", 0x0900},
              {"hybrid-p384-mldsa87", 0x0902}};
  for (size_t r = 0; r < Q_COUNT(rows); r++) {
    for (size_t i = 0; i < Q_COUNT(kybers); i++) {
      combination k = {.floor = QTLS_FLOOR_q_tls,
                       .suites = "qtls-pqc",
                       .client_groups = kybers[i],
                       .server_groups = kybers[i],
                       .client_policy = QTLS_POLICY_require_pqc,
                       .server_policy = QTLS_POLICY_require_any};
      qtls_info info = shake(rows[r].kind, &k, NULL);
      assert_int_equal(info.suite_code, 0x13F1);
      assert_int_equal(info.scheme_code, rows[r].scheme);
      assert_null(info.classical_group);
      assert_int_equal(info.policy, QTLS_POLICY_require_pqc);
      assert_string_equal(info.authentication, "pqc");
      assert_int_equal(info.classical_signature, QTLS_SIGNATURE_absent);
    }
  }
}

/* The policies of both sides, the stricter enforced. */
static void test_policies(void **state) {
  (void)state;
  for (int c = 1; c <= 3; c++) {
    for (int s = 1; s <= 3; s++) {
      combination k = {.client_policy = (qtls_policy)c, .server_policy = (qtls_policy)s};
      qtls_info info = shake("hybrid-p384-mldsa65", &k, NULL);
      assert_int_equal(info.suite_code, 0x13F2);
      assert_int_equal(info.policy, c < s ? c : s);
      assert_string_equal(info.authentication, "hybrid");
    }
  }
}

/* HelloRetryRequest that names one group, and a pair. */
static void test_qtls_retry(void **state) {
  (void)state;
  for (int cookie = QTLS_COOKIE_never; cookie <= QTLS_COOKIE_always; cookie++) {
    combination k = {.floor = QTLS_FLOOR_q_tls, .cookie = (qtls_cookie)cookie};
    bool retried = false;
    k.server_groups = "secp256r1:kyber768";
    qtls_info info = shake("hybrid-p384-mldsa65", &k, &retried);
    assert_true(retried);
    assert_string_equal(info.group, "kyber768");
    assert_string_equal(info.classical_group, "secp256r1");
    assert_int_equal(info.cookie_used, cookie == QTLS_COOKIE_always);
    k.shares = QTLS_KEY_SHARES_classical_first;
    k.server_groups = NULL;
    info = shake("hybrid-p384-mldsa65", &k, &retried);
    assert_true(retried);
    assert_string_equal(info.group, "kyber1024");
    k.shares = QTLS_KEY_SHARES_pq;
    k.suites = "qtls-pqc";
    k.client_policy = k.server_policy = QTLS_POLICY_require_pqc;
    k.server_groups = "kyber768";
    info = shake("mldsa65", &k, &retried);
    assert_true(retried);
    assert_string_equal(info.group, "kyber768");
    /* Nothing is missing: a retry for the cookie alone. */
    k.server_groups = NULL;
    info = shake("mldsa65", &k, &retried);
    assert_int_equal(retried, cookie == QTLS_COOKIE_always);
  }
}

/* ---- TLS 1.3 ---- */

static const char *const t13_suites[] = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
                                         "TLS_CHACHA20_POLY1305_SHA256"};
static const char *const t13_groups[] = {"X25519MLKEM768", "SecP384r1MLKEM1024", "SecP256r1MLKEM768",
                                         "MLKEM512",       "MLKEM768",           "MLKEM1024",
                                         "x25519",         "secp256r1",          "secp384r1",
                                         "secp521r1"};

static void test_tls13_suites_and_groups(void **state) {
  (void)state;
  for (size_t s = 0; s < Q_COUNT(t13_suites); s++) {
    for (size_t g = 0; g < Q_COUNT(t13_groups); g++) {
      combination k = {.versions = "tls1.3",
                       .suites = t13_suites[s],
                       .client_groups = t13_groups[g],
                       .server_groups = t13_groups[g]};
      bool retried = true;
      qtls_info info = shake("p256", &k, &retried);
      assert_false(retried);
      assert_string_equal(info.protocol, "TLS 1.3");
      assert_string_equal(info.suite, t13_suites[s]);
      assert_string_equal(info.group, t13_groups[g]);
      assert_string_equal(info.authentication, "classical");
    }
  }
}

static void test_tls13_schemes(void **state) {
  (void)state;
  static const struct {
    const char *kind, *scheme;
  } rows[] = {{"p256", "ecdsa_secp256r1_sha256"}, {"p384", "ecdsa_secp384r1_sha384"},
              {"p521", "ecdsa_secp521r1_sha512"}, {"ed25519", "ed25519"},
              {"rsa2048", "rsa_pss_rsae_sha256"}, {"rsa2048", "rsa_pss_rsae_sha384"},
              {"rsa2048", "rsa_pss_rsae_sha512"}, {"mldsa44", "mldsa44"},
              {"mldsa65", "mldsa65"},             {"mldsa87", "mldsa87"},
              /* A hybrid certificate serves TLS 1.3 by its classical key. */
              {"hybrid-p384-mldsa65", "ecdsa_secp384r1_sha384"}, {"hybrid-rsa3072-mldsa65", "rsa_pss_rsae_sha384"}};
  for (size_t r = 0; r < Q_COUNT(rows); r++) {
    combination k = {.versions = "tls1.3", .schemes = rows[r].scheme, .floor = QTLS_FLOOR_pq_kex};
    qtls_info info = shake(rows[r].kind, &k, NULL);
    assert_string_equal(info.scheme, rows[r].scheme);
    assert_string_equal(info.group, "X25519MLKEM768");
    bool pqc = strncmp(rows[r].scheme, "mldsa", 5) == 0;
    assert_string_equal(info.authentication, pqc ? "pqc" : "classical");
  }
}

/* Every pair of what the client sends first and what the server wants. */
static void test_tls13_retry(void **state) {
  (void)state;
  for (int cookie = QTLS_COOKIE_never; cookie <= QTLS_COOKIE_always; cookie++) {
    for (size_t g = 0; g < Q_COUNT(t13_groups); g++) {
      combination k = {.versions = "tls1.3",
                       .client_groups = "x25519:secp256r1:secp384r1:secp521r1:X25519MLKEM768:SecP384r1MLKEM1024:"
                                        "SecP256r1MLKEM768:MLKEM512:MLKEM768:MLKEM1024",
                       .server_groups = t13_groups[g],
                       .cookie = (qtls_cookie)cookie};
      bool retried = false;
      qtls_info info = shake("p256", &k, &retried);
      assert_string_equal(info.group, t13_groups[g]);
      assert_int_equal(retried, strcmp(t13_groups[g], "X25519MLKEM768") != 0 || cookie == QTLS_COOKIE_always);
      assert_int_equal(info.cookie_used, cookie == QTLS_COOKIE_always);
    }
  }
}

/* The server asks again to reach a quantum-safe group, although a classical
 * share is there. */
static void test_tls13_upgrade(void **state) {
  (void)state;
  combination k = {.versions = "tls1.3", .shares = QTLS_KEY_SHARES_classical_first, .floor = QTLS_FLOOR_pq_kex};
  bool retried = false;
  qtls_info info = shake("p256", &k, &retried);
  assert_true(retried);
  assert_string_equal(info.group, "X25519MLKEM768");
  k.shares = QTLS_KEY_SHARES_both;
  info = shake("p256", &k, &retried);
  assert_false(retried);
}

/* ---- floors, compression ---- */

static void test_floors(void **state) {
  (void)state;
  static const struct {
    const char *kind;
    qtls_floor floor;
    const char *protocol, *authentication;
  } rows[] = {{"hybrid-p384-mldsa65", QTLS_FLOOR_classical, "Q-TLS 1.0", "hybrid"},
              {"hybrid-p384-mldsa65", QTLS_FLOOR_pq_kex, "Q-TLS 1.0", "hybrid"},
              {"hybrid-p384-mldsa65", QTLS_FLOOR_pq_auth, "Q-TLS 1.0", "hybrid"},
              {"hybrid-p384-mldsa65", QTLS_FLOOR_q_tls, "Q-TLS 1.0", "hybrid"},
              {"mldsa65", QTLS_FLOOR_pq_auth, "TLS 1.3", "pqc"},
              {"mldsa65", QTLS_FLOOR_pq_kex, "TLS 1.3", "pqc"},
              {"p384", QTLS_FLOOR_pq_kex, "TLS 1.3", "classical"},
              {"p384", QTLS_FLOOR_classical, "TLS 1.3", "classical"}};
  for (size_t r = 0; r < Q_COUNT(rows); r++) {
    combination k = {.floor = rows[r].floor};
    qtls_info info = shake(rows[r].kind, &k, NULL);
    assert_string_equal(info.protocol, rows[r].protocol);
    assert_string_equal(info.authentication, rows[r].authentication);
  }
}

static void test_compression(void **state) {
  (void)state;
  static const char *const algorithms[] = {"zlib", "brotli", "zstd"};
  static const char *const versions[] = {"q-tls1.0", "tls1.3"};
  for (size_t v = 0; v < Q_COUNT(versions); v++) {
    for (size_t a = 0; a < Q_COUNT(algorithms); a++) {
      combination k = {.versions = versions[v], .compression = algorithms[a]};
      qtls_info info = shake("hybrid-p384-mldsa65", &k, NULL);
      assert_non_null(info.cert_compression);
      assert_string_equal(info.cert_compression, algorithms[a]);
    }
  }
}

static int teardown(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(kinds); i++) {
    if (kinds[i].made != NULL) {
      pki_free(kinds[i].made);
    }
  }
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_qtls_hybrid),
      cmocka_unit_test(test_qtls_pqc_only),
      cmocka_unit_test(test_policies),
      cmocka_unit_test(test_qtls_retry),
      cmocka_unit_test(test_tls13_suites_and_groups),
      cmocka_unit_test(test_tls13_schemes),
      cmocka_unit_test(test_tls13_retry),
      cmocka_unit_test(test_tls13_upgrade),
      cmocka_unit_test(test_floors),
      cmocka_unit_test(test_compression),
  };
  return cmocka_run_group_tests(tests, NULL, teardown);
}
