/*
 * Expansion of certificates: algorithm, length in three bytes, stream. What
 * expands, compresses and expands again; memory has its bound.
 */
#include "fuzz.h"
#include "handshake/cert_compress.h"

/* The longest message (Q-TLS §1). */
#define LENGTH_MAX ((size_t)128 * 1024)
/* Beside the output: the bound of the most generous library, and block heads. */
#define MEMORY_MAX (6 * LENGTH_MAX + 2 * 1024 * 1024)

static size_t held;

static void *counted_get(size_t size) {
  size_t *block = malloc(size + 16);
  if (block == NULL) {
    return NULL;
  }
  *block = size;
  held += size;
  FUZZ_CHECK(held <= MEMORY_MAX);
  return (uint8_t *)block + 16;
}

static void counted_put(void *p) {
  void *block = (uint8_t *)p - 16;
  held -= *(size_t *)block;
  free(block);
}

static void expand_again(uint8_t algorithm, q_span plain) {
  uint8_t *small = NULL;
  size_t n = 0;
  FUZZ_CHECK(q_handshake_compress(&small, &n, algorithm, plain) == QTLS_OK);
  if (n > 0) {
    uint8_t *back = q_alloc(plain.n);
    FUZZ_CHECK(back != NULL);
    FUZZ_CHECK(q_handshake_expand(back, plain.n, algorithm, q_span_of(small, n)) == QTLS_OK);
    FUZZ_CHECK(memcmp(back, plain.p, plain.n) == 0);
    q_free(back);
  }
  q_free(small);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  q_span in = q_span_of(data, size);
  uint8_t algorithm = fuzz_take_u8(&in);
  uint32_t length = 0;
  if (q_read_u24(&in, &length) != QTLS_OK || length == 0 || length > LENGTH_MAX) {
    return 0;
  }
  if (held == 0) {
    q_mem_set_source((q_mem_source){counted_get, counted_put});
  }
  uint8_t *out = q_alloc(length);
  FUZZ_CHECK(out != NULL);
  qtls_err err = q_handshake_expand(out, length, algorithm, in);
  FUZZ_CHECK(err == QTLS_OK || err == QTLS_ERR_CERT_COMPRESSION || err == QTLS_ERR_ARGUMENT);
  if (err == QTLS_OK && length < 4096) { /* the encoders are slow beside the rest */
    expand_again(algorithm, q_span_of(out, length));
  }
  q_free(out);
  FUZZ_CHECK(held == 0);
  return 0;
}
