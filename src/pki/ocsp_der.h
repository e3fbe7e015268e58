/*
 * Owns the parts of which OCSP requests and responses are put together, for those
 * who see DER.
 */
#ifndef Q_PKI_OCSP_DER_H
#define Q_PKI_OCSP_DER_H

#include "pki/dual_der.h"
#include "pki/ocsp.h"

bool q_pki_ocsp_id_read(q_ocsp_id *out, CBS *in);
bool q_pki_ocsp_id_write(CBB *out, const q_ocsp_id *id);

/* The hashes of an issuer's name and key. */
typedef struct q_ocsp_hashes {
  uint8_t name[32], key[32];
  size_t n;
} q_ocsp_hashes;
/* False: no such hash, or the key cannot be read. */
bool q_pki_ocsp_hash(q_ocsp_hashes *out, q_oid hash, const q_cert *issuer);
/* ResponderID byKey: SHA-1 of the public key's bits (§4.2.1). */
bool q_pki_ocsp_key_hash(uint8_t out[Q_SHA1_SIZE], q_span spki);

/* Take one id off the list. */
bool q_pki_ocsp_request_next(q_ocsp_id *out, CBS *list);
/* Take one answer off them. */
bool q_pki_ocsp_single_next(q_ocsp_single *out, CBS *answers);

/* What the alternative signature covers: ResponseData without 74. */
#define Q_OCSP_ALT_SKIP SIZE_MAX
#define Q_OCSP_ALT_TAG (CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 1)

/* Extension values of requests and responses: read into *nonce (RFC 9654 §2.1)
 * and, when `dual` is not NULL, 73 and 74. False: malformed, twice, or a critical
 * one that is not known. */
bool q_pki_ocsp_extensions(q_span *nonce, q_dual *dual, CBS *wrapper);
bool q_pki_ocsp_add_nonce(CBB *list, q_span nonce);

#endif
