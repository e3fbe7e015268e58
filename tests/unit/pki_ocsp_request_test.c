/* OCSP: requests made, read strictly, and recognized as somebody's. */
#include "pki/ocsp.h"
#include "support/status_fixture.h"
#include "unit/unit.h"

static pki *good;
static pki *other; /* the same names, other keys */

static int set_up(void **state) {
  (void)state;
  good = pki_make("p256", NULL);
  other = pki_make("p256", NULL);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  pki_free(good);
  pki_free(other);
  return 0;
}

static void requests(void **state) {
  (void)state;
  const q_cert *leaf = &good->node[PKI_LEAF].cert;
  const q_cert *issuer = &good->node[PKI_INTERMEDIATE].cert;
  uint8_t nonce[QTLS_OCSP_NONCE_MAX + 1] = {7, 7, 7};
  for (size_t n = 0; n <= QTLS_OCSP_NONCE_MAX; n += 32) {
    uint8_t *der = NULL;
    size_t der_n = 0;
    q_ocsp_request r;
    q_ocsp_id id;
    assert_ok(q_pki_ocsp_ask(&der, &der_n, leaf, issuer, q_span_of(nonce, n)));
    assert_ok(q_pki_ocsp_request_read(&r, q_span_of(der, der_n)));
    assert_int_equal(r.count, 1);
    assert_true(q_base_span_equal(r.nonce, q_span_of(nonce, n)));
    assert_true(q_pki_ocsp_request_at(&id, &r, 0));
    assert_false(q_pki_ocsp_request_at(&id, &r, 1));
    assert_true(q_pki_ocsp_id_is_of(&id, issuer));
    assert_false(q_pki_ocsp_id_is_of(&id, &good->node[PKI_ROOT].cert));
    assert_false(q_pki_ocsp_id_is_of(&id, &other->node[PKI_INTERMEDIATE].cert)); /* the same name */
    assert_true(q_base_span_equal(id.serial, leaf->serial));
    for (size_t i = 0; i < der_n; i++) {
      assert_err(q_pki_ocsp_request_read(&r, q_span_of(der, i)), QTLS_ERR_OCSP_REQUEST);
    }
    q_free(der);
  }
  uint8_t *der = NULL;
  size_t n = 0;
  assert_err(q_pki_ocsp_ask(&der, &n, leaf, issuer, q_span_of(nonce, sizeof nonce)), QTLS_ERR_ARGUMENT);
  assert_err(q_pki_ocsp_ask(&der, &n, leaf, &good->node[PKI_ROOT].cert, q_span_of(NULL, 0)), QTLS_ERR_ARGUMENT);
  assert_null(der);
}

/* CertID of a hash that is not known, of 0, 1, 16 and 17 certificates. */
static void request_forms(void **state) {
  (void)state;
  uint8_t id[64];
  size_t id_n = unit_hex(id, sizeof id,
                         "3014301230"
                         "0706032a03040500"
                         "0401aa0401bb020105");
  static const size_t counts[] = {0, 1, 16, 17};
  for (size_t i = 0; i < Q_COUNT(counts); i++) {
    uint8_t list[32 * 17];
    uint8_t tbs[600];
    uint8_t inner[600];
    uint8_t outer[600];
    for (size_t k = 0; k < counts[i]; k++) {
      memcpy(list + k * id_n, id, id_n);
    }
    size_t n = status_sequence(tbs, q_span_of(list, counts[i] * id_n));
    n = status_sequence(inner, q_span_of(tbs, n));
    n = status_sequence(outer, q_span_of(inner, n));
    q_ocsp_request r;
    qtls_err expected = counts[i] == 0 || counts[i] == 17 ? QTLS_ERR_OCSP_REQUEST : QTLS_OK;
    assert_err(q_pki_ocsp_request_read(&r, q_span_of(outer, n)), expected);
    q_ocsp_id got;
    if (expected == QTLS_OK) {
      assert_true(q_pki_ocsp_request_at(&got, &r, counts[i] - 1));
      assert_int_equal(got.hash, Q_OID_UNKNOWN);
      assert_false(q_pki_ocsp_id_is_of(&got, &good->node[PKI_INTERMEDIATE].cert));
    }
  }
  uint8_t *big = q_alloc(QTLS_OCSP_REQUEST_MAX + 1);
  q_ocsp_request r;
  assert_err(q_pki_ocsp_request_read(&r, q_span_of(big, QTLS_OCSP_REQUEST_MAX + 1)), QTLS_ERR_OCSP_REQUEST);
  q_free(big);
}

/* Who prefers an algorithm (RFC 6960 §4.4.7) is answered as everybody; who insists is
 * not understood. */
static void preferred_algorithms(void **state) {
  (void)state;
  static const struct {
    const char *extensions;
    qtls_err expected;
  } rows[] = {{"a221301f301d06092b0601050507300108"
               "0410300e300c300a06082a8648ce3d040302",
               QTLS_OK},
              {"a2243022302006092b0601050507300108"
               "0101ff0410300e300c300a06082a8648ce3d040302",
               QTLS_ERR_OCSP_REQUEST}};
  uint8_t id[64];
  const size_t id_n = unit_hex(id, sizeof id,
                               "3014301230"
                               "0706032a03040500"
                               "0401aa0401bb020105");
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    uint8_t tbs[200];
    uint8_t inner[200];
    uint8_t outer[200];
    q_ocsp_request r;
    size_t n = status_sequence(tbs, q_span_of(id, id_n));
    n += unit_hex(tbs + n, sizeof tbs - n, rows[i].extensions);
    n = status_sequence(inner, q_span_of(tbs, n));
    n = status_sequence(outer, q_span_of(inner, n));
    assert_err(q_pki_ocsp_request_read(&r, q_span_of(outer, n)), rows[i].expected);
    assert_int_equal(r.count, rows[i].expected == QTLS_OK ? 1 : 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(requests), cmocka_unit_test(request_forms),
                                     cmocka_unit_test(preferred_algorithms)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
