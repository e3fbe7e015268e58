/*
 * Owns what connections are served with: a plan made real. There is one at a time; a
 * reload puts another in its place, and connections that began with the old one keep
 * it to their end. Its configuration changes when staples do.
 */
#ifndef QTLS_CLI_SITE_H
#define QTLS_CLI_SITE_H

#include "serve_plan.h"

typedef struct site {
  serve_plan *plan;
  int root;                     /* the folder that is served; -1: echo */
  qtls_status_source *statuses; /* NULL: nobody is asked */
  qtls_keylog *keylog;
  /* Under the lock of site.c. */
  qtls_config *config;
  unsigned refs;
} site;

/* Start with a plan, which is the site's from now on, also on failure. Staples are
 * waited for, but not for long. CLI_OK, or the exit code after having said why. */
int site_start(serve_plan *plan);
/* Read everything again and go on with it; on failure the present site stays. */
int site_reload(const cli_args *typed);
/* End the keeping of staples, and forget the present site. */
void site_stop(void);

site *site_take(void); /* the present one, with a reference */
void site_give_back(site *s);
qtls_config *site_config(site *s); /* the present one of it, with a reference */

/* State of the staple of identity `i`; false when none is kept. */
bool site_staple(size_t i, qtls_staple_state *out);

#endif
