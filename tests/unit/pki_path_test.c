/* The search for paths: unordered and superfluous certificates, several
 * candidates, anchors of every sort, and bounds. */
#include "support/pki_edit.h"
#include "unit/unit.h"

static pki *good;
static pki *other; /* the same names and other keys */
static pki *foreign;

static int set_up(void **state) {
  (void)state;
  pki_options apart = {.prefix = "Foreign"};
  good = pki_make("hybrid-p384-mldsa65", NULL);
  other = pki_make("hybrid-p384-mldsa65", NULL);
  foreign = pki_make("p256", &apart);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  pki_free(good);
  pki_free(other);
  pki_free(foreign);
  return 0;
}

static q_trust *store(const q_span *ders, size_t count) {
  q_trust *trust = NULL;
  size_t line = 0;
  assert_ok(q_pki_trust_new(&trust));
  for (size_t i = 0; i < count; i++) {
    assert_ok(q_pki_trust_add(trust, &line, ders[i]));
  }
  return trust;
}

static qtls_err judge(q_pki_verdict *v, const q_trust *trust, const q_span *chain, size_t count) {
  q_pki_request req = {.trust = trust,
                       .chain = chain,
                       .chain_count = count,
                       .now = PKI_NOW,
                       .name = "localhost",
                       .purpose = Q_PKI_SERVER,
                       .need = Q_PKI_NEED_BOTH};
  return q_pki_verify(v, &req);
}

static void expect(const q_trust *trust, const q_span *chain, size_t count, qtls_err expected, size_t length) {
  q_pki_verdict v;
  assert_err(judge(&v, trust, chain, count), expected);
  assert_int_equal(v.path_length, length);
  q_pki_verdict_free(&v);
}

static q_span leaf_of(const pki *p) { return pki_der(&p->node[PKI_LEAF]); }
static q_span middle_of(const pki *p) { return pki_der(&p->node[PKI_INTERMEDIATE]); }
static q_span root_of(const pki *p) { return pki_der(&p->node[PKI_ROOT]); }

static void any_order_and_more_than_needed(void **state) {
  (void)state;
  q_span anchors[2] = {root_of(foreign), root_of(good)};
  q_trust *trust = store(anchors, 2);
  q_span chain[6] = {leaf_of(good),   root_of(good),   middle_of(foreign),
                     leaf_of(foreign), middle_of(good), middle_of(good)};
  expect(trust, chain, 6, QTLS_OK, 3);
  q_pki_trust_free(trust);
}

static void unknown_ca(void **state) {
  (void)state;
  q_span anchor = root_of(foreign);
  q_trust *trust = store(&anchor, 1);
  q_span chain[3] = {leaf_of(good), middle_of(good), root_of(good)};
  expect(trust, chain, 3, QTLS_ERR_CERT_UNKNOWN_CA, 0);
  expect(trust, chain, 1, QTLS_ERR_CERT_UNKNOWN_CA, 0);
  q_pki_trust_free(trust);
  trust = store(NULL, 0);
  expect(trust, chain, 3, QTLS_ERR_CERT_UNKNOWN_CA, 0);
  q_pki_trust_free(trust);
  /* The right name with other keys: the key identifiers tell. */
  anchor = root_of(other);
  trust = store(&anchor, 1);
  expect(trust, chain, 3, QTLS_ERR_CERT_UNKNOWN_CA, 0);
  q_pki_trust_free(trust);
}

/* Without key identifiers only the signature tells which issuer it was. */
static void several_candidates(void **state) {
  (void)state;
  pki_node nodes[3];
  for (size_t i = 0; i < 3; i++) {
    nodes[i] = (pki_node){.key = good->node[i].key, .alt_key = good->node[i].alt_key};
    pki_replace(&nodes[i], pki_der(&good->node[i]));
  }
  pki_edit no_aki = {PKI_EDIT_REMOVE, Q_OID_AUTHORITY_KEY_ID, {NULL, 0}, false, {NULL, 0}};
  for (size_t i = 1; i < 3; i++) {
    pki_edit_extension(&nodes[i], &nodes[i - 1], no_aki);
    pki_resign_alt(&nodes[i], &nodes[i - 1], nodes[i - 1].alt_key);
  }
  q_span anchors[2] = {root_of(other), root_of(good)};
  q_trust *trust = store(anchors, 2);
  q_span chain[3] = {pki_der(&nodes[PKI_LEAF]), middle_of(other), pki_der(&nodes[PKI_INTERMEDIATE])};
  expect(trust, chain, 3, QTLS_OK, 3);
  q_pki_trust_free(trust);
  trust = store(anchors, 1); /* the wrong root alone: a path by name, no signature */
  q_pki_verdict v;
  assert_err(judge(&v, trust, chain, 3), QTLS_ERR_CERT_SIGNATURE);
  assert_err(v.alternative, QTLS_ERR_CERT_ALT_SIGNATURE);
  q_pki_verdict_free(&v);
  q_pki_trust_free(trust);
  for (size_t i = 0; i < 3; i++) {
    q_free(nodes[i].der);
  }
}

static void intermediate_as_anchor(void **state) {
  (void)state;
  q_span anchor = middle_of(good);
  q_trust *trust = store(&anchor, 1);
  q_span chain[2] = {leaf_of(good), middle_of(good)};
  expect(trust, chain, 2, QTLS_OK, 2);
  expect(trust, chain, 1, QTLS_OK, 2);
  q_pki_trust_free(trust);
}

static void leaf_as_anchor(void **state) {
  (void)state;
  q_span anchor = leaf_of(good);
  q_trust *trust = store(&anchor, 1);
  q_span chain[1] = {leaf_of(good)};
  expect(trust, chain, 1, QTLS_OK, 1);
  chain[0] = leaf_of(other); /* same name, not the same certificate */
  expect(trust, chain, 1, QTLS_ERR_CERT_UNKNOWN_CA, 0);
  q_pki_trust_free(trust);
}

/* What many tools make: self-signed, a CA, no key usage, for localhost. It is
 * good when it was put in the store itself, and for nothing that it signed. */
static void pinned_self_signed(void **state) {
  (void)state;
  static const char *const names[] = {"localhost"};
  const pki_node *node = &good->node[PKI_ROOT];
  uint8_t *der = NULL;
  size_t n = 0;
  q_issue w = {.subject = node->cert.subject,
               .issuer = node->cert.subject,
               .spki = node->cert.spki,
               .alt_spki = node->cert.alt_spki,
               .not_before = PKI_NOW - PKI_DAY,
               .not_after = PKI_NOW + PKI_DAY,
               .is_ca = true,
               .path_length = -1,
               .names = {names, 1},
               .key = node->key,
               .alt_key = node->alt_key};
  assert_ok(q_pki_issue(&der, &n, &w));
  q_span chain[1] = {q_span_of(der, n)};
  q_trust *trust = store(chain, 1);
  expect(trust, chain, 1, QTLS_OK, 1);
  q_pki_trust_free(trust);
  /* Its self-signature is looked at: altered, it is no anchor to build on. */
  der[n - 1] ^= 1;
  trust = store(chain, 1);
  q_pki_verdict v;
  assert_err(judge(&v, trust, chain, 1), QTLS_ERR_CERT_SIGNATURE);
  assert_ok(v.alternative);
  q_pki_verdict_free(&v);
  q_pki_trust_free(trust);
  q_free(der);
}

/* A self-signed certificate that is not in the store proves nothing. */
static void self_signed_alone(void **state) {
  (void)state;
  q_span anchor = root_of(foreign);
  q_trust *trust = store(&anchor, 1);
  q_span chain[1] = {root_of(good)};
  expect(trust, chain, 1, QTLS_ERR_CERT_UNKNOWN_CA, 0);
  q_pki_trust_free(trust);
}

static void bounds(void **state) {
  (void)state;
  q_span anchor = root_of(good);
  q_trust *trust = store(&anchor, 1);
  q_span chain[Q_PKI_CHAIN_MAX + 1];
  for (size_t i = 0; i < Q_COUNT(chain); i++) {
    chain[i] = i == 0 ? leaf_of(good) : middle_of(good);
  }
  q_pki_verdict v;
  assert_err(judge(&v, trust, chain, Q_PKI_CHAIN_MAX + 1), QTLS_ERR_CERT_MANY);
  q_pki_verdict_free(&v);
  assert_err(judge(&v, trust, chain, 0), QTLS_ERR_ARGUMENT);
  q_pki_verdict_free(&v);
  assert_ok(judge(&v, trust, chain, Q_PKI_CHAIN_MAX));
  q_pki_verdict_free(&v);
  q_pki_trust_free(trust);
}

/* Nine authorities of one name, each issued by that name: every order of them
 * is a path by name. The search gives up soon and says why. */
static void hostile_graph(void **state) {
  (void)state;
  q_span chain[Q_PKI_CHAIN_MAX];
  uint8_t *ders[Q_PKI_CHAIN_MAX];
  const pki_node *root = &good->node[PKI_ROOT];
  uint8_t serial[Q_PKI_SERIAL] = {1};
  static const char *const names[] = {"localhost"};
  for (size_t i = 0; i < Q_PKI_CHAIN_MAX; i++) {
    size_t n = 0;
    serial[1] = (uint8_t)i;
    q_issue w = {.subject = root->cert.subject,
                 .issuer = root->cert.subject,
                 .spki = root->cert.spki,
                 .serial = serial,
                 .not_before = PKI_NOW - PKI_DAY,
                 .not_after = PKI_NOW + PKI_DAY,
                 .is_ca = i > 0,
                 .path_length = -1,
                 .names = {names, 1},
                 .aki = root->cert.ski,
                 .key = foreign->node[PKI_ROOT].key};
    assert_ok(q_pki_issue(&ders[i], &n, &w));
    chain[i] = q_span_of(ders[i], n);
  }
  q_span anchor = root_of(good);
  q_trust *trust = store(&anchor, 1);
  q_pki_verdict v;
  qtls_err err = judge(&v, trust, chain, Q_PKI_CHAIN_MAX);
  assert_err(err, QTLS_ERR_CERT_SIGNATURE);
  q_pki_verdict_free(&v);
  q_pki_trust_free(trust);
  trust = store(NULL, 0);
  assert_err(judge(&v, trust, chain, Q_PKI_CHAIN_MAX), QTLS_ERR_CERT_MANY);
  q_pki_verdict_free(&v);
  q_pki_trust_free(trust);
  for (size_t i = 0; i < Q_PKI_CHAIN_MAX; i++) {
    q_free(ders[i]);
  }
}

static void malformed_extra(void **state) {
  (void)state;
  q_span anchor = root_of(good);
  q_trust *trust = store(&anchor, 1);
  q_span chain[3] = {leaf_of(good), middle_of(good), q_span_of("junk", 4)};
  q_pki_verdict v;
  assert_err(judge(&v, trust, chain, 3), QTLS_ERR_CERT_PARSE);
  assert_int_equal(v.at, 2);
  assert_err(v.primary, QTLS_ERR_CERT_PARSE);
  q_pki_verdict_free(&v);
  q_pki_trust_free(trust);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(any_order_and_more_than_needed),
      cmocka_unit_test(unknown_ca),
      cmocka_unit_test(several_candidates),
      cmocka_unit_test(intermediate_as_anchor),
      cmocka_unit_test(leaf_as_anchor),
      cmocka_unit_test(self_signed_alone),
      cmocka_unit_test(pinned_self_signed),
      cmocka_unit_test(bounds),
      cmocka_unit_test(hostile_graph),
      cmocka_unit_test(malformed_extra),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
