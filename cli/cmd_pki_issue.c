/* qtls pki issue: an identity, its key and its certificate chain, by an
 * authority that qtls pki init has made. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "disk.h"
#include "identity.h"

static const cli_option options[] = {
    {"dir", "DIR", "The authority's folder, with intermediate.pem and intermediate.key. Required."},
    {"dns", "NAME", "A DNS name of the identity; \"*.\" may stand in front. May be repeated."},
    {"ip", "ADDRESS", "An IP address of the identity. May be repeated."},
    {"out", "PREFIX", "Write PREFIX.pem (leaf, then intermediate) and PREFIX.key. Required."},
    {"name", "NAME", "The subject's common name (default: the first --dns or --ip)."},
    {"organization", "NAME", "The subject's organization."},
    {"role", "ROLE", "What it is for: server (the default), client, both."},
    {"kind", "KIND", "Its keys (default: the authority's kind); see qtls list kinds."},
    {"days", "N", "How long it is valid (default 365), never longer than the authority."},
    {"quiet", NULL, "Say nothing if all went well."},
    {NULL, NULL, NULL}};

enum { NAMES_MOST = 100 };

/* The issuer's certificate and key from its folder. The certificate is read
 * into the same kind of block as the library's own, so copies are told apart:
 * free it with disk_forget and not with identity_free. */
static int load_issuer(const cli_args *args, const char *dir, identity *out) {
  char path[4096];
  char problem[DISK_PROBLEM];
  size_t line = 0;
  memset(out, 0, sizeof *out);
  (void)snprintf(path, sizeof path, "%s/intermediate.pem", dir);
  if (!disk_read(&out->cert_pem, &out->cert_size, path, false, problem)) {
    return cli_failure(args, "%s; qtls pki init --dir %s makes an authority", problem, dir);
  }
  (void)snprintf(path, sizeof path, "%s/intermediate.key", dir);
  if (!disk_read(&out->key_pem, &out->key_size, path, true, problem)) {
    return cli_failure(args, "%s", problem);
  }
  qtls_err err = qtls_key_load(&out->key, &line, out->key_pem, out->key_size);
  return err == QTLS_OK ? CLI_OK : cli_failure(args, "%s: line %zu: %s", path, line, qtls_err_text(err));
}

static void free_issuer(identity *issuer) {
  disk_forget(issuer->cert_pem, issuer->cert_size);
  disk_forget(issuer->key_pem, issuer->key_size);
  qtls_key_free(issuer->key);
}

static size_t collect(const cli_args *args, const char *names[NAMES_MOST]) {
  static const char *const from[] = {"dns", "ip"};
  size_t count = 0;
  for (size_t k = 0; k < CLI_COUNT(from); k++) {
    const char *name = NULL;
    for (size_t i = 0; count < NAMES_MOST && (name = cli_value_at(args, from[k], i)) != NULL; i++) {
      names[count++] = name;
    }
  }
  return count;
}

static int save(const cli_args *args, const identity *made, const identity *issuer) {
  const char *prefix = cli_value(args, "out", "");
  char cert[4096];
  char key[4096];
  char problem[DISK_PROBLEM];
  (void)snprintf(cert, sizeof cert, "%s.pem", prefix);
  (void)snprintf(key, sizeof key, "%s.key", prefix);
  size_t n = made->cert_size + issuer->cert_size;
  char *chain = malloc(n);
  if (chain == NULL) {
    return cli_failure(args, "out of memory");
  }
  memcpy(chain, made->cert_pem, made->cert_size);
  memcpy(chain + made->cert_size, issuer->cert_pem, issuer->cert_size);
  const disk_file files[] = {{key, made->key_pem, made->key_size, true}, {cert, chain, n, false}};
  bool good = disk_write_new(files, CLI_COUNT(files), problem);
  free(chain);
  if (!good) {
    return cli_failure(args, "%s", problem);
  }
  if (!cli_has(args, "quiet")) {
    (void)printf("made %s (certificate chain) and %s (private key)\n", cert, key);
  }
  return CLI_OK;
}

static int check(const cli_args *args, size_t names) {
  if (!cli_has(args, "dir") || !cli_has(args, "out")) {
    return cli_usage_error(args, "the authority and the result need names: --dir DIR --out PREFIX");
  }
  if (names == 0 && !cli_has(args, "name")) {
    return cli_usage_error(args, "for whom? give --dns NAME or --ip ADDRESS, or --name NAME for a client");
  }
  return CLI_OK;
}

static int run(cli_args *args) {
  static const char *const roles[] = {"server", "client", "both", NULL};
  const char *names[NAMES_MOST] = {NULL};
  size_t count = collect(args, names);
  int role = 0;
  identity issuer;
  identity made = {NULL, NULL, 0, NULL, 0};
  qtls_cert_request request = {.common_name = cli_value(args, "name", names[0]),
                               .organization = cli_value(args, "organization", NULL),
                               .names = names,
                               .name_count = count};
  int code = check(args, count);
  if (code != CLI_OK) {
    return code;
  }
  if (!cli_choice(args, "role", roles, &role) || !identity_validity(args, 365, &request)) {
    return CLI_USAGE;
  }
  request.role = (qtls_cert_role)(QTLS_CERT_server + role);
  if (request.role != QTLS_CERT_client && count == 0) {
    return cli_usage_error(args, "a server needs at least one --dns NAME or --ip ADDRESS");
  }
  code = load_issuer(args, cli_value(args, "dir", ""), &issuer);
  if (code == CLI_OK) {
    const char *same = qtls_key_kind_of(issuer.key);
    const char *kind = identity_kind(args, same != NULL ? same : qtls_key_kind_name(0, NULL));
    code = kind == NULL ? CLI_USAGE : identity_make(args, &made, kind, &request, &issuer);
  }
  if (code == CLI_OK) {
    code = save(args, &made, &issuer);
  }
  identity_free(&made);
  free_issuer(&issuer);
  return code;
}

static const cli_option *const groups[] = {options, NULL};

const cli_command cmd_pki_issue = {
    .name = "pki issue",
    .summary = "Issue an identity: a key and its certificate chain",
    .usage = "--dir DIR --dns NAME --out PREFIX [OPTION...]",
    .about =
        "Makes a key and has the authority in DIR certify it: PREFIX.pem holds the certificate and the\n"
        "intermediate, PREFIX.key the private key or both private keys, readable by its owner only.\n"
        "Both files appear or none; nothing is overwritten.",
    .options = groups,
    .examples =
        "  qtls pki issue --dir ca --dns localhost --ip 127.0.0.1 --ip ::1 --out server\n"
        "  qtls pki issue --dir ca --dns www.example.com --dns example.com --days 90 --out www\n"
        "  qtls pki issue --dir ca --role client --name alice --out alice\n",
    .operands_most = 0,
    .run = run};
