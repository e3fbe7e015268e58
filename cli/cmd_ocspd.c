/* qtls ocspd: answers whether certificates of an authority were revoked. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ca_common.h"
#include "ca_ocsp_loop.h"
#include "commands.h"
#include "listening.h"
#include "signals.h"

static const cli_option options[] = {
    {"dir", "DIR", "The authority's directory (also as the first word). Required."},
    {"cert", "FILE",
     "A signer's certificate (qtls pki issue --ocsp), or the authority's own. "
     "May be repeated, each with"},
    {"key", "FILE", "its private key, and if there are several for one authority, with"},
    {"path", "PATH", "the path of the URL under which this signer answers, such as /classic; after its --cert."},
    {"pass-file", "FILE", "The pass phrase of encrypted keys: the first line of FILE, which only you may read."},
    {"pass-fd", "N", "The same from an open descriptor. Without either it is asked for on the terminal."},
    {"listen", "[ADDR:]PORT", "Where to listen (default 8080 on every address; port 0: any free one)."},
    {"hours", "N", "How long an answer is good (default 24)."},
    {"ignore-nonce", NULL,
     "Answer requests with a nonce as those without, from answers signed "
     "before (RFC 5019)."},
    {"at-once", "N", "Serve so many connections at once (default 256)."},
    {"timeout", "TIME", "Limit for a request to come whole, and for an answer to be taken (default 10s)."},
    {"idle", "TIME", "Limit for a silent peer between requests (default 30s)."},
    {"ready-file", "FILE", "Write the port number to FILE once the responder listens."},
    {"json", NULL, "Write one line of JSON for each request."},
    {"quiet", NULL, "Write nothing for a request."},
    {NULL, NULL, NULL}};

static int load_signers(const cli_args *args, ocsp_responder *r, passphrase *phrase) {
  if (!cli_follows(args, "cert", "path")) {
    return CLI_USAGE;
  }
  int code = CLI_OK;
  for (size_t i = 0; code == CLI_OK; i++) {
    const char *cert = cli_value_at(args, "cert", i);
    const char *key = cli_value_at(args, "key", i);
    const char *path = cli_value_after(args, "cert", i, "path");
    if (cert == NULL && key == NULL && i > 0) {
      return CLI_OK;
    }
    if (cert == NULL || key == NULL) {
      return cli_usage_error(args, "each signer needs both --cert FILE and --key FILE%s",
                             i > 0 ? "" : "; qtls pki issue DIR --ocsp --out ocsp makes them");
    }
    code = ocsp_signer_load(args, r, cert, key, path != NULL ? path : "", phrase);
  }
  return code;
}

/* Nobody would reach a second signer without a path of its own. */
static void warn_of_hidden(const cli_args *args, const ocsp_responder *r) {
  for (size_t i = 0; i < r->signer_count; i++) {
    for (size_t k = 0; k < i; k++) {
      if (r->signers[k].authority == r->signers[i].authority && strcmp(r->signers[k].path, r->signers[i].path) == 0) {
        cli_warn(args,
                 "%s is never used: %s answers for the same authority; give "
                 "each a --path",
                 r->signers[i].file, r->signers[k].file);
      }
    }
  }
}

static bool tell_ready(const cli_args *args, const qtls_listener *listener) {
  if (cli_has(args, "json")) {
    json j = json_to(stdout);
    json_begin(&j, NULL, '{');
    json_string(&j, "event", "listening");
    listening_json(listener, &j);
    json_end(&j, '}');
    json_done(&j);
  } else {
    listening_print(listener);
  }
  return listening_ready(args, listener);
}

/* Open the directory and read the signers. */
static int begin(const cli_args *args, const char *dir, ocsp_responder *r, passphrase *phrase) {
  int code = ca_open(args, dir, QTLS_CA_read, &r->ca);
  if (code == CLI_OK) {
    code = load_signers(args, r, phrase);
  }
  if (code == CLI_OK) {
    warn_of_hidden(args, r);
    code = ocsp_responder_start(args, r);
  }
  return code;
}

/* ---- reading all of it anew ---- */

typedef struct reloading {
  const cli_args *args;
  const char *dir;
  ocsp_responder *responder;
  passphrase *phrase; /* what was typed or came from a descriptor comes once only */
  bool json;
} reloading;

/* All of it, or none: a file that is wrong changes nothing. The database is read for each answer, but the one that was
 * opened; another may have taken its place. */
static int read_anew(const reloading *l) {
  ocsp_responder *r = l->responder;
  ocsp_responder fresh = {.validity = r->validity, .ignore_nonce = r->ignore_nonce, .at_work = true};
  int code = CLI_OK;
  if (cli_has(l->args, "pass-file")) {
    passphrase now;
    code = passphrase_from_options(l->args, "pass", &now);
    *l->phrase = code == CLI_OK ? now : *l->phrase;
    passphrase_forget(&now);
  }
  if (code == CLI_OK) {
    code = begin(l->args, l->dir, &fresh, l->phrase);
  }
  if (code != CLI_OK) {
    ocsp_responder_free(&fresh);
    return code;
  }
  ocsp_responder_free(r);
  *r = fresh;
  return CLI_OK;
}

static void reload(void *user) {
  const reloading *l = user;
  int code = read_anew(l);
  if (l->json) {
    json j = json_to(stdout);
    json_begin(&j, NULL, '{');
    json_string(&j, "event", code == CLI_OK ? "reloaded" : "reload failed");
    json_end(&j, '}');
    json_done(&j);
  }
  if (code != CLI_OK) {
    (void)fprintf(stderr, "qtls ocspd: nothing was reloaded: the responder goes on as before\n");
  } else if (!l->json) {
    (void)fprintf(stderr, "qtls ocspd: reloaded; answers from now on are what the directory and the files say\n");
  }
}

/* ---- */

static int serve(const cli_args *args, ocsp_loop_settings *s, const target *at) {
  if (!signals_take()) {
    return cli_failure(args, "signals cannot be taken: %s", strerror(errno));
  }
  int code = listening_open(args, at, &s->listener);
  if (code != CLI_OK) {
    return code;
  }
  code = CLI_FAILED;
  if (tell_ready(args, s->listener)) {
    code = ocsp_loop_run(s) ? CLI_OK : cli_failure(args, "waiting for connections failed: %s", strerror(errno));
  }
  qtls_listener_close(s->listener);
  return code;
}

static int read_options(const cli_args *args, ocsp_loop_settings *s, ocsp_responder *r, target *at) {
  const char *listen = cli_value(args, "listen", NULL);
  long hours = 24;
  long at_once = 256;
  long request = 10;
  long idle = 30;
  at->port = 8080;
  if (listen != NULL && !target_read_listen(at, listen)) {
    return cli_usage_error(args, "--listen \"%s\" is not PORT or ADDRESS:PORT", listen);
  }
  if (!cli_number(args, "hours", 1, 8760, &hours) || !cli_number(args, "at-once", 1, 10000, &at_once) ||
      !cli_duration(args, "timeout", 1, 3600, &request) || !cli_duration(args, "idle", 1, 86400, &idle)) {
    return CLI_USAGE;
  }
  s->at_once = (size_t)at_once;
  s->request_ms = (int)request * 1000;
  s->idle_ms = (int)idle * 1000;
  s->json = cli_has(args, "json");
  s->quiet = cli_has(args, "quiet");
  if (s->json && s->quiet) {
    return cli_usage_error(args, "a line of JSON for each request, or nothing: leave out --json or --quiet");
  }
  s->responder = r;
  r->validity = (int64_t)hours * 3600;
  r->ignore_nonce = cli_has(args, "ignore-nonce");
  return CLI_OK;
}

static int run(cli_args *args) {
  static ocsp_responder r;
  static ocsp_loop_settings s;
  static target at;
  static passphrase phrase;
  const char *dir = ca_dir(args, 0);
  reloading again = {.args = args, .dir = dir, .responder = &r, .phrase = &phrase};
  if (dir == NULL) {
    return CLI_USAGE;
  }
  int code = read_options(args, &s, &r, &at);
  if (code == CLI_OK) {
    code = passphrase_from_options(args, "pass", &phrase);
  }
  if (code == CLI_OK) {
    code = begin(args, dir, &r, &phrase);
  }
  if (code == CLI_OK) {
    again.json = s.json;
    s.reload = reload;
    s.user = &again;
    code = serve(args, &s, &at);
  }
  passphrase_forget(&phrase);
  ocsp_responder_free(&r);
  return code;
}

static const cli_option *const groups[] = {options, NULL};

const cli_command cmd_ocspd = {.name = "ocspd",
                               .summary = "Answer OCSP requests over an authority's database",
                               .usage = "DIR --cert FILE --key FILE [OPTION...]",
                               .about =
                                   "Answers over HTTP whether certificates of the authority in DIR "
                                   "were revoked (RFC 6960), by POST and GET.\n"
                                   "The database is asked every time: a revocation shows at once. "
                                   "Answers without a nonce are signed once and\n"
                                   "kept for half their life. A hybrid signer serves classical and "
                                   "quantum-safe clients with the same bytes;\n"
                                   "others get paths of their own. Gives out /NAME.crl (the newest "
                                   "list) and /NAME.cer of its authorities too.\n"
                                   "SIGHUP opens the directory and reads the signers' files again; if "
                                   "anything is wrong with them, it says so\nand goes on as before.\n"
                                   "SIGTERM and SIGINT let the requests at work finish, then it "
                                   "exits with 0.",
                               .options = groups,
                               .examples =
                                   "  qtls ocspd ca --cert ocsp.pem --key ocsp.key\n"
                                   "  qtls ocspd ca --cert ocsp.pem --key ocsp.key --listen "
                                   "127.0.0.1:8888 --json\n"
                                   "  qtls ocspd ca --cert pq.pem --key pq.key --path / --cert "
                                   "old.pem --key old.key --path /classic\n",
                               .operands_most = 1,
                               .run = run};
