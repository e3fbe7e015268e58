/*
 * The server's choice as a pure function (Q-TLS §1-4, §6): who is preferred, when
 * the client is asked again, when nothing fits and why.
 */
#include "policy/negotiate.h"

#include <stdio.h>
#include <string.h>

#include "policy/offer.h"
#include "policy/server_names.h"
#include "unit/unit.h"

/* One side's settings; NULL and 0 are the defaults. */
typedef struct side {
  const char *versions, *suites, *groups, *schemes;
  qtls_floor floor;
  qtls_policy policy;
  qtls_key_shares shares;
  unsigned priority;
} side;

typedef struct row {
  const char *what;
  side client, server;
  const char *identity;  /* schemes of the first identity; NULL: hybrid P-384 with ML-DSA-65 */
  const char *identity2;
  /* What comes out. */
  qtls_err err;
  uint16_t suite, version, group, classical, scheme;
  bool retry;
  size_t by; /* identity */
} row;

#define HYBRID_ID "dilithium3_ecdsa_hybrid:dilithium3:ecdsa_secp384r1_sha384"
#define MLDSA_ID "dilithium3:mldsa65"
#define P256_ID "ecdsa_secp256r1_sha256"

static q_settings settings_of(const side *in) {
  q_settings s;
  char buf[256];
  q_text problem;
  q_text_init(&problem, buf, sizeof buf);
  q_policy_defaults(&s);
  if (in->versions != NULL) {
    assert_ok(q_policy_parse_versions(&s.protocols, &problem, in->versions));
  }
  if (in->suites != NULL) {
    assert_ok(q_policy_parse_list(&s.suites, &problem, Q_LIST_SUITES, in->suites));
  }
  if (in->groups != NULL) {
    assert_ok(q_policy_parse_list(&s.groups, &problem, Q_LIST_GROUPS, in->groups));
  }
  if (in->schemes != NULL) {
    assert_ok(q_policy_parse_list(&s.schemes, &problem, Q_LIST_SCHEMES, in->schemes));
  }
  s.floor = in->floor != 0 ? in->floor : s.floor;
  s.policy = in->policy != 0 ? in->policy : s.policy;
  s.shares = in->shares != 0 ? in->shares : s.shares;
  s.priority = in->priority != 0 ? (uint8_t)in->priority : s.priority;
  return s;
}

/* Lists as a hello has them on the wire. */
typedef struct wire_lists {
  uint8_t versions[64], suites[64], groups[64], schemes[64];
} wire_lists;

static q_span on_wire(uint8_t *out, const q_codes *codes) {
  for (size_t i = 0; i < codes->count; i++) {
    out[2 * i] = (uint8_t)(codes->code[i] >> 8);
    out[2 * i + 1] = (uint8_t)codes->code[i];
  }
  return q_span_of(out, 2 * codes->count);
}

static q_offer offer_of(wire_lists *room, const q_settings *client) {
  q_client_offer made;
  q_policy_client_offer(&made, client);
  q_offer o = {.versions = on_wire(room->versions, &made.versions),
               .suites = on_wire(room->suites, &made.suites),
               .groups = on_wire(room->groups, &made.groups),
               .schemes = on_wire(room->schemes, &made.schemes),
               .shares = made.shares,
               .has_hybrid_mode = made.qtls,
               .policy = client->policy,
               .priority = client->priority};
  return o;
}

static size_t identities(q_capability caps[2], const row *r) {
  const char *lists[2] = {r->identity != NULL ? r->identity : HYBRID_ID, r->identity2};
  char buf[128];
  q_text problem;
  q_text_init(&problem, buf, sizeof buf);
  assert_ok(q_policy_parse_list(&caps[0].schemes, &problem, Q_LIST_SCHEMES, lists[0]));
  if (lists[1] == NULL) {
    return 1;
  }
  assert_ok(q_policy_parse_list(&caps[1].schemes, &problem, Q_LIST_SCHEMES, lists[1]));
  return 2;
}

/* All of one fit: names have no say. */
static qtls_err choose(q_choice *out, q_text *why, const q_settings *own, const q_capability *caps, size_t count,
                       const q_offer *offer) {
  q_candidate ids[2];
  for (size_t i = 0; i < count; i++) {
    ids[i] = (q_candidate){&caps[i], Q_FIT_DEFAULT};
  }
  return q_policy_choose(out, why, own, ids, count, offer);
}

static void run(const row *r) {
  q_settings client = settings_of(&r->client);
  q_settings server = settings_of(&r->server);
  q_capability caps[2];
  size_t count = identities(caps, r);
  wire_lists room;
  q_offer offer = offer_of(&room, &client);
  q_choice c;
  char buf[160];
  q_text why;
  q_text_init(&why, buf, sizeof buf);
  qtls_err err = choose(&c, &why, &server, caps, count, &offer);
  if (err != r->err) {
    print_message("%s: %s %s\n", r->what, qtls_err_name(err), buf);
  }
  assert_err(err, r->err);
  if (err != QTLS_OK) {
    return;
  }
  bool fine = c.suite->code == r->suite && c.version == r->version && c.group->code == r->group &&
              (c.classical == NULL ? 0 : c.classical->code) == r->classical && c.scheme->code == r->scheme &&
              c.retry == r->retry && c.identity == r->by;
  if (!fine) {
    print_message("%s: suite %04x, version %04x, group %04x, classical %04x, scheme %04x, retry %d, identity %zu\n",
                  r->what, c.suite->code, c.version, c.group->code, c.classical == NULL ? 0u : c.classical->code,
                  c.scheme->code, c.retry, c.identity);
  }
  assert_true(fine);
}

static void run_all(const row *rows, size_t count) {
  for (size_t i = 0; i < count; i++) {
    run(&rows[i]);
  }
}

/* ---- preference ---- */

#define QTLS_HYBRID .suite = 0x13F2, .version = 0x0305, .scheme = 0x13F0
#define QTLS_PQC .suite = 0x13F1, .version = 0x0305, .scheme = 0x0900
#define TLS13 .suite = 0x1302, .version = 0x0304

static const row preference[] = {
    {"all defaults", QTLS_HYBRID, .group = 0x0100, .classical = 0x0018},
    {"0x13F2 before 0x13F1", {.policy = QTLS_POLICY_require_pqc}, {.policy = QTLS_POLICY_require_pqc}, QTLS_HYBRID,
     .group = 0x0100, .classical = 0x0018},
    {"0x13F1 where the identity has ML-DSA alone", {.policy = QTLS_POLICY_require_pqc},
     {.policy = QTLS_POLICY_require_pqc}, .identity = MLDSA_ID, QTLS_PQC, .group = 0x0100},
    {"a server without Q-TLS", {0}, {.versions = "tls1.3"}, TLS13, .group = 0x11EC, .scheme = 0x0503},
    {"a client without Q-TLS", {.versions = "tls1.3"}, {0}, TLS13, .group = 0x11EC, .scheme = 0x0503},
    {"the server's groups decide", {.versions = "tls1.3"}, {.groups = "MLKEM768:X25519MLKEM768"}, TLS13,
     .group = 0x0201, .scheme = 0x0503, .retry = true},
    {"and its suites", {.versions = "tls1.3"}, {.suites = "chacha20-poly1305:aes256-gcm"}, .suite = 0x1303,
     .version = 0x0304, .group = 0x11EC, .scheme = 0x0503},
    {"and its schemes", {.versions = "tls1.3"}, {.schemes = "ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384"},
     .identity = HYBRID_ID, .identity2 = P256_ID, TLS13, .group = 0x11EC, .scheme = 0x0403, .by = 1},
    {"the first identity that fits", {.versions = "tls1.3"}, {0}, .identity = P256_ID, .identity2 = P256_ID, TLS13,
     .group = 0x11EC, .scheme = 0x0403, .by = 0},
    {"ML-DSA before classical signatures", {.versions = "tls1.3"}, {0}, .identity = P256_ID, .identity2 = MLDSA_ID,
     TLS13, .group = 0x11EC, .scheme = 0x0905, .by = 1},
    {"hybrid before a better scheme of TLS 1.3", {0}, {0}, .identity = MLDSA_ID, .identity2 = HYBRID_ID, QTLS_HYBRID,
     .group = 0x0100, .classical = 0x0018, .by = 1},
    {"ML-KEM before classical, at the price of a retry", {.versions = "tls1.3", .shares = QTLS_KEY_SHARES_classical_first},
     {.floor = QTLS_FLOOR_classical}, TLS13, .group = 0x11EC, .scheme = 0x0503, .retry = true},
    {"classical where there is nothing else", {.versions = "tls1.3", .groups = "x25519:secp384r1", .floor = QTLS_FLOOR_classical},
     {.floor = QTLS_FLOOR_classical}, TLS13, .group = 0x001D, .scheme = 0x0503},
    {"a classical share that is there", {.versions = "tls1.3", .groups = "secp256r1:secp384r1", .floor = QTLS_FLOOR_classical},
     {.floor = QTLS_FLOOR_classical, .groups = "secp384r1:secp256r1"}, TLS13, .group = 0x0017, .scheme = 0x0503},
    {"secp521r1 is no part of Q-TLS", {.groups = "secp521r1:secp384r1:kyber1024"},
     {.groups = "secp521r1:secp384r1:kyber1024"}, QTLS_HYBRID, .group = 0x0100, .classical = 0x0018},
    {"priority 128", {.priority = 128}, {0}, QTLS_HYBRID, .group = 0x0100, .classical = 0x0018},
    {"priority 127", {.priority = 127}, {0}, TLS13, .group = 0x11EC, .scheme = 0x0503},
    {"priority 127 without an ML-KEM group in common", {.priority = 127, .groups = "MLKEM768:secp384r1:kyber1024"},
     {.groups = "MLKEM1024:secp384r1:kyber1024"}, QTLS_HYBRID, .group = 0x0100, .classical = 0x0018},
    {"priority of the server does not count", {0}, {.priority = 1}, QTLS_HYBRID, .group = 0x0100, .classical = 0x0018},
};

/* ---- shares and retries ---- */

static const row retries[] = {
    {"neither share was sent", {0}, {.groups = "kyber768:x25519"}, QTLS_HYBRID, .group = 0x0101, .classical = 0x001D,
     .retry = true},
    {"the ML-KEM share was not", {0}, {.groups = "kyber768:secp384r1"}, QTLS_HYBRID, .group = 0x0101,
     .classical = 0x0018, .retry = true},
    {"the classical share was not", {0}, {.groups = "kyber1024:x25519"}, QTLS_HYBRID, .group = 0x0100,
     .classical = 0x001D, .retry = true},
    {"a classical share that is there saves the retry", {0}, {.groups = "kyber1024:x25519:secp384r1"}, QTLS_HYBRID,
     .group = 0x0100, .classical = 0x0018},
    {"strategy both", {.shares = QTLS_KEY_SHARES_both}, {.groups = "kyber1024:x25519"}, QTLS_HYBRID, .group = 0x0100,
     .classical = 0x001D},
    {"strategy classical-first", {.shares = QTLS_KEY_SHARES_classical_first}, {0}, QTLS_HYBRID, .group = 0x0100,
     .classical = 0x0018, .retry = true},
    {"0x13F1 needs no classical share", {.policy = QTLS_POLICY_require_any, .suites = "qtls-pqc"},
     {.policy = QTLS_POLICY_require_any, .groups = "kyber1024"}, .identity = MLDSA_ID, QTLS_PQC, .group = 0x0100},
    {"kyber512 where both have it", {.groups = "secp384r1:kyber512"}, {.groups = "secp384r1:kyber512:kyber1024"},
     QTLS_HYBRID, .group = 0x0102, .classical = 0x0018},
};

/* ---- nothing fits ---- */

static const row refusals[] = {
    {"floor q-tls", {.versions = "tls1.3"}, {.floor = QTLS_FLOOR_q_tls}, .err = QTLS_ERR_FLOOR},
    {"floor pq-auth and a classical identity", {.versions = "tls1.3"}, {.floor = QTLS_FLOOR_pq_auth},
     .identity = P256_ID, .err = QTLS_ERR_FLOOR},
    {"floor pq-kex and classical groups", {.versions = "tls1.3", .groups = "x25519", .floor = QTLS_FLOOR_classical},
     {0}, .err = QTLS_ERR_FLOOR},
    {"floor pq-kex and no ML-KEM group in common",
     {.versions = "tls1.3", .groups = "X25519MLKEM768:x25519", .floor = QTLS_FLOOR_classical},
     {.groups = "SecP384r1MLKEM1024:x25519"}, .err = QTLS_ERR_FLOOR},
    {"no group in common below the floor", {.versions = "tls1.3", .groups = "x25519", .floor = QTLS_FLOOR_classical},
     {.floor = QTLS_FLOOR_classical, .groups = "secp521r1"}, .err = QTLS_ERR_GROUP_NONE},
    {"no scheme", {.versions = "tls1.3", .schemes = "ed25519"}, {.floor = QTLS_FLOOR_classical},
     .err = QTLS_ERR_SCHEME_NONE},
    {"no suite", {.versions = "tls1.3", .suites = "aes128-gcm"}, {.suites = "aes256-gcm"}, .err = QTLS_ERR_SUITE_NONE},
    {"no suite, Q-TLS", {.suites = "qtls-hybrid"}, {.suites = "qtls-pqc", .policy = QTLS_POLICY_require_any},
     .err = QTLS_ERR_PQC_NONE},
    {"no kyber group in common", {.versions = "q-tls1.0", .groups = "secp384r1:kyber768"},
     {.groups = "secp384r1:kyber1024"}, .err = QTLS_ERR_PQC_NONE},
    {"no classical group in common", {.versions = "q-tls1.0", .groups = "x25519:kyber1024"},
     {.groups = "secp384r1:kyber1024"}, .err = QTLS_ERR_PQC_NONE},
    {"an identity without ML-DSA", {.versions = "q-tls1.0"}, {0}, .identity = P256_ID, .err = QTLS_ERR_PQC_NONE},
    {"floor classical: a plain failure", {.versions = "q-tls1.0"}, {.floor = QTLS_FLOOR_classical},
     .identity = P256_ID, .err = QTLS_ERR_SCHEME_NONE},
    {"0x13F1 alone against require_both", {.suites = "qtls-pqc", .policy = QTLS_POLICY_require_any}, {0},
     .identity = MLDSA_ID, .err = QTLS_ERR_POLICY_NONE},
    {"0x13F1 alone against require_both, and no group",
     {.suites = "qtls-pqc", .groups = "kyber512", .policy = QTLS_POLICY_require_any}, {.groups = "secp384r1:kyber1024"},
     .identity = MLDSA_ID, .err = QTLS_ERR_PQC_NONE},
    {"Q-TLS alone where it is off", {.versions = "q-tls1.0"}, {.versions = "tls1.3"}, .err = QTLS_ERR_VERSION_NONE},
};

static void test_preference(void **state) {
  (void)state;
  run_all(preference, Q_COUNT(preference));
}

static void test_retries(void **state) {
  (void)state;
  run_all(retries, Q_COUNT(retries));
}

static void test_refusals(void **state) {
  (void)state;
  run_all(refusals, Q_COUNT(refusals));
}

/* ---- hellos that no client of ours sends ---- */

typedef struct raw_case {
  const char *what;
  uint16_t versions[4], suites[4], groups[6], schemes[4], shares[4];
  bool has_mode;
  uint8_t policy;
  qtls_err err;
  uint16_t suite, version, group;
  bool retry;
} raw_case;

static q_span raw_list(uint8_t *out, const uint16_t *codes, size_t most) {
  size_t n = 0;
  for (; n < most && codes[n] != 0; n++) {
    out[2 * n] = (uint8_t)(codes[n] >> 8);
    out[2 * n + 1] = (uint8_t)codes[n];
  }
  return q_span_of(out, 2 * n);
}

static const raw_case raw_rows[] = {
    /* 0x0100 is ffdhe2048 to a client that never heard of Q-TLS. */
    {"ffdhe without a Q-TLS suite", {0x0304}, {0x1302}, {0x0100, 0x0101, 0x11EC}, {0x0503}, {0x11EC},
     .suite = 0x1302, .version = 0x0304, .group = 0x11EC},
    {"ffdhe alone", {0x0304}, {0x1302}, {0x0100, 0x0101}, {0x0503}, {0}, .err = QTLS_ERR_FLOOR},
    {"ffdhe with a share", {0x0304}, {0x1302}, {0x0100}, {0x0503}, {0x0100}, .err = QTLS_ERR_FLOOR},
    {"0x13F2 from a client that lists 0x0304 alone", {0x0304}, {0x13F2}, {0x0018, 0x0100}, {0x13F0}, {0x0018, 0x0100},
     true, 1, .suite = 0x13F2, .version = 0x0304, .group = 0x0100},
    {"X25519MLKEM768 is no part of 0x13F2", {0x0305}, {0x13F2}, {0x11EC, 0x0018}, {0x13F0}, {0x11EC, 0x0018}, true, 1,
     .err = QTLS_ERR_PQC_NONE},
    {"0xFF02 alone asks for Q-TLS", {0x0304}, {0x1305}, {0x0018}, {0x0503}, {0}, true, 1, .err = QTLS_ERR_PQC_NONE},
    {"no share at all", {0x0305, 0x0304}, {0x13F2}, {0x0018, 0x0100}, {0x13F0}, {0}, true, 1, .suite = 0x13F2,
     .version = 0x0305, .group = 0x0100, .retry = true},
    {"no version", {0}, {0x13F2}, {0x0018, 0x0100}, {0x13F0}, {0}, true, 1, .err = QTLS_ERR_VERSION_NONE},
    {"TLS 1.2", {0x0303}, {0xC02C}, {0x0018}, {0x0503}, {0}, .err = QTLS_ERR_VERSION_NONE},
    {"SCSV with TLS 1.3", {0x0304}, {0x1302, 0x5600}, {0x11EC}, {0x0503}, {0x11EC}, .err = QTLS_ERR_FALLBACK},
    {"SCSV with TLS 1.2", {0x0303}, {0xC02C, 0x5600}, {0x0018}, {0x0503}, {0}, .err = QTLS_ERR_FALLBACK},
    {"SCSV with Q-TLS", {0x0305, 0x0304}, {0x13F2, 0x5600}, {0x0018, 0x0100}, {0x13F0}, {0x0018, 0x0100}, true, 1,
     .suite = 0x13F2, .version = 0x0305, .group = 0x0100},
    {"policy any of the client, both of the server", {0x0305}, {0x13F1}, {0x0100}, {0x0900}, {0x0100}, true, 3,
     .err = QTLS_ERR_POLICY_NONE},
    {"codes nobody knows between the others", {0x7F1C, 0x0304}, {0x2A2A, 0x1302}, {0x2A2A, 0xFFFF, 0x11EC},
     {0x2A2A, 0x0503}, {0x11EC}, .suite = 0x1302, .version = 0x0304, .group = 0x11EC},
};

static void test_raw_hellos(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(raw_rows); i++) {
    const raw_case *r = &raw_rows[i];
    wire_lists room;
    q_capability caps[2];
    q_choice c;
    char buf[160];
    q_text why;
    row ids = {.identity = HYBRID_ID, .identity2 = MLDSA_ID};
    q_settings server;
    q_policy_defaults(&server);
    q_offer o = {.versions = raw_list(room.versions, r->versions, 4), .suites = raw_list(room.suites, r->suites, 4),
                 .groups = raw_list(room.groups, r->groups, 6),       .schemes = raw_list(room.schemes, r->schemes, 4),
                 .has_hybrid_mode = r->has_mode,                       .policy = (qtls_policy)r->policy,
                 .priority = 255};
    for (size_t k = 0; k < 4 && r->shares[k] != 0; k++) {
      o.shares.code[o.shares.count++] = r->shares[k];
    }
    q_text_init(&why, buf, sizeof buf);
    qtls_err err = choose(&c, &why, &server, caps, identities(caps, &ids), &o);
    if (err != r->err) {
      print_message("%s: %s %s\n", r->what, qtls_err_name(err), buf);
    }
    assert_err(err, r->err);
    if (err == QTLS_OK) {
      assert_int_equal(c.suite->code, r->suite);
      assert_int_equal(c.version, r->version);
      assert_int_equal(c.group->code, r->group);
      assert_int_equal(c.retry, r->retry);
    }
  }
}

/* RFC 7507: without Q-TLS of its own a server counts TLS 1.3 as the highest. */
static void test_fallback_of_a_tls13_server(void **state) {
  (void)state;
  static const row rows[] = {
      {"not a fallback", {.versions = "tls1.3"}, {.versions = "tls1.3"}, TLS13, .group = 0x11EC, .scheme = 0x0503},
  };
  run_all(rows, Q_COUNT(rows));
}

/* ---- names ---- */

/* Identities with their names; the client's name and what it can do decide. */
typedef struct named_identity {
  const char *names[3];
  const char *schemes;
} named_identity;

typedef struct named_case {
  const char *what, *asked;
  side client;
  named_identity ids[4];
  qtls_err err;
  size_t by;
} named_case;

static const named_case named_rows[] = {
    {"no name", NULL, {0}, {{{"a.test"}, HYBRID_ID}, {{"b.test"}, HYBRID_ID}}, .by = 0},
    {"an unknown name", "c.test", {0}, {{{"a.test"}, HYBRID_ID}, {{"b.test"}, HYBRID_ID}}, .by = 0},
    {"an unknown name, and another's better scheme", "c.test", {.versions = "tls1.3"},
     {{{"a.test"}, P256_ID}, {{"b.test"}, MLDSA_ID}}, .by = 0},
    {"no name: a companion of the first", NULL, {.versions = "tls1.3"},
     {{{"a.test"}, P256_ID}, {{"b.test"}, P256_ID}, {{"x.test", "A.test"}, MLDSA_ID}}, .by = 2},
    {"no name, and the first fits nothing", NULL, {.versions = "tls1.3"},
     {{{"a.test"}, "dilithium3"}, {{"b.test"}, P256_ID}}, .by = 1},
    {"the second", "b.test", {0}, {{{"a.test"}, HYBRID_ID}, {{"b.test"}, HYBRID_ID}}, .by = 1},
    {"letters of any case", "B.TesT", {0}, {{{"a.test"}, HYBRID_ID}, {{"b.test"}, HYBRID_ID}}, .by = 1},
    {"a dot at the end", "b.test.", {0}, {{{"a.test"}, HYBRID_ID}, {{"b.test"}, HYBRID_ID}}, .by = 1},
    {"one of several names", "y.test", {0}, {{{"a.test"}, HYBRID_ID}, {{"b.test", "x.test", "y.test"}, HYBRID_ID}}, .by = 1},
    {"a wildcard", "w.b.test", {0}, {{{"a.test"}, HYBRID_ID}, {{"*.b.test"}, HYBRID_ID}}, .by = 1},
    {"a wildcard for two labels", "v.w.b.test", {0}, {{{"a.test"}, HYBRID_ID}, {{"*.b.test"}, HYBRID_ID}}, .by = 0},
    {"a wildcard for none", "b.test", {0}, {{{"a.test"}, HYBRID_ID}, {{"*.b.test"}, HYBRID_ID}}, .by = 0},
    {"exact before wildcard", "w.b.test", {0}, {{{"*.b.test"}, HYBRID_ID}, {{"w.b.test"}, HYBRID_ID}}, .by = 1},
    {"exact before a wildcard with a better scheme", "w.b.test", {.versions = "tls1.3"},
     {{{"*.b.test"}, MLDSA_ID}, {{"w.b.test"}, P256_ID}}, .by = 1},
    {"a wildcard where the exact one fits nothing", "w.b.test", {.versions = "q-tls1.0"},
     {{{"w.b.test"}, P256_ID}, {{"*.b.test"}, HYBRID_ID}}, .by = 1},
    {"nobody else's where the named one fits nothing", "b.test", {.versions = "tls1.3"},
     {{{"a.test"}, P256_ID}, {{"b.test"}, "dilithium3"}}, QTLS_ERR_SCHEME_NONE, 0},
    {"hybrid beside classical of the same name: Q-TLS", "b.test", {0},
     {{{"a.test"}, HYBRID_ID}, {{"b.test"}, P256_ID}, {{"b.test"}, HYBRID_ID}}, .by = 2},
    {"hybrid beside classical of the same name: a client that knows P-256 alone", "b.test",
     {.versions = "tls1.3", .schemes = "ecdsa_secp256r1_sha256"},
     {{{"a.test"}, P256_ID}, {{"b.test"}, HYBRID_ID}, {{"b.test"}, P256_ID}}, .by = 2},
    {"hybrid beside classical by wildcard", "w.b.test", {0},
     {{{"a.test"}, HYBRID_ID}, {{"*.b.test"}, P256_ID}, {{"*.b.test"}, HYBRID_ID}}, .by = 2},
    {"the first of two alike", "b.test", {0},
     {{{"a.test"}, HYBRID_ID}, {{"b.test"}, HYBRID_ID}, {{"b.test"}, HYBRID_ID}}, .by = 1},
};

static void run_named(const named_case *r) {
  q_capability caps[4];
  q_candidate ids[4];
  q_server_names names = {NULL, 0, 0};
  size_t count = 0;
  char buf[160];
  q_text why;
  q_text_init(&why, buf, sizeof buf);
  for (; count < 4 && r->ids[count].schemes != NULL; count++) {
    assert_ok(q_policy_parse_list(&caps[count].schemes, &why, Q_LIST_SCHEMES, r->ids[count].schemes));
    ids[count] = (q_candidate){&caps[count], Q_FIT_OTHER};
    for (size_t k = 0; k < 3 && r->ids[count].names[k] != NULL; k++) {
      assert_ok(q_policy_names_add(&names, q_span_of(r->ids[count].names[k], strlen(r->ids[count].names[k])), count));
    }
  }
  q_policy_names_sort(&names);
  q_span asked = q_span_of(r->asked, r->asked == NULL ? 0 : strlen(r->asked));
  if (!q_policy_names_find(&names, asked, ids)) {
    q_policy_names_defaults(&names, ids);
  }
  q_settings client = settings_of(&r->client);
  q_settings server = settings_of(&(side){0});
  wire_lists room;
  q_offer offer = offer_of(&room, &client);
  q_choice c;
  qtls_err err = q_policy_choose(&c, &why, &server, ids, count, &offer);
  if (err != r->err || (err == QTLS_OK && c.identity != r->by)) {
    print_message("%s: %s, identity %zu\n", r->what, qtls_err_name(err), c.identity);
  }
  assert_err(err, r->err);
  assert_true(err != QTLS_OK || c.identity == r->by);
  q_policy_names_free(&names);
}

static void test_names(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(named_rows); i++) {
    run_named(&named_rows[i]);
  }
}

/* Every name of a long list is found, and none that is not in it. */
static void test_many_names(void **state) {
  (void)state;
  enum { COUNT = 1000 };
  static char text[COUNT][16];
  static q_candidate ids[COUNT];
  q_server_names names = {NULL, 0, 0};
  for (size_t i = 0; i < COUNT; i++) {
    size_t number = (i * 7919) % COUNT;
    (void)snprintf(text[i], sizeof text[i], "%s%zu.test", number % 2 == 0 ? "*." : "n", number);
    assert_ok(q_policy_names_add(&names, q_span_of(text[i], strlen(text[i])), i));
  }
  q_policy_names_sort(&names);
  for (size_t i = 0; i < COUNT; i++) {
    char asked[24];
    bool wildcard = text[i][0] == '*';
    (void)snprintf(asked, sizeof asked, "%s%.20s", wildcard ? "x" : "", text[i] + (wildcard ? 1 : 0));
    memset(ids, 0, sizeof ids);
    assert_true(q_policy_names_find(&names, q_span_of(asked, strlen(asked)), ids));
    for (size_t k = 0; k < COUNT; k++) {
      assert_int_equal(ids[k].fit, k != i ? Q_FIT_OTHER : wildcard ? Q_FIT_WILDCARD : Q_FIT_EXACT);
    }
    size_t end = strlen(asked); /* neither shorter nor longer */
    assert_false(q_policy_names_find(&names, q_span_of(asked, end - 1), ids));
    asked[end] = 's';
    assert_false(q_policy_names_find(&names, q_span_of(asked, end + 1), ids));
    (void)snprintf(asked, sizeof asked, "no%zu.test", i);
    assert_false(q_policy_names_find(&names, q_span_of(asked, strlen(asked)), ids));
  }
  assert_false(q_policy_names_find(&names, q_span_of(".", 1), ids));
  assert_false(q_policy_names_find(&names, q_span_of(NULL, 0), ids));
  q_policy_names_free(&names);
}

/* What qtls list shows in the order of preference is what is preferred. */
static void test_registry_in_order(void **state) {
  q_settings s;
  (void)state;
  q_policy_defaults(&s);
  for (size_t i = 0; i < s.suites.count; i++) {
    assert_int_equal(s.suites.code[i], q_suite_at(i)->code);
  }
  for (size_t i = 0; i < s.groups.count; i++) {
    assert_int_equal(s.groups.code[i], q_group_at(i)->code);
  }
  for (size_t i = 0; i < s.schemes.count; i++) {
    assert_int_equal(s.schemes.code[i], q_scheme_at(i)->code);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_names), cmocka_unit_test(test_many_names),
      cmocka_unit_test(test_preference), cmocka_unit_test(test_retries), cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_raw_hellos), cmocka_unit_test(test_fallback_of_a_tls13_server),
      cmocka_unit_test(test_registry_in_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
