/* Owns the reading of HOST[:PORT]. */
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

#endif
