/*
 * Owns CertificateVerify (RFC 8446 §4.4.3), the hybrid signature body inside it
 * (Q-TLS §4) and the content that is signed.
 */
#ifndef Q_WIRE_CERTIFICATE_VERIFY_H
#define Q_WIRE_CERTIFICATE_VERIFY_H

#include "wire/header.h"

typedef struct q_certificate_verify {
  uint16_t scheme;
  q_span signature;
} q_certificate_verify;
QTLS_MUST_USE qtls_err q_wire_certificate_verify_read(q_certificate_verify *out, q_span body);
void q_wire_certificate_verify_write(q_writer *w, const q_certificate_verify *in);

/* pqc id | len16 | ML-DSA signature | classical id | len16 | classical
 * signature, and nothing after. The ids must be those of `scheme`, the ML-DSA
 * length `pqc_size`; an ECDSA P-384 part is 96 bytes. Else SIG_HYBRID_FORM. */
typedef struct q_hybrid_signature {
  q_span pqc;
  q_span classical;
} q_hybrid_signature;
QTLS_MUST_USE qtls_err q_wire_hybrid_signature_read(q_hybrid_signature *out, const q_scheme *scheme, size_t pqc_size,
                                                    q_span body);
void q_wire_hybrid_signature_write(q_writer *w, const q_scheme *scheme, const q_hybrid_signature *in);

/* 64 spaces, context string, 0, transcript hash: to `out`, returns the length. */
#define Q_SIGNED_CONTENT_MAX (64 + 33 + 1 + Q_HASH_MAX)
size_t q_wire_signed_content(uint8_t out[Q_SIGNED_CONTENT_MAX], bool by_server, q_span transcript_hash);

#endif
