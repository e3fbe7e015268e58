/* Owns the random source that repeats itself, and that fails when told. All that
 * AWS-LC and qtls draw comes here, but for numbers below the order of a curve,
 * which come through the second function. */
#include "crypto/random.h"

#include <openssl/rand.h>
#include <string.h>
#include <unistd.h>

#include "faults/faults.h"

faults_random faults_source;
static faults_stream now;
static uint64_t position[FAULTS_STREAMS];

void faults_random_use(faults_stream stream, bool restart) {
  now = stream;
  if (restart) {
    position[stream] = ((uint64_t)stream + 1) << 56;
  }
}

/* SplitMix64: far from secret, and fast; every word of a stream differs. */
static uint64_t next_word(void) {
  uint64_t x = position[now] += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

static bool inside; /* q_crypto_random */

qtls_err __real_q_crypto_random(uint8_t *out, size_t n);
qtls_err __wrap_q_crypto_random(uint8_t *out, size_t n);
qtls_err __wrap_q_crypto_random(uint8_t *out, size_t n) {
  inside = true;
  qtls_err err = __real_q_crypto_random(out, n);
  inside = false;
  return err;
}

static bool fails(void) {
  if (now != faults_source.watched) {
    return false;
  }
  return ++faults_source.draws == faults_source.fail;
}

int RAND_bytes(uint8_t *out, size_t n) {
  if (fails()) {
    if (!inside) {
      _exit(FAULTS_ENDED);
    }
    memset(out, faults_source.fill, n);
    return 0;
  }
  for (size_t done = 0; done < n;) {
    uint64_t word = next_word();
    size_t take = n - done < sizeof word ? n - done : sizeof word;
    memcpy(out + done, &word, take);
    done += take;
  }
  return 1;
}

/* Internal to AWS-LC; the last argument is stirred in by the real one. */
int RAND_bytes_with_user_prediction_resistance(uint8_t *out, size_t n, const uint8_t stirred[32]) {
  (void)stirred;
  return RAND_bytes(out, n);
}
