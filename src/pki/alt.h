/*
 * Owns the alternative key and signature of a certificate: ITU-T X.509
 * (10/2019) §9.8, extensions 72, 73 and 74, as Q-TLS §4 narrows them to ML-DSA.
 */
#ifndef Q_PKI_ALT_H
#define Q_PKI_ALT_H

#include "pki/cert.h"
#include "pki/der.h"

/* Read one of the three; QTLS_ERR_CERT_ALT_MALFORMED. */
QTLS_MUST_USE qtls_err q_pki_alt_read(q_cert *out, q_oid oid, q_span value);

/* What holds among them: 73 if and only if 74, and the signature's length is
 * that of its algorithm. */
QTLS_MUST_USE qtls_err q_pki_alt_check(const q_cert *cert);

/* An ML-DSA SubjectPublicKeyInfo or AlgorithmIdentifier with NIST's OIDs and
 * without parameters (RFC 9881 §2, §4); Q_KEY_NONE for anything else. */
q_key_type q_pki_alt_spki_type(q_span spki);
q_key_type q_pki_alt_algorithm_type(q_span algorithm);

/* The bytes that an alternative signature covers, in a fresh q_alloc block that
 * the caller frees: the SEQUENCE `signed_part` without its element `skip`
 * (SIZE_MAX: all stay) and without extension 74 of its last element, which is
 * Extensions under `tag`; lengths anew, every other byte as received.
 * QTLS_ERR_CERT_ALT_MALFORMED when it is not of that form. */
QTLS_MUST_USE qtls_err q_pki_alt_covered(uint8_t **out, size_t *n, q_span signed_part, size_t skip, CBS_ASN1_TAG tag);

/* The same without another extension than 74. */
QTLS_MUST_USE qtls_err q_pki_without_extension(uint8_t **out, size_t *n, q_span signed_part, size_t skip,
                                               CBS_ASN1_TAG tag, q_oid gone);

#endif
