/*
 * Owns the connections of the OCSP responder: one thread, many sockets, a time
 * limit for each step, an orderly end on SIGTERM and SIGINT, a reload on SIGHUP.
 */
#ifndef QTLS_CLI_CA_OCSP_LOOP_H
#define QTLS_CLI_CA_OCSP_LOOP_H

#include <qtls/stream.h>

#include "ca_ocsp_http.h"

typedef struct ocsp_loop_settings {
  qtls_listener *listener;
  ocsp_responder *responder;
  size_t at_once;
  int request_ms; /* for a request to come whole, and for an answer to be taken
                   */
  int idle_ms;    /* between requests */
  bool json;
  bool quiet;
  void (*reload)(void *user); /* on SIGHUP, between two requests */
  void *user;
} ocsp_loop_settings;

/* Serve until told to stop (signals.h, which take before); then requests at work are answered. */
bool ocsp_loop_run(const ocsp_loop_settings *settings);

#endif
