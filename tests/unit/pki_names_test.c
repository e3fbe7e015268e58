/* Names: RFC 9525 §6, IP literals, and name constraints of RFC 5280 §4.2.1.10. */
#include "pki/constraints.h"
#include "pki/dn.h"
#include "pki/names.h"
#include "pki/verify.h"
#include "unit/unit.h"

/* A certificate with one DNS name. */
static qtls_err check_dns(const char *have, size_t have_n, const char *want) {
  uint8_t san[300] = {0x82, (uint8_t)have_n};
  memcpy(san + 2, have, have_n);
  q_cert cert = {.san = {san, have_n + 2}};
  return q_pki_name_check(&cert, want);
}

static void dns_names(void **state) {
  (void)state;
  static const struct {
    const char *have, *want;
    bool good;
  } rows[] = {
      {"example.test", "example.test", true},
      {"Example.TEST", "eXample.test", true},
      {"example.test", "example.test.", true},
      {"192.0.2.1", "192.0.2.1.", false}, /* an address, whatever stands behind it */
      {"*.0.2.1", "192.0.2.1.", false},
      {"127.1", "127.1", false},
      {"1.test", "1.test", true},
      {"a.test1", "a.test1", true},
      {"example.test", "www.example.test", false},
      {"www.example.test", "example.test", false},
      {"*.example.test", "www.example.test", true},
      {"*.example.test", "WWW.EXAMPLE.TEST.", true},
      {"*.example.test", "a.b.example.test", false},
      {"*.example.test", "example.test", false},
      {"*.example.test", ".example.test", false},
      {"*.test", "example.test", false},
      {"*", "localhost", false},
      {"w*.example.test", "www.example.test", false},
      {"*w.example.test", "www.example.test", false},
      {"www.*.test", "www.example.test", false},
      {"*.*.test", "a.b.test", false},
      {"example.test", "*.test", false},
      {"*.example.test", "*.example.test", false},
      {"example.test", "", false},
      {"example.test", ".", false},
      {"example..test", "example..test", false},
      {"-a.test", "-a.test", false},
      {"a-.test", "a-.test", false},
      {"a_b.test", "a_b.test", true},
      {"xn--bcher-kva.test", "xn--bcher-kva.test", true},
      {"b\xC3\xBC" "cher.test", "b\xC3\xBC" "cher.test", false},
      {"127.0.0.1", "127.0.0.1", false}, /* an address is no DNS name */
      {"a b.test", "a b.test", false},
  };
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    assert_err(check_dns(rows[i].have, strlen(rows[i].have), rows[i].want),
               rows[i].good ? QTLS_OK : QTLS_ERR_CERT_NAME);
  }
  /* A zero byte ends nothing. */
  assert_err(check_dns("example.test\0.evil.test", 23, "example.test"), QTLS_ERR_CERT_NAME);
}

static void long_names(void **state) {
  (void)state;
  char label[66];
  memset(label, 'a', 64);
  label[64] = '\0';
  assert_err(check_dns(label, 64, label), QTLS_ERR_CERT_NAME);
  label[63] = '\0';
  assert_ok(check_dns(label, 63, label));
}

static void no_names(void **state) {
  (void)state;
  q_cert cert = {0};
  assert_err(q_pki_name_check(&cert, "example.test"), QTLS_ERR_CERT_NAME);
  assert_err(q_pki_name_check(&cert, "127.0.0.1"), QTLS_ERR_CERT_NAME);
}

static void addresses(void **state) {
  (void)state;
  static const uint8_t san[] = {0x87, 4,  192, 0, 2, 1, /* and an IPv6 one */
                                0x87, 16, 0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  q_cert cert = {.san = {san, sizeof san}};
  static const struct {
    const char *want;
    bool good;
  } rows[] = {{"192.0.2.1", true},      {"192.0.2.2", false},        {"192.0.2.01", false},
              {"192.0.2", false},       {"192.0.2.1.", false},       {"2001:db8::1", true},
              {"2001:DB8:0:0::1", true}, {"2001:db8:0:0:0:0:0:1", true}, {"2001:db8::2", false},
              {"[2001:db8::1]", false}, {"2001:db8::1%eth0", false}, {"::ffff:192.0.2.1", false}};
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    assert_err(q_pki_name_check(&cert, rows[i].want), rows[i].good ? QTLS_OK : QTLS_ERR_CERT_NAME);
  }
}

static void literals(void **state) {
  (void)state;
  static const struct {
    const char *text;
    const char *hex; /* "" when it is none */
  } rows[] = {{"0.0.0.0", "00000000"},
              {"255.255.255.255", "ffffffff"},
              {"256.1.1.1", ""},
              {"1.2.3", ""},
              {"1.2.3.4.5", ""},
              {"1..3.4", ""},
              {"0x1.2.3.4", ""},
              {"::", "00000000000000000000000000000000"},
              {"::1", "00000000000000000000000000000001"},
              {"1::", "00010000000000000000000000000000"},
              {"1:2:3:4:5:6:7:8", "00010002000300040005000600070008"},
              {"1:2:3:4:5:6:7", ""},
              {"1:2:3:4:5:6:7:8:9", ""},
              {"1:2:3:4:5:6:7::", "00010002000300040005000600070000"},
              {"1:2:3:4:5:6:7:8::", ""},
              {"::ffff:1.2.3.4", "00000000000000000000ffff01020304"},
              {"1:2:3:4:5:6:1.2.3.4", "00010002000300040005000601020304"},
              {"1.2.3.4::", ""},
              {"1::2::3", ""},
              {":1", ""},
              {"1:", ""},
              {":::", ""},
              {"12345::", ""},
              {"g::", ""},
              {"", ""},
              {"localhost", ""}};
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    uint8_t out[16];
    size_t n = q_pki_ip_parse(out, rows[i].text);
    assert_int_equal(n, strlen(rows[i].hex) / 2);
    unit_equal(out, n, rows[i].hex);
  }
}

/* ---- constraints ---- */

/* One DNS base permitted or excluded, one DNS name. */
static qtls_err constrain(const char *base, bool excluded, const char *name) {
  uint8_t value[200];
  uint8_t san[200] = {0x82, (uint8_t)strlen(name)};
  size_t b = strlen(base);
  memcpy(san + 2, name, strlen(name));
  uint8_t head[] = {0x30, (uint8_t)(b + 6), excluded ? 0xA1 : 0xA0, (uint8_t)(b + 4), 0x30, (uint8_t)(b + 2),
                    0x82, (uint8_t)b};
  memcpy(value, head, sizeof head);
  memcpy(value + sizeof head, base, b);
  q_cert cert = {.san = {san, strlen(name) + 2}, .subject = {(const uint8_t *)"\x30\x00", 2}};
  size_t work = 100;
  assert_true(q_pki_constraints_well_formed(q_span_of(value, b + 8)));
  return q_pki_constraints_check(&work, q_span_of(value, b + 8), &cert);
}

static void dns_constraints(void **state) {
  (void)state;
  static const struct {
    const char *base, *name;
    bool permitted, excluded; /* does the name pass as the one, as the other */
  } rows[] = {
      {"example.test", "example.test", true, false},
      {"example.test", "EXAMPLE.test", true, false},
      {"example.test", "a.example.test", true, false},
      {"example.test", "a.b.example.test", true, false},
      {"example.test", "badexample.test", false, true},
      {"example.test", "test", false, true},
      {".example.test", "a.example.test", true, false},
      {".example.test", "example.test", false, true},
      {"", "example.test", true, false},
      {"example.test", "*.example.test", true, false},
      {".example.test", "*.example.test", true, false},
      {"a.example.test", "*.example.test", false, false}, /* it may stand for a */
      {"a.b.example.test", "*.example.test", false, false},
      {"other.test", "*.example.test", false, true},
      {"example.test", "b\xC3\xBC" ".example.test", false, false},
      /* A base that is no DNS name can be neither granted nor passed. */
      {"*.example.test", "a.example.test", false, false},
      {"example.test.", "example.test", false, false},
      {"exa mple.test", "other.test", false, false},
      {".", "example.test", false, false},
      {"..example.test", "a.example.test", false, false},
  };
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    assert_err(constrain(rows[i].base, false, rows[i].name),
               rows[i].permitted ? QTLS_OK : QTLS_ERR_CERT_NAME_CONSTRAINT);
    assert_err(constrain(rows[i].base, true, rows[i].name), rows[i].excluded ? QTLS_OK : QTLS_ERR_CERT_NAME_CONSTRAINT);
  }
}

static qtls_err constrain_hex(const char *value_hex, const char *san_hex, const char *subject_hex, size_t work) {
  uint8_t value[256], san[256], subject[256];
  q_cert cert = {.san = {san, unit_hex(san, sizeof san, san_hex)},
                 .subject = {subject, unit_hex(subject, sizeof subject, subject_hex)}};
  size_t n = unit_hex(value, sizeof value, value_hex);
  assert_true(q_pki_constraints_well_formed(q_span_of(value, n)));
  return q_pki_constraints_check(&work, q_span_of(value, n), &cert);
}

#define IP_PERMITTED "300ea00c300a8708c0000200ffffff00" /* 192.0.2.0/24 */
#define EMAIL_PERMITTED "3010a00e300c810a" "6d61696c2e74657374" "61"
#define CN_A "300c310a300806035504030c0141"
#define CN_B "300c310a300806035504030c0142"

static void other_constraints(void **state) {
  (void)state;
  assert_ok(constrain_hex(IP_PERMITTED, "8704c0000205", "3000", 10));
  assert_err(constrain_hex(IP_PERMITTED, "8704c0000305", "3000", 10), QTLS_ERR_CERT_NAME_CONSTRAINT);
  assert_err(constrain_hex(IP_PERMITTED, "871020010db8000000000000000000000001", "3000", 10),
             QTLS_ERR_CERT_NAME_CONSTRAINT);
  assert_ok(constrain_hex(IP_PERMITTED, "82056c6f63616c", "3000", 10)); /* another type */
  /* Types that are not evaluated: refused when the certificate has such a name. */
  assert_ok(constrain_hex(EMAIL_PERMITTED, "82056c6f63616c", "3000", 10));
  assert_err(constrain_hex(EMAIL_PERMITTED, "8103614062", "3000", 10), QTLS_ERR_CERT_NAME_CONSTRAINT);
  /* Directory names: permitted by equal beginnings; an exclusion that differs
   * in bytes may still be meant, and is refused. */
  assert_ok(constrain_hex("3014a0123010a40e" CN_A, "", CN_A, 10));
  assert_err(constrain_hex("3014a0123010a40e" CN_A, "", CN_B, 10), QTLS_ERR_CERT_NAME_CONSTRAINT);
  assert_err(constrain_hex("3014a1123010a40e" CN_A, "", CN_A, 10), QTLS_ERR_CERT_NAME_CONSTRAINT);
  assert_err(constrain_hex("3014a1123010a40e" CN_A, "", CN_B, 10), QTLS_ERR_CERT_NAME_CONSTRAINT);
  /* The bound on work counts as no. */
  assert_err(constrain_hex(IP_PERMITTED, "8704c00002058704c0000206", "3000", 1), QTLS_ERR_CERT_NAME_CONSTRAINT);
}

static void malformed_constraints(void **state) {
  (void)state;
  static const char *const bad[] = {
      "", "3000", "3002a000", "3002a100", "300ea00c300a8708c0000200ffffff0000",
      "300aa00830068704c0000200",                         /* an address without mask */
      "3011a00f300d8708c0000200ffffff00800101",           /* minimum 1 */
      "300ea10c300a8708c0000200ffffff00a00c", "3002a200", /* the wrong order; an unknown part */
  };
  for (size_t i = 0; i < Q_COUNT(bad); i++) {
    uint8_t value[64];
    size_t n = unit_hex(value, sizeof value, bad[i]);
    assert_false(q_pki_constraints_well_formed(q_span_of(value, n)));
  }
}

/* The most special part of a subject stands first in RFC 4514, and rules about who
 * is let in begin with it: where a name is too long to be shown, no other part
 * stands in its place. */
static void long_subjects(void **state) {
  (void)state;
  static const uint8_t rdn[] = {0x31, 0x0C, 0x30, 0x0A, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0C, 0x03, 'n', '0', '0'};
  uint8_t name[4 + 33 * sizeof rdn] = {0x30, 0x82, (33 * sizeof rdn) >> 8, (33 * sizeof rdn) & 0xFF};
  for (size_t i = 0; i < 33; i++) {
    memcpy(name + 4 + i * sizeof rdn, rdn, sizeof rdn);
    name[4 + (i + 1) * sizeof rdn - 2] = (uint8_t)('0' + i / 10);
    name[4 + (i + 1) * sizeof rdn - 1] = (uint8_t)('0' + i % 10);
  }
  q_text t = {0};
  char *text = NULL;
  size_t n = 0;
  q_pki_dn_write(&t, q_span_of(name, sizeof name));
  assert_ok(q_pki_text_end(&t, &text, &n));
  assert_int_equal(strncmp(text, "...,CN=n31,CN=n30,", 18), 0);
  assert_string_equal(text + n - 14, ",CN=n01,CN=n00");
  q_free(text);
}

/* GeneralName (RFC 5280 §4.2.1.6): context tags 0 to 8, each in its own form. */
static void forms_of_names(void **state) {
  static const struct {
    const char *hex;
    int type; /* -1: refused */
  } rows[] = {{"8203612e62", 2},   {"8704c0000201", 7}, {"a4023000", 4}, {"a003060100", 0}, {"88012a", 8}, {"8200", 2},
              {"a203612e62", -1},  {"a704c0000201", -1}, {"84023000", -1}, {"8003060100", -1}, {"a8012a", -1},
              {"a400", -1},        {"a4023100", -1}, {"a403300000", -1}, {"a40330020500", -1}, {"890161", -1},
              {"aa0161", -1},      {"160161", -1}, {"420161", -1}, {"c20161", -1}, {"820361", -1}, {"82", -1},
              {"8281016100", -1},  {"82800000", -1}, {"", -1}};
  (void)state;
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    uint8_t der[32];
    q_span rest = q_span_of(der, unit_hex(der, sizeof der, rows[i].hex));
    q_general_name name;
    bool taken = q_pki_name_next(&rest, &name);
    if (taken != (rows[i].type >= 0)) {
      print_message("%s\n", rows[i].hex);
    }
    assert_int_equal(taken, rows[i].type >= 0);
    assert_true(!taken || ((int)name.type == rows[i].type && rest.n == 0));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(forms_of_names),
      cmocka_unit_test(dns_names),       cmocka_unit_test(long_names),        cmocka_unit_test(no_names),
      cmocka_unit_test(addresses),       cmocka_unit_test(literals),          cmocka_unit_test(dns_constraints),
      cmocka_unit_test(other_constraints), cmocka_unit_test(malformed_constraints),
      cmocka_unit_test(long_subjects),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
