/*
 * Fetching over HTTP: OCSP responses and revocation lists from where certificates
 * say they are. Time, size and redirects are bounded, and a URL is asked only if
 * the rules let it: certificates are written by others.
 *
 * Plain http unless the rules allow https: what is fetched here is signed. No
 * cookies, no credentials, no compression, and no proxy but the one of the rules:
 * http_proxy and the like in the environment are not looked at.
 *
 * Library: libqtls_fetch, over libcurl. Threads: any number at once.
 */
#ifndef QTLS_FETCH_H
#define QTLS_FETCH_H

#include <stdbool.h>

#include "qtls/error.h"

#ifdef __cplusplus
extern "C" {
#endif

#define QTLS_FETCH_REDIRECTS_MAX 3

/* All zero: the defaults, which each field names. */
typedef struct qtls_fetch_rules {
  /*
   * Which URLs may be asked: a host ("ocsp.example.com"), any host below one
   * ("*.example.com"), a host and port ("127.0.0.1:8080"), or the beginning of a
   * URL, with its scheme and the slash after the host
   * ("http://ocsp.example.com/r1/"). None: every host. Redirects are held to it too.
   */
  const char *const *allowed;
  size_t allowed_count;
  bool allow_https;   /* the certificate then is judged by libcurl and the system's trust */
  bool deny_private;  /* refuse to connect to loopback, link-local and private addresses */
  int connect_ms;     /* for look-up and connecting; 5000 */
  int total_ms;       /* for one URL, redirects and all; 10000 */
  size_t size_most;   /* bytes of a body; 1 MiB */
  unsigned redirects; /* at most QTLS_FETCH_REDIRECTS_MAX; none */
  const char *proxy;  /* "http://host:port"; NULL: none */
} qtls_fetch_rules;

typedef struct qtls_fetch_request {
  const char *url;
  const char *shown; /* what problems call it; NULL: `url` */
  const void *body;  /* not NULL: a POST of it */
  size_t body_size;
  const char *body_type;   /* its media type */
  const char *answer_type; /* asked for, and another one is refused; NULL: any */
} qtls_fetch_request;

/* One line: which URL, what went wrong, what to do. */
typedef struct qtls_fetch_problem {
  qtls_err err;
  char text[512];
} qtls_fetch_problem;

/*
 * Ask, and take the body of an answer with the status 200: *body goes back with
 * qtls_fetch_free. `rules` NULL: the defaults; `why` may be NULL.
 * QTLS_ERR_ARGUMENT: the URL cannot be used or the rules forbid it;
 * QTLS_ERR_NAME_LOOKUP, QTLS_ERR_CONNECT, QTLS_ERR_TIMEOUT; QTLS_ERR_IO: anything
 * else, such as another status, a body too long or cut short.
 */
QTLS_MUST_USE qtls_err qtls_fetch(uint8_t **body, size_t *size, const qtls_fetch_request *request,
                                  const qtls_fetch_rules *rules, qtls_fetch_problem *why);
void qtls_fetch_free(uint8_t *body); /* NULL is fine */

/* Would the rules let this URL be asked? QTLS_OK or QTLS_ERR_ARGUMENT, without asking. */
QTLS_MUST_USE qtls_err qtls_fetch_check(const char *url, const qtls_fetch_rules *rules, qtls_fetch_problem *why);

/* Do both say the same, whatever it is that they let be asked? NULL: the defaults. */
bool qtls_fetch_rules_equal(const qtls_fetch_rules *a, const qtls_fetch_rules *b);

#ifdef __cplusplus
}
#endif
#endif
