/* Paths through cross-signed authorities, in circles, past wrong key identifiers,
 * and as deep as may be. */
#include <stdio.h>

#include "pki/verify.h"
#include "support/pki_fixture.h"
#include "unit/unit.h"

#define PEOPLE 14

/* Keys, made once: several certificates are issued for each. */
static pki *keys[PEOPLE];

static int set_up(void **state) {
  (void)state;
  for (size_t i = 0; i < PEOPLE; i++) {
    keys[i] = pki_make("p256", NULL);
  }
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  for (size_t i = 0; i < PEOPLE; i++) {
    pki_free(keys[i]);
  }
  return 0;
}

static const q_privkey *key_of(size_t who) { return keys[who]->node[PKI_ROOT].key; }

#define LEAF 0
#define NO_AKI 1U
#define WRONG_AKI 4U
#define EXPIRED 8U

/* A certificate for person `who`, by person `by`: an authority unless it is the leaf. */
static pki_node certificate(size_t who, size_t by, unsigned what) {
  static const char *const names[] = {"localhost"};
  pki_node node = {0};
  uint8_t *subject = NULL;
  uint8_t *issuer = NULL;
  uint8_t *spki = NULL;
  uint8_t *issuer_spki = NULL;
  size_t subject_n = 0;
  size_t issuer_n = 0;
  size_t spki_n = 0;
  size_t issuer_spki_n = 0;
  uint8_t aki[Q_PKI_KEY_ID];
  char name[32];
  (void)snprintf(name, sizeof name, "Person %zu", who);
  pki_must(q_pki_issue_name(&subject, &subject_n, NULL, name), "name");
  (void)snprintf(name, sizeof name, "Person %zu", by);
  pki_must(q_pki_issue_name(&issuer, &issuer_n, NULL, name), "name");
  pki_must(q_crypto_privkey_to_spki(key_of(who), &spki, &spki_n), "key");
  pki_must(q_crypto_privkey_to_spki(key_of(by), &issuer_spki, &issuer_spki_n), "key");
  pki_must(q_pki_issue_key_id(aki, q_span_of(issuer_spki, issuer_spki_n)), "key identifier");
  aki[0] ^= (what & WRONG_AKI) != 0 ? 1 : 0;
  q_issue w = {.subject = {subject, subject_n},
               .issuer = {issuer, issuer_n},
               .spki = {spki, spki_n},
               .not_before = PKI_NOW - PKI_DAY,
               .not_after = (what & EXPIRED) != 0 ? PKI_NOW - 1 : PKI_NOW + PKI_DAY,
               .is_ca = who != LEAF,
               .path_length = -1,
               .key_usage = who == LEAF ? Q_KU_DIGITAL_SIGNATURE : Q_KU_CERT_SIGN,
               .names = {names, who == LEAF ? 1 : 0},
               .aki = q_span_of(aki, (what & NO_AKI) != 0 ? 0 : sizeof aki),
               .key = key_of(by)};
  pki_must(q_pki_issue(&node.der, &node.n, &w), "issue");
  pki_must(q_pki_cert_parse(&node.cert, pki_der(&node)), "parse");
  q_free(subject);
  q_free(issuer);
  q_free(spki);
  q_free(issuer_spki);
  return node;
}

/* Verifies chain[0] with the anchors; the nodes are the caller's. */
static qtls_err judge(size_t *length, const pki_node *const *anchors, size_t anchor_count, const pki_node *chain,
                      size_t count) {
  q_trust *trust = NULL;
  size_t line = 0;
  q_span ders[Q_PKI_CHAIN_MAX + 1];
  assert_ok(q_pki_trust_new(&trust));
  for (size_t i = 0; i < anchor_count; i++) {
    assert_ok(q_pki_trust_add(trust, &line, pki_der(anchors[i])));
  }
  for (size_t i = 0; i < count; i++) {
    ders[i] = pki_der(&chain[i]);
  }
  q_pki_request req = {.trust = trust,
                       .chain = ders,
                       .chain_count = count,
                       .now = PKI_NOW,
                       .name = "localhost",
                       .purpose = Q_PKI_SERVER,
                       .need = Q_PKI_NEED_PRIMARY};
  q_pki_verdict v;
  qtls_err err = q_pki_verify(&v, &req);
  *length = v.path_length;
  q_pki_verdict_free(&v);
  q_pki_trust_free(trust);
  return err;
}

static void drop(pki_node *nodes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    q_free(nodes[i].der);
  }
}

/* Person 2 is a root of its own and was certified by root 3 as well. Either is an
 * anchor, and a cross-certificate that has run out does not stand in the way. */
static void cross_signed(void **state) {
  (void)state;
  pki_node root2 = certificate(2, 2, 0);
  pki_node root3 = certificate(3, 3, 0);
  for (int expired = 0; expired < 2; expired++) {
    pki_node chain[4] = {certificate(LEAF, 1, 0), certificate(2, 3, expired ? EXPIRED : 0), certificate(1, 2, 0),
                         certificate(2, 2, 0)};
    const pki_node *both[2] = {&root3, &root2};
    size_t n = 0;
    assert_ok(judge(&n, &both[1], 1, chain, 4)); /* root 2 alone */
    assert_int_equal(n, 3);
    qtls_err by_cross = expired ? QTLS_ERR_CERT_EXPIRED : QTLS_OK;
    assert_err(judge(&n, &both[0], 1, chain, 4), by_cross); /* root 3 alone: over the cross-certificate */
    assert_true(expired || n == 4);
    assert_ok(judge(&n, both, 2, chain, 4));
    assert_ok(judge(&n, &both[1], 1, chain, 3)); /* whatever else was sent */
    assert_err(judge(&n, &both[0], 1, chain, 1), QTLS_ERR_CERT_UNKNOWN_CA);
    drop(chain, 4);
  }
  drop(&root2, 1);
  drop(&root3, 1);
}

/* Two authorities that certified each other, and nobody else did. */
static void circles(void **state) {
  (void)state;
  pki_node chain[4] = {certificate(LEAF, 1, 0), certificate(1, 2, 0), certificate(2, 1, 0), certificate(1, 1, 0)};
  pki_node root = certificate(3, 3, 0);
  pki_node way_out = certificate(2, 3, 0);
  const pki_node *anchors[1] = {&root};
  size_t n = 0;
  assert_err(judge(&n, anchors, 1, chain, 3), QTLS_ERR_CERT_UNKNOWN_CA);
  assert_int_equal(n, 0);
  assert_err(judge(&n, anchors, 1, chain, 4), QTLS_ERR_CERT_UNKNOWN_CA);
  pki_node with_exit[5] = {chain[0], chain[1], chain[2], chain[3], way_out};
  assert_ok(judge(&n, anchors, 1, with_exit, 5)); /* leaf, 1 by 2, 2 by 3, 3 */
  assert_int_equal(n, 4);
  drop(chain, 4);
  drop(&root, 1);
  drop(&way_out, 1);
}

/* The same name, and keys of which one is right: identifiers tell, or signatures. */
static void same_name_wrong_one_first(void **state) {
  (void)state;
  pki_node root = certificate(3, 3, 0);
  const pki_node *anchors[1] = {&root};
  for (unsigned no_aki = 0; no_aki <= NO_AKI; no_aki++) {
    pki_node right = certificate(1, 3, 0);
    pki_node wrong = certificate(1, 3, 0);
    /* The wrong one: person 1's name, and person 4's key. */
    uint8_t *spki = NULL;
    size_t spki_n = 0;
    pki_must(q_crypto_privkey_to_spki(key_of(4), &spki, &spki_n), "key");
    q_issue w = {.subject = right.cert.subject,
                 .issuer = right.cert.issuer,
                 .spki = {spki, spki_n},
                 .not_before = PKI_NOW - PKI_DAY,
                 .not_after = PKI_NOW + PKI_DAY,
                 .is_ca = true,
                 .path_length = -1,
                 .key_usage = Q_KU_CERT_SIGN,
                 .aki = root.cert.ski,
                 .key = key_of(3)};
    uint8_t *der = NULL;
    size_t n = 0;
    pki_must(q_pki_issue(&der, &n, &w), "issue");
    pki_replace(&wrong, q_span_of(der, n));
    pki_node chain[3] = {certificate(LEAF, 1, no_aki), wrong, right};
    assert_ok(judge(&n, anchors, 1, chain, 3));
    assert_int_equal(n, 3);
    /* The wrong one alone. */
    assert_err(judge(&n, anchors, 1, chain, 2), no_aki ? QTLS_ERR_CERT_SIGNATURE : QTLS_ERR_CERT_UNKNOWN_CA);
    drop(chain, 3);
    q_free(der);
    q_free(spki);
  }
  drop(&root, 1);
}

/* A key identifier that names nobody leads nowhere, at each place. */
static void wrong_key_identifier(void **state) {
  (void)state;
  pki_node root = certificate(3, 3, 0);
  const pki_node *anchors[1] = {&root};
  for (int where = 0; where < 3; where++) {
    size_t n = 0;
    pki_node chain[3] = {certificate(LEAF, 1, where == 0 ? WRONG_AKI : 0),
                         certificate(1, 2, where == 1 ? WRONG_AKI : 0), certificate(2, 3, where == 2 ? WRONG_AKI : 0)};
    assert_err(judge(&n, anchors, 1, chain, 3), QTLS_ERR_CERT_UNKNOWN_CA);
    assert_int_equal(n, 0);
    drop(chain, 3);
  }
  drop(&root, 1);
}

/* Ten certificates and an anchor above them are the longest path there is. */
static void depth(void **state) {
  (void)state;
  pki_node chain[Q_PKI_CHAIN_MAX + 1];
  pki_node anchors[2];
  for (size_t i = 0; i <= Q_PKI_CHAIN_MAX; i++) {
    chain[i] = certificate(i, i + 1, 0);
  }
  size_t n = 0;
  anchors[0] = certificate(Q_PKI_CHAIN_MAX, Q_PKI_CHAIN_MAX, 0);
  anchors[1] = certificate(Q_PKI_CHAIN_MAX + 1, Q_PKI_CHAIN_MAX + 1, 0);
  const pki_node *first[1] = {&anchors[0]};
  const pki_node *second[1] = {&anchors[1]};
  assert_ok(judge(&n, first, 1, chain, Q_PKI_CHAIN_MAX));
  assert_int_equal(n, Q_PKI_CHAIN_MAX + 1);
  assert_err(judge(&n, second, 1, chain, Q_PKI_CHAIN_MAX), QTLS_ERR_CERT_UNKNOWN_CA);
  assert_err(judge(&n, second, 1, chain, Q_PKI_CHAIN_MAX + 1), QTLS_ERR_CERT_MANY);
  assert_err(judge(&n, first, 1, chain, Q_PKI_CHAIN_MAX + 1), QTLS_ERR_CERT_MANY);
  drop(chain, Q_PKI_CHAIN_MAX + 1);
  drop(anchors, 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cross_signed),         cmocka_unit_test(circles), cmocka_unit_test(same_name_wrong_one_first),
      cmocka_unit_test(wrong_key_identifier), cmocka_unit_test(depth),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
