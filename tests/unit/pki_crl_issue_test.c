/* Revocation lists: made, and long ones searched. */
#include "pki/crl.h"
#include "support/pki_fixture.h"
#include "unit/unit.h"

static pki *good;
static pki *other; /* the same names, other keys */
static pki *classical;

static int set_up(void **state) {
  (void)state;
  good = pki_make("hybrid-p384-mldsa65", NULL);
  other = pki_make("hybrid-p384-mldsa65", NULL);
  classical = pki_make("p256", NULL);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  pki_free(good);
  pki_free(other);
  pki_free(classical);
  return 0;
}

#define MANY 100000

/* A hundred thousand entries in a hostile order: every one is found, and nothing
 * else is. */
static void long_list(void **state) {
  (void)state;
  const pki_node *issuer = &classical->node[PKI_INTERMEDIATE];
  qtls_revoked *revoked = q_alloc(MANY * sizeof *revoked);
  uint8_t *serials = q_alloc(MANY * 4);
  for (uint32_t i = 0; i < MANY; i++) {
    uint32_t v = (i * 2654435761U) & 0x7FFFFFFEU; /* even ones, no two the same */
    v = v < 0x01000000U ? v | 0x40000000U : v;
    uint8_t *s = serials + 4 * (size_t)i;
    s[0] = (uint8_t)(v >> 24);
    s[1] = (uint8_t)(v >> 16);
    s[2] = (uint8_t)(v >> 8);
    s[3] = (uint8_t)v;
    revoked[i] = (qtls_revoked){s, 4, PKI_NOW - 5, QTLS_REASON_superseded};
  }
  qtls_crl_request request = {
      .number = 1, .this_update = PKI_NOW, .next_update = PKI_NOW + PKI_DAY, .revoked = revoked, .revoked_count = MANY};
  uint8_t *der = NULL;
  size_t n = 0;
  q_key_pair keys = {issuer->key, issuer->alt_key};
  assert_ok(q_pki_crl_issue(&der, &n, &request, &issuer->cert, keys));
  q_crl crl;
  assert_ok(q_pki_crl_parse(&crl, q_span_of(der, n)));
  assert_int_equal(crl.count, MANY);
  for (size_t i = 0; i < MANY; i++) {
    uint8_t *s = serials + 4 * i;
    const q_crl_entry *e = q_pki_crl_find(&crl, q_span_of(s, 4));
    assert_true(e != NULL && e->reason == QTLS_REASON_superseded && memcmp(e->serial, s, 4) == 0);
    assert_true(memcmp(crl.entries[i].serial, s, 4) == 0); /* the list's own order */
    s[3] |= 1;
    assert_null(q_pki_crl_find(&crl, q_span_of(s, 4)));
    assert_null(q_pki_crl_find(&crl, q_span_of(s, 3)));
  }
  q_pki_crl_free(&crl);
  q_free(der);
  q_free(serials);
  q_free(revoked);
}

static void issuing(void **state) {
  (void)state;
  static const uint8_t zero[] = {0x00, 0x01};
  static const uint8_t negative[] = {0x80};
  static const uint8_t one[21] = {0x01};
  const qtls_revoked bad[] = {{zero, 2, PKI_NOW, 0},
                              {negative, 1, PKI_NOW, 0},
                              {one, 21, PKI_NOW, 0},
                              {one, 0, PKI_NOW, 0},
                              {NULL, 1, PKI_NOW, 0},
                              {one, 1, PKI_NOW, (qtls_reason)7},
                              {one, 1, PKI_NOW, QTLS_REASON_removeFromCRL},
                              {one, 1, PKI_NOW, (qtls_reason)11},
                              {one, 1, INT64_C(-1000000000000), 0}};
  const pki_node *issuer = &good->node[PKI_INTERMEDIATE];
  const q_key_pair keys = {issuer->key, issuer->alt_key};
  uint8_t *der = NULL;
  size_t n = 0;
  qtls_crl_request request = {.this_update = PKI_NOW, .next_update = PKI_NOW + 1, .revoked_count = 1};
  assert_err(q_pki_crl_issue(&der, &n, &request, &issuer->cert, keys), QTLS_ERR_ARGUMENT);
  for (size_t i = 0; i < Q_COUNT(bad); i++) {
    request.revoked = &bad[i];
    assert_err(q_pki_crl_issue(&der, &n, &request, &issuer->cert, keys), QTLS_ERR_ARGUMENT);
    assert_null(der);
  }
  request = (qtls_crl_request){.this_update = PKI_NOW, .next_update = PKI_NOW};
  assert_err(q_pki_crl_issue(&der, &n, &request, &issuer->cert, keys), QTLS_ERR_ARGUMENT);
  request.next_update = PKI_NOW + 1;
  q_key_pair half = {issuer->key, NULL};
  assert_err(q_pki_crl_issue(&der, &n, &request, &issuer->cert, half), QTLS_ERR_KEY_MISMATCH);
  q_key_pair theirs = {issuer->key, other->node[PKI_INTERMEDIATE].alt_key};
  assert_err(q_pki_crl_issue(&der, &n, &request, &issuer->cert, theirs), QTLS_ERR_KEY_MISMATCH);
  const pki_node *leaf = &good->node[PKI_LEAF];
  q_key_pair leaf_keys = {leaf->key, leaf->alt_key};
  assert_err(q_pki_crl_issue(&der, &n, &request, &leaf->cert, leaf_keys), QTLS_ERR_CERT_NOT_CA);
  q_cert mute = issuer->cert;
  mute.key_usage = Q_KU_CERT_SIGN;
  assert_err(q_pki_crl_issue(&der, &n, &request, &mute, keys), QTLS_ERR_CERT_KEY_USAGE);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(long_list), cmocka_unit_test(issuing)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
