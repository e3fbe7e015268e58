/*
 * Owns the account of a verification: what was found at each certificate of the
 * path that was judged last. Filled beside the verdict, never the verdict.
 */
#ifndef Q_PKI_REPORT_H
#define Q_PKI_REPORT_H

#include "pki/verify.h"

#define Q_PKI_PATH_MAX (Q_PKI_CHAIN_MAX + 1) /* the chain and an anchor outside it */

typedef struct q_pki_report_row {
  q_cert cert;          /* views the request's chain or trust */
  bool anchor;
  qtls_err rules;       /* validity, usage, constraints, names */
  qtls_err primary;     /* signature by the certificate above; the anchor's: by itself */
  qtls_err alternative; /* CERT_ALT_MISSING if there is none */
  bool primary_judged, alternative_judged; /* false: an earlier failure or nothing to judge */
} q_pki_report_row;

typedef struct q_pki_report {
  size_t count;
  q_pki_report_row rows[Q_PKI_PATH_MAX];
  qtls_err name; /* the leaf against the name asked for */
  size_t signatures; /* how many were checked, all paths together */
  const struct q_sct_found *logs; /* who vouches for the leaf; NULL: not asked */
  qtls_err transparency;          /* are those enough? */
} q_pki_report;

/* q_pki_verify with an account; the same verdict. */
QTLS_MUST_USE qtls_err q_pki_verify_report(q_pki_verdict *out, q_pki_report *report, const q_pki_request *req);

#endif
