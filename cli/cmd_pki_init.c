/* qtls pki init: a certification authority in a directory of its own. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ca_common.h"
#include "commands.h"
#include "disk.h"
#include "identity.h"
#include "out.h"

enum { CLOCK_SLACK = 300, DAY = 86400 };

static const cli_option options[] = {
    {"dir", "DIR",
     "The directory to make (also as the first word); it may be there if it is "
     "empty."},
    {"name", "NAME",
     "What the authority is called (default \"qtls\"); Root and Intermediate "
     "are added."},
    {"organization", "NAME", "The organization in its certificates."},
    {"profile", "PROFILE",
     "Which keys: hybrid (ECDSA P-384 and ML-DSA-65, the default), hybrid-rsa "
     "(RSA-4096 and ML-DSA-65), cnsa2 (ECDSA "
     "P-384 and ML-DSA-87), pqc (ML-DSA-65 alone), classical (ECDSA P-384)."},
    {"kind", "KIND",
     "The same by the keys' kind, such as hybrid-rsa4096-mldsa65; see qtls "
     "list kinds."},
    {"days", "N",
     "How long the root is valid (default 3650); the intermediate half as "
     "long."},
    {"intermediate", NULL, "A root and an intermediate below it (the default)."},
    {"root-only", NULL,
     "A root alone, which issues by itself: to be kept offline, with --parent "
     "elsewhere."},
    {"parent", "DIR", "An intermediate alone, certified by the authority in DIR."},
    {"cert", "FILE",
     "Take up an authority that is there: its certificate (PEM), then those "
     "above it, and"},
    {"key", "FILE", "its private key."},
    {"ocsp-url", "URL", "Put into each certificate: where its OCSP responder is."},
    {"crl-url", "URL", "And where the revocation list is: http://pki.example/{issuer}.crl."},
    {"issuer-url", "URL",
     "And where the authority's certificate is. In all three {issuer} becomes "
     "root or intermediate."},
    {"pass-file", "FILE",
     "Encrypt the keys (or open --key) with the first line of FILE, which only "
     "you may read."},
    {"pass-fd", "N", "The same from an open descriptor."},
    {"encrypt", NULL, "Encrypt the keys, with a pass phrase asked for on the terminal."},
    {"parent-pass-file", "FILE", "The pass phrase of the key in --parent."},
    {"parent-pass-fd", "N", "The same from an open descriptor."},
    {"wait", "TIME", "How long to wait for the directory of --parent (default 10s)."},
    {"json", NULL, "Tell what was made as one line of JSON."},
    {"quiet", NULL, "Say nothing if all went well."},
    {NULL, NULL, NULL}};

typedef struct making {
  const cli_args *args;
  const char *dir;
  const char *kind;
  qtls_ca *ca;
  qtls_ca *parent;
  passphrase phrase;
  qtls_key *root;
  qtls_key *key;
  char *pem; /* made elsewhere */
  size_t size;
  char serial[CA_SERIAL]; /* of what the parent gave out, "" while there is none */
} making;

static const char *kind_wanted(const cli_args *args, bool *good) {
  static const char *const profiles[] = {"hybrid", "hybrid-rsa", "cnsa2", "pqc", "classical", NULL};
  static const char *const kinds[] = {"hybrid-p384-mldsa65", "hybrid-rsa4096-mldsa65", "hybrid-p384-mldsa87", "mldsa65",
                                      "p384"};
  int profile = 0;
  *good = cli_choice(args, "profile", profiles, &profile);
  if (*good && cli_has(args, "profile") && cli_has(args, "kind")) {
    (void)cli_usage_error(args, "--profile or --kind, not both");
    *good = false;
  }
  const char *kind = *good ? identity_kind(args, kinds[profile]) : NULL;
  *good = kind != NULL;
  return kind;
}

/* The member's certificate: names, validity, and how much may stand below it.
 */
static bool describe(const cli_args *args, const char *what, unsigned below, int share, char *name, size_t cap,
                     qtls_cert_request *out) {
  long days = 3650;
  int64_t now = (int64_t)time(NULL);
  if (!cli_number(args, "days", 1, 36500, &days)) {
    return false;
  }
  (void)snprintf(name, cap, "%s %s", cli_value(args, "name", "qtls"), what);
  *out = (qtls_cert_request){.common_name = name,
                             .organization = cli_value(args, "organization", NULL),
                             .limit_path = true,
                             .path_length = below,
                             .not_before = now - CLOCK_SLACK,
                             .not_after = now + (int64_t)days * DAY / share};
  return true;
}

static int generate(const making *m, qtls_key **out) {
  qtls_err err = qtls_key_generate(out, m->kind);
  return err == QTLS_OK ? CLI_OK : cli_failure(m->args, "making a key: %s", qtls_err_text(err));
}

static int refused(const making *m, qtls_err err, const qtls_cert_request *wishes) {
  if (err == QTLS_ERR_ARGUMENT) {
    return ca_refused(m->args, wishes);
  }
  return ca_failure(m->args, m->ca);
}

static int add(making *m, const char *name, const char *what, const char *issuer, const qtls_key *key) {
  char common_name[256];
  bool alone = cli_has(m->args, "root-only");
  qtls_ca_member member = {.name = name,
                           .key = key,
                           .phrase = m->phrase.n > 0 ? m->phrase.text : NULL,
                           .phrase_size = m->phrase.n,
                           .issuer = issuer};
  if (!describe(m->args, what, issuer == NULL ? (alone ? 2 : 1) : 0, issuer == NULL ? 1 : 2, common_name,
                sizeof common_name, &member.wishes)) {
    return CLI_USAGE;
  }
  qtls_err err = qtls_ca_add(m->ca, &member);
  return err == QTLS_OK ? CLI_OK : refused(m, err, &member.wishes);
}

static int add_own(making *m) {
  int code = add(m, "root", "Root", NULL, m->root);
  return code == CLI_OK && m->key != NULL ? add(m, "intermediate", "Intermediate", "root", m->key) : code;
}

static int add_ready(making *m, const char *name) {
  const qtls_ca_member member = {.name = name,
                                 .key = m->key,
                                 .phrase = m->phrase.n > 0 ? m->phrase.text : NULL,
                                 .phrase_size = m->phrase.n,
                                 .chain_pem = m->pem,
                                 .chain_size = m->size};
  qtls_err err = qtls_ca_add(m->ca, &member);
  const char *cert = cli_value(m->args, "cert", NULL);
  if (cert != NULL && err == QTLS_ERR_CERT_NOT_CA) {
    return cli_failure(m->args, "--cert %s: this is not the certificate of a certification authority", cert);
  }
  if (cert != NULL && err == QTLS_ERR_KEY_MISMATCH) {
    return cli_failure(m->args, "--key %s does not belong to --cert %s", cli_value(m->args, "key", ""), cert);
  }
  return err == QTLS_OK ? CLI_OK : ca_failure(m->args, m->ca);
}

/* An intermediate that another directory's authority certifies. */
static int add_below(making *m) {
  char common_name[256];
  qtls_ca_order order = {.key = m->key};
  if (!describe(m->args, "Intermediate", 0, 2, common_name, sizeof common_name, &order.request)) {
    return CLI_USAGE;
  }
  order.request.role = QTLS_CERT_authority;
  qtls_err err = qtls_ca_issue(m->parent, &m->pem, &m->size, m->serial, &order);
  return err == QTLS_OK ? add_ready(m, "intermediate") : ca_not_issued(m->args, m->parent, NULL, err, &order.request);
}

static int open_parent(making *m, const char *dir) {
  passphrase phrase;
  int code = ca_phrase(m->args, dir, NULL, "parent-pass", &phrase);
  if (code == CLI_OK) {
    code = ca_open(m->args, dir, QTLS_CA_write, &m->parent);
  }
  if (code == CLI_OK && qtls_ca_unlock(m->parent, NULL, phrase.n > 0 ? phrase.text : NULL, phrase.n) != QTLS_OK) {
    code = ca_failure(m->args, m->parent);
  }
  passphrase_forget(&phrase);
  return code;
}

/* The certificate and the key of an authority that was made before. */
static int read_ready(making *m) {
  const char *file = cli_value(m->args, "key", "");
  char problem[DISK_PROBLEM];
  char *text = NULL;
  size_t n = 0;
  size_t line = 0;
  if (!disk_read(&m->pem, &m->size, cli_value(m->args, "cert", ""), false, problem) ||
      !disk_read(&text, &n, file, true, problem)) {
    return cli_failure(m->args, "%s", problem);
  }
  int code = CLI_OK;
  bool encrypted = strstr(text, "BEGIN ENCRYPTED PRIVATE KEY") != NULL;
  if (encrypted && m->phrase.n == 0) {
    code = passphrase_ask(m->args, file, false, &m->phrase);
  }
  if (code == CLI_OK) {
    qtls_err err = encrypted ? qtls_key_load_encrypted(&m->key, &line, text, n, m->phrase.text, m->phrase.n)
                             : qtls_key_load(&m->key, &line, text, n);
    code = err == QTLS_OK ? CLI_OK : cli_failure(m->args, "%s: line %zu: %s", file, line, qtls_err_text(err));
  }
  disk_forget(text, n);
  return code;
}

static int set_urls(making *m) {
  static const char *const options_of[][2] = {
      {"ocsp-url", "ocsp_url"}, {"crl-url", "crl_url"}, {"issuer-url", "issuer_url"}};
  for (size_t i = 0; i < CLI_COUNT(options_of); i++) {
    const char *url = cli_value(m->args, options_of[i][0], NULL);
    int code = url != NULL ? ca_bad_url(m->args, options_of[i][0], url) : CLI_OK;
    if (code != CLI_OK) {
      return code;
    }
    if (url != NULL && qtls_ca_set(m->ca, options_of[i][1], url) != QTLS_OK) {
      return cli_usage_error(m->args, "--%s: %s", options_of[i][0], qtls_ca_text(m->ca));
    }
  }
  return CLI_OK;
}

/* The keys that are to be made: slow ones before anything is locked. */
static int make_keys(making *m) {
  const cli_args *args = m->args;
  int code = passphrase_from_options(args, "pass", &m->phrase);
  if (code == CLI_OK && m->phrase.n == 0 && cli_has(args, "encrypt")) {
    code = passphrase_ask(args, "the key of the authority", true, &m->phrase);
  }
  if (code == CLI_OK && cli_has(args, "cert")) {
    return read_ready(m);
  }
  if (code == CLI_OK && !cli_has(args, "parent")) {
    code = generate(m, &m->root);
  }
  if (code == CLI_OK && !cli_has(args, "root-only")) {
    code = generate(m, &m->key);
  }
  return code;
}

static int make(making *m) {
  qtls_ca_problem why;
  const char *parent = cli_value(m->args, "parent", NULL);
  int code = make_keys(m);
  if (code == CLI_OK && parent != NULL) {
    code = open_parent(m, parent);
  }
  if (code == CLI_OK && qtls_ca_create(&m->ca, m->dir, &why) != QTLS_OK) {
    return cli_failure(m->args, "%s", why.text);
  }
  if (code == CLI_OK) {
    code = set_urls(m);
  }
  if (code == CLI_OK) {
    code = parent != NULL ? add_below(m) : cli_has(m->args, "cert") ? add_ready(m, "authority") : add_own(m);
  }
  if (code == CLI_OK && qtls_ca_publish(m->ca) != QTLS_OK) {
    code = ca_failure(m->args, m->ca);
  }
  if (code != CLI_OK && m->serial[0] != '\0') {
    ca_tell_lost(m->args, parent, m->serial);
  }
  return code;
}

static void tell(const making *m) {
  const cli_args *args = m->args;
  bool alone = cli_has(args, "root-only");
  if (cli_has(args, "json")) {
    json j = json_to(stdout);
    json_begin(&j, NULL, '{');
    json_string(&j, "directory", m->dir);
    json_string(&j, "kind", m->kind != NULL ? m->kind : qtls_key_kind_of(m->key));
    json_bool(&j, "encrypted", m->phrase.n > 0);
    json_end(&j, '}');
    json_done(&j);
  } else if (!cli_has(args, "quiet") && cli_has(args, "cert")) {
    (void)printf("made %s: authority.pem and authority.key issue from now on\n", m->dir);
  } else if (!cli_has(args, "quiet") && cli_has(args, "parent")) {
    (void)printf("made %s (%s): an intermediate below %s, whose root goes to clients\n", m->dir, m->kind,
                 cli_value(args, "parent", ""));
  } else if (!cli_has(args, "quiet")) {
    (void)printf(
        "made %s (%s): give root.pem to clients, keep %s away from "
        "the network\n",
        m->dir, m->kind, alone ? "the whole directory" : "root.key");
  }
}

static int check(const cli_args *args) {
  int ways = (cli_has(args, "root-only") ? 1 : 0) + (cli_has(args, "parent") ? 1 : 0) +
             (cli_has(args, "cert") ? 1 : 0) + (cli_has(args, "intermediate") && !cli_has(args, "parent") ? 1 : 0);
  if (ways > 1) {
    return cli_usage_error(args, "--intermediate, --root-only, --parent and --cert exclude each other");
  }
  if (cli_has(args, "name") && cli_value(args, "name", "")[0] == '\0') {
    return cli_usage_error(args, "--name is empty; leave it out, or give the authority a name");
  }
  if (cli_has(args, "cert") != cli_has(args, "key")) {
    return cli_usage_error(args, "an authority that is there needs both --cert FILE and --key FILE");
  }
  if (cli_has(args, "cert") && (cli_has(args, "kind") || cli_has(args, "profile") || cli_has(args, "name"))) {
    return cli_usage_error(args,
                           "--cert brings its own name and keys: no "
                           "--name, --kind or --profile with it");
  }
  return CLI_OK;
}

static int run(cli_args *args) {
  static making m;
  bool good = true;
  m.args = args;
  m.dir = cli_value(args, "dir", args->operand_count > 0 ? args->operands[0] : NULL);
  if (m.dir == NULL || m.dir[0] == '\0') {
    return cli_usage_error(args, "where? qtls pki init DIR (or --dir DIR)");
  }
  int code = check(args);
  if (code != CLI_OK) {
    return code;
  }
  m.kind = cli_has(args, "cert") ? NULL : kind_wanted(args, &good);
  code = good ? make(&m) : CLI_USAGE;
  if (code == CLI_OK) {
    tell(&m);
  }
  qtls_ca_close(m.ca);
  qtls_ca_close(m.parent);
  qtls_key_free(m.root);
  qtls_key_free(m.key);
  if (cli_has(args, "cert")) {
    disk_forget(m.pem, m.size);
  } else {
    qtls_ca_release(m.pem);
  }
  passphrase_forget(&m.phrase);
  return code;
}

static const cli_option *const groups[] = {options, NULL};

const cli_command cmd_pki_init = {.name = "pki init",
                                  .summary = "Make a certification authority in a directory",
                                  .usage = "DIR [OPTION...]",
                                  .about =
                                      "Makes a root and an intermediate authority below it: root.pem, "
                                      "root.key, intermediate.pem,\n"
                                      "intermediate.key, readable by their owner only, and ca.db, which "
                                      "knows every certificate that is given\n"
                                      "out. The directory appears whole or not at all; nothing is "
                                      "overwritten. root.key may be taken away: the\n"
                                      "intermediate issues without it.",
                                  .options = groups,
                                  .examples =
                                      "  qtls pki init ca --name \"Example CA\"\n"
                                      "  qtls pki init ca --profile cnsa2 --organization Example "
                                      "--ocsp-url http://pki.example:8080/\n"
                                      "  qtls pki init ca-rsa --kind hybrid-rsa4096-mldsa65 "
                                      "--pass-file phrase.txt\n"
                                      "  qtls pki init offline --root-only --name Example --encrypt\n"
                                      "  qtls pki init web --parent offline --name \"Example Web\"\n"
                                      "  qtls pki init old --cert old-ca.pem --key old-ca.key\n",
                                  .operands_most = 1,
                                  .run = run};
