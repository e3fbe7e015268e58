/*
 * Owns the sum that a handshake is compared with: what each side must compute,
 * by AWS-LC's own functions, called straight, with prepared keys and contexts,
 * each in a loop of its own so that caches are warm. What is not in it - parsing,
 * checking, copying, memory, the rules - is the cost that is ours.
 *
 *  - a key generation for every share sent, encapsulation, decapsulation, ECDH
 *    with the check of the peer's point;
 *  - signatures made; verifications of CertificateVerify, leaf and intermediate
 *    by each kind of key, over messages as long as the real ones;
 *  - HKDF: 2 extracts, 16 expanded labels and 2 HMACs, one-shot;
 *  - the transcript: one hash of all messages, finished four times;
 *  - four record keys set up, the server's flight and both Finished sealed or
 *    opened.
 */
#ifndef QTLS_BENCH_PRIMITIVES_H
#define QTLS_BENCH_PRIMITIVES_H

#include "clock.h"

enum { PRIMITIVES_MOST = 20 };

typedef struct primitive {
  const char *name;
  double times_client, times_server; /* how often each side does it */
  void (*run)(void *state);
  void *state;
  double share; /* of the time for measuring: more for what depends on chance */
  double us;    /* of the latest round */
} primitive;

typedef struct primitives {
  primitive list[PRIMITIVES_MOST];
  size_t count;
} primitives;

/* What of a handshake decides the lengths. */
typedef struct primitive_sizes {
  size_t client_bytes, server_bytes; /* on the wire */
  size_t flight;                     /* of the server, sealed */
  size_t leaf_tbs, intermediate_tbs;
} primitive_sizes;

bool primitives_prepare(primitives *p, const char *config, const primitive_sizes *sizes);

/* Measure each once more, all in about `us`. */
void primitives_round(primitives *p, double us);

double primitives_client(const primitives *p);
double primitives_server(const primitives *p);

#endif
