/*
 * Certificate status: revocation lists (CRL, RFC 5280 §5) and OCSP (RFC 6960), as
 * bytes: made, read and judged here, fetched and kept elsewhere. A hybrid issuer
 * signs twice: lists and responses carry its alternative signature in extensions
 * 73 and 74 (Q-TLS §4), so that the classical peer and the quantum-safe one are
 * both served by the same bytes.
 *
 * Ownership, threads, errors and reading NULL as in qtls/pki.h.
 */
#ifndef QTLS_STATUS_H
#define QTLS_STATUS_H

#include "qtls/pki.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Why a certificate was revoked (RFC 5280 §5.3.1); the numbers are the wire's. */
typedef enum qtls_reason {
  QTLS_REASON_unspecified = 0,
  QTLS_REASON_keyCompromise = 1,
  QTLS_REASON_cACompromise = 2,
  QTLS_REASON_affiliationChanged = 3,
  QTLS_REASON_superseded = 4,
  QTLS_REASON_cessationOfOperation = 5,
  QTLS_REASON_certificateHold = 6,
  QTLS_REASON_removeFromCRL = 8,
  QTLS_REASON_privilegeWithdrawn = 9,
  QTLS_REASON_aACompromise = 10
} qtls_reason;

/* "keyCompromise"; "unknown" for any other number. */
const char *qtls_reason_name(int reason);
/* The reason that was meant, -1 if there is none of this name; case does not matter. */
int qtls_reason_find(const char *name);

/* ---- revocation lists ---- */

typedef struct qtls_revoked {
  const uint8_t *serial; /* content of the INTEGER, 1-20 bytes */
  size_t serial_size;
  int64_t when; /* seconds since 1970 */
  qtls_reason reason;
} qtls_revoked;

typedef struct qtls_crl_request {
  uint64_t number; /* cRLNumber: greater than that of the list before */
  int64_t this_update;
  int64_t next_update;
  const qtls_revoked *revoked;
  size_t revoked_count;
} qtls_crl_request;

/* A list as DER, signed like a certificate by the issuer's key or keys.
 * QTLS_ERR_ARGUMENT (also for removeFromCRL, which only delta lists know),
 * QTLS_ERR_KEY_MISMATCH, QTLS_ERR_CERT_NOT_CA, QTLS_ERR_CERT_KEY_USAGE (no cRLSign). */
QTLS_MUST_USE qtls_err qtls_crl_issue(uint8_t **der, size_t *size, const qtls_crl_request *request,
                                      const void *issuer_pem, size_t issuer_size, const qtls_key *issuer_key);

typedef struct qtls_crl qtls_crl;
typedef struct qtls_crl_info {
  const char *issuer; /* RFC 4514 */
  int64_t this_update, next_update;
  uint64_t number; /* 0: it does not say */
  size_t revoked_count;
  const char *signature_algorithm;
  const char *alt_signature_algorithm; /* NULL: none */
} qtls_crl_info;

/* Read a list, DER or PEM ("X509 CRL"); copied. QTLS_ERR_CRL_PARSE, QTLS_ERR_PEM. */
QTLS_MUST_USE qtls_err qtls_crl_load(qtls_crl **out, const void *pem_or_der, size_t size);
const qtls_crl_info *qtls_crl_read(const qtls_crl *crl);
/* Entry `i` in the order of the list; false past the end. */
bool qtls_crl_entry(const qtls_crl *crl, size_t i, qtls_revoked *out);
void qtls_crl_free(qtls_crl *crl); /* NULL is fine */

/* ---- OCSP, the responder's side ---- */

#define QTLS_OCSP_NONCE_MAX 128    /* RFC 9654 §2.1: 1-128 bytes; requests made here carry 32 */
#define QTLS_OCSP_REQUEST_MAX 4096 /* bytes of a request taken */

/* The response status of OCSPResponse when there is no answer (RFC 6960 §4.2.1). */
typedef enum qtls_ocsp_refusal {
  QTLS_OCSP_malformedRequest = 1,
  QTLS_OCSP_internalError = 2,
  QTLS_OCSP_tryLater = 3,
  QTLS_OCSP_unauthorized = 6
} qtls_ocsp_refusal;

/* Whose status is asked. */
typedef struct qtls_ocsp_id {
  const char *hash;        /* "SHA-1" or "SHA-256"; "unknown": one that is not known here, and nobody's */
  uint8_t issuer_name[32]; /* hash of the issuer's Name */
  uint8_t issuer_key[32];  /* hash of the issuer's public key bits */
  size_t hash_size;        /* 20 or 32; 0 when it is not known */
  const uint8_t *serial;   /* content of the INTEGER */
  size_t serial_size;
} qtls_ocsp_id;

typedef struct qtls_ocsp_request qtls_ocsp_request;
/* Read a request of at most QTLS_OCSP_REQUEST_MAX bytes and 16 certificates (copied).
 * QTLS_ERR_OCSP_REQUEST. A signature in it is not looked at (RFC 6960 §4.1.2). */
QTLS_MUST_USE qtls_err qtls_ocsp_request_load(qtls_ocsp_request **out, const void *der, size_t size);
bool qtls_ocsp_request_id(const qtls_ocsp_request *request, size_t i, qtls_ocsp_id *out); /* false past the end */
const uint8_t *qtls_ocsp_request_nonce(const qtls_ocsp_request *request, size_t *size);   /* NULL: none */
void qtls_ocsp_request_free(qtls_ocsp_request *request);

/* Is `id` about a certificate of this issuer (PEM or DER)? */
bool qtls_ocsp_id_is_of(const qtls_ocsp_id *id, const qtls_cert *issuer);

typedef enum qtls_ocsp_state { QTLS_OCSP_good = 0, QTLS_OCSP_revoked = 1, QTLS_OCSP_unknown = 2 } qtls_ocsp_state;

typedef struct qtls_ocsp_answer {
  qtls_ocsp_id id;
  qtls_ocsp_state state;
  int64_t revoked_at;
  qtls_reason reason;
} qtls_ocsp_answer;

typedef struct qtls_ocsp_response_request {
  const qtls_ocsp_answer *answers;
  size_t answer_count;
  const uint8_t *nonce; /* NULL: none */
  size_t nonce_size;
  int64_t produced_at, this_update, next_update;
} qtls_ocsp_response_request;

/*
 * A response as DER. `signer_pem` is the CA itself, or a responder it has
 * certified (its certificate goes in); a hybrid signer signs with its own key and
 * carries the alternative signature in responseExtensions. 1 to 64 answers. A key signs
 * with one algorithm, so what a request prefers (RFC 6960 §4.4.7) is not asked for.
 * QTLS_ERR_ARGUMENT (also a signer that is neither authority nor has the extended
 * key usage OCSPSigning), QTLS_ERR_KEY_MISMATCH.
 */
QTLS_MUST_USE qtls_err qtls_ocsp_respond(uint8_t **der, size_t *size, const qtls_ocsp_response_request *request,
                                         const void *signer_pem, size_t signer_size, const qtls_key *signer_key);
/* A response without an answer: five bytes. */
QTLS_MUST_USE qtls_err qtls_ocsp_refuse(uint8_t **der, size_t *size, qtls_ocsp_refusal why);

/* ---- OCSP, the asking side ---- */

/* A request for one certificate, with SHA-1 identifiers (what every responder
 * knows, RFC 5019 §2.1.1). `nonce` may be NULL. QTLS_ERR_ARGUMENT: the issuer has
 * another name than the certificate says, or the nonce is too long. */
QTLS_MUST_USE qtls_err qtls_ocsp_ask(uint8_t **der, size_t *size, const qtls_cert *cert, const qtls_cert *issuer,
                                     const uint8_t *nonce, size_t nonce_size);

/* ---- judging ---- */

typedef struct qtls_status_result {
  qtls_err verdict;    /* QTLS_OK: good; QTLS_ERR_CERT_REVOKED; else why the evidence does not count */
  int64_t this_update; /* 0 unless the evidence counts */
  int64_t next_update; /* or the end of the responder's certificate, if that comes first; 0: it does not say */
  qtls_reason reason;  /* of a revocation */
  int64_t revoked_at;
  bool pqc; /* an ML-DSA signature of an authorized signer verified */
} qtls_status_result;

/*
 * Does this OCSP response (or CRL) say that `cert`, issued by `issuer`, is good at
 * `now`? Both certificates were verified before. `need` as for the chain: with
 * alternative or both, the evidence counts only if its ML-DSA signature verifies
 * (Q-TLS §4). A revocation counts without one, and unless it is a hold also when list or
 * response are old or repeat another nonce. `nonce`, which may be NULL: the response must
 * repeat it if it has one. A responder's own status is looked at where there are lists:
 * in a connection, and by qtls_pki_verify. Result QTLS_OK when a verdict was reached. Errors in the verdict:
 * QTLS_ERR_OCSP_PARSE, _OCSP_STATUS (no answer, or not about this certificate),
 * _OCSP_SIGNATURE, _OCSP_RESPONDER, _OCSP_STALE, _OCSP_UNKNOWN, _OCSP_NONCE,
 * QTLS_ERR_CRL_PARSE, _CRL_ISSUER, _CRL_SIGNATURE, _CRL_STALE, _CRL_CRITICAL,
 * QTLS_ERR_STATUS_ALT (the ML-DSA signature is missing or wrong),
 * QTLS_ERR_CERT_REVOKED.
 */
QTLS_MUST_USE qtls_err qtls_ocsp_judge(qtls_status_result *out, const void *response, size_t size,
                                       const qtls_cert *cert, const qtls_cert *issuer, qtls_need need, int64_t now,
                                       const uint8_t *nonce, size_t nonce_size);
QTLS_MUST_USE qtls_err qtls_crl_judge(qtls_status_result *out, const qtls_crl *crl, const qtls_cert *cert,
                                      const qtls_cert *issuer, qtls_need need, int64_t now);

/* A CRL (PEM or DER), an OCSP request or a response (DER) for people, or as JSON.
 * QTLS_ERR_CRL_PARSE when it is none of them. */
QTLS_MUST_USE qtls_err qtls_status_describe(char **out, size_t *size, const void *pem_or_der, size_t input_size,
                                            qtls_format format);

#ifdef __cplusplus
}
#endif
#endif
