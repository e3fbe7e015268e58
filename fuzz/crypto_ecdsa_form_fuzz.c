/*
 * ECDSA signatures, from DER to two halves and back. The first byte selects the
 * size of a half and which of the two the input is; AWS-LC reads the DER as well.
 */
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>

#include "crypto/sign.h"
#include "fuzz.h"

enum { HALF_MAX = 66, DER_MAX = 2 * (HALF_MAX + 3) + 3 };

static void check_beside(q_span der, const uint8_t *raw, size_t half) {
  ECDSA_SIG *sig = ECDSA_SIG_from_bytes(der.p, der.n);
  uint8_t other[2 * HALF_MAX];
  FUZZ_CHECK(sig != NULL);
  FUZZ_CHECK(BN_bn2bin_padded(other, half, ECDSA_SIG_get0_r(sig)) == 1);
  FUZZ_CHECK(BN_bn2bin_padded(other + half, half, ECDSA_SIG_get0_s(sig)) == 1);
  FUZZ_CHECK(memcmp(raw, other, 2 * half) == 0);
  ECDSA_SIG_free(sig);
}

/* DER that is read is the only DER of those halves. */
static void from_der(q_span der, size_t half) {
  uint8_t raw[2 * HALF_MAX];
  uint8_t back[DER_MAX];
  size_t n = 0;
  if (q_crypto_ecdsa_to_raw(raw, half, der) != QTLS_OK) {
    return;
  }
  FUZZ_CHECK(q_crypto_ecdsa_to_der(back, &n, sizeof back, q_span_of(raw, 2 * half)) == QTLS_OK);
  FUZZ_CHECK(n == der.n && memcmp(back, der.p, n) == 0);
  check_beside(der, raw, half);
}

static bool is_zero(const uint8_t *p, size_t n) {
  uint8_t any = 0;
  for (size_t i = 0; i < n; i++) {
    any |= p[i];
  }
  return any == 0;
}

static void from_raw(q_span raw, size_t half) {
  uint8_t der[DER_MAX];
  uint8_t back[2 * HALF_MAX];
  size_t n = 0;
  if (raw.n < 2 * half) {
    return;
  }
  raw.n = 2 * half;
  if (q_crypto_ecdsa_to_der(der, &n, sizeof der, raw) != QTLS_OK) {
    return;
  }
  /* Zero, which no signature holds, is written and not read. */
  bool readable = !is_zero(raw.p, half) && !is_zero(raw.p + half, half);
  FUZZ_CHECK(n <= sizeof der && (q_crypto_ecdsa_to_raw(back, half, q_span_of(der, n)) == QTLS_OK) == readable);
  FUZZ_CHECK(!readable || memcmp(back, raw.p, 2 * half) == 0);
  for (size_t cap = 0; cap < n; cap++) { /* never past its room */
    uint8_t *room = q_alloc(cap + 1);
    size_t written = 0;
    FUZZ_CHECK(room != NULL && q_crypto_ecdsa_to_der(room, &written, cap, raw) != QTLS_OK && room[cap] == 0);
    q_free(room);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const size_t halves[] = {48, 32, 66, 4};
  q_span input = q_span_of(data, size);
  uint8_t how = fuzz_take_u8(&input);
  if ((how & 4) != 0) {
    from_raw(input, halves[how & 3]);
  } else {
    from_der(input, halves[how & 3]);
  }
  ERR_clear_error();
  return 0;
}
