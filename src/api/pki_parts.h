/* Owns what the public functions that make certificates share. */
#ifndef Q_API_PKI_PARTS_H
#define Q_API_PKI_PARTS_H

#include "api/pki_objects.h"
#include "pki/profile.h"

/* A certificate for `subject` as PEM, by `key`: of the issuer, or when its PEM is
 * NULL of the subject itself. */
QTLS_MUST_USE qtls_err q_api_issue(char **pem, size_t *size, const qtls_cert_request *request,
                                   const q_subject *subject, const void *issuer_pem, size_t issuer_size,
                                   const qtls_key *key);

#endif
