/*
 * Owns what a server is to do, out of the command line and the configuration file
 * together: read, checked, and made into a configuration of the library. Made anew for
 * each reload; a plan that failed leaves nothing behind.
 */
#ifndef QTLS_CLI_SERVE_PLAN_H
#define QTLS_CLI_SERVE_PLAN_H

#include <qtls/keylog.h>
#include <qtls/staple.h>

#include "cli.h"
#include "status.h"
#include "target.h"
#include "yaml.h"

enum { PLAN_PROTECT_MOST = 64 };

typedef struct serve_plan {
  cli_args args; /* what was typed, and what the file adds */
  yaml_memory *memory;
  target at;
  long at_once;    /* connections; further ones wait to be accepted */
  long stop_after; /* connections, 0: no limit */
  int handshake_ms, idle_ms;
  int least_rate; /* bytes a second, 0: none */
  bool json, quiet, trace;
  const char *root;                 /* NULL: echo */
  char *protect[PLAN_PROTECT_MOST]; /* paths without slash in front or behind; "": all */
  size_t protect_count;
  bool staple;
  qtls_stapler_options stapling; /* but for publish and tell */
  const char *staple_allowed[STATUS_ALLOWED_MOST];
  char staple_folder[512];
} serve_plan;

/* CLI_OK, or the exit code after having said what is wrong. */
int plan_make(serve_plan **out, const cli_args *typed);
void plan_free(serve_plan *plan); /* NULL is fine */

/* The frozen configuration, without staples; *keylog may become a log to close after it. */
int plan_configure(const serve_plan *plan, qtls_config **out, qtls_keylog **keylog);

/* Is this path, decoded, for clients with a certificate only? */
bool plan_protects(const serve_plan *plan, const char *path);

/* Would both keep staples in the same way? */
bool plan_staples_alike(const serve_plan *a, const serve_plan *b);

#endif
