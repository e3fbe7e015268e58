/*
 * Owns the serving of many connections at once: a thread for each, a bound on
 * their number, an orderly end on SIGTERM and SIGINT.
 */
#ifndef QTLS_CLI_SERVER_H
#define QTLS_CLI_SERVER_H

#include <qtls/stream.h>

typedef struct server_settings {
  qtls_listener *listener;
  const qtls_config *config;
  int root;        /* the folder that is served; -1: echo */
  long at_once;    /* connections; further ones wait to be accepted */
  long stop_after; /* connections, 0: no limit */
  int handshake_ms;
  int idle_ms;
  bool json;
  bool quiet;
  bool trace;
} server_settings;

/* Take SIGTERM and SIGINT from here on. False with errno. */
bool server_prepare(void);
/* Serve until told to stop. False if the listener failed, told on stderr. */
bool server_run(const server_settings *settings);
/* No connection is at work any more. */
bool server_is_idle(void);
/* For qtls_config_set_trace: prints the events of the thread's connection. */
void server_observe(void *user, const qtls_trace *event);

#endif
