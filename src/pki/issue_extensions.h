/* Owns the writing of the extensions of a certificate that is being issued. */
#ifndef Q_PKI_ISSUE_EXTENSIONS_H
#define Q_PKI_ISSUE_EXTENSIONS_H

#include "pki/der.h"
#include "pki/issue.h"

/* [3] Extensions. 74 is written when `alt_signature` is not empty. */
QTLS_MUST_USE bool q_pki_issue_extensions(CBB *tbs, const q_issue *what, q_span alt_signature);

/* Is this a name that a certificate can carry? */
bool q_pki_issue_name_valid(const char *name);

#endif
