/*
 * Who is let in: a rule up to the first zero byte, then a certificate. A rule is
 * refused with a reason or fits the same people every time; where it fits, the
 * rule of its kind that lets in anybody fits too.
 */
#include "fuzz.h"
#include "pki/allow.h"

/* The kind of a rule with its colon, and '*' for the pattern. */
static char *anybody(const char *rule) {
  size_t kind = (size_t)(strchr(rule, ':') - rule) + 1;
  char *out = malloc(kind + 2);
  FUZZ_CHECK(out != NULL);
  memcpy(out, rule, kind);
  memcpy(out + kind, "*", 2);
  return out;
}

static void check_fits(const q_allow_rule *r, const char *rule, const q_cert *cert) {
  q_peer *who = NULL;
  const char *why = NULL;
  FUZZ_CHECK(q_pki_peer_make(&who, cert) == QTLS_OK);
  bool fits = q_pki_allow_fits(r, cert, who);
  FUZZ_CHECK(q_pki_allow_fits(r, cert, who) == fits);
  if (fits) {
    q_allow_rule wide;
    char *text = anybody(rule);
    FUZZ_CHECK(q_pki_allow_parse(&wide, &why, text) == QTLS_OK && q_pki_allow_fits(&wide, cert, who));
    q_free(wide.pattern);
    free(text);
  }
  for (size_t i = 0; i < who->name_count; i++) {
    FUZZ_CHECK(who->names[i] != NULL && strchr(who->names[i], ':') != NULL);
  }
  q_free(who);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const uint8_t *end = size > 0 ? memchr(data, 0, size) : NULL;
  if (end == NULL) {
    return 0;
  }
  const char *rule = (const char *)data;
  const char *why = NULL;
  q_span der = q_span_of(end + 1, size - (size_t)(end + 1 - data));
  q_allow_rule r;
  q_cert cert;
  qtls_err err = q_pki_allow_parse(&r, &why, rule);
  FUZZ_CHECK(err == QTLS_OK || (err == QTLS_ERR_CONFIG_VALUE && why != NULL && why[0] != 0));
  if (err == QTLS_OK) {
    if (q_pki_cert_parse(&cert, der) == QTLS_OK) {
      check_fits(&r, rule, &cert);
    }
    q_free(r.pattern);
  }
  return 0;
}
