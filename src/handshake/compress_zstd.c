/*
 * Owns certificate compression with zstd (RFC 8878; RFC 8879's algorithm 3).
 * Its stable interface has no place for an allocator, so its contexts, which
 * have a fixed size and hold public data only, are its own.
 */
#include <string.h>
#include <zstd.h>

#include "handshake/compress_parts.h"
#include "registry/registry.h"

static qtls_err compress_zstd(uint8_t *out, size_t cap, size_t *n, q_span in) {
  *n = 0;
  /* With this much room the library can fail for memory alone. */
  size_t bound = ZSTD_compressBound(in.n);
  Q_AUTO_FREE uint8_t *whole = q_alloc(bound);
  ZSTD_CCtx *ctx = ZSTD_createCCtx();
  if (whole == NULL || ctx == NULL) {
    (void)ZSTD_freeCCtx(ctx);
    return QTLS_ERR_NO_MEMORY;
  }
  size_t written = ZSTD_compressCCtx(ctx, whole, bound, in.p, in.n, ZSTD_CLEVEL_DEFAULT);
  (void)ZSTD_freeCCtx(ctx);
  if (ZSTD_isError(written)) {
    return QTLS_ERR_NO_MEMORY;
  }
  if (written <= cap) {
    memcpy(out, whole, written);
    *n = written;
  }
  return QTLS_OK;
}

/* Exactly one frame of the standard's format: the library would go on with a
 * second one, step over one to be skipped, and read the formats of its youth. */
static bool is_one_frame(q_span in) {
  static const uint8_t magic[] = {0x28, 0xB5, 0x2F, 0xFD}; /* RFC 8878 §3.1.1 */
  return in.n > sizeof magic && q_base_span_equal(q_span_of(in.p, sizeof magic), q_span_of(magic, sizeof magic)) &&
         ZSTD_findFrameCompressedSize(in.p, in.n) == in.n;
}

static qtls_err expand_zstd(uint8_t *out, size_t length, q_span in) {
  if (!is_one_frame(in)) {
    return QTLS_ERR_CERT_COMPRESSION;
  }
  ZSTD_DCtx *ctx = ZSTD_createDCtx();
  if (ctx == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  /* In one call the output is the window: whatever size the frame claims for
   * it (RFC 8878 §3.1.1.1.2), none is allocated and none is reached beyond. */
  size_t written = ZSTD_decompressDCtx(ctx, out, length, in.p, in.n);
  (void)ZSTD_freeDCtx(ctx);
  return written == length ? QTLS_OK : QTLS_ERR_CERT_COMPRESSION;
}

const q_compressor q_handshake_zstd = {Q_COMPRESS_ZSTD, compress_zstd, expand_zstd};
