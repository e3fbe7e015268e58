/*
 * Owns HTTP for the OCSP responder (RFC 6960 appendix A, RFC 5019 §5-6): what a
 * whole request in a buffer is answered with. No sockets in here.
 */
#ifndef QTLS_CLI_CA_OCSP_HTTP_H
#define QTLS_CLI_CA_OCSP_HTTP_H

#include "ca_ocsp_answer.h"
#include "http_request.h"

enum { OCSP_IN_MOST = HTTP_HEAD_MOST + QTLS_OCSP_REQUEST_MAX };

typedef struct ocsp_exchange {
  /* what was asked */
  const char *method;
  bool is_head; /* answered without a body, whatever the answer is */
  size_t used;  /* bytes of the buffer that were the request */
  /* what is answered */
  int status;
  bool keep; /* the connection may go on */
  uint8_t *out;
  size_t out_size;
  /* for the log */
  ocsp_reply reply; /* without its bytes; word NULL: no OCSP in it */
  const char *file; /* a list or certificate that was given out */
} ocsp_exchange;

/* What there is to know of the connection beside its bytes. */
enum {
  OCSP_FULL = 1, /* there is no room for more of them */
  OCSP_LATE = 2, /* nor time */
  OCSP_LAST = 4  /* no further request will be taken */
};

/* Is a whole request at the start of `in`, or one that is refused as it is?
 * False: more is needed. On true free with ocsp_exchange_free; out NULL: out of
 * memory, close. */
bool ocsp_exchange_run(ocsp_exchange *x, ocsp_responder *r, const char *in, size_t n, unsigned how);
void ocsp_exchange_free(ocsp_exchange *x);

#endif
