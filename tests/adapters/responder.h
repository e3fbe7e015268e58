/* Owns an authority with a certificate of its own, a clock that stands until it is set,
 * and in the place of the network a responder that answers as it is told; for the tests of
 * statuses and staples. */
#ifndef QTLS_TESTS_ADAPTERS_RESPONDER_H
#define QTLS_TESTS_ADAPTERS_RESPONDER_H

#include <pthread.h>
#include <qtls/status_source.h>
#include <stdlib.h>
#include <unistd.h>

#include "adapters/identity.h"

typedef struct responder {
  qtls_key *root_key;
  char *root_pem;
  size_t root_size;
  char *key_pem;
  size_t key_size;
  char *chain_pem; /* leaf, then root */
  size_t chain_size;
  qtls_cert *leaf, *root;
  char *leaf_pem;
  size_t leaf_size;
  pthread_mutex_t lock;
  int64_t now;   /* what the clock says */
  int64_t life;  /* of an answer */
  int64_t since; /* an answer's age when it comes */
  qtls_ocsp_state state;
  bool ocsp_down, crl_down, foreign, stale, corrupt;
  bool revoked_in_list;
  bool on_hold; /* what is revoked, and not for good */
  unsigned sleep_ms;
  unsigned asked, gets, posts, lists, nonces;
} responder;

#define RESPONDER_OCSP "http://ocsp.test/x"
#define RESPONDER_CRL "http://crl.test/x.crl"

static inline void responder_issue(responder *r, const char *kind, const char *name) {
  static const char *const ocsp[] = {RESPONDER_OCSP};
  static const char *const crl[] = {RESPONDER_CRL};
  const char *const names[] = {name};
  qtls_key *key = NULL;
  const qtls_cert_request request = {.role = QTLS_CERT_server,
                                     .common_name = name,
                                     .names = names,
                                     .name_count = 1,
                                     .not_before = r->now - 100 * 86400,
                                     .not_after = r->now + 300 * 86400,
                                     .ocsp_urls = ocsp,
                                     .ocsp_url_count = 1,
                                     .crl_urls = crl,
                                     .crl_url_count = 1};
  qtls_pki_free(r->leaf_pem);
  qtls_pki_free(r->key_pem);
  free(r->chain_pem);
  qtls_cert_free(r->leaf);
  assert_int_equal(qtls_key_generate(&key, kind), QTLS_OK);
  assert_int_equal(qtls_cert_issue(&r->leaf_pem, &r->leaf_size, &request, key, r->root_pem, r->root_size, r->root_key),
                   QTLS_OK);
  assert_int_equal(qtls_key_write(key, &r->key_pem, &r->key_size), QTLS_OK);
  r->chain_size = r->leaf_size + r->root_size;
  r->chain_pem = malloc(r->chain_size);
  assert_non_null(r->chain_pem);
  memcpy(r->chain_pem, r->leaf_pem, r->leaf_size);
  memcpy(r->chain_pem + r->leaf_size, r->root_pem, r->root_size);
  assert_int_equal(qtls_cert_load_pem(&r->leaf, NULL, r->leaf_pem, r->leaf_size, 0), QTLS_OK);
  qtls_key_free(key);
}

static inline void responder_make(responder *r, const char *kind) {
  memset(r, 0, sizeof *r);
  (void)pthread_mutex_init(&r->lock, NULL);
  r->now = (int64_t)time(NULL);
  r->life = 86400;
  const qtls_cert_request authority = {.role = QTLS_CERT_authority,
                                       .common_name = "test root",
                                       .not_before = r->now - 200 * 86400,
                                       .not_after = r->now + 400 * 86400};
  assert_int_equal(qtls_key_generate(&r->root_key, kind), QTLS_OK);
  assert_int_equal(qtls_cert_issue(&r->root_pem, &r->root_size, &authority, r->root_key, NULL, 0, NULL), QTLS_OK);
  assert_int_equal(qtls_cert_load_pem(&r->root, NULL, r->root_pem, r->root_size, 0), QTLS_OK);
  responder_issue(r, kind, "localhost");
}

static inline void responder_free(responder *r) {
  qtls_key_free(r->root_key);
  qtls_pki_free(r->root_pem);
  qtls_pki_free(r->leaf_pem);
  qtls_pki_free(r->key_pem);
  free(r->chain_pem);
  qtls_cert_free(r->leaf);
  qtls_cert_free(r->root);
  (void)pthread_mutex_destroy(&r->lock);
}

static inline int64_t responder_clock(void *user) {
  responder *r = user;
  (void)pthread_mutex_lock(&r->lock);
  int64_t now = r->now;
  (void)pthread_mutex_unlock(&r->lock);
  return now;
}

static inline void responder_set(responder *r, int64_t later) {
  (void)pthread_mutex_lock(&r->lock);
  r->now += later;
  (void)pthread_mutex_unlock(&r->lock);
}

/* The request inside the URL of a GET: percent-encoded base64 after the last slash. */
static inline size_t responder_decode(uint8_t *out, const char *url) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  size_t n = 0;
  uint32_t bits = 0;
  unsigned have = 0;
  for (const char *c = strrchr(url, '/') + 1; *c != '\0'; c++) {
    char letter = *c;
    if (letter == '%') {
      const char two[3] = {c[1], c[2], '\0'};
      letter = (char)strtoul(two, NULL, 16);
      c += 2;
    }
    const char *at = strchr(letters, letter);
    if (letter == '=') {
      break;
    }
    assert_non_null(at);
    bits = bits << 6 | (uint32_t)(at - letters);
    have += 6;
    if (have >= 8) {
      have -= 8;
      out[n++] = (uint8_t)(bits >> have);
    }
  }
  return n;
}

static inline qtls_err responder_fail(qtls_fetch_problem *why, const char *url) {
  why->err = QTLS_ERR_CONNECT;
  (void)snprintf(why->text, sizeof why->text, "%.100s: no connection could be made", url);
  return QTLS_ERR_CONNECT;
}

/* Bytes of the library as bytes of a fetch. */
static inline void responder_give(uint8_t **body, size_t *size, uint8_t *der, size_t n) {
  *body = malloc(n);
  assert_non_null(*body);
  memcpy(*body, der, n);
  *size = n;
  qtls_pki_free(der);
}

static inline void responder_answer(responder *r, uint8_t **body, size_t *size, const uint8_t *der, size_t n) {
  qtls_ocsp_request *request = NULL;
  qtls_ocsp_answer answer = {.state = r->state,
                             .revoked_at = r->now - 60,
                             .reason = r->on_hold ? QTLS_REASON_certificateHold : QTLS_REASON_keyCompromise};
  size_t nonce_size = 0;
  uint8_t *made = NULL;
  assert_int_equal(qtls_ocsp_request_load(&request, der, n), QTLS_OK);
  assert_true(qtls_ocsp_request_id(request, 0, &answer.id));
  const uint8_t *nonce = qtls_ocsp_request_nonce(request, &nonce_size);
  r->nonces += nonce != NULL;
  uint8_t serial[1] = {7};
  if (r->foreign) {
    answer.id.serial = serial;
    answer.id.serial_size = 1;
  }
  int64_t produced = r->now - r->since - (r->stale ? 10 * 86400 : 0);
  const qtls_ocsp_response_request response = {.answers = &answer,
                                               .answer_count = 1,
                                               .nonce = nonce,
                                               .nonce_size = nonce_size,
                                               .produced_at = produced,
                                               .this_update = produced,
                                               .next_update = produced + r->life};
  assert_int_equal(qtls_ocsp_respond(&made, size, &response, r->root_pem, r->root_size, r->root_key), QTLS_OK);
  qtls_ocsp_request_free(request);
  if (r->corrupt) {
    made[*size / 2] ^= 1;
  }
  responder_give(body, size, made, *size);
}

static inline void responder_list(responder *r, uint8_t **body, size_t *size) {
  uint8_t serial[20];
  uint8_t *made = NULL;
  const char *hex = qtls_cert_read(r->leaf)->serial;
  size_t n = strlen(hex) / 2;
  for (size_t i = 0; i < n; i++) {
    const char two[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
    serial[i] = (uint8_t)strtoul(two, NULL, 16);
  }
  const qtls_revoked one = {.serial = serial,
                            .serial_size = n,
                            .when = r->now - 60,
                            .reason = r->on_hold ? QTLS_REASON_certificateHold : QTLS_REASON_keyCompromise};
  const qtls_crl_request request = {.number = 1,
                                    .this_update = r->now - r->since,
                                    .next_update = r->now - r->since + r->life,
                                    .revoked = &one,
                                    .revoked_count = r->revoked_in_list ? 1 : 0};
  assert_int_equal(qtls_crl_issue(&made, size, &request, r->root_pem, r->root_size, r->root_key), QTLS_OK);
  responder_give(body, size, made, *size);
}

/* For qtls_status_options.fetch. */
static inline qtls_err responder_fetch(void *user, uint8_t **body, size_t *size, const qtls_fetch_request *request,
                                       const qtls_fetch_rules *rules, qtls_fetch_problem *why) {
  responder *r = user;
  uint8_t asked[512];
  (void)rules;
  (void)pthread_mutex_lock(&r->lock);
  unsigned sleep_ms = r->sleep_ms;
  (void)pthread_mutex_unlock(&r->lock);
  if (sleep_ms > 0) {
    (void)usleep(sleep_ms * 1000);
  }
  (void)pthread_mutex_lock(&r->lock);
  bool list = strcmp(request->url, RESPONDER_CRL) == 0;
  bool down = list ? r->crl_down : r->ocsp_down;
  qtls_err err = QTLS_OK;
  r->asked++;
  if (down) {
    err = responder_fail(why, request->url);
  } else if (list) {
    r->lists++;
    responder_list(r, body, size);
  } else if (request->body != NULL) {
    r->posts++;
    responder_answer(r, body, size, request->body, request->body_size);
  } else {
    r->gets++;
    assert_true(strlen(request->url) <= 255);
    responder_answer(r, body, size, asked, responder_decode(asked, request->url));
  }
  (void)pthread_mutex_unlock(&r->lock);
  return err;
}

#endif
