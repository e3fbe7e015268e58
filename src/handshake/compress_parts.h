/*
 * Owns what cert_compress.c and the files of the single libraries share: one
 * row of functions per library, and the memory the libraries are given.
 */
#ifndef Q_HANDSHAKE_COMPRESS_PARTS_H
#define Q_HANDSHAKE_COMPRESS_PARTS_H

#include "base/mem.h"

/*
 * Memory with a bound on what is held at once: a stream cannot make a library
 * take more. `failed` says that a request was refused, and why.
 */
typedef struct q_compress_memory {
  size_t left;
  qtls_err failed;
} q_compress_memory;

/* Callbacks with a q_compress_memory as `memory`. Blocks are those of q_alloc. */
void *q_handshake_compress_take(void *memory, size_t size);
void q_handshake_compress_give(void *memory, void *block);

/*
 * compress: writes to `out` (`cap` bytes) and sets *n, 0 when it does not fit.
 * expand: as q_handshake_expand, 0 < length <= 2^24-1.
 */
typedef struct q_compressor {
  uint8_t algorithm;
  qtls_err (*compress)(uint8_t *out, size_t cap, size_t *n, q_span in);
  qtls_err (*expand)(uint8_t *out, size_t length, q_span in);
} q_compressor;

extern const q_compressor q_handshake_zlib;
extern const q_compressor q_handshake_brotli;
extern const q_compressor q_handshake_zstd;

#endif
