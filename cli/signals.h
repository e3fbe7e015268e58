/*
 * Owns how a server hears what it is told from outside: SIGTERM and SIGINT to stop,
 * SIGHUP to read its files anew. Both are descriptors to poll.
 */
#ifndef QTLS_CLI_SIGNALS_H
#define QTLS_CLI_SIGNALS_H

#include <stdbool.h>

/* Take the three from here on; the second that stops ends the process at once, whichever of
 * the two it is. False with errno. */
bool signals_take(void);

bool signals_stopping(void);
int signals_stop_fd(void); /* hangs up when it is time to stop, for any number of threads */
void signals_stop(void);   /* as if told */

int signals_reload_fd(void);  /* readable after a SIGHUP */
void signals_reloading(void); /* all that came until now are one */

#endif
