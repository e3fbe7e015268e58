/* qtls serve: HTTPS for a folder of files, or echo, for many connections at once. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "out.h"
#include "server.h"
#include "settings.h"
#include "sink.h"
#include "target.h"

static const cli_option own_options[] = {
    {"cert", "FILE",
     "The server's certificate and its chain, leaf first (PEM). Repeat with --key for more identities."},
    {"key", "FILE", "The private key of the --cert at the same place: PKCS#8 PEM, both keys of a hybrid one."},
    {"root", "DIR", "Serve the files of DIR over HTTPS (GET and HEAD; index.html for a folder)."},
    {"echo", NULL, "Send back what comes, instead of --root."},
    {"listen", "[ADDR:]PORT", "Where to listen (default 8443 on every address; port 0: any free one)."},
    {"cookie", "WHEN", "Answer the first hello with a stateless cookie: never (the default) or always."},
    {"at-once", "N", "Serve so many connections at once; further ones wait (default 256)."},
    {"max-connections", "N", "Stop after N connections."},
    {"once", NULL, "Stop after one connection."},
    {"timeout", "SECONDS", "Limit for a handshake, and for the head of a request (default 10)."},
    {"idle", "SECONDS", "Limit for a silent peer (default 60)."},
    {"ready-file", "FILE", "Write the port number to FILE once the server listens."},
    {"trace", NULL, "Show messages, records and states of every connection on standard error."},
    {"json", NULL, "Write one line of JSON for each connection."},
    {"quiet", NULL, "Write nothing for a connection."},
    {NULL, NULL, NULL}};

typedef struct serving {
  const cli_args *args;
  target at;
  long handshake_s, idle_s;
  server_settings settings;
} serving;

static int read_options(serving *s) {
  const cli_args *args = s->args;
  const char *listen = cli_value(args, "listen", NULL);
  s->at.port = 8443;
  s->handshake_s = 10;
  s->idle_s = 60;
  s->settings.at_once = 256;
  if (listen != NULL && !target_read_listen(&s->at, listen)) {
    return cli_usage_error(args, "--listen \"%s\" is not PORT or ADDRESS:PORT", listen);
  }
  if (!cli_number(args, "at-once", 1, 10000, &s->settings.at_once) ||
      !cli_number(args, "max-connections", 1, 1000000000, &s->settings.stop_after) ||
      !cli_number(args, "timeout", 1, 3600, &s->handshake_s) || !cli_number(args, "idle", 1, 86400, &s->idle_s)) {
    return CLI_USAGE;
  }
  if (cli_has(args, "once")) {
    s->settings.stop_after = 1;
  }
  if (cli_has(args, "root") == cli_has(args, "echo")) {
    return cli_usage_error(args, "say what to serve: either --root DIR or --echo");
  }
  s->settings.handshake_ms = (int)s->handshake_s * 1000;
  s->settings.idle_ms = (int)s->idle_s * 1000;
  s->settings.json = cli_has(args, "json");
  s->settings.quiet = cli_has(args, "quiet");
  s->settings.trace = cli_has(args, "trace");
  return CLI_OK;
}

static int load_identities(const cli_args *args, qtls_config *config) {
  for (size_t i = 0;; i++) {
    const char *cert = cli_value_at(args, "cert", i);
    const char *key = cli_value_at(args, "key", i);
    qtls_stream_problem why;
    if (cert == NULL && key == NULL && i > 0) {
      return CLI_OK;
    }
    if (cert == NULL || key == NULL) {
      return cli_usage_error(args, "each identity needs both --cert FILE and --key FILE%s",
                             i > 0 ? "" : "; qtls pki init and qtls pki issue make them");
    }
    if (qtls_config_load_identity(config, cert, key, &why) != QTLS_OK) {
      return cli_failure(args, "%s", why.text);
    }
  }
}

static int configure(const cli_args *args, qtls_config *config) {
  static const char *const cookies[] = {"never", "always", NULL};
  int cookie = 0;
  if (!cli_choice(args, "cookie", cookies, &cookie)) {
    return CLI_USAGE;
  }
  qtls_err err = qtls_config_set_cookie(config, (qtls_cookie)(cookie + 1));
  if (err == QTLS_OK && cli_has(args, "trace")) {
    err = qtls_config_set_trace(config, server_observe, NULL);
  }
  if (err == QTLS_OK && cli_has(args, "root") && !cli_has(args, "alpn")) {
    err = qtls_config_set_alpn(config, "http/1.1");
  }
  return err == QTLS_OK ? load_identities(args, config) : settings_failure(args, config, err, NULL);
}

/* What a full handshake costs on the wire, and whether it fits the first window. */
static void tell_flights(const serving *s) {
  size_t bytes = 0;
  for (size_t i = 0; (bytes = qtls_config_flight_size(s->settings.config, i)) > 0; i++) {
    char shown[32];
    char window[32];
    bool longer = bytes > QTLS_FIRST_WINDOW;
    (void)fprintf(stderr, "%s: the first flight has about %s bytes%s%s%s\n", cli_value_at(s->args, "cert", i),
                  out_bytes(shown, bytes), longer ? ", more than TCP's first window of " : "",
                  longer ? out_bytes(window, QTLS_FIRST_WINDOW) : "",
                  longer ? ": one more round trip for each full handshake" : "");
  }
}

static bool tell_ready(const serving *s) {
  const char *path = cli_value(s->args, "ready-file", NULL);
  unsigned port = qtls_listener_port(s->settings.listener);
  char text[16];
  sink file;
  if (s->settings.json) {
    json j = json_to(stdout);
    json_begin(&j, NULL, '{');
    json_string(&j, "event", "listening");
    json_string(&j, "address", s->at.host[0] != '\0' ? s->at.host : NULL);
    json_integer(&j, "port", port);
    json_begin(&j, "first_flight_bytes", '[');
    size_t bytes = 0;
    for (size_t i = 0; (bytes = qtls_config_flight_size(s->settings.config, i)) > 0; i++) {
      json_integer(&j, NULL, (int64_t)bytes);
    }
    json_end(&j, ']');
    json_end(&j, '}');
    json_done(&j);
  } else {
    if (!s->settings.quiet) {
      tell_flights(s);
    }
    (void)printf("listening on %s%sport %u\n", s->at.host, s->at.host[0] != '\0' ? " " : "", port);
    (void)fflush(stdout);
  }
  if (path == NULL) {
    return true;
  }
  int n = snprintf(text, sizeof text, "%u\n", port);
  bool kept = sink_file(&file, path) && sink_put(&file, text, (size_t)n) && sink_keep(&file);
  if (!kept) {
    (void)cli_failure(s->args, "--ready-file %s", file.problem);
  }
  sink_drop(&file);
  return kept;
}

static int serve(serving *s) {
  const char *root = cli_value(s->args, "root", NULL);
  qtls_stream_problem why;
  s->settings.root = -1;
  if (root != NULL) {
    s->settings.root = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->settings.root < 0) {
      return cli_failure(s->args, "--root %s: %s", root, strerror(errno));
    }
  }
  if (!server_prepare()) {
    return cli_failure(s->args, "signals cannot be taken: %s", strerror(errno));
  }
  if (qtls_listener_open(&s->settings.listener, s->at.host[0] != '\0' ? s->at.host : NULL, s->at.port, &why) !=
      QTLS_OK) {
    return cli_failure(s->args, "%s", why.text);
  }
  bool served = tell_ready(s) && server_run(&s->settings);
  qtls_listener_close(s->settings.listener);
  return served ? CLI_OK : CLI_FAILED;
}

static int run(cli_args *args) {
  static serving s;
  qtls_config *config = NULL;
  qtls_keylog *keylog = NULL;
  s.args = args;
  int code = read_options(&s);
  if (code == CLI_OK) {
    code = settings_make(args, QTLS_SERVER, &config, &keylog);
  }
  if (code == CLI_OK) {
    code = configure(args, config);
    if (code == CLI_OK) {
      code = settings_freeze(args, &config);
    }
  }
  if (code == CLI_OK) {
    s.settings.config = config;
    code = serve(&s);
  }
  /* Connections that outlived the grace still use the configuration and the
   * log; the process ends now, and they with it. */
  if (server_is_idle()) {
    qtls_config_free(config);
    qtls_keylog_close(keylog);
  }
  return code;
}

static const cli_option *const groups[] = {own_options, settings_options, NULL};

const cli_command cmd_serve = {
    .name = "serve",
    .summary = "Serve files over HTTPS, or echo",
    .usage = "--cert FILE --key FILE (--root DIR | --echo) [OPTION...]",
    .about =
        "Serves a folder of files over HTTPS (HTTP/1.1), or sends back what comes. Links are not followed, hidden\n"
        "files are not served. Prints \"listening on port N\" once it takes connections, then one line for each.\n"
        "SIGTERM and SIGINT let the requests at work finish, then the server exits with 0.",
    .options = groups,
    .examples =
        "  qtls serve --cert server.pem --key server.key --root /srv/www\n"
        "  qtls serve --cert server.pem --key server.key --echo --listen 127.0.0.1:9000 --floor q-tls\n"
        "  qtls serve --cert hybrid.pem --key hybrid.key --cert ecdsa.pem --key ecdsa.key --root . "
        "--floor classical\n",
    .operands_most = 0,
    .run = run};
