/*
 * Owns the reading and writing of what dual.h owns, for those who see DER.
 */
#ifndef Q_PKI_DUAL_DER_H
#define Q_PKI_DUAL_DER_H

#include "pki/dual.h"
#include "pki/extensions.h"

/* Note 73 or 74; false when it is malformed. */
bool q_pki_dual_read(q_dual *d, const q_extension *e);
/* Both or neither, and the length is the algorithm's. */
bool q_pki_dual_whole(const q_dual *d);

/* The alternative signature; `skip` and `tag` as for q_pki_alt_covered.
 * CERT_ALT_MISSING when the signature or the key is not there. */
QTLS_MUST_USE qtls_err q_pki_dual_alternative(const q_dual *d, const q_pubkey *alt_key, size_t skip, CBS_ASN1_TAG tag);

/* Writes the part that is signed: `own` false, as the alternative signature
 * covers it; else whole, with 74 when `alt_signature` is not empty. */
typedef bool (*q_dual_writer)(CBB *out, const void *what, bool own, q_span alt_signature);

/* SEQUENCE { what `write` writes, algorithm, signature, tail } in a fresh
 * q_alloc block. `cap`: room that is enough for the signed part. QTLS_ERR_ARGUMENT
 * when it cannot be written. */
QTLS_MUST_USE qtls_err q_pki_dual_seal(uint8_t **der, size_t *n, size_t cap, q_dual_writer write, const void *what,
                                       q_key_pair keys, q_span tail);

/* 73 for this key, and 74; not critical. */
bool q_pki_dual_add_algorithm(CBB *list, const q_privkey *alt_key);
bool q_pki_dual_add_signature(CBB *list, q_span alt_signature);
/* An Extension that is not critical, whose value is being written to *value:
 * flush `list` when done. */
bool q_pki_dual_open(CBB *list, CBB *whole, CBB *value, q_oid oid);

#endif
