/* Owns the writing of the extensions of a certificate that is being issued. */
#ifndef Q_PKI_ISSUE_EXTENSIONS_H
#define Q_PKI_ISSUE_EXTENSIONS_H

#include "pki/der.h"
#include "pki/issue.h"

/* [3] Extensions. 74 is written when `alt_signature` is not empty. */
QTLS_MUST_USE bool q_pki_issue_extensions(CBB *tbs, const q_issue *what, q_span alt_signature);

/* Those that a request may ask for (RFC 2985 §5.4.2), into an open SEQUENCE OF
 * Extension: basicConstraints of an authority, extended key usage, names, TLS
 * feature. */
QTLS_MUST_USE bool q_pki_issue_requested(CBB *list, const q_issue *what);

/* Can the texts of `what` stand in a certificate? And the bytes they take. */
bool q_pki_issue_extensions_valid(const q_issue *what);
size_t q_pki_issue_extensions_room(const q_issue *what);

#endif
