/* Owns the keys of subjects and the files that an issued identity comes in
 * (ca_common.h). */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ca_common.h"
#include "disk.h"
#include "identity.h"
#include "out.h"

const cli_option ca_subject_options[] = {
    {"key", "FILE", "Certify this key (PEM) instead of a fresh one."},
    {"encrypt", NULL, "Encrypt the fresh key, with a pass phrase asked for on the terminal."},
    {"key-pass-file", "FILE", "Encrypt it (or open --key) with the first line of FILE."},
    {"key-pass-fd", "N", "The same from an open descriptor."},
    {NULL, NULL, NULL}};

void ca_subject_free(ca_subject *s) {
  qtls_key_free(s->key);
  qtls_pki_free(s->pem);
  memset(s, 0, sizeof *s);
}

static int read_key(const cli_args *args, ca_subject *out, const char *path, passphrase *phrase) {
  char problem[DISK_PROBLEM];
  char *pem = NULL;
  size_t n = 0;
  size_t line = 0;
  int code = CLI_OK;
  if (!disk_read(&pem, &n, path, true, problem)) {
    return cli_failure(args, "%s", problem);
  }
  if (phrase->n == 0 && strstr(pem, "BEGIN ENCRYPTED PRIVATE KEY") != NULL) {
    code = passphrase_ask(args, path, false, phrase);
  }
  if (code == CLI_OK) {
    qtls_err err = phrase->n > 0 ? qtls_key_load_encrypted(&out->key, &line, pem, n, phrase->text, phrase->n)
                                 : qtls_key_load(&out->key, &line, pem, n);
    if (err != QTLS_OK) {
      code = cli_failure(args, "%s: line %zu: %s", path, line, qtls_err_text(err));
    }
  }
  disk_forget(pem, n);
  return code;
}

static int fresh_key(const cli_args *args, ca_subject *out, const char *kind, passphrase *phrase) {
  int code = CLI_OK;
  kind = identity_kind(args, kind);
  if (kind == NULL) {
    return CLI_USAGE;
  }
  if (phrase->n == 0 && cli_has(args, "encrypt")) {
    code = passphrase_ask(args, "the new key", true, phrase);
  }
  if (code != CLI_OK) {
    return code;
  }
  qtls_err err = qtls_key_generate(&out->key, kind);
  if (err == QTLS_OK) {
    err = phrase->n > 0 ? qtls_key_write_encrypted(out->key, &out->pem, &out->size, phrase->text, phrase->n)
                        : qtls_key_write(out->key, &out->pem, &out->size);
  }
  return err == QTLS_OK ? CLI_OK : cli_failure(args, "making a key: %s", qtls_err_text(err));
}

int ca_subject_make(const cli_args *args, ca_subject *out, const char *kind) {
  passphrase phrase;
  const char *path = cli_value(args, "key", NULL);
  memset(out, 0, sizeof *out);
  if (path != NULL && (cli_has(args, "kind") || cli_has(args, "encrypt"))) {
    return cli_usage_error(args,
                           "--kind and --encrypt are for a fresh key, "
                           "and --key names one that is there");
  }
  int code = passphrase_from_options(args, "key-pass", &phrase);
  if (code == CLI_OK) {
    code = path != NULL ? read_key(args, out, path, &phrase) : fresh_key(args, out, kind, &phrase);
  }
  passphrase_forget(&phrase);
  return code;
}

/* May files be made in the folder where PREFIX points to? */
static int check_folder(const cli_args *args, const char *prefix) {
  char folder[4096];
  const char *slash = strrchr(prefix, '/');
  if (slash != NULL && slash[1] == '\0') {
    return cli_usage_error(args, "--out %s names a folder; add what the files shall begin with", prefix);
  }
  (void)snprintf(folder, sizeof folder, "%.*s", slash != NULL ? (int)(slash - prefix) + 1 : 1,
                 slash != NULL ? prefix : ".");
  return access(folder, W_OK | X_OK) == 0 ? CLI_OK : cli_failure(args, "--out %s: %s", prefix, strerror(errno));
}

int ca_output_free(const cli_args *args, const char *prefix, bool with_key, const char *ending) {
  char path[4096];
  struct stat st;
  if (prefix == NULL || prefix[0] == '\0') {
    return cli_usage_error(args, "where to? --out PREFIX names the files");
  }
  for (int i = 0; i < (with_key ? 2 : 1); i++) {
    if (snprintf(path, sizeof path, "%s.%s", prefix, i == 0 ? ending : "key") >= (int)sizeof path) {
      return cli_failure(args, "--out: %s", strerror(ENAMETOOLONG));
    }
    if (lstat(path, &st) == 0) {
      return cli_failure(args, "%s: is there already and is not overwritten; move it away first", path);
    }
    if (errno != ENOENT) {
      return cli_failure(args, "--out %s: %s", prefix, strerror(errno));
    }
  }
  return check_folder(args, prefix);
}

void ca_tell_lost(const cli_args *args, const char *dir, const char *serial) {
  cli_warn(args,
           "the certificate %s is in the database and in no file: revoke it, then issue again: qtls pki revoke %s "
           "--dir '%s' --reason superseded",
           serial, serial, dir);
}

int ca_output_write(const cli_args *args, const char *prefix, const ca_subject *subject, const char *pem, size_t size,
                    const char *ending) {
  char cert[4096];
  char key[4096];
  char problem[DISK_PROBLEM];
  (void)snprintf(cert, sizeof cert, "%s.%s", prefix, ending);
  (void)snprintf(key, sizeof key, "%s.key", prefix);
  const disk_file files[] = {{key, subject != NULL ? subject->pem : NULL, subject != NULL ? subject->size : 0, true},
                             {cert, pem, size, false}};
  size_t skip = subject != NULL && subject->pem != NULL ? 0 : 1;
  return disk_write_new(files + skip, CLI_COUNT(files) - skip, problem) ? CLI_OK : cli_failure(args, "%s", problem);
}

void ca_tell_issued(const cli_args *args, const char *prefix, bool with_key, const char *serial, const char *pem,
                    size_t size) {
  char path[4096];
  char when[32];
  qtls_cert *cert = NULL;
  if (cli_has(args, "quiet")) {
    return;
  }
  (void)snprintf(path, sizeof path, "%s.pem", prefix);
  if (!cli_has(args, "json")) {
    (void)printf("made %s.pem (certificate chain)", prefix);
    if (with_key) {
      (void)printf(" and %s.key (private key)", prefix);
    }
    (void)printf(", serial %s\n", serial);
    return;
  }
  json j = json_to(stdout);
  json_begin(&j, NULL, '{');
  json_string(&j, "serial", serial);
  json_string(&j, "certificate", path);
  (void)snprintf(path, sizeof path, "%s.key", prefix);
  json_string(&j, "key", with_key ? path : NULL);
  if (qtls_cert_load_pem(&cert, NULL, pem, size, 0) == QTLS_OK && cert != NULL) {
    const qtls_cert_info *info = qtls_cert_read(cert);
    json_string(&j, "subject", info->subject);
    json_string(&j, "issuer", info->issuer);
    json_string(&j, "not_before", out_time_json(when, info->not_before));
    json_string(&j, "not_after", out_time_json(when, info->not_after));
  }
  qtls_cert_free(cert);
  json_end(&j, '}');
  json_done(&j);
}

const char *ca_kind_of(const qtls_cert_info *info, char spelled[64]) {
  static const struct {
    const char *type;
    const char *word;
  } words[] = {{"ECDSA P-256", "p256"},  {"ECDSA P-384", "p384"},  {"ECDSA P-521", "p521"}, {"Ed25519", "ed25519"},
               {"ML-DSA-44", "mldsa44"}, {"ML-DSA-65", "mldsa65"}, {"ML-DSA-87", "mldsa87"}};
  char own[32] = "";
  char other[32] = "";
  const char *type = info->key_type != NULL ? info->key_type : "";
  const char *alt = info->alt_key_type != NULL ? info->alt_key_type : "";
  if (strncmp(type, "RSA", 3) == 0) {
    (void)snprintf(own, sizeof own, "rsa%u", info->key_bits);
  }
  for (size_t i = 0; i < CLI_COUNT(words); i++) {
    if (strcmp(words[i].type, type) == 0) {
      (void)snprintf(own, sizeof own, "%s", words[i].word);
    }
    if (strcmp(words[i].type, alt) == 0) {
      (void)snprintf(other, sizeof other, "%s", words[i].word);
    }
  }
  (void)snprintf(spelled, 64, "%s%s%s%s", alt[0] != '\0' ? "hybrid-" : "", own, alt[0] != '\0' ? "-" : "", other);
  const char *found = qtls_key_kind_find(spelled);
  if (found != NULL) {
    return found;
  }
  return alt[0] != '\0' ? qtls_key_kind_name(0, NULL) : qtls_key_kind_find("p384");
}

/* The digits alone: no "0x" in front, no colons, no leading zeros. Of what is left
 * nothing is ever cut: a number that is too long is somebody else's. */
static int take_serial(const cli_args *args, const char *word, char serial[CA_SERIAL]) {
  const char *p = word[0] == '0' && (word[1] == 'x' || word[1] == 'X') ? word + 2 : word;
  size_t at = 0;
  if (strspn(p, "0123456789abcdefABCDEF:") != strlen(p) || strspn(p, ":") == strlen(p)) {
    return cli_failure(args,
                       "\"%s\" is neither a file nor a serial number; qtls "
                       "pki list shows serial numbers",
                       word);
  }
  p += strspn(p, "0:");
  for (; *p != '\0'; p++) {
    if (*p != ':' && at + 1 >= CA_SERIAL) {
      return cli_failure(args, "%.80s: a serial number of ours has at most %d hexadecimal digits", word, CA_SERIAL - 1);
    }
    if (*p != ':') {
      serial[at++] = *p;
    }
  }
  if (at == 0) {
    serial[at++] = '0';
  }
  serial[at] = '\0';
  return CLI_OK;
}

int ca_serial_of(const cli_args *args, const char *word, char serial[CA_SERIAL]) {
  char problem[DISK_PROBLEM];
  struct stat st;
  qtls_cert *cert = NULL;
  char *text = NULL;
  size_t n = 0;
  if (stat(word, &st) != 0) {
    return take_serial(args, word, serial);
  }
  if (!disk_read(&text, &n, word, false, problem)) {
    return cli_failure(args, "%s", problem);
  }
  qtls_err err = qtls_cert_load_pem(&cert, NULL, text, n, 0);
  if (err != QTLS_OK || cert == NULL) {
    err = qtls_cert_load(&cert, text, n);
  }
  disk_forget(text, n);
  if (err != QTLS_OK || cert == NULL) {
    return cli_failure(args, "%s: this holds no certificate that can be read", word);
  }
  const char *found = qtls_cert_read(cert)->serial;
  int code = take_serial(args, found != NULL ? found : "", serial);
  qtls_cert_free(cert);
  return code;
}
