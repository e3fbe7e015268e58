/* Owns what connections are served with (site.h). */
#include "site.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "disk.h"
#include "out.h"
#include "settings.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static site *present;
/* Made by this thread, and not yet in the place of the present one: the stapler's first
 * configuration for it, given from this thread, puts it there. */
static site *coming;
static pthread_t coming_by;

/* start, reload and stop come from one thread at a time. Staplers are numbered: what one
 * hands over that has been replaced comes too late. */
static qtls_stapler *stapler;
static uintptr_t stapler_number; /* of the present site; under the lock */
static uintptr_t stapler_last;

site *site_take(void) {
  (void)pthread_mutex_lock(&lock);
  site *s = present;
  s->refs++;
  (void)pthread_mutex_unlock(&lock);
  return s;
}

static void destroy(site *s) {
  qtls_config_free(s->config);
  qtls_keylog_close(s->keylog);
  qtls_status_source_free(s->statuses);
  if (s->root >= 0) {
    (void)close(s->root);
  }
  plan_free(s->plan);
  free(s);
}

void site_give_back(site *s) {
  (void)pthread_mutex_lock(&lock);
  bool last = --s->refs == 0;
  (void)pthread_mutex_unlock(&lock);
  if (last) {
    destroy(s);
  }
}

qtls_config *site_config(site *s) {
  (void)pthread_mutex_lock(&lock);
  qtls_config *config = qtls_config_ref(s->config);
  (void)pthread_mutex_unlock(&lock);
  return config;
}

/* ---- making ---- */

static void tell_line(void *user, const char *line) {
  (void)user;
  flockfile(stderr);
  (void)fprintf(stderr, "qtls serve: ");
  out_safe(stderr, line);
  (void)fputc('\n', stderr);
  funlockfile(stderr);
}

static int make(site **out, serve_plan *plan) {
  site *s = calloc(1, sizeof *s);
  *out = NULL;
  if (s == NULL) {
    int code = cli_failure(&plan->args, "no memory");
    plan_free(plan);
    return code;
  }
  s->plan = plan;
  s->refs = 1;
  s->root = -1;
  int code = CLI_OK;
  if (plan->root != NULL) {
    s->root = open(plan->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->root < 0) {
      char label[CLI_LABEL];
      code = cli_failure(&plan->args, "%s %s: %s", cli_label(&plan->args, "root", label), plan->root, strerror(errno));
    }
  }
  if (code == CLI_OK) {
    code = status_source(&plan->args, &s->statuses, tell_line, NULL);
  }
  if (code == CLI_OK) {
    code = plan_configure(plan, &s->config, &s->keylog);
  }
  if (code != CLI_OK) {
    destroy(s);
    return code;
  }
  *out = s;
  return CLI_OK;
}

/* Put a site in the place of the present one. */
static void install(site *s, qtls_config *config) {
  (void)pthread_mutex_lock(&lock);
  site *old = present;
  qtls_config *bare = NULL;
  if (config != NULL) {
    bare = s->config;
    s->config = config;
  }
  present = s;
  coming = NULL;
  (void)pthread_mutex_unlock(&lock);
  qtls_config_free(bare);
  if (old != NULL) {
    site_give_back(old);
  }
}

/* ---- staples ---- */

static void publish(void *user, qtls_config *config) {
  (void)pthread_mutex_lock(&lock);
  site *next = coming != NULL && pthread_equal(coming_by, pthread_self()) != 0 ? coming : NULL;
  qtls_config *old = config;
  if (next != NULL) {
    stapler_number = (uintptr_t)user;
  } else if (stapler_number == (uintptr_t)user) {
    old = present->config;
    present->config = config;
  }
  (void)pthread_mutex_unlock(&lock);
  if (next != NULL) {
    install(next, config);
  } else {
    qtls_config_free(old);
  }
}

static bool site_is_there(void) {
  (void)pthread_mutex_lock(&lock);
  bool there = present != NULL;
  (void)pthread_mutex_unlock(&lock);
  return there;
}

static int start_staples(site *s, qtls_stapler **out) {
  qtls_stapler_options options = s->plan->stapling;
  qtls_fetch_problem why;
  char problem[DISK_PROBLEM];
  if (options.read_only && options.ask.folder != NULL && !disk_may_write(options.ask.folder, true, problem)) {
    return cli_failure(&s->plan->args, "staples cannot be kept: %s", problem);
  }
  options.ask_at_once = site_is_there();
  options.publish = publish;
  options.user = (void *)++stapler_last;
  options.tell = s->plan->quiet ? NULL : tell_line;
  qtls_config *config = site_config(s);
  qtls_err err = qtls_stapler_start(out, config, &options, &why);
  qtls_config_free(config);
  return err == QTLS_OK ? CLI_OK : cli_failure(&s->plan->args, "staples cannot be kept: %s", why.text);
}

/* A thread's first publishing installs `s`; so, once this is over, it is installed or it failed. */
static int install_with_staples(site *s, bool afresh) {
  int code = CLI_OK;
  (void)pthread_mutex_lock(&lock);
  coming = s;
  coming_by = pthread_self();
  (void)pthread_mutex_unlock(&lock);
  if (afresh) {
    qtls_stapler *other = NULL;
    code = start_staples(s, &other);
    if (code == CLI_OK) {
      qtls_stapler_stop(stapler);
      stapler = other;
    }
  } else {
    qtls_config *config = site_config(s);
    qtls_err err = qtls_stapler_replace(stapler, config);
    qtls_config_free(config);
    code = err == QTLS_OK ? CLI_OK : cli_failure(&s->plan->args, "staples cannot be kept: %s", qtls_err_text(err));
  }
  (void)pthread_mutex_lock(&lock);
  coming = NULL;
  (void)pthread_mutex_unlock(&lock);
  return code;
}

bool site_staple(size_t i, qtls_staple_state *out) {
  return stapler != NULL && qtls_stapler_state(stapler, i, out) == QTLS_OK;
}

/* ---- start, reload, stop ---- */

int site_start(serve_plan *plan) {
  site *s = NULL;
  int code = make(&s, plan);
  if (code != CLI_OK) {
    return code;
  }
  if (!plan->staple) {
    install(s, NULL);
    return CLI_OK;
  }
  code = install_with_staples(s, true);
  if (code != CLI_OK) {
    site_give_back(s);
  }
  return code;
}

static void warn_of_address(const serve_plan *now, const serve_plan *next) {
  if (strcmp(now->at.host, next->at.host) != 0 || now->at.port != next->at.port) {
    cli_warn(&next->args, "the address to listen on is not changed by a reload: start the server again for that");
  }
}

int site_reload(const cli_args *typed) {
  serve_plan *plan = NULL;
  site *s = NULL;
  int code = plan_make(&plan, typed);
  if (code == CLI_OK) {
    code = make(&s, plan);
  }
  if (code != CLI_OK) {
    return code;
  }
  site *old = site_take();
  warn_of_address(old->plan, plan);
  if (plan->staple) {
    code = install_with_staples(s, stapler == NULL || !plan_staples_alike(old->plan, plan));
  } else {
    (void)pthread_mutex_lock(&lock);
    stapler_number = 0;
    (void)pthread_mutex_unlock(&lock);
    install(s, NULL);
    qtls_stapler_stop(stapler);
    stapler = NULL;
  }
  if (code != CLI_OK) {
    site_give_back(s);
  }
  site_give_back(old);
  return code;
}

void site_stop(void) {
  qtls_stapler_stop(stapler);
  stapler = NULL;
  (void)pthread_mutex_lock(&lock);
  site *s = present;
  present = NULL;
  (void)pthread_mutex_unlock(&lock);
  if (s != NULL) {
    site_give_back(s);
  }
}
