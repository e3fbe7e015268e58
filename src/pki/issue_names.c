/* Owns the names that people give for certificates. */
#include "pki/issue_names.h"

#include <string.h>

#include "pki/name_forms.h"

#define ADDRESS_TEXT 64

/* After the prefix, whose case does not matter; NULL if it is not there. */
static const char *after(const char *text, const char *prefix) {
  size_t n = strlen(prefix);
  if (strlen(text) < n || !q_pki_name_equal(q_span_of(text, n), q_span_of(prefix, n))) {
    return NULL;
  }
  return text + n;
}

static bool mailbox_valid(q_span s) {
  q_span local;
  q_span host;
  return q_pki_mailbox_split(&local, &host, s);
}

static bool set(q_typed_name *out, unsigned type, const char *text, bool fine) {
  out->type = type;
  out->text = q_span_of(text, strlen(text));
  return fine;
}

bool q_pki_typed_name(q_typed_name *out, const char *text) {
  *out = (q_typed_name){0};
  const char *rest = after(text, "URI:");
  if (rest != NULL) {
    return set(out, Q_GENERAL_URI, rest, q_pki_uri_valid(q_span_of(rest, strlen(rest))));
  }
  rest = after(text, "email:");
  if (rest != NULL) {
    return set(out, Q_GENERAL_EMAIL, rest, mailbox_valid(q_span_of(rest, strlen(rest))));
  }
  const char *dns = after(text, "DNS:");
  const char *ip = after(text, "IP:");
  const char *bare = dns != NULL ? dns : ip != NULL ? ip : text;
  out->ip_n = q_pki_ip_parse(out->ip, bare);
  if (out->ip_n > 0) { /* a DNS name that is an address matches nothing (RFC 9525 §6.2) */
    out->type = Q_GENERAL_IP;
    return dns == NULL;
  }
  q_span name = q_span_of(bare, strlen(bare));
  bool fits = ip == NULL && q_pki_dns_valid(name, true) && !q_pki_dns_ends_in_number(name);
  return set(out, Q_GENERAL_DNS, bare, fits);
}

/* "192.0.2.0/24": no bit set that the mask does not cover. */
static bool address_range(q_typed_name *out, const char *text) {
  char address[ADDRESS_TEXT];
  const char *slash = strchr(text, '/');
  size_t n = slash != NULL ? (size_t)(slash - text) : 0;
  if (n == 0 || n >= sizeof address) {
    return false;
  }
  memcpy(address, text, n);
  address[n] = '\0';
  size_t ip_n = q_pki_ip_parse(out->ip, address);
  size_t bits = 0;
  size_t digits = 0;
  for (const char *p = slash + 1; *p >= '0' && *p <= '9' && digits < 4; p++) {
    bits = 10 * bits + (size_t)(*p - '0');
    digits++;
  }
  if (ip_n == 0 || digits == 0 || slash[1 + digits] != '\0' || bits > 8 * ip_n || (digits > 1 && slash[1] == '0')) {
    return false;
  }
  memset(out->ip + ip_n, 0, ip_n);
  for (size_t i = 0; i < 8 * ip_n; i++) {
    uint8_t bit = (uint8_t)(0x80U >> i % 8);
    if (i < bits) {
      out->ip[ip_n + i / 8] |= bit;
    } else if ((out->ip[i / 8] & bit) != 0) {
      return false;
    }
  }
  out->type = Q_GENERAL_IP;
  out->ip_n = 2 * ip_n;
  return true;
}

/* A host, or with a dot in front all below it. */
static bool host_or_domain(q_span s) {
  size_t dot = s.n > 0 && s.p[0] == '.' ? 1 : 0;
  return q_pki_dns_valid(q_span_of(s.p + dot, s.n - dot), false);
}

bool q_pki_typed_subtree(q_typed_name *out, const char *text) {
  *out = (q_typed_name){0};
  const char *rest = after(text, "DNS:");
  if (rest != NULL) { /* empty: every name */
    return set(out, Q_GENERAL_DNS, rest, *rest == '\0' || q_pki_dns_valid(q_span_of(rest, strlen(rest)), false));
  }
  rest = after(text, "email:");
  if (rest != NULL) {
    q_span s = q_span_of(rest, strlen(rest));
    return set(out, Q_GENERAL_EMAIL, rest, strchr(rest, '@') != NULL ? mailbox_valid(s) : host_or_domain(s));
  }
  rest = after(text, "URI:");
  if (rest != NULL) {
    return set(out, Q_GENERAL_URI, rest, host_or_domain(q_span_of(rest, strlen(rest))));
  }
  rest = after(text, "IP:");
  return rest != NULL && address_range(out, rest);
}

bool q_pki_typed_url(const char *text) {
  const char *rest = after(text, "http://");
  return rest != NULL && *rest != '\0' && strchr("/:?@", *rest) == NULL && strchr(rest, '#') == NULL &&
         strchr(rest, '@') == NULL && q_pki_uri_characters(q_span_of(text, strlen(text)));
}

bool q_pki_typed_write(CBB *out, const q_typed_name *name) {
  q_span value = name->type == Q_GENERAL_IP ? q_span_of(name->ip, name->ip_n) : name->text;
  CBB field;
  return CBB_add_asn1(out, &field, CBS_ASN1_CONTEXT_SPECIFIC | name->type) && CBB_add_bytes(&field, value.p, value.n) &&
         CBB_flush(out);
}
