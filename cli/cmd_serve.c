/* qtls serve: HTTPS for a folder of files, or echo, for many connections at once. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "listening.h"
#include "out.h"
#include "serve_options.h"
#include "serve_report.h"
#include "server.h"
#include "settings.h"
#include "signals.h"
#include "site.h"

/* One line of JSON about an event in the life of the server. */
static void tell_json(site *s, const char *event, const qtls_listener *listener) {
  flockfile(stdout);
  json j = json_to(stdout);
  json_begin(&j, NULL, '{');
  json_string(&j, "event", event);
  if (listener != NULL) {
    listening_json(listener, &j);
  }
  report_json(s, &j);
  json_end(&j, '}');
  json_done(&j);
  funlockfile(stdout);
}

/* ---- what is wrong ---- */

static void say_problem(const site *s, const char *file, const char *problem) {
  (void)cli_failure(&s->plan->args, "%s: %s", file, problem);
}

static void tell_problem(const site *s, const char *file, const char *problem) {
  (void)s;
  flockfile(stdout);
  json j = json_to(stdout);
  json_begin(&j, NULL, '{');
  json_string(&j, "event", "warning");
  json_string(&j, "file", file);
  json_string(&j, "problem", problem);
  json_end(&j, '}');
  json_done(&j);
  funlockfile(stdout);
}

/* How connections are served from now on; with --quiet and --json what is wrong with that. */
static void tell_state(site *s) {
  if (s->plan->json || s->plan->quiet) {
    (void)report_problems(s, s->plan->json ? tell_problem : say_problem);
  } else {
    report_print(s, stderr);
  }
}

/* ---- the life of the server ---- */

static bool tell_ready(const cli_args *args, const qtls_listener *listener) {
  site *s = site_take();
  if (s->plan->json) {
    tell_json(s, "listening", listener);
  }
  tell_state(s);
  if (!s->plan->json) {
    listening_print(listener);
  }
  site_give_back(s);
  return listening_ready(args, listener);
}

static void reload(void *user) {
  const cli_args *args = user;
  int code = site_reload(args);
  site *s = site_take();
  if (s->plan->json) {
    tell_json(s, code == CLI_OK ? "reloaded" : "reload failed", NULL);
  }
  if (code != CLI_OK) {
    (void)fprintf(stderr, "qtls serve: nothing was reloaded: the server goes on as before\n");
  } else {
    if (!s->plan->json) {
      (void)fprintf(stderr, "qtls serve: reloaded%s\n", s->plan->quiet ? "" : "; connections from now on meet this");
    }
    tell_state(s);
  }
  site_give_back(s);
}

static int check(const cli_args *args) {
  site *s = site_take();
  bool harm = report_problems(s, s->plan->quiet ? say_problem : NULL);
  if (s->plan->json) {
    tell_json(s, "checked", NULL);
  } else if (!s->plan->quiet) {
    report_print(s, stdout);
    (void)fputs(harm ? "" : "the settings are good\n", stdout);
    (void)fflush(stdout);
  }
  site_give_back(s);
  return harm ? cli_failure(args, "clients would refuse to connect; see above") : CLI_OK;
}

static int serve(cli_args *args, serve_plan *plan) {
  qtls_listener *listener = NULL;
  /* Listening first: who comes while staples are fetched waits, and is not refused. */
  int code = listening_open(args, &plan->at, &listener);
  if (code != CLI_OK) {
    plan_free(plan);
    return code;
  }
  code = site_start(plan);
  if (code == CLI_OK) {
    bool served = tell_ready(args, listener) && server_run(listener, reload, args);
    code = served ? CLI_OK : CLI_FAILED;
  }
  qtls_listener_close(listener);
  return code;
}

static int run(cli_args *args) {
  serve_plan *plan = NULL;
  int code = plan_make(&plan, args);
  if (code != CLI_OK) {
    return code;
  }
  if (cli_has(args, "check")) {
    code = site_start(plan);
    code = code == CLI_OK ? check(args) : code;
  } else if (!signals_take()) {
    plan_free(plan);
    return cli_failure(args, "signals cannot be taken: %s", strerror(errno));
  } else {
    code = serve(args, plan);
  }
  /* Connections that outlived the grace still use the site and the log; the process
   * ends now, and they with it. */
  if (server_is_idle()) {
    site_stop();
  }
  return code;
}

static const cli_option *const groups[] = {serve_options,  serve_client_options, serve_staple_options,
                                           status_options, settings_options,     NULL};

const cli_command cmd_serve = {
    .name = "serve",
    .summary = "Serve files over HTTPS, or echo",
    .usage = "(--cert FILE --key FILE (--root DIR | --echo) | --config FILE) [OPTION...]",
    .about =
        "Serves a folder of files over HTTPS (HTTP/1.1), or sends back what comes. Links are not followed, hidden\n"
        "files are not served. Prints \"listening on port N\" once it takes connections, then one line for each.\n"
        "SIGHUP reads all files again: new connections meet them, those at work go on; if anything is wrong with\n"
        "them, the server says so and goes on as before. SIGTERM and SIGINT let the requests at work finish, then\n"
        "the server exits with 0.",
    .options = groups,
    .examples =
        "  qtls serve --cert server.pem --key server.key --root /srv/www\n"
        "  qtls serve --cert server.pem --key server.key --echo --listen 127.0.0.1:9000 --floor q-tls\n"
        "  qtls serve --cert hybrid.pem --key hybrid.key --cert ecdsa.pem --key ecdsa.key --root . "
        "--floor classical\n"
        "  qtls serve --cert server.pem --key server.key --root . --client-auth required --client-trust ca/root.pem\n"
        "  qtls serve --cert server.pem --key server.key --root . --staple --staple-on-failure hard-fail\n"
        "  qtls serve --config server.yaml --check\n",
    .operands_most = 0,
    .run = run};
