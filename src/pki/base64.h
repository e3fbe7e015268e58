/*
 * Owns base64 (RFC 4648 §4). The time taken does not depend on the values, only
 * on the length: private keys pass through here.
 */
#ifndef Q_PKI_BASE64_H
#define Q_PKI_BASE64_H

#include "base/try.h"

/* Characters that `n` bytes become, padding included. */
static inline size_t q_pki_base64_length(size_t n) { return (n + 2) / 3 * 4; }

/* Writes q_pki_base64_length(in.n) characters, no line ends, no final zero. */
void q_pki_base64_encode(char *out, q_span in);

/* `in` holds nothing but base64 with its padding; out needs in.n / 4 * 3 bytes.
 * False when it is malformed, or when unused bits are not zero. */
bool q_pki_base64_decode(uint8_t *out, size_t *n, q_span in);

#endif
