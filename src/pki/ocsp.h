/*
 * Owns OCSP (RFC 6960) as bytes: requests and responses read as strict DER and
 * made. Spans point into the DER that was read; nothing is copied.
 */
#ifndef Q_PKI_OCSP_H
#define Q_PKI_OCSP_H

#include "crypto/hash.h"
#include "pki/crl.h"
#include "pki/link_cache.h"
#include "pki/oid.h"

#define Q_OCSP_RESPONSE_MAX 65536 /* bytes of a response taken */
#define Q_OCSP_CERTS_MAX 10       /* certificates in a response */
#define Q_OCSP_IDS_MAX 16         /* certificates asked about in one request */
#define Q_OCSP_ANSWERS_MAX 64     /* in a response */

/* CertID (§4.1.1). A hash that is not known here is no error: nothing matches. */
typedef struct q_ocsp_id {
  q_oid hash; /* Q_OID_SHA1, Q_OID_SHA256, or Q_OID_UNKNOWN */
  q_span issuer_name, issuer_key;
  q_span serial;
} q_ocsp_id;

bool q_pki_ocsp_id_is_of(const q_ocsp_id *id, const q_cert *issuer);

typedef struct q_ocsp_request {
  q_span list; /* of Request, content */
  size_t count;
  q_span nonce; /* empty: none */
} q_ocsp_request;

/* QTLS_ERR_OCSP_REQUEST. */
QTLS_MUST_USE qtls_err q_pki_ocsp_request_read(q_ocsp_request *out, q_span der);
/* Identifier `i`; false past the end. */
bool q_pki_ocsp_request_at(q_ocsp_id *out, const q_ocsp_request *request, size_t i);

/* A request with SHA-1 identifiers. QTLS_ERR_ARGUMENT. */
QTLS_MUST_USE qtls_err q_pki_ocsp_ask(uint8_t **der, size_t *n, const q_cert *cert, const q_cert *issuer, q_span nonce);

typedef struct q_ocsp_single {
  q_ocsp_id id;
  qtls_ocsp_state state;
  int64_t revoked_at;
  qtls_reason reason;
  int64_t this_update;
  int64_t next_update; /* Q_TIME_NONE: it does not say */
} q_ocsp_single;

typedef struct q_ocsp_response {
  unsigned status; /* 0 successful; else nothing else is set */
  q_dual dual;
  q_span by_name, by_key; /* one of the two: a Name with its header, or 20 octets */
  int64_t produced_at;
  q_span answers; /* of SingleResponse, content */
  size_t count;
  q_span nonce; /* empty: none */
  q_span certs[Q_OCSP_CERTS_MAX];
  size_t cert_count;
} q_ocsp_response;

/* QTLS_ERR_OCSP_PARSE. */
QTLS_MUST_USE qtls_err q_pki_ocsp_response_read(q_ocsp_response *out, q_span der);
/* Errors as qtls_ocsp_respond. */
QTLS_MUST_USE qtls_err q_pki_ocsp_respond(uint8_t **der, size_t *n, const qtls_ocsp_response_request *request,
                                          const q_cert *signer, q_key_pair keys);
QTLS_MUST_USE qtls_err q_pki_ocsp_refuse(uint8_t **der, size_t *n, qtls_ocsp_refusal why);

/* QTLS_OK, QTLS_ERR_CERT_REVOKED, QTLS_ERR_NO_MEMORY: what is known of a responder's
 * certificate, which `issuer` has signed. */
typedef qtls_err (*q_ocsp_responder_fn)(const void *context, const q_cert *responder, const q_dual_signer *issuer);

typedef struct q_ocsp_terms {
  bool pqc_needed;
  int64_t now;
  q_span nonce;                  /* empty: none was sent */
  q_link_cache *memory;          /* of signatures that were found good; NULL: they are verified anew */
  q_ocsp_responder_fn responder; /* NULL: nothing is known of responders */
  const void *context;           /* of `responder` */
} q_ocsp_terms;

/* As q_pki_crl_judge. */
QTLS_MUST_USE qtls_err q_pki_ocsp_judge(qtls_status_result *out, q_span response, const q_cert *cert,
                                        const q_dual_signer *issuer, const q_ocsp_terms *terms);

#endif
