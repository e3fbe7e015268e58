/* Owns the reading of rules about who is let in, and their fitting. */
#include "pki/allow.h"

#include <string.h>

#include "pki/names.h"

#define PATTERN_MAX 1024
#define SHA256_HEX 64

static const struct {
  const char *name;
  q_allow_kind kind;
} kinds[] = {{"subject", Q_ALLOW_SUBJECT}, {"issuer", Q_ALLOW_ISSUER}, {"dns", Q_ALLOW_DNS},
             {"ip", Q_ALLOW_IP},           {"uri", Q_ALLOW_URI},       {"email", Q_ALLOW_EMAIL},
             {"serial", Q_ALLOW_SERIAL},   {"spki", Q_ALLOW_SPKI}};

/* ---- reading ---- */

/* "00:AB" and "0ab" are the same number and not the same text: colons go, letters
 * become small; leading zeros are left to the comparison. */
static bool tidy_hex(char *p, bool star) {
  size_t n = 0;
  for (const char *at = p; *at != '\0'; at++) {
    char c = (char)q_pki_lower((uint8_t)*at);
    bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (c == ':') {
      continue;
    }
    if (!hex && !(star && c == '*')) {
      return false;
    }
    p[n++] = c;
  }
  p[n] = '\0';
  return n > 0;
}

static const char *check(q_allow_rule *r) {
  size_t n = strlen(r->pattern);
  switch (r->kind) {
    case Q_ALLOW_IP:
      r->address_n = q_pki_ip_parse(r->address, r->pattern);
      return r->address_n > 0 || strchr(r->pattern, '*') != NULL ? NULL : "the address is none, and holds no '*'";
    case Q_ALLOW_SERIAL:
      return tidy_hex(r->pattern, true) ? NULL : "a serial number is hexadecimal";
    case Q_ALLOW_SPKI:
      return tidy_hex(r->pattern, false) && strlen(r->pattern) == SHA256_HEX
                 ? NULL
                 : "the SHA-256 of a public key has 64 hexadecimal digits";
    case Q_ALLOW_DNS:
      return memchr(r->pattern, ' ', n) == NULL ? NULL : "a DNS name holds no blanks";
    default:
      return NULL;
  }
}

qtls_err q_pki_allow_parse(q_allow_rule *out, const char **why, const char *rule) {
  const char *colon = strchr(rule, ':');
  size_t kind_n = colon == NULL ? 0 : (size_t)(colon - rule);
  memset(out, 0, sizeof *out);
  *why = "a rule is KIND:PATTERN, and KIND one of subject, issuer, dns, ip, uri, email, serial, spki";
  for (size_t i = 0; i < Q_COUNT(kinds); i++) {
    if (strlen(kinds[i].name) == kind_n && memcmp(kinds[i].name, rule, kind_n) == 0) {
      out->kind = kinds[i].kind;
    }
  }
  if (out->kind == 0) {
    return QTLS_ERR_CONFIG_VALUE;
  }
  size_t n = strlen(colon + 1);
  if (n == 0 || n > PATTERN_MAX) {
    *why = n == 0 ? "the pattern is empty" : "the pattern is longer than 1024 characters";
    return QTLS_ERR_CONFIG_VALUE;
  }
  out->pattern = q_alloc_copy(colon + 1, n + 1);
  if (out->pattern == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  *why = check(out);
  if (*why != NULL) {
    q_free(out->pattern);
    out->pattern = NULL;
    return QTLS_ERR_CONFIG_VALUE;
  }
  return QTLS_OK;
}

/* ---- fitting ---- */

static bool same(uint8_t a, uint8_t b, bool fold) { return fold ? q_pki_lower(a) == q_pki_lower(b) : a == b; }

/* How pattern and text are compared. */
typedef enum how {
  EXACT,
  ANY_CASE,
  ESCAPED /* RFC 4514: a backslash and what follows are one character, which no part of a pattern takes apart */
} how;

/* The bytes of the character at `at`. */
static size_t step(q_span s, size_t at, how h) { return h == ESCAPED && s.p[at] == '\\' && at + 1 < s.n ? 2 : 1; }

static bool same_character(q_span pattern, size_t p, q_span text, size_t t, how h) {
  size_t n = step(pattern, p, h);
  return n == step(text, t, h) && same(pattern.p[p], text.p[t], h == ANY_CASE) &&
         (n == 1 || pattern.p[p + 1] == text.p[t + 1]);
}

/* '*' stands for any run of characters. One place to come back to is enough: the
 * last star, since an earlier one can take no more than it already has. */
static bool glob(q_span pattern, q_span text, how h) {
  size_t p = 0;
  size_t t = 0;
  size_t star = pattern.n;
  size_t from = 0;
  while (t < text.n) {
    if (p < pattern.n && pattern.p[p] == '*') {
      star = p++;
      from = t;
    } else if (p < pattern.n && same_character(pattern, p, text, t, h)) {
      p += step(pattern, p, h);
      t += step(text, t, h);
    } else if (star < pattern.n) {
      p = star + 1;
      from += step(text, from, h);
      t = from;
    } else {
      return false;
    }
  }
  while (p < pattern.n && pattern.p[p] == '*') {
    p++;
  }
  return p == pattern.n;
}

static q_span span_of(const char *s) { return q_span_of((const uint8_t *)s, strlen(s)); }

/* The byte after the last '@'; 0 if there is none. */
static size_t domain_of(q_span mail) {
  size_t at = mail.n;
  while (at > 0 && mail.p[at - 1] != '@') {
    at--;
  }
  return at;
}

/* RFC 5280 §7.5: the host part in any case, the part before it as it is. */
static bool email_fits(q_span pattern, q_span mail) {
  size_t cut = domain_of(pattern);
  size_t at = domain_of(mail);
  if (cut == 0 || at == 0) {
    return glob(pattern, mail, EXACT);
  }
  return glob(q_span_of(pattern.p, cut), q_span_of(mail.p, at), EXACT) &&
         glob(q_span_of(pattern.p + cut, pattern.n - cut), q_span_of(mail.p + at, mail.n - at), ANY_CASE);
}

static bool name_fits(const q_allow_rule *r, const q_general_name *name) {
  q_span pattern = span_of(r->pattern);
  switch (r->kind) {
    case Q_ALLOW_DNS:
      return name->type == Q_GENERAL_DNS && glob(pattern, name->value, ANY_CASE);
    case Q_ALLOW_URI:
      return name->type == Q_GENERAL_URI && glob(pattern, name->value, EXACT);
    case Q_ALLOW_EMAIL:
      return name->type == Q_GENERAL_EMAIL && email_fits(pattern, name->value);
    case Q_ALLOW_IP:
      return name->type == Q_GENERAL_IP && r->address_n > 0 &&
             q_base_span_equal(name->value, q_span_of(r->address, r->address_n));
    default:
      return false;
  }
}

/* An address with '*' is compared as it is shown: "192.0.2.7". */
static bool address_fits(const q_allow_rule *r, const q_peer *who) {
  for (size_t i = 0; i < who->name_count; i++) {
    if (strncmp(who->names[i], "IP:", 3) == 0 && glob(span_of(r->pattern), span_of(who->names[i] + 3), ANY_CASE)) {
      return true;
    }
  }
  return false;
}

/* A zero before a star stays: "0*" is not everybody. */
static const char *without_zeros(const char *hex) {
  while (*hex == '0' && hex[1] != '\0' && hex[1] != '*') {
    hex++;
  }
  return hex;
}

/* As a number, or as it is shown. */
static bool serial_fits(const char *pattern, const char *serial) {
  return glob(span_of(without_zeros(pattern)), span_of(without_zeros(serial)), EXACT) ||
         glob(span_of(pattern), span_of(serial), EXACT);
}

bool q_pki_allow_fits(const q_allow_rule *r, const q_cert *leaf, const q_peer *who) {
  q_general_name name;
  switch (r->kind) {
    case Q_ALLOW_SUBJECT:
      return glob(span_of(r->pattern), span_of(who->subject), ESCAPED);
    case Q_ALLOW_ISSUER:
      return glob(span_of(r->pattern), span_of(who->issuer), ESCAPED);
    case Q_ALLOW_SERIAL:
      return serial_fits(r->pattern, who->serial);
    case Q_ALLOW_SPKI:
      return strcmp(r->pattern, who->spki_sha256) == 0;
    default:
      break;
  }
  if (r->kind == Q_ALLOW_IP && r->address_n == 0) {
    return address_fits(r, who);
  }
  for (q_span rest = leaf->san; rest.n > 0 && q_pki_name_next(&rest, &name);) {
    if (name_fits(r, &name)) {
      return true;
    }
  }
  return false;
}
