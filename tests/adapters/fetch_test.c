/* Fetching against a real web server: what comes back, and what is refused, how soon
 * and with which words. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dlfcn.h>
#include <netdb.h>
#include <qtls/fetch.h>
#include <time.h>

#include "adapters/http_server.h"
#include "adapters/identity.h"

static http_server server;
static uint8_t *body;
static size_t size;
static qtls_fetch_problem why;

static int set_up(void **state) {
  (void)state;
  return http_server_start(&server, "_http.py") ? 0 : 1;
}

static int tear_down(void **state) {
  (void)state;
  http_server_stop(&server);
  return 0;
}

static const char *url(const char *path) {
  static char text[256];
  (void)snprintf(text, sizeof text, "http://127.0.0.1:%u%s", server.port, path);
  return text;
}

static qtls_err fetch(const qtls_fetch_request *request, const qtls_fetch_rules *rules, qtls_fetch_problem *problem) {
  qtls_fetch_free(body);
  return qtls_fetch(&body, &size, request, rules, problem);
}

/* Ask for `path`; the answer is in body and size, as text. */
static qtls_err get(const char *path, const qtls_fetch_rules *rules) {
  const qtls_fetch_request request = {.url = url(path), .answer_type = "application/ocsp-response"};
  why.text[0] = '\0';
  qtls_err err = fetch(&request, rules, &why);
  assert_int_equal(err == QTLS_OK, why.text[0] == '\0');
  if (err != QTLS_OK) {
    assert_null(body);
    assert_int_equal(why.err, err);
  }
  return err;
}

static void is_body(const char *text) {
  assert_int_equal(size, strlen(text));
  assert_memory_equal(body, text, size);
}

static double seconds(void) {
  struct timespec ts;
  (void)clock_gettime(CLOCK_MONOTONIC, &ts);
  return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static unsigned count(void) {
  assert_int_equal(get("/count", NULL), QTLS_OK);
  char text[16] = "";
  memcpy(text, body, size < 15 ? size : 15);
  return (unsigned)strtoul(text, NULL, 10);
}

static void gets_and_posts(void **state) {
  (void)state;
  assert_int_equal(get("/echo?x=1", NULL), QTLS_OK);
  is_body("GET /echo?x=1 None application/ocsp-response None None ");
  const qtls_fetch_request post = {.url = url("/echo"),
                                   .body = "ask\0me",
                                   .body_size = 6,
                                   .body_type = "application/ocsp-request",
                                   .answer_type = "application/ocsp-response"};
  assert_int_equal(fetch(&post, NULL, &why), QTLS_OK);
  static const char told[] = "POST /echo application/ocsp-request application/ocsp-response None None ask\0me";
  assert_int_equal(size, sizeof told - 1);
  assert_memory_equal(body, told, size);
  assert_int_equal(get("/typed", NULL), QTLS_OK);
  is_body("bytes");
  assert_int_equal(get("/empty", NULL), QTLS_OK);
  assert_int_equal(size, 0);
}

static void wrong_answers(void **state) {
  (void)state;
  static const struct {
    const char *path;
    const char *words;
  } rows[] = {{"/nowhere", "HTTP status 404"}, {"/type", "text/html;?charset=utf-8 and not application/ocsp-response"},
              {"/untyped", "of no type"},      {"/cut", "cut short"},
              {"/announced", "cut short"},     {"/bad", "http://127.0.0.1"}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    assert_int_equal(get(rows[i].path, NULL), QTLS_ERR_IO);
    assert_non_null(strstr(why.text, url(rows[i].path)));
    assert_non_null(strstr(why.text, rows[i].words));
  }
}

static void too_long(void **state) {
  (void)state;
  const qtls_fetch_rules small = {.size_most = 50000};
  assert_int_equal(get("/huge", NULL), QTLS_ERR_IO);
  assert_non_null(strstr(why.text, "longer than the 1048576 bytes"));
  assert_int_equal(get("/huge", &small), QTLS_ERR_IO);
  assert_non_null(strstr(why.text, "longer than the 50000 bytes"));
  /* Exactly as long as is taken. */
  const qtls_fetch_rules five = {.size_most = 5};
  const qtls_fetch_rules four = {.size_most = 4};
  assert_int_equal(get("/typed", &five), QTLS_OK);
  assert_int_equal(get("/typed", &four), QTLS_ERR_IO);
}

static void too_slow(void **state) {
  (void)state;
  const qtls_fetch_rules soon = {.total_ms = 400};
  static const char *const paths[] = {"/slow", "/drip"};
  for (size_t i = 0; i < 2; i++) {
    double begin = seconds();
    assert_int_equal(get(paths[i], &soon), QTLS_ERR_TIMEOUT);
    double took = seconds() - begin;
    assert_true(took >= 0.35 && took < 5);
    assert_non_null(strstr(why.text, "no answer in time"));
  }
}

static void redirects(void **state) {
  (void)state;
  const qtls_fetch_rules three = {.redirects = 3};
  const qtls_fetch_rules many = {.redirects = 50};
  unsigned before = count();
  assert_int_equal(get("/hop/1", NULL), QTLS_ERR_IO);
  assert_non_null(strstr(why.text, "no redirects are followed"));
  assert_int_equal(count(), before + 1);
  assert_int_equal(get("/hop/3", &three), QTLS_OK);
  is_body("arrived");
  assert_int_equal(get("/hop/4", &three), QTLS_ERR_IO);
  assert_int_equal(get("/hop/4", &many), QTLS_ERR_IO); /* 3 is the most there is */
  before = count();
  assert_int_equal(get("/loop", &three), QTLS_ERR_IO);
  assert_non_null(strstr(why.text, "not so many"));
  assert_int_equal(count(), before + 4);
  assert_int_equal(get("/found", &three), QTLS_OK);
}

/* Where a redirect leads is held to the rules like the first URL. */
static void redirects_outside(void **state) {
  (void)state;
  char here[64];
  (void)snprintf(here, sizeof here, "127.0.0.1:%u", server.port);
  const char *const allowed[] = {here};
  const qtls_fetch_rules rules = {.allowed = allowed, .allowed_count = 1, .redirects = 3};
  assert_int_equal(get("/hop/2", &rules), QTLS_OK);
  assert_int_equal(get("/to-name", &rules), QTLS_ERR_ARGUMENT);
  assert_non_null(strstr(why.text, "http://localhost"));
  assert_int_equal(get("/to-file", &rules), QTLS_ERR_ARGUMENT);
  assert_non_null(strstr(why.text, "file:"));
  assert_int_equal(get("/to-https", &rules), QTLS_ERR_ARGUMENT);
  const qtls_fetch_rules any = {.redirects = 3};
  assert_int_equal(get("/to-name", &any), QTLS_OK);
  assert_int_equal(get("/to-file", &any), QTLS_ERR_ARGUMENT);
}

/* A POST is repeated by 307 and 308 only; 302 would make a GET of it. */
static void redirected_posts(void **state) {
  (void)state;
  const qtls_fetch_rules three = {.redirects = 3};
  qtls_fetch_request post = {.url = url("/found"), .body = "x", .body_size = 1, .body_type = "text/plain"};
  assert_int_equal(fetch(&post, &three, &why), QTLS_ERR_IO);
  assert_non_null(strstr(why.text, "HTTP status 302"));
  post.url = url("/hop/1");
  assert_int_equal(fetch(&post, &three, &why), QTLS_OK);
  is_body("arrived");
}

/* Stands before the C library's: one name takes long to look up. */
int getaddrinfo(const char *restrict node, const char *restrict service, const struct addrinfo *restrict hints,
                struct addrinfo **restrict out) {
  typedef int (*real_fn)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
  real_fn real = NULL;
  void *found = dlsym(RTLD_NEXT, "getaddrinfo");
  memcpy(&real, &found, sizeof real);
  if (node != NULL && strcmp(node, "slow.test") == 0) {
    const struct timespec three = {.tv_sec = 3, .tv_nsec = 0};
    (void)nanosleep(&three, NULL);
    return EAI_AGAIN;
  }
  return real(node, service, hints, out);
}

/* A look-up that hangs is not waited for. */
static void slow_names(void **state) {
  (void)state;
  const qtls_fetch_rules soon = {.connect_ms = 300, .total_ms = 500};
  const qtls_fetch_rules later = {.connect_ms = 8000};
  const qtls_fetch_request request = {.url = "http://slow.test/"};
  double begin = seconds();
  assert_int_equal(fetch(&request, &soon, &why), QTLS_ERR_TIMEOUT);
  assert_true(seconds() - begin < 2.5);
  assert_int_equal(fetch(&request, &later, &why), QTLS_ERR_NAME_LOOKUP); /* it was looked up here */
}

static void urls(void **state) {
  (void)state;
  static const char *const bad[] = {"",
                                    "x",
                                    "http:",
                                    "http://",
                                    "file:///etc/passwd",
                                    "ftp://example.com/x",
                                    "gopher://example.com/x",
                                    "ldap://example.com/cn=x",
                                    "https://example.com/",
                                    "HTTPS://example.com/",
                                    "http://user@example.com/",
                                    "http://user:secret@example.com/",
                                    "http://exa mple.com/",
                                    "http://example.com/\r\nX: y",
                                    "http://example.com/\n",
                                    "http://example.com:99999/",
                                    "//example.com/",
                                    "javascript:alert(1)"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_int_equal(qtls_fetch_check(bad[i], NULL, &why), QTLS_ERR_ARGUMENT);
    assert_null(strchr(why.text, '\n'));
  }
  assert_int_equal(qtls_fetch_check(NULL, NULL, NULL), QTLS_ERR_ARGUMENT);
  assert_int_equal(qtls_fetch_check("http://example.com", NULL, &why), QTLS_OK);
  assert_int_equal(qtls_fetch_check("HTTP://[::1]:80/x?y", NULL, &why), QTLS_OK);
  char longest[4096] = "http://example.com/";
  memset(longest + 19, 'a', sizeof longest - 20);
  assert_int_equal(qtls_fetch_check(longest, NULL, &why), QTLS_ERR_ARGUMENT);
  const qtls_fetch_rules https = {.allow_https = true};
  assert_int_equal(qtls_fetch_check("https://example.com/", &https, &why), QTLS_OK);
  assert_int_equal(qtls_fetch_check("file:///etc/passwd", &https, &why), QTLS_ERR_ARGUMENT);
}

static void allowed(void **state) {
  (void)state;
  static const char *const list[] = {"ocsp.example.com", "*.example.net", "127.0.0.1:8080", "http://example.org/r1/"};
  const qtls_fetch_rules rules = {.allowed = list, .allowed_count = 4};
  static const char *const good[] = {"http://ocsp.example.com/",     "http://OCSP.example.com:81/x",
                                     "http://a.example.net/",        "http://a.b.example.net/",
                                     "http://127.0.0.1:8080/x",      "http://example.org/r1/x",
                                     "http://example.org:80/r1/",    "http://example.org/r1/MFQw%2FUjBQ%2BME4%3D",
                                     "http://example.org/r1/a..b/%", "http://ocsp.example.com/%2e%2e/"};
  static const char *const bad[] = {"http://example.com/",
                                    "http://ocsp.example.com.evil.test/",
                                    "http://evil.test/ocsp.example.com",
                                    "http://evil.test/?http://example.org/r1/",
                                    "http://example.net/",
                                    "http://xexample.net/",
                                    "http://127.0.0.1/",
                                    "http://127.0.0.1:8081/",
                                    "http://example.org/r2/",
                                    "http://example.org:81/r1/",
                                    "http://example.org.evil.test/r1/",
                                    "http://example.org/r1/../r2/",
                                    "http://example.org/r1/%2e%2e/r2/",
                                    "http://example.org/r1/.%2E/r2/",
                                    "http://example.org/r1/%2e./r2/",
                                    "http://example.org/r1/x%2F..%2fr2/",
                                    "http://example.org/r1/..%2fr2/",
                                    "http://example.org/r1/..\\r2/",
                                    "http://example.org/r1/x%5c..%5Cr2/",
                                    "http://example.org/r1/%252e%252e%252fr2/",
                                    "http://example.org/r1/x%00../r2/",
                                    "http://ocsp.example.com@evil.test/"};
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    assert_int_equal(qtls_fetch_check(good[i], &rules, &why), QTLS_OK);
  }
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_int_equal(qtls_fetch_check(bad[i], &rules, &why), QTLS_ERR_ARGUMENT);
  }
}

/* Each field counts, and strings by what they say. */
static void equal_rules(void **state) {
  (void)state;
  const char hosts[2][16] = {"example.com", "*.example.org"};
  const char again[2][16] = {"example.com", "*.example.org"};
  const char *const one[] = {hosts[0], hosts[1]};
  const char *const two[] = {again[0], again[1]};
  const char *const turned[] = {again[1], again[0]};
  const qtls_fetch_rules a = {.allowed = one, .allowed_count = 2, .proxy = hosts[0]};
  const qtls_fetch_rules none = {0};
  qtls_fetch_rules b[] = {a, a, a, a, a, a, a, a, a, a};
  b[0].allowed = turned;
  b[1].allowed_count = 1;
  b[2].allow_https = true;
  b[3].deny_private = true;
  b[4].connect_ms = 1;
  b[5].total_ms = 1;
  b[6].size_most = 1;
  b[7].redirects = 1;
  b[8].proxy = NULL;
  b[9].proxy = hosts[1];
  for (size_t i = 0; i < sizeof b / sizeof b[0]; i++) {
    assert_false(qtls_fetch_rules_equal(&a, &b[i]));
    assert_false(qtls_fetch_rules_equal(&b[i], &a));
  }
  const qtls_fetch_rules same = {.allowed = two, .allowed_count = 2, .proxy = again[0]};
  assert_true(qtls_fetch_rules_equal(&a, &same));
  assert_true(qtls_fetch_rules_equal(NULL, &none));
  assert_false(qtls_fetch_rules_equal(&a, NULL));
}

static void private_addresses(void **state) {
  (void)state;
  const qtls_fetch_rules rules = {.deny_private = true, .redirects = 3, .total_ms = 3000};
  unsigned before = count();
  assert_int_equal(get("/echo", &rules), QTLS_ERR_ARGUMENT);
  assert_non_null(strstr(why.text, "private address"));
  static const char *const hosts[] = {
      "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "0x7f000001", "[64:ff9b::7f00:1]", "2130706433", "127.1"};
  for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
    char text[128];
    (void)snprintf(text, sizeof text, "http://%s:%u/echo", hosts[i], server.port);
    const qtls_fetch_request request = {.url = text};
    assert_int_equal(fetch(&request, &rules, &why), QTLS_ERR_ARGUMENT);
  }
  assert_int_equal(count(), before + 0);
}

static void nobody_there(void **state) {
  (void)state;
  qtls_fetch_request request = {.url = "http://127.0.0.1:1/"};
  assert_int_equal(fetch(&request, NULL, &why), QTLS_ERR_CONNECT);
  assert_non_null(strstr(why.text, "http://127.0.0.1:1/"));
  request.url = "http://no-such-host.invalid/";
  assert_int_equal(fetch(&request, NULL, &why), QTLS_ERR_NAME_LOOKUP);
  assert_int_equal(fetch(&request, NULL, NULL), QTLS_ERR_NAME_LOOKUP);
}

/* A URL with a question in it is called by what it was made of, and where it leads on to by its host. */
static void called_otherwise(void **state) {
  (void)state;
  static const char *const none[] = {"ocsp.example.com"};
  const qtls_fetch_rules narrow = {.allowed = none, .allowed_count = 1};
  const qtls_fetch_rules public = {.redirects = 1, .deny_private = true};
  const qtls_fetch_rules one = {.redirects = 1};
  char led_on[64];
  (void)snprintf(led_on, sizeof led_on, "https://127.0.0.1:%u/...: https is not asked", server.port);
  const struct {
    const char *path;
    const qtls_fetch_rules *rules;
    const char *words;
  } rows[] = {{"/nothing/TheQuestion", NULL, "RESPONDER: the server answered with the HTTP status 404"},
              {"/nothing/TheQuestion", &narrow, "RESPONDER: this is not on the list"},
              {"/nothing/TheQuestion", &public, "RESPONDER: it leads to a private address"},
              {"/to-https", &one, led_on},
              {"/hop/2", &one, "RESPONDER: it leads on to another URL"}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    const qtls_fetch_request request = {.url = url(rows[i].path), .shown = "RESPONDER"};
    assert_int_not_equal(fetch(&request, rows[i].rules, &why), QTLS_OK);
    if (strncmp(why.text, rows[i].words, strlen(rows[i].words)) != 0) {
      fail_msg("row %zu: %s", i, why.text);
    }
  }
  const qtls_fetch_request nobody = {.url = "http://127.0.0.1:1/TheQuestion", .shown = "RESPONDER"};
  assert_int_equal(fetch(&nobody, NULL, &why), QTLS_ERR_CONNECT);
  assert_memory_equal(why.text, "RESPONDER: ", 11);
}

/* The environment names no proxy for us; the rules may. */
static void proxies(void **state) {
  (void)state;
  char proxy[64];
  (void)snprintf(proxy, sizeof proxy, "http://127.0.0.1:%u", server.port);
  assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
  assert_int_equal(setenv("ALL_PROXY", "http://127.0.0.1:1", 1), 0);
  assert_int_equal(get("/echo", NULL), QTLS_OK);
  (void)unsetenv("http_proxy");
  (void)unsetenv("ALL_PROXY");
  const qtls_fetch_rules rules = {.proxy = proxy};
  const qtls_fetch_request request = {.url = "http://no-such-host.invalid/"};
  assert_int_equal(fetch(&request, &rules, &why), QTLS_ERR_IO);
  assert_non_null(strstr(why.text, "HTTP status 404")); /* the proxy was asked */
}

/* AWS-LC inside libqtls and libcurl's own TLS live in one process. */
static void beside_the_library(void **state) {
  (void)state;
  test_identity id;
  test_identity_make(&id, "hybrid");
  assert_int_equal(get("/echo", NULL), QTLS_OK);
  const qtls_fetch_rules https = {.allow_https = true, .total_ms = 3000};
  char text[64];
  (void)snprintf(text, sizeof text, "https://127.0.0.1:%u/echo", server.port);
  const qtls_fetch_request request = {.url = text};
  assert_int_equal(fetch(&request, &https, &why), QTLS_ERR_IO);
  test_identity_free(&id);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gets_and_posts),   cmocka_unit_test(wrong_answers),     cmocka_unit_test(too_long),
      cmocka_unit_test(too_slow),         cmocka_unit_test(redirects),         cmocka_unit_test(redirects_outside),
      cmocka_unit_test(redirected_posts), cmocka_unit_test(slow_names),        cmocka_unit_test(urls),
      cmocka_unit_test(allowed),          cmocka_unit_test(private_addresses), cmocka_unit_test(nobody_there),
      cmocka_unit_test(called_otherwise), cmocka_unit_test(proxies),           cmocka_unit_test(beside_the_library),
      cmocka_unit_test(equal_rules)};
  int failed = cmocka_run_group_tests(tests, set_up, tear_down);
  qtls_fetch_free(body);
  return failed;
}
