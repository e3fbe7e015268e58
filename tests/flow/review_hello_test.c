/*
 * Hellos from a reviewer's list: SSL 3.0, servers of old that echo nothing, a
 * cookie of another hello, early data behind a retry (RFC 8446 §4.1.3, §4.2.2,
 * §4.2.10, D.5).
 */
#include <string.h>

#include "handshake/cookie.h"
#include "support/alert_case.h"

#define CH .from_client = true, .message = Q_MSG_CLIENT_HELLO
#define SH .message = Q_MSG_SERVER_HELLO

static void set_legacy(hello_edit *h, const alert_case *row) { h->version = (uint16_t)row->arg; }

/* A server below TLS 1.3 has a session id of its own, or none; with `by`, it
 * knows better and says so. */
static void old_server(hello_edit *h, const alert_case *row) {
  static const uint8_t sentinel[] = {'D', 'O', 'W', 'N', 'G', 'R', 'D'};
  edit_drop(h, Q_EXT_SUPPORTED_VERSIONS);
  edit_drop(h, Q_EXT_KEY_SHARE);
  h->version = (uint16_t)row->arg;
  h->session_id_n = row->arg == 0x0303 ? 0 : 32;
  h->session_id[0] ^= 1;
  if (row->by >= 0) {
    memcpy(h->random + 24, sentinel, sizeof sentinel);
    h->random[31] = (uint8_t)row->by;
  }
}

static void with_cookie(peer_options *o, const alert_case *row) {
  (void)row;
  o->server.cookie = QTLS_COOKIE_always;
}

static const alert_case rows[] = {
    {"a ClientHello of SSL 3.0", QTLS_ERR_VERSION_NONE, CH, .hello = set_legacy, .arg = 0x0300},
    {"a ClientHello of SSL 3.0, TLS 1.3", QTLS_ERR_VERSION_NONE, false, CASE_TLS13, CH, .hello = set_legacy,
     .arg = 0x0300},
    {"a ServerHello of SSL 3.0", QTLS_ERR_VERSION_NONE, true, SH, .hello = set_legacy, .arg = 0x0300},
    {"a HelloRetryRequest of SSL 3.0", QTLS_ERR_VERSION_NONE, true, CASE_TLS13_RETRY, SH, .hello = set_legacy,
     .arg = 0x0300},
    {"a server of TLS 1.2 without a session", QTLS_ERR_VERSION_NONE, true, SH, .hello = old_server, .arg = 0x0303,
     .by = -1},
    {"a server of TLS 1.1", QTLS_ERR_VERSION_NONE, true, SH, .hello = old_server, .arg = 0x0302, .by = -1},
    {"a downgrade to TLS 1.2 without a session", QTLS_ERR_DOWNGRADE, true, SH, .hello = old_server, .arg = 0x0303,
     .by = 1},
    {"a downgrade to TLS 1.1", QTLS_ERR_DOWNGRADE, true, CASE_TLS13, SH, .hello = old_server, .arg = 0x0302, .by = 0},
};

static void test_versions(void **state) {
  (void)state;
  case_run(rows, Q_COUNT(rows));
}

/* ---- a cookie that this server gave, but for another hello ---- */

static unsigned which; /* the field that differs */

static void other_cookie(peer *p, bool from_client, uint8_t type, size_t nth, peer_message *msg) {
  if (!from_client || type != Q_MSG_CLIENT_HELLO || nth != 1) {
    return;
  }
  const q_machine *server = peer_machine(p, false);
  q_cookie_content content;
  memset(&content, 0, sizeof content);
  content.retry = server->hs->retry;
  memcpy(content.invariants, server->hs->invariants, sizeof content.invariants);
  memcpy(content.hello_hash, server->hs->hello_hash, sizeof content.hello_hash);
  content.retry.suite ^= which == 1;
  content.retry.group ^= which == 2;
  content.retry.classical ^= which == 3;
  content.invariants[31] ^= which == 4;
  content.hello_hash[47] ^= which == 5;
  uint8_t body[2 + Q_COOKIE_SIZE] = {0, Q_COOKIE_SIZE};
  assert_ok(q_cookie_seal(body + 2, server, &content));
  hello_edit *h = edit_open(msg);
  edit_set(h, Q_EXT_COOKIE, body, sizeof body);
  edit_close(h, msg);
}

static void test_cookie_of_another_hello(void **state) {
  (void)state;
  /* 0: made anew as it was, which is taken. The transcripts of the two sides
   * then differ by the cookie's time alone, which here is the same. */
  for (which = 0; which <= 5; which++) {
    peer p;
    peer_options o = case_options(CASE_QTLS);
    with_cookie(&o, NULL);
    peer_start(&p, &o);
    p.edit = other_cookie;
    peer_run(&p);
    if (which == 0) {
      assert_true(flow_connected(&p.f));
    } else {
      peer_check(&p, "a cookie of another hello", false, QTLS_ERR_COOKIE, QTLS_ALERT_none, NULL);
    }
    peer_stop(&p);
  }
}

/* ---- early data ---- */

static void offer_early_data(peer *p, bool from_client, uint8_t type, size_t nth, peer_message *msg) {
  if (from_client && type == Q_MSG_CLIENT_HELLO && nth == 0) {
    hello_edit *h = edit_open(msg);
    edit_add(h, Q_EXT_EARLY_DATA, NULL, 0);
    edit_close(h, msg);
  }
  /* The client hears no more: its transcript is another one. */
  p->to_client.hold = p->to_client.hold || (from_client && nth == 1);
}

/* Behind the first hello it is skipped, behind the second one nothing is. */
static void test_early_data_behind_a_retry(void **state) {
  (void)state;
  uint8_t record[5 + 64] = {Q_RECORD_DATA, 3, 3, 0, 64};
  peer p;
  peer_options o = case_options(CASE_TLS13_RETRY);
  peer_start(&p, &o);
  p.edit = offer_early_data;
  peer_run(&p);
  assert_int_equal(peer_machine(&p, false)->state, Q_STATE_WAIT_CLIENT_FINISHED);
  peer_send_raw(&p, true, record, sizeof record);
  assert_err(p.f.server.err, QTLS_ERR_RECORD_BAD_MAC);
  peer_stop(&p);
}

/* RFC 8446 D.4: a client decides whether ChangeCipherSpecs are sent, not the server. */
static void test_change_cipher_spec_follows_the_client(void **state) {
  (void)state;
  for (int without = 0; without < 4; without++) {
    peer p;
    peer_options o = case_options(CASE_TLS13);
    o.client.no_middlebox = (without & 1) != 0;
    o.server.no_middlebox = (without & 2) != 0;
    peer_connect(&p, &o);
    uint8_t sent = o.client.no_middlebox ? 0 : 1;
    assert_int_equal(peer_machine(&p, true)->own_ccs, sent);
    assert_int_equal(peer_machine(&p, false)->own_ccs, sent);
    peer_stop(&p);
  }
}

/* Groups or schemes without which Q-TLS cannot be are no reason to offer half of it. */
static void test_nothing_of_qtls(void **state) {
  static const struct {
    const char *groups, *schemes;
  } lists[] = {{"X25519MLKEM768:x25519", NULL},
              {"X25519MLKEM768:kyber1024", NULL},
              {NULL, "ecdsa_secp384r1_sha384"},
              {"X25519MLKEM768", "ecdsa_secp384r1_sha384"}};
  (void)state;
  for (size_t i = 0; i < Q_COUNT(lists); i++) {
    peer p;
    peer_options o = case_options(CASE_QTLS);
    o.client.groups = lists[i].groups;
    o.client.schemes = lists[i].schemes;
    peer_connect(&p, &o);
    qtls_info info;
    qtls_conn_get_info(p.f.client.conn, &info);
    assert_string_equal(info.protocol, "TLS 1.3");
    assert_string_equal(info.group, "X25519MLKEM768");
    peer_stop(&p);
  }
}

/* ---- GREASE (RFC 8701 §3.1) ---- */

static unsigned greased[5]; /* suites, groups, versions, extensions, shares of the last hello */

static unsigned count_grease(const uint8_t *codes, size_t n) {
  unsigned found = 0;
  for (size_t i = 0; i + 1 < n; i += 2) {
    found += q_is_grease((uint16_t)(codes[i] << 8 | codes[i + 1])) ? 1 : 0;
  }
  return found;
}

static void look_for_grease(peer *p, bool from_client, uint8_t type, size_t nth, peer_message *msg) {
  (void)p;
  (void)nth;
  if (!from_client || type != Q_MSG_CLIENT_HELLO) {
    return;
  }
  hello_edit *h = edit_open(msg);
  const edit_extension *groups = edit_get(h, Q_EXT_SUPPORTED_GROUPS);
  const edit_extension *versions = edit_get(h, Q_EXT_SUPPORTED_VERSIONS);
  const edit_extension *shares = edit_get(h, Q_EXT_KEY_SHARE);
  memset(greased, 0, sizeof greased);
  greased[0] = count_grease(h->suites, h->suites_n);
  greased[1] = count_grease(groups->body + 2, groups->n - 2);
  greased[2] = count_grease(versions->body + 1, versions->n - 1);
  for (size_t i = 0; i < h->count; i++) {
    greased[3] += q_is_grease(h->ext[i].type) ? 1 : 0;
  }
  for (size_t at = 2; at + 4 <= shares->n; at += 4 + (size_t)(shares->body[at + 2] << 8 | shares->body[at + 3])) {
    greased[4] += count_grease(shares->body + at, 2);
  }
}

static void test_grease(void **state) {
  (void)state;
  for (case_kind kind = CASE_QTLS; kind <= CASE_TLS13_RETRY; kind++) {
    for (int off = 0; off < 2; off++) {
      peer p;
      peer_options o = case_options(kind);
      bool retried = kind == CASE_QTLS_RETRY || kind == CASE_TLS13_RETRY;
      o.client.no_grease = off == 1;
      peer_start(&p, &o);
      p.edit = look_for_grease;
      peer_run(&p);
      assert_true(flow_connected(&p.f));
      for (size_t i = 0; i < Q_COUNT(greased); i++) {
        /* The second hello has the shares that were asked for and no others. */
        bool expected = off == 0 && !(retried && i == 4);
        if ((greased[i] > 0) != expected) {
          print_message("case %d, GREASE %s, place %zu: %u\n", (int)kind, off == 1 ? "off" : "on", i, greased[i]);
        }
        assert_int_equal(greased[i] > 0, expected);
      }
      peer_stop(&p);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_grease),
      cmocka_unit_test(test_change_cipher_spec_follows_the_client),
      cmocka_unit_test(test_nothing_of_qtls),
      cmocka_unit_test(test_versions),
      cmocka_unit_test(test_cookie_of_another_hello),
      cmocka_unit_test(test_early_data_behind_a_retry),
  };
  return cmocka_run_group_tests(tests, NULL, case_teardown);
}
