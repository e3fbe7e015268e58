/*
 * Owns handshakes by another stack with the interface of OpenSSL: the same
 * source is compiled against AWS-LC's libssl and, in a Debian 13 root, against
 * OpenSSL. Client and server in one thread, a BIO pair between them; the client
 * verifies leaf and intermediate up to a trusted root, and the name.
 */
#ifndef QTLS_BENCH_PEER_H
#define QTLS_BENCH_PEER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct peer peer;

/* PEM in memory. NULL when the stack cannot do this (no such group or key). */
peer *peer_new(const char *group, bool mldsa, const char *chain, const char *key, const char *root);
void peer_free(peer *p);

typedef struct peer_result {
  double client_us, server_us;
  size_t client_bytes, server_bytes;
} peer_result;

/* One handshake. Creating the two connections counts, freeing them does not. */
bool peer_shake(peer *p, peer_result *out);

const char *peer_version(void);

/* The group of a configuration as both stacks name it; NULL when only Q-TLS has it. */
const char *peer_group(const char *config);

#endif
