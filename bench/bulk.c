/*
 * Data: our record layer from the caller's buffer to the wire buffer and back,
 * beside AES-256-GCM of AWS-LC alone on records of the same size, turn by turn:
 *   bench_bulk SECONDS
 * Writes one line of JSON for each size and direction. Each turn is a few
 * records one after another in memory, for both alike.
 */
#include <openssl/aead.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "speed.h"

enum { ROUNDS = 25, RECORDS = 4, SIZE_MOST = 16384, WIRE = RECORDS * (SIZE_MOST + 256) };

static uint8_t data[SIZE_MOST];
static uint8_t wire[WIRE];

typedef struct lane {
  bench_mean now; /* of this round */
  double rounds[ROUNDS];
} lane;

typedef struct bulk {
  size_t size;
  speed_pair pair;
  EVP_AEAD_CTX *raw;
  lane seal, open, raw_seal, raw_open;
} bulk;

static void must(bool good) {
  if (!good) {
    (void)fprintf(stderr, "bench_bulk: failed\n");
    exit(1);
  }
}

static void turn_ours(bulk *b) {
  size_t n = 0;
  size_t at = 0;
  double begin = bench_now_us();
  for (int i = 0; i < RECORDS; i++) {
    size_t taken = 0;
    size_t written = 0;
    must(qtls_conn_send(b->pair.client, data, b->size, wire + n, WIRE - n, &taken, &written) == QTLS_OK);
    must(taken == b->size);
    n += written;
  }
  double middle = bench_now_us();
  while (at < n) {
    size_t used = 0;
    qtls_event event;
    must(qtls_conn_recv(b->pair.server, wire + at, n - at, &used, &event) == QTLS_OK && event.size == b->size);
    at += used;
  }
  double end = bench_now_us();
  bench_add(&b->seal.now, middle - begin);
  bench_add(&b->open.now, end - middle);
}

static void turn_raw(bulk *b) {
  static uint64_t sequence;
  static const uint8_t header[5] = {23, 3, 3, 0, 0};
  size_t slot = b->size + 16;
  size_t n = 0;
  uint8_t nonce[12] = {0};
  double begin = bench_now_us();
  for (uint64_t i = 0; i < RECORDS; i++) {
    uint64_t number = sequence + i;
    memcpy(nonce, &number, sizeof number);
    must(EVP_AEAD_CTX_seal(b->raw, wire + i * slot, &n, slot, nonce, sizeof nonce, data, b->size, header,
                           sizeof header) == 1);
  }
  double middle = bench_now_us();
  for (uint64_t i = 0; i < RECORDS; i++) {
    uint64_t number = sequence + i;
    memcpy(nonce, &number, sizeof number);
    must(EVP_AEAD_CTX_open(b->raw, wire + i * slot, &n, slot, nonce, sizeof nonce, wire + i * slot, slot, header,
                           sizeof header) == 1);
  }
  double end = bench_now_us();
  sequence += RECORDS;
  bench_add(&b->raw_seal.now, middle - begin);
  bench_add(&b->raw_open.now, end - middle);
}

/* What reading the clock costs, to be taken off. */
static double clock_us(void) {
  double begin = bench_now_us();
  for (int i = 0; i < 1000; i++) {
    (void)bench_now_us();
  }
  return (bench_now_us() - begin) / 1000;
}

/* GB a second (10^9), and a fresh start. */
static void close_round(lane *l, int i, size_t size, double clock) {
  l->rounds[i] = (double)(RECORDS * size) / (bench_mean_of(&l->now) - clock) / 1e3;
  l->now = (bench_mean){0, 0};
}

static void round_of(bulk *b, int i, double us) {
  double clock = clock_us();
  double stop = bench_now_us() + us;
  while (bench_now_us() < stop) {
    const bench_mean kept[] = {b->seal.now, b->open.now, b->raw_seal.now, b->raw_open.now};
    long before = bench_switches();
    for (int k = 0; k < 16; k++) {
      turn_ours(b);
      turn_raw(b);
    }
    if (bench_switches() != before && kept[0].count > 0) {
      b->seal.now = kept[0];
      b->open.now = kept[1];
      b->raw_seal.now = kept[2];
      b->raw_open.now = kept[3];
    }
  }
  close_round(&b->seal, i, b->size, clock);
  close_round(&b->open, i, b->size, clock);
  close_round(&b->raw_seal, i, b->size, clock);
  close_round(&b->raw_open, i, b->size, clock);
}

static void print(const bulk *b, const char *direction, const lane *ours, const lane *raw) {
  double ratio[ROUNDS];
  double a[ROUNDS];
  double c[ROUNDS];
  for (int i = 0; i < ROUNDS; i++) {
    a[i] = ours->rounds[i];
    c[i] = raw->rounds[i];
    ratio[i] = a[i] / c[i];
  }
  (void)printf("{\"size\":%zu,\"direction\":\"%s\",\"gbps\":%.3f,\"raw_gbps\":%.3f,\"ratio\":%.4f}\n", b->size,
               direction, bench_median(a, ROUNDS), bench_median(c, ROUNDS), bench_median(ratio, ROUNDS));
}

static void measure(const speed_setup *setup, size_t size, double seconds) {
  static const uint8_t key[32] = {9};
  static bulk b;
  memset(&b, 0, sizeof b);
  b.size = size;
  b.raw = EVP_AEAD_CTX_new(EVP_aead_aes_256_gcm(), key, sizeof key, 16);
  must(b.raw != NULL && speed_shake(&b.pair, setup));
  for (int i = 0; i < ROUNDS; i++) {
    round_of(&b, i, seconds * 1e6 / ROUNDS);
  }
  print(&b, "seal", &b.seal, &b.raw_seal);
  print(&b, "open", &b.open, &b.raw_open);
  speed_free(&b.pair);
  EVP_AEAD_CTX_free(b.raw);
}

int main(int argc, char **argv) {
  speed_setup setup;
  if (argc != 2) {
    return 2;
  }
  must(speed_prepare(&setup, &speed_rows[0]));
  memset(data, 0x5A, sizeof data);
  measure(&setup, 16384, strtod(argv[1], NULL) / 2);
  measure(&setup, 1024, strtod(argv[1], NULL) / 2);
  speed_finish(&setup);
  return 0;
}
