/* Owns the account of a verification as a document. */
#ifndef Q_PKI_EXPLAIN_H
#define Q_PKI_EXPLAIN_H

#include "pki/doc.h"
#include "pki/report.h"

/* An object into `d`: the verdict, then certificate by certificate. */
QTLS_MUST_USE qtls_err q_pki_explain(q_doc *d, const q_pki_verdict *verdict, qtls_err decided,
                                     const q_pki_report *report, const q_pki_request *req);

#endif
