/*
 * Alerts for key shares (RFC 8446 §4.2.8; Q-TLS §2, §3): malformed in every way
 * for every group, on both sides; doubled, in the wrong order, not listed.
 */
#include <stdio.h>
#include <string.h>

#include "support/alert_case.h"

/* ---- shares of each group ---- */

typedef enum damage {
  SHORTER,        /* one byte less */
  LONGER,         /* one byte more */
  OFF_CURVE,      /* a NIST point with another y */
  COMPRESSED,     /* a NIST point that starts with 02 */
  ZERO,           /* the X25519 part all zero: so is the result */
  COEFFICIENT,    /* an ML-KEM coefficient of 3329 or more, in a client's key */
  FIRST_HALF,     /* the second component is missing */
  DAMAGE_COUNT
} damage;

/* Where the components of a group's share lie. */
typedef struct part {
  q_kex_alg alg;
  size_t at, n;
} part;

static size_t parts_of(part out[2], const q_group *g, bool client) {
  q_kex_size a = q_kex_size_of(g->first);
  q_kex_size b = q_kex_size_of(g->second);
  out[0] = (part){g->first, 0, client ? a.client_share : a.server_share};
  out[1] = (part){g->second, out[0].n, client ? b.client_share : b.server_share};
  return g->second == Q_KEX_NONE ? 1 : 2;
}

static bool is_nist(q_kex_alg alg) { return alg == Q_KEX_P256 || alg == Q_KEX_P384 || alg == Q_KEX_P521; }

/* false: this damage does not exist for the group. */
static bool spoil(hello_edit *h, uint16_t group, damage how) {
  const q_group *g = q_group_find(group);
  bool client = h->message == Q_MSG_CLIENT_HELLO;
  part parts[2];
  size_t count = parts_of(parts, g, client);
  size_t n = 0;
  uint8_t *share = edit_share(h, group, &n);
  bool done = false;
  if (how == SHORTER || how == LONGER) {
    edit_share_resize(h, group, how == SHORTER ? -1 : 1);
    return true;
  }
  if (how == FIRST_HALF) {
    edit_share_resize(h, group, -(int)parts[1].n);
    return count == 2;
  }
  for (size_t i = 0; i < count; i++) {
    uint8_t *at = share + parts[i].at;
    if ((how == OFF_CURVE || how == COMPRESSED) && is_nist(parts[i].alg)) {
      at[how == OFF_CURVE ? parts[i].n - 1 : 0] ^= how == OFF_CURVE ? 1 : 6;
      done = true;
    } else if (how == ZERO && parts[i].alg == Q_KEX_X25519) {
      memset(at, 0, parts[i].n);
      done = true;
    } else if (how == COEFFICIENT && q_kex_is_mlkem(parts[i].alg) && client) {
      at[0] = 0xFF;
      at[1] |= 0x0F;
      done = true;
    }
  }
  return done;
}

/* One group on one side. */
typedef struct share_case {
  uint16_t group;
  damage how;
  bool client; /* the client's share is spoiled, and the server finds it */
  bool exists;
} share_case;

static void edit(peer *p, bool from_client, uint8_t type, size_t nth, peer_message *msg) {
  share_case *c = (share_case *)(uintptr_t)p->context;
  (void)nth;
  if (from_client == c->client && type == (c->client ? Q_MSG_CLIENT_HELLO : Q_MSG_SERVER_HELLO)) {
    hello_edit *h = edit_open(msg);
    c->exists = spoil(h, c->group, c->how);
    edit_close(h, msg);
  }
}

/* A conversation in which exactly this group is used. */
static peer_options options_for(const q_group *g, char groups[64]) {
  bool qtls = q_group_is_kyber(g->code) || g->code == Q_GROUP_SECP384R1 || g->code == Q_GROUP_X25519 ||
              g->code == Q_GROUP_SECP256R1;
  peer_options o = case_options(qtls ? CASE_QTLS : CASE_TLS13);
  const char *other = q_group_is_kyber(g->code) ? "x25519" : "kyber1024";
  (void)snprintf(groups, 64, qtls ? "%s:%s" : "%s", g->name, other);
  o.client.groups = o.server.groups = groups;
  if (!qtls) {
    o.client.floor = o.server.floor = QTLS_FLOOR_classical;
  }
  return o;
}

static void run_share(const q_group *g, damage how, bool client) {
  static const char *const words[] = {"shorter", "longer", "off the curve", "compressed", "zero", "coefficient",
                                      "first half"};
  share_case c = {g->code, how, client, false};
  char groups[64];
  char what[128];
  peer p;
  peer_options o = options_for(g, groups);
  peer_start(&p, &o);
  p.edit = edit;
  p.context = &c;
  peer_run(&p);
  (void)snprintf(what, sizeof what, "%s, %s, %s", g->name, words[how], client ? "client" : "server");
  if (c.exists) {
    peer_check(&p, what, !client, QTLS_ERR_SHARE_MALFORMED, QTLS_ALERT_illegal_parameter, NULL);
  }
  peer_stop(&p);
}

static void test_malformed(void **state) {
  (void)state;
  for (size_t i = 0; q_group_at(i) != NULL; i++) {
    for (int how = 0; how < DAMAGE_COUNT; how++) {
      run_share(q_group_at(i), (damage)how, true);
      run_share(q_group_at(i), (damage)how, false);
    }
  }
}

/* The two lone groups of TLS 1.3 that options_for gives to Q-TLS. */
static void test_malformed_classical_13(void **state) {
  static const uint16_t groups[] = {Q_GROUP_X25519, Q_GROUP_SECP256R1, Q_GROUP_SECP384R1};
  (void)state;
  for (size_t i = 0; i < Q_COUNT(groups); i++) {
    for (int how = 0; how < DAMAGE_COUNT; how++) {
      share_case c = {groups[i], (damage)how, how % 2 == 0, false};
      peer p;
      peer_options o = case_options(CASE_TLS13);
      o.client.groups = o.server.groups = q_group_find(groups[i])->name;
      o.client.floor = o.server.floor = QTLS_FLOOR_classical;
      peer_start(&p, &o);
      p.edit = edit;
      p.context = &c;
      peer_run(&p);
      if (c.exists) {
        peer_check(&p, o.client.groups, !c.client, QTLS_ERR_SHARE_MALFORMED, QTLS_ALERT_illegal_parameter, NULL);
      }
      peer_stop(&p);
    }
  }
}

/* ---- lists of shares ---- */

/* One share of ClientHello, again at the end of the list. */
static void repeat(hello_edit *h, const alert_case *row) {
  size_t n = 0;
  edit_extension *e = edit_get(h, Q_EXT_KEY_SHARE);
  const uint8_t *share = edit_share(h, (uint16_t)row->arg, &n);
  memcpy(e->body + e->n, share - 4, n + 4);
  e->n += n + 4;
  e->body[0] = (uint8_t)((e->n - 2) >> 8);
  e->body[1] = (uint8_t)(e->n - 2);
}

/* Two entries of ServerHello change places. */
static void swap(hello_edit *h, const alert_case *row) {
  uint8_t both[EDIT_BODY];
  size_t n = 0;
  edit_extension *e = edit_get(h, Q_EXT_KEY_SHARE);
  (void)row;
  edit_share(h, Q_GROUP_KYBER1024, &n);
  n += 4;
  memcpy(both, e->body + n, e->n - n);
  memcpy(both + e->n - n, e->body, n);
  memcpy(e->body, both, e->n);
}

/* The ML-KEM entry of ServerHello twice, or the classical one. */
static void two_of_a_kind(hello_edit *h, const alert_case *row) {
  uint8_t entry[EDIT_BODY];
  size_t n = 0;
  const uint8_t *share = edit_share(h, (uint16_t)row->arg, &n);
  memcpy(entry, share - 4, n + 4);
  edit_set(h, Q_EXT_KEY_SHARE, entry, n + 4);
  edit_extension *e = edit_get(h, Q_EXT_KEY_SHARE);
  memcpy(e->body + n + 4, entry, n + 4);
  e->n *= 2;
}

/* One entry of two, or three. */
static void keep_one(hello_edit *h, const alert_case *row) {
  size_t n = 0;
  edit_extension *e = edit_get(h, Q_EXT_KEY_SHARE);
  edit_share(h, Q_GROUP_KYBER1024, &n);
  if (row->arg == 1) {
    e->n = n + 4;
  } else {
    memcpy(e->body + e->n, e->body, n + 4);
    e->n += n + 4;
  }
}

/* Another group named for a share: one that supported_groups does not hold. */
static void unlisted(hello_edit *h, const alert_case *row) {
  size_t n = 0;
  uint8_t *share = edit_share(h, Q_GROUP_SECP384R1, &n);
  share[-4] = (uint8_t)(row->arg >> 8);
  share[-3] = (uint8_t)row->arg;
}

static void empty_share(hello_edit *h, const alert_case *row) {
  size_t n = 0;
  (void)edit_share(h, (uint16_t)row->arg, &n);
  edit_share_resize(h, (uint16_t)row->arg, -(int)n);
}

#define CH .from_client = true, .message = Q_MSG_CLIENT_HELLO
#define SH .message = Q_MSG_SERVER_HELLO

static const alert_case list_rows[] = {
    {"kyber1024 twice", QTLS_ERR_SHARE_DUPLICATE, CH, .hello = repeat, .arg = Q_GROUP_KYBER1024},
    {"X25519MLKEM768 twice, TLS 1.3", QTLS_ERR_SHARE_DUPLICATE, false, CASE_TLS13, CH, .hello = repeat,
     .arg = Q_GROUP_X25519MLKEM768},
    {"a share for secp521r1 under another name", QTLS_ERR_SHARE_NOT_LISTED, CH, .hello = unlisted, .arg = 0x0200},
    {"a share for a group nobody knows", QTLS_ERR_SHARE_NOT_LISTED, CH, .hello = unlisted, .arg = 0x0999},
    {"an empty share", QTLS_ERR_DECODE, CH, .hello = empty_share, .arg = Q_GROUP_SECP384R1},
    {"an empty share of the server", QTLS_ERR_DECODE, true, SH, .hello = empty_share, .arg = Q_GROUP_KYBER1024},
    {"classical before ML-KEM", QTLS_ERR_SHARE_ORDER, true, SH, .hello = swap},
    {"ML-KEM twice", QTLS_ERR_SHARE_ORDER, true, SH, .hello = two_of_a_kind, .arg = Q_GROUP_KYBER1024},
    {"classical twice", QTLS_ERR_SHARE_ORDER, true, SH, .hello = two_of_a_kind, .arg = Q_GROUP_SECP384R1},
    {"ML-KEM alone for 0x13F2", QTLS_ERR_DECODE, true, SH, .hello = keep_one, .arg = 1},
    {"three entries for 0x13F2", QTLS_ERR_TRAILING, true, SH, .hello = keep_one, .arg = 3},
};

static void test_lists(void **state) {
  (void)state;
  case_run(list_rows, Q_COUNT(list_rows));
}

/* Q-TLS §3: a wrong but well-formed ciphertext shows as bad_record_mac. */
static void wrong_ciphertext(hello_edit *h, const alert_case *row) {
  size_t n = 0;
  edit_share(h, (uint16_t)row->arg, &n)[7] ^= 1;
}

static void edit_ciphertext(peer *p, bool from_client, uint8_t type, size_t nth, peer_message *msg) {
  (void)nth;
  if (!from_client && type == Q_MSG_SERVER_HELLO) {
    hello_edit *h = edit_open(msg);
    wrong_ciphertext(h, p->context);
    edit_close(h, msg);
  }
}

/* The client cannot read on, and the server cannot read its alert: they have
 * come to different keys. */
static void test_implicit_rejection(void **state) {
  static const alert_case rows[] = {
      {"Q-TLS", .kind = CASE_QTLS, .arg = Q_GROUP_KYBER1024},
      {"Q-TLS with ML-KEM alone", .kind = CASE_QTLS_PQC, .arg = Q_GROUP_KYBER1024},
      {"TLS 1.3", .kind = CASE_TLS13, .arg = Q_GROUP_X25519MLKEM768},
  };
  (void)state;
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    peer p;
    qtls_error e;
    peer_options o = case_options(rows[i].kind);
    peer_start(&p, &o);
    p.edit = edit_ciphertext;
    p.context = &rows[i];
    peer_run(&p);
    for (int side = 0; side < 2; side++) {
      qtls_conn_error(peer_conn(&p, side == 0), &e);
      assert_err(e.err, QTLS_ERR_RECORD_BAD_MAC);
      assert_int_equal(e.alert, QTLS_ALERT_bad_record_mac);
    }
    peer_stop(&p);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_malformed),
      cmocka_unit_test(test_malformed_classical_13),
      cmocka_unit_test(test_lists),
      cmocka_unit_test(test_implicit_rejection),
  };
  return cmocka_run_group_tests(tests, NULL, case_teardown);
}
