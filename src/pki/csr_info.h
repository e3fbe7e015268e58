/* Owns what a request says, as strings. */
#ifndef Q_PKI_CSR_INFO_H
#define Q_PKI_CSR_INFO_H

#include "base/arena.h"
#include "pki/csr.h"
#include "pki/doc.h"
#include "qtls/pki.h"

/* Strings live in `arena`. *tame: common name and organization are shown letter
 * by letter, nothing had to be escaped. */
QTLS_MUST_USE qtls_err q_pki_csr_info_make(qtls_csr_info *out, bool *tame, q_arena *arena, const q_csr *csr);

/* A request for people into the object that is open; what cannot be read, or does
 * not prove possession, is told by its error. */
void q_pki_csr_describe(q_doc *d, q_span der);

#endif
