/*
 * Alerts around HelloRetryRequest (RFC 8446 §4.1.2, §4.1.4, §4.2.2; Q-TLS §3):
 * what a client does not take, what a server does not take in a second hello,
 * and the cookie.
 */
#include <stdlib.h>
#include <string.h>

#include "support/alert_case.h"

#define RETRY .message = Q_MSG_SERVER_HELLO, .nth = 0
#define FINAL .message = Q_MSG_SERVER_HELLO, .nth = 1
#define SECOND .from_client = true, .message = Q_MSG_CLIENT_HELLO, .nth = 1

/* ---- HelloRetryRequest, as the client gets it ---- */

/* The body of its key_share: one group, or two when `by` is not 0. */
static void ask(hello_edit *h, const alert_case *row) {
  uint8_t body[4] = {(uint8_t)(row->arg >> 8), (uint8_t)row->arg, (uint8_t)(row->by >> 8), (uint8_t)row->by};
  edit_set(h, Q_EXT_KEY_SHARE, body, row->by == 0 ? 2 : 4);
}

static void ask_bytes(hello_edit *h, const alert_case *row) {
  static const uint8_t body[8] = {1, 1, 0, 0x1D, 0, 0x17, 0, 0};
  edit_set(h, Q_EXT_KEY_SHARE, body, (size_t)row->by);
}

static void pointless(hello_edit *h, const alert_case *row) {
  (void)row;
  edit_drop(h, Q_EXT_KEY_SHARE);
}

static void set_suite(hello_edit *h, const alert_case *row) {
  h->suites[0] = (uint8_t)(row->arg >> 8);
  h->suites[1] = (uint8_t)row->arg;
}

/* ServerHello becomes the HelloRetryRequest that came before. */
static void remember(peer *p, peer_message *msg) {
  p->kept = peer_memory(msg->n);
  p->kept_n = msg->n;
  memcpy(p->kept, msg->p, msg->n);
}

static void edit_repeat(peer *p, bool from_client, uint8_t type, size_t nth, peer_message *msg) {
  if (from_client || type != Q_MSG_SERVER_HELLO) {
    return;
  }
  if (nth == 0) {
    remember(p, msg);
  } else {
    memcpy(msg->p, p->kept, p->kept_n);
    msg->n = p->kept_n;
  }
}

static void ask_twice(peer *p, const alert_case *row) {
  (void)row;
  p->edit = edit_repeat;
}

static void allow_tls13(peer_options *o, const alert_case *row) {
  (void)row;
  o->server.suites = "qtls-hybrid:aes256-gcm";
}

static void floor_pq(peer_options *o, const alert_case *row) {
  (void)row;
  o->client.floor = QTLS_FLOOR_pq_kex;
  o->client.groups = "X25519MLKEM768:x25519:secp384r1:kyber1024";
  o->client.versions = NULL;
}

/* A cookie of `by` bytes, which no hello of this client can repeat with the rest. */
static void long_cookie(peer *p, peer_message *msg, const alert_case *row) {
  const size_t n = (size_t)row->by;
  uint8_t *list = msg->p + 4 + 2 + 32 + 1 + msg->p[38] + 2 + 1;
  const size_t length = ((size_t)list[0] << 8 | list[1]) + 6 + n;
  const uint8_t head[6] = {0, Q_EXT_COOKIE, (uint8_t)((n + 2) >> 8), (uint8_t)(n + 2), (uint8_t)(n >> 8), (uint8_t)n};
  (void)p;
  memcpy(msg->p + msg->n, head, sizeof head);
  memset(msg->p + msg->n + sizeof head, 7, n);
  msg->n += sizeof head + n;
  list[0] = (uint8_t)(length >> 8);
  list[1] = (uint8_t)length;
  msg->p[1] = 0;
  msg->p[2] = (uint8_t)((msg->n - 4) >> 8);
  msg->p[3] = (uint8_t)(msg->n - 4);
}

static const alert_case client_rows[] = {
    {"a cookie of 32,769 bytes", QTLS_ERR_COOKIE, true, CASE_QTLS_RETRY, RETRY, .raw = long_cookie, .by = 32769},
    {"a cookie of 65,000 bytes, TLS 1.3", QTLS_ERR_COOKIE, true, CASE_TLS13_RETRY, RETRY, .raw = long_cookie,
     .by = 65000},
    {"a second HelloRetryRequest", QTLS_ERR_HRR_SECOND, true, CASE_QTLS_RETRY, .before = ask_twice},
    {"a second HelloRetryRequest, TLS 1.3", QTLS_ERR_HRR_SECOND, true, CASE_TLS13_RETRY, .before = ask_twice},
    {"neither group nor cookie", QTLS_ERR_HRR_POINTLESS, true, CASE_QTLS_RETRY, RETRY, .hello = pointless},
    {"neither group nor cookie, TLS 1.3", QTLS_ERR_HRR_POINTLESS, true, CASE_TLS13_RETRY, RETRY, .hello = pointless},
    {"a group not offered", QTLS_ERR_HRR_GROUP, true, CASE_QTLS_RETRY, RETRY, .hello = ask, .arg = Q_GROUP_KYBER512,
     .by = Q_GROUP_X25519},
    {"a classical group not offered", QTLS_ERR_HRR_GROUP, true, CASE_QTLS_RETRY, RETRY, .hello = ask,
     .arg = Q_GROUP_KYBER768, .by = 0x001E},
    {"a group not offered, TLS 1.3", QTLS_ERR_HRR_GROUP, true, CASE_TLS13_RETRY, RETRY, .hello = ask,
     .arg = Q_GROUP_MLKEM512},
    {"classical before ML-KEM", QTLS_ERR_HRR_GROUP, true, CASE_QTLS_RETRY, RETRY, .hello = ask, .arg = Q_GROUP_X25519,
     .by = Q_GROUP_KYBER768},
    {"two ML-KEM groups", QTLS_ERR_HRR_GROUP, true, CASE_QTLS_RETRY, RETRY, .hello = ask, .arg = Q_GROUP_KYBER768,
     .by = Q_GROUP_KYBER1024},
    {"a pair that was sent already", QTLS_ERR_HRR_GROUP, true, CASE_QTLS_RETRY, RETRY, .hello = ask,
     .arg = Q_GROUP_KYBER1024, .by = Q_GROUP_SECP384R1},
    {"a group that was sent already, TLS 1.3", QTLS_ERR_HRR_GROUP, true, CASE_TLS13_RETRY, RETRY, .hello = ask,
     .arg = Q_GROUP_X25519MLKEM768},
    {"a group of TLS 1.3 in a pair", QTLS_ERR_GROUP_PROTOCOL, true, CASE_QTLS_RETRY, RETRY, .hello = ask,
     .arg = Q_GROUP_MLKEM1024, .by = Q_GROUP_X25519},
    {"a kyber group with a TLS 1.3 suite", QTLS_ERR_HRR_GROUP, true, CASE_TLS13_RETRY, RETRY, .hello = ask,
     .arg = Q_GROUP_KYBER1024},
    {"a body of one group", QTLS_ERR_DECODE, true, CASE_QTLS_RETRY, RETRY, .hello = ask_bytes, .by = 2},
    {"a body of three bytes", QTLS_ERR_DECODE, true, CASE_QTLS_RETRY, RETRY, .hello = ask_bytes, .by = 3},
    {"a body of three groups", QTLS_ERR_DECODE, true, CASE_QTLS_RETRY, RETRY, .hello = ask_bytes, .by = 6},
    {"an empty body", QTLS_ERR_DECODE, true, CASE_QTLS_RETRY, RETRY, .hello = ask_bytes, .by = 0},
    {"a body of two groups, TLS 1.3", QTLS_ERR_DECODE, true, CASE_TLS13_RETRY, RETRY, .hello = ask_bytes, .by = 4},
    {"another suite after the retry", QTLS_ERR_SUITE_CHANGED, true, CASE_TLS13_RETRY, FINAL, .hello = set_suite,
     .arg = 0x1301},
    {"a classical group below the floor", QTLS_ERR_HRR_GROUP, true, CASE_TLS13_RETRY, .options = floor_pq, RETRY,
     .hello = ask, .arg = Q_GROUP_SECP521R1},
};

/* The group of ServerHello is another than the one asked for. */
static void other_group(hello_edit *h, const alert_case *row) {
  edit_extension *e = edit_get(h, Q_EXT_KEY_SHARE);
  e->body[0] = (uint8_t)(row->arg >> 8);
  e->body[1] = (uint8_t)row->arg;
}

/* 0x13F2 after the retry turns into TLS 1.3, with the version that goes with it. */
static void other_protocol(hello_edit *h, const alert_case *row) {
  static const uint8_t tls13[2] = {3, 4};
  set_suite(h, row);
  edit_set(h, Q_EXT_SUPPORTED_VERSIONS, tls13, 2);
}

static const alert_case final_rows[] = {
    {"another group after the retry", QTLS_ERR_GROUP_SELECTED, true, CASE_QTLS_RETRY, FINAL, .hello = other_group,
     .arg = Q_GROUP_KYBER1024},
    {"another group after the retry, TLS 1.3", QTLS_ERR_GROUP_SELECTED, true, CASE_TLS13_RETRY, FINAL,
     .hello = other_group, .arg = Q_GROUP_X25519MLKEM768},
    {"another protocol after the retry", QTLS_ERR_SUITE_CHANGED, true, CASE_QTLS_RETRY, .options = allow_tls13, FINAL,
     .hello = other_protocol, .arg = 0x1302},
};

/* ---- the second ClientHello, as the server gets it ---- */

static void change_random(hello_edit *h, const alert_case *row) {
  (void)row;
  h->random[0] ^= 1;
}

static void change_session_id(hello_edit *h, const alert_case *row) {
  (void)row;
  h->session_id[0] ^= 1;
}

static void change_suites(hello_edit *h, const alert_case *row) {
  (void)row;
  h->suites_n -= 2;
}

static void change_version(hello_edit *h, const alert_case *row) {
  (void)row;
  h->version = 0x0302;
}

static void drop_ext(hello_edit *h, const alert_case *row) { edit_drop(h, (uint16_t)row->arg); }

static void add_ext(hello_edit *h, const alert_case *row) {
  static const uint8_t nothing[1] = {0};
  edit_add(h, (uint16_t)row->arg, nothing, (size_t)row->by);
}

static void flip_ext(hello_edit *h, const alert_case *row) {
  edit_extension *e = edit_get(h, (uint16_t)row->arg);
  e->body[e->n - 1] ^= 1;
}

/* Only the last share stays, or none. */
static void cut_shares(hello_edit *h, const alert_case *row) {
  size_t n = 0;
  edit_extension *e = edit_get(h, Q_EXT_KEY_SHARE);
  if (row->arg != 0) {
    uint8_t kept[EDIT_BODY];
    const uint8_t *share = edit_share(h, (uint16_t)row->arg, &n);
    n += 4;
    memcpy(kept, share - 4, n);
    memcpy(e->body + 2, kept, n);
  }
  e->n = n + 2;
  e->body[0] = (uint8_t)(n >> 8);
  e->body[1] = (uint8_t)n;
}

/* A share that was not asked for, beside the two. */
static void more_shares(hello_edit *h, const alert_case *row) {
  edit_extension *e = edit_get(h, Q_EXT_KEY_SHARE);
  uint8_t entry[4] = {(uint8_t)(row->arg >> 8), (uint8_t)row->arg, 0, (uint8_t)row->by};
  memcpy(e->body + e->n, entry, 4);
  memset(e->body + e->n + 4, 9, (size_t)row->by);
  e->n += 4 + (size_t)row->by;
  e->body[0] = (uint8_t)((e->n - 2) >> 8);
  e->body[1] = (uint8_t)(e->n - 2);
}

static const alert_case second_rows[] = {
    {"another random", QTLS_ERR_HRR_HELLO_CHANGED, false, CASE_QTLS_RETRY, SECOND, .hello = change_random},
    {"another session id", QTLS_ERR_HRR_HELLO_CHANGED, false, CASE_QTLS_RETRY, SECOND, .hello = change_session_id},
    {"fewer suites", QTLS_ERR_HRR_HELLO_CHANGED, false, CASE_QTLS_RETRY, SECOND, .hello = change_suites},
    {"another legacy_version", QTLS_ERR_HRR_HELLO_CHANGED, false, CASE_TLS13_RETRY, SECOND, .hello = change_version},
    {"without server_name", QTLS_ERR_HRR_HELLO_CHANGED, false, CASE_QTLS_RETRY, SECOND, .hello = drop_ext,
     .arg = Q_EXT_SERVER_NAME},
    {"without 0xFF02", QTLS_ERR_HRR_HELLO_CHANGED, false, CASE_QTLS_RETRY, SECOND, .hello = drop_ext,
     .arg = Q_EXT_PQC_HYBRID_MODE},
    {"with an extension more", QTLS_ERR_HRR_HELLO_CHANGED, false, CASE_QTLS_RETRY, SECOND, .hello = add_ext,
     .arg = 0x5555},
    {"with early_data", QTLS_ERR_HRR_HELLO_CHANGED, false, CASE_TLS13_RETRY, SECOND, .hello = add_ext,
     .arg = Q_EXT_EARLY_DATA},
    {"with another policy", QTLS_ERR_HRR_HELLO_CHANGED, false, CASE_QTLS_RETRY, SECOND, .hello = flip_ext,
     .arg = Q_EXT_PQC_HYBRID_MODE},
    {"with other groups", QTLS_ERR_HRR_HELLO_CHANGED, false, CASE_QTLS_RETRY, SECOND, .hello = flip_ext,
     .arg = Q_EXT_SIGNATURE_ALGORITHMS},
    {"without the ML-KEM share", QTLS_ERR_SHARE_MISSING, false, CASE_QTLS_RETRY, SECOND, .hello = cut_shares,
     .arg = Q_GROUP_X25519},
    {"without the classical share", QTLS_ERR_SHARE_MISSING, false, CASE_QTLS_RETRY, SECOND, .hello = cut_shares,
     .arg = Q_GROUP_KYBER768},
    {"without any share, TLS 1.3", QTLS_ERR_SHARE_MISSING, false, CASE_TLS13_RETRY, SECOND, .hello = cut_shares},
    {"with a share nobody asked for", QTLS_ERR_HRR_HELLO_CHANGED, false, CASE_QTLS_RETRY, SECOND, .hello = more_shares,
     .arg = Q_GROUP_SECP256R1, .by = 65},
    {"the same, TLS 1.3", QTLS_ERR_HRR_HELLO_CHANGED, false, CASE_TLS13_RETRY, SECOND, .hello = more_shares,
     .arg = Q_GROUP_X25519, .by = 32},
};

/* ---- the cookie ---- */

static void with_cookie(peer_options *o, const alert_case *row) {
  (void)row;
  o->server.cookie = QTLS_COOKIE_always;
}

static void fake_cookie(hello_edit *h, const alert_case *row) {
  uint8_t body[200] = {0, 0};
  body[1] = (uint8_t)row->by;
  edit_add(h, Q_EXT_COOKIE, body, (size_t)row->by + 2);
}

static void cut_cookie(hello_edit *h, const alert_case *row) {
  edit_extension *e = edit_get(h, Q_EXT_COOKIE);
  (void)row;
  e->n--;
  e->body[1]--;
}

/* Each field of the cookie: key id, time, version, suite, groups, digests, HMAC. */
static void flip_cookie(hello_edit *h, const alert_case *row) { edit_get(h, Q_EXT_COOKIE)->body[2 + row->by] ^= 1; }

static const alert_case cookie_rows[] = {
    {"a cookie from nowhere", QTLS_ERR_COOKIE, .from_client = true, .message = Q_MSG_CLIENT_HELLO,
     .options = with_cookie, .hello = fake_cookie, .by = 120},
    {"a short cookie from nowhere", QTLS_ERR_COOKIE, false, CASE_TLS13, .from_client = true,
     .message = Q_MSG_CLIENT_HELLO, .hello = fake_cookie, .by = 1},
    {"a cookie to a server that gives none", QTLS_ERR_COOKIE, false, CASE_QTLS_RETRY, SECOND, .hello = fake_cookie,
     .by = 120},
    {"the cookie missing", QTLS_ERR_COOKIE, .options = with_cookie, SECOND, .hello = drop_ext, .arg = Q_EXT_COOKIE},
    {"the cookie cut short", QTLS_ERR_COOKIE, .options = with_cookie, SECOND, .hello = cut_cookie},
    {"another key id", QTLS_ERR_COOKIE, .options = with_cookie, SECOND, .hello = flip_cookie, .by = 3},
    {"another time", QTLS_ERR_COOKIE, .options = with_cookie, SECOND, .hello = flip_cookie, .by = 11},
    {"another version", QTLS_ERR_COOKIE, .options = with_cookie, SECOND, .hello = flip_cookie, .by = 13},
    {"another suite", QTLS_ERR_COOKIE, .options = with_cookie, SECOND, .hello = flip_cookie, .by = 15},
    {"another group", QTLS_ERR_COOKIE, .options = with_cookie, SECOND, .hello = flip_cookie, .by = 17},
    {"another digest", QTLS_ERR_COOKIE, .options = with_cookie, SECOND, .hello = flip_cookie, .by = 40},
    {"another hash of the hello", QTLS_ERR_COOKIE, .options = with_cookie, SECOND, .hello = flip_cookie, .by = 80},
    {"another HMAC", QTLS_ERR_COOKIE, .options = with_cookie, SECOND, .hello = flip_cookie, .by = 147},
    {"the hello changed behind the cookie", QTLS_ERR_HRR_HELLO_CHANGED, .options = with_cookie, SECOND,
     .hello = change_random},
};

/* ---- early data that the retry declined ---- */

/* As many records of `by` bytes as are within the limit, and one more. They are
 * protected: 16,384 bytes of content make 16,401. */
static void send_early(peer *p, const alert_case *row) {
  size_t n = (size_t)row->by;
  uint8_t *record = peer_memory(Q_RECORD_HEADER + n);
  uint8_t header[Q_RECORD_HEADER] = {Q_RECORD_DATA, 3, 3, (uint8_t)(n >> 8), (uint8_t)n};
  memcpy(record, header, sizeof header);
  flow_deliver(&p->f, true);
  for (size_t i = 0; i <= 65536 / (Q_RECORD_HEADER + n); i++) {
    assert_ok(p->f.server.err);
    flow_feed(&p->f, false, record, Q_RECORD_HEADER + n);
  }
  free(record);
}

static void send_large_early(peer *p, const alert_case *row) {
  static const uint8_t header[Q_RECORD_HEADER] = {Q_RECORD_DATA, 3, 3, 16641 >> 8, 16641 & 0xFF};
  (void)row;
  flow_deliver(&p->f, true);
  flow_feed(&p->f, false, header, sizeof header);
}

/* Without a body: `by` is taken. */
static void add_early(hello_edit *h, const alert_case *row) { edit_add(h, (uint16_t)row->arg, NULL, 0); }

static const alert_case early_rows[] = {
    {"more early data than may be skipped", QTLS_ERR_EARLY_DATA_OVERFLOW, false, CASE_TLS13_RETRY, .from_client = true,
     .message = Q_MSG_CLIENT_HELLO, .hello = add_early, .arg = Q_EXT_EARLY_DATA, .before = send_early, .by = 16000},
    {"more early data in the largest records", QTLS_ERR_EARLY_DATA_OVERFLOW, false, CASE_TLS13_RETRY,
     .from_client = true, .message = Q_MSG_CLIENT_HELLO, .hello = add_early, .arg = Q_EXT_EARLY_DATA,
     .before = send_early, .by = 16401},
    {"early data in a record that no limit allows", QTLS_ERR_RECORD_OVERFLOW, false, CASE_TLS13_RETRY,
     .from_client = true, .message = Q_MSG_CLIENT_HELLO, .hello = add_early, .arg = Q_EXT_EARLY_DATA,
     .before = send_large_early},
};

static void test_early_data(void **state) {
  (void)state;
  case_run(early_rows, Q_COUNT(early_rows));
}

static void test_client(void **state) {
  (void)state;
  case_run(client_rows, Q_COUNT(client_rows));
  case_run(final_rows, Q_COUNT(final_rows));
}

static void test_second_hello(void **state) {
  (void)state;
  case_run(second_rows, Q_COUNT(second_rows));
}

static void test_cookie(void **state) {
  (void)state;
  case_run(cookie_rows, Q_COUNT(cookie_rows));
}

/* ---- what a second hello may change: the order of extensions, and encrypted_client_hello ---- */

static void edit_freely(peer *p, bool from_client, uint8_t type, size_t nth, peer_message *msg) {
  (void)p;
  if (from_client && type == Q_MSG_CLIENT_HELLO && nth == 1) {
    hello_edit *h = edit_open(msg);
    edit_extension first = h->ext[0];
    h->ext[0] = h->ext[1];
    h->ext[1] = first;
    edit_add(h, Q_EXT_ENCRYPTED_CLIENT_HELLO, "\1", 1);
    edit_close(h, msg);
  }
}

/* The server goes on; only the client sees that it has not sent that. */
static void test_second_hello_taken(void **state) {
  (void)state;
  for (int stateless = 0; stateless < 2; stateless++) {
    peer p;
    peer_options o = case_options(CASE_TLS13_RETRY);
    o.server.cookie = stateless ? QTLS_COOKIE_always : QTLS_COOKIE_never;
    peer_start(&p, &o);
    p.edit = edit_freely;
    peer_run(&p);
    assert_err(p.f.client.err, QTLS_ERR_RECORD_BAD_MAC);
    peer_stop(&p);
  }
}

/* ---- a server that kept nothing: another connection gets the second hello ---- */

typedef struct stateless_case {
  const char *what;
  const char *address;
  int64_t made;  /* seconds after the beginning of an hour: keys change with it */
  int64_t later; /* seconds after that */
  bool changed;  /* the hello, behind the cookie */
  qtls_err err;
} stateless_case;

static const stateless_case stateless_rows[] = {
    {"at once", "peer", 100, 0, false, QTLS_OK},
    {"a minute later", "peer", 100, 60, false, QTLS_OK},
    {"under the next key", "peer", 3590, 20, false, QTLS_OK},
    {"too late", "peer", 100, 61, false, QTLS_ERR_COOKIE},
    {"too late under the next key", "peer", 3590, 61, false, QTLS_ERR_COOKIE},
    {"two hours later", "peer", 100, 7200, false, QTLS_ERR_COOKIE},
    {"before it was made", "peer", 100, -1, false, QTLS_ERR_COOKIE},
    {"before it was made, under the key before", "peer", 0, -1, false, QTLS_ERR_COOKIE},
    {"from another address", "pear", 100, 0, false, QTLS_ERR_COOKIE},
    {"from no address", "", 100, 0, false, QTLS_ERR_COOKIE},
    {"another hello", "peer", 100, 0, true, QTLS_ERR_HRR_HELLO_CHANGED},
};

/* A cookie alone: the second hello has the same shares, and all is well. */
static void test_cookie_alone(void **state) {
  static const case_kind kinds[] = {CASE_QTLS, CASE_QTLS_PQC, CASE_TLS13, CASE_QTLS_RETRY, CASE_TLS13_RETRY};
  (void)state;
  for (size_t i = 0; i < Q_COUNT(kinds); i++) {
    peer p;
    qtls_info info;
    peer_options o = case_options(kinds[i]);
    o.server.cookie = QTLS_COOKIE_always;
    peer_connect(&p, &o);
    qtls_conn_get_info(p.f.client.conn, &info);
    assert_true(info.hello_retry);
    assert_true(info.cookie_used);
    peer_stop(&p);
  }
}

static void edit_random(peer *p, bool from_client, uint8_t type, size_t nth, peer_message *msg) {
  (void)p;
  if (from_client && type == Q_MSG_CLIENT_HELLO && nth == 1) {
    msg->p[Q_MSG_HEADER + 2] ^= 1;
  }
}

static void test_stateless(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(stateless_rows); i++) {
    const stateless_case *row = &stateless_rows[i];
    peer p;
    peer_options o = case_options(CASE_QTLS_RETRY);
    o.server.cookie = QTLS_COOKIE_always;
    o.now = PKI_NOW - PKI_NOW % 3600 + row->made;
    peer_start(&p, &o);
    p.edit = row->changed ? edit_random : NULL;
    flow_deliver(&p.f, true);
    flow_deliver(&p.f, false);
    /* Another connection of the same server, which has never seen this client. */
    qtls_conn_params params = {.now = o.now + row->later,
                               .peer_address = (const uint8_t *)row->address,
                               .peer_address_size = strlen(row->address)};
    qtls_conn_free(p.f.server.conn);
    p.f.server.conn = NULL;
    assert_ok(qtls_conn_new(&p.f.server.conn, p.f.server.config, &params));
    peer_run(&p);
    if (row->err == QTLS_OK) {
      assert_true(flow_connected(&p.f));
      flow_write(&p.f, true, "ping", 4);
      assert_int_equal(p.f.server.data_n, 4);
    } else {
      peer_check(&p, row->what, false, row->err, QTLS_ALERT_illegal_parameter, NULL);
    }
    peer_stop(&p);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_client),    cmocka_unit_test(test_second_hello), cmocka_unit_test(test_second_hello_taken),
      cmocka_unit_test(test_cookie),    cmocka_unit_test(test_cookie_alone), cmocka_unit_test(test_early_data),
      cmocka_unit_test(test_stateless),
  };
  return cmocka_run_group_tests(tests, NULL, case_teardown);
}
