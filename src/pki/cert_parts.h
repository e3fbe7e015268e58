/* Owns the forms that certificates and requests share (RFC 5280 §4.1.1, §4.1.2). */
#ifndef Q_PKI_CERT_PARTS_H
#define Q_PKI_CERT_PARTS_H

#include "pki/der.h"

/* Take one element with its header off `in`. */
bool q_pki_take(q_span *out, CBS *in, CBS_ASN1_TAG tag);

/* A Name, an AlgorithmIdentifier and a SubjectPublicKeyInfo, with their headers:
 * their form alone. */
bool q_pki_name_well_formed(q_span name);
bool q_pki_algorithm_well_formed(q_span algorithm);
bool q_pki_spki_well_formed(q_span spki);

#endif
