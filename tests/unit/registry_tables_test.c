/* The registry: nothing twice, every name resolves, sizes as in Q-TLS §2. */
#include "registry/registry.h"
#include "unit/unit.h"

static void suites(void **state) {
  (void)state;
  const q_suite *s = NULL, *other = NULL;
  for (size_t i = 0; (s = q_suite_at(i)) != NULL; i++) {
    assert_ptr_equal(q_suite_find(s->code), s);
    assert_ptr_equal(q_suite_by_name(s->name), s);
    for (size_t k = 0; k < i && (other = q_suite_at(k)) != NULL; k++) {
      assert_int_not_equal(other->code, s->code);
      assert_false(q_registry_name_equal(other->name, s->name));
    }
  }
  static const struct {
    const char *alias;
    uint16_t code;
  } aliases[] = {{"qtls-hybrid", 0x13F2},
                 {"QTLS-HYBRID", 0x13F2},
                 {"TLS_HYBRID_ECDHE_KYBER1024_RSA_DILITHIUM3_AES256_GCM_SHA384", 0x13F2},
                 {"qtls-pqc", 0x13F1},
                 {"aes256-gcm", 0x1302},
                 {"aes128-gcm", 0x1301},
                 {"chacha20-poly1305", 0x1303}};
  for (size_t i = 0; i < Q_COUNT(aliases); i++) {
    assert_non_null(q_suite_by_name(aliases[i].alias));
    assert_int_equal(q_suite_by_name(aliases[i].alias)->code, aliases[i].code);
  }
  assert_null(q_suite_find(0x1304));
  assert_null(q_suite_find(0));
  assert_null(q_suite_by_name(""));
  assert_null(q_suite_by_name("qtls"));
  assert_int_equal(q_suite_at(0)->code, 0x13F2); /* the order of preference, Q-TLS §1 */
  assert_int_equal(q_suite_at(1)->code, 0x13F1);
  assert_int_equal(q_suite_find(0x13F2)->hash, Q_HASH_SHA384);
  assert_int_equal(q_suite_find(0x13F2)->aead, Q_AEAD_AES256_GCM);
  assert_int_equal(q_suite_find(0x1303)->hash, Q_HASH_SHA256);
}

static void groups(void **state) {
  (void)state;
  const q_group *g = NULL, *other = NULL;
  size_t longest = 0;
  for (size_t i = 0; (g = q_group_at(i)) != NULL; i++) {
    assert_ptr_equal(q_group_find(g->code), g);
    assert_ptr_equal(q_group_by_name(g->name), g);
    assert_int_equal(q_group_is_classical(g), !q_group_is_pq(g));
    assert_true(g->protocols != 0 && g->first != Q_KEX_NONE);
    longest = q_group_client_share(g) > longest ? q_group_client_share(g) : longest;
    for (size_t k = 0; k < i && (other = q_group_at(k)) != NULL; k++) {
      assert_int_not_equal(other->code, g->code);
      assert_false(q_registry_name_equal(other->name, g->name));
    }
    if (q_group_is_kyber(g->code)) { /* these numbers are finite fields elsewhere */
      assert_int_equal(g->protocols, Q_PROTO_QTLS10);
    }
    if (g->second != Q_KEX_NONE) { /* no hybrid group below TLS 1.3 nor inside Q-TLS */
      assert_int_equal(g->protocols, Q_PROTO_TLS13);
    }
  }
  assert_int_equal(longest, Q_SHARE_MAX);
  static const struct {
    const char *alias;
    uint16_t code;
  } aliases[] = {{"prime256v1", 0x0017}, {"P-256", 0x0017},      {"P-384", 0x0018},      {"P-521", 0x0019},
                 {"curve25519", 0x001D}, {"ML-KEM-512", 0x0200}, {"ML-KEM-768", 0x0201}, {"ML-KEM-1024", 0x0202},
                 {"x25519mlkem768", 0x11EC}};
  for (size_t i = 0; i < Q_COUNT(aliases); i++) {
    assert_non_null(q_group_by_name(aliases[i].alias));
    assert_int_equal(q_group_by_name(aliases[i].alias)->code, aliases[i].code);
  }
  assert_null(q_group_find(0x0103));
  assert_null(q_group_by_name("ffdhe2048"));
}

static void share_sizes(void **state) {
  (void)state;
  static const struct {
    uint16_t code;
    size_t client, server;
    bool pq;
  } rows[] = {{0x0100, 1568, 1568, true}, {0x0101, 1184, 1088, true},  {0x0102, 800, 768, true},
              {0x0018, 97, 97, false},    {0x0017, 65, 65, false},     {0x001D, 32, 32, false},
              {0x0019, 133, 133, false},  {0x0200, 800, 768, true},    {0x0201, 1184, 1088, true},
              {0x0202, 1568, 1568, true}, {0x11EC, 1216, 1120, true},  {0x11EB, 1249, 1153, true},
              {0x11ED, 1665, 1665, true}};
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    const q_group *g = q_group_find(rows[i].code);
    assert_non_null(g);
    assert_int_equal(q_group_client_share(g), rows[i].client);
    assert_int_equal(q_group_server_share(g), rows[i].server);
    assert_int_equal(q_group_is_pq(g), rows[i].pq);
  }
  /* The body of ServerHello's key_share for 0x13F2 (Q-TLS §3): two entries. */
  size_t kyber = 4 + q_group_server_share(q_group_find(Q_GROUP_KYBER1024));
  assert_int_equal(kyber + 4 + q_group_server_share(q_group_find(Q_GROUP_SECP384R1)), 1673);
  assert_int_equal(kyber + 4 + q_group_server_share(q_group_find(Q_GROUP_X25519)), 1608);
  assert_int_equal(q_kex_size_of((q_kex_alg)99).client_share, 0);
}

static void schemes(void **state) {
  (void)state;
  const q_scheme *s = NULL, *other = NULL;
  for (size_t i = 0; (s = q_scheme_at(i)) != NULL; i++) {
    assert_ptr_equal(q_scheme_find(s->code), s);
    assert_ptr_equal(q_scheme_by_name(s->name), s);
    assert_int_equal(q_scheme_is_hybrid(s), s->part_pqc != 0);
    assert_int_equal(q_scheme_is_hybrid(s), s->part_classical != 0);
    for (size_t k = 0; k < i && (other = q_scheme_at(k)) != NULL; k++) {
      assert_int_not_equal(other->code, s->code);
      assert_false(q_registry_name_equal(other->name, s->name));
    }
    if (q_scheme_is_hybrid(s)) { /* its parts are schemes that fit its keys */
      const q_scheme *pqc = q_scheme_find(s->part_pqc), *classical = q_scheme_find(s->part_classical);
      assert_non_null(pqc);
      assert_non_null(classical);
      assert_int_equal(pqc->key, s->pqc_key);
      assert_int_equal(classical->key, s->key);
      assert_int_equal(classical->alg, s->alg);
      assert_true(q_scheme_is_pqc(s));
      assert_int_equal(s->protocols, Q_PROTO_QTLS10);
    }
  }
  static const struct {
    const char *alias;
    uint16_t code;
  } aliases[] = {{"ml-dsa-44", 0x0904},    {"ml-dsa-65", 0x0905},    {"ml-dsa-87", 0x0906}, {"qtls-mldsa44", 0x0901},
                 {"qtls-mldsa65", 0x0900}, {"qtls-mldsa87", 0x0902}, {"hybrid", 0x13F0},    {"Dilithium3", 0x0900}};
  for (size_t i = 0; i < Q_COUNT(aliases); i++) {
    assert_non_null(q_scheme_by_name(aliases[i].alias));
    assert_int_equal(q_scheme_by_name(aliases[i].alias)->code, aliases[i].code);
  }
  assert_true(q_scheme_is_pqc(q_scheme_find(Q_SCHEME_MLDSA65)));
  assert_false(q_scheme_is_pqc(q_scheme_find(Q_SCHEME_ECDSA_P384)));
  assert_null(q_scheme_find(0x0201));
  assert_null(q_scheme_by_name("rsa_pkcs1_sha1"));
}

static void extensions(void **state) {
  (void)state;
  const q_ext_row *e = NULL, *other = NULL;
  for (size_t i = 0; (e = q_ext_at(i)) != NULL; i++) {
    assert_ptr_equal(q_ext_find(e->code), e);
    assert_true(e->where != 0);
    assert_false(q_is_grease(e->code));
    for (size_t k = 0; k < i && (other = q_ext_at(k)) != NULL; k++) {
      assert_int_not_equal(other->code, e->code);
      assert_string_not_equal(other->name, e->name);
    }
  }
  assert_null(q_ext_find(0xFF01)); /* renegotiation_info has its IANA meaning only */
  assert_int_equal(q_ext_find(Q_EXT_KEY_SHARE)->where, Q_IN_CH | Q_IN_SH | Q_IN_HRR);
}

static void grease(void **state) {
  (void)state;
  unsigned count = 0;
  for (unsigned code = 0; code <= 0xFFFF; code++) {
    count += q_is_grease((uint16_t)code) ? 1 : 0;
  }
  assert_int_equal(count, 16);
  assert_true(q_is_grease(0x0A0A));
  assert_true(q_is_grease(0xFAFA));
  assert_false(q_is_grease(0x0A1A));
}

static void names(void **state) {
  (void)state;
  assert_true(q_registry_name_equal("AbC", "aBc"));
  assert_false(q_registry_name_equal("abc", "abcd"));
  assert_false(q_registry_name_equal("abcd", "abc"));
  assert_true(q_registry_name_equal("", ""));
  assert_string_equal(q_protocol_name(Q_PROTO_QTLS10), "Q-TLS 1.0");
  assert_string_equal(q_protocol_name((q_protocol)0), "none");
  assert_string_equal(q_key_type_name(Q_KEY_MLDSA65), "ML-DSA-65");
  assert_string_equal(q_key_type_name((q_key_type)99), "unknown");
  assert_string_equal(q_msg_name(Q_MSG_FINISHED), "Finished");
  assert_string_equal(q_msg_name(99), "unknown");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(suites),     cmocka_unit_test(groups), cmocka_unit_test(share_sizes),
      cmocka_unit_test(schemes),    cmocka_unit_test(extensions), cmocka_unit_test(grease),
      cmocka_unit_test(names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
