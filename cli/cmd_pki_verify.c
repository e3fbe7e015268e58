/* qtls pki verify: judge a certificate chain, link by link, both signatures. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "disk.h"
#include "identity.h"

static const cli_option options[] = {
    {"trust", "FILE", "The trust anchors (PEM). Required."},
    {"name", "NAME", "The DNS name or IP address that the leaf must carry."},
    {"client", NULL, "Judge the leaf as a client's certificate and not as a server's."},
    {"need", "WHAT",
     "Which signatures must be good: auto (both for a hybrid leaf; the default), primary, alternative, both, any."},
    {"json", NULL, "Write one JSON object."},
    {NULL, NULL, NULL}};

static int judge(const cli_args *args, const qtls_verify_request *request, const char *file) {
  qtls_verify_result result;
  char *account = NULL;
  size_t size = 0;
  memset(&result, 0, sizeof result);
  qtls_err err =
      qtls_pki_verify(&result, &account, &size, cli_has(args, "json") ? QTLS_FORMAT_json : QTLS_FORMAT_text, request);
  if (err != QTLS_OK) {
    return cli_failure(args, "%s or the trust anchors: %s", file, qtls_err_text(err));
  }
  (void)fwrite(account, 1, size, stdout);
  if (size > 0 && account[size - 1] != '\n') {
    (void)putchar('\n');
  }
  qtls_pki_free(account);
  return result.verdict == QTLS_OK ? CLI_OK : CLI_FAILED;
}

static int run(cli_args *args) {
  static const char *const needs[] = {"auto", "primary", "alternative", "both", "any", NULL};
  char problem[DISK_PROBLEM];
  char *chain = NULL;
  char *trust = NULL;
  int need = 0;
  int code = CLI_FAILED;
  qtls_verify_request request = {.name = cli_value(args, "name", NULL), .now = (int64_t)time(NULL)};
  if (args->operand_count == 0 || !cli_has(args, "trust")) {
    return cli_usage_error(args, "what, and whom to trust? qtls pki verify FILE --trust ca/root.pem");
  }
  if (!cli_choice(args, "need", needs, &need)) {
    return CLI_USAGE;
  }
  if (disk_read(&chain, &request.chain_size, args->operands[0], false, problem) &&
      disk_read(&trust, &request.trust_size, cli_value(args, "trust", ""), false, problem)) {
    request.chain_pem = chain;
    request.trust_pem = trust;
    request.client = cli_has(args, "client");
    request.need = (qtls_need)need;
    code = judge(args, &request, args->operands[0]);
  } else {
    code = cli_failure(args, "%s", problem);
  }
  disk_forget(chain, request.chain_size);
  disk_forget(trust, request.trust_size);
  return code;
}

static const cli_option *const groups[] = {options, NULL};

const cli_command cmd_pki_verify = {
    .name = "pki verify",
    .summary = "Judge a certificate chain, both signatures on every link",
    .usage = "FILE --trust FILE [OPTION...]",
    .about =
        "Judges the chain in FILE (PEM, leaf first) against the trust anchors: both signatures on every link,\n"
        "validity, names, key usage, constraints. Exits with 0 if what is needed is good, else with 1.",
    .options = groups,
    .examples =
        "  qtls pki verify server.pem --trust ca/root.pem --name localhost\n"
        "  qtls pki verify server.pem --trust ca/root.pem --need alternative --json\n"
        "  qtls pki verify alice.pem --trust ca/root.pem --client\n",
    .operands_most = 1,
    .run = run};
