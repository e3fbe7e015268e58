/* qtls pki issue: an identity, its key and its certificate chain, by the
 * authority of a directory. */
#include <stdio.h>
#include <string.h>

#include "ca_common.h"
#include "commands.h"

static const cli_option options[] = {
    {"out", "PREFIX",
     "Write PREFIX.pem (the certificate, then those above it) and PREFIX.key. "
     "Required."},
    {"kind", "KIND", "Kind of the fresh key (default: the authority's); see qtls list kinds."},
    {"json", NULL, "Tell what was made as one line of JSON."},
    {"quiet", NULL, "Say nothing if all went well."},
    {NULL, NULL, NULL}};

static int check(const cli_args *args, ca_wishes *w) {
  qtls_cert_request *r = &w->request;
  ca_default_name(r);
  if (r->common_name == NULL && r->name_count > 0) {
    return cli_usage_error(args, "all of its names are too long for a subject; give --name with at most 64 characters");
  }
  if (r->common_name == NULL && r->role == QTLS_CERT_ocsp) {
    r->common_name = "OCSP responder";
  }
  if (r->common_name == NULL) {
    return cli_usage_error(args,
                           "for whom? give --dns NAME or --ip ADDRESS, "
                           "or --name NAME for a client");
  }
  if ((r->role == QTLS_CERT_server || r->role == QTLS_CERT_both) && r->name_count == 0) {
    return cli_usage_error(args, "a server needs at least one --dns NAME or --ip ADDRESS");
  }
  return CLI_OK;
}

/* The kind that the authority's own keys have. */
static const char *kind_of(const cli_args *args, const char *dir, char out[64]) {
  qtls_ca *ca = NULL;
  qtls_ca_authority a;
  const char *kind = NULL;
  if (ca_open(args, dir, QTLS_CA_read, &ca) != CLI_OK) {
    return NULL;
  }
  if (qtls_ca_authority_find(ca, cli_value(args, "authority", NULL), &a)) {
    const qtls_cert_info *info = qtls_cert_read(a.cert);
    kind = ca_kind_of(info, out);
  } else {
    (void)cli_failure(args, "%s: there is no authority \"%s\" in it", dir, cli_value(args, "authority", ""));
  }
  qtls_ca_close(ca);
  return kind;
}

static int issue(const cli_args *args, qtls_ca *ca, const ca_wishes *w, const ca_subject *subject) {
  const char *prefix = cli_value(args, "out", "");
  const qtls_ca_order order = {.authority = cli_value(args, "authority", NULL),
                               .key = subject->key,
                               .request = w->request,
                               .no_urls = cli_has(args, "no-urls")};
  char serial[2 * QTLS_CA_SERIAL_MAX + 1];
  char *pem = NULL;
  size_t size = 0;
  qtls_err err = qtls_ca_issue(ca, &pem, &size, serial, &order);
  if (err != QTLS_OK) {
    return ca_not_issued(args, ca, order.authority, err, &w->request);
  }
  int code = ca_output_write(args, prefix, subject, pem, size, "pem");
  if (code == CLI_OK) {
    ca_tell_issued(args, prefix, subject->pem != NULL, serial, pem, size);
  } else {
    ca_tell_lost(args, ca_dir(args, 0), serial);
  }
  qtls_ca_release(pem);
  return code;
}

static int run(cli_args *args) {
  ca_wishes w;
  ca_subject subject = {NULL, NULL, 0};
  qtls_ca *ca = NULL;
  char kind[64];
  const char *dir = ca_dir(args, 0);
  if (dir == NULL) {
    return CLI_USAGE;
  }
  int code = ca_wishes_read(args, &w, 0);
  if (code == CLI_OK) {
    code = check(args, &w);
  }
  if (code == CLI_OK) {
    code = ca_output_free(args, cli_value(args, "out", NULL), !cli_has(args, "key"), "pem");
  }
  if (code == CLI_OK) {
    const char *like = kind_of(args, dir, kind);
    code = like == NULL ? CLI_FAILED : ca_subject_make(args, &subject, like);
  }
  if (code == CLI_OK) {
    code = ca_open_signer(args, dir, &ca);
  }
  if (code == CLI_OK) {
    code = issue(args, ca, &w, &subject);
  }
  qtls_ca_close(ca);
  ca_subject_free(&subject);
  ca_wishes_free(&w);
  return code;
}

static const cli_option *const groups[] = {ca_dir_options,       ca_wish_options, ca_limit_options, ca_subject_options,
                                           ca_authority_options, ca_key_options,  options,          NULL};

const cli_command cmd_pki_issue = {.name = "pki issue",
                                   .summary = "Issue an identity: a key and its certificate chain",
                                   .usage = "DIR --dns NAME --out PREFIX [OPTION...]",
                                   .about =
                                       "Makes a key and has the authority in DIR certify it: PREFIX.pem "
                                       "holds the certificate and what stands\n"
                                       "above it, PREFIX.key the private key or both private keys, "
                                       "readable by its owner only. The certificate\n"
                                       "is in the authority's database before it is in a file. Nothing "
                                       "is overwritten.",
                                   .options = groups,
                                   .examples =
                                       "  qtls pki issue ca --dns localhost --ip 127.0.0.1 --ip ::1 "
                                       "--out server\n"
                                       "  qtls pki issue ca --dns www.example.com --dns "
                                       "'*.example.com' --days 90 --must-staple --out www\n"
                                       "  qtls pki issue ca --client --name alice --email "
                                       "alice@example.com --out alice\n"
                                       "  qtls pki issue ca --ocsp --name \"Example OCSP\" --days 30 "
                                       "--out ocsp\n"
                                       "  qtls pki issue ca --authority root --intermediate --name "
                                       "\"Example Mail\" --permit DNS:mail.example.com --out mail\n",
                                   .operands_most = 1,
                                   .run = run};
