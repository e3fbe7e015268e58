/*
 * Owns the question whether a certificate of a verified path was revoked: what
 * evidence there is (staples, lists, fetched answers), which of it counts, and
 * what follows when none does (Q-TLS §4, §9). Never fetches anything.
 */
#ifndef Q_PKI_REVOCATION_H
#define Q_PKI_REVOCATION_H

#include "pki/link_cache.h"

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
#define Q_OCSP_AGE_MOST INT64_C(86400) /* seconds of an answer that names no nextUpdate */

/* Part of q_pki_request: what is asked about revocation. */
typedef struct q_revocation {
  q_revocation_mode mode;
  bool whole_chain;         /* HARD asks for the intermediates too; a revocation counts always */
  bool staple_asked;        /* we sent status_request: must-staple holds (RFC 7633 §4.2.3.1), in every mode */
  bool may_ask;             /* what is wanted will be asked for: HARD does not fail for want of it yet */
  bool pqc_needed;          /* evidence counts only with a right ML-DSA signature, whatever paths are asked for */
  const q_crl_store *lists; /* or NULL */
  const q_status_evidence *evidence;
  size_t evidence_count;
} q_revocation;

/* Part of q_pki_verdict: what was found about each certificate of the path. */
typedef struct q_status_row {
  qtls_err verdict;    /* QTLS_OK good; CERT_REVOKED; CERT_STATUS_UNKNOWN: nothing that counts */
  size_t index;        /* into request.chain; SIZE_MAX: a certificate that only the trust store has */
  bool wanted;         /* it would have been asked for: an URL is there and no status that counts */
  bool stapled;        /* a staple says that it is good */
  int64_t next_update; /* of what says that it is good; 0: it does not say */
} q_status_row;

/* One certificate of a path that is otherwise good, and who issued it. */
struct q_dual_signer;
typedef struct q_status_link {
  const q_cert *cert;
  const struct q_dual_signer *issuer; /* NULL: an anchor, which nobody is asked about */
  size_t index;                       /* as in q_status_row */
} q_status_link;

typedef struct q_status_question {
  const q_revocation *asked;
  const q_span *chain; /* the request's */
  size_t chain_count;
  bool pqc_needed; /* evidence counts only with a right ML-DSA signature (Q-TLS §4) */
  int64_t now;
  q_link_cache *memory; /* as in q_ocsp_terms */
} q_status_question;

/*
 * The status of `count` links, the leaf first: a row for each into `rows`, and
 * the first error in *at and as the result: CERT_REVOKED; the error of a staple
 * that does not count; CERT_STAPLE_MISSING; CERT_STATUS_UNKNOWN.
 */
QTLS_MUST_USE qtls_err q_pki_revocation_judge(q_status_row *rows, size_t *at, const q_status_question *q,
                                              const q_status_link *links, size_t count);

#endif
