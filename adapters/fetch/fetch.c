/*
 * Owns one question over HTTP and its answer (qtls/fetch.h), by libcurl. Redirects
 * are followed here and not there, so that each new URL is held to the rules. What
 * the answer means is the caller's to judge.
 */
#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <qtls/fetch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "rules.h"

enum { CONNECT_MS = 5000, TOTAL_MS = 10000, SIZE_MOST = 1024 * 1024, FIRST_ROOM = 4096 };

typedef struct answer {
  uint8_t *body;
  size_t size, room, most;
  bool too_long, no_memory, refused_private;
  char shown[Q_FETCH_SHOWN]; /* what problems call the URL */
} answer;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode started = CURLE_FAILED_INIT;

static void start(void) { started = curl_global_init(CURL_GLOBAL_DEFAULT); }

static int64_t now_ms(void) {
  struct timespec ts;
  (void)clock_gettime(CLOCK_MONOTONIC, &ts);
  return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static size_t take(char *data, size_t one, size_t count, void *user) {
  answer *a = user;
  size_t n = one * count;
  if (n > a->most - a->size) {
    a->too_long = true;
    return 0;
  }
  if (n > a->room - a->size) {
    size_t room = a->room == 0 ? FIRST_ROOM : a->room;
    while (room - a->size < n) {
      room *= 2;
    }
    uint8_t *grown = realloc(a->body, room);
    if (grown == NULL) {
      a->no_memory = true;
      return 0;
    }
    a->body = grown;
    a->room = room;
  }
  memcpy(a->body + a->size, data, n);
  a->size += n;
  return n;
}

/* Called with the address that was found, so that no name can lead inside. */
static curl_socket_t open_public(void *user, curlsocktype purpose, struct curl_sockaddr *at) {
  answer *a = user;
  (void)purpose;
  if (q_fetch_address_is_private(&at->addr)) {
    a->refused_private = true;
    return CURL_SOCKET_BAD;
  }
  return socket(at->family, at->socktype | SOCK_CLOEXEC, at->protocol);
}

static bool set_limits(CURL *curl, answer *a, const qtls_fetch_rules *rules, int64_t left_ms) {
  long connect = rules->connect_ms > 0 ? rules->connect_ms : CONNECT_MS;
  bool good = curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
              /* A look-up that hangs goes on in its thread; without this the end of our time would wait for it. */
              curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK &&
              curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, connect) == CURLE_OK &&
              curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)left_ms) == CURLE_OK &&
              curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
              curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, rules->allow_https ? "http,https" : "http") == CURLE_OK &&
              /* "" also keeps libcurl from looking into the environment. */
              curl_easy_setopt(curl, CURLOPT_PROXY, rules->proxy != NULL ? rules->proxy : "") == CURLE_OK &&
              curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
              curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
              curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
              curl_easy_setopt(curl, CURLOPT_WRITEDATA, a) == CURLE_OK;
  if (good && rules->deny_private) {
    good = curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_public) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, a) == CURLE_OK;
  }
  return good;
}

static bool add_field(struct curl_slist **fields, const char *name, const char *value) {
  char line[256];
  (void)snprintf(line, sizeof line, "%s: %s", name, value);
  struct curl_slist *longer = curl_slist_append(*fields, line);
  if (longer == NULL) {
    return false;
  }
  *fields = longer;
  return true;
}

static bool set_request(CURL *curl, struct curl_slist **fields, const qtls_fetch_request *request, const char *url) {
  bool good = curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
              curl_easy_setopt(curl, CURLOPT_USERAGENT, "qtls/" QTLS_VERSION_STRING) == CURLE_OK;
  if (good && request->answer_type != NULL) {
    good = add_field(fields, "Accept", request->answer_type);
  }
  if (good && request->body != NULL) {
    good = add_field(fields, "Content-Type", request->body_type != NULL ? request->body_type : "") &&
           add_field(fields, "Expect", "") && curl_easy_setopt(curl, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body) == CURLE_OK;
  }
  return good && curl_easy_setopt(curl, CURLOPT_HTTPHEADER, *fields) == CURLE_OK;
}

static qtls_err explain(CURLcode code, const answer *a, const char *words, qtls_fetch_problem *why) {
  const char *shown = a->shown;
  if (a->refused_private) {
    return q_fetch_tell(why, QTLS_ERR_ARGUMENT, "%s: it leads to a private address, which the settings forbid to ask",
                        shown);
  }
  if (a->too_long) {
    return q_fetch_tell(why, QTLS_ERR_IO, "%s: the answer is longer than the %zu bytes that are taken", shown, a->most);
  }
  if (a->no_memory || code == CURLE_OUT_OF_MEMORY) {
    return q_fetch_tell(why, QTLS_ERR_NO_MEMORY, "%s: %s", shown, qtls_err_text(QTLS_ERR_NO_MEMORY));
  }
  const char *reason = words[0] != '\0' ? words : curl_easy_strerror(code);
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return q_fetch_tell(why, QTLS_ERR_NAME_LOOKUP, "%s: the host name could not be resolved", shown);
    case CURLE_COULDNT_CONNECT:
      return q_fetch_tell(why, QTLS_ERR_CONNECT, "%s: no connection could be made: %s", shown, reason);
    case CURLE_OPERATION_TIMEDOUT:
      return q_fetch_tell(why, QTLS_ERR_TIMEOUT, "%s: no answer in time: %s", shown, reason);
    case CURLE_PARTIAL_FILE:
      return q_fetch_tell(why, QTLS_ERR_IO, "%s: the answer was cut short: %s", shown, reason);
    default:
      return q_fetch_tell(why, QTLS_ERR_IO, "%s: %s", shown, reason);
  }
}

/* Parameters after the media type do not matter, and neither does its case. */
static bool type_is(const char *got, const char *wanted) {
  size_t n = strlen(wanted);
  return got != NULL && strncasecmp(got, wanted, n) == 0 && (got[n] == '\0' || got[n] == ';' || got[n] == ' ');
}

static bool is_redirect(long status, bool post) {
  /* 301 and 302 have turned POSTs into GETs for so long that nobody knows what is meant. */
  return status == 307 || status == 308 || (!post && (status == 301 || status == 302 || status == 303));
}

/* One URL. *next: where it leads on to (curl_free), or NULL when the answer is here. */
static qtls_err ask(answer *a, char **next, CURL *curl, const qtls_fetch_request *request, qtls_fetch_problem *why) {
  char words[CURL_ERROR_SIZE] = "";
  const char *shown = a->shown;
  long status = 0;
  char *type = NULL;
  char *to = NULL;
  (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words);
  CURLcode code = curl_easy_perform(curl);
  (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
  (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (code != CURLE_OK) {
    return explain(code, a, words, why);
  }
  if (is_redirect(status, request->body != NULL) && curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &to) == CURLE_OK &&
      to != NULL) {
    *next = strdup(to);
    return *next != NULL ? QTLS_OK : q_fetch_tell(why, QTLS_ERR_NO_MEMORY, "%s: no memory", shown);
  }
  if (status != 200) {
    return q_fetch_tell(why, QTLS_ERR_IO, "%s: the server answered with the HTTP status %ld", shown, status);
  }
  (void)curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
  if (request->answer_type != NULL && !type_is(type, request->answer_type)) {
    char got[Q_FETCH_SHOWN];
    return q_fetch_tell(why, QTLS_ERR_IO, "%s: the answer is %s and not %s; is this the right URL?", shown,
                        type != NULL ? q_fetch_shown(got, type) : "of no type", request->answer_type);
  }
  return QTLS_OK;
}

/* Where a URL with a question in it leads on to has that question too. */
static void name_it(answer *a, const qtls_fetch_request *request, const char *url) {
  bool first = url == request->url;
  (void)q_fetch_shown(a->shown, first && request->shown != NULL ? request->shown : url);
  char *host = first || request->shown == NULL ? NULL : strstr(a->shown, "://");
  char *path = host != NULL ? strchr(host + 3, '/') : NULL;
  if (path != NULL && strlen(path) > 4) {
    memcpy(path, "/...", sizeof "/...");
  }
}

static qtls_err ask_once(answer *a, char **next, const qtls_fetch_request *request, const char *url,
                         const qtls_fetch_rules *rules, int64_t until, qtls_fetch_problem *why) {
  struct curl_slist *fields = NULL;
  int64_t left = until - now_ms();
  name_it(a, request, url);
  qtls_err err = q_fetch_check(url, a->shown, rules, why);
  if (err != QTLS_OK) {
    return err;
  }
  if (left <= 0) {
    return q_fetch_tell(why, QTLS_ERR_TIMEOUT, "%s: no answer in time", a->shown);
  }
  CURL *curl = curl_easy_init();
  if (curl == NULL || !set_limits(curl, a, rules, left) || !set_request(curl, &fields, request, url)) {
    err = q_fetch_tell(why, QTLS_ERR_NO_MEMORY, "%s: libcurl cannot be set up", a->shown);
  } else {
    err = ask(a, next, curl, request, why);
  }
  curl_easy_cleanup(curl);
  curl_slist_free_all(fields);
  return err;
}

qtls_err qtls_fetch(uint8_t **body, size_t *size, const qtls_fetch_request *request, const qtls_fetch_rules *rules,
                    qtls_fetch_problem *why) {
  static const qtls_fetch_rules usual;
  char shown[Q_FETCH_SHOWN];
  *body = NULL;
  *size = 0;
  rules = rules != NULL ? rules : &usual;
  (void)pthread_once(&once, start);
  if (started != CURLE_OK) {
    return q_fetch_tell(why, QTLS_ERR_INTERNAL, "libcurl does not start: %s", curl_easy_strerror(started));
  }
  int64_t until = now_ms() + (rules->total_ms > 0 ? rules->total_ms : TOTAL_MS);
  unsigned most = rules->redirects < QTLS_FETCH_REDIRECTS_MAX ? rules->redirects : QTLS_FETCH_REDIRECTS_MAX;
  char *at = NULL;
  for (unsigned hops = 0;; hops++) {
    answer a = {.most = rules->size_most > 0 ? rules->size_most : (size_t)SIZE_MOST};
    char *next = NULL;
    qtls_err err = ask_once(&a, &next, request, at != NULL ? at : request->url, rules, until, why);
    free(at);
    at = next;
    if (err == QTLS_OK && next == NULL) {
      *body = a.body;
      *size = a.size;
      return QTLS_OK;
    }
    free(a.body);
    if (err == QTLS_OK && hops == most) {
      err = q_fetch_tell(why, QTLS_ERR_IO, "%s: it leads on to another URL, and %s redirects are followed",
                         q_fetch_shown(shown, request->shown != NULL ? request->shown : request->url),
                         most == 0 ? "no" : "not so many");
    }
    if (err != QTLS_OK) {
      free(at);
      return err;
    }
  }
}

void qtls_fetch_free(uint8_t *body) { free(body); }
