/* Owns the description of whole files: several PEM blocks, or one DER certificate. */
#ifndef Q_PKI_DESCRIBE_H
#define Q_PKI_DESCRIBE_H

#include "pki/doc.h"

/* A list of objects into `d`. QTLS_ERR_PEM with *line. */
QTLS_MUST_USE qtls_err q_pki_describe(q_doc *d, size_t *line, q_span pem_or_der);

/* DER in a file on its own: SEQUENCE with a length in the long form, as no PEM
 * text begins. */
static inline bool q_pki_is_der(q_span file) { return file.n > 2 && file.p[0] == 0x30 && file.p[1] >= 0x80; }

#endif
