/* qtls inspect: what certificates and keys say. Never shows a secret. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "disk.h"
#include "identity.h"

static const cli_option options[] = {{"json", NULL, "Write one line of JSON for each file."}, {NULL, NULL, NULL}};

static int inspect(const cli_args *args, const char *path) {
  char problem[DISK_PROBLEM];
  char *data = NULL;
  char *text = NULL;
  size_t n = 0;
  size_t size = 0;
  size_t line = 0;
  bool json = cli_has(args, "json");
  if (!disk_read(&data, &n, path, false, problem)) {
    return cli_failure(args, "%s", problem);
  }
  qtls_err err = qtls_pki_describe(&text, &size, &line, data, n, json ? QTLS_FORMAT_json : QTLS_FORMAT_text);
  disk_forget(data, n);
  if (err != QTLS_OK && line > 0) {
    return cli_failure(args, "%s: line %zu: %s", path, line, qtls_err_text(err));
  }
  if (err != QTLS_OK) {
    return cli_failure(args, "%s: %s", path,
                       err == QTLS_ERR_PEM || err == QTLS_ERR_CERT_PARSE
                           ? "this holds no certificate and no key that can be read"
                           : qtls_err_text(err));
  }
  if (!json && args->operand_count > 1) {
    (void)printf("%s:\n", path);
  }
  (void)fwrite(text, 1, size, stdout);
  if (size > 0 && text[size - 1] != '\n') {
    (void)putchar('\n');
  }
  qtls_pki_free(text);
  return CLI_OK;
}

static int run(cli_args *args) {
  int worst = CLI_OK;
  if (args->operand_count == 0) {
    return cli_usage_error(args, "which file? qtls inspect FILE...");
  }
  for (size_t i = 0; i < args->operand_count; i++) {
    int code = inspect(args, args->operands[i]);
    worst = code > worst ? code : worst;
  }
  return worst;
}

static const cli_option *const groups[] = {options, NULL};

const cli_command cmd_inspect = {
    .name = "inspect",
    .summary = "Show what certificates and keys say, hybrid parts included",
    .usage = "FILE... [--json]",
    .about =
        "Shows the certificates of PEM files (or one in DER) with both keys and both signatures of hybrid ones,\n"
        "and of private keys their kind and form, never the secret.",
    .options = groups,
    .examples =
        "  qtls inspect server.pem\n"
        "  qtls inspect ca/root.pem ca/root.key\n"
        "  qtls inspect --json server.pem\n",
    .operands_most = CLI_ARGS_MOST,
    .run = run};
