/* The reader of certificates: what is refused, element by element, and that no
 * byte of a certificate can be changed or cut without being noticed. */
#include "pki/extensions.h"
#include "pki/time.h"
#include "support/pki_edit.h"
#include "unit/unit.h"

static pki *good;
static pki *small; /* of Ed25519, for what is tried at every bit */

static int set_up(void **state) {
  (void)state;
  good = pki_make("hybrid-p384-mldsa65", NULL);
  small = pki_make("ed25519", NULL);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  pki_free(good);
  pki_free(small);
  return 0;
}

static pki_node copy_leaf(void) {
  pki_node fresh = {0};
  pki_replace(&fresh, pki_der(&small->node[PKI_LEAF]));
  return fresh;
}

static void expect_parse(const pki_node *node, qtls_err expected) {
  q_cert c;
  assert_err(q_pki_cert_parse(&c, pki_der(node)), expected);
  if (expected != QTLS_OK) {
    assert_true(c.der.n == 0 && c.spki.n == 0);
  }
}

static void what_it_says(void **state) {
  (void)state;
  const q_cert *c = &good->node[PKI_LEAF].cert;
  assert_int_equal(c->serial.n, 20);
  assert_true(q_base_span_equal(c->issuer, good->node[PKI_INTERMEDIATE].cert.subject));
  assert_true(c->not_before == PKI_NOW - 60 * PKI_DAY && c->not_after == PKI_NOW + 3650 * PKI_DAY);
  assert_true(c->has_basic && !c->is_ca && !c->has_path_len && c->has_key_usage && c->has_eku);
  assert_int_equal(c->key_usage, Q_KU_DIGITAL_SIGNATURE);
  assert_int_equal(c->eku, Q_EKU_SERVER | Q_EKU_CLIENT);
  assert_true(q_base_span_equal(c->aki, good->node[PKI_INTERMEDIATE].cert.ski));
  assert_int_equal(c->ski.n, 20);
  assert_int_equal(c->alt_signature.n, 3309);
  const q_cert *ca = &good->node[PKI_INTERMEDIATE].cert;
  assert_true(ca->is_ca && ca->has_path_len && ca->path_len == 0);
  assert_int_equal(ca->key_usage, Q_KU_CERT_SIGN | Q_KU_CRL_SIGN);
}

/* The covered bytes have neither `signature` nor 74, and are else as received. */
static void alternative_tbs(void **state) {
  (void)state;
  const q_cert *c = &good->node[PKI_LEAF].cert;
  uint8_t *tbs = NULL;
  size_t n = 0;
  assert_ok(q_pki_cert_alt_tbs(&tbs, &n, c));
  /* `signature` has 12 bytes; 74: 3 + 1 + 4 + 4 + 1 + 3309 and its header 4 + 5. */
  assert_int_equal(c->tbs.n - n, 12 + 4 + 5 + 4 + 4 + 1 + 3309);
  size_t same = 4; /* the outer header differs */
  while (c->tbs.p[same] == tbs[same]) {
    same++;
  }
  assert_true(same >= 4 + 5 + 22); /* version, serial */
  q_free(tbs);
  assert_err(q_pki_cert_alt_tbs(&tbs, &n, &small->node[PKI_LEAF].cert), QTLS_ERR_CERT_ALT_MALFORMED);
}

static void fields(void **state) {
  (void)state;
  static const struct {
    size_t index;
    const char *hex;
    qtls_err expected;
  } rows[] = {
      {0, "a003020102", QTLS_OK},
      {0, "a003020100", QTLS_ERR_CERT_PARSE}, /* v1 is the default and not written */
      {0, "a003020101", QTLS_ERR_CERT_PARSE}, /* v2 with extensions */
      {0, "a003020103", QTLS_ERR_CERT_PARSE},
      {0, "", QTLS_ERR_CERT_PARSE}, /* v1 with extensions */
      {0, "a00402020002", QTLS_ERR_CERT_PARSE},
      {1, "02017f", QTLS_OK},
      {1, "020100", QTLS_OK},
      {1, "0201ff", QTLS_ERR_CERT_PARSE},
      {1, "0200", QTLS_ERR_CERT_PARSE},
      {1, "02020001", QTLS_ERR_CERT_PARSE},
      {1, "02147fffffffffffffffffffffffffffffffffffffff", QTLS_OK},
      {1, "021500ffffffffffffffffffffffffffffffffffffffff", QTLS_ERR_CERT_PARSE},
      {1, "0281017f", QTLS_ERR_CERT_PARSE}, /* a length in a longer form than needed */
      {2, "300a06082a8648ce3d040302", QTLS_ERR_CERT_PARSE}, /* not the outer one */
      {3, "3000", QTLS_OK},
      {3, "30023100", QTLS_ERR_CERT_PARSE},
      {3, "30020500", QTLS_ERR_CERT_PARSE},
      {4, "301e170d3236303130313030303030305a170d3237303130313030303030305a", QTLS_OK},
      {4, "301e170d3237303130313030303030305a170d3236303130313030303030305a", QTLS_OK}, /* never valid */
      {4, "301c170b323630313031303030305a170d3237303130313030303030305a", QTLS_ERR_CERT_PARSE},
      {4, "3022171132363031303130303030303" "02b30313030170d3237303130313030303030305a", QTLS_ERR_CERT_PARSE},
      {4, "301e170d3236313330313030303030305a170d3237303130313030303030305a", QTLS_ERR_CERT_PARSE},
      {4, "301e170d3236303233303030303030305a170d3237303130313030303030305a", QTLS_ERR_CERT_PARSE},
      {4, "301e170d3236303130313234303030305a170d3237303130313030303030305a", QTLS_ERR_CERT_PARSE},
      {4, "301e170d3236303130313030303036305a170d3237303130313030303030305a", QTLS_ERR_CERT_PARSE},
      {4, "301e170d323630313031303030303030" "20170d3237303130313030303030305a", QTLS_ERR_CERT_PARSE},
      {4, "3000", QTLS_ERR_CERT_PARSE},
      {6, "3000", QTLS_ERR_CERT_PARSE},
      {6, "300a300506032b6570030100", QTLS_OK}, /* the form; the key itself is judged later */
      {6, "300b300506032b657003020101", QTLS_ERR_CERT_PARSE}, /* unused bits */
      {6, "300c300706032b65700500030100", QTLS_OK}, /* parameters, whatever they are */
      {6, "300e300906032b657005000500030100", QTLS_ERR_CERT_PARSE}, /* and more behind them */
      {6, "300c300706032b65700502030100", QTLS_ERR_CERT_PARSE}, /* longer than what they are in */
      {7, "", QTLS_OK},
      {7, "a3023000", QTLS_ERR_CERT_PARSE},
      {7, "a30030", QTLS_ERR_CERT_PARSE},
      {7, "81020001", QTLS_OK}, /* issuerUniqueID */
      {7, "8102080180", QTLS_ERR_CERT_PARSE},
  };
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    uint8_t element[128];
    size_t n = unit_hex(element, sizeof element, rows[i].hex);
    pki_node node = copy_leaf();
    pki_edit_field(&node, &small->node[PKI_INTERMEDIATE], rows[i].index, q_span_of(element, n));
    expect_parse(&node, rows[i].expected);
    q_free(node.der);
  }
}

static void extensions(void **state) {
  (void)state;
  static const struct {
    q_oid oid;
    const char *hex;
    qtls_err expected;
  } rows[] = {
      {Q_OID_BASIC_CONSTRAINTS, "3000", QTLS_OK},
      {Q_OID_BASIC_CONSTRAINTS, "30030101ff", QTLS_OK},
      {Q_OID_BASIC_CONSTRAINTS, "3003010100", QTLS_ERR_CERT_PARSE},
      {Q_OID_BASIC_CONSTRAINTS, "3003010101", QTLS_ERR_CERT_PARSE},
      {Q_OID_BASIC_CONSTRAINTS, "3003020100", QTLS_ERR_CERT_PARSE}, /* a length without cA */
      {Q_OID_BASIC_CONSTRAINTS, "30060101ff020105", QTLS_OK},
      {Q_OID_BASIC_CONSTRAINTS, "30070101ff02020100", QTLS_OK}, /* 256 */
      {Q_OID_BASIC_CONSTRAINTS, "30060101ff0201ff", QTLS_ERR_CERT_PARSE},
      {Q_OID_BASIC_CONSTRAINTS, "300000", QTLS_ERR_CERT_PARSE},
      {Q_OID_KEY_USAGE, "03020780", QTLS_OK},
      {Q_OID_KEY_USAGE, "0303070080", QTLS_OK}, /* decipherOnly */
      {Q_OID_KEY_USAGE, "030100", QTLS_ERR_CERT_PARSE},
      {Q_OID_KEY_USAGE, "03020700", QTLS_ERR_CERT_PARSE},
      {Q_OID_KEY_USAGE, "03020880", QTLS_ERR_CERT_PARSE},
      {Q_OID_KEY_USAGE, "03020781", QTLS_ERR_CERT_PARSE},
      {Q_OID_EXT_KEY_USAGE, "3000", QTLS_ERR_CERT_PARSE},
      {Q_OID_EXT_KEY_USAGE, "300406022a03", QTLS_OK},
      {Q_OID_EXT_KEY_USAGE, "30020600", QTLS_ERR_CERT_PARSE},
      {Q_OID_SUBJECT_ALT_NAME, "3000", QTLS_ERR_CERT_PARSE},
      {Q_OID_SUBJECT_ALT_NAME, "3003820161", QTLS_OK},
      {Q_OID_SUBJECT_ALT_NAME, "300382026161", QTLS_ERR_CERT_PARSE},
      {Q_OID_SUBJECT_ALT_NAME, "3003890161", QTLS_ERR_CERT_PARSE},
      {Q_OID_SUBJECT_ALT_NAME, "3003a20161", QTLS_ERR_CERT_PARSE},
      {Q_OID_SUBJECT_ALT_NAME, "3003020161", QTLS_ERR_CERT_PARSE},
      {Q_OID_SUBJECT_KEY_ID, "0400", QTLS_ERR_CERT_PARSE},
      {Q_OID_SUBJECT_KEY_ID, "040101", QTLS_OK},
      {Q_OID_AUTHORITY_KEY_ID, "3000", QTLS_OK},
      {Q_OID_AUTHORITY_KEY_ID, "3003800101", QTLS_OK},
      {Q_OID_AUTHORITY_KEY_ID, "30028000", QTLS_ERR_CERT_PARSE},
      {Q_OID_AUTHORITY_KEY_ID, "3003820101", QTLS_ERR_CERT_PARSE}, /* a serial without issuer */
      {Q_OID_AUTHORITY_KEY_ID, "3003830101", QTLS_ERR_CERT_PARSE},
  };
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    uint8_t value[64];
    size_t n = unit_hex(value, sizeof value, rows[i].hex);
    pki_node node = copy_leaf();
    pki_edit e = {PKI_EDIT_REPLACE, rows[i].oid, q_span_of(value, n), false, {NULL, 0}};
    pki_edit_extension(&node, &small->node[PKI_INTERMEDIATE], e);
    expect_parse(&node, rows[i].expected);
    q_free(node.der);
  }
}

static void extension_twice(void **state) {
  (void)state;
  for (q_oid oid = Q_OID_BASIC_CONSTRAINTS; oid <= Q_OID_SUBJECT_ALT_NAME; oid++) {
    pki_node node = copy_leaf();
    pki_edit e = {PKI_EDIT_REPEAT, oid, {NULL, 0}, false, {NULL, 0}};
    pki_edit_extension(&node, &small->node[PKI_INTERMEDIATE], e);
    expect_parse(&node, QTLS_ERR_CERT_PARSE);
    q_free(node.der);
  }
  /* Also one that nobody knows. */
  pki_node node = copy_leaf();
  pki_edit e = {PKI_EDIT_ADD, Q_OID_UNKNOWN, q_span_of("\x05\x00", 2), false, q_span_of("\x2a\x03\x04", 3)};
  pki_edit_extension(&node, &small->node[PKI_INTERMEDIATE], e);
  expect_parse(&node, QTLS_OK);
  pki_edit_extension(&node, &small->node[PKI_INTERMEDIATE], e);
  expect_parse(&node, QTLS_ERR_CERT_PARSE);
  q_free(node.der);
}

static void too_many_extensions(void **state) {
  (void)state;
  pki_node node = copy_leaf();
  size_t have = 6;
  for (uint8_t i = 0; have < Q_PKI_EXTENSIONS_MAX; i++, have++) {
    uint8_t oid[3] = {0x2A, 0x03, i};
    pki_edit e = {PKI_EDIT_ADD, Q_OID_UNKNOWN, q_span_of("\x05\x00", 2), false, q_span_of(oid, 3)};
    pki_edit_extension(&node, &small->node[PKI_INTERMEDIATE], e);
  }
  expect_parse(&node, QTLS_OK);
  pki_edit e = {PKI_EDIT_ADD, Q_OID_UNKNOWN, q_span_of("\x05\x00", 2), false, q_span_of("\x2a\x04", 2)};
  pki_edit_extension(&node, &small->node[PKI_INTERMEDIATE], e);
  expect_parse(&node, QTLS_ERR_CERT_PARSE);
  q_free(node.der);
}

/* Cut at every byte, each in a block of its own so that a sanitizer sees a read
 * past the end; and longer by one byte. */
static void truncated_everywhere(void **state) {
  (void)state;
  const pki_node *leaf = &good->node[PKI_LEAF];
  for (size_t n = 1; n <= leaf->n + 1; n++) {
    uint8_t *cut = q_alloc(n);
    memcpy(cut, leaf->der, n < leaf->n ? n : leaf->n);
    q_cert c;
    qtls_err err = q_pki_cert_parse(&c, q_span_of(cut, n));
    if (n == leaf->n) {
      assert_ok(err);
    } else {
      assert_err(err, QTLS_ERR_CERT_PARSE);
    }
    q_free(cut);
  }
  q_cert c;
  assert_err(q_pki_cert_parse(&c, q_span_of(NULL, 0)), QTLS_ERR_CERT_PARSE);
}

static qtls_err verify(const pki *p, q_trust *trust, q_span leaf, q_pki_need need, q_pki_verdict *v) {
  q_span chain[2] = {leaf, pki_der(&p->node[PKI_INTERMEDIATE])};
  q_pki_request req = {.trust = trust,
                       .chain = chain,
                       .chain_count = 2,
                       .now = PKI_NOW,
                       .name = NULL,
                       .purpose = Q_PKI_SERVER,
                       .need = need};
  return q_pki_verify(v, &req);
}

/* Every bit of a small certificate: no change leaves it good. */
static void every_bit_counts(void **state) {
  (void)state;
  q_trust *trust = pki_trust(small);
  const pki_node *leaf = &small->node[PKI_LEAF];
  uint8_t *bytes = q_alloc_copy(leaf->der, leaf->n);
  for (size_t bit = 0; bit < 8 * leaf->n; bit++) {
    q_pki_verdict v;
    bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    assert_true(verify(small, trust, q_span_of(bytes, leaf->n), Q_PKI_NEED_PRIMARY, &v) != QTLS_OK);
    assert_true(v.primary != QTLS_OK);
    q_pki_verdict_free(&v);
    bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
  }
  q_free(bytes);
  q_pki_trust_free(trust);
}

/* A bit of every seventh byte of a hybrid one: never both, and what only one
 * signature covers fails that one alone. */
static void bits_of_a_hybrid(void **state) {
  (void)state;
  q_trust *trust = pki_trust(good);
  const pki_node *leaf = &good->node[PKI_LEAF];
  uint8_t *bytes = q_alloc_copy(leaf->der, leaf->n);
  size_t tbs_end = (size_t)(leaf->cert.tbs.p - leaf->der) + leaf->cert.tbs.n;
  for (size_t at = 0; at < leaf->n; at += at < 400 ? 1 : 7) {
    q_pki_verdict v;
    uint8_t bit = (uint8_t)(1U << at % 8);
    bytes[at] ^= bit;
    assert_true(verify(good, trust, q_span_of(bytes, leaf->n), Q_PKI_NEED_BOTH, &v) != QTLS_OK);
    if (v.alternative == QTLS_OK) { /* outside what it covers: `signature` fields, 74's header, the end */
      assert_true(v.primary != QTLS_OK);
      assert_true(at >= tbs_end || at < 60);
    }
    q_pki_verdict_free(&v);
    bytes[at] ^= bit;
  }
  q_free(bytes);
  q_pki_trust_free(trust);
}

static void calendar(void **state) {
  (void)state;
  static const struct {
    q_date d;
    int64_t seconds;
  } rows[] = {{{1970, 1, 1, 0, 0, 0}, 0},
              {{1969, 12, 31, 23, 59, 59}, -1},
              {{2000, 2, 29, 12, 0, 0}, 951825600},
              {{2026, 11, 21, 6, 42, 0}, INT64_C(1795243320)},
              {{2100, 3, 1, 0, 0, 0}, INT64_C(4107542400)},
              {{9999, 12, 31, 23, 59, 59}, Q_TIME_END}};
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    assert_true(q_pki_time_of(&rows[i].d) == rows[i].seconds);
    q_date back = q_pki_date_of(rows[i].seconds);
    assert_true(back.year == rows[i].d.year && back.month == rows[i].d.month && back.day == rows[i].d.day &&
                back.hour == rows[i].d.hour && back.minute == rows[i].d.minute && back.second == rows[i].d.second);
  }
  static const struct {
    int64_t seconds;
    q_date d;
  } ends[] = {{INT64_MIN, {INT64_C(-292277022657), 1, 27, 8, 29, 52}},
              {INT64_MAX, {INT64_C(292277026596), 12, 4, 15, 30, 7}}};
  for (size_t i = 0; i < Q_COUNT(ends); i++) {
    q_date d = q_pki_date_of(ends[i].seconds);
    assert_true(d.year == ends[i].d.year && d.month == ends[i].d.month && d.day == ends[i].d.day &&
                d.hour == ends[i].d.hour && d.minute == ends[i].d.minute && d.second == ends[i].d.second);
  }
  for (int64_t t = -800 * 365 * PKI_DAY; t < 8000 * 365 * PKI_DAY; t += 86400 * 37 + 4711) {
    q_date d = q_pki_date_of(t);
    assert_true(q_pki_time_of(&d) == t);
  }
}

/* Written as UTCTime through 2049, as GeneralizedTime from 2050. */
static void times_written(void **state) {
  (void)state;
  static const struct {
    int64_t seconds;
    const char *hex;
  } rows[] = {{INT64_C(2524607999), "170d3439313233313233353935395a"},
              {INT64_C(2524608000), "180f32303530303130313030303030305a"},
              {INT64_C(-631152000), "170d3530303130313030303030305a"}};
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    uint8_t out[32];
    size_t n = 0;
    CBB cbb;
    assert_true(CBB_init_fixed(&cbb, out, sizeof out) && q_pki_time_write(&cbb, rows[i].seconds) &&
                CBB_finish(&cbb, NULL, &n));
    unit_equal(out, n, rows[i].hex);
    CBS in = q_pki_cbs_of(q_span_of(out, n));
    int64_t back = 0;
    assert_true(q_pki_time_read(&back, &in) && back == rows[i].seconds);
  }
  uint8_t out[32];
  CBB cbb;
  assert_true(CBB_init_fixed(&cbb, out, sizeof out));
  static const int64_t outside[] = {INT64_MIN, INT64_C(-631152001), Q_TIME_END + 1, INT64_MAX};
  for (size_t i = 0; i < Q_COUNT(outside); i++) {
    assert_false(q_pki_time_write(&cbb, outside[i]));
    assert_false(q_pki_time_write_general(&cbb, outside[i]));
  }
  CBB_cleanup(&cbb);
}

/* Every place has its own digits, and nothing else stands there. */
static void times_refused(void **state) {
  static const struct {
    uint8_t tag; /* 0x17 UTCTime, 0x18 GeneralizedTime */
    const char *text;
  } sound[] = {{0x17, "261121235959Z"}, {0x18, "20261121235959Z"}, {0x18, "20280229000000Z"}},
    bad[] = {{0x17, "261321235959Z"}, {0x17, "260021235959Z"}, {0x17, "261131235959Z"}, {0x17, "261100235959Z"},
             {0x17, "261121245959Z"}, {0x17, "261121236059Z"}, {0x17, "261121235960Z"}, {0x17, "270229000000Z"},
             {0x17, "2611212359Z"},   {0x17, "261121235959"},  {0x17, "261121235959z"}, {0x17, "261121235959ZZ"},
             {0x17, "261121235959+0000"}, {0x17, "20261121235959Z"}, {0x18, "261121235959Z"}, {0x18, "20261121235959.0Z"},
             {0x16, "261121235959Z"}, {0x17, ""}, {0x18, "Z"}};
  (void)state;
  uint8_t der[32];
  int64_t out = 0;
  for (size_t i = 0; i < Q_COUNT(sound); i++) {
    size_t n = strlen(sound[i].text);
    der[0] = sound[i].tag;
    der[1] = (uint8_t)n;
    memcpy(der + 2, sound[i].text, n);
    CBS in = q_pki_cbs_of(q_span_of(der, 2 + n));
    assert_true(q_pki_time_read(&out, &in) && CBS_len(&in) == 0);
    /* '/' and ':' stand beside the digits, a letter farther off. */
    for (size_t at = 0; at < n; at++) {
      for (const char *c = "/:A "; *c != '\0'; c++) {
        uint8_t kept = der[2 + at];
        der[2 + at] = (uint8_t)*c;
        in = q_pki_cbs_of(q_span_of(der, 2 + n));
        assert_false(q_pki_time_read(&out, &in));
        der[2 + at] = kept;
      }
    }
  }
  for (size_t i = 0; i < Q_COUNT(bad); i++) {
    size_t n = strlen(bad[i].text);
    der[0] = bad[i].tag;
    der[1] = (uint8_t)n;
    memcpy(der + 2, bad[i].text, n);
    CBS in = q_pki_cbs_of(q_span_of(der, 2 + n));
    if (q_pki_time_read(&out, &in)) {
      print_message("%s\n", bad[i].text);
      fail();
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(times_refused),
      cmocka_unit_test(what_it_says),    cmocka_unit_test(alternative_tbs),
      cmocka_unit_test(fields),          cmocka_unit_test(extensions),
      cmocka_unit_test(extension_twice), cmocka_unit_test(too_many_extensions),
      cmocka_unit_test(calendar),        cmocka_unit_test(truncated_everywhere),
      cmocka_unit_test(times_written),   cmocka_unit_test(every_bit_counts),
      cmocka_unit_test(bits_of_a_hybrid),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
