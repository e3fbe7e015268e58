/*
 * Owns compression of the Certificate message (RFC 8879; Q-TLS §5 uses the same
 * algorithms under its own extension). One file per library behind it. Must not
 * know the message nor the connection: bytes in, bytes out.
 */
#ifndef Q_HANDSHAKE_CERT_COMPRESS_H
#define Q_HANDSHAKE_CERT_COMPRESS_H

#include "base/try.h"

/*
 * Compress `in` with `algorithm` (Q_COMPRESS_*). *out is a fresh q_alloc block
 * of at least *n bytes, the caller's. When nothing is gained, counting the 8
 * bytes that CompressedCertificate adds, *n is 0, *out NULL and the verdict
 * QTLS_OK. ARGUMENT for an unknown algorithm, NO_MEMORY, INTERNAL.
 */
QTLS_MUST_USE qtls_err q_handshake_compress(uint8_t **out, size_t *n, uint8_t algorithm, q_span in);

/*
 * Expand `in` into `out`, which has room for `length` bytes. Exactly `length`
 * bytes must come out of exactly all of `in`: else CERT_COMPRESSION. Not a byte
 * more is produced, and the memory used beside `out` is bounded by `length`
 * whatever the stream asks for. On failure `out` holds nothing of use.
 */
QTLS_MUST_USE qtls_err q_handshake_expand(uint8_t *out, size_t length, uint8_t algorithm, q_span in);

#endif
