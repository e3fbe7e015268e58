/* Where a certificate says its status is to be had: what is read, what is
 * passed over and what is malformed. */
#include "pki/access.h"
#include "support/pki_edit.h"
#include "unit/unit.h"

static pki *base;

static int set_up(void **state) {
  (void)state;
  base = pki_make("ed25519", NULL);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  pki_free(base);
  return 0;
}

/* The leaf with one more extension. */
static pki_node with(q_oid oid, const char *hex, bool critical) {
  static uint8_t value[512];
  pki_node node = {0};
  pki_replace(&node, pki_der(&base->node[PKI_LEAF]));
  const pki_edit edit = {.kind = PKI_EDIT_ADD,
                         .oid = oid,
                         .value = q_span_of(value, unit_hex(value, sizeof value, hex)),
                         .critical = critical};
  pki_edit_extension(&node, &base->node[PKI_INTERMEDIATE], edit);
  return node;
}

static void expect(q_oid oid, const char *hex, qtls_err expected) {
  pki_node node = with(oid, hex, false);
  q_cert c;
  assert_err(q_pki_cert_parse(&c, pki_der(&node)), expected);
  q_free(node.der);
}

/* "http://a" as a URI, and the methods. */
#define URI_A "8608687474703a2f2f61"
#define URI_B "8608687474703a2f2f62"
#define DNS_A "820161"
#define OCSP "06082b06010505073001"
#define ISSUERS "06082b06010505073002"
#define OTHER "06082b06010505073003"

static void access_forms(void **state) {
  (void)state;
  const q_oid oid = Q_OID_AUTHORITY_INFO;
  expect(oid, "30163014" OCSP URI_A, QTLS_OK);
  expect(oid, "300f300d" OCSP DNS_A, QTLS_OK);
  expect(oid, "3000", QTLS_ERR_CERT_PARSE);
  expect(oid, "", QTLS_ERR_CERT_PARSE);
  expect(oid, "30163014" OCSP URI_A "00", QTLS_ERR_CERT_PARSE);
  expect(oid, "300c300a" OCSP, QTLS_ERR_CERT_PARSE);
  expect(oid, "300c300a" URI_A, QTLS_ERR_CERT_PARSE);
  expect(oid, "30173015" OCSP URI_A "00", QTLS_ERR_CERT_PARSE);
  expect(oid, "30163014" OCSP "a608687474703a2f2f61", QTLS_ERR_CERT_PARSE); /* constructed */
  expect(oid, "30163014" OCSP "8908687474703a2f2f61", QTLS_ERR_CERT_PARSE); /* no such choice */
  expect(oid, "30163015" OCSP URI_A, QTLS_ERR_CERT_PARSE);
}

static void point_forms(void **state) {
  (void)state;
  const q_oid oid = Q_OID_CRL_POINTS;
  expect(oid, "3010300ea00ca00a" URI_A, QTLS_OK);
  expect(oid, "3014" "3012" "a00ca00a" URI_A "81020101", QTLS_ERR_CERT_PARSE); /* unused bits that are set */
  expect(oid, "3014" "3012" "a00ca00a" URI_A "81020640", QTLS_OK);
  expect(oid, "3009" "3007" "a005a203020100", QTLS_ERR_CERT_PARSE); /* neither of the two names */
  expect(oid, "3006" "3004" "81020640", QTLS_ERR_CERT_PARSE);       /* reasons alone */
  expect(oid, "3007" "3005" "a203" DNS_A, QTLS_OK);                 /* an indirect list */
  expect(oid, "3004" "3002" "a200", QTLS_ERR_CERT_PARSE);
  expect(oid, "3006" "3004" "a002a000", QTLS_ERR_CERT_PARSE);
  expect(oid, "3002" "3000", QTLS_ERR_CERT_PARSE);
  expect(oid, "3000", QTLS_ERR_CERT_PARSE);
  expect(oid, "3010300ea00ca10a" URI_A, QTLS_OK); /* relative to the issuer: not looked at */
  expect(oid, "3012" "3010" "a00ea00a" URI_A "0500", QTLS_ERR_CERT_PARSE);
}

static void flag_forms(void **state) {
  (void)state;
  expect(Q_OID_TLS_FEATURE, "3003020105", QTLS_OK);
  expect(Q_OID_TLS_FEATURE, "3003020111", QTLS_OK);
  expect(Q_OID_TLS_FEATURE, "3000", QTLS_OK);
  expect(Q_OID_TLS_FEATURE, "30030201ff", QTLS_ERR_CERT_PARSE);
  expect(Q_OID_TLS_FEATURE, "300302010500", QTLS_ERR_CERT_PARSE);
  expect(Q_OID_TLS_FEATURE, "020105", QTLS_ERR_CERT_PARSE);
  expect(Q_OID_OCSP_NOCHECK, "0500", QTLS_OK);
  expect(Q_OID_OCSP_NOCHECK, "050100", QTLS_ERR_CERT_PARSE);
  expect(Q_OID_OCSP_NOCHECK, "", QTLS_ERR_CERT_PARSE);
  expect(Q_OID_OCSP_NOCHECK, "3000", QTLS_ERR_CERT_PARSE);
  expect(Q_OID_SCT_LIST, "0403000100", QTLS_OK);
  expect(Q_OID_SCT_LIST, "0003000100", QTLS_ERR_CERT_PARSE);
}

static void urls(void **state) {
  (void)state;
  q_span found[4];
  pki_node node = with(Q_OID_AUTHORITY_INFO,
                       "3051" "3014" OCSP URI_A "300d" OCSP DNS_A "3014" ISSUERS URI_B "3014" OTHER URI_B, false);
  assert_int_equal(q_pki_urls(found, 4, &node.cert, Q_URL_OCSP), 1);
  assert_true(q_base_span_equal(found[0], unit_text("http://a")));
  assert_int_equal(q_pki_urls(found, 4, &node.cert, Q_URL_ISSUER), 1);
  assert_true(q_base_span_equal(found[0], unit_text("http://b")));
  assert_int_equal(q_pki_urls(found, 4, &node.cert, Q_URL_CRL), 0);
  assert_int_equal(q_pki_urls(found, 0, &node.cert, Q_URL_OCSP), 0);
  q_free(node.der);
  /* Two names of one point, a point for some reasons, one of another's list. */
  node = with(Q_OID_CRL_POINTS,
              "304b" "301b" "a019a017" URI_A DNS_A URI_B "3012" "a00ca00a" URI_A "81020640" "3018" "a00ca00a" URI_A
              "a2088206612e74657374", false);
  assert_int_equal(q_pki_urls(found, 4, &node.cert, Q_URL_CRL), 2);
  assert_true(q_base_span_equal(found[1], unit_text("http://b")));
  assert_int_equal(q_pki_urls(found, 1, &node.cert, Q_URL_CRL), 1);
  q_free(node.der);
}

static void flags(void **state) {
  (void)state;
  pki_node node = with(Q_OID_TLS_FEATURE, "3006020111020105", false);
  assert_true(node.cert.must_staple && !node.cert.ocsp_nocheck && !node.cert.unknown_critical);
  q_free(node.der);
  node = with(Q_OID_TLS_FEATURE, "3003020111", false);
  assert_false(node.cert.must_staple);
  q_free(node.der);
  node = with(Q_OID_OCSP_NOCHECK, "0500", false);
  assert_true(node.cert.ocsp_nocheck);
  q_free(node.der);
  static const struct {
    q_oid oid;
    const char *hex;
  } rows[] = {{Q_OID_TLS_FEATURE, "3003020105"},
              {Q_OID_OCSP_NOCHECK, "0500"},
              {Q_OID_SCT_LIST, "0403000100"},
              {Q_OID_CRL_POINTS, "3010300ea00ca00a" URI_A},
              {Q_OID_AUTHORITY_INFO, "30163014" OCSP URI_A}};
  for (size_t i = 0; i < Q_COUNT(rows); i++) { /* critical: more than is promised */
    node = with(rows[i].oid, rows[i].hex, true);
    assert_true(node.cert.unknown_critical);
    q_free(node.der);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(access_forms), cmocka_unit_test(point_forms),
                                     cmocka_unit_test(flag_forms), cmocka_unit_test(urls), cmocka_unit_test(flags)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
