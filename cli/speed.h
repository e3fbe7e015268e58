/*
 * Owns pairs of connections in memory: a client and a server in one thread,
 * their bytes carried by hand, the time of each side counted apart. For
 * measuring; no socket is involved.
 */
#ifndef QTLS_CLI_SPEED_H
#define QTLS_CLI_SPEED_H

#include <qtls/qtls.h>

/* What is measured: one row, one way to shake hands. The names are those of the
 * results of `make bench`. */
typedef struct speed_row {
  const char *name;
  const char *kind; /* of the server's key */
  const char *versions;
  const char *suites;
  const char *groups;
  qtls_floor floor;
  qtls_policy policy;
} speed_row;

extern const speed_row speed_rows[];
extern const size_t speed_row_count;

typedef struct speed_pem {
  char *text;
  size_t size;
} speed_pem;

typedef struct speed_setup {
  qtls_config *client;
  qtls_config *server;
  speed_pem chain, key, root; /* the server's identity and the trust, for whoever compares with another stack */
  char problem[256];
} speed_setup;

/* Keys, certificates (leaf, intermediate, root) and both configurations. False
 * with setup->problem. */
bool speed_prepare(speed_setup *setup, const speed_row *row);
void speed_finish(speed_setup *setup);

typedef struct speed_pair {
  qtls_conn *client;
  qtls_conn *server;
  double client_us, server_us;         /* spent in each side's calls */
  uint64_t client_bytes, server_bytes; /* sent by each */
  qtls_err err;
} speed_pair;

/* A pair with its handshake done. False with pair->err. */
bool speed_shake(speed_pair *pair, const speed_setup *setup);
void speed_free(speed_pair *pair);

/* Megabytes a second (10^6) of data sealed and opened in records of `size`. */
bool speed_bulk(const speed_pair *pair, size_t size, double seconds, double *seal, double *open);

double speed_now_us(void);

#endif
