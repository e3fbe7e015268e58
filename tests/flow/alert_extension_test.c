/*
 * Alerts for extensions (RFC 8446 §4.2, Q-TLS §5, §6): repeated, too many, in a
 * message where they may not stand, answering nothing, missing, malformed.
 */
#include "support/alert_case.h"

static const uint8_t nothing[1];

/* ---- edits; `arg` is the extension ---- */

static void drop(hello_edit *h, const alert_case *row) { edit_drop(h, (uint16_t)row->arg); }

static void twice(hello_edit *h, const alert_case *row) {
  const edit_extension *e = edit_get(h, (uint16_t)row->arg);
  edit_add(h, e->type, e->body, e->n);
}

/* An extension with an empty body, added. */
static void add(hello_edit *h, const alert_case *row) { edit_add(h, (uint16_t)row->arg, nothing, 0); }

static void add_many(hello_edit *h, const alert_case *row) {
  for (uint16_t i = 0; h->count < 65; i++) {
    edit_add(h, (uint16_t)(row->arg + i), nothing, 0);
  }
}

/* A body shorter or longer by `by`. */
static void resize(hello_edit *h, const alert_case *row) {
  edit_extension *e = edit_get(h, (uint16_t)row->arg);
  e->body[e->n] = 0;
  e->n = (size_t)((int)e->n + row->by);
}

static void make_empty(hello_edit *h, const alert_case *row) { edit_set(h, (uint16_t)row->arg, nothing, 0); }

/* ---- bodies ---- */

static const uint8_t psk[] = {0, 7, 0, 1, 'i', 0, 0, 0, 0, 0, 33, 32, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                              1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
static const uint8_t psk_modes[] = {1, 1};
static const uint8_t name_address[] = {0, 12, 0, 0, 9, '1', '2', '7', '.', '0', '.', '0', '.', '1'};
static const uint8_t name_empty[] = {0, 3, 0, 0, 0};
static const uint8_t name_two[] = {0, 8, 0, 0, 1, 'a', 0, 0, 1, 'b'};
static const uint8_t name_type[] = {0, 4, 1, 0, 1, 'a'};
static const uint8_t name_blank[] = {0, 6, 0, 0, 3, 'a', ' ', 'b'};
static const uint8_t policy_0[] = {0, 255};
static const uint8_t policy_4[] = {4, 255};
static const uint8_t limit_63[] = {0, 63};
static const uint8_t limit_16386[] = {0x40, 0x02};
static const uint8_t alpn_other[] = {0, 6, 5, 's', 'p', 'd', 'y', '3'};
static const uint8_t alpn_two[] = {0, 6, 2, 'h', '2', 2, 'h', '3'};
static const uint8_t authorities[] = {0, 3, 0, 5, 1};
static const uint8_t hsm_flag[] = {2, 0, 0, 0, 1};
static const uint8_t cache_flag[] = {0, 0, 0, 0, 2, 0};

static const struct {
  uint16_t type;
  const uint8_t *p;
  size_t n;
} bodies[] = {
    {Q_EXT_SERVER_NAME, name_address, sizeof name_address},
    {Q_EXT_SERVER_NAME, name_empty, sizeof name_empty},
    {Q_EXT_SERVER_NAME, name_two, sizeof name_two},
    {Q_EXT_SERVER_NAME, name_type, sizeof name_type},
    {Q_EXT_SERVER_NAME, name_blank, sizeof name_blank},
    {Q_EXT_PQC_HYBRID_MODE, policy_0, sizeof policy_0},
    {Q_EXT_PQC_HYBRID_MODE, policy_4, sizeof policy_4},
    {Q_EXT_RECORD_SIZE_LIMIT, limit_63, sizeof limit_63},
    {Q_EXT_RECORD_SIZE_LIMIT, limit_16386, sizeof limit_16386},
    {Q_EXT_ALPN, alpn_other, sizeof alpn_other},
    {Q_EXT_ALPN, alpn_two, sizeof alpn_two},
    {Q_EXT_CERT_AUTHORITIES, authorities, sizeof authorities},
    {Q_EXT_HSM_CAPABILITIES, hsm_flag, sizeof hsm_flag},
    {Q_EXT_SESSION_CACHE_INFO, cache_flag, sizeof cache_flag},
};
enum {
  NAME_ADDRESS, NAME_EMPTY, NAME_TWO, NAME_TYPE, NAME_BLANK, POLICY_0, POLICY_4, LIMIT_63, LIMIT_16386, ALPN_OTHER,
  ALPN_TWO, AUTHORITIES, HSM_FLAG, CACHE_FLAG
};

static void set_body(hello_edit *h, const alert_case *row) {
  uint16_t type = bodies[row->arg].type;
  if (edit_find(h, type) == NULL) {
    edit_add(h, type, bodies[row->arg].p, bodies[row->arg].n);
  } else {
    edit_set(h, type, bodies[row->arg].p, bodies[row->arg].n);
  }
}

static void add_psk(hello_edit *h, const alert_case *row) {
  if (row->arg != 1) {
    edit_add(h, Q_EXT_PSK_MODES, psk_modes, sizeof psk_modes);
  }
  edit_add(h, Q_EXT_PRE_SHARED_KEY, psk, sizeof psk - (row->arg == 2));
  if (row->arg == 0) {
    edit_add(h, 0x1234, nothing, 0);
  }
}

/* ---- options ---- */

static void with_alpn(peer_options *o, const alert_case *row) {
  (void)row;
  o->client.alpn = "h2,http/1.1";
  o->server.alpn = "h2";
}

static void with_other_alpn(peer_options *o, const alert_case *row) {
  (void)row;
  o->client.alpn = "h2,http/1.1";
  o->server.alpn = "spdy3";
}

static void with_everything(peer_options *o, const alert_case *row) {
  (void)row;
  o->client.alpn = o->server.alpn = "h2";
  o->client.record_size_limit = o->server.record_size_limit = 4096;
  o->client.compression = "zlib:brotli:zstd";
  o->server.hsm = true;
}

static void qtls_alone(peer_options *o, const alert_case *row) {
  (void)row;
  o->client.versions = "q-tls1.0";
}

#define CH .from_client = true, .message = Q_MSG_CLIENT_HELLO
#define SH .message = Q_MSG_SERVER_HELLO
#define EE .message = Q_MSG_ENCRYPTED_EXTENSIONS

static const alert_case set_rows[] = {
    {"key_share twice", QTLS_ERR_EXT_DUPLICATE, CH, .hello = twice, .arg = Q_EXT_KEY_SHARE},
    {"0xFF11 twice", QTLS_ERR_EXT_DUPLICATE, CH, .hello = twice, .arg = Q_EXT_PQC_ALGORITHMS},
    {"0xFF02 twice", QTLS_ERR_EXT_DUPLICATE, CH, .hello = twice, .arg = Q_EXT_PQC_HYBRID_MODE},
    {"supported_versions twice in ServerHello", QTLS_ERR_EXT_DUPLICATE, true, SH, .hello = twice,
     .arg = Q_EXT_SUPPORTED_VERSIONS},
    {"0xFF02 twice in EncryptedExtensions", QTLS_ERR_EXT_DUPLICATE, true, EE, .hello = twice,
     .arg = Q_EXT_PQC_HYBRID_MODE},
    {"65 extensions in ClientHello", QTLS_ERR_EXT_MANY, CH, .hello = add_many, .arg = 0x4000},
    {"65 extensions in ServerHello", QTLS_ERR_EXT_MANY, true, SH, .hello = add_many, .arg = 0x4000},
    {"65 extensions in EncryptedExtensions", QTLS_ERR_EXT_MANY, true, EE, .hello = add_many, .arg = 0x4000},
    {"an unknown extension in ServerHello", QTLS_ERR_EXT_NOT_OFFERED, true, SH, .hello = add, .arg = 0x1234},
    {"an unknown extension in EncryptedExtensions", QTLS_ERR_EXT_NOT_OFFERED, true, EE, .hello = add, .arg = 0x1234},
    {"an unknown extension in HelloRetryRequest", QTLS_ERR_EXT_NOT_OFFERED, true, CASE_QTLS_RETRY, SH, .hello = add,
     .arg = 0x1234},
    {"ALPN that was not offered", QTLS_ERR_EXT_NOT_OFFERED, true, EE, .hello = add, .arg = Q_EXT_ALPN},
    {"record_size_limit that was not offered", QTLS_ERR_EXT_NOT_OFFERED, true, EE, .hello = add,
     .arg = Q_EXT_RECORD_SIZE_LIMIT},
    {"0xFF03 in TLS 1.3", QTLS_ERR_EXT_NOT_OFFERED, true, CASE_TLS13, EE, .hello = add, .arg = Q_EXT_HSM_CAPABILITIES},
    {"0xFF02 in TLS 1.3", QTLS_ERR_EXT_NOT_OFFERED, true, CASE_TLS13, EE, .hello = add, .arg = Q_EXT_PQC_HYBRID_MODE},
    {"early_data that was not offered", QTLS_ERR_EXT_NOT_OFFERED, true, EE, .hello = add, .arg = Q_EXT_EARLY_DATA},
    {"GREASE sent back", QTLS_ERR_EXT_NOT_OFFERED, true, EE, .hello = add, .arg = 0x2A2A},
    {"key_share in EncryptedExtensions", QTLS_ERR_EXT_MISPLACED, true, EE, .hello = add, .arg = Q_EXT_KEY_SHARE},
    {"supported_versions in EncryptedExtensions", QTLS_ERR_EXT_MISPLACED, true, EE, .hello = add,
     .arg = Q_EXT_SUPPORTED_VERSIONS},
    {"signature_algorithms in EncryptedExtensions", QTLS_ERR_EXT_MISPLACED, true, EE, .hello = add,
     .arg = Q_EXT_SIGNATURE_ALGORITHMS},
    {"0xFF05 in EncryptedExtensions", QTLS_ERR_EXT_MISPLACED, true, EE, .hello = add, .arg = Q_EXT_CERT_COMPRESSION},
    {"server_name in ServerHello", QTLS_ERR_EXT_MISPLACED, true, SH, .hello = add, .arg = Q_EXT_SERVER_NAME},
    {"0xFF11 in ServerHello", QTLS_ERR_EXT_MISPLACED, true, SH, .hello = add, .arg = Q_EXT_PQC_ALGORITHMS},
    {"cookie in ServerHello", QTLS_ERR_EXT_MISPLACED, true, SH, .hello = add, .arg = Q_EXT_COOKIE},
    {"ALPN in HelloRetryRequest", QTLS_ERR_EXT_MISPLACED, true, CASE_TLS13_RETRY, SH, .hello = add, .arg = Q_EXT_ALPN},
    {"0xFF03 in ClientHello", QTLS_ERR_EXT_MISPLACED, CH, .hello = add, .arg = Q_EXT_HSM_CAPABILITIES},
    {"0xFF04 in ClientHello", QTLS_ERR_EXT_MISPLACED, CH, .hello = add, .arg = Q_EXT_SESSION_CACHE_INFO},
    {"signature_algorithms missing", QTLS_ERR_EXT_MISSING, CH, .hello = drop, .arg = Q_EXT_SIGNATURE_ALGORITHMS},
    {"supported_groups missing", QTLS_ERR_EXT_MISSING, CH, .hello = drop, .arg = Q_EXT_SUPPORTED_GROUPS},
    {"key_share missing", QTLS_ERR_EXT_MISSING, CH, .hello = drop, .arg = Q_EXT_KEY_SHARE},
    {"signature_algorithms missing, Q-TLS alone", QTLS_ERR_EXT_MISSING, CH, .options = qtls_alone, .hello = drop,
     .arg = Q_EXT_SIGNATURE_ALGORITHMS},
    {"signature_algorithms missing, TLS 1.3", QTLS_ERR_EXT_MISSING, false, CASE_TLS13, CH, .hello = drop,
     .arg = Q_EXT_SIGNATURE_ALGORITHMS},
    {"supported_groups missing, TLS 1.3", QTLS_ERR_EXT_MISSING, false, CASE_TLS13, CH, .hello = drop,
     .arg = Q_EXT_SUPPORTED_GROUPS},
    {"key_share missing, TLS 1.3", QTLS_ERR_EXT_MISSING, false, CASE_TLS13, CH, .hello = drop, .arg = Q_EXT_KEY_SHARE},
    {"key_share missing in ServerHello", QTLS_ERR_EXT_MISSING, true, SH, .hello = drop, .arg = Q_EXT_KEY_SHARE},
    {"key_share missing in ServerHello, TLS 1.3", QTLS_ERR_EXT_MISSING, true, CASE_TLS13, SH, .hello = drop,
     .arg = Q_EXT_KEY_SHARE},
    {"pre_shared_key not last", QTLS_ERR_EXT_PSK_NOT_LAST, CH, .hello = add_psk, .arg = 0},
    {"pre_shared_key without modes", QTLS_ERR_EXT_PSK_MODES, CH, .hello = add_psk, .arg = 1},
    {"pre_shared_key malformed", QTLS_ERR_DECODE, CH, .hello = add_psk, .arg = 2},
    {"pre_shared_key selected", QTLS_ERR_PSK_SELECTED, true, SH, .hello = add, .arg = Q_EXT_PRE_SHARED_KEY},
    {"pre_shared_key selected, TLS 1.3", QTLS_ERR_PSK_SELECTED, true, CASE_TLS13, SH, .hello = add,
     .arg = Q_EXT_PRE_SHARED_KEY},
};

static const alert_case value_rows[] = {
    {"server_name with an address", QTLS_ERR_SERVER_NAME_BAD, CH, .hello = set_body, .arg = NAME_ADDRESS},
    {"server_name empty", QTLS_ERR_SERVER_NAME_BAD, CH, .hello = set_body, .arg = NAME_EMPTY},
    {"two server names", QTLS_ERR_SERVER_NAME_BAD, CH, .hello = set_body, .arg = NAME_TWO},
    {"server_name of type 1", QTLS_ERR_SERVER_NAME_BAD, CH, .hello = set_body, .arg = NAME_TYPE},
    {"server_name with a blank", QTLS_ERR_SERVER_NAME_BAD, CH, .hello = set_body, .arg = NAME_BLANK},
    {"policy 0", QTLS_ERR_POLICY_VALUE, CH, .hello = set_body, .arg = POLICY_0},
    {"policy 4", QTLS_ERR_POLICY_VALUE, CH, .hello = set_body, .arg = POLICY_4},
    {"policy 4 of the server", QTLS_ERR_POLICY_VALUE, true, EE, .hello = set_body, .arg = POLICY_4},
    {"record_size_limit 63", QTLS_ERR_RECORD_SIZE_LIMIT_VALUE, CH, .hello = set_body, .arg = LIMIT_63},
    {"record_size_limit 63 of the server", QTLS_ERR_RECORD_SIZE_LIMIT_VALUE, true, EE, .options = with_everything,
     .hello = set_body, .arg = LIMIT_63},
    {"record_size_limit above the maximum", QTLS_ERR_RECORD_SIZE_LIMIT_VALUE, true, EE, .options = with_everything,
     .hello = set_body, .arg = LIMIT_16386},
    {"ALPN answers another name", QTLS_ERR_ALPN_VALUE, true, EE, .options = with_alpn, .hello = set_body,
     .arg = ALPN_OTHER},
    {"ALPN answers two names", QTLS_ERR_DECODE, true, EE, .options = with_alpn, .hello = set_body, .arg = ALPN_TWO},
    {"no ALPN in common", QTLS_ERR_ALPN_NONE, .options = with_other_alpn},
    {"no ALPN in common, TLS 1.3", QTLS_ERR_ALPN_NONE, false, CASE_TLS13, .options = with_other_alpn},
    {"certificate_authorities cut short", QTLS_ERR_CERT_AUTHORITIES, CH, .hello = set_body, .arg = AUTHORITIES},
    {"hsm_capabilities with a flag of 2", QTLS_ERR_DECODE, true, EE, .hello = set_body, .arg = HSM_FLAG},
    {"session_cache_info with a flag of 2", QTLS_ERR_DECODE, true, EE, .hello = set_body, .arg = CACHE_FLAG},
};

/* Each extension with a body that ends early, or goes on. */
#define CUT(type, client, msg) \
  {#type " cut short", QTLS_ERR_DECODE, client, msg, .options = with_everything, .hello = resize, .arg = type, .by = -1}
#define MORE(type, client, msg) \
  {#type " goes on", QTLS_ERR_TRAILING, client, msg, .options = with_everything, .hello = resize, .arg = type, .by = 1}
#define NONE(type, client, msg) \
  {#type " empty", QTLS_ERR_DECODE, client, msg, .options = with_everything, .hello = make_empty, .arg = type}

static const alert_case body_rows[] = {
    CUT(Q_EXT_SERVER_NAME, false, CH), MORE(Q_EXT_SERVER_NAME, false, CH), NONE(Q_EXT_SERVER_NAME, false, CH),
    CUT(Q_EXT_SUPPORTED_GROUPS, false, CH), MORE(Q_EXT_SUPPORTED_GROUPS, false, CH),
    NONE(Q_EXT_SUPPORTED_GROUPS, false, CH), CUT(Q_EXT_SIGNATURE_ALGORITHMS, false, CH),
    MORE(Q_EXT_SIGNATURE_ALGORITHMS, false, CH), NONE(Q_EXT_SIGNATURE_ALGORITHMS, false, CH),
    CUT(Q_EXT_SUPPORTED_VERSIONS, false, CH), MORE(Q_EXT_SUPPORTED_VERSIONS, false, CH),
    NONE(Q_EXT_SUPPORTED_VERSIONS, false, CH), CUT(Q_EXT_KEY_SHARE, false, CH), MORE(Q_EXT_KEY_SHARE, false, CH),
    NONE(Q_EXT_KEY_SHARE, false, CH), CUT(Q_EXT_ALPN, false, CH), MORE(Q_EXT_ALPN, false, CH),
    NONE(Q_EXT_ALPN, false, CH), CUT(Q_EXT_RECORD_SIZE_LIMIT, false, CH), MORE(Q_EXT_RECORD_SIZE_LIMIT, false, CH),
    CUT(Q_EXT_COMPRESS_CERTIFICATE, false, CH), MORE(Q_EXT_COMPRESS_CERTIFICATE, false, CH),
    CUT(Q_EXT_CERT_COMPRESSION, false, CH), MORE(Q_EXT_CERT_COMPRESSION, false, CH),
    NONE(Q_EXT_CERT_COMPRESSION, false, CH), CUT(Q_EXT_PQC_ALGORITHMS, false, CH),
    MORE(Q_EXT_PQC_ALGORITHMS, false, CH), NONE(Q_EXT_PQC_ALGORITHMS, false, CH),
    CUT(Q_EXT_PQC_HYBRID_MODE, false, CH), MORE(Q_EXT_PQC_HYBRID_MODE, false, CH),
    NONE(Q_EXT_PQC_HYBRID_MODE, false, CH),
    CUT(Q_EXT_SUPPORTED_VERSIONS, true, SH), MORE(Q_EXT_SUPPORTED_VERSIONS, true, SH),
    CUT(Q_EXT_KEY_SHARE, true, SH), MORE(Q_EXT_KEY_SHARE, true, SH), NONE(Q_EXT_KEY_SHARE, true, SH),
    MORE(Q_EXT_SERVER_NAME, true, EE), CUT(Q_EXT_ALPN, true, EE), MORE(Q_EXT_ALPN, true, EE),
    CUT(Q_EXT_RECORD_SIZE_LIMIT, true, EE), MORE(Q_EXT_RECORD_SIZE_LIMIT, true, EE),
    CUT(Q_EXT_PQC_ALGORITHMS, true, EE), MORE(Q_EXT_PQC_ALGORITHMS, true, EE),
    CUT(Q_EXT_PQC_HYBRID_MODE, true, EE), MORE(Q_EXT_PQC_HYBRID_MODE, true, EE),
    CUT(Q_EXT_HSM_CAPABILITIES, true, EE), MORE(Q_EXT_HSM_CAPABILITIES, true, EE),
    CUT(Q_EXT_SESSION_CACHE_INFO, true, EE), MORE(Q_EXT_SESSION_CACHE_INFO, true, EE),
};

/* Extensions of ours that are only read: added with an empty or a full body. */
static const alert_case declined_rows[] = {
    {"psk_key_exchange_modes empty", QTLS_ERR_DECODE, CH, .hello = add, .arg = Q_EXT_PSK_MODES},
    {"status_request empty", QTLS_ERR_DECODE, CH, .hello = make_empty, .arg = Q_EXT_STATUS_REQUEST},
    {"signature_algorithms_cert empty", QTLS_ERR_DECODE, CH, .hello = add, .arg = Q_EXT_SIGNATURE_ALGORITHMS_CERT},
    {"cookie empty", QTLS_ERR_DECODE, CH, .hello = add, .arg = Q_EXT_COOKIE},
    {"pre_shared_key empty", QTLS_ERR_DECODE, CH, .hello = add, .arg = Q_EXT_PRE_SHARED_KEY},
};

static void test_sets(void **state) {
  (void)state;
  case_run(set_rows, Q_COUNT(set_rows));
}

static void test_values(void **state) {
  (void)state;
  case_run(value_rows, Q_COUNT(value_rows));
}

static void test_bodies(void **state) {
  (void)state;
  case_run(body_rows, Q_COUNT(body_rows));
  case_run(declined_rows, Q_COUNT(declined_rows));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_sets),
      cmocka_unit_test(test_values),
      cmocka_unit_test(test_bodies),
  };
  return cmocka_run_group_tests(tests, NULL, case_teardown);
}
