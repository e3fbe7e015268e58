/*
 * Owns where a certificate says that its status is to be had: authority
 * information access (RFC 5280 §4.2.2.1), CRL distribution points (§4.2.1.13),
 * and whether it must be stapled (RFC 7633) or is never asked for (RFC 6960
 * §4.2.2.2.1). Must not judge the addresses.
 */
#ifndef Q_PKI_ACCESS_H
#define Q_PKI_ACCESS_H

#include "pki/cert.h"
#include "pki/oid.h"

/* Read one of those extensions; false if it is malformed. */
bool q_pki_access_read(q_cert *out, q_oid oid, q_span value);

typedef enum q_url_kind { Q_URL_OCSP, Q_URL_ISSUER, Q_URL_CRL } q_url_kind;

/* The most URLs that are looked at of one kind. */
#define Q_PKI_URLS_MAX 8

/* The URIs of one kind, in the certificate's order: bytes as they came, not
 * ended by zero, of any scheme. Distribution points for some reasons only, or
 * of another issuer's list, are passed over. Their number, at most `cap`. */
size_t q_pki_urls(q_span *out, size_t cap, const q_cert *cert, q_url_kind kind);

#endif
