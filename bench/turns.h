/*
 * Owns handshakes in which somebody wants to know whose turn it is: `enter` is
 * called before each call of a side (0 client, 1 server) and `leave` after it.
 */
#ifndef QTLS_BENCH_TURNS_H
#define QTLS_BENCH_TURNS_H

#include "speed.h"

typedef struct turns {
  void (*enter)(int who, void *context);
  void (*leave)(int who, void *context);
  void *context;
} turns;

/* Both connections, or a message and the end of the program. */
void turns_shake(qtls_conn *conns[2], const speed_setup *setup, const turns *t);

/* One record of `size` bytes from the client to the server. */
void turns_record(qtls_conn *conns[2], size_t size, const turns *t);

void bench_must(bool good, const char *what);

#endif
