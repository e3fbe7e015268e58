/*
 * AlgorithmIdentifiers of signatures: every one that is known, in the one form or
 * the two that standards give it (RFC 4055 §5, RFC 5758 §3, RFC 8410 §3, RFC 9881
 * §2), and the parameters of RSASSA-PSS (RFC 4055 §3.1), of which only those are
 * taken that name one hash throughout.
 */
#include <openssl/bytestring.h>

#include "pki/algorithm.h"
#include "unit/unit.h"

static q_span from_hex(uint8_t *room, size_t cap, const char *hex) { return q_span_of(room, unit_hex(room, cap, hex)); }

/* An identifier of this content; `out` stays as a failure leaves it. */
static qtls_err read(q_algorithm *out, const char *oid, const char *parameters) {
  uint8_t der[256] = {0x30};
  uint8_t room[128];
  q_span a = from_hex(room, sizeof room, oid);
  memcpy(der + 2, a.p, a.n);
  size_t n = a.n;
  a = from_hex(room, sizeof room, parameters);
  memcpy(der + 2 + n, a.p, a.n);
  n += a.n;
  assert_true(n < 128);
  der[1] = (uint8_t)n;
  qtls_err err = q_pki_algorithm_read(out, q_span_of(der, 2 + n));
  assert_true(err == QTLS_OK || (out->alg == Q_SIG_NONE && out->key == Q_KEY_NONE));
  return err;
}

#define RSA_PSS "06092a864886f70d01010a"

static void known_ones(void **state) {
  static const struct {
    const char *oid;
    q_sig_alg alg;
    q_key_type key;
    bool null; /* NULL may follow */
  } rows[] = {
      {"06082a8648ce3d040302", Q_SIG_ECDSA_SHA256, Q_KEY_NONE, false},
      {"06082a8648ce3d040303", Q_SIG_ECDSA_SHA384, Q_KEY_NONE, false},
      {"06082a8648ce3d040304", Q_SIG_ECDSA_SHA512, Q_KEY_NONE, false},
      {"06092a864886f70d01010b", Q_SIG_RSA_PKCS1_SHA256, Q_KEY_RSA, true},
      {"06092a864886f70d01010c", Q_SIG_RSA_PKCS1_SHA384, Q_KEY_RSA, true},
      {"06092a864886f70d01010d", Q_SIG_RSA_PKCS1_SHA512, Q_KEY_RSA, true},
      {"06032b6570", Q_SIG_ED25519, Q_KEY_ED25519, false},
      {"0609608648016503040311", Q_SIG_MLDSA, Q_KEY_MLDSA44, false},
      {"0609608648016503040312", Q_SIG_MLDSA, Q_KEY_MLDSA65, false},
      {"0609608648016503040313", Q_SIG_MLDSA, Q_KEY_MLDSA87, false},
  };
  (void)state;
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    q_algorithm a;
    assert_ok(read(&a, rows[i].oid, ""));
    assert_true(a.alg == rows[i].alg && a.key == rows[i].key);
    assert_err(read(&a, rows[i].oid, "0500"), rows[i].null ? QTLS_OK : QTLS_ERR_CERT_PARSE);
    assert_err(read(&a, rows[i].oid, "05000500"), QTLS_ERR_CERT_PARSE);
    assert_err(read(&a, rows[i].oid, "050100"), QTLS_ERR_CERT_PARSE);
    assert_err(read(&a, rows[i].oid, "3000"), QTLS_ERR_CERT_PARSE);
  }
}

static void others(void **state) {
  q_algorithm a;
  (void)state;
  assert_err(read(&a, "06092a864886f70d010104", "0500"), QTLS_ERR_CERT_WEAK); /* MD5 */
  assert_err(read(&a, "06092a864886f70d010105", "0500"), QTLS_ERR_CERT_WEAK); /* SHA-1 */
  assert_err(read(&a, "06072a8648ce3d0401", ""), QTLS_ERR_CERT_WEAK);
  assert_err(read(&a, "06032b6571", ""), QTLS_ERR_CERT_ALGORITHM); /* Ed448 */
  assert_err(read(&a, "06082a8648ce3d040301", ""), QTLS_ERR_CERT_ALGORITHM);
  assert_err(read(&a, "0600", ""), QTLS_ERR_CERT_PARSE);
  assert_err(read(&a, "0500", ""), QTLS_ERR_CERT_PARSE);
  assert_err(read(&a, "", ""), QTLS_ERR_CERT_PARSE);
  static const uint8_t behind[] = {0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 0};
  assert_ok(q_pki_algorithm_read(&a, q_span_of(behind, 7)));
  assert_err(q_pki_algorithm_read(&a, q_span_of(behind, 8)), QTLS_ERR_CERT_PARSE);
  assert_err(q_pki_algorithm_read(&a, q_span_of(behind, 6)), QTLS_ERR_CERT_PARSE);
}

/* ---- RSASSA-PSS ---- */

#define SHA1_ID "300906052b0e03021a0500"
#define SHA256_ID "300d06096086480165030402010500"
#define SHA256_BARE "300b0609608648016503040201"
#define SHA384_ID "300d06096086480165030402020500"
#define SHA512_ID "300d06096086480165030402030500"
#define SHA224_ID "300d06096086480165030402040500"
#define MGF1_OID "06092a864886f70d010108"
#define HASH(id) "a00f" id
#define MGF(id) "a11c301a" MGF1_OID id
#define SALT(n) "a2030201" n

static void pss(void **state) {
  static const struct {
    const char *parameters;
    qtls_err err;
    q_sig_alg alg;
  } rows[] = {
      {"3034" HASH(SHA256_ID) MGF(SHA256_ID) SALT("20"), QTLS_OK, Q_SIG_RSA_PSS_SHA256},
      {"3034" HASH(SHA384_ID) MGF(SHA384_ID) SALT("30"), QTLS_OK, Q_SIG_RSA_PSS_SHA384},
      {"3034" HASH(SHA512_ID) MGF(SHA512_ID) SALT("40"), QTLS_OK, Q_SIG_RSA_PSS_SHA512},
      /* RFC 4055 §2.1: NULL may be left out. */
      {"3030"
       "a00d" SHA256_BARE "a11a3018" MGF1_OID SHA256_BARE SALT("20"),
       QTLS_OK, Q_SIG_RSA_PSS_SHA256},
      /* One hash with another, another salt, a hash that is none of ours. */
      {"3034" HASH(SHA256_ID) MGF(SHA384_ID) SALT("20"), QTLS_ERR_CERT_ALGORITHM, Q_SIG_NONE},
      {"3034" HASH(SHA384_ID) MGF(SHA256_ID) SALT("30"), QTLS_ERR_CERT_ALGORITHM, Q_SIG_NONE},
      {"3034" HASH(SHA256_ID) MGF(SHA256_ID) SALT("1f"), QTLS_ERR_CERT_ALGORITHM, Q_SIG_NONE},
      {"3034" HASH(SHA256_ID) MGF(SHA256_ID) SALT("00"), QTLS_ERR_CERT_ALGORITHM, Q_SIG_NONE},
      {"3034" HASH(SHA384_ID) MGF(SHA384_ID) SALT("20"), QTLS_ERR_CERT_ALGORITHM, Q_SIG_NONE},
      {"3034" HASH(SHA512_ID) MGF(SHA512_ID) SALT("30"), QTLS_ERR_CERT_ALGORITHM, Q_SIG_NONE},
      {"302f" HASH(SHA256_ID) MGF(SHA256_ID), QTLS_ERR_CERT_ALGORITHM, Q_SIG_NONE}, /* salt: 20 */
      {"3034" HASH(SHA224_ID) MGF(SHA224_ID) SALT("1c"), QTLS_ERR_CERT_ALGORITHM, Q_SIG_NONE},
      /* SHA-1, said or meant. */
      {"3000", QTLS_ERR_CERT_WEAK, Q_SIG_NONE},
      {"3005" SALT("20"), QTLS_ERR_CERT_WEAK, Q_SIG_NONE},
      {"3016" HASH(SHA256_ID) SALT("20"), QTLS_ERR_CERT_WEAK, Q_SIG_NONE},
      {"3023" MGF(SHA256_ID) SALT("20"), QTLS_ERR_CERT_WEAK, Q_SIG_NONE},
      {"3030"
       "a00b" SHA1_ID MGF(SHA256_ID) SALT("20"),
       QTLS_ERR_CERT_WEAK, Q_SIG_NONE},
      {"3030" HASH(SHA256_ID) "a1183016" MGF1_OID SHA1_ID SALT("20"), QTLS_ERR_CERT_WEAK, Q_SIG_NONE},
      /* Form. */
      {"", QTLS_ERR_CERT_PARSE, Q_SIG_NONE},
      {"0500", QTLS_ERR_CERT_PARSE, Q_SIG_NONE},
      {"3034" HASH(SHA256_ID) MGF(SHA256_ID) SALT("20") "0500", QTLS_ERR_CERT_PARSE, Q_SIG_NONE},
      {"3036" HASH(SHA256_ID) MGF(SHA256_ID) SALT("20") "0500", QTLS_ERR_CERT_PARSE, Q_SIG_NONE},
      {"3039" HASH(SHA256_ID) MGF(SHA256_ID) SALT("20") "a303020101", QTLS_ERR_CERT_PARSE, Q_SIG_NONE}, /* a default */
      {"3034" MGF(SHA256_ID) HASH(SHA256_ID) SALT("20"), QTLS_ERR_CERT_PARSE, Q_SIG_NONE},
      {"3034" HASH(SHA256_ID) SALT("20") MGF(SHA256_ID), QTLS_ERR_CERT_PARSE, Q_SIG_NONE},
      {"3036"
       "a011" SHA256_ID "0500" MGF(SHA256_ID) SALT("20"),
       QTLS_ERR_CERT_PARSE, Q_SIG_NONE},
      {"3036" HASH(SHA256_ID) "a11e301c" MGF1_OID SHA256_ID "0500" SALT("20"), QTLS_ERR_CERT_PARSE, Q_SIG_NONE},
      {"3036" HASH(SHA256_ID) "a11e301a" MGF1_OID SHA256_ID "0500" SALT("20"), QTLS_ERR_CERT_PARSE, Q_SIG_NONE},
      {"3036" HASH(SHA256_ID) MGF(SHA256_ID) "a2050201200500", QTLS_ERR_CERT_PARSE, Q_SIG_NONE},
      {"3034" HASH(SHA256_ID) MGF(SHA256_ID) SALT("ff"), QTLS_ERR_CERT_PARSE, Q_SIG_NONE}, /* less than none */
      {"3035" HASH(SHA256_ID) MGF(SHA256_ID) "a20402020020", QTLS_ERR_CERT_PARSE, Q_SIG_NONE},
      /* Another mask: its OID, or none. */
      {"3034" HASH(SHA256_ID) "a11c301a"
                              "06092a864886f70d010109" SHA256_ID SALT("20"),
       QTLS_ERR_CERT_PARSE, Q_SIG_NONE},
      {"3029" HASH(SHA256_ID) "a111"
                              "300f"
                              "0500"
                              "300906052b0e03021a0500" SALT("20"),
       QTLS_ERR_CERT_PARSE, Q_SIG_NONE},
      {"3030" HASH("300d0609608648016503040201"
                   "0101") MGF(SHA256_ID),
       QTLS_ERR_CERT_PARSE, Q_SIG_NONE},
  };
  (void)state;
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    q_algorithm a;
    qtls_err err = read(&a, RSA_PSS, rows[i].parameters);
    if (err != rows[i].err) {
      print_message("%s\n", rows[i].parameters);
    }
    assert_err(err, rows[i].err);
    if (err == QTLS_OK) {
      assert_true(a.alg == rows[i].alg && a.key == Q_KEY_RSA_PSS);
    }
  }
}

/* ---- what is written ---- */

static void written_and_read(void **state) {
  (void)state;
  for (q_key_type key = Q_KEY_NONE; key <= Q_KEY_MLDSA87; key++) {
    uint8_t der[128];
    CBB cbb;
    size_t n = 0;
    q_algorithm a;
    q_sig_alg alg = q_pki_algorithm_of_key(key);
    assert_true(CBB_init_fixed(&cbb, der, sizeof der));
    assert_int_equal(q_pki_algorithm_write(&cbb, alg, key), alg != Q_SIG_NONE);
    if (alg == Q_SIG_NONE) {
      CBB_cleanup(&cbb);
      continue;
    }
    assert_true(CBB_finish(&cbb, NULL, &n));
    assert_ok(q_pki_algorithm_read(&a, q_span_of(der, n)));
    assert_int_equal(a.alg, alg);
    for (q_key_type other = Q_KEY_NONE; other <= Q_KEY_MLDSA87; other++) {
      bool curves = q_key_is_ec(key) && q_key_is_ec(other); /* a curve is the key's affair */
      bool rsa = key == Q_KEY_RSA_PSS && other == Q_KEY_RSA;
      assert_int_equal(q_pki_algorithm_fits(&a, other), other == key || curves || rsa);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(known_ones),
      cmocka_unit_test(others),
      cmocka_unit_test(pss),
      cmocka_unit_test(written_and_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
