/* ECDSA signatures: DER to r || s and back, and every odd form. */
#include "crypto/sign.h"
#include "unit/unit.h"

static void to_raw(size_t half, const char *der_hex, const char *raw_hex) {
  uint8_t der[160], raw[132], again[160];
  size_t n = unit_hex(der, sizeof der, der_hex);
  size_t again_n = 0;
  assert_ok(q_crypto_ecdsa_to_raw(raw, half, q_span_of(der, n)));
  unit_equal(raw, 2 * half, raw_hex);
  assert_ok(q_crypto_ecdsa_to_der(again, &again_n, sizeof again, q_span_of(raw, 2 * half)));
  assert_int_equal(again_n, n);
  assert_memory_equal(again, der, n);
}

/* With halves of 2 bytes, so that the numbers can be read. */
static void there_and_back(void **state) {
  (void)state;
  to_raw(2, "3006020101020102", "00010002");
  to_raw(2, "30080202010002027fff", "01007fff");
  to_raw(2, "3007020200ff020101", "00ff0001");         /* high bit: a zero in front */
  to_raw(2, "300a02030080000203" "00ffff", "8000ffff"); /* both */
  to_raw(2, "30080202008002020080", "00800080");
}

static void refused(const char *der_hex) {
  uint8_t der[160], raw[132];
  size_t n = unit_hex(der, sizeof der, der_hex);
  assert_err(q_crypto_ecdsa_to_raw(raw, 2, q_span_of(der, n)), QTLS_ERR_DECODE);
}

static void odd_forms_are_refused(void **state) {
  (void)state;
  refused("");
  refused("30");
  refused("3000");
  refused("3003020101");                 /* one number */
  refused("3106020101020102");           /* not a SEQUENCE */
  refused("3006030101020102");           /* not an INTEGER */
  refused("3006020101030102");
  refused("300602010102010200");         /* bytes behind */
  refused("3007020101020102" "00");      /* bytes behind, inside */
  refused("3009020101020102020103");     /* three numbers */
  refused("3005020101020102");           /* length too small */
  refused("3007020101020102");           /* and too large */
  refused("308106020101020102");         /* long length where the short one does */
  refused("30820006020101020102");
  refused("3080020101020102" "0000");    /* indefinite */
  refused("300702810101020102");
  refused("3007020101028101" "02");
  refused("3006020181020102");           /* negative */
  refused("3006020101020180");
  refused("300702020001020102");         /* a leading zero too many */
  refused("3007020101020200" "7f");
  refused("3006020100020101");           /* zero */
  refused("3006020101020100");
  refused("30050200020101");             /* no bytes */
  refused("30050201010200");
  refused("3008020301000102" "0101");    /* too long for its half */
  refused("30090204008000" "01020101");
  refused("3008020101020301" "0001");
}

static void every_cut_is_refused(void **state) {
  (void)state;
  uint8_t der[32], raw[4];
  size_t n = unit_hex(der, sizeof der, "300a020300800002" "0300ffff");
  for (size_t cut = 0; cut < n; cut++) {
    assert_err(q_crypto_ecdsa_to_raw(raw, 2, q_span_of(der, cut)), QTLS_ERR_DECODE);
  }
}

/* Two numbers of 66 bytes with the high bit: the length needs its long form. */
static void long_lengths(void **state) {
  (void)state;
  uint8_t raw[132], back[132], der[2 * 66 + 9];
  memset(raw, 0xFF, sizeof raw);
  size_t n = 0;
  assert_ok(q_crypto_ecdsa_to_der(der, &n, sizeof der, q_span_of(raw, 132)));
  assert_int_equal(n, 2 * 66 + 9);
  assert_int_equal(der[1], 0x81);
  assert_int_equal(der[2], 138);
  assert_ok(q_crypto_ecdsa_to_raw(back, 66, q_span_of(der, n)));
  assert_memory_equal(back, raw, 132);
  assert_err(q_crypto_ecdsa_to_der(der, &n, sizeof der - 1, q_span_of(raw, 132)), QTLS_ERR_BUFFER);
  assert_ok(q_crypto_ecdsa_to_der(der, &n, sizeof der, q_span_of(raw, 96)));
  assert_int_equal(n, 2 * 48 + 8); /* 102 bytes inside: the short form */
  assert_int_equal(der[1], 102);
}

static void raw_forms_have_a_length(void **state) {
  (void)state;
  uint8_t raw[134] = {0}, der[160];
  size_t n = 0;
  assert_err(q_crypto_ecdsa_to_der(der, &n, sizeof der, q_span_of(raw, 0)), QTLS_ERR_DECODE);
  assert_err(q_crypto_ecdsa_to_der(der, &n, sizeof der, q_span_of(raw, 95)), QTLS_ERR_DECODE);
  assert_err(q_crypto_ecdsa_to_der(der, &n, sizeof der, q_span_of(raw, 134)), QTLS_ERR_DECODE);
}

static void signatures_pass_through_unchanged(void **state) {
  (void)state;
  q_privkey *key = NULL;
  assert_ok(q_crypto_privkey_generate(&key, Q_KEY_EC_P384, 0));
  for (int i = 0; i < 50; i++) {
    uint8_t sig[Q_SIGNATURE_MAX], raw[96], der[105];
    size_t n = 0, der_n = 0;
    assert_ok(q_crypto_sign(key, sig, &n, sizeof sig, Q_SIG_ECDSA_SHA384, unit_text("message")));
    assert_ok(q_crypto_ecdsa_to_raw(raw, 48, q_span_of(sig, n)));
    assert_ok(q_crypto_ecdsa_to_der(der, &der_n, sizeof der, q_span_of(raw, 96)));
    assert_int_equal(der_n, n);
    assert_memory_equal(der, sig, n);
  }
  q_crypto_privkey_free(key);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(there_and_back),          cmocka_unit_test(odd_forms_are_refused),
      cmocka_unit_test(every_cut_is_refused),    cmocka_unit_test(long_lengths),
      cmocka_unit_test(raw_forms_have_a_length), cmocka_unit_test(signatures_pass_through_unchanged),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
