/* Opening and sealing of records, the end of content, the keys: all content and
 * all key bytes are secret. */
#include <string.h>

#include "constant_time/ct.h"
#include "record/record.h"
#include "record/scan.h"

#define ROOM (Q_RECORD_PLAINTEXT_MAX + 512)

static uint8_t plain[ROOM];
static uint8_t wire[ROOM];

static q_traffic_keys traffic_of(q_aead_alg aead) {
  q_traffic_keys t = {{0}, (uint8_t)q_crypto_aead_key_size(aead), {0}};
  memset(t.key, 0x42, t.key_size);
  memset(t.iv, 0x24, sizeof t.iv);
  ct_secret(t.key, t.key_size);
  ct_secret(t.iv, sizeof t.iv);
  return t;
}

/* The search itself, wherever the end lies; the result is secret until the
 * caller in record.c takes it. */
static bool end_at(size_t n, size_t end) {
  memset(plain, 0, n);
  if (end > 0) {
    plain[end - 1] = 23;
  }
  ct_secret(plain, n);
  size_t found = q_record_content_end(plain, n);
  return found == end;
}

static bool scan_all_lengths(void) {
  bool right = true;
  for (size_t n = 0; n <= 600; n += n < 80 ? 1 : 13) {
    right = right && end_at(n, 0) && end_at(n, n) && end_at(n, n / 2) && end_at(n, n > 0 ? 1 : 0);
  }
  return right;
}

static bool scan_large(void) {
  static const size_t sizes[] = {1024, 4096, 16384, 16385};
  bool right = true;
  for (size_t i = 0; i < Q_COUNT(sizes); i++) {
    right = right && end_at(sizes[i], sizes[i]) && end_at(sizes[i], 1) && end_at(sizes[i], sizes[i] - 255);
  }
  return right;
}

typedef struct pair {
  q_record_keys seal, open;
} pair;

static bool pair_set(pair *p, q_aead_alg aead) {
  memset(p, 0, sizeof *p);
  q_traffic_keys t = traffic_of(aead);
  return q_record_keys_set(&p->seal, aead, &t) == QTLS_OK && q_record_keys_set(&p->open, aead, &t) == QTLS_OK;
}

static void pair_wipe(pair *p) {
  q_record_keys_wipe(&p->seal);
  q_record_keys_wipe(&p->open);
}

/* There and back: the content is secret on both sides. */
static bool trip(pair *p, uint8_t type, size_t n, size_t padding) {
  size_t written = 0;
  q_record r;
  memset(plain, 'x', n);
  ct_secret(plain, n);
  if (q_record_seal(&p->seal, wire, &written, sizeof wire, type, q_span_of(plain, n), padding) != QTLS_OK ||
      written != n + padding + Q_RECORD_OVERHEAD) {
    return false;
  }
  if (q_record_open(&p->open, &r, wire, written, Q_RECORD_PLAINTEXT_MAX + 1) != QTLS_OK) {
    return false;
  }
  bool still_secret = n == 0 || type != Q_RECORD_DATA || ct_is_secret(r.body, r.n);
  return r.type == type && r.n == n && still_secret;
}

static bool trips(q_aead_alg aead) {
  static const size_t sizes[] = {0, 1, 15, 16, 63, 64, 65, 255, 1024, 16384};
  pair p;
  bool right = pair_set(&p, aead);
  for (size_t i = 0; i < Q_COUNT(sizes); i++) {
    right = right && trip(&p, Q_RECORD_DATA, sizes[i], 0);
    if (sizes[i] < 16000) {
      right = right && trip(&p, Q_RECORD_DATA, sizes[i], 1) && trip(&p, Q_RECORD_HANDSHAKE, sizes[i], 300);
    }
  }
  pair_wipe(&p);
  return right;
}

static bool trips_aes256(void) { return trips(Q_AEAD_AES256_GCM); }
static bool trips_aes128(void) { return trips(Q_AEAD_AES128_GCM); }
static bool trips_chacha(void) { return trips(Q_AEAD_CHACHA20_POLY1305); }

/* Whatever is wrong with a record, it fails the same way and nothing stays. */
static bool forged(void) {
  pair p;
  bool right = pair_set(&p, Q_AEAD_AES256_GCM);
  for (size_t at = Q_RECORD_HEADER; at < Q_RECORD_HEADER + 100 + 17; at += 9) {
    size_t written = 0;
    q_record r;
    memset(plain, 'x', 100);
    p.seal.sequence = 0;
    right = right && q_record_seal(&p.seal, wire, &written, sizeof wire, Q_RECORD_DATA, q_span_of(plain, 100), 0) == QTLS_OK;
    wire[at] ^= 1;
    right = right && q_record_open(&p.open, &r, wire, written, Q_RECORD_PLAINTEXT_MAX + 1) == QTLS_ERR_RECORD_BAD_MAC &&
            r.body == NULL && p.open.sequence == 0;
    for (size_t i = Q_RECORD_HEADER; i < written; i++) {
      right = right && wire[i] == 0;
    }
  }
  pair_wipe(&p);
  return right;
}

/* Zeros only: found by the same search; the alert is public. */
static bool empty_inner(void) {
  pair p;
  size_t written = 0;
  q_record r;
  bool right = pair_set(&p, Q_AEAD_AES256_GCM);
  memset(plain, 0, 200);
  right = right && q_record_seal(&p.seal, wire, &written, sizeof wire, 0, q_span_of(plain, 200), 0) == QTLS_OK &&
          q_record_open(&p.open, &r, wire, written, Q_RECORD_PLAINTEXT_MAX + 1) == QTLS_ERR_RECORD_INNER_EMPTY;
  pair_wipe(&p);
  return right;
}

int main(void) {
  static const ct_case cases[] = {
      {"end of content, lengths 0 to 600", scan_all_lengths},
      {"end of content, large records", scan_large},
      {"seal and open, AES-256-GCM", trips_aes256},
      {"seal and open, AES-128-GCM", trips_aes128},
      {"seal and open, ChaCha20-Poly1305", trips_chacha},
      {"forged records", forged},
      {"inner plaintext of zeros", empty_inner},
  };
  return ct_main(cases, Q_COUNT(cases));
}
