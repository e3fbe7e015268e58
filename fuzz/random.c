/*
 * Owns the random source of the fuzz targets: the same numbers for the same input,
 * whatever came before it, so that what was found is found again. It stands where
 * AWS-LC's own would: all that AWS-LC and qtls draw passes through RAND_bytes, but
 * for numbers below the order of a curve, which come through the second function.
 *
 * The linker puts the function at the end before the target's own (cmake/fuzz.cmake).
 */
#include <openssl/rand.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static uint64_t position;

/* SplitMix64: far from secret, and fast. */
static uint64_t next_word(void) {
  uint64_t x = position += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

int RAND_bytes(uint8_t *out, size_t n) {
  while (n > 0) {
    uint64_t word = next_word();
    size_t take = n < sizeof word ? n : sizeof word;
    memcpy(out, &word, take);
    out += take;
    n -= take;
  }
  return 1;
}

int RAND_bytes_with_user_prediction_resistance(uint8_t *out, size_t n, const uint8_t stirred[32]) {
  (void)stirred;
  return RAND_bytes(out, n);
}

int __real_LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int __wrap_LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int __wrap_LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static bool prepared;
  static const uint8_t nothing[1];
  if (!prepared) { /* keys that a target makes once are made for the empty input */
    prepared = true;
    position = 1;
    (void)__real_LLVMFuzzerTestOneInput(nothing, 0);
  }
  position = UINT64_C(1) << 56;
  return __real_LLVMFuzzerTestOneInput(data, size);
}
