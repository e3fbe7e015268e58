/*
 * Settings of client authentication: each refusal with words that say what to
 * change, the limit of authorities, the rules of who is let in, and copies.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/config_parts.h"
#include "support/pki_fixture.h"
#include "unit/unit.h"
#include "wire/ext/ext_codec.h"

static qtls_config *fresh(qtls_role role) {
  qtls_config *c = NULL;
  assert_ok(qtls_config_new(&c, role));
  return c;
}

static void assert_words(const qtls_config *c, const char *words) {
  if (strstr(qtls_config_problem(c), words) == NULL) {
    print_message("\"%s\" lacks \"%s\"\n", qtls_config_problem(c), words);
  }
  assert_non_null(strstr(qtls_config_problem(c), words));
}

/* ---- rules ---- */

static void test_rules(void **state) {
  (void)state;
  static const char *const good[] = {"subject:*",
                                     "issuer:CN=x,O=y",
                                     "dns:*.example.com",
                                     "ip:192.0.2.7",
                                     "ip:2001:db8::1",
                                     "ip:192.0.2.*",
                                     "uri:spiffe://example.com/ns/*",
                                     "email:*@example.com",
                                     "serial:0A:ff*",
                                     "spki:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"};
  static const struct {
    const char *rule, *words;
  } bad[] = {{"", "KIND:PATTERN"},
             {"dns", "KIND:PATTERN"},
             {":x", "KIND one of"},
             {"DNS:x", "KIND one of"},
             {"cn:x", "subject, issuer, dns"},
             {"dns:", "the pattern is empty"},
             {"dns:a b", "no blanks"},
             {"ip:300.1.1.1", "the address is none"},
             {"ip:host", "the address is none"},
             {"serial:xyz", "hexadecimal"},
             {"serial:::", "hexadecimal"},
             {"spki:0011", "64 hexadecimal digits"},
             {"spki:*", "64 hexadecimal digits"}};
  qtls_config *c = fresh(QTLS_SERVER);
  for (size_t i = 0; i < Q_COUNT(good); i++) {
    assert_ok(qtls_config_add_allow(c, good[i]));
  }
  for (size_t i = 0; i < Q_COUNT(bad); i++) {
    assert_err(qtls_config_add_allow(c, bad[i].rule), QTLS_ERR_CONFIG_VALUE);
    assert_words(c, bad[i].words);
    assert_words(c, "rule \"");
  }
  assert_int_equal(c->allow_count, Q_COUNT(good));
  assert_err(qtls_config_add_allow(c, NULL), QTLS_ERR_ARGUMENT);
  char *much = malloc(5000);
  assert_non_null(much);
  memset(much, 'x', 4999);
  much[4999] = '\0';
  memcpy(much, "dns:", 4);
  assert_err(qtls_config_add_allow(c, much), QTLS_ERR_CONFIG_VALUE);
  assert_words(c, "longer than 1024");
  free(much);
  qtls_config_free(c);
}

/* ---- fitting, against names of every kind ---- */

static const char *const fitting[] = {"email:Ann@example.TEST",
                                      "email:*@example.test",
                                      "email:A*@*.test",
                                      "uri:spiffe://example.test/ns/*",
                                      "uri:*",
                                      "dns:A.TEST",
                                      "dns:*.evil",
                                      "ip:2001:db8::1",
                                      "ip:2001:0db8:*",
                                      "serial:A1B",
                                      "serial:0a:1b",
                                      "serial:*1b",
                                      "serial:a*",
                                      "spki:00112233445566778899AABBCCDDEEFF:00112233445566778899aabbccddeeff",
                                      "subject:CN=dev\\,ice,*",
                                      "subject:*O=Org",
                                      "subject:*,O=Org",
                                      "subject:CN=dev*ice,*",
                                      "serial:0*",
                                      "issuer:CN=CA",
                                      "dns:*******t",
                                      "dns:*t*s*"};
static const char *const missing[] = {"email:ann@example.test",
                                      "email:*@example.com",
                                      "email:Ann",
                                      "email:@example.test",
                                      "uri:SPIFFE://*",
                                      "uri:spiffe://example.test",
                                      "dns:b.test",
                                      "dns:example.test",
                                      "dns:*.Example",
                                      "ip:2001:db8::2",
                                      "ip:192.*",
                                      "ip:::1",
                                      "serial:a1",
                                      "serial:0a1b0",
                                      "subject:CN=dev",
                                      "subject:cn=dev*",
                                      "subject:*,ice,*", /* an escaped comma is none */
                                      "subject:*ice\\,O=Org",
                                      "subject:CN=dev\\*",
                                      "serial:000*",
                                      "serial:00*1b",
                                      "issuer:CN=C",
                                      "dns:spiffe*",
                                      "dns:**x**"};

static bool fits(const char *rule, const q_cert *leaf, const q_peer *who) {
  q_allow_rule parsed;
  const char *why = NULL;
  assert_ok(q_pki_allow_parse(&parsed, &why, rule));
  bool yes = q_pki_allow_fits(&parsed, leaf, who);
  q_free(parsed.pattern);
  return yes;
}

static void test_fits(void **state) {
  (void)state;
  /* GeneralNames: rfc822Name, URI, DNS, IPv6, and a DNS name with a NUL in it. */
  static const uint8_t san[] =
      "\x81\x10"
      "Ann@Example.test"
      "\x86\x1a"
      "spiffe://example.test/ns/a"
      "\x82\x06"
      "a.test"
      "\x87\x10\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
      "\x82\x0c"
      "b.test\0.evil";
  static const char *const names[] = {"email:Ann@Example.test", "URI:spiffe://example.test/ns/a", "DNS:a.test",
                                      "IP:2001:0db8:0000:0000:0000:0000:0000:0001", "DNS:b.test\\x00.evil"};
  q_cert leaf = {.san = {san, sizeof san - 1}};
  q_peer who = {.subject = "CN=dev\\,ice,O=Org",
                .issuer = "CN=CA",
                .serial = "0a1b",
                .spki_sha256 = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
                .names = names,
                .name_count = Q_COUNT(names)};
  for (size_t i = 0; i < Q_COUNT(fitting); i++) {
    if (!fits(fitting[i], &leaf, &who)) {
      print_message("%s should fit\n", fitting[i]);
    }
    assert_true(fits(fitting[i], &leaf, &who));
  }
  for (size_t i = 0; i < Q_COUNT(missing); i++) {
    if (fits(missing[i], &leaf, &who)) {
      print_message("%s should not fit\n", missing[i]);
    }
    assert_false(fits(missing[i], &leaf, &who));
  }
}

/* Stars do not multiply the work: this would not end otherwise. */
static void test_many_stars(void **state) {
  (void)state;
  static char pattern[1025];
  static uint8_t san[4 + 60000] = {0x82, 0x82, 60000 >> 8, 60000 & 0xFF};
  memset(san + 4, 'a', 60000);
  strcpy(pattern, "dns:");
  for (size_t i = 4; i + 2 < sizeof pattern; i += 2) {
    memcpy(pattern + i, "a*", 3);
  }
  strcpy(pattern + 1020, "b");
  q_cert leaf = {.san = {san, sizeof san}};
  q_peer who = {.subject = ""};
  assert_false(fits(pattern, &leaf, &who));
}

/* ---- authorities ---- */

static char *text_of(const pki *p, size_t times, size_t *n) {
  *n = times * p->trust_pem_n;
  char *text = malloc(*n + 1);
  assert_non_null(text);
  for (size_t i = 0; i < times; i++) {
    memcpy(text + i * p->trust_pem_n, p->trust_pem, p->trust_pem_n);
  }
  return text;
}

/* A root whose name is `n` bytes of one letter, and a number. */
typedef struct long_name {
  uint8_t *name;
  size_t n;
} long_name;

static void lengthen(void *context, q_issue *w, pki_level level, const pki *so_far) {
  const long_name *name = context;
  (void)so_far;
  if (level == PKI_ROOT) {
    w->subject = w->issuer = q_span_of(name->name, name->n);
  }
}

/* Name ::= SEQUENCE { SET { SEQUENCE { CN, UTF8String of 1000 bytes } } ... } */
static pki *with_long_name(unsigned number) {
  static const uint8_t head[] = {0x30, 0x82, 0x03, 0xFB, 0x31, 0x82, 0x03, 0xF7, 0x30, 0x82,    0x03,
                                 0xF3, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0C, 0x82, 0x03, 0xE8 + 2};
  uint8_t name[sizeof head + 1002];
  memcpy(name, head, sizeof head);
  memset(name + sizeof head, 'n', 1002);
  name[1] = 0x82;
  size_t cn = 1002;
  size_t sequence = 5 + 4 + cn;
  size_t set = 4 + sequence;
  size_t whole = 4 + set;
  name[2] = (uint8_t)(whole >> 8);
  name[3] = (uint8_t)whole;
  name[6] = (uint8_t)(set >> 8);
  name[7] = (uint8_t)set;
  name[10] = (uint8_t)(sequence >> 8);
  name[11] = (uint8_t)sequence;
  name[sizeof head] = (uint8_t)('a' + number / 26);
  name[sizeof head + 1] = (uint8_t)('a' + number % 26);
  long_name context = {name, sizeof name};
  pki_options options = {.adjust = lengthen, .context = &context};
  return pki_make("p256", &options);
}

#define LONG_NAMES 66 /* of more than 1000 bytes: more than 65,535 */

static void test_authorities(void **state) {
  (void)state;
  pki *p = pki_make("p256", NULL);
  qtls_config *c = fresh(QTLS_SERVER);
  size_t n = 0;
  char *text = text_of(p, 3, &n);
  assert_ok(qtls_config_add_authorities(c, text, n));
  size_t one = p->node[PKI_ROOT].cert.subject.n + 2; /* the same name stands there once */
  assert_int_equal(c->authorities_n, one);
  assert_err(qtls_config_add_authorities(c, "no certificate", 14), QTLS_ERR_PEM);
  assert_words(c, "authorities");
  assert_err(qtls_config_add_authorities(c, NULL, 1), QTLS_ERR_ARGUMENT);
  assert_int_equal(c->authorities_n, one);
  free(text);
  pki_free(p);
  qtls_config_free(c);
}

static void test_too_many(void **state) {
  (void)state;
  qtls_config *c = fresh(QTLS_SERVER);
  qtls_config *trusting = fresh(QTLS_SERVER);
  pki *last = NULL;
  qtls_err err = QTLS_OK;
  unsigned i = 0;
  for (; i < LONG_NAMES && err == QTLS_OK; i++) {
    pki_free(last);
    last = with_long_name(i);
    assert_int_equal(last->node[PKI_ROOT].cert.subject.n, 1023);
    assert_ok(qtls_config_add_trust(trusting, last->trust_pem, last->trust_pem_n));
    size_t before = c->authorities_n;
    err = qtls_config_add_authorities(c, last->trust_pem, last->trust_pem_n);
    assert_int_equal(c->authorities_n, before + (err == QTLS_OK ? 1025 : 0));
  }
  assert_err(err, QTLS_ERR_CONFIG_VALUE);
  assert_int_equal(i, 64); /* 63 names of 1025 bytes are 64,575 */
  assert_words(c, "add fewer");
  assert_words(c, "65600 bytes");
  /* The same by default: refused when frozen, unless nothing is asked. */
  assert_ok(qtls_config_add_identity(trusting, last->chain_pem, last->chain_pem_n, last->key_pem, last->key_pem_n));
  assert_ok(qtls_config_set_client_auth(trusting, QTLS_CLIENT_AUTH_optional));
  assert_err(qtls_config_freeze(trusting), QTLS_ERR_CONFIG_VALUE);
  assert_words(trusting, "name some of them");
  assert_ok(qtls_config_add_authorities(trusting, last->trust_pem, last->trust_pem_n));
  assert_ok(qtls_config_freeze(trusting));
  pki_free(last);
  qtls_config_free(trusting);
  qtls_config_free(c);
}

/* ---- the whole ---- */

static void test_roles(void **state) {
  (void)state;
  qtls_config *client = fresh(QTLS_CLIENT);
  qtls_config *server = fresh(QTLS_SERVER);
  assert_err(qtls_config_set_client_auth(client, QTLS_CLIENT_AUTH_required), QTLS_ERR_CONFIG_VALUE);
  assert_words(client, "only a server");
  assert_err(qtls_config_add_allow(client, "dns:x"), QTLS_ERR_CONFIG_VALUE);
  assert_err(qtls_config_add_authorities(client, "", 0), QTLS_ERR_CONFIG_VALUE);
  assert_err(qtls_config_set_post_handshake_auth(server, true), QTLS_ERR_CONFIG_VALUE);
  assert_words(server, "only a client");
  assert_err(qtls_config_set_client_auth(server, (qtls_client_auth)0), QTLS_ERR_CONFIG_VALUE);
  assert_err(qtls_config_set_client_auth(server, (qtls_client_auth)4), QTLS_ERR_CONFIG_VALUE);
  assert_words(server, "none, optional, required");
  qtls_config_free(client);
  qtls_config_free(server);
}

static void test_freeze(void **state) {
  (void)state;
  pki *p = pki_make("p256", NULL);
  qtls_config *c = fresh(QTLS_SERVER);
  assert_ok(qtls_config_add_identity(c, p->chain_pem, p->chain_pem_n, p->key_pem, p->key_pem_n));
  assert_ok(qtls_config_set_client_auth(c, QTLS_CLIENT_AUTH_required));
  assert_err(qtls_config_freeze(c), QTLS_ERR_CONFIG_TRUST);
  assert_words(c, "needs trust anchors");
  assert_ok(qtls_config_add_trust(c, p->trust_pem, p->trust_pem_n));
  assert_ok(qtls_config_freeze(c));
  assert_err(qtls_config_set_client_auth(c, QTLS_CLIENT_AUTH_none), QTLS_ERR_FROZEN);
  assert_err(qtls_config_add_authorities(c, "", 0), QTLS_ERR_FROZEN);
  assert_err(qtls_config_add_allow(c, "dns:x"), QTLS_ERR_FROZEN);
  for (size_t i = 0; i < Q_REQUEST_KINDS; i++) {
    q_ext_set set;
    q_reader r = {c->request[i].p, c->request[i].n};
    q_span names = {NULL, 0};
    q_span codes = {NULL, 0};
    assert_ok(q_wire_extensions_read(&set, &r));
    assert_ok(q_read_end(&r));
    assert_ok(q_wire_extensions_check(&set, Q_IN_CR));
    assert_ok(q_wire_authorities_read(&names, *q_wire_extension_find(&set, Q_EXT_CERT_AUTHORITIES)));
    assert_int_equal(names.n, p->node[PKI_ROOT].cert.subject.n + 2);
    assert_ok(q_wire_codes16_read(&codes, *q_wire_extension_find(&set, Q_EXT_SIGNATURE_ALGORITHMS)));
    assert_int_equal(q_codes_has(codes, 0x13F0), i == Q_REQUEST_HYBRID);
    assert_int_equal(q_codes_has(codes, 0x0900), i == Q_REQUEST_PQC);
    assert_int_equal(q_codes_has(codes, 0x0905), i == Q_REQUEST_TLS13);
    assert_int_equal(q_codes_has(codes, 0x0403), i == Q_REQUEST_TLS13);
    assert_int_equal(q_codes_has(codes, 0x0401), i == Q_REQUEST_TLS13);
  }
  pki_free(p);
  qtls_config_free(c);
}

/* With floor pq-auth no classical scheme is asked for. */
static void test_floor(void **state) {
  (void)state;
  pki *p = pki_make("mldsa65", NULL);
  qtls_config *c = fresh(QTLS_SERVER);
  assert_ok(qtls_config_add_identity(c, p->chain_pem, p->chain_pem_n, p->key_pem, p->key_pem_n));
  assert_ok(qtls_config_add_trust(c, p->trust_pem, p->trust_pem_n));
  assert_ok(qtls_config_set_floor(c, QTLS_FLOOR_pq_auth));
  assert_ok(qtls_config_set_client_auth(c, QTLS_CLIENT_AUTH_required));
  assert_ok(qtls_config_freeze(c));
  q_ext_set set;
  q_reader r = {c->request[Q_REQUEST_TLS13].p, c->request[Q_REQUEST_TLS13].n};
  q_span codes = {NULL, 0};
  assert_ok(q_wire_extensions_read(&set, &r));
  assert_ok(q_wire_codes16_read(&codes, *q_wire_extension_find(&set, Q_EXT_SIGNATURE_ALGORITHMS)));
  assert_true(q_codes_has(codes, 0x0905));
  assert_false(q_codes_has(codes, 0x0403));
  assert_false(q_codes_has(codes, 0x0401));
  pki_free(p);
  qtls_config_free(c);
}

static void test_clone(void **state) {
  (void)state;
  pki *p = pki_make("p256", NULL);
  qtls_config *c = fresh(QTLS_SERVER);
  qtls_config *copy = NULL;
  assert_ok(qtls_config_add_identity(c, p->chain_pem, p->chain_pem_n, p->key_pem, p->key_pem_n));
  assert_ok(qtls_config_add_trust(c, p->trust_pem, p->trust_pem_n));
  assert_ok(qtls_config_set_client_auth(c, QTLS_CLIENT_AUTH_optional));
  assert_ok(qtls_config_add_authorities(c, NULL, 0));
  assert_ok(qtls_config_add_allow(c, "dns:a"));
  assert_ok(qtls_config_add_allow(c, "dns:b"));
  assert_ok(qtls_config_freeze(c));
  assert_ok(qtls_config_clone(&copy, c));
  qtls_config_free(c);
  assert_int_equal(copy->client_auth, QTLS_CLIENT_AUTH_optional);
  assert_true(copy->authorities_given);
  assert_int_equal(copy->allow_count, 2);
  assert_string_equal(copy->allow[1].pattern, "b");
  assert_ok(qtls_config_freeze(copy));
  assert_true(copy->request[Q_REQUEST_HYBRID].n > 0);
  pki_free(p);
  qtls_config_free(copy);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rules),       cmocka_unit_test(test_fits),     cmocka_unit_test(test_many_stars),
      cmocka_unit_test(test_authorities), cmocka_unit_test(test_too_many), cmocka_unit_test(test_roles),
      cmocka_unit_test(test_freeze),      cmocka_unit_test(test_floor),    cmocka_unit_test(test_clone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
