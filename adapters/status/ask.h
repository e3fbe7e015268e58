/* Owns one question about one certificate: to a responder or for a list, over HTTP, and
 * the first judgement of what comes. Keeps nothing. */
#ifndef Q_STATUS_ASK_H
#define Q_STATUS_ASK_H

#include <qtls/status_source.h>

enum {
  Q_STATUS_OCSP_MOST = 64 * 1024,
  Q_STATUS_CRL_MOST = 16 * 1024 * 1024,
  Q_STATUS_KEY_MOST = 2400,
  Q_STATUS_TOTAL_MS = 10000
};

int64_t q_status_now(const qtls_status_options *options); /* seconds since 1970 */
int64_t q_status_now_ms(void);                            /* monotonic */

/* Judge evidence->der again: does it count now? */
qtls_err q_status_judge(qtls_status_evidence *evidence, const qtls_cert *cert, const qtls_cert *issuer, int64_t now,
                        const uint8_t *nonce, size_t nonce_size);

/* Ask and judge; `until_ms`: when it must be over (q_status_now_ms). */
typedef struct q_status_question {
  const char *url;
  const qtls_cert *cert;
  const qtls_cert *issuer;
  bool crl;
} q_status_question;
qtls_err q_status_ask(qtls_status_evidence *out, const q_status_question *q, const qtls_status_options *options,
                      int64_t until_ms, qtls_fetch_problem *why);

#endif
