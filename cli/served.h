/* Owns one served connection from its handshake to its line in the log. */
#ifndef QTLS_CLI_SERVED_H
#define QTLS_CLI_SERVED_H

#include "server.h"
#include "site.h"

typedef struct served {
  site *site; /* with a reference; the configuration is its present one */
  int fd;
  int stop_fd;
} served;

void served_run(served *s);

#endif
