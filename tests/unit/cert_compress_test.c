/* Certificate compression: what it may expand to, from what, at what cost. */
#include "handshake/cert_compress.h"

#include <stdlib.h>

#include "registry/registry.h"
#include "unit/unit.h"

static const uint8_t algorithms[] = {Q_COMPRESS_ZLIB, Q_COMPRESS_BROTLI, Q_COMPRESS_ZSTD};

/* Memory that is counted and can be made to fail. */
static struct {
  size_t now, peak;
  long until_failure; /* negative: never */
} heap;

static void *counted_get(size_t size) {
  if (heap.until_failure == 0) {
    return NULL;
  }
  if (heap.until_failure > 0) {
    heap.until_failure--;
  }
  size_t *block = malloc(size + 16);
  if (block == NULL) {
    return NULL;
  }
  *block = size;
  heap.now += size;
  heap.peak = heap.now > heap.peak ? heap.now : heap.peak;
  return (uint8_t *)block + 16;
}

static void counted_put(void *p) {
  void *block = (uint8_t *)p - 16;
  heap.now -= *(size_t *)block;
  free(block);
}

static void count_from_here(long until_failure) {
  heap.peak = heap.now;
  heap.until_failure = until_failure;
}

/* Text that repeats with changes, as names and addresses in a chain do. */
static void fill_text(uint8_t *out, size_t n) {
  static const char words[] = "Example Certification Authority http://ocsp.example.com/ caIssuers ";
  for (size_t i = 0; i < n; i++) {
    out[i] = (uint8_t)(words[i % (sizeof words - 1)] + (i % 97 == 0 ? (int)(i / 97 % 5) : 0));
  }
}

/* Bytes without any pattern: a linear congruential walk. */
static void fill_noise(uint8_t *out, size_t n) {
  uint32_t x = 1;
  for (size_t i = 0; i < n; i++) {
    x = x * 1664525u + 1013904223u;
    out[i] = (uint8_t)(x >> 24);
  }
}

static q_span compressed(uint8_t algorithm, q_span in) {
  uint8_t *out = NULL;
  size_t n = 0;
  assert_ok(q_handshake_compress(&out, &n, algorithm, in));
  assert_non_null(out);
  assert_true(n > 0 && n + 8 < in.n);
  return q_span_of(out, n);
}

static void give_back(q_span block) {
  uint8_t *p = NULL;
  memcpy(&p, &block.p, sizeof p);
  q_free(p);
}

/* From a block of its own size, into one of its own size. */
static qtls_err expand_exact(uint8_t algorithm, size_t length, const uint8_t *in, size_t n) {
  uint8_t *from = n > 0 ? q_alloc_copy(in, n) : NULL;
  uint8_t *to = q_alloc(length > 0 ? length : 1);
  qtls_err err = q_handshake_expand(to, length, algorithm, q_span_of(from, n));
  q_free(from);
  q_free(to);
  return err;
}

static void what_is_compressed_expands(void **state) {
  (void)state;
  static const size_t sizes[] = {400, 1000, 5000, 40000, 131072};
  static uint8_t in[131072], out[131072];
  for (size_t a = 0; a < Q_COUNT(algorithms); a++) {
    for (size_t i = 0; i < Q_COUNT(sizes); i++) {
      fill_text(in, sizes[i]);
      fill_noise(in, sizes[i] / 4); /* keys and signatures */
      q_span small = compressed(algorithms[a], q_span_of(in, sizes[i]));
      memset(out, 0, sizeof out);
      assert_ok(q_handshake_expand(out, sizes[i], algorithms[a], small));
      assert_memory_equal(out, in, sizes[i]);
      give_back(small);
    }
  }
}

static void what_gains_nothing_is_left(void **state) {
  (void)state;
  static uint8_t noise[4000];
  fill_noise(noise, sizeof noise);
  for (size_t a = 0; a < Q_COUNT(algorithms); a++) {
    for (size_t n = 0; n < sizeof noise; n = n * 3 + 1) {
      uint8_t *out = noise;
      size_t written = 1;
      assert_ok(q_handshake_compress(&out, &written, algorithms[a], q_span_of(noise, n)));
      assert_int_equal(written, 0);
      assert_null(out);
    }
  }
}

static void unknown_algorithms_are_the_callers_mistake(void **state) {
  (void)state;
  uint8_t *out = NULL;
  uint8_t room[4];
  size_t n = 0;
  const uint8_t unknown[] = {0, 4, 255};
  for (size_t i = 0; i < Q_COUNT(unknown); i++) {
    assert_err(q_handshake_compress(&out, &n, unknown[i], q_span_of("data", 4)), QTLS_ERR_ARGUMENT);
    assert_err(q_handshake_expand(room, sizeof room, unknown[i], q_span_of("data", 4)), QTLS_ERR_ARGUMENT);
  }
}

static void the_length_is_exact(void **state) {
  (void)state;
  static uint8_t in[3000];
  fill_text(in, sizeof in);
  for (size_t a = 0; a < Q_COUNT(algorithms); a++) {
    q_span small = compressed(algorithms[a], q_span_of(in, sizeof in));
    static const size_t wrong[] = {0, 1, sizeof in - 1, sizeof in + 1, 131072, 0x1000000};
    assert_ok(expand_exact(algorithms[a], sizeof in, small.p, small.n));
    for (size_t i = 0; i < Q_COUNT(wrong); i++) {
      assert_err(expand_exact(algorithms[a], wrong[i], small.p, small.n), QTLS_ERR_CERT_COMPRESSION);
    }
    give_back(small);
  }
}

static void the_stream_is_whole_and_alone(void **state) {
  (void)state;
  static uint8_t in[3000], twice[8000];
  fill_text(in, sizeof in);
  for (size_t a = 0; a < Q_COUNT(algorithms); a++) {
    q_span small = compressed(algorithms[a], q_span_of(in, sizeof in));
    for (size_t cut = 0; cut < small.n; cut++) {
      assert_err(expand_exact(algorithms[a], sizeof in, small.p, cut), QTLS_ERR_CERT_COMPRESSION);
    }
    assert_true(2 * small.n <= sizeof twice);
    memcpy(twice, small.p, small.n);
    twice[small.n] = 0;
    assert_err(expand_exact(algorithms[a], sizeof in, twice, small.n + 1), QTLS_ERR_CERT_COMPRESSION);
    memcpy(twice + small.n, small.p, small.n); /* a second stream behind the first */
    assert_err(expand_exact(algorithms[a], sizeof in, twice, 2 * small.n), QTLS_ERR_CERT_COMPRESSION);
    assert_err(expand_exact(algorithms[a], 2 * sizeof in, twice, 2 * small.n), QTLS_ERR_CERT_COMPRESSION);
    give_back(small);
  }
}

static void one_library_does_not_read_another(void **state) {
  (void)state;
  static uint8_t in[3000];
  fill_text(in, sizeof in);
  for (size_t a = 0; a < Q_COUNT(algorithms); a++) {
    q_span small = compressed(algorithms[a], q_span_of(in, sizeof in));
    for (size_t b = 0; b < Q_COUNT(algorithms); b++) {
      if (b != a) {
        assert_err(expand_exact(algorithms[b], sizeof in, small.p, small.n), QTLS_ERR_CERT_COMPRESSION);
      }
    }
    give_back(small);
  }
}

static void a_flipped_bit_never_passes_as_the_original(void **state) {
  (void)state;
  static uint8_t in[600], out[600];
  fill_text(in, sizeof in);
  for (size_t a = 0; a < Q_COUNT(algorithms); a++) {
    q_span small = compressed(algorithms[a], q_span_of(in, sizeof in));
    uint8_t *bent = q_alloc_copy(small.p, small.n);
    for (size_t bit = 0; bit < 8 * small.n; bit++) {
      bent[bit / 8] ^= (uint8_t)(1u << (bit % 8));
      qtls_err err = q_handshake_expand(out, sizeof out, algorithms[a], q_span_of(bent, small.n));
      assert_true(err == QTLS_OK || err == QTLS_ERR_CERT_COMPRESSION);
      bent[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    q_free(bent);
    give_back(small);
  }
}

/* A million bytes out of a few: refused at the length that was told. */
static void a_bomb_takes_no_memory(void **state) {
  (void)state;
  const size_t bomb = 1000000, told = 20000;
  uint8_t *in = q_alloc(bomb);
  uint8_t *out = q_alloc(told);
  assert_non_null(in);
  assert_non_null(out);
  for (size_t a = 0; a < Q_COUNT(algorithms); a++) {
    q_span small = compressed(algorithms[a], q_span_of(in, bomb));
    count_from_here(-1);
    size_t before = heap.now;
    assert_err(q_handshake_expand(out, told, algorithms[a], small), QTLS_ERR_CERT_COMPRESSION);
    assert_true(heap.peak - before < 4 * told + 2 * 1024 * 1024);
    assert_int_equal(heap.now, before);
    give_back(small);
  }
  q_free(out);
  q_free(in);
}

static void a_claim_takes_no_memory(void **state) {
  (void)state;
  /* brotli: an uncompressed block of 16 MiB in a window of as much, and its
   * first bytes. */
  static const uint8_t claim[] = {0xCF, 0xFF, 0xFF, 0xFF, 'a', 'b', 'c', 'd'};
  uint8_t out[1000];
  count_from_here(-1);
  size_t before = heap.now;
  assert_err(q_handshake_expand(out, sizeof out, Q_COMPRESS_BROTLI, q_span_of(claim, sizeof claim)),
             QTLS_ERR_CERT_COMPRESSION);
  assert_true(heap.peak - before < 1024 * 1024 + 4 * sizeof out + 64 * 1024);
}

/* The encoder ends the process when it is refused memory: it never asks. */
static void brotli_has_its_memory_beforehand(void **state) {
  (void)state;
  static uint8_t in[131072];
  for (size_t n = 64; n <= sizeof in; n *= 2) {
    for (int kind = 0; kind < 3; kind++) {
      uint8_t *out = NULL;
      size_t written = 0;
      memset(in, 0, n);
      if (kind > 0) {
        fill_text(in, n);
        fill_noise(in, kind == 1 ? n / 2 : n);
      }
      count_from_here(2); /* the room for the output, and the pool */
      assert_ok(q_handshake_compress(&out, &written, Q_COMPRESS_BROTLI, q_span_of(in, n)));
      count_from_here(-1);
      q_free(out);
    }
  }
}

/* Frames written by hand. */
static void streams_of_other_kinds_are_refused(void **state) {
  (void)state;
  static const struct {
    uint8_t algorithm;
    const char *hex;
    qtls_err expected;
  } rows[] = {
      /* zstd: "abcde" in a raw block, with a window of 1 GiB claimed, the widest that it knows
       * where a word has 32 bits: none is taken */
      {Q_COMPRESS_ZSTD, "28b52ffd00a02900006162636465", QTLS_OK},
      /* the same behind a frame to be skipped, and before one */
      {Q_COMPRESS_ZSTD, "502a4d180100000000" "28b52ffd00a02900006162636465", QTLS_ERR_CERT_COMPRESSION},
      {Q_COMPRESS_ZSTD, "28b52ffd00a02900006162636465" "502a4d180100000000", QTLS_ERR_CERT_COMPRESSION},
      {Q_COMPRESS_ZSTD, "502a4d180500000000000000", QTLS_ERR_CERT_COMPRESSION},
      /* an older format of zstd; a dictionary that is not there */
      {Q_COMPRESS_ZSTD, "27b52ffd00a02900006162636465", QTLS_ERR_CERT_COMPRESSION},
      {Q_COMPRESS_ZSTD, "28b52ffd01a0072900006162636465", QTLS_ERR_CERT_COMPRESSION},
      /* zlib: "abcde" stored; with a wrong checksum; raw; gzip; a preset dictionary */
      {Q_COMPRESS_ZLIB, "7801010500faff616263646505c801f0", QTLS_OK},
      {Q_COMPRESS_ZLIB, "7801010500faff616263646505c801f1", QTLS_ERR_CERT_COMPRESSION},
      {Q_COMPRESS_ZLIB, "010500faff6162636465", QTLS_ERR_CERT_COMPRESSION},
      {Q_COMPRESS_ZLIB, "1f8b0800000000000003010500faff616263646511cd820505000000", QTLS_ERR_CERT_COMPRESSION},
      {Q_COMPRESS_ZLIB, "78200000000101050faff6162636465f0", QTLS_ERR_CERT_COMPRESSION},
      /* brotli: "abcde" in an uncompressed block; one that ends before any byte */
      {Q_COMPRESS_BROTLI, "0b02806162636465" "03", QTLS_OK},
      {Q_COMPRESS_BROTLI, "06", QTLS_ERR_CERT_COMPRESSION},
  };
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    uint8_t bytes[64];
    size_t n = unit_hex(bytes, sizeof bytes, rows[i].hex);
    assert_err(expand_exact(rows[i].algorithm, 5, bytes, n), rows[i].expected);
  }
}

static void short_memory_is_told_and_nothing_is_lost(void **state) {
  (void)state;
  static uint8_t in[3000], out[3000];
  fill_text(in, sizeof in);
  for (size_t a = 0; a < Q_COUNT(algorithms); a++) {
    q_span small = compressed(algorithms[a], q_span_of(in, sizeof in));
    size_t before = heap.now;
    qtls_err err = QTLS_ERR_NO_MEMORY;
    for (long k = 0; err != QTLS_OK; k++) {
      count_from_here(k);
      err = q_handshake_expand(out, sizeof out, algorithms[a], small);
      assert_true(err == QTLS_OK || err == QTLS_ERR_NO_MEMORY);
      assert_int_equal(heap.now, before);
      assert_true(k < 100);
    }
    err = QTLS_ERR_NO_MEMORY;
    for (long k = 0; err != QTLS_OK; k++) {
      uint8_t *block = NULL;
      size_t n = 0;
      count_from_here(k);
      err = q_handshake_compress(&block, &n, algorithms[a], q_span_of(in, sizeof in));
      assert_true(err == QTLS_OK || err == QTLS_ERR_NO_MEMORY);
      q_free(block);
      assert_int_equal(heap.now, before);
      assert_true(k < 100);
    }
    count_from_here(-1);
    give_back(small);
  }
}

int main(void) {
  q_mem_set_source((q_mem_source){counted_get, counted_put});
  count_from_here(-1);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_compressed_expands),
      cmocka_unit_test(what_gains_nothing_is_left),
      cmocka_unit_test(unknown_algorithms_are_the_callers_mistake),
      cmocka_unit_test(the_length_is_exact),
      cmocka_unit_test(the_stream_is_whole_and_alone),
      cmocka_unit_test(one_library_does_not_read_another),
      cmocka_unit_test(a_flipped_bit_never_passes_as_the_original),
      cmocka_unit_test(a_bomb_takes_no_memory),
      cmocka_unit_test(a_claim_takes_no_memory),
      cmocka_unit_test(brotli_has_its_memory_beforehand),
      cmocka_unit_test(streams_of_other_kinds_are_refused),
      cmocka_unit_test(short_memory_is_told_and_nothing_is_lost),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
