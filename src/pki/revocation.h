/*
 * Owns the question whether a certificate of a verified path was revoked: what
 * evidence there is (staples, lists, fetched answers), which of it counts, and
 * what follows when none does (Q-TLS §4, §9). Never fetches anything.
 */
#ifndef Q_PKI_REVOCATION_H
#define Q_PKI_REVOCATION_H

#include "pki/cert.h"

/* What lack of a status means. */
typedef enum q_revocation_mode {
  Q_REVOCATION_OFF,  /* evidence is not looked at, but for must-staple */
  Q_REVOCATION_SOFT, /* good or unknown passes, revoked never does */
  Q_REVOCATION_HARD  /* only good passes */
} q_revocation_mode;

typedef struct q_crl_store q_crl_store; /* lists known beforehand; read-only once built */
QTLS_MUST_USE qtls_err q_pki_crl_store_new(q_crl_store **out);
/* Every list of a PEM text, or one DER; copied. CRL_PARSE, PEM. */
QTLS_MUST_USE qtls_err q_pki_crl_store_add(q_crl_store *store, size_t *line, q_span pem_or_der);
void q_pki_crl_store_free(q_crl_store *store);

/* Evidence about one certificate of the request's chain, as it came. */
typedef struct q_status_evidence {
  size_t index; /* into request.chain */
  bool crl;     /* a CRL; else an OCSP response */
  q_span bytes; /* DER */
  bool stapled; /* by the peer: a staple that does not count is the peer's fault
                 * (bad_certificate_status_response); a fetched one is no evidence */
} q_status_evidence;

#define Q_STATUS_EVIDENCE_MAX 20

/* Part of q_pki_request: what is asked about revocation. */
typedef struct q_revocation {
  q_revocation_mode mode;
  bool whole_chain;         /* HARD asks for the intermediates too; a revocation counts always */
  const q_crl_store *lists; /* or NULL */
  const q_status_evidence *evidence;
  size_t evidence_count;
} q_revocation;

/* Part of q_pki_verdict: what was found about each certificate of the path. */
typedef struct q_status_row {
  qtls_err verdict; /* QTLS_OK good; CERT_REVOKED; STATUS_UNKNOWN: nothing that counts */
  size_t index;     /* into request.chain; SIZE_MAX for the anchor */
  bool wanted;      /* it would have been asked for: an URL is there and no status that counts */
} q_status_row;

#endif
