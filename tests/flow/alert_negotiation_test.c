/*
 * Alerts of the negotiation (RFC 8446 §4.1; Q-TLS §1-4, §6): what the server
 * finds no common ground for, and what the client does not take as an answer.
 */
#include "support/alert_case.h"

/* ---- what two configurations do not have in common ---- */

#define OPTIONS(name, ...)                                                 \
  static void name(peer_options *o, const alert_case *row) {               \
    (void)row;                                                             \
    __VA_ARGS__                                                            \
  }

OPTIONS(no_kem, o->client.groups = "secp384r1:kyber1024"; o->server.groups = "secp384r1:kyber768";)
OPTIONS(no_kem_13f1, o->client.groups = "kyber1024"; o->server.groups = "kyber768";)
OPTIONS(no_classical_half, o->client.groups = "x25519:kyber1024"; o->server.groups = "secp384r1:kyber1024";
        o->client.versions = o->server.versions = "q-tls1.0";)
OPTIONS(no_signature, o->client.schemes = "dilithium5_ecdsa_hybrid"; o->client.versions = "q-tls1.0";)
OPTIONS(classical_server, o->identity = case_pki("p256"); o->server.schemes = "ecdsa_secp256r1_sha256:dilithium3";
        o->client.versions = "q-tls1.0";)
OPTIONS(qtls_client_tls13_server, o->client.versions = "q-tls1.0"; o->server.versions = "tls1.3";
        o->identity = case_pki("p256");)
OPTIONS(classical_client, o->client.groups = "x25519:secp384r1"; o->client.floor = QTLS_FLOOR_classical;)
OPTIONS(tls13_client_of_qtls_floor, o->client.versions = "tls1.3"; o->server.floor = QTLS_FLOOR_q_tls;
        o->identity = case_pki("hybrid-p384-mldsa65");)
OPTIONS(tls13_client_of_pq_auth, o->server.floor = QTLS_FLOOR_pq_auth;)
OPTIONS(pqc_alone_for_both, o->server.policy = QTLS_POLICY_require_both; o->server.suites = NULL;)
OPTIONS(client_wants_both, o->client.policy = QTLS_POLICY_require_both; o->client.suites = NULL;
        o->client.versions = "q-tls1.0"; o->identity = case_pki("mldsa65");)
OPTIONS(no_suite, o->client.suites = "aes256-gcm"; o->server.suites = "aes128-gcm";)
OPTIONS(no_group, o->client.groups = "x25519"; o->server.groups = "secp521r1";
        o->client.floor = o->server.floor = QTLS_FLOOR_classical;)
OPTIONS(no_pq_group, o->client.groups = "X25519MLKEM768"; o->server.groups = "MLKEM1024";)
OPTIONS(no_scheme, o->client.schemes = "ed25519";)
OPTIONS(no_scheme_classical, o->client.schemes = "ed25519"; o->client.floor = o->server.floor = QTLS_FLOOR_classical;)
OPTIONS(no_version, o->client.versions = "tls1.3"; o->server.versions = "q-tls1.0";
        o->identity = case_pki("hybrid-p384-mldsa65"); o->server.floor = QTLS_FLOOR_classical;)
OPTIONS(fallback, o->client.versions = "tls1.3"; o->client.scsv = true; o->client.floor = QTLS_FLOOR_classical;)
OPTIONS(floor_classical_server, o->server.floor = QTLS_FLOOR_classical; o->server.groups = "secp384r1:secp521r1";
        o->server.versions = "tls1.3"; o->identity = case_pki("p256");)
OPTIONS(floor_auth_client, o->client.floor = QTLS_FLOOR_pq_auth;)

static const alert_case common_rows[] = {
    {"no KEM in common", QTLS_ERR_PQC_NONE, .options = no_kem, .name = "pqc_negotiation_failure"},
    {"no KEM in common, 0x13F1", QTLS_ERR_PQC_NONE, false, CASE_QTLS_PQC, .options = no_kem_13f1,
     .name = "pqc_negotiation_failure"},
    {"no classical half in common", QTLS_ERR_PQC_NONE, .options = no_classical_half,
     .name = "pqc_negotiation_failure"},
    {"no ML-DSA scheme in common", QTLS_ERR_PQC_NONE, .options = no_signature, .name = "pqc_negotiation_failure"},
    {"a server without an ML-DSA key", QTLS_ERR_PQC_NONE, .options = classical_server,
     .name = "pqc_negotiation_failure"},
    {"0x13F1 under require_both of the server", QTLS_ERR_POLICY_NONE, false, CASE_QTLS_PQC,
     .options = pqc_alone_for_both},
    {"a classical client of a server with floor pq-kex", QTLS_ERR_FLOOR, false, CASE_TLS13,
     .options = classical_client},
    {"a TLS 1.3 client of a server with floor q-tls", QTLS_ERR_FLOOR, .options = tls13_client_of_qtls_floor},
    {"no ML-DSA for floor pq-auth", QTLS_ERR_FLOOR, false, CASE_TLS13, .options = tls13_client_of_pq_auth},
    {"no cipher suite in common", QTLS_ERR_SUITE_NONE, false, CASE_TLS13, .options = no_suite},
    {"no group in common", QTLS_ERR_GROUP_NONE, false, CASE_TLS13, .options = no_group},
    {"no ML-KEM group in common", QTLS_ERR_GROUP_NONE, false, CASE_TLS13, .options = no_pq_group},
    {"no signature scheme in common", QTLS_ERR_SCHEME_NONE, false, CASE_TLS13, .options = no_scheme},
    {"no signature scheme in common, floor classical", QTLS_ERR_SCHEME_NONE, false, CASE_TLS13,
     .options = no_scheme_classical},
    {"a fallback although both have Q-TLS", QTLS_ERR_FALLBACK, .options = fallback},
    {"the server asks for a group below the floor", QTLS_ERR_FLOOR, true, .options = floor_classical_server},
};

/* ---- edits of ClientHello ---- */

static const uint8_t versions_12[] = {2, 3, 3};
static const uint8_t versions_grease[] = {4, 0x1A, 0x1A, 3, 2};

static void old_versions(hello_edit *h, const alert_case *row) {
  edit_set(h, Q_EXT_SUPPORTED_VERSIONS, row->arg == 0 ? versions_12 : versions_grease, row->arg == 0 ? 3 : 5);
}

static void drop_ext(hello_edit *h, const alert_case *row) { edit_drop(h, (uint16_t)row->arg); }

static void no_extensions(hello_edit *h, const alert_case *row) {
  (void)row;
  h->count = 0;
}

static void compression(hello_edit *h, const alert_case *row) {
  h->compression[0] = (uint8_t)row->arg;
  h->compression[1] = 0;
  h->compression_n = (size_t)row->by;
}

/* 0xFF02 to a TLS 1.3 hello that shares nothing, and one that offers 0xFF02 alone. */
static void suites(hello_edit *h, const alert_case *row) {
  h->suites[0] = (uint8_t)(row->arg >> 8);
  h->suites[1] = (uint8_t)row->arg;
  h->suites_n = 2;
}

static void drop_pqc(hello_edit *h, const alert_case *row) {
  suites(h, row);
  edit_drop(h, Q_EXT_PQC_HYBRID_MODE);
}

static void odd_suites(hello_edit *h, const alert_case *row) {
  (void)row;
  h->suites_n--;
}

#define CH .from_client = true, .message = Q_MSG_CLIENT_HELLO
#define SH .message = Q_MSG_SERVER_HELLO

static const alert_case hello_rows[] = {
    {"TLS 1.2 alone", QTLS_ERR_VERSION_NONE, CH, .hello = old_versions, .arg = 0},
    {"versions nobody knows", QTLS_ERR_VERSION_NONE, false, CASE_TLS13, CH, .hello = old_versions, .arg = 1},
    {"no supported_versions", QTLS_ERR_VERSION_NONE, CH, .hello = drop_ext, .arg = Q_EXT_SUPPORTED_VERSIONS},
    {"no extension at all", QTLS_ERR_VERSION_NONE, CH, .hello = no_extensions},
    {"a compression method beside null", QTLS_ERR_COMPRESSION_METHOD, CH, .hello = compression, .arg = 1, .by = 2},
    {"another compression method", QTLS_ERR_COMPRESSION_METHOD, CH, .hello = compression, .arg = 1, .by = 1},
    {"no compression method", QTLS_ERR_DECODE, CH, .hello = compression, .by = 0},
    {"a suite and a half", QTLS_ERR_DECODE, CH, .hello = odd_suites},
    {"a suite nobody knows, with 0xFF02", QTLS_ERR_PQC_NONE, CH, .hello = suites, .arg = 0x1305,
     .name = "pqc_negotiation_failure"},
    {"a suite nobody knows", QTLS_ERR_SUITE_NONE, CH, .hello = drop_pqc, .arg = 0x1305},
};

/* ---- edits of ServerHello ---- */

static void set_version(hello_edit *h, const alert_case *row) {
  uint8_t v[2] = {(uint8_t)(row->arg >> 8), (uint8_t)row->arg};
  edit_set(h, Q_EXT_SUPPORTED_VERSIONS, v, 2);
}

static void set_legacy(hello_edit *h, const alert_case *row) { h->version = (uint16_t)row->arg; }

/* A server of TLS 1.2 or below; with `by`, one that knows better. */
static void old_server(hello_edit *h, const alert_case *row) {
  static const uint8_t sentinel[] = {'D', 'O', 'W', 'N', 'G', 'R', 'D'};
  edit_drop(h, Q_EXT_SUPPORTED_VERSIONS);
  edit_drop(h, Q_EXT_KEY_SHARE);
  h->version = (uint16_t)row->arg;
  if (row->by >= 0) {
    memcpy(h->random + 24, sentinel, sizeof sentinel);
    h->random[31] = (uint8_t)row->by;
  }
}

static void session_id(hello_edit *h, const alert_case *row) {
  if (row->arg == 0) {
    h->session_id[5] ^= 1;
  } else {
    h->session_id_n = (size_t)row->by;
  }
}

static void server_compression(hello_edit *h, const alert_case *row) { h->compression[0] = (uint8_t)row->arg; }

OPTIONS(hybrid_only, o->client.suites = "qtls-hybrid:aes256-gcm";)
OPTIONS(no_session_id, o->client.no_middlebox = true;)

OPTIONS(pqc_or_tls13, o->client.suites = "qtls-pqc:aes256-gcm";)

static void other_group(hello_edit *h, const alert_case *row) {
  edit_extension *e = edit_get(h, Q_EXT_KEY_SHARE);
  e->body[row->by] = (uint8_t)(row->arg >> 8);
  e->body[row->by + 1] = (uint8_t)row->arg;
}

static void both_wrong(hello_edit *h, const alert_case *row) {
  suites(h, row);
  set_version(h, &(alert_case){.arg = 0x0304});
}

static const alert_case answer_rows[] = {
    {"version 0x0303 selected", QTLS_ERR_VERSION_SELECTED, true, SH, .hello = set_version, .arg = 0x0303},
    {"version 0x0306 selected", QTLS_ERR_VERSION_SELECTED, true, SH, .hello = set_version, .arg = 0x0306},
    {"0x0305 to a client without it", QTLS_ERR_VERSION_SELECTED, true, CASE_TLS13, SH, .hello = set_version,
     .arg = 0x0305},
    {"0x0304 with 0x13F2", QTLS_ERR_VERSION_SUITE, true, SH, .hello = set_version, .arg = 0x0304},
    {"0x0305 with 0x1302", QTLS_ERR_VERSION_SUITE, true, SH, .hello = suites, .arg = 0x1302},
    {"0x0304 with 0x13F2 in HelloRetryRequest", QTLS_ERR_VERSION_SUITE, true, CASE_QTLS_RETRY, SH,
     .hello = set_version, .arg = 0x0304},
    {"a suite that was not offered", QTLS_ERR_SUITE_SELECTED, true, .options = hybrid_only, SH, .hello = suites,
     .arg = 0x13F1},
    {"a suite nobody knows", QTLS_ERR_SUITE_SELECTED, true, SH, .hello = suites, .arg = 0xC02C},
    {"legacy_version 0x0304", QTLS_ERR_VERSION_LEGACY, true, SH, .hello = set_legacy, .arg = 0x0304},
    {"legacy_version 0x0301", QTLS_ERR_VERSION_LEGACY, true, CASE_TLS13, SH, .hello = set_legacy, .arg = 0x0301},
    {"the session id changed", QTLS_ERR_SESSION_ID_ECHO, true, SH, .hello = session_id, .arg = 0},
    {"the session id dropped", QTLS_ERR_SESSION_ID_ECHO, true, SH, .hello = session_id, .arg = 1, .by = 0},
    {"the session id cut", QTLS_ERR_SESSION_ID_ECHO, true, SH, .hello = session_id, .arg = 1, .by = 31},
    {"a session id from nowhere", QTLS_ERR_SESSION_ID_ECHO, true, .options = no_session_id, SH, .hello = session_id,
     .arg = 1, .by = 32},
    {"a session id of 33 bytes", QTLS_ERR_DECODE, true, SH, .hello = session_id, .arg = 1, .by = 33},
    {"a compression method", QTLS_ERR_COMPRESSION_METHOD, true, SH, .hello = server_compression, .arg = 1},
    {"a server of TLS 1.2", QTLS_ERR_VERSION_NONE, true, SH, .hello = old_server, .arg = 0x0303, .by = -1},
    {"a downgrade to TLS 1.2", QTLS_ERR_DOWNGRADE, true, SH, .hello = old_server, .arg = 0x0303, .by = 1},
    {"a downgrade below TLS 1.2", QTLS_ERR_DOWNGRADE, true, SH, .hello = old_server, .arg = 0x0303, .by = 0},
    {"a downgrade, client of TLS 1.3", QTLS_ERR_DOWNGRADE, true, CASE_TLS13, SH, .hello = old_server, .arg = 0x0303,
     .by = 1},
};

/* A suite of TLS 1.3 with 0x0304, but the groups of Q-TLS: RFC 8446 §4.2.8. */
static const alert_case group_rows[] = {
    {"a kyber group in TLS 1.3", QTLS_ERR_GROUP_PROTOCOL, true, CASE_QTLS_PQC, SH, .options = pqc_or_tls13,
     .hello = both_wrong, .arg = 0x1302},
    {"two entries in TLS 1.3", QTLS_ERR_TRAILING, true, SH, .hello = both_wrong, .arg = 0x1302},
    {"a group of TLS 1.3 in Q-TLS", QTLS_ERR_GROUP_PROTOCOL, true, SH, .hello = other_group,
     .arg = Q_GROUP_X25519MLKEM768},
    {"the same with 0x13F1", QTLS_ERR_GROUP_PROTOCOL, true, CASE_QTLS_PQC, SH, .hello = other_group,
     .arg = Q_GROUP_MLKEM1024},
    {"a group without a share", QTLS_ERR_GROUP_SELECTED, true, SH, .hello = other_group, .arg = Q_GROUP_KYBER768},
    {"a group that was not offered", QTLS_ERR_GROUP_SELECTED, true, SH, .hello = other_group,
     .arg = Q_GROUP_KYBER512},
    {"a group nobody knows", QTLS_ERR_GROUP_SELECTED, true, SH, .hello = other_group, .arg = 0x0105},
    {"a group of TLS 1.3 without a share", QTLS_ERR_GROUP_SELECTED, true, CASE_TLS13, SH, .hello = other_group,
     .arg = Q_GROUP_MLKEM768},
    {"x25519 below the floor of the client", QTLS_ERR_GROUP_SELECTED, true, CASE_TLS13, SH, .hello = other_group,
     .arg = Q_GROUP_X25519},
    {"a classical group for the ML-KEM one", QTLS_ERR_SHARE_ORDER, true, CASE_QTLS_PQC, SH, .hello = other_group,
     .arg = Q_GROUP_SECP384R1},
    {"two ML-KEM groups", QTLS_ERR_SHARE_ORDER, true, SH, .hello = other_group, .arg = Q_GROUP_KYBER768,
     .by = 4 + 1568},
};

OPTIONS(policy_of_server, o->identity = case_pki("hybrid-p384-mldsa65"); o->client.suites = "qtls-pqc:qtls-hybrid";
        o->client.policy = o->server.policy = QTLS_POLICY_require_pqc; o->server.suites = "qtls-pqc";)

static void strict_policy(hello_edit *h, const alert_case *row) {
  static const uint8_t both[] = {QTLS_POLICY_require_both, 255};
  (void)row;
  edit_set(h, Q_EXT_PQC_HYBRID_MODE, both, sizeof both);
}

static const alert_case policy_rows[] = {
    {"0x13F1 and a server that demands both", QTLS_ERR_POLICY_NONE, true, .options = policy_of_server,
     .message = Q_MSG_ENCRYPTED_EXTENSIONS, .hello = strict_policy},
    {"require_both of the client, a server with ML-DSA alone", QTLS_ERR_PQC_NONE, false, CASE_QTLS_PQC,
     .options = client_wants_both, .name = "pqc_negotiation_failure"},
    {"a Q-TLS client of a TLS 1.3 server", QTLS_ERR_VERSION_NONE, .options = qtls_client_tls13_server},
    {"a TLS 1.3 client of a Q-TLS server", QTLS_ERR_SUITE_NONE, false, CASE_TLS13, .options = no_version},
    {"floor pq-auth of the client, a classical server", QTLS_ERR_SCHEME_NONE, false, CASE_TLS13,
     .options = floor_auth_client},
};

static void test_nothing_in_common(void **state) {
  (void)state;
  case_run(common_rows, Q_COUNT(common_rows));
}

static void test_client_hello(void **state) {
  (void)state;
  case_run(hello_rows, Q_COUNT(hello_rows));
}

static void test_server_hello(void **state) {
  (void)state;
  case_run(answer_rows, Q_COUNT(answer_rows));
  case_run(group_rows, Q_COUNT(group_rows));
}

static void test_policy(void **state) {
  (void)state;
  case_run(policy_rows, Q_COUNT(policy_rows));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_nothing_in_common),
      cmocka_unit_test(test_client_hello),
      cmocka_unit_test(test_server_hello),
      cmocka_unit_test(test_policy),
  };
  return cmocka_run_group_tests(tests, NULL, case_teardown);
}
