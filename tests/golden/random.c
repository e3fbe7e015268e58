/* Owns the fixed random source. It stands where AWS-LC's own would: all that
 * AWS-LC and qtls draw passes through RAND_bytes, but for numbers below the order
 * of a curve, which come through the second function. */
#include "golden/golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>
#include <openssl/sha.h>

static struct {
  char seed[64];
  uint64_t counter;
  uint8_t last[64];
  size_t last_n;
} source;

void golden_random_start(const char *seed) {
  memset(&source, 0, sizeof source);
  (void)snprintf(source.seed, sizeof source.seed, "%s", seed);
}

/* SHA-256(seed text | counter, eight bytes), counted through all draws; what a
 * draw does not use of its last block is dropped. */
static void block(uint8_t out[SHA256_DIGEST_LENGTH]) {
  uint8_t number[8];
  SHA256_CTX ctx;
  for (unsigned i = 0; i < 8; i++) {
    number[i] = (uint8_t)(source.counter >> (56 - 8 * i));
  }
  source.counter++;
  SHA256_Init(&ctx);
  SHA256_Update(&ctx, source.seed, strlen(source.seed));
  SHA256_Update(&ctx, number, sizeof number);
  SHA256_Final(out, &ctx);
}

int RAND_bytes(uint8_t *out, size_t n) {
  for (size_t done = 0; done < n;) {
    uint8_t bytes[SHA256_DIGEST_LENGTH];
    size_t take = n - done < sizeof bytes ? n - done : sizeof bytes;
    block(bytes);
    memcpy(out + done, bytes, take);
    done += take;
  }
  source.last_n = n <= sizeof source.last ? n : 0;
  memcpy(source.last, out, source.last_n);
  return 1;
}

/* Internal to AWS-LC: EC keys and ECDSA's numbers used once. The last argument
 * is stirred in by the real one. */
int RAND_bytes_with_user_prediction_resistance(uint8_t *out, size_t n, const uint8_t stirred[32]) {
  (void)stirred;
  return RAND_bytes(out, n);
}

void golden_random_last(uint8_t *out, size_t n) {
  if (source.last_n != n) {
    fprintf(stderr, "golden: AWS-LC drew %zu bytes where %zu were expected\n", source.last_n, n);
    abort();
  }
  memcpy(out, source.last, n);
}
