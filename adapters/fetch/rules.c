/* Owns which URLs may be asked (rules.h). The URL is read by libcurl, so that what
 * was judged is what is asked. */
#include "rules.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { URL_MOST = 2048 };

qtls_err q_fetch_tell(qtls_fetch_problem *why, qtls_err err, const char *format, ...) {
  if (why != NULL) {
    va_list args;
    va_start(args, format);
    why->err = err;
    (void)vsnprintf(why->text, sizeof why->text, format, args);
    va_end(args);
  }
  return err;
}

const char *q_fetch_shown(char out[Q_FETCH_SHOWN], const char *url) {
  size_t n = 0;
  for (; url[n] != '\0' && n < (size_t)Q_FETCH_SHOWN - 1; n++) {
    out[n] = url[n] > ' ' && url[n] < 0x7f ? url[n] : '?';
  }
  out[n] = '\0';
  if (url[n] != '\0') {
    memcpy(out + Q_FETCH_SHOWN - 4, "...", 4);
  }
  return out;
}

/* ---- addresses ---- */

static bool four_is_private(uint32_t a) {
  static const struct {
    uint32_t net;
    unsigned bits;
  } nets[] = {{0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},  {0xa9fe0000, 16},
              {0xac100000, 12}, {0xc0000000, 24}, {0xc0a80000, 16}, {0xc6120000, 15}, {0xe0000000, 3}};
  for (size_t i = 0; i < sizeof nets / sizeof nets[0]; i++) {
    if ((a ^ nets[i].net) >> (32 - nets[i].bits) == 0) {
      return true;
    }
  }
  return false;
}

bool q_fetch_address_is_private(const struct sockaddr *at) {
  if (at->sa_family == AF_INET) {
    struct sockaddr_in four;
    memcpy(&four, at, sizeof four);
    return four_is_private(ntohl(four.sin_addr.s_addr));
  }
  if (at->sa_family != AF_INET6) {
    return true;
  }
  struct sockaddr_in6 six;
  memcpy(&six, at, sizeof six);
  const uint8_t *a = six.sin6_addr.s6_addr;
  static const uint8_t nothing[12] = {0};
  static const uint8_t nat64[12] = {0, 0x64, 0xff, 0x9b};
  uint32_t last = (uint32_t)a[12] << 24 | (uint32_t)a[13] << 16 | (uint32_t)a[14] << 8 | a[15];
  uint32_t third = (uint32_t)a[2] << 24 | (uint32_t)a[3] << 16 | (uint32_t)a[4] << 8 | a[5];
  bool mapped = memcmp(a, nothing, 10) == 0 && a[10] == 0xff && a[11] == 0xff;
  if (mapped || memcmp(a, nat64, 12) == 0) {
    return four_is_private(last);
  }
  if (a[0] == 0x20 && a[1] == 0x02) {
    return four_is_private(third); /* 6to4 */
  }
  /* Unspecified, loopback and the old mapped form; unique local; link and site local; multicast. */
  return memcmp(a, nothing, 12) == 0 || (a[0] & 0xfe) == 0xfc || (a[0] == 0xfe && (a[1] & 0x80) != 0) || a[0] == 0xff;
}

/* ---- URLs ---- */

typedef struct parts {
  CURLU *url;
  char *scheme, *host, *port, *path;
} parts;

static void forget(parts *p) {
  curl_free(p->scheme);
  curl_free(p->host);
  curl_free(p->port);
  curl_free(p->path);
  curl_url_cleanup(p->url);
  memset(p, 0, sizeof *p);
}

static bool has_credentials(CURLU *url) {
  char *user = NULL;
  char *password = NULL;
  bool has = curl_url_get(url, CURLUPART_USER, &user, 0) == CURLUE_OK;
  has = curl_url_get(url, CURLUPART_PASSWORD, &password, 0) == CURLUE_OK || has;
  curl_free(user);
  curl_free(password);
  return has;
}

static qtls_err read_parts(parts *out, const char *text, const char *shown, qtls_fetch_problem *why) {
  memset(out, 0, sizeof *out);
  if (text == NULL || text[0] == '\0' || strlen(text) > URL_MOST) {
    return q_fetch_tell(why, QTLS_ERR_ARGUMENT, "a URL of 1 to %d characters is needed", URL_MOST);
  }
  for (const char *c = text; *c != '\0'; c++) {
    if (*c <= ' ' || *c == 0x7f) {
      return q_fetch_tell(why, QTLS_ERR_ARGUMENT, "%s: not a URL: it holds a character that no URL has", shown);
    }
  }
  out->url = curl_url();
  if (out->url == NULL) {
    return q_fetch_tell(why, QTLS_ERR_NO_MEMORY, "%s", qtls_err_text(QTLS_ERR_NO_MEMORY));
  }
  CURLUcode code = curl_url_set(out->url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME);
  if (code == CURLUE_OK) {
    code = curl_url_get(out->url, CURLUPART_SCHEME, &out->scheme, 0);
  }
  if (code == CURLUE_OK) {
    code = curl_url_get(out->url, CURLUPART_HOST, &out->host, 0);
  }
  if (code == CURLUE_OK) {
    code = curl_url_get(out->url, CURLUPART_PATH, &out->path, 0);
  }
  if (code != CURLUE_OK) {
    forget(out);
    return q_fetch_tell(why, QTLS_ERR_ARGUMENT, "%s: not a URL that can be asked: %s", shown, curl_url_strerror(code));
  }
  (void)curl_url_get(out->url, CURLUPART_PORT, &out->port, CURLU_DEFAULT_PORT);
  return QTLS_OK;
}

static int hex_of(char c) {
  const char *digits = "0123456789abcdef0123456789ABCDEF";
  const char *at = c != '\0' ? strchr(digits, c) : NULL;
  return at != NULL ? (int)((at - digits) % 16) : -1;
}

/* Would somebody who decodes this path climb out of a folder of it? Decoded until there
 * is nothing left to decode, as servers behind servers do. A slash that is spelled out
 * is no harm by itself: OCSP requests in a URL have some (RFC 6960 A.1). */
static bool climbs(const char *path) {
  char *text = strdup(path);
  bool again = text != NULL;
  while (again) {
    char *to = text;
    again = false;
    for (const char *from = text; *from != '\0'; to++) {
      int high = *from == '%' ? hex_of(from[1]) : -1;
      int low = high >= 0 ? hex_of(from[2]) : -1;
      char c = low >= 0 ? (char)(high * 16 + low) : *from;
      from += low >= 0 ? 3 : 1;
      again = again || low >= 0;
      *to = c == '\\' || c == '\0' ? '/' : c;
    }
    *to = '\0';
  }
  bool found = text == NULL || strstr(text, "/..") != NULL;
  free(text);
  return found;
}

/* A beginning of a URL: the same scheme, host and port, and the path goes on. */
static bool fits_prefix(const char *rule, const parts *p) {
  parts r;
  if (read_parts(&r, rule, "", NULL) != QTLS_OK) {
    return false;
  }
  bool fits = strcasecmp(r.scheme, p->scheme) == 0 && strcasecmp(r.host, p->host) == 0 && r.port != NULL &&
              p->port != NULL && strcmp(r.port, p->port) == 0 && strncmp(r.path, p->path, strlen(r.path)) == 0 &&
              !climbs(p->path);
  forget(&r);
  return fits;
}

static bool fits(const char *rule, const parts *p) {
  char at[300];
  if (strstr(rule, "://") != NULL) {
    return fits_prefix(rule, p);
  }
  if (strncmp(rule, "*.", 2) == 0) {
    size_t host = strlen(p->host);
    size_t tail = strlen(rule + 1);
    return host > tail && strcasecmp(p->host + host - tail, rule + 1) == 0;
  }
  (void)snprintf(at, sizeof at, "%s:%s", p->host, p->port != NULL ? p->port : "");
  return strcasecmp(rule, p->host) == 0 || strcasecmp(rule, at) == 0;
}

static qtls_err judge(const parts *p, const char *shown, const qtls_fetch_rules *rules, qtls_fetch_problem *why) {
  bool https = strcasecmp(p->scheme, "https") == 0;
  if (https && !rules->allow_https) {
    return q_fetch_tell(why, QTLS_ERR_ARGUMENT,
                        "%s: https is not asked unless it is allowed: what it would fetch is signed, http will do",
                        shown);
  }
  if (!https && strcasecmp(p->scheme, "http") != 0) {
    return q_fetch_tell(why, QTLS_ERR_ARGUMENT, "%s: only http is asked, not %.16s", shown, p->scheme);
  }
  if (has_credentials(p->url)) {
    return q_fetch_tell(why, QTLS_ERR_ARGUMENT, "%s: a URL with a user or password is not asked", shown);
  }
  for (size_t i = 0; i < rules->allowed_count; i++) {
    if (fits(rules->allowed[i], p)) {
      return QTLS_OK;
    }
  }
  return rules->allowed_count == 0
             ? QTLS_OK
             : q_fetch_tell(why, QTLS_ERR_ARGUMENT, "%s: this is not on the list of URLs that may be asked", shown);
}

qtls_err q_fetch_check(const char *url, const char *shown, const qtls_fetch_rules *rules, qtls_fetch_problem *why) {
  static const qtls_fetch_rules usual;
  parts p;
  qtls_err err = read_parts(&p, url, shown, why);
  if (err == QTLS_OK) {
    err = judge(&p, shown, rules != NULL ? rules : &usual, why);
    forget(&p);
  }
  return err;
}

qtls_err qtls_fetch_check(const char *url, const qtls_fetch_rules *rules, qtls_fetch_problem *why) {
  char shown[Q_FETCH_SHOWN];
  return q_fetch_check(url, q_fetch_shown(shown, url != NULL ? url : ""), rules, why);
}

static bool same_text(const char *a, const char *b) {
  return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

bool qtls_fetch_rules_equal(const qtls_fetch_rules *a, const qtls_fetch_rules *b) {
  static const qtls_fetch_rules usual;
  a = a != NULL ? a : &usual;
  b = b != NULL ? b : &usual;
  bool same = a->allow_https == b->allow_https && a->deny_private == b->deny_private &&
              a->connect_ms == b->connect_ms && a->total_ms == b->total_ms && a->size_most == b->size_most &&
              a->redirects == b->redirects && same_text(a->proxy, b->proxy) && a->allowed_count == b->allowed_count;
  for (size_t i = 0; same && i < a->allowed_count; i++) {
    same = same_text(a->allowed[i], b->allowed[i]);
  }
  return same;
}
