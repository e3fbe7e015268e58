/*
 * The handshakes of one configuration, ours beside the sum of their primitives
 * and beside AWS-LC's libssl, turn by turn in one process:
 *   bench_handshake CONFIG SECONDS [FOLDER]
 * With FOLDER it also leaves there the identity and the root, for stacks that
 * are measured elsewhere. Writes one line of JSON for each side.
 */
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "peer.h"
#include "primitives.h"
#include "speed.h"

/* Handshakes of one stack in a row: the other then finds the caches of its own again. */
enum { ROUNDS = 45, TURN = 10 };

/* The means of each round. */
typedef struct series {
  double us[ROUNDS], sum[ROUNDS], peer[ROUNDS];
} series;

typedef struct bench {
  const speed_row *row;
  speed_setup setup;
  primitives sum;
  peer *peer; /* NULL when libssl cannot do this */
  size_t client_bytes, server_bytes;
  size_t peer_client_bytes, peer_server_bytes;
  series client, server;
  double parts[PRIMITIVES_MOST][ROUNDS];
} bench;

static void die(const char *what) {
  (void)fprintf(stderr, "bench_handshake: %s\n", what);
  exit(1);
}

static void leave(const char *folder, const char *config, const char *what, const speed_pem *pem) {
  char path[512];
  (void)snprintf(path, sizeof path, "%s/%s.%s.pem", folder, config, what);
  FILE *f = fopen(path, "wb");
  if (f == NULL || fwrite(pem->text, 1, pem->size, f) != pem->size || fclose(f) != 0) {
    die("the folder cannot be written");
  }
}

static size_t tbs_size(BIO *bio) {
  X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
  int n = cert == NULL ? -1 : i2d_re_X509_tbs(cert, NULL);
  X509_free(cert);
  if (n < 0) {
    die("a certificate cannot be read");
  }
  return (size_t)n;
}

static void shake(bench *b, bench_mean *client, bench_mean *server) {
  speed_pair pair;
  long before = bench_switches();
  if (!speed_shake(&pair, &b->setup)) {
    die(qtls_err_text(pair.err));
  }
  if (bench_switches() == before) {
    bench_add(client, pair.client_us);
    bench_add(server, pair.server_us);
  }
  b->client_bytes = pair.client_bytes;
  b->server_bytes = pair.server_bytes;
  speed_free(&pair);
}

static void shake_peer(bench *b, bench_mean *client, bench_mean *server) {
  peer_result r;
  long before = bench_switches();
  if (!peer_shake(b->peer, &r)) {
    die("AWS-LC's handshake failed");
  }
  if (bench_switches() == before) {
    bench_add(client, r.client_us);
    bench_add(server, r.server_us);
  }
  b->peer_client_bytes = r.client_bytes;
  b->peer_server_bytes = r.server_bytes;
}

static void prepare(bench *b, const char *folder) {
  if (!speed_prepare(&b->setup, b->row)) {
    die(b->setup.problem);
  }
  if (folder != NULL) {
    leave(folder, b->row->name, "chain", &b->setup.chain);
    leave(folder, b->row->name, "key", &b->setup.key);
    leave(folder, b->row->name, "root", &b->setup.root);
  }
  const char *group = peer_group(b->row->name);
  if (group != NULL) {
    b->peer = peer_new(group, strstr(b->row->name, "mldsa") != NULL, b->setup.chain.text, b->setup.key.text,
                       b->setup.root.text);
  }
  bench_mean none = {0, 0};
  for (int i = 0; i < 5; i++) {
    shake(b, &none, &none);
  }
  BIO *bio = BIO_new_mem_buf(b->setup.chain.text, -1);
  size_t leaf = tbs_size(bio);
  size_t intermediate = tbs_size(bio);
  BIO_free(bio);
  /* In front of the sealed flight: a ServerHello with the shares. */
  size_t clear = b->client_bytes > 1500 ? 1700 : 130;
  const primitive_sizes sizes = {b->client_bytes, b->server_bytes, b->server_bytes - clear, leaf, intermediate};
  if (!primitives_prepare(&b->sum, b->row->name, &sizes)) {
    die("no primitives are known for this configuration");
  }
}

static void note(series *s, int i, double us, double sum, double peer_us) {
  s->us[i] = us;
  s->sum[i] = sum;
  s->peer[i] = peer_us;
}

static void round_of(bench *b, int i, double us) {
  bench_mean client = {0, 0};
  bench_mean server = {0, 0};
  bench_mean peer_client = {0, 0};
  bench_mean peer_server = {0, 0};
  primitives_round(&b->sum, us / 3);
  double stop = bench_now_us() + us * 2 / 3;
  while (bench_now_us() < stop || client.count < 3) {
    for (int k = 0; k < TURN; k++) {
      shake(b, &client, &server);
    }
    for (int k = 0; k < TURN && b->peer != NULL; k++) {
      shake_peer(b, &peer_client, &peer_server);
    }
  }
  for (size_t k = 0; k < b->sum.count; k++) {
    b->parts[k][i] = b->sum.list[k].us;
  }
  note(&b->client, i, bench_mean_of(&client), primitives_client(&b->sum), bench_mean_of(&peer_client));
  note(&b->server, i, bench_mean_of(&server), primitives_server(&b->sum), bench_mean_of(&peer_server));
}

static void print_side(bench *b, series *s, bool client) {
  (void)printf("{\"config\":\"%s\",\"side\":\"%s\",\"us\":%.2f,\"sum_us\":%.2f,\"bytes\":%zu",
               b->row->name, client ? "client" : "server", bench_median(s->us, ROUNDS),
               bench_median(s->sum, ROUNDS), client ? b->client_bytes : b->server_bytes);
  if (b->peer != NULL) {
    (void)printf(",\"awslc_us\":%.2f,\"awslc_bytes\":%zu", bench_median(s->peer, ROUNDS),
                 client ? b->peer_client_bytes : b->peer_server_bytes);
  }
  (void)printf(",\"parts\":{");
  const char *comma = "";
  for (size_t k = 0; k < b->sum.count; k++) {
    double times = client ? b->sum.list[k].times_client : b->sum.list[k].times_server;
    if (times > 0) {
      (void)printf("%s\"%s\":%.2f", comma, b->sum.list[k].name, bench_median(b->parts[k], ROUNDS) * times);
      comma = ",";
    }
  }
  (void)printf("}}\n");
}

int main(int argc, char **argv) {
  static bench b;
  if (argc < 3) {
    return 2;
  }
  for (size_t i = 0; i < speed_row_count; i++) {
    if (strcmp(speed_rows[i].name, argv[1]) == 0) {
      b.row = &speed_rows[i];
    }
  }
  if (b.row == NULL) {
    die("no such configuration");
  }
  prepare(&b, argc > 3 ? argv[3] : NULL);
  double seconds = strtod(argv[2], NULL);
  for (int i = 0; i < ROUNDS; i++) {
    round_of(&b, i, seconds * 1e6 / ROUNDS);
  }
  print_side(&b, &b.client, true);
  print_side(&b, &b.server, false);
  peer_free(b.peer);
  speed_finish(&b.setup);
  return 0;
}
