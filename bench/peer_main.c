/*
 * The peer as a program of its own, for the root of another Debian:
 *   peer_main CONFIG FOLDER SECONDS
 * FOLDER holds CONFIG.chain.pem, .key.pem and .root.pem. Writes one line of JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "peer.h"

enum { ROUNDS = 15, PEM_MOST = 64 * 1024 };

static char *load(const char *folder, const char *config, const char *what) {
  char path[512];
  (void)snprintf(path, sizeof path, "%s/%s.%s.pem", folder, config, what);
  char *text = calloc(1, PEM_MOST);
  FILE *f = fopen(path, "rb");
  if (text == NULL || f == NULL || fread(text, 1, PEM_MOST - 1, f) == 0) {
    (void)fprintf(stderr, "%s cannot be read\n", path);
    exit(1);
  }
  (void)fclose(f);
  return text;
}

static bool round_of(peer *p, double us, double *client, double *server, peer_result *last) {
  bench_mean c = {0, 0};
  bench_mean s = {0, 0};
  double stop = bench_now_us() + us;
  while (bench_now_us() < stop || c.count < 3) {
    long before = bench_switches();
    if (!peer_shake(p, last)) {
      return false;
    }
    if (bench_switches() == before) {
      bench_add(&c, last->client_us);
      bench_add(&s, last->server_us);
    }
  }
  *client = bench_mean_of(&c);
  *server = bench_mean_of(&s);
  return true;
}

int main(int argc, char **argv) {
  if (argc != 4 || peer_group(argv[1]) == NULL) {
    return 2;
  }
  bool mldsa = strstr(argv[1], "mldsa") != NULL;
  peer *p = peer_new(peer_group(argv[1]), mldsa, load(argv[2], argv[1], "chain"), load(argv[2], argv[1], "key"),
                     load(argv[2], argv[1], "root"));
  if (p == NULL) {
    return 1;
  }
  double client[ROUNDS];
  double server[ROUNDS];
  peer_result last;
  for (int i = 0; i < ROUNDS; i++) {
    if (!round_of(p, strtod(argv[3], NULL) * 1e6 / ROUNDS, &client[i], &server[i], &last)) {
      return 1;
    }
  }
  (void)printf("{\"config\":\"%s\",\"peer\":\"%s\",\"client_us\":%.2f,\"server_us\":%.2f,\"client_bytes\":%zu,"
               "\"server_bytes\":%zu}\n",
               argv[1], peer_version(), bench_median(client, ROUNDS), bench_median(server, ROUNDS),
               last.client_bytes, last.server_bytes);
  peer_free(p);
  return 0;
}
