/*
 * Owns the serving of many connections at once: a thread for each, a bound on
 * their number, an orderly end on SIGTERM and SIGINT, a reload on SIGHUP.
 */
#ifndef QTLS_CLI_SERVER_H
#define QTLS_CLI_SERVER_H

#include <qtls/stream.h>

/* Serve the present site (site.h) until told to stop (signals.h, which take before). Each SIGHUP calls `reload`, in a
 * thread of its own and never two at once. False if that thread cannot be had, told on stderr. */
bool server_run(qtls_listener *listener, void (*reload)(void *user), void *user);
/* No connection is at work any more. */
bool server_is_idle(void);
/* For qtls_config_set_trace: prints the events of the thread's connection. */
void server_observe(void *user, const qtls_trace *event);

#endif
