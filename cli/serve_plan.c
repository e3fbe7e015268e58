/* Owns what a server is to do (serve_plan.h). */
#include "serve_plan.h"

#include <qtls/trust.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"
#include "http_request.h"
#include "serve_options.h"
#include "server.h"
#include "settings.h"

void plan_free(serve_plan *plan) {
  if (plan == NULL) {
    return;
  }
  for (size_t i = 0; i < plan->protect_count; i++) {
    free(plan->protect[i]);
  }
  yaml_forget(plan->memory);
  free(plan);
}

/* ---- options ---- */

static int read_limits(serve_plan *p) {
  const cli_args *args = &p->args;
  const char *listen = cli_value(args, "listen", NULL);
  char label[CLI_LABEL];
  long handshake = 10;
  long idle = 60;
  long rate = 1000;
  p->at.port = 8443;
  p->at_once = 256;
  if (listen != NULL && !target_read_listen(&p->at, listen)) {
    return cli_usage_error(args, "%s \"%s\" is not PORT or ADDRESS:PORT", cli_label(args, "listen", label), listen);
  }
  if (!cli_number(args, "at-once", 1, 10000, &p->at_once) ||
      !cli_number(args, "max-connections", 1, 1000000000, &p->stop_after) ||
      !cli_duration(args, "timeout", 1, 3600, &handshake) || !cli_duration(args, "idle", 1, 86400, &idle) ||
      !cli_number(args, "min-rate", 0, 1000000000, &rate)) {
    return CLI_USAGE;
  }
  p->handshake_ms = (int)handshake * 1000;
  p->idle_ms = (int)idle * 1000;
  p->least_rate = (int)rate;
  p->stop_after = cli_has(args, "once") ? 1 : p->stop_after;
  p->json = cli_has(args, "json");
  p->quiet = cli_has(args, "quiet");
  p->trace = cli_has(args, "trace");
  if (p->json && p->quiet) {
    return cli_usage_error(args, "a line of JSON for each connection, or nothing: leave out --json or --quiet");
  }
  p->root = cli_value(args, "root", NULL);
  if (cli_has(args, "root") == cli_has(args, "echo")) {
    return cli_usage_error(args, "say what to serve: either --root DIR or --echo");
  }
  return CLI_OK;
}

/* Paths as http_path_decode gives them, so that no other way of writing leads past. */
static int read_protected(serve_plan *p) {
  const char *typed = NULL;
  for (size_t i = 0; (typed = cli_value_at(&p->args, "protect", i)) != NULL; i++) {
    char path[HTTP_TARGET_MOST + 1];
    bool folder = false;
    if (typed[0] != '/' || strlen(typed) > HTTP_TARGET_MOST || !http_path_decode(path, sizeof path, typed, &folder)) {
      return cli_usage_error(&p->args, "--protect \"%s\": a path that begins with / is wanted", typed);
    }
    if (p->protect_count == PLAN_PROTECT_MOST) {
      return cli_usage_error(&p->args, "--protect: there are more than %d paths", PLAN_PROTECT_MOST);
    }
    p->protect[p->protect_count] = strdup(path);
    if (p->protect[p->protect_count] == NULL) {
      return cli_failure(&p->args, "no memory");
    }
    p->protect_count++;
  }
  if (p->protect_count > 0 && p->root == NULL) {
    return cli_usage_error(&p->args, "--protect is for paths of files: it goes with --root");
  }
  return CLI_OK;
}

bool plan_protects(const serve_plan *plan, const char *path) {
  for (size_t i = 0; i < plan->protect_count; i++) {
    size_t n = strlen(plan->protect[i]);
    if (n == 0 || (strncmp(path, plan->protect[i], n) == 0 && (path[n] == '\0' || path[n] == '/'))) {
      return true;
    }
  }
  return false;
}

/* ---- stapling ---- */

static int read_staple_cache(serve_plan *p) {
  static const char *const places[] = {"memory", "disk", NULL};
  const cli_args *args = &p->args;
  int place = 1;
  if (!cli_choice(args, "staple-cache", places, &place)) {
    return CLI_USAGE;
  }
  if (place == 0) {
    return CLI_OK;
  }
  const char *folder = cli_value(args, "staple-dir", NULL);
  if (folder == NULL) {
    folder = status_folder(p->staple_folder, "staples");
  }
  if (folder[0] == '\0') {
    return cli_usage_error(args,
                           "there is no folder to keep staples in: name one with --staple-dir DIR, or say "
                           "--staple-cache memory");
  }
  p->stapling.ask.folder = folder;
  return CLI_OK;
}

static int read_staple_times(serve_plan *p) {
  const cli_args *args = &p->args;
  qtls_stapler_options *o = &p->stapling;
  long ttl = 0;
  long before = 7200;
  long interval = 3600;
  long connect = 5;
  long total = 10;
  bool automatic = strcmp(cli_value(args, "staple-ttl", "auto"), "auto") == 0;
  if ((!automatic && !cli_duration(args, "staple-ttl", 60, 7 * 86400, &ttl)) ||
      !cli_duration(args, "staple-refresh-before", 1, 7 * 86400, &before) ||
      !cli_duration(args, "staple-interval", 1, 7 * 86400, &interval) ||
      !cli_duration(args, "staple-connect-timeout", 1, 300, &connect) ||
      !cli_duration(args, "staple-timeout", 1, 300, &total)) {
    return CLI_USAGE;
  }
  o->ttl_s = ttl;
  o->before_expiry_s = (int)before;
  o->interval_s = (int)interval;
  o->ask.rules.connect_ms = (int)connect * 1000;
  o->ask.rules.total_ms = (int)total * 1000;
  o->ask.total_ms = (int)total * 1000;
  o->first_wait_ms = (int)total * 1000 + 500;
  return CLI_OK;
}

static int read_stapling(serve_plan *p) {
  static const char *const modes[] = {"soft-fail", "hard-fail", NULL};
  const cli_args *args = &p->args;
  qtls_stapler_options *o = &p->stapling;
  qtls_fetch_problem why;
  int mode = 0;
  char label[CLI_LABEL];
  p->staple = cli_has(args, "staple");
  for (const cli_option *option = serve_staple_options; option->name != NULL && !p->staple; option++) {
    for (size_t i = 0; i < args->given_count; i++) {
      /* In a file, "enabled: false" may stand above all the rest. */
      if (args->given[i].origin == NULL && strcmp(args->given[i].name, option->name) == 0) {
        return cli_usage_error(args, "--%s goes with --staple", option->name);
      }
    }
  }
  if (!p->staple) {
    return CLI_OK;
  }
  if (!cli_choice(args, "staple-on-failure", modes, &mode)) {
    return CLI_USAGE;
  }
  o->required = mode == 1;
  o->no_thread = cli_has(args, "staple-no-refresh") || cli_has(args, "check");
  o->read_only = cli_has(args, "check");
  o->ask.whole_urls = p->trace;
  o->ask.responder_url = cli_value(args, "staple-responder", NULL);
  if (status_rules(args, &o->ask.rules, p->staple_allowed) != CLI_OK) {
    return CLI_USAGE;
  }
  if (o->ask.responder_url != NULL && qtls_fetch_check(o->ask.responder_url, &o->ask.rules, &why) != QTLS_OK) {
    return cli_usage_error(args, "%s %s", cli_label(args, "staple-responder", label), why.text);
  }
  int code = read_staple_cache(p);
  return code == CLI_OK ? read_staple_times(p) : code;
}

static bool same_text(const char *a, const char *b) {
  return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

bool plan_staples_alike(const serve_plan *a, const serve_plan *b) {
  const qtls_stapler_options *x = &a->stapling;
  const qtls_stapler_options *y = &b->stapling;
  return a->staple == b->staple && a->quiet == b->quiet && a->trace == b->trace && x->required == y->required &&
         x->no_thread == y->no_thread && x->ttl_s == y->ttl_s && x->before_expiry_s == y->before_expiry_s &&
         x->interval_s == y->interval_s && x->first_wait_ms == y->first_wait_ms && x->ask.total_ms == y->ask.total_ms &&
         same_text(x->ask.responder_url, y->ask.responder_url) && same_text(x->ask.folder, y->ask.folder) &&
         qtls_fetch_rules_equal(&x->ask.rules, &y->ask.rules);
}

int plan_make(serve_plan **out, const cli_args *typed) {
  serve_plan *p = calloc(1, sizeof *p);
  *out = NULL;
  if (p == NULL) {
    return cli_failure(typed, "no memory");
  }
  p->args = *typed;
  const char *file = cli_value(typed, "config", NULL);
  int code = file != NULL ? yaml_read(&p->args, &p->memory, file, serve_keys, serve_key_lists) : CLI_OK;
  if (code == CLI_OK) {
    code = read_limits(p);
  }
  if (code == CLI_OK) {
    code = read_protected(p);
  }
  if (code == CLI_OK) {
    code = read_stapling(p);
  }
  if (code != CLI_OK) {
    plan_free(p);
    return code;
  }
  *out = p;
  return CLI_OK;
}
