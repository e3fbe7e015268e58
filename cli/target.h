/* Owns HOST[:PORT]: read, and shown of sockets. */
#ifndef QTLS_CLI_TARGET_H
#define QTLS_CLI_TARGET_H

#include <stdbool.h>

typedef struct target {
  char host[256];
  unsigned port;
} target;

/* "host", "host:443", "[::1]:443", "::1". *out's port stays when none is
 * written. False when it cannot be read. */
bool target_read(target *out, const char *text);
/* "PORT", "ADDR:PORT", "[ADDR]:PORT", ":PORT"; an empty host: every address. */
bool target_read_listen(target *out, const char *text);

void target_bound(target *out, int fd); /* where a socket listens */
/* Whom a socket is connected to: "192.0.2.1:443", "[2001:db8::1]:443". */
enum { TARGET_PEER = 80 };
void target_peer(char out[TARGET_PEER], int fd);

#endif
