/* Owns the set of trust anchors. Built once, then shared read-only. */
#ifndef Q_PKI_TRUST_H
#define Q_PKI_TRUST_H

#include "pki/cert.h"

typedef struct q_trust q_trust;

QTLS_MUST_USE qtls_err q_pki_trust_new(q_trust **out);
/* Every certificate of a PEM text (at least one), or one DER certificate;
 * copied. *line tells where a PEM is wrong (0 if not known). On error nothing
 * was added. */
QTLS_MUST_USE qtls_err q_pki_trust_add(q_trust *trust, size_t *line, q_span pem_or_der);
size_t q_pki_trust_count(const q_trust *trust);
/* Count one more owner, who may not add to it; each gives it back with q_pki_trust_free. */
q_trust *q_pki_trust_ref(q_trust *trust);
/* Another store with the same anchors, open to additions. */
QTLS_MUST_USE qtls_err q_pki_trust_copy(q_trust **out, const q_trust *trust);
bool q_pki_trust_shared(const q_trust *trust);
void q_pki_trust_free(q_trust *trust);

#endif
