/*
 * qtls connect: one connection, told in full. With --request it fetches one
 * file; else standard input goes to the peer and the peer's data to standard
 * output. What is told about the session goes to standard error.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "commands.h"
#include "http_get.h"
#include "interact.h"
#include "peer.h"
#include "session.h"
#include "settings.h"
#include "status.h"
#include "target.h"
#include "trace.h"
#include "trust.h"

static const cli_option own_options[] = {
    {"trust", "PLACE",
     "Trust the certification authorities of this PEM file or folder, or those of the system: system. Required; may be "
     "repeated."},
    {"pin", "SHA256",
     "Some certificate of the path must have this key: SHA-256 of its SubjectPublicKeyInfo, own or alternative, in "
     "hexadecimal or base64. May be repeated; any one is enough."},
    {"cert", "FILE",
     "Show this certificate chain (PEM, leaf first) if the server asks for one. May be repeated, with a --key each; "
     "the "
     "first that fits what the server accepts is shown."},
    {"key", "FILE", "The private key of the --cert at the same place: PKCS#8 PEM, both keys of a hybrid one."},
    {"post-handshake-auth", NULL, "Let the server ask for a certificate later too."},
    {"name", "NAME", "Verify and ask for this name (default: HOST)."},
    {"connect-to", "HOST[:PORT]", "Open the connection to this address and not to HOST."},
    {"request", "PATH", "Send an HTTP GET for PATH and write the body to standard output."},
    {"output", "FILE", "Write what is received to FILE, which appears only if it came whole."},
    {"key-shares", "STRATEGY", "Key shares of the first hello: pq (the default), classical-first, both."},
    {"key-update", NULL, "Change the keys once after the handshake and ask the peer to do so."},
    {"timeout", "TIME", "Limit for connecting, for the handshake and for a silent peer (default 10s)."},
    {"trace", NULL, "Show messages, records and states on standard error as they happen."},
    {"json", NULL, "Tell all as one line of JSON on standard output; received data then is kept only with --output."},
    {"quiet", NULL, "Tell nothing of the session."},
    {NULL, NULL, NULL}};

typedef struct connecting {
  const cli_args *args;
  target named; /* HOST[:PORT] as typed */
  target at;    /* where the connection goes */
  const char *name;
  long seconds;
  qtls_status_source *statuses; /* NULL: nobody is asked */
  int64_t end_ms;               /* by when the handshake is over, and all of its questions */
  trace seen;
  double handshake_ms;
  sink to;
  http_answer answer;
  bool asked_told;     /* that the server asked for a certificate */
  const char *problem; /* what went wrong, NULL if nothing */
  qtls_err err;
  char text[768];
} connecting;

static int read_targets(connecting *c) {
  const cli_args *args = c->args;
  const char *other = cli_value(args, "connect-to", NULL);
  if (args->operand_count == 0) {
    return cli_usage_error(args, "which host? qtls connect HOST[:PORT]");
  }
  c->named.port = 8443;
  if (!target_read(&c->named, args->operands[0])) {
    return cli_usage_error(args, "\"%s\" is not HOST or HOST:PORT", args->operands[0]);
  }
  c->at = c->named;
  if (other != NULL && !target_read(&c->at, other)) {
    return cli_usage_error(args, "--connect-to \"%s\" is not HOST or HOST:PORT", other);
  }
  c->name = cli_value(args, "name", c->named.host);
  const char *path = cli_value(args, "request", NULL);
  if (path != NULL && !http_path_is_good(path)) {
    return cli_usage_error(args, "--request \"%s\": a path begins with / and holds no spaces; write %%20 for one",
                           path);
  }
  c->seconds = 10;
  return cli_duration(args, "timeout", 1, 3600, &c->seconds) ? CLI_OK : CLI_USAGE;
}

static int load_identities(const cli_args *args, qtls_config *config) {
  for (size_t i = 0;; i++) {
    const char *cert = cli_value_at(args, "cert", i);
    const char *key = cli_value_at(args, "key", i);
    qtls_stream_problem why;
    if (cert == NULL && key == NULL) {
      return CLI_OK;
    }
    if (cert == NULL || key == NULL) {
      return cli_usage_error(args, "--%s %s has no --%s beside it: give each certificate its key",
                             cert != NULL ? "cert" : "key", cert != NULL ? cert : key, cert != NULL ? "key" : "cert");
    }
    if (qtls_config_load_identity(config, cert, key, &why) != QTLS_OK) {
      return cli_failure(args, "--cert %s", why.text);
    }
  }
}

static int configure(connecting *c, qtls_config *config) {
  static const char *const strategies[] = {"pq", "classical-first", "both", NULL};
  int strategy = 0;
  if (!cli_choice(c->args, "key-shares", strategies, &strategy)) {
    return CLI_USAGE;
  }
  qtls_err err = qtls_config_set_key_shares(config, (qtls_key_shares)(strategy + 1));
  if (err == QTLS_OK) {
    err = qtls_config_set_keep_chain(config, true);
  }
  if (err == QTLS_OK) {
    err = qtls_config_set_post_handshake_auth(config, cli_has(c->args, "post-handshake-auth"));
  }
  if (err == QTLS_OK && cli_has(c->args, "request") && !cli_has(c->args, "alpn")) {
    err = qtls_config_set_alpn(config, "http/1.1");
  }
  if (err == QTLS_OK) {
    trace_start(&c->seen, cli_has(c->args, "trace") ? stderr : NULL, NULL);
    err = qtls_config_set_trace(config, trace_observe, &c->seen);
  }
  if (err != QTLS_OK) {
    return settings_failure(c->args, config, err, NULL);
  }
  int code = trust_load(c->args, config);
  if (code == CLI_OK) {
    code = status_configure(c->args, config);
  }
  return code == CLI_OK ? load_identities(c->args, config) : code;
}

static void fail(connecting *c, qtls_err err, const char *text) {
  if (c->problem == NULL) {
    (void)snprintf(c->text, sizeof c->text, "%s", text);
    c->problem = c->text;
    c->err = err;
  }
}

static void fetch(connecting *c, qtls_stream *stream) {
  char host[300];
  bool six = strchr(c->name, ':') != NULL;
  char port[16] = "";
  if (c->named.port != 443) {
    (void)snprintf(port, sizeof port, ":%u", c->named.port);
  }
  (void)snprintf(host, sizeof host, "%s%s%s%s", six ? "[" : "", c->name, six ? "]" : "", port);
  if (!http_get(&c->answer, stream, host, cli_value(c->args, "request", "/"), &c->to)) {
    const char *text = c->answer.problem[0] != '\0' ? c->answer.problem : qtls_stream_error_text(stream);
    bool ours = c->to.problem[0] != '\0';
    fail(c, ours ? QTLS_ERR_FILE : c->answer.err, ours ? c->to.problem : text);
  } else if (c->answer.status >= 400) {
    char text[256];
    (void)snprintf(text, sizeof text, "the server answered %d %s", c->answer.status, c->answer.reason);
    fail(c, QTLS_OK, text);
  }
}

static void converse(connecting *c, qtls_stream *stream) {
  if (cli_has(c->args, "key-update")) {
    qtls_err err = qtls_stream_key_update(stream, true);
    if (err != QTLS_OK) {
      fail(c, err, qtls_stream_error_text(stream));
      return;
    }
  }
  if (cli_has(c->args, "request")) {
    fetch(c, stream);
    return;
  }
  qtls_err err = interact(stream, &c->to, (int)c->seconds * 1000);
  if (err != QTLS_OK) {
    const char *text = qtls_stream_error_text(stream);
    fail(c, err, c->to.problem[0] != '\0' ? c->to.problem : text[0] != '\0' ? text : qtls_err_text(err));
  }
}

static void tell_json(const connecting *c, const qtls_conn *conn) {
  json j = json_to(stdout);
  json_begin(&j, NULL, '{');
  json_string(&j, "host", c->named.host);
  json_integer(&j, "port", c->named.port);
  json_string(&j, "verified_name", c->name);
  json_bool(&j, "connected", conn != NULL);
  if (conn != NULL) {
    session_json(conn, &j);
    peer_json(conn, &j);
    json_real(&j, "handshake_ms", c->handshake_ms);
  }
  trace_json_flights(&c->seen, &j);
  json_integer(&j, "wire_bytes_sent", (int64_t)c->seen.bytes_sent);
  json_integer(&j, "wire_bytes_received", (int64_t)c->seen.bytes_received);
  json_integer(&j, "bytes_received", (int64_t)c->to.bytes);
  if (c->answer.status != 0) {
    json_integer(&j, "http_status", c->answer.status);
  }
  json_string(&j, "error", c->problem == NULL ? NULL : c->err != QTLS_OK ? qtls_err_name(c->err) : "HTTP");
  json_string(&j, "problem", c->problem);
  json_end(&j, '}');
  json_done(&j);
}

/* What became of our own certificate; once, in the handshake or after it. */
static void tell_own(connecting *c, const qtls_conn *conn, const char *when) {
  qtls_info info;
  qtls_conn_get_info(conn, &info);
  if (info.client_identity_asked && !c->asked_told) {
    c->asked_told = true;
    out_linef(stderr, "own certificate", "asked for%s, %s", when,
              info.client_identity_sent          ? "sent"
              : cli_value(c->args, "cert", NULL) ? "and none that is here fits what the server accepts"
                                                 : "and none is here: give one with --cert");
  }
}

static void tell(connecting *c, const qtls_conn *conn) {
  if (cli_has(c->args, "quiet") || cli_has(c->args, "json")) {
    return;
  }
  out_linef(stderr, "connected", "%s port %u as %s, handshake %.1f ms", c->at.host, c->at.port, c->name,
            c->handshake_ms);
  session_print(conn, true, stderr);
  tell_own(c, conn, "");
  peer_print(conn, stderr);
  trace_print_flights(&c->seen, stderr);
  (void)fputc('\n', stderr);
}

static bool open_sink(connecting *c) {
  const char *file = cli_value(c->args, "output", NULL);
  if (file != NULL) {
    return sink_file(&c->to, file);
  }
  if (cli_has(c->args, "json")) {
    sink_nowhere(&c->to);
  } else {
    sink_stdout(&c->to);
  }
  return true;
}

static qtls_err answer_jobs(void *user, qtls_conn *conn) {
  const connecting *c = user;
  int64_t left = (c->end_ms - channel_now_ms()) * 4 / 5; /* the rest is for the handshake itself */
  return qtls_status_answer_jobs_within(c->statuses, conn, left > 0 ? (int)left : 0);
}

static qtls_stream *open_stream(connecting *c, const qtls_config *config) {
  const qtls_stream_options options = {.server_name = c->name,
                                       .handshake_ms = (int)c->seconds * 1000,
                                       .idle_ms = (int)c->seconds * 1000,
                                       .on_job = c->statuses != NULL ? answer_jobs : NULL,
                                       .job_user = c};
  qtls_stream_problem why = {QTLS_OK, ""};
  qtls_stream *stream = NULL;
  int fd = -1;
  qtls_err err = qtls_socket_connect(&fd, c->at.host, c->at.port, (int)c->seconds * 1000, &why);
  c->seen.begin = trace_clock_ms();
  c->end_ms = channel_now_ms() + c->seconds * 1000;
  if (err == QTLS_OK) {
    err = qtls_stream_open(&stream, config, fd, &options, &why);
  }
  c->handshake_ms = trace_clock_ms() - c->seen.begin;
  c->seen.over = true;
  if (err != QTLS_OK) {
    fail(c, err, why.text);
  }
  return stream;
}

/* What to do about the refusals that a setting of ours decides. */
static void hint(const connecting *c) {
  static const struct {
    qtls_err err;
    const char *words;
  } hints[] = {
      {QTLS_ERR_FLOOR, "--floor says what is the least that is accepted, --floor classical accepts all"},
      {QTLS_ERR_CERT_UNKNOWN_CA, "--trust FILE names the authorities that are believed"},
      {QTLS_ERR_CERT_NAME, "--name NAME verifies another name than the one connected to"},
      {QTLS_ERR_CERT_STATUS_UNKNOWN,
       "--online asks whom the certificate names, --crl FILE gives a list, --revocation soft-fail does without"},
      {QTLS_ERR_CERT_STAPLE_MISSING, "the server has to send a staple with this certificate; it is its to repair"},
      {QTLS_ERR_CERT_SCT, "--ct-log names the logs that count, --ct-required how many of them"},
      {QTLS_ERR_CERT_PIN, "--pin names keys; qtls inspect shows those of a certificate"},
      {QTLS_ERR_ALERT_RECEIVED, "the server's own log may say what it missed"},
      {QTLS_ERR_CERT_ALT_MISSING, "--policy says which of two signatures are needed, --floor the rest"}};
  if (c->problem != NULL && strstr(c->problem, "certificate_required") != NULL && !cli_has(c->args, "quiet")) {
    (void)fprintf(stderr, "hint: %s\n",
                  cli_has(c->args, "cert")
                      ? "no --cert was issued by an authority that the server accepts; --trace shows what was asked for"
                      : "--cert FILE --key FILE shows a certificate, and --trace what was asked for");
    return;
  }
  for (size_t i = 0; i < CLI_COUNT(hints); i++) {
    if (hints[i].err == c->err && !cli_has(c->args, "quiet")) {
      (void)fprintf(stderr, "hint: %s\n", hints[i].words);
    }
  }
}

static int session(connecting *c, const qtls_config *config) {
  if (!open_sink(c)) {
    return cli_failure(c->args, "--output %s", c->to.problem);
  }
  qtls_stream *stream = open_stream(c, config);
  if (stream != NULL) {
    tell(c, qtls_stream_conn(stream));
    converse(c, stream);
    if (!cli_has(c->args, "quiet") && !cli_has(c->args, "json")) {
      tell_own(c, qtls_stream_conn(stream), " after the handshake");
    }
  }
  if (c->problem == NULL && !sink_keep(&c->to)) {
    fail(c, QTLS_ERR_FILE, c->to.problem);
  }
  sink_drop(&c->to);
  if (cli_has(c->args, "json")) {
    tell_json(c, stream != NULL ? qtls_stream_conn(stream) : NULL);
  }
  (void)qtls_stream_close(stream);
  if (c->problem != NULL) {
    if (stream == NULL && !cli_has(c->args, "json") && !cli_has(c->args, "quiet")) {
      trace_print_flights(&c->seen, stderr);
    }
    int code = cli_failure(c->args, "%s", c->problem);
    hint(c);
    return code;
  }
  return CLI_OK;
}

static void tell_status(void *user, const char *line) {
  const connecting *c = user;
  if (!cli_has(c->args, "quiet")) {
    cli_warn(c->args, "%s", line);
  }
}

static int run(cli_args *args) {
  static connecting c;
  qtls_config *config = NULL;
  qtls_keylog *keylog = NULL;
  c.args = args;
  int code = read_targets(&c);
  if (code == CLI_OK) {
    code = settings_make(args, QTLS_CLIENT, &config, &keylog);
  }
  if (code == CLI_OK) {
    code = configure(&c, config);
    if (code == CLI_OK) {
      code = settings_freeze(args, &config);
    }
  }
  if (code == CLI_OK) {
    code = status_source(args, &c.statuses, tell_status, &c);
  }
  if (code == CLI_OK) {
    code = session(&c, config);
  }
  qtls_status_source_free(c.statuses);
  qtls_config_free(config);
  qtls_keylog_close(keylog);
  return code;
}

static const cli_option *const groups[] = {own_options, trust_log_options, status_options, settings_options, NULL};

const cli_command cmd_connect = {
    .name = "connect",
    .summary = "Connect, tell what was negotiated, talk",
    .usage = "HOST[:PORT] --trust PLACE [OPTION...]",
    .about =
        "Connects to HOST (port 8443 if none is given), verifies it, and tells what was negotiated, who signed, and\n"
        "what each signature was worth. Then standard input goes to the peer and what the peer sends to standard\n"
        "output; at the end of input this side is closed and the peer may finish.\n"
        "Exits with 1 if no connection came about, if data was cut short, or on an HTTP status of 400 or more.",
    .options = groups,
    .examples =
        "  qtls connect localhost --trust ca/root.pem\n"
        "  qtls connect localhost:8443 --trust ca/root.pem --request /index.html --output index.html\n"
        "  qtls connect www.example.com:443 --trust system --floor classical --request /\n"
        "  qtls connect localhost --trust ca/root.pem --revocation hard-fail --online\n"
        "  qtls connect server.test --connect-to 127.0.0.1 --trust ca/root.pem --trace </dev/null\n"
        "  qtls connect localhost --trust ca/root.pem --floor q-tls --json </dev/null\n"
        "  qtls connect localhost --trust ca/root.pem --cert device.pem --key device.key </dev/null\n",
    .operands_most = 1,
    .run = run};
