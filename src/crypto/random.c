/* Owns the random source, and comparison of secrets. */
#include "crypto/random.h"

#include <openssl/mem.h>
#include <openssl/rand.h>

#include "crypto/awslc.h"

qtls_err q_crypto_random(uint8_t *out, size_t n) {
  if (n > 0 && RAND_bytes(out, n) != 1) {
    return q_crypto_fail(QTLS_ERR_RANDOM);
  }
  return QTLS_OK;
}

bool q_crypto_ct_equal(const uint8_t *a, const uint8_t *b, size_t n) {
  return CRYPTO_memcmp(a, b, n) == 0;
}
