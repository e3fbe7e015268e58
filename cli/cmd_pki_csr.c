/* qtls pki csr: a certificate signing request, signed by every key it asks for.
 */
#include <stdio.h>
#include <string.h>

#include "ca_common.h"
#include "commands.h"
#include "out.h"

static const cli_option options[] = {
    {"out", "PREFIX", "Write PREFIX.csr, and PREFIX.key unless --key was given. Required."},
    {"kind", "KIND", "Kind of the fresh key (default: hybrid-p384-mldsa65); see qtls list kinds."},
    {"json", NULL, "Tell what was made as one line of JSON."},
    {"quiet", NULL, "Say nothing if all went well."},
    {NULL, NULL, NULL}};

static void tell(const cli_args *args, const char *prefix, const ca_subject *subject) {
  char path[4096];
  const char *kind = qtls_key_kind_of(subject->key);
  if (cli_has(args, "quiet")) {
    return;
  }
  if (!cli_has(args, "json")) {
    (void)printf(
        "made %s.csr (request)%s%s%s: send the request to the "
        "authority, and nothing else\n",
        prefix, subject->pem != NULL ? " and " : "", subject->pem != NULL ? prefix : "",
        subject->pem != NULL ? ".key (private key)" : "");
    return;
  }
  json j = json_to(stdout);
  json_begin(&j, NULL, '{');
  (void)snprintf(path, sizeof path, "%s.csr", prefix);
  json_string(&j, "request", path);
  (void)snprintf(path, sizeof path, "%s.key", prefix);
  json_string(&j, "key", subject->pem != NULL ? path : NULL);
  json_string(&j, "kind", kind);
  json_end(&j, '}');
  json_done(&j);
}

static int make(const cli_args *args, const ca_wishes *w, const ca_subject *subject) {
  const char *prefix = cli_value(args, "out", "");
  char *pem = NULL;
  size_t size = 0;
  qtls_err err = qtls_csr_make(&pem, &size, &w->request, subject->key);
  if (err == QTLS_ERR_ARGUMENT) {
    return ca_refused(args, &w->request);
  }
  if (err != QTLS_OK) {
    return cli_failure(args, "the request was not made: %s", qtls_err_text(err));
  }
  int code = ca_output_write(args, prefix, subject, pem, size, "csr");
  if (code == CLI_OK) {
    tell(args, prefix, subject);
  }
  qtls_pki_free(pem);
  return code;
}

static int run(cli_args *args) {
  ca_wishes w;
  ca_subject subject = {NULL, NULL, 0};
  int code = ca_wishes_read(args, &w, 0);
  qtls_cert_request *r = &w.request;
  if (code == CLI_OK) {
    ca_default_name(r);
  }
  if (code == CLI_OK && r->common_name == NULL && r->name_count > 0) {
    code = cli_usage_error(args, "all of its names are too long for a subject; give --name with at most 64 characters");
  }
  if (code == CLI_OK && r->common_name == NULL) {
    code = cli_usage_error(args, "for whom? give --dns NAME or --ip ADDRESS, or --name NAME");
  }
  if (code == CLI_OK) {
    code = ca_output_free(args, cli_value(args, "out", NULL), !cli_has(args, "key"), "csr");
  }
  if (code == CLI_OK) {
    code = ca_subject_make(args, &subject, qtls_key_kind_name(0, NULL));
  }
  if (code == CLI_OK) {
    code = make(args, &w, &subject);
  }
  ca_subject_free(&subject);
  ca_wishes_free(&w);
  return code;
}

static const cli_option *const groups[] = {ca_wish_options, ca_subject_options, options, NULL};

const cli_command cmd_pki_csr = {.name = "pki csr",
                                 .summary = "Ask for a certificate: a key and a signing request",
                                 .usage = "--dns NAME --out PREFIX [OPTION...]",
                                 .about =
                                     "Makes a key and a request (PKCS #10) for a certificate of it: "
                                     "PREFIX.csr and PREFIX.key. A hybrid request\n"
                                     "carries both keys and is signed by both. Validity, limits "
                                     "and URLs are for qtls pki sign to say.",
                                 .options = groups,
                                 .examples =
                                     "  qtls pki csr --dns www.example.com --out www\n"
                                     "  qtls pki csr --dns www.example.com --key www.key --out www-again\n"
                                     "  qtls pki csr --intermediate --name \"Example Web\" --kind "
                                     "hybrid-rsa4096-mldsa65 --out web\n",
                                 .operands_most = 0,
                                 .run = run};
