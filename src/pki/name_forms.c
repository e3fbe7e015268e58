/* Owns the forms of mailboxes and URIs as names of certificates. */
#include "pki/name_forms.h"

#include <string.h>

#include "pki/names.h"

#define URI_MOST 1024
#define MAILBOX_MOST 254 /* RFC 5321 §4.5.3.1.3, without the angle brackets */
#define HOST_MOST 253

static bool is_letter(uint8_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

static bool is_alnum(uint8_t c) { return is_letter(c) || (c >= '0' && c <= '9'); }

static bool is_one_of(uint8_t c, const char *set) { return c != 0 && strchr(set, c) != NULL; }

/* RFC 3986 appendix A. */
bool q_pki_uri_characters(q_span s) {
  for (size_t i = 0; i < s.n; i++) {
    if (!is_alnum(s.p[i]) && !is_one_of(s.p[i], "-._~:/?#[]@!$&'()*+,;=%")) {
      return false;
    }
  }
  return s.n > 0 && s.n <= URI_MOST;
}

/* §3.1: how long it is, without the colon; 0 if there is none. */
static size_t scheme_length(q_span s) {
  size_t n = 0;
  while (n < s.n && (is_alnum(s.p[n]) || (n > 0 && is_one_of(s.p[n], "+-.")))) {
    n++;
  }
  return n > 0 && is_letter(s.p[0]) && n + 1 < s.n && s.p[n] == ':' ? n : 0;
}

bool q_pki_uri_valid(q_span uri) { return scheme_length(uri) > 0 && q_pki_uri_characters(uri); }

bool q_pki_uri_host(q_span *host, q_span uri) {
  char text[HOST_MOST + 1];
  uint8_t ip[16];
  size_t at = scheme_length(uri);
  *host = q_span_of(NULL, 0);
  if (at == 0 || !q_pki_uri_characters(uri) || uri.n < at + 3 || uri.p[at + 1] != '/' || uri.p[at + 2] != '/') {
    return false;
  }
  q_span rest = q_span_of(uri.p + at + 3, uri.n - at - 3);
  size_t n = 0;
  while (n < rest.n && !is_one_of(rest.p[n], ":/?#@")) {
    n++;
  }
  /* Some readers take everything before the first colon for the host, whatever it
   * follows; others see no end at "?" or "#". */
  bool port = n < rest.n && rest.p[n] == ':';
  bool agreed = n == rest.n || port || (rest.p[n] == '/' && memchr(rest.p + n, ':', rest.n - n) == NULL);
  size_t authority = n;
  while (authority < rest.n && !is_one_of(rest.p[authority], "/?#")) {
    authority++;
  }
  if (!agreed || n > HOST_MOST || !q_pki_dns_valid(q_span_of(rest.p, n), false) ||
      memchr(rest.p, '@', authority) != NULL) {
    return false;
  }
  memcpy(text, rest.p, n);
  text[n] = '\0';
  *host = q_span_of(rest.p, n);
  return q_pki_ip_parse(ip, text) == 0;
}

bool q_pki_mailbox_split(q_span *local, q_span *host, q_span s) {
  const uint8_t *at = s.n > 0 ? memchr(s.p, '@', s.n) : NULL;
  if (at == NULL || at == s.p || s.n > MAILBOX_MOST || at[-1] == '.' || s.p[0] == '.') {
    return false;
  }
  size_t n = (size_t)(at - s.p);
  for (size_t i = 0; i < n; i++) {
    if ((!is_alnum(s.p[i]) && !is_one_of(s.p[i], ".!#$%&'*+-/=?^_`{|}~")) ||
        (i > 0 && s.p[i] == '.' && s.p[i - 1] == '.')) {
      return false;
    }
  }
  *local = q_span_of(s.p, n);
  *host = q_span_of(at + 1, s.n - n - 1);
  return q_pki_dns_valid(*host, false);
}
