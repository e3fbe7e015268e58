/* The control: code that leaks in every way the other programs here must not.
 * If memcheck misses one of these, a clean run of the others means nothing. */
#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "constant_time/ct.h"
#include "constant_time/mismatch.h"
#include "crypto/random.h"

#define N 48

static uint8_t secret[N];
static uint8_t other[N];
static volatile unsigned sink;

static void fresh(void) {
  for (size_t i = 0; i < N; i++) {
    secret[i] = (uint8_t)(i < 20 ? i + 1 : 0);
    other[i] = secret[i];
  }
  other[N - 1] ^= 1;
  ct_secret(secret, sizeof secret);
}

static bool leak_memcmp(void) {
  fresh();
  sink = memcmp(secret, other, N) == 0 ? 1 : 2;
  return true;
}

/* Our own comparison of public spans, used on a secret. */
static bool leak_span_equal(void) {
  fresh();
  sink = q_base_span_equal(q_span_of(secret, N), q_span_of(other, N)) ? 1 : 2;
  return true;
}

/* The obvious way to find where padding begins. */
static bool leak_early_exit_scan(void) {
  fresh();
  size_t n = N;
  while (n > 0 && secret[n - 1] == 0) {
    n--;
  }
  ct_public(&n, sizeof n, "the result is not what this control is about");
  return n == 20;
}

/* A table indexed by a secret: the cache tells. */
static bool leak_table(void) {
  static const uint8_t table[256] = {1, 2, 3};
  fresh();
  sink = table[secret[3]];
  return true;
}

static bool leak_one_bit(void) {
  fresh();
  if ((secret[5] & 1) != 0) {
    sink = sink + 1;
  }
  return true;
}

/* Copying as much as a secret says. */
static bool leak_length(void) {
  uint8_t copy[N] = {0};
  fresh();
  memcpy(copy, other, secret[3] % N);
  sink = copy[0];
  return true;
}

/* Hexadecimal by table, as the key log writes it: for an observer that the
 * application installed itself, and for nothing else. */
static bool leak_hex(void) {
  char text[2 * N + 1];
  q_text t;
  fresh();
  q_text_init(&t, text, sizeof text);
  q_text_add_hex(&t, q_span_of(secret, N));
  return true;
}

/* A right comparison whose difference is then looked for. */
static bool leak_after_comparison(void) {
  fresh();
  uint8_t difference = 0;
  for (size_t i = 0; i < N && difference == 0; i++) {
    difference = secret[i] ^ other[i];
    sink = (unsigned)i;
  }
  return true;
}

/* The core itself, if it compared as memcmp does: both Finished, and the cookie. */
static bool leak_finished(void) { return ct_mismatch_finished(false, 24); }
static bool leak_client_finished(void) { return ct_mismatch_finished(true, 24); }
static bool leak_cookie(void) { return ct_mismatch_cookie(16); }

int main(void) {
  static const ct_case cases[] = {
      {"memcmp", leak_memcmp},
      {"comparison of public spans", leak_span_equal},
      {"scan that stops early", leak_early_exit_scan},
      {"table indexed by a secret", leak_table},
      {"branch on one bit", leak_one_bit},
      {"length from a secret", leak_length},
      {"hexadecimal by table", leak_hex},
      {"loop that stops at the difference", leak_after_comparison},
      {"the server's Finished compared by memcmp", leak_finished},
      {"the client's Finished compared by memcmp", leak_client_finished},
      {"the cookie compared by memcmp", leak_cookie},
  };
  ct_compares_badly = true;
  int status = ct_main_leaky(cases, Q_COUNT(cases));
  ct_mismatch_free();
  return status;
}
