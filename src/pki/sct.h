/*
 * Owns certificate transparency as the relying side sees it (RFC 6962): logs that
 * are known, and whether enough of them promised to have taken a certificate, by
 * signed timestamps in the certificate or beside it in the handshake.
 */
#ifndef Q_PKI_SCT_H
#define Q_PKI_SCT_H

#include "pki/cert.h"

#define Q_PKI_SCT_MAX 16 /* timestamps of one list that are looked at */

/* Logs, newest first; a list is never changed, so that lists may share their
 * ends. NULL is the empty one. */
typedef struct q_ct_logs q_ct_logs;

/* *list becomes a longer one. `key`: SubjectPublicKeyInfo, PEM or DER, ECDSA P-256
 * or RSA (§2.1.4); a log that is known already is not added again. QTLS_ERR_PEM,
 * QTLS_ERR_KEY_FORMAT, QTLS_ERR_KEY_UNSUPPORTED, QTLS_ERR_CERT_WEAK. */
QTLS_MUST_USE qtls_err q_pki_ct_logs_add(q_ct_logs **list, const char *name, q_span key);
q_ct_logs *q_pki_ct_logs_ref(q_ct_logs *list);
void q_pki_ct_logs_free(q_ct_logs *list);

/* Who vouches. */
typedef struct q_sct_found {
  size_t count; /* different logs */
  const char *names[Q_PKI_SCT_MAX];
} q_sct_found;

/*
 * Do `least` different logs vouch for the leaf at `now`? `issuer` is the
 * certificate that its own signature verifies under; `entry_list` the body of the
 * extension signed_certificate_timestamp beside the leaf, or empty. What cannot be
 * read, is of the future or of an unknown log counts for nothing.
 * QTLS_ERR_CERT_SCT; `found` is filled in any case.
 */
QTLS_MUST_USE qtls_err q_pki_sct_check(q_sct_found *found, const q_ct_logs *logs, unsigned least, const q_cert *leaf,
                                       const q_cert *issuer, q_span entry_list, int64_t now);

/* The bytes that a log signs for a timestamp (§3.2) in a fresh q_alloc block:
 * `precert` for one that stands in the leaf itself. */
QTLS_MUST_USE qtls_err q_pki_sct_signed(uint8_t **out, size_t *n, const q_cert *leaf, const q_cert *issuer,
                                        bool precert, uint64_t milliseconds, q_span extensions);

#endif
