/* Owns the options about revocation that serve and connect have in common: how they
 * become settings of a configuration and a source of statuses. */
#ifndef QTLS_CLI_STATUS_H
#define QTLS_CLI_STATUS_H

#include <qtls/status_source.h>
#include <qtls/stream.h>

#include "cli.h"

extern const cli_option status_options[];

/* Mode, lists and jobs. CLI_OK, or the exit code after having said why. */
int status_configure(const cli_args *args, qtls_config *config);

/* Where --online asks; *out is NULL without it. `tell` hears of each failure. */
int status_source(const cli_args *args, qtls_status_source **out, void (*tell)(void *user, const char *line),
                  void *user);

/* The URLs that may be asked, and time-outs, as other parts of the command use them too:
 * the strings stay the arguments'. `allowed` holds the list. CLI_OK, or the exit code. */
enum { STATUS_ALLOWED_MOST = 32 };
int status_rules(const cli_args *args, qtls_fetch_rules *rules, const char *allowed[STATUS_ALLOWED_MOST]);

/* The folder where evidence is kept when none is named: $CACHE_DIRECTORY of a service,
 * $XDG_CACHE_HOME/qtls, or ~/.cache/qtls. "" when there is none of these. */
const char *status_folder(char out[512], const char *name);

#endif
