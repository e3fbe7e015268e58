/*
 * Settings as users write them, whether they leave anything to negotiate, and
 * what a client offers by them (Q-TLS §1-3, §9).
 */
#include "policy/offer.h"
#include "unit/unit.h"

static char buf[320];

static q_text problem(void) {
  q_text t;
  q_text_init(&t, buf, sizeof buf);
  return t;
}

/* The list has exactly these codes; 0 ends them. */
static void has_codes(const char *what, const q_codes *list, const uint16_t *codes) {
  size_t n = 0;
  while (codes[n] != 0) {
    n++;
  }
  bool same = list->count == n;
  for (size_t i = 0; same && i < n; i++) {
    same = list->code[i] == codes[i];
  }
  if (!same) {
    print_message("%s:", what);
    for (size_t i = 0; i < list->count; i++) {
      print_message(" %04x", list->code[i]);
    }
    print_message("\n");
  }
  assert_true(same);
}

/* ---- lists of names ---- */

typedef struct list_case {
  q_list_kind kind;
  const char *list;
  uint16_t codes[6];   /* empty: refused */
  const char *problem; /* stands in the words then */
} list_case;

static const list_case lists[] = {
    {Q_LIST_GROUPS, "x25519", {0x001D}, NULL},
    {Q_LIST_GROUPS, "kyber1024:secp384r1", {0x0100, 0x0018}, NULL},
    {Q_LIST_GROUPS, "KYBER1024:Secp384R1", {0x0100, 0x0018}, NULL},
    {Q_LIST_GROUPS, "prime256v1:P-384:curve25519:ML-KEM-768", {0x0017, 0x0018, 0x001D, 0x0201}, NULL},
    {Q_LIST_GROUPS, "x25519:x25519:P-256:secp256r1", {0x001D, 0x0017}, NULL},
    {Q_LIST_GROUPS, "?x448:x25519:?ffdhe2048", {0x001D}, NULL},
    {Q_LIST_GROUPS, "?x25519", {0x001D}, NULL},
    {Q_LIST_GROUPS, "x25519:x448", {0}, "unknown group 'x448' at place 2"},
    {Q_LIST_GROUPS, "?x448", {0}, "names nothing"},
    {Q_LIST_GROUPS, "", {0}, "unknown group '' at place 1"},
    {Q_LIST_GROUPS, "x25519:", {0}, "unknown group '' at place 2"},
    {Q_LIST_GROUPS, " x25519", {0}, "unknown group"},
    {Q_LIST_GROUPS, "dilithium3", {0}, "unknown group 'dilithium3'"},
    {Q_LIST_GROUPS,
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", {0}, "at place 1"},
    {Q_LIST_GROUPS,
     "?aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", {0}, "at place 1"},
    {Q_LIST_GROUPS, "x\x1b[31m", {0}, "'x?[31m'"},
    {Q_LIST_SUITES, "qtls-hybrid:TLS_AES_256_GCM_SHA384", {0x13F2, 0x1302}, NULL},
    {Q_LIST_SUITES, "TLS_KYBER1024_DILITHIUM3_AES256_GCM_SHA384", {0x13F1}, NULL},
    {Q_LIST_SUITES, "TLS_HYBRID_ECDHE_KYBER1024_RSA_DILITHIUM3_AES256_GCM_SHA384", {0x13F2}, NULL},
    {Q_LIST_SUITES, "TLS_RSA_WITH_AES_128_CBC_SHA", {0}, "unknown cipher suite"},
    {Q_LIST_SCHEMES, "dilithium3:ml-dsa-65:hybrid", {0x0900, 0x0905, 0x13F0}, NULL},
    {Q_LIST_SCHEMES, "dilithium3_rsa_hybrid:dilithium5_ecdsa_hybrid", {0x13F4, 0x13F5}, NULL},
    {Q_LIST_SCHEMES, "ecdsa_sha1", {0}, "unknown signature scheme 'ecdsa_sha1'"},
};

static void test_lists(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(lists); i++) {
    q_codes out = {{0x7777}, 1};
    q_text t = problem();
    qtls_err err = q_policy_parse_list(&out, &t, lists[i].kind, lists[i].list);
    if (lists[i].codes[0] != 0) {
      assert_ok(err);
      has_codes(lists[i].list, &out, lists[i].codes);
      continue;
    }
    assert_err(err, QTLS_ERR_CONFIG_VALUE);
    if (strstr(buf, lists[i].problem) == NULL) {
      print_message("'%s': '%s'\n", lists[i].list, buf);
    }
    assert_non_null(strstr(buf, lists[i].problem));
    assert_int_equal(out.count, 1); /* as it was */
    assert_int_equal(out.code[0], 0x7777);
  }
}

static void test_versions(void **state) {
  static const struct {
    const char *list;
    uint8_t bits; /* 0: refused */
  } rows[] = {
      {"q-tls1.0", Q_PROTO_QTLS10},
      {"tls1.3", Q_PROTO_TLS13},
      {"q-tls1.0:tls1.3", Q_PROTO_QTLS10 | Q_PROTO_TLS13},
      {"TLSv1.3:Q-TLS", Q_PROTO_QTLS10 | Q_PROTO_TLS13},
      {"tls1.3:?tls1.4", Q_PROTO_TLS13},
      {"tls1.1", 0},
      {"?tls1.1", 0},
      {"", 0},
      {"ssl3:tls1.3", 0},
  };
  (void)state;
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    uint8_t bits = 0x80;
    q_text t = problem();
    assert_err(q_policy_parse_versions(&bits, &t, rows[i].list), rows[i].bits == 0 ? QTLS_ERR_CONFIG_VALUE : QTLS_OK);
    assert_int_equal(bits, rows[i].bits == 0 ? 0x80 : rows[i].bits);
    assert_int_equal(strlen(buf) > 0, rows[i].bits == 0);
  }
}

/* ---- settings that leave nothing ---- */

typedef struct check_case {
  const char *versions, *suites, *groups, *schemes;
  qtls_floor floor;
  qtls_policy policy;
  bool fine;
} check_case;

static const check_case checks[] = {
    {NULL, NULL, NULL, NULL, QTLS_FLOOR_pq_kex, QTLS_POLICY_require_both, true},
    {NULL, NULL, NULL, NULL, QTLS_FLOOR_q_tls, QTLS_POLICY_require_both, true},
    {"tls1.3", NULL, NULL, NULL, QTLS_FLOOR_q_tls, QTLS_POLICY_require_both, false},
    {"q-tls1.0", NULL, "x25519", NULL, QTLS_FLOOR_pq_kex, QTLS_POLICY_require_both, false},
    {"tls1.3", NULL, "x25519", NULL, QTLS_FLOOR_pq_kex, QTLS_POLICY_require_both, false},
    {"tls1.3", NULL, "x25519", NULL, QTLS_FLOOR_classical, QTLS_POLICY_require_both, true},
    {"q-tls1.0", "qtls-pqc", NULL, NULL, QTLS_FLOOR_pq_kex, QTLS_POLICY_require_both, false},
    {"q-tls1.0", "qtls-pqc", NULL, NULL, QTLS_FLOOR_pq_kex, QTLS_POLICY_require_pqc, true},
    {"q-tls1.0", "aes256-gcm", NULL, NULL, QTLS_FLOOR_pq_kex, QTLS_POLICY_require_both, false},
    {"q-tls1.0", NULL, NULL, "ed25519", QTLS_FLOOR_pq_kex, QTLS_POLICY_require_both, false},
    {NULL, NULL, "kyber1024", NULL, QTLS_FLOOR_q_tls, QTLS_POLICY_require_pqc, true},
    /* A suite without what goes with it, or a scheme below the floor, is nothing. */
    {NULL, NULL, "kyber1024", NULL, QTLS_FLOOR_q_tls, QTLS_POLICY_require_both, false},
    {"q-tls1.0", NULL, NULL, "dilithium3", QTLS_FLOOR_pq_kex, QTLS_POLICY_require_both, false},
    {"q-tls1.0", NULL, NULL, "dilithium3", QTLS_FLOOR_pq_kex, QTLS_POLICY_require_pqc, true},
    {"q-tls1.0", "qtls-pqc", NULL, "hybrid", QTLS_FLOOR_pq_kex, QTLS_POLICY_require_pqc, false},
    {"q-tls1.0", "qtls-hybrid", "kyber1024:secp521r1", NULL, QTLS_FLOOR_pq_kex, QTLS_POLICY_require_both, false},
    {"tls1.3", NULL, NULL, "ecdsa_secp256r1_sha256", QTLS_FLOOR_pq_auth, QTLS_POLICY_require_both, false},
    {"tls1.3", NULL, NULL, "ecdsa_secp256r1_sha256", QTLS_FLOOR_pq_kex, QTLS_POLICY_require_both, true},
    {"tls1.3", NULL, NULL, "mldsa65", QTLS_FLOOR_pq_auth, QTLS_POLICY_require_both, true},
};

static void fill(q_settings *s, const check_case *c) {
  q_text t = problem();
  q_policy_defaults(s);
  s->floor = c->floor;
  s->policy = c->policy;
  if (c->versions != NULL) {
    assert_ok(q_policy_parse_versions(&s->protocols, &t, c->versions));
  }
  if (c->suites != NULL) {
    assert_ok(q_policy_parse_list(&s->suites, &t, Q_LIST_SUITES, c->suites));
  }
  if (c->groups != NULL) {
    assert_ok(q_policy_parse_list(&s->groups, &t, Q_LIST_GROUPS, c->groups));
  }
  if (c->schemes != NULL) {
    assert_ok(q_policy_parse_list(&s->schemes, &t, Q_LIST_SCHEMES, c->schemes));
  }
}

static void test_checks(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(checks); i++) {
    q_settings s;
    fill(&s, &checks[i]);
    q_text t = problem();
    qtls_err err = q_policy_check(&s, &t);
    if ((err == QTLS_OK) != checks[i].fine) {
      print_message("row %zu: %s\n", i, qtls_err_name(err));
    }
    assert_err(err, checks[i].fine ? QTLS_OK : QTLS_ERR_CONFIG_CONFLICT);
    assert_int_equal(strlen(buf) > 0, !checks[i].fine);
  }
}

/* ---- what a client offers ---- */

typedef struct offer_case {
  const char *what;
  check_case settings;
  qtls_key_shares strategy;
  uint16_t versions[3], suites[6], shares[5];
} offer_case;

#define PLAIN(...) {__VA_ARGS__, QTLS_POLICY_require_both, true}

static const offer_case offers[] = {
    {"all defaults", PLAIN(NULL, NULL, NULL, NULL, QTLS_FLOOR_pq_kex), QTLS_KEY_SHARES_pq, {0x0305, 0x0304},
     {0x13F2, 0x1302, 0x1303, 0x1301}, {0x11EC, 0x0018, 0x0100}},
    {"classical first", PLAIN(NULL, NULL, NULL, NULL, QTLS_FLOOR_pq_kex), QTLS_KEY_SHARES_classical_first,
     {0x0305, 0x0304}, {0x13F2, 0x1302, 0x1303, 0x1301}, {0x0018, 0x001D}},
    {"both", PLAIN(NULL, NULL, NULL, NULL, QTLS_FLOOR_pq_kex), QTLS_KEY_SHARES_both, {0x0305, 0x0304},
     {0x13F2, 0x1302, 0x1303, 0x1301}, {0x11EC, 0x0018, 0x001D, 0x0100}},
    {"floor q-tls", PLAIN(NULL, NULL, NULL, NULL, QTLS_FLOOR_q_tls), QTLS_KEY_SHARES_pq, {0x0305}, {0x13F2},
     {0x0018, 0x0100}},
    {"TLS 1.3 alone", PLAIN("tls1.3", NULL, NULL, NULL, QTLS_FLOOR_pq_kex), QTLS_KEY_SHARES_pq, {0x0304},
     {0x1302, 0x1303, 0x1301}, {0x11EC}},
    {"Q-TLS with 0x13F1", {NULL, NULL, NULL, NULL, QTLS_FLOOR_q_tls, QTLS_POLICY_require_pqc, true},
     QTLS_KEY_SHARES_pq, {0x0305}, {0x13F2, 0x13F1}, {0x0018, 0x0100}},
    {"the groups' own order", PLAIN(NULL, NULL, "x25519:secp384r1:kyber768:kyber1024:MLKEM1024:X25519MLKEM768", NULL, QTLS_FLOOR_pq_kex),
     QTLS_KEY_SHARES_pq, {0x0305, 0x0304}, {0x13F2, 0x1302, 0x1303, 0x1301}, {0x001D, 0x0202, 0x0101}},
    {"no kyber group: no Q-TLS", PLAIN(NULL, NULL, "X25519MLKEM768:secp384r1", NULL, QTLS_FLOOR_pq_kex),
     QTLS_KEY_SHARES_pq, {0x0304}, {0x1302, 0x1303, 0x1301}, {0x11EC}},
    {"no classical group of Q-TLS: no 0x13F2",
     {NULL, NULL, "X25519MLKEM768:kyber1024", NULL, QTLS_FLOOR_pq_kex, QTLS_POLICY_require_pqc, true}, QTLS_KEY_SHARES_pq,
     {0x0305, 0x0304}, {0x13F1, 0x1302, 0x1303, 0x1301}, {0x11EC, 0x0100}},
    {"no hybrid scheme: no 0x13F2",
     {NULL, NULL, NULL, "mldsa65:dilithium3", QTLS_FLOOR_pq_kex, QTLS_POLICY_require_pqc, true}, QTLS_KEY_SHARES_pq,
     {0x0305, 0x0304}, {0x13F1, 0x1302, 0x1303, 0x1301}, {0x11EC, 0x0018, 0x0100}},
    {"no scheme of Q-TLS: no Q-TLS", PLAIN(NULL, NULL, NULL, "ecdsa_secp384r1_sha384", QTLS_FLOOR_pq_kex),
     QTLS_KEY_SHARES_pq, {0x0304}, {0x1302, 0x1303, 0x1301}, {0x11EC}},
    {"classical TLS 1.3", PLAIN("tls1.3", NULL, "secp256r1:x25519", NULL, QTLS_FLOOR_classical), QTLS_KEY_SHARES_pq,
     {0x0304}, {0x1302, 0x1303, 0x1301}, {0x0017}},
};

static void test_offers(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(offers); i++) {
    q_settings s;
    q_client_offer o;
    fill(&s, &offers[i].settings);
    s.shares = offers[i].strategy;
    q_policy_client_offer(&o, &s);
    has_codes(offers[i].what, &o.versions, offers[i].versions);
    has_codes(offers[i].what, &o.suites, offers[i].suites);
    has_codes(offers[i].what, &o.shares, offers[i].shares);
    assert_int_equal(o.qtls, q_policy_has(&o.versions, Q_VERSION_QTLS10));
  }
}

/* Q-TLS §2: the codes that are ffdhe elsewhere stand last, in the list and among
 * the shares, and never first: whatever the settings. */
static void test_kyber_codes_are_last(void **state) {
  static const char *const groups[] = {NULL, "kyber1024:x25519", "kyber768:kyber512:secp384r1:X25519MLKEM768:kyber1024"};
  (void)state;
  for (size_t g = 0; g < Q_COUNT(groups); g++) {
    for (int strategy = QTLS_KEY_SHARES_pq; strategy <= QTLS_KEY_SHARES_both; strategy++) {
      q_settings s;
      q_client_offer o;
      check_case c = {NULL, NULL, groups[g], NULL, QTLS_FLOOR_pq_kex, QTLS_POLICY_require_both, true};
      fill(&s, &c);
      s.shares = (qtls_key_shares)strategy;
      q_policy_client_offer(&o, &s);
      const q_codes *both[2] = {&o.groups, &o.shares};
      for (size_t k = 0; k < 2; k++) {
        bool kyber = false;
        assert_false(q_group_is_kyber(both[k]->code[0]));
        for (size_t i = 0; i < both[k]->count; i++) {
          assert_true(!kyber || q_group_is_kyber(both[k]->code[i]));
          kyber = q_group_is_kyber(both[k]->code[i]);
        }
      }
    }
  }
}

/* RFC 8446 §4.2.8: shares come in the order of supported_groups. */
static void test_shares_are_in_order(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(offers); i++) {
    q_settings s;
    q_client_offer o;
    size_t at = 0;
    fill(&s, &offers[i].settings);
    s.shares = offers[i].strategy;
    q_policy_client_offer(&o, &s);
    for (size_t k = 0; k < o.shares.count; k++, at++) {
      while (at < o.groups.count && o.groups.code[at] != o.shares.code[k]) {
        at++;
      }
      assert_true(at < o.groups.count);
    }
  }
}

/* §3: after a retry exactly what was asked for, ML-KEM last. */
static void test_retry_shares(void **state) {
  static const uint16_t pair[] = {0x001D, 0x0101, 0};
  static const uint16_t one[] = {0x0100, 0};
  q_codes out = {{1, 2, 3}, 3};
  (void)state;
  q_policy_retry_shares(&out, q_group_find(0x0101), q_group_find(0x001D));
  has_codes("pair", &out, pair);
  q_policy_retry_shares(&out, q_group_find(0x0100), NULL);
  has_codes("one", &out, one);
}

static void test_floor_and_policy(void **state) {
  static const struct {
    qtls_floor floor;
    uint16_t group, scheme;
    bool meets;
  } rows[] = {
      {QTLS_FLOOR_classical, 0x001D, 0x0403, true}, {QTLS_FLOOR_pq_kex, 0x001D, 0x0403, false},
      {QTLS_FLOOR_pq_kex, 0x11EC, 0x0403, true},    {QTLS_FLOOR_pq_auth, 0x11EC, 0x0403, false},
      {QTLS_FLOOR_pq_auth, 0x11EC, 0x0905, true},   {QTLS_FLOOR_pq_auth, 0x001D, 0x0905, false},
      {QTLS_FLOOR_pq_auth, 0x0201, 0, true},        {QTLS_FLOOR_q_tls, 0x11EC, 0x0905, false},
  };
  (void)state;
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    assert_int_equal(q_policy_meets_floor(rows[i].floor, Q_PROTO_TLS13, q_group_find(rows[i].group),
                                          q_scheme_find(rows[i].scheme)),
                     rows[i].meets);
    assert_true(q_policy_meets_floor(rows[i].floor, Q_PROTO_QTLS10, q_group_find(0x0100), q_scheme_find(0x13F0)));
  }
  /* A floor that does not exist is met by nothing. */
  assert_false(q_policy_meets_floor((qtls_floor)9, Q_PROTO_TLS13, q_group_find(0x11EC), q_scheme_find(0x0905)));
  assert_int_equal(q_policy_stricter(QTLS_POLICY_require_any, QTLS_POLICY_require_both), QTLS_POLICY_require_both);
  assert_int_equal(q_policy_stricter(QTLS_POLICY_require_pqc, QTLS_POLICY_require_any), QTLS_POLICY_require_pqc);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_lists),        cmocka_unit_test(test_versions),
      cmocka_unit_test(test_checks),       cmocka_unit_test(test_offers),
      cmocka_unit_test(test_kyber_codes_are_last), cmocka_unit_test(test_shares_are_in_order),
      cmocka_unit_test(test_retry_shares),
      cmocka_unit_test(test_floor_and_policy),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
