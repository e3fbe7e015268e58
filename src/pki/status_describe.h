/* Owns the description of revocation lists, OCSP requests and responses. */
#ifndef Q_PKI_STATUS_DESCRIBE_H
#define Q_PKI_STATUS_DESCRIBE_H

#include "pki/doc.h"

/* An object into `d`. QTLS_ERR_PEM, QTLS_ERR_CRL_PARSE when it is none of the three. */
QTLS_MUST_USE qtls_err q_pki_status_describe(q_doc *d, q_span pem_or_der);

#endif
