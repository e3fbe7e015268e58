/* qtls pki show: what certificates, keys, requests, lists and OCSP messages
 * say. Never shows a secret. */
#include <stdio.h>
#include <string.h>

#include "ca_common.h"
#include "commands.h"
#include "disk.h"

static const cli_option options[] = {{"json", NULL, "Write one line of JSON for each file."}, {NULL, NULL, NULL}};

static bool is_pem(const char *data) { return strstr(data, "-----BEGIN ") != NULL; }

/* A DER request, which only its signatures tell from anything else. */
static qtls_err describe_request(char **text, size_t *size, const char *data, size_t n, qtls_format format) {
  qtls_csr *csr = NULL;
  char *pem = NULL;
  size_t pem_size = 0;
  size_t line = 0;
  qtls_err err = qtls_csr_load(&csr, NULL, data, n);
  qtls_csr_free(csr);
  if (err == QTLS_OK) {
    err = qtls_pem_write(&pem, &pem_size, "CERTIFICATE REQUEST", data, n);
  }
  if (err == QTLS_OK) {
    err = qtls_pki_describe(text, size, &line, pem, pem_size, format);
  }
  qtls_pki_free(pem);
  return err;
}

static qtls_err describe(char **text, size_t *size, size_t *line, const char *data, size_t n, qtls_format format) {
  bool list = is_pem(data) && strstr(data, "-----BEGIN X509 CRL-----") != NULL;
  *line = 0;
  if ((list || !is_pem(data)) && qtls_status_describe(text, size, data, n, format) == QTLS_OK) {
    return QTLS_OK;
  }
  if (!is_pem(data) && describe_request(text, size, data, n, format) == QTLS_OK) {
    return QTLS_OK;
  }
  if (!is_pem(data)) {
    qtls_cert *cert = NULL;
    qtls_err err = qtls_cert_load(&cert, data, n);
    qtls_cert_free(cert);
    if (err != QTLS_OK) {
      return err;
    }
  }
  return qtls_pki_describe(text, size, line, data, n, format);
}

static int show(const cli_args *args, const char *path) {
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
  qtls_err err = describe(&text, &size, &line, data, n, json ? QTLS_FORMAT_json : QTLS_FORMAT_text);
  disk_forget(data, n);
  if (err != QTLS_OK && line > 0) {
    return cli_failure(args, "%s: line %zu: %s", path, line, qtls_err_text(err));
  }
  if (err != QTLS_OK) {
    return cli_failure(args,
                       "%s: this holds no certificate, key, request, list or "
                       "OCSP message that can be read",
                       path);
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

int show_files(cli_args *args) {
  int worst = CLI_OK;
  if (args->operand_count == 0) {
    return cli_usage_error(args, "which file?");
  }
  for (size_t i = 0; i < args->operand_count; i++) {
    int code = show(args, args->operands[i]);
    worst = code > worst ? code : worst;
  }
  return worst;
}

static const cli_option *const groups[] = {options, NULL};

const cli_command cmd_pki_show = {.name = "pki show",
                                  .summary = "Show certificates, keys, requests, lists, OCSP messages",
                                  .usage = "FILE... [OPTION...]",
                                  .about =
                                      "Says what is in each file, PEM or DER: certificates with both "
                                      "their keys and signatures, kinds and forms of\n"
                                      "private keys (never the secret), signing requests, revocation "
                                      "lists, OCSP requests and responses.",
                                  .options = groups,
                                  .examples =
                                      "  qtls pki show server.pem server.key\n"
                                      "  qtls pki show www.csr ca/intermediate.crl\n"
                                      "  qtls pki show --json response.der\n",
                                  .operands_most = CLI_ARGS_MOST,
                                  .run = show_files};
