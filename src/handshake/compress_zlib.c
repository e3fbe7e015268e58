/* Owns certificate compression with zlib (RFC 1950; RFC 8879's algorithm 1). */
#define ZLIB_CONST
#include <zlib.h>

#include "handshake/compress_parts.h"
#include "registry/registry.h"

/* Inflate takes its state and a window of 32 KiB, deflate under 300 KiB. */
#define EXPAND_MEMORY_MAX (64 * 1024)
#define COMPRESS_MEMORY_MAX (512 * 1024)

static voidpf take(voidpf memory, uInt items, uInt size) {
  size_t total = 0;
  if (__builtin_mul_overflow((size_t)items, (size_t)size, &total)) {
    return Z_NULL;
  }
  return q_handshake_compress_take(memory, total);
}

static void give(voidpf memory, voidpf block) { q_handshake_compress_give(memory, block); }

static z_stream stream_of(q_compress_memory *memory, uint8_t *out, size_t cap, q_span in) {
  z_stream z = {
      .next_in = in.p,
      .avail_in = (uInt)in.n,
      .next_out = out,
      .avail_out = (uInt)cap,
      .zalloc = take,
      .zfree = give,
      .opaque = memory,
  };
  return z;
}

static qtls_err compress_zlib(uint8_t *out, size_t cap, size_t *n, q_span in) {
  q_compress_memory memory = {COMPRESS_MEMORY_MAX, QTLS_OK};
  z_stream z = stream_of(&memory, out, cap, in);
  *n = 0;
  if (deflateInit(&z, Z_DEFAULT_COMPRESSION) != Z_OK) {
    return memory.failed == QTLS_ERR_NO_MEMORY ? QTLS_ERR_NO_MEMORY : QTLS_ERR_INTERNAL;
  }
  /* Anything else means that the room, smaller than the input, is full. */
  if (deflate(&z, Z_FINISH) == Z_STREAM_END) {
    *n = cap - z.avail_out;
  }
  (void)deflateEnd(&z);
  return QTLS_OK;
}

static qtls_err expand_zlib(uint8_t *out, size_t length, q_span in) {
  q_compress_memory memory = {EXPAND_MEMORY_MAX, QTLS_OK};
  z_stream z = stream_of(&memory, out, length, in);
  if (inflateInit(&z) != Z_OK) {
    return memory.failed == QTLS_ERR_NO_MEMORY ? QTLS_ERR_NO_MEMORY : QTLS_ERR_INTERNAL;
  }
  /* The end of the stream, its checksum included, or nothing; a preset
   * dictionary is an end of another kind. */
  int end = inflate(&z, Z_FINISH);
  bool exact = end == Z_STREAM_END && z.avail_in == 0 && z.avail_out == 0;
  (void)inflateEnd(&z);
  if (memory.failed == QTLS_ERR_NO_MEMORY) {
    return QTLS_ERR_NO_MEMORY;
  }
  return exact ? QTLS_OK : QTLS_ERR_CERT_COMPRESSION;
}

const q_compressor q_handshake_zlib = {Q_COMPRESS_ZLIB, compress_zlib, expand_zlib};
