/* qtls pki renew: a certificate that follows another, for the same names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ca_common.h"
#include "commands.h"
#include "disk.h"

static const cli_option options[] = {
    {"out", "PREFIX", "Write PREFIX.pem, and PREFIX.key for a fresh key. Required."},
    {"csr", "FILE",
     "Certify the keys of this request; names stay those of the old "
     "certificate."},
    {"days", "N", "How long it is valid (default: as long as the old one was)."},
    {"not-after", "DATE", "When it ends instead: 2027-12-31, or 2027-12-31T12:00:00Z."},
    {"kind", "KIND", "Kind of the fresh key (default: as the old one's); see qtls list kinds."},
    {"ocsp-url", "URL", "Where its OCSP responder is (default: where the old certificate says)."},
    {"crl-url", "URL", "Where the revocation list is (the same)."},
    {"issuer-url", "URL", "Where the authority's certificate is (the same)."},
    {"no-urls", NULL, "None of these three."},
    {"revoke", NULL,
     "Revoke the old one at once, as superseded; else it stays good until it "
     "ends."},
    {"json", NULL, "Tell what was made as one line of JSON."},
    {"quiet", NULL, "Say nothing if all went well."},
    {NULL, NULL, NULL}};

/* What the old certificate's record says, copied: the list it came from is
 * over. */
typedef struct old_one {
  char serial[CA_SERIAL];
  char authority[64];
  char kind[64];
  char *text[5]; /* common name, organization, names, permitted, excluded */
  const char **lists[3];
  const char *urls[3][CA_LIST_MOST];
  qtls_cert *cert;
  qtls_cert_request request;
  int64_t lifetime;
  qtls_ca_state state;
} old_one;

static void forget(old_one *old) {
  for (size_t i = 0; i < CLI_COUNT(old->text); i++) {
    free(old->text[i]);
    old->text[i] = NULL;
  }
  for (size_t i = 0; i < CLI_COUNT(old->lists); i++) {
    free(old->lists[i]);
    old->lists[i] = NULL;
  }
  qtls_cert_free(old->cert);
  old->cert = NULL;
}

/* Cuts lines apart, in place, however many there are; false without memory. */
static bool split(char *text, const char ***list, size_t *count) {
  size_t lines = 1;
  *count = 0;
  for (const char *p = text; p != NULL && *p != '\0'; p++) {
    lines += *p == '\n' ? 1 : 0;
  }
  *list = calloc(lines, sizeof **list);
  if (*list == NULL) {
    return false;
  }
  while (text != NULL && *text != '\0') {
    char *end = strchr(text, '\n');
    (*list)[(*count)++] = text;
    if (end != NULL) {
      *end++ = '\0';
    }
    text = end;
  }
  return true;
}

/* The certificate itself: its keys' kind, for a fresh one, and its URLs, which
 * are in no column. */
static bool copy_certificate(const qtls_ca_record *r, old_one *out) {
  char spelled[64];
  if (r->der == NULL || qtls_cert_load(&out->cert, r->der, r->der_size) != QTLS_OK) {
    return false;
  }
  const qtls_cert_info *info = qtls_cert_read(out->cert);
  qtls_cert_request *w = &out->request;
  (void)snprintf(out->kind, sizeof out->kind, "%s", ca_kind_of(info, spelled));
  w->ocsp_urls = info->ocsp_urls;
  w->ocsp_url_count = info->ocsp_url_count;
  w->crl_urls = info->crl_urls;
  w->crl_url_count = info->crl_url_count;
  w->issuer_urls = info->issuer_urls;
  w->issuer_url_count = info->issuer_url_count;
  return true;
}

static bool copy_record(const qtls_ca_record *r, old_one *out) {
  const char *const from[] = {r->common_name, r->organization, r->names, r->permitted, r->excluded};
  for (size_t i = 0; i < CLI_COUNT(from); i++) {
    out->text[i] = from[i] != NULL ? strdup(from[i]) : NULL;
    if (from[i] != NULL && out->text[i] == NULL) {
      return false;
    }
  }
  (void)snprintf(out->serial, sizeof out->serial, "%s", r->serial);
  (void)snprintf(out->authority, sizeof out->authority, "%s", r->authority);
  out->state = r->state;
  out->lifetime = r->not_after - r->not_before;
  qtls_cert_request *w = &out->request;
  w->role = r->role;
  w->common_name = out->text[0];
  w->organization = out->text[1];
  if (!split(out->text[2], &out->lists[0], &w->name_count) ||
      !split(out->text[3], &out->lists[1], &w->permitted_count) ||
      !split(out->text[4], &out->lists[2], &w->excluded_count)) {
    return false;
  }
  w->names = out->lists[0];
  w->permitted = out->lists[1];
  w->excluded = out->lists[2];
  w->limit_path = r->limit_path;
  w->path_length = r->path_length;
  w->must_staple = r->must_staple;
  return true;
}

static int find(const cli_args *args, const char *dir, const char *serial, old_one *out) {
  qtls_ca *ca = NULL;
  qtls_ca_list *list = NULL;
  const qtls_ca_filter filter = {.serial = serial};
  qtls_ca_record r;
  bool more = false;
  int code = ca_open(args, dir, QTLS_CA_read, &ca);
  if (code != CLI_OK) {
    return code;
  }
  if (qtls_ca_list_begin(&list, ca, &filter) != QTLS_OK || qtls_ca_list_next(list, &r, &more) != QTLS_OK) {
    code = ca_failure(args, ca);
  } else if (!more || r.state == QTLS_CA_reserved) {
    code = cli_failure(args, "%s: there is no certificate %s; qtls pki list shows them", dir, serial);
  } else if (r.common_name == NULL) {
    code = cli_failure(args,
                       "%s was made elsewhere, with words that are not known "
                       "here; issue a new one",
                       serial);
  } else if (!copy_record(&r, out)) {
    code = cli_failure(args, "out of memory");
  } else if (!copy_certificate(&r, out)) {
    code = cli_failure(args, "%s: the certificate kept as %s cannot be read; qtls pki list --check tells more", dir,
                       r.serial);
  }
  qtls_ca_list_end(list);
  qtls_ca_close(ca);
  return code;
}

static int validity(const cli_args *args, old_one *old) {
  long days = 0;
  int64_t now = (int64_t)time(NULL);
  const char *until = cli_value(args, "not-after", NULL);
  if (!cli_number(args, "days", 1, 36500, &days)) {
    return CLI_USAGE;
  }
  if (until != NULL && days > 0) {
    return cli_usage_error(args, "--days or --not-after, not both");
  }
  old->request.not_before = now - 300;
  old->request.not_after = days > 0 ? now + (int64_t)days * 86400 : now - 300 + old->lifetime;
  if (until != NULL && (!ca_moment(until, &old->request.not_after) || old->request.not_after <= now)) {
    return cli_usage_error(args, "--not-after \"%s\" is not a date to come, such as 2027-12-31", until);
  }
  return CLI_OK;
}

static int load_csr(const cli_args *args, const char *path, qtls_csr **out) {
  char problem[DISK_PROBLEM];
  char *text = NULL;
  size_t n = 0;
  if (!disk_read(&text, &n, path, false, problem)) {
    return cli_failure(args, "%s", problem);
  }
  qtls_err err = qtls_csr_load(out, NULL, text, n);
  disk_forget(text, n);
  if (err == QTLS_ERR_PEM) {
    return cli_failure(args, "--csr %s: this is no request; qtls pki csr makes one", path);
  }
  return err == QTLS_OK ? CLI_OK : cli_failure(args, "%s: %s", path, qtls_err_text(err));
}

static int renew(const cli_args *args, const char *dir, old_one *old, const ca_subject *subject, const qtls_csr *csr) {
  const char *prefix = cli_value(args, "out", "");
  char serial[CA_SERIAL];
  qtls_ca *ca = NULL;
  char *pem = NULL;
  size_t size = 0;
  const qtls_ca_order order = {.authority = old->authority,
                               .key = subject->key,
                               .csr = csr,
                               .request = old->request,
                               .no_urls = true, /* the old one's are in the request, or those of the options */
                               .renews = old->serial};
  int code = ca_open_signer_of(args, dir, old->authority, &ca);
  if (code != CLI_OK) {
    return code;
  }
  qtls_err err = qtls_ca_issue(ca, &pem, &size, serial, &order);
  if (err != QTLS_OK) {
    code = ca_not_issued(args, ca, old->authority, err, &old->request);
  } else {
    code = ca_output_write(args, prefix, subject, pem, size, "pem");
  }
  if (code == CLI_OK && cli_has(args, "revoke") && old->state == QTLS_CA_valid &&
      qtls_ca_revoke(ca, old->serial, QTLS_REASON_superseded, (int64_t)time(NULL)) != QTLS_OK) {
    code = ca_failure(args, ca);
  }
  if (code == CLI_OK) {
    ca_tell_issued(args, prefix, subject->pem != NULL, serial, pem, size);
    if (cli_has(args, "revoke") && !cli_has(args, "quiet") && !cli_has(args, "json")) {
      (void)printf("revoked %s (superseded)\n", old->serial);
    }
  } else if (pem != NULL) {
    cli_warn(args, "the new certificate %s is in the database; look whether %s.pem is there", serial, prefix);
  }
  qtls_ca_release(pem);
  qtls_ca_close(ca);
  return code;
}

static int run(cli_args *args) {
  static old_one old;
  ca_subject subject = {NULL, NULL, 0};
  qtls_csr *csr = NULL;
  char serial[CA_SERIAL];
  const char *request = cli_value(args, "csr", NULL);
  if (args->operand_count == 0) {
    return cli_usage_error(args, "which certificate? qtls pki renew SERIAL|FILE --dir DIR --out PREFIX");
  }
  const char *dir = ca_dir(args, SIZE_MAX);
  if (dir == NULL) {
    return CLI_USAGE;
  }
  if (request != NULL && (cli_has(args, "key") || cli_has(args, "kind") || cli_has(args, "encrypt"))) {
    return cli_usage_error(args, "a request has its keys: no --key, --kind or --encrypt with --csr");
  }
  int code = ca_output_free(args, cli_value(args, "out", NULL), !cli_has(args, "key") && request == NULL, "pem");
  if (code == CLI_OK) {
    code = ca_serial_of(args, args->operands[0], serial);
  }
  if (code == CLI_OK) {
    code = find(args, dir, serial, &old);
  }
  if (code == CLI_OK) {
    code = validity(args, &old);
  }
  if (code == CLI_OK) {
    code = ca_urls_read(args, old.urls, &old.request);
  }
  if (code == CLI_OK) {
    code = request != NULL ? load_csr(args, request, &csr) : ca_subject_make(args, &subject, old.kind);
  }
  if (code == CLI_OK) {
    code = renew(args, dir, &old, &subject, csr);
  }
  ca_subject_free(&subject);
  qtls_csr_free(csr);
  forget(&old);
  return code;
}

static const cli_option *const groups[] = {ca_dir_options, ca_subject_options, ca_key_options, options, NULL};

const cli_command cmd_pki_renew = {
    .name = "pki renew",
    .summary = "Issue a certificate again, with a fresh key",
    .usage = "SERIAL|FILE --dir DIR --out PREFIX [OPTION...]",
    .about =
        "Issues a certificate with the names, the purpose and the limits of "
        "one that the authority gave out\n"
        "before, told by its serial number or its file. The authority that signed the old one signs the new one. The\n"
        "key is a fresh one of the same kind unless --key or --csr brings one. The database keeps which certificate\n"
        "follows which.",
    .options = groups,
    .examples =
        "  qtls pki renew server.pem --dir ca --out server-2027\n"
        "  qtls pki renew server.pem --dir ca --key server.key --out "
        "server-again\n"
        "  qtls pki renew 4f1c0a7d9be25c6631ef04a8d2b7903e5c18fa46 --dir ca --csr www.csr --days 90 "
        "--revoke --out www\n",
    .operands_most = 1,
    .run = run};
