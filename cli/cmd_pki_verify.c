/* qtls pki verify: judge a certificate chain, link by link, both signatures. */
#include <qtls/status.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ca_common.h"
#include "commands.h"
#include "disk.h"
#include "out.h"
#include "trust.h"

static const cli_option options[] = {
    {"trust", "WHERE",
     "Trust the certification authorities of this PEM file or folder, or those of the system: system. Required; may be "
     "repeated."},
    {"name", "NAME", "The DNS name or IP address that the leaf must carry."},
    {"client", NULL, "Judge the leaf as a client's certificate and not as a server's."},
    {"need", "WHAT",
     "Which signatures must be good: auto (both for a hybrid leaf; the "
     "default), primary, alternative, both, any."},
    {"crl", "FILE", "A revocation list (PEM or DER) to judge by as well. May be repeated."},
    {"ocsp", "FILE", "An OCSP response about the leaf (DER), judged as a server's staple is."},
    {"status", "WHOSE",
     "Whose status must be known to be good: any (nobody's; a revocation "
     "counts all the same), leaf (the default with "
     "--crl or --ocsp), all."},
    {"stapled", NULL, "A leaf with must-staple needs --ocsp, as it would in a handshake."},
    {"at", "DATE",
     "Judge as of this moment, such as 2027-01-31 or 2027-01-31T12:00:00Z, and "
     "not now."},
    {"json", NULL, "Write one JSON object."},
    {NULL, NULL, NULL}};

/* Revocation lists, PEM or DER, as one PEM text. */
static int read_lists(const cli_args *args, char **out, size_t *size) {
  const char *file = NULL;
  int code = CLI_OK;
  for (size_t i = 0; code == CLI_OK && (file = cli_value_at(args, "crl", i)) != NULL; i++) {
    char problem[DISK_PROBLEM];
    char *text = NULL;
    char *pem = NULL;
    size_t n = 0;
    size_t pem_size = 0;
    if (!disk_read(&text, &n, file, false, problem)) {
      return cli_failure(args, "%s", problem);
    }
    bool is_der = n > 0 && text[0] == 0x30;
    qtls_crl *crl = NULL;
    qtls_err good = qtls_crl_load(&crl, text, n);
    qtls_crl_free(crl);
    if (good != QTLS_OK) {
      disk_forget(text, n);
      return cli_failure(args, "--crl %s: %s; qtls pki crl makes a list", file, qtls_err_text(good));
    }
    qtls_err err = is_der ? qtls_pem_write(&pem, &pem_size, "X509 CRL", text, n) : QTLS_OK;
    char *more = err == QTLS_OK ? realloc(*out, *size + (is_der ? pem_size : n) + 2) : NULL;
    if (more == NULL) {
      code = cli_failure(args, "out of memory");
    } else {
      memcpy(more + *size, is_der ? pem : text, is_der ? pem_size : n);
      *size += is_der ? pem_size : n;
      more[(*size)++] = '\n';
      *out = more;
    }
    qtls_pki_free(pem);
    disk_forget(text, n);
  }
  return code;
}

static bool holds_certificate(const char *pem, size_t n) {
  qtls_cert *cert = NULL;
  bool found = qtls_cert_load_pem(&cert, NULL, pem, n, 0) == QTLS_OK && cert != NULL;
  qtls_cert_free(cert);
  return found;
}

/* The certificate of a PEM text with this subject; NULL if there is none. */
static qtls_cert *find_subject(const char *pem, size_t n, const char *subject) {
  qtls_cert *cert = NULL;
  for (size_t i = 0; qtls_cert_load_pem(&cert, NULL, pem, n, i) == QTLS_OK && cert != NULL; i++) {
    if (strcmp(qtls_cert_read(cert)->subject, subject) == 0) {
      return cert;
    }
    qtls_cert_free(cert);
    cert = NULL;
  }
  return NULL;
}

/* Climbs from the leaf by names, as far as the file goes; says who is missing. */
static void hint_missing(const qtls_verify_request *r, const char *file) {
  enum { LINKS = 16 };
  qtls_cert *cert = NULL;
  if (qtls_cert_load_pem(&cert, NULL, r->chain_pem, r->chain_size, 0) != QTLS_OK) {
    return;
  }
  for (size_t i = 0; cert != NULL && i < LINKS && !qtls_cert_read(cert)->self_issued; i++) {
    qtls_cert *above = find_subject(r->chain_pem, r->chain_size, qtls_cert_read(cert)->issuer);
    if (above == NULL) {
      break;
    }
    qtls_cert_free(cert);
    cert = above;
  }
  if (cert != NULL) {
    (void)fprintf(stderr, "hint: the certificate of \"");
    out_safe(stderr, qtls_cert_read(cert)->issuer);
    (void)fprintf(stderr, "\" is wanted: an intermediate's belongs into %s, behind the leaf's; a root's into --trust\n",
                  file);
  }
  qtls_cert_free(cert);
}

static void hint(const cli_args *args, const qtls_verify_request *r, const qtls_verify_result *result,
                 const char *file) {
  qtls_cert *leaf = NULL;
  if (result->verdict == QTLS_ERR_CERT_UNKNOWN_CA) {
    hint_missing(r, file);
  } else if (result->verdict == QTLS_ERR_CERT_EXT_KEY_USAGE && result->at == 0) {
    (void)fprintf(stderr, "hint: it was judged as a %s's certificate; %s judges it as a %s's\n",
                  r->client ? "client" : "server", r->client ? "leaving out --client" : "--client",
                  r->client ? "server" : "client");
  } else if (result->at == 0 && qtls_cert_load_pem(&leaf, NULL, r->chain_pem, r->chain_size, 0) == QTLS_OK &&
             leaf != NULL && qtls_cert_read(leaf)->is_authority) {
    (void)fprintf(stderr,
                  "hint: the first certificate of %s is an authority's; the leaf goes first, then its issuers\n", file);
  } else if (result->verdict == QTLS_ERR_CERT_STATUS_UNKNOWN) {
    (void)fprintf(stderr, "hint: %s\n",
                  cli_has(args, "crl") || cli_has(args, "ocsp")
                      ? "no --crl or --ocsp tells of it that is in date and signed as needed; qtls pki show reads them"
                      : "give evidence: --crl FILE or --ocsp FILE");
  } else if (result->verdict == QTLS_ERR_CERT_SCT) {
    (void)fprintf(stderr,
                  "hint: only timestamps in the certificate count here, of logs that --ct-log names; those "
                  "that a server sends beside it qtls connect sees\n");
  }
  qtls_cert_free(leaf);
}

static int judge(const cli_args *args, const qtls_verify_request *request, const char *file) {
  qtls_verify_result result;
  char *account = NULL;
  size_t size = 0;
  memset(&result, 0, sizeof result);
  qtls_err err =
      qtls_pki_verify(&result, &account, &size, cli_has(args, "json") ? QTLS_FORMAT_json : QTLS_FORMAT_text, request);
  if (err != QTLS_OK) {
    return cli_failure(args, "%s: %s", file, qtls_err_text(err));
  }
  (void)fwrite(account, 1, size, stdout);
  if (size > 0 && account[size - 1] != '\n') {
    (void)putchar('\n');
  }
  qtls_pki_free(account);
  if (result.verdict != QTLS_OK && !cli_has(args, "json")) {
    (void)fflush(stdout);
    hint(args, request, &result, file);
  }
  return result.verdict == QTLS_OK ? CLI_OK : CLI_FAILED;
}

/* The anchors of every place that is named, as connect reads them. */
static int read_trust(const cli_args *args, char **out, size_t *size) {
  const char *place = NULL;
  int code = CLI_OK;
  for (size_t i = 0; code == CLI_OK && (place = cli_value_at(args, "trust", i)) != NULL; i++) {
    qtls_stream_problem why;
    char *pem = NULL;
    size_t n = 0;
    if (qtls_trust_read(&pem, &n, place, NULL, &why) != QTLS_OK) {
      return cli_failure(args, "--trust %s", why.text);
    }
    char *more = realloc(*out, *size + n + 1);
    if (more == NULL) {
      code = cli_failure(args, "out of memory");
    } else {
      memcpy(more + *size, pem, n + 1);
      *size += n;
      *out = more;
    }
    qtls_trust_release(pem);
  }
  return code;
}

/* What is judged, by whom, and by which evidence. */
typedef struct inputs {
  char *chain, *trust, *lists, *response;
  trust_logs logs;
} inputs;

static int read_inputs(const cli_args *args, inputs *in, qtls_verify_request *request) {
  char problem[DISK_PROBLEM];
  const char *response = cli_value(args, "ocsp", NULL);
  if (!disk_read(&in->chain, &request->chain_size, args->operands[0], false, problem)) {
    return cli_failure(args, "%s", problem);
  }
  int code = read_trust(args, &in->trust, &request->trust_size);
  if (code == CLI_OK && !holds_certificate(in->chain, request->chain_size)) {
    code = cli_failure(args, "%s: this holds no certificate in PEM; qtls pki show tells what a file is",
                       args->operands[0]);
  }
  if (code == CLI_OK) {
    code = read_lists(args, &in->lists, &request->crls_size);
  }
  if (code == CLI_OK && response != NULL && !disk_read(&in->response, &request->ocsp_size, response, false, problem)) {
    code = cli_failure(args, "%s", problem);
  }
  if (code == CLI_OK) {
    code = trust_logs_read(args, &in->logs);
  }
  request->ct_logs = in->logs.log;
  request->ct_log_count = in->logs.count;
  request->ct_required = in->logs.required;
  request->chain_pem = in->chain;
  request->trust_pem = in->trust;
  request->crls = in->lists;
  request->ocsp = in->response;
  return code;
}

static int read_wishes(const cli_args *args, qtls_verify_request *request) {
  static const char *const needs[] = {"auto", "primary", "alternative", "both", "any", NULL};
  static const char *const statuses[] = {"any", "leaf", "all", NULL};
  int need = 0;
  int status = cli_has(args, "crl") || cli_has(args, "ocsp") ? 1 : 0;
  const char *at = cli_value(args, "at", NULL);
  if (args->operand_count == 0 || !cli_has(args, "trust")) {
    return cli_usage_error(args, "what, and whom to trust? qtls pki verify FILE --trust ca/root.pem");
  }
  if (at != NULL && !ca_moment(at, &request->now)) {
    return cli_usage_error(args, "--at \"%s\" is not a date such as 2027-01-31", at);
  }
  if (!cli_choice(args, "need", needs, &need) || !cli_choice(args, "status", statuses, &status)) {
    return CLI_USAGE;
  }
  request->client = cli_has(args, "client");
  if (request->client && (cli_has(args, "ct-log") || cli_has(args, "ct-required"))) {
    return cli_usage_error(args, "--client and --ct-log: logs vouch for servers' certificates");
  }
  request->need = (qtls_need)need;
  request->status_required = status > 0;
  request->status_of_all = status > 1;
  request->staple_required = cli_has(args, "stapled");
  return CLI_OK;
}

static int run(cli_args *args) {
  inputs in = {.chain = NULL};
  qtls_verify_request request = {.name = cli_value(args, "name", NULL), .now = (int64_t)time(NULL)};
  int code = read_wishes(args, &request);
  if (code == CLI_OK) {
    code = read_inputs(args, &in, &request);
  }
  if (code == CLI_OK) {
    code = judge(args, &request, args->operands[0]);
  }
  disk_forget(in.chain, request.chain_size);
  disk_forget(in.response, request.ocsp_size);
  trust_logs_free(&in.logs);
  free(in.trust);
  free(in.lists);
  return code;
}

static const cli_option *const groups[] = {options, trust_log_options, NULL};

const cli_command cmd_pki_verify = {.name = "pki verify",
                                    .summary = "Judge a certificate chain, both signatures on every link",
                                    .usage = "FILE --trust WHERE [OPTION...]",
                                    .about =
                                        "Judges the chain in FILE (PEM, leaf first) against the trust "
                                        "anchors: both signatures on every link,\n"
                                        "validity, names, key usage, constraints; and with --crl and "
                                        "--ocsp whether its certificates were revoked,\n"
                                        "by evidence that must carry the same signatures. Exits with 0 if "
                                        "what is needed is good, else with 1.",
                                    .options = groups,
                                    .examples =
                                        "  qtls pki verify server.pem --trust ca/root.pem --name localhost\n"
                                        "  qtls pki verify server.pem --trust ca/root.pem --need alternative "
                                        "--json\n"
                                        "  qtls pki verify server.pem --trust ca/root.pem --crl "
                                        "ca/intermediate.crl --crl ca/root.crl\n"
                                        "  qtls pki verify alice.pem --trust ca/root.pem --client\n"
                                        "  qtls pki verify www.pem --trust system --name www.example.com\n",
                                    .operands_most = 1,
                                    .run = run};
