/*
 * Owns what RFC 5280 §6.1 asks of each certificate of a path besides its
 * signatures: validity, usage, constraints, names. The order in which they are
 * asked decides which error is named.
 */
#ifndef Q_PKI_RULES_H
#define Q_PKI_RULES_H

#include "pki/path.h"

/* Comparisons of names with constraints in one verification: a bound on work. */
#define Q_PKI_CONSTRAINT_WORK 100000

/* Certificate `at` of the path, 0 the leaf. */
QTLS_MUST_USE qtls_err q_pki_rules_check(const q_path *path, size_t at, const q_pki_request *req, size_t *work);

#endif
