/* qtls pki sign: a certificate for somebody's request. */
#include <stdio.h>
#include <string.h>

#include "ca_common.h"
#include "commands.h"
#include "disk.h"
#include "out.h"

static const cli_option options[] = {
    {"out", "PREFIX", "Write PREFIX.pem (the certificate, then those above it). Required."},
    {"json", NULL, "Tell what was made as one line of JSON."},
    {"quiet", NULL, "Say nothing if all went well."},
    {NULL, NULL, NULL}};

static void show(const cli_args *args, const qtls_csr_info *info, const qtls_cert_request *r) {
  bool theirs = r->names == NULL;
  size_t count = theirs ? info->name_count : r->name_count;
  if (cli_has(args, "quiet") || cli_has(args, "json")) {
    return;
  }
  (void)printf("asked for: ");
  out_safe(stdout, info->subject != NULL ? info->subject : "");
  (void)printf("; keys: %s%s%s, possession of %s proved\n", info->key_type != NULL ? info->key_type : "unknown",
               info->alt_key_type != NULL ? " and " : "", info->alt_key_type != NULL ? info->alt_key_type : "",
               info->alt_key_type != NULL ? "both" : "it");
  for (size_t i = 0; i < count; i++) {
    (void)printf("  ");
    out_safe(stdout, theirs ? info->names[i] : r->names[i]);
    (void)putchar('\n');
  }
}

static int check(const cli_args *args, const qtls_csr_info *info, ca_wishes *w) {
  qtls_cert_request *r = &w->request;
  bool server = r->role == QTLS_CERT_server || r->role == QTLS_CERT_both;
  if (info->is_authority && r->role != QTLS_CERT_authority) {
    return cli_failure(args,
                       "the request is for an authority: sign it with "
                       "--intermediate, or not at all");
  }
  if (server && r->names == NULL && info->name_count == 0) {
    return cli_failure(args, "the request names no server; give --dns NAME or --ip ADDRESS");
  }
  if (r->common_name == NULL && info->common_name == NULL) {
    return cli_failure(args, "the request has no common name; give --name NAME");
  }
  r->must_staple = r->must_staple || info->must_staple;
  return CLI_OK;
}

static int sign(const cli_args *args, const char *dir, const ca_wishes *w, const qtls_csr *csr) {
  const char *prefix = cli_value(args, "out", "");
  const qtls_ca_order order = {.authority = cli_value(args, "authority", NULL),
                               .csr = csr,
                               .request = w->request,
                               .no_urls = cli_has(args, "no-urls")};
  char serial[2 * QTLS_CA_SERIAL_MAX + 1];
  qtls_ca *ca = NULL;
  char *pem = NULL;
  size_t size = 0;
  int code = ca_open_signer(args, dir, &ca);
  if (code != CLI_OK) {
    return code;
  }
  qtls_err err = qtls_ca_issue(ca, &pem, &size, serial, &order);
  if (err != QTLS_OK) {
    code = ca_not_issued(args, ca, order.authority, err, &w->request);
  } else {
    code = ca_output_write(args, prefix, NULL, pem, size, "pem");
  }
  if (code == CLI_OK) {
    show(args, qtls_csr_read(csr), &w->request);
    ca_tell_issued(args, prefix, false, serial, pem, size);
  } else if (pem != NULL) {
    ca_tell_lost(args, dir, serial);
  }
  qtls_ca_release(pem);
  qtls_ca_close(ca);
  return code;
}

static int load(const cli_args *args, const char *path, qtls_csr **out) {
  char problem[DISK_PROBLEM];
  char *text = NULL;
  size_t n = 0;
  size_t line = 0;
  if (!disk_read(&text, &n, path, false, problem)) {
    return cli_failure(args, "%s", problem);
  }
  qtls_err err = qtls_csr_load(out, &line, text, n);
  disk_forget(text, n);
  if (err != QTLS_OK && line > 0) {
    return cli_failure(args, "%s: line %zu: %s", path, line, qtls_err_text(err));
  }
  if (err == QTLS_ERR_PEM) {
    return cli_failure(args, "%s: this is no request; qtls pki csr makes one, and qtls pki show tells what a file is",
                       path);
  }
  return err == QTLS_OK ? CLI_OK : cli_failure(args, "%s: %s", path, qtls_err_text(err));
}

static int run(cli_args *args) {
  ca_wishes w;
  qtls_csr *csr = NULL;
  if (args->operand_count == 0) {
    return cli_usage_error(args, "which request? qtls pki sign FILE.csr --dir DIR --out PREFIX");
  }
  const char *dir = ca_dir(args, SIZE_MAX);
  if (dir == NULL) {
    return CLI_USAGE;
  }
  int code = ca_wishes_read(args, &w, 0);
  if (code == CLI_OK) {
    code = ca_output_free(args, cli_value(args, "out", NULL), false, "pem");
  }
  if (code == CLI_OK) {
    code = load(args, args->operands[0], &csr);
  }
  if (code == CLI_OK) {
    code = check(args, qtls_csr_read(csr), &w);
  }
  if (code == CLI_OK) {
    code = sign(args, dir, &w, csr);
  }
  qtls_csr_free(csr);
  ca_wishes_free(&w);
  return code;
}

static const cli_option *const groups[] = {
    ca_dir_options, ca_wish_options, ca_limit_options, ca_authority_options, ca_key_options, options, NULL};

const cli_command cmd_pki_sign = {.name = "pki sign",
                                  .summary = "Certify the keys of a signing request",
                                  .usage = "FILE --dir DIR --out PREFIX [OPTION...]",
                                  .about =
                                      "Reads a request (PKCS #10, PEM or DER), checks that its sender "
                                      "has every key in it, and has the authority\n"
                                      "in DIR certify them: PREFIX.pem. Names are taken from the "
                                      "request unless options give others, in place of\n"
                                      "all of them; what the certificate is for, how long and with "
                                      "which limits is for the options to say.",
                                  .options = groups,
                                  .examples =
                                      "  qtls pki sign www.csr --dir ca --out www\n"
                                      "  qtls pki sign www.csr --dir ca --dns www.example.com --days 90 "
                                      "--out www\n"
                                      "  qtls pki sign web.csr --dir offline --intermediate --out web\n",
                                  .operands_most = 1,
                                  .run = run};
