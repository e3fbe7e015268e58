/*
 * Owns the choice of the library and the rules common to all of them (RFC 8879
 * §4, Q-TLS §5). Must not call a library itself.
 */
#include "handshake/cert_compress.h"

#include "handshake/compress_parts.h"

/* Algorithm, length and the vector's prefix: what the message adds. */
#define MESSAGE_COST 8
/* The message writes the length in three bytes. */
#define LENGTH_MAX 0xFFFFFF

static const q_compressor *find(uint8_t algorithm) {
  static const q_compressor *const all[] = {&q_handshake_zlib, &q_handshake_brotli, &q_handshake_zstd};
  for (size_t i = 0; i < Q_COUNT(all); i++) {
    if (all[i]->algorithm == algorithm) {
      return all[i];
    }
  }
  return NULL;
}

qtls_err q_handshake_compress(uint8_t **out, size_t *n, uint8_t algorithm, q_span in) {
  *out = NULL;
  *n = 0;
  const q_compressor *c = find(algorithm);
  if (c == NULL) {
    return QTLS_ERR_ARGUMENT;
  }
  if (in.n <= MESSAGE_COST + 1 || in.n > LENGTH_MAX) {
    return QTLS_OK;
  }
  size_t cap = in.n - MESSAGE_COST - 1;
  uint8_t *block = q_alloc(cap);
  if (block == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  size_t written = 0;
  qtls_err err = c->compress(block, cap, &written, in);
  if (err != QTLS_OK || written == 0) {
    q_free(block);
    return err;
  }
  *out = block;
  *n = written;
  return QTLS_OK;
}

qtls_err q_handshake_expand(uint8_t *out, size_t length, uint8_t algorithm, q_span in) {
  const q_compressor *c = find(algorithm);
  if (c == NULL) {
    return QTLS_ERR_ARGUMENT;
  }
  /* No Certificate is empty, and no stream of anything is. */
  if (length == 0 || length > LENGTH_MAX || in.n == 0 || in.n > LENGTH_MAX) {
    return QTLS_ERR_CERT_COMPRESSION;
  }
  return c->expand(out, length, in);
}
