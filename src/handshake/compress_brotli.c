/* Owns certificate compression with brotli (RFC 7932; RFC 8879's algorithm 2). */
#include <brotli/decode.h>
#include <brotli/encode.h>

#include "handshake/compress_parts.h"
#include "registry/registry.h"

/* Between the fast and the small: chains are short and mostly random bytes. A
 * window of 64 KiB is more than most of them have. */
#define QUALITY 5
#define WINDOW_BITS 16
/* Longer input is left as it is; the longest message has 128 KiB (Q-TLS §1). */
#define INPUT_MAX ((size_t)1024 * 1024)
/* Measured with the two settings above: 560 KiB and 15 bytes for each of input. */
#define POOL_SIZE(n) (1024 * 1024 + 16 * (n))
/* The decoder's ring buffer is at most twice the output that is due; beside it
 * stand its state and its prefix code tables. A stream that claims a block of
 * 16 MiB is refused when it asks for the ring buffer. */
#define EXPAND_MEMORY_MAX(length) (4 * (length) + 1024 * 1024)

/*
 * The encoder ends the process when memory is refused to it. So all that it
 * needs is taken before it starts, where a refusal is an error like any other,
 * and handed out from there; beyond it stands q_alloc, as a last resort.
 */
typedef struct q_encoder_pool {
  uint8_t *p;
  size_t n, used;
  q_compress_memory beyond;
} q_encoder_pool;

static void *pool_take(void *opaque, size_t size) {
  q_encoder_pool *pool = opaque;
  size_t rounded = 0;
  if (!q_base_add(&rounded, size, 15)) {
    return NULL;
  }
  rounded &= ~(size_t)15;
  if (rounded > pool->n - pool->used) {
    return q_handshake_compress_take(&pool->beyond, size);
  }
  void *block = pool->p + pool->used;
  pool->used += rounded;
  return block;
}

static void pool_give(void *opaque, void *block) {
  q_encoder_pool *pool = opaque;
  uintptr_t at = (uintptr_t)block;
  uintptr_t start = (uintptr_t)pool->p;
  /* What lies in the pool goes with it. */
  if (at < start || at >= start + pool->n) {
    q_handshake_compress_give(&pool->beyond, block);
  }
}

static qtls_err encode(BrotliEncoderState *s, uint8_t *out, size_t cap, size_t *n, q_span in) {
  (void)BrotliEncoderSetParameter(s, BROTLI_PARAM_QUALITY, QUALITY);
  (void)BrotliEncoderSetParameter(s, BROTLI_PARAM_LGWIN, WINDOW_BITS);
  (void)BrotliEncoderSetParameter(s, BROTLI_PARAM_SIZE_HINT, (uint32_t)in.n);
  size_t in_left = in.n;
  size_t out_left = cap;
  const uint8_t *next_in = in.p;
  uint8_t *next_out = out;
  if (!BrotliEncoderCompressStream(s, BROTLI_OPERATION_FINISH, &in_left, &next_in, &out_left, &next_out, NULL)) {
    return QTLS_ERR_INTERNAL;
  }
  /* Not finished: the room, smaller than the input, is full. */
  *n = BrotliEncoderIsFinished(s) ? cap - out_left : 0;
  return QTLS_OK;
}

static qtls_err compress_brotli(uint8_t *out, size_t cap, size_t *n, q_span in) {
  *n = 0;
  if (in.n > INPUT_MAX) {
    return QTLS_OK;
  }
  q_encoder_pool pool = {q_alloc(POOL_SIZE(in.n)), POOL_SIZE(in.n), 0, {SIZE_MAX, QTLS_OK}};
  if (pool.p == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  qtls_err err = QTLS_ERR_NO_MEMORY;
  BrotliEncoderState *s = BrotliEncoderCreateInstance(pool_take, pool_give, &pool);
  if (s != NULL) {
    err = encode(s, out, cap, n, in);
    BrotliEncoderDestroyInstance(s);
  }
  q_free(pool.p);
  return err;
}

static qtls_err expand_brotli(uint8_t *out, size_t length, q_span in) {
  q_compress_memory memory = {EXPAND_MEMORY_MAX(length), QTLS_OK};
  BrotliDecoderState *s =
      BrotliDecoderCreateInstance(q_handshake_compress_take, q_handshake_compress_give, &memory);
  if (s == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  size_t in_left = in.n;
  size_t out_left = length;
  const uint8_t *next_in = in.p;
  uint8_t *next_out = out;
  BrotliDecoderResult end = BrotliDecoderDecompressStream(s, &in_left, &next_in, &out_left, &next_out, NULL);
  bool exact = end == BROTLI_DECODER_RESULT_SUCCESS && in_left == 0 && out_left == 0;
  BrotliDecoderDestroyInstance(s);
  if (memory.failed == QTLS_ERR_NO_MEMORY) {
    return QTLS_ERR_NO_MEMORY;
  }
  return exact ? QTLS_OK : QTLS_ERR_CERT_COMPRESSION;
}

const q_compressor q_handshake_brotli = {Q_COMPRESS_BROTLI, compress_brotli, expand_brotli};
