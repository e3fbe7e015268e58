/*
 * Owns name constraints (RFC 5280 §4.2.1.10, §6.1.4 g). What cannot be
 * evaluated is refused, never passed.
 */
#ifndef Q_PKI_CONSTRAINTS_H
#define Q_PKI_CONSTRAINTS_H

#include "pki/cert.h"

/* Is the extension's value of the right form? */
bool q_pki_constraints_well_formed(q_span value);

/* Do the names of `cert` (subject and subjectAltName) lie within the
 * constraints of `value`? *work counts down with each comparison; at 0 the
 * answer is no. QTLS_ERR_CERT_NAME_CONSTRAINT. */
QTLS_MUST_USE qtls_err q_pki_constraints_check(size_t *work, q_span value, const q_cert *cert);

#endif
