/* Owns the authority's directory and its keys, for the pki commands
 * (ca_common.h). */
#include "ca_common.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "disk.h"
#include "out.h"

const cli_option ca_dir_options[] = {{"dir", "DIR", "The authority's directory, made by qtls pki init."},
                                     {"wait", "TIME",
                                      "How long to wait while another command works on the directory (default "
                                      "10s)."},
                                     {NULL, NULL, NULL}};

const cli_option ca_authority_options[] = {{"authority", "NAME",
                                            "Which authority of the directory signs (default: the intermediate, if "
                                            "there is one)."},
                                           {NULL, NULL, NULL}};

const cli_option ca_key_options[] = {{"pass-file", "FILE",
                                      "The pass phrase of the authority's key: the first line of FILE, which only "
                                      "you may read."},
                                     {"pass-fd", "N",
                                      "The same from an open descriptor. Without either, an encrypted key is "
                                      "asked for on the terminal."},
                                     {NULL, NULL, NULL}};

const char *ca_dir(const cli_args *args, size_t at) {
  const char *dir = cli_value(args, "dir", at < args->operand_count ? args->operands[at] : NULL);
  if (dir != NULL && dir[0] != '\0') {
    return dir;
  }
  (void)cli_usage_error(args, "which authority? give --dir DIR");
  return NULL;
}

int ca_open(const cli_args *args, const char *dir, qtls_ca_access access, qtls_ca **out) {
  qtls_ca_problem why;
  long wait = 10;
  *out = NULL;
  if (!cli_duration(args, "wait", 0, 3600, &wait)) {
    return CLI_USAGE;
  }
  /* A full quota is to be an error that is told, not a signal that kills. */
  (void)signal(SIGXFSZ, SIG_IGN);
  return qtls_ca_open(out, dir, access, (int)wait * 1000, &why) == QTLS_OK ? CLI_OK : cli_failure(args, "%s", why.text);
}

int ca_failure(const cli_args *args, const qtls_ca *ca) { return cli_failure(args, "%s", qtls_ca_text(ca)); }

static int authority_ended(const cli_args *args, const qtls_ca *ca, const char *authority) {
  qtls_ca_authority a;
  char when[32];
  if (!qtls_ca_authority_find(ca, authority, &a)) {
    return ca_failure(args, ca);
  }
  const qtls_cert_info *info = qtls_cert_read(a.cert);
  return cli_failure(
      args, "the authority's own certificate has ended (%s): %s, \"%s\", signs nothing that would be valid; %s",
      out_time(when, info->not_after), a.name, info->subject,
      info->self_issued ? "qtls pki init makes a new authority"
                        : "qtls pki csr --intermediate asks for a new one, the authority above it signs "
                          "that (qtls pki sign --intermediate), and qtls pki init --cert takes it up");
}

int ca_not_issued(const cli_args *args, const qtls_ca *ca, const char *authority, qtls_err err,
                  const qtls_cert_request *r) {
  if (err == QTLS_ERR_CERT_EXPIRED) { /* we ask for nothing that begins later than now */
    return authority_ended(args, ca, authority);
  }
  if (err == QTLS_ERR_ARGUMENT) {
    return ca_refused(args, r);
  }
  if (err == QTLS_ERR_CERT_PATH_LENGTH) {
    return cli_failure(
        args,
        "%s; its path length says how many authorities may stand below it: --authority root signs another intermediate",
        qtls_ca_text(ca));
  }
  if (err == QTLS_ERR_CERT_NAME_CONSTRAINT) {
    return cli_failure(args, "%s; qtls pki show tells of which names the authority's certificate speaks",
                       qtls_ca_text(ca));
  }
  return ca_failure(args, ca);
}

/* True when the key's file says that it is encrypted. */
static bool is_encrypted(const char *dir, const char *authority) {
  char path[4096];
  char problem[DISK_PROBLEM];
  char *pem = NULL;
  size_t n = 0;
  (void)snprintf(path, sizeof path, "%s/%s.key", dir, authority);
  if (!disk_read(&pem, &n, path, true, problem)) {
    return false; /* opening it will say why */
  }
  bool found = strstr(pem, "BEGIN ENCRYPTED PRIVATE KEY") != NULL;
  disk_forget(pem, n);
  return found;
}

int ca_phrase(const cli_args *args, const char *dir, const char *authority, const char *option, passphrase *out) {
  qtls_ca *ca = NULL;
  qtls_ca_authority a;
  char path[4096];
  int code = passphrase_from_options(args, option, out);
  if (code != CLI_OK || out->n > 0) {
    return code;
  }
  code = ca_open(args, dir, QTLS_CA_read, &ca);
  if (code != CLI_OK) {
    return code;
  }
  if (!qtls_ca_authority_find(ca, authority, &a)) {
    code = cli_failure(args, "%s: there is no authority \"%s\" in it", dir, authority != NULL ? authority : "");
  } else if (is_encrypted(dir, a.name)) {
    (void)snprintf(path, sizeof path, "%s/%s.key", dir, a.name);
    code = passphrase_ask(args, path, false, out);
  }
  qtls_ca_close(ca);
  return code;
}

int ca_open_signer_of(const cli_args *args, const char *dir, const char *authority, qtls_ca **out) {
  passphrase phrase;
  *out = NULL;
  int code = ca_phrase(args, dir, authority, "pass", &phrase);
  if (code == CLI_OK) {
    code = ca_open(args, dir, QTLS_CA_write, out);
  }
  if (code == CLI_OK && qtls_ca_unlock(*out, authority, phrase.n > 0 ? phrase.text : NULL, phrase.n) != QTLS_OK) {
    code = ca_failure(args, *out);
    qtls_ca_close(*out);
    *out = NULL;
  }
  passphrase_forget(&phrase);
  return code;
}

int ca_open_signer(const cli_args *args, const char *dir, qtls_ca **out) {
  return ca_open_signer_of(args, dir, cli_value(args, "authority", NULL), out);
}
