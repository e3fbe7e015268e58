/* Name constraints on mailboxes and URIs (RFC 5280 §4.2.1.10): what lies within a
 * base, and what nobody can tell, which is refused under a base of either kind. */
#include "pki/constraints.h"

#include <openssl/bytestring.h>

#include "pki/name_forms.h"
#include "pki/names.h"
#include "unit/unit.h"

#define CONTEXT(n) (CBS_ASN1_CONTEXT_SPECIFIC | (n))
#define CONTEXT_IN(n) (CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | (n))

static bool passes(unsigned type, const char *text, const char *base, unsigned subtrees) {
  uint8_t value[512], names[512];
  size_t value_n = 0, names_n = 0, work = 100;
  CBB cbb, seq, list, subtree, name;
  assert_true(CBB_init_fixed(&cbb, value, sizeof value) && CBB_add_asn1(&cbb, &seq, CBS_ASN1_SEQUENCE) &&
              CBB_add_asn1(&seq, &list, CONTEXT_IN(subtrees)) && CBB_add_asn1(&list, &subtree, CBS_ASN1_SEQUENCE) &&
              CBB_add_asn1(&subtree, &name, CONTEXT(type)) &&
              CBB_add_bytes(&name, (const uint8_t *)base, strlen(base)) && CBB_finish(&cbb, NULL, &value_n));
  assert_true(CBB_init_fixed(&cbb, names, sizeof names) && CBB_add_asn1(&cbb, &name, CONTEXT(type)) &&
              CBB_add_bytes(&name, (const uint8_t *)text, strlen(text)) && CBB_finish(&cbb, NULL, &names_n));
  const q_cert cert = {.san = {names, names_n}};
  return q_pki_constraints_check(&work, q_span_of(value, value_n), &cert) == QTLS_OK;
}

/* INSIDE: permitted lets it pass and excluded does not; OUTSIDE: the reverse;
 * UNCLEAR: neither does. */
typedef enum place { INSIDE, OUTSIDE, UNCLEAR, MAYBE /* outside what is permitted, and not clear of what is not */ } place;

static void expect(unsigned type, const char *text, const char *base, place where) {
  bool permitted = passes(type, text, base, 0), excluded = passes(type, text, base, 1);
  if (permitted != (where == INSIDE) || excluded != (where == OUTSIDE)) {
    fail_msg("%s against %s: permitted %d, excluded %d", text, base, permitted, excluded);
  }
}

static void mailboxes(void **state) {
  (void)state;
  const unsigned e = Q_GENERAL_EMAIL;
  expect(e, "ops@example.com", "example.com", INSIDE);
  expect(e, "ops@EXAMPLE.com", "example.COM", INSIDE);
  expect(e, "ops@mail.example.com", "example.com", OUTSIDE); /* a host, not a domain */
  expect(e, "ops@mail.example.com", ".example.com", INSIDE);
  expect(e, "ops@example.com", ".example.com", OUTSIDE);
  expect(e, "ops@notexample.com", ".example.com", OUTSIDE);
  expect(e, "ops@notexample.com", "example.com", OUTSIDE);
  expect(e, "ops@example.com", "ops@example.com", INSIDE);
  expect(e, "ops@Example.com", "ops@example.com", INSIDE);
  expect(e, "dev@example.com", "ops@example.com", OUTSIDE);
  expect(e, "ops@example.org", "ops@example.com", OUTSIDE);
  expect(e, "OPS@example.com", "ops@example.com", MAYBE);
  static const char *const unclear[] = {"ops",          "ops@",          "@example.com",       "a@b@example.com",
                                        "ops@a b",      "\"o\"@example.com", "ops@[192.0.2.1]", "ops@-x",
                                        ".ops@example.com", "",          "\xC3\xA9@example.com"};
  for (size_t i = 0; i < Q_COUNT(unclear); i++) {
    expect(e, unclear[i], "example.com", UNCLEAR);
  }
  static const char *const bases[] = {"", ".", "*.example.com", "@example.com", "a@", "example.com.", "..com"};
  for (size_t i = 0; i < Q_COUNT(bases); i++) {
    expect(e, "ops@example.com", bases[i], UNCLEAR);
  }
}

static void uris(void **state) {
  (void)state;
  const unsigned u = Q_GENERAL_URI;
  expect(u, "http://example.com", "example.com", INSIDE);
  expect(u, "spiffe://example.com/web", "example.com", INSIDE);
  expect(u, "https://EXAMPLE.com:8443/a:b?c", "example.com", INSIDE);
  expect(u, "http://www.example.com/", "example.com", OUTSIDE);
  expect(u, "http://www.example.com/", ".example.com", INSIDE);
  expect(u, "http://a.b.example.com/x", ".example.com", INSIDE);
  expect(u, "http://example.com/", ".example.com", OUTSIDE);
  expect(u, "http://example.org/.example.com", ".example.com", OUTSIDE);
  expect(u, "http://example.org/?x=.example.com", ".example.com", OUTSIDE);
  static const char *const unclear[] = {
      "",                       "example.com",           "urn:example:com",         "http:example.com",
      "http:/example.com",      "http://",               "http:///example.com",     "http://192.0.2.1/",
      "http://[2001:db8::1]/",  "http://me@example.com", "http://me:pw@example.com/", "http://example.com:80@evil.test/",
      "http://example.com?x",   "http://example.com#x",  "http://example.com/a:b",  "http://example.com./",
      "http://exa mple.com/",   "http://*.example.com/", "1http://example.com/",    "http://example.com\\@evil.test/"};
  for (size_t i = 0; i < Q_COUNT(unclear); i++) {
    expect(u, unclear[i], "example.com", UNCLEAR);
  }
  static const char *const bases[] = {"", ".", "http://example.com", "*.example.com", "example.com/", "example.com:80"};
  for (size_t i = 0; i < Q_COUNT(bases); i++) {
    expect(u, "http://example.com/", bases[i], UNCLEAR);
  }
}

static void hosts(void **state) {
  (void)state;
  q_span host;
  assert_true(q_pki_uri_host(&host, unit_text("http://a.test:80/x")));
  assert_true(q_base_span_equal(host, unit_text("a.test")));
  static char longest[400];
  memset(longest, 'a', sizeof longest - 1);
  memcpy(longest, "http://", 7);
  assert_false(q_pki_uri_host(&host, unit_text(longest)));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(mailboxes), cmocka_unit_test(uris), cmocka_unit_test(hosts)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
