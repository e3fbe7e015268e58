/* Owns one served connection from its handshake to its line in the log. */
#ifndef QTLS_CLI_SERVED_H
#define QTLS_CLI_SERVED_H

#include "server.h"

typedef struct served {
  const server_settings *settings;
  int fd;
  int stop_fd;
} served;

void served_run(served *s);

#endif
