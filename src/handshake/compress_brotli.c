/* Owns certificate compression with brotli (RFC 7932; RFC 8879's algorithm 2). */
#include <brotli/decode.h>
#include <brotli/encode.h>

#include "handshake/compress_parts.h"
#include "registry/registry.h"

/* Between the fast and the small: chains are short and mostly random bytes. */
#define QUALITY 6
/* A window of 128 KiB holds the longest message (Q-TLS §1). */
#define WINDOW_BITS 17
/* The decoder's ring buffer is at most twice the output that is due; beside it
 * stand its state and its prefix code tables. A stream that claims a block of
 * 16 MiB is refused when it asks for the ring buffer. */
#define EXPAND_MEMORY_MAX(length) (4 * (length) + 1024 * 1024)
#define COMPRESS_MEMORY_MAX ((size_t)64 * 1024 * 1024)

static qtls_err compress_brotli(uint8_t *out, size_t cap, size_t *n, q_span in) {
  q_compress_memory memory = {COMPRESS_MEMORY_MAX, QTLS_OK};
  *n = 0;
  BrotliEncoderState *s =
      BrotliEncoderCreateInstance(q_handshake_compress_take, q_handshake_compress_give, &memory);
  if (s == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  (void)BrotliEncoderSetParameter(s, BROTLI_PARAM_QUALITY, QUALITY);
  (void)BrotliEncoderSetParameter(s, BROTLI_PARAM_LGWIN, WINDOW_BITS);
  (void)BrotliEncoderSetParameter(s, BROTLI_PARAM_SIZE_HINT, (uint32_t)in.n);
  size_t in_left = in.n;
  size_t out_left = cap;
  const uint8_t *next_in = in.p;
  uint8_t *next_out = out;
  BROTLI_BOOL sound =
      BrotliEncoderCompressStream(s, BROTLI_OPERATION_FINISH, &in_left, &next_in, &out_left, &next_out, NULL);
  /* Not finished: the room, smaller than the input, is full. */
  if (sound && BrotliEncoderIsFinished(s)) {
    *n = cap - out_left;
  }
  BrotliEncoderDestroyInstance(s);
  if (memory.failed != QTLS_OK) {
    *n = 0;
    return memory.failed == QTLS_ERR_NO_MEMORY ? QTLS_ERR_NO_MEMORY : QTLS_ERR_INTERNAL;
  }
  return sound ? QTLS_OK : QTLS_ERR_INTERNAL;
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
