/* Owns one question about one certificate (ask.h; RFC 6960 appendix A, RFC 5019 §5,
 * RFC 5280 §4.2.1.13). */
#include "ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "files.h"

enum { GET_MOST = 255, NONCE = 32 };

int64_t q_status_now(const qtls_status_options *options) {
  return options->clock != NULL ? options->clock(options->user) : (int64_t)time(NULL);
}

int64_t q_status_now_ms(void) {
  struct timespec ts;
  (void)clock_gettime(CLOCK_MONOTONIC, &ts);
  return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void qtls_status_evidence_free(qtls_status_evidence *evidence) {
  qtls_fetch_free(evidence->der);
  memset(evidence, 0, sizeof *evidence);
}

static bool counts(qtls_err verdict) { return verdict == QTLS_OK || verdict == QTLS_ERR_CERT_REVOKED; }

/* Whether an ML-DSA signature is needed is the connection's to say: here all counts
 * whose own signature is right and that holds nothing wrong. */
qtls_err q_status_judge(qtls_status_evidence *evidence, const qtls_cert *cert, const qtls_cert *issuer, int64_t now,
                        const uint8_t *nonce, size_t nonce_size) {
  qtls_err err = QTLS_OK;
  if (evidence->crl) {
    qtls_crl *crl = NULL;
    /* A list as PEM would be read, but jobs want DER. */
    bool pem = evidence->size > 5 && memcmp(evidence->der, "-----", 5) == 0;
    bool der = evidence->size > 0 && evidence->der[0] == 0x30;
    err = der ? qtls_crl_load(&crl, evidence->der, evidence->size) : pem ? QTLS_ERR_PEM : QTLS_ERR_CRL_PARSE;
    if (err == QTLS_OK) {
      err = qtls_crl_judge(&evidence->result, crl, cert, issuer, QTLS_NEED_primary, now);
    }
    qtls_crl_free(crl);
  } else {
    err = qtls_ocsp_judge(&evidence->result, evidence->der, evidence->size, cert, issuer, QTLS_NEED_primary, now, nonce,
                          nonce_size);
  }
  if (err != QTLS_OK) {
    return err;
  }
  return counts(evidence->result.verdict) ? QTLS_OK : evidence->result.verdict;
}

/* ---- what is sent ---- */

/* "URL/BASE64", percent-encoded (RFC 6960 A.1). False: longer than what is cached on the
 * way, so that a POST is better. */
static bool get_url(char out[GET_MOST + 1], const char *url, const uint8_t *der, size_t size) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  size_t n = strlen(url);
  if (n + 2 > GET_MOST || strchr(url, '?') != NULL) {
    return false;
  }
  memcpy(out, url, n);
  if (n > 0 && out[n - 1] != '/') {
    out[n++] = '/';
  }
  for (size_t i = 0; i < size; i += 3) {
    uint32_t three = (uint32_t)der[i] << 16;
    three |= i + 1 < size ? (uint32_t)der[i + 1] << 8 : 0;
    three |= i + 2 < size ? der[i + 2] : 0;
    for (size_t k = 0; k < 4; k++) {
      char letter = i + k > size ? '=' : letters[three >> (18 - 6 * k) & 63];
      const char *code = letter == '+' ? "%2B" : letter == '/' ? "%2F" : letter == '=' ? "%3D" : NULL;
      if (n + 3 > GET_MOST) {
        return false;
      }
      if (code != NULL) {
        memcpy(out + n, code, 3);
      }
      out[n] = code != NULL ? out[n] : letter;
      n += code != NULL ? 3 : 1;
    }
  }
  out[n] = '\0';
  return true;
}

static qtls_err fetch(qtls_status_evidence *out, const qtls_fetch_request *request, size_t most,
                      const qtls_status_options *options, int64_t until_ms, qtls_fetch_problem *why) {
  qtls_fetch_rules rules = options->rules;
  int64_t left = until_ms - q_status_now_ms();
  if (left <= 0) {
    return q_status_tell(why, QTLS_ERR_TIMEOUT, "%.200s: not asked: the time for this certificate is used up",
                         request->shown != NULL ? request->shown : request->url);
  }
  int own = rules.total_ms > 0 ? rules.total_ms : Q_STATUS_TOTAL_MS;
  rules.total_ms = left < own ? (int)left : own;
  if (rules.size_most == 0) {
    rules.size_most = most;
  }
  if (options->fetch != NULL) {
    return options->fetch(options->user, &out->der, &out->size, request, &rules, why);
  }
  return qtls_fetch(&out->der, &out->size, request, &rules, why);
}

static bool draw(uint8_t *p, size_t n) {
  ssize_t got = getrandom(p, n, 0);
  return got >= 0 && (size_t)got == n;
}

static qtls_err explain(qtls_err err, const char *url, qtls_fetch_problem *why) {
  if (err == QTLS_ERR_PEM) {
    return q_status_tell(why, err,
                         "%.200s: this list is PEM; it has to be published as DER (RFC 5280 section 4.2.1.13)", url);
  }
  return q_status_tell(why, err, "%.200s: what came does not count: %s", url, qtls_err_text(err));
}

static qtls_err ask_ocsp(qtls_status_evidence *out, const q_status_question *q, const qtls_status_options *options,
                         int64_t until_ms, qtls_fetch_problem *why) {
  char url[GET_MOST + 1];
  uint8_t nonce[NONCE];
  uint8_t *der = NULL;
  size_t size = 0;
  size_t nonce_size = options->nonce ? sizeof nonce : 0;
  if (options->nonce && !draw(nonce, sizeof nonce)) {
    return q_status_tell(why, QTLS_ERR_RANDOM, "%s", qtls_err_text(QTLS_ERR_RANDOM));
  }
  const uint8_t *asked = options->nonce ? nonce : NULL;
  qtls_err err = qtls_ocsp_ask(&der, &size, q->cert, q->issuer, asked, nonce_size);
  if (err != QTLS_OK) {
    return q_status_tell(why, err, "%.200s: no question can be made: %s", q->url, qtls_err_text(err));
  }
  qtls_fetch_request request = {
      .url = url, .shown = options->whole_urls ? NULL : q->url, .answer_type = "application/ocsp-response"};
  bool got = !options->nonce && !options->post && get_url(url, q->url, der, size);
  if (got) {
    err = fetch(out, &request, Q_STATUS_OCSP_MOST, options, until_ms, why);
  }
  if (!got || err == QTLS_ERR_IO) { /* there are responders that know no GET */
    request.url = q->url;
    request.body = der;
    request.body_size = size;
    request.body_type = "application/ocsp-request";
    err = fetch(out, &request, Q_STATUS_OCSP_MOST, options, until_ms, why);
  }
  qtls_pki_free(der);
  if (err != QTLS_OK) {
    return err;
  }
  err = q_status_judge(out, q->cert, q->issuer, q_status_now(options), asked, nonce_size);
  return err == QTLS_OK ? QTLS_OK : explain(err, q->url, why);
}

static qtls_err ask_list(qtls_status_evidence *out, const q_status_question *q, const qtls_status_options *options,
                         int64_t until_ms, qtls_fetch_problem *why) {
  /* Lists come under many a type; the judgement tells whether it is one. */
  const qtls_fetch_request request = {.url = q->url};
  qtls_err err = fetch(out, &request, Q_STATUS_CRL_MOST, options, until_ms, why);
  if (err == QTLS_OK) {
    err = q_status_judge(out, q->cert, q->issuer, q_status_now(options), NULL, 0);
    err = err == QTLS_OK ? QTLS_OK : explain(err, q->url, why);
  }
  return err;
}

qtls_err q_status_ask(qtls_status_evidence *out, const q_status_question *q, const qtls_status_options *options,
                      int64_t until_ms, qtls_fetch_problem *why) {
  memset(out, 0, sizeof *out);
  out->crl = q->crl;
  out->fetched = true;
  qtls_err err = q->crl ? ask_list(out, q, options, until_ms, why) : ask_ocsp(out, q, options, until_ms, why);
  if (err != QTLS_OK) {
    qtls_status_evidence_free(out);
  }
  return err;
}

qtls_err qtls_status_ask_ocsp(qtls_status_evidence *out, const char *url, const qtls_cert *cert,
                              const qtls_cert *issuer, const qtls_status_options *options, qtls_fetch_problem *why) {
  static const qtls_status_options usual;
  const q_status_question q = {.url = url, .cert = cert, .issuer = issuer, .crl = false};
  options = options != NULL ? options : &usual;
  int total = options->total_ms > 0 ? options->total_ms : Q_STATUS_TOTAL_MS;
  return q_status_ask(out, &q, options, q_status_now_ms() + total, why);
}
