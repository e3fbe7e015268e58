/* qtls pki init: a certification authority, root and intermediate, in a folder. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "disk.h"
#include "identity.h"

static const cli_option options[] = {
    {"dir", "DIR", "The folder to make; it may be there if it is empty. Required."},
    {"name", "NAME", "What the authority is called (default \"qtls\"); Root and Intermediate are added."},
    {"organization", "NAME", "The organization in its certificates."},
    {"kind", "KIND",
     "Its keys: hybrid-p384-mldsa65 (ECDSA P-384 and ML-DSA-65, the default), hybrid-rsa4096-mldsa65, mldsa65, p384 "
     "and "
     "more; see qtls list kinds."},
    {"days", "N", "How long the root is valid (default 3650); the intermediate half as long."},
    {"quiet", NULL, "Say nothing if all went well."},
    {NULL, NULL, NULL}};

static int make(const cli_args *args, identity *root, identity *intermediate, const char *kind) {
  char common_name[128];
  const char *name = cli_value(args, "name", "qtls");
  qtls_cert_request request = {.role = QTLS_CERT_authority,
                               .common_name = common_name,
                               .organization = cli_value(args, "organization", NULL),
                               .limit_path = true,
                               .path_length = 1};
  if (!identity_validity(args, 3650, &request)) {
    return CLI_USAGE;
  }
  (void)snprintf(common_name, sizeof common_name, "%s Root", name);
  int code = identity_make(args, root, kind, &request, NULL);
  if (code != CLI_OK) {
    return code;
  }
  (void)snprintf(common_name, sizeof common_name, "%s Intermediate", name);
  request.path_length = 0;
  request.not_after = request.not_before + (request.not_after - request.not_before) / 2;
  return identity_make(args, intermediate, kind, &request, root);
}

static int save(const cli_args *args, const char *dir, const identity *root, const identity *intermediate) {
  const disk_file files[] = {{"root.pem", root->cert_pem, root->cert_size, false},
                             {"root.key", root->key_pem, root->key_size, true},
                             {"intermediate.pem", intermediate->cert_pem, intermediate->cert_size, false},
                             {"intermediate.key", intermediate->key_pem, intermediate->key_size, true}};
  char problem[DISK_PROBLEM];
  if (!disk_write_folder(dir, files, CLI_COUNT(files), problem)) {
    return cli_failure(args, "%s", problem);
  }
  return CLI_OK;
}

static int run(cli_args *args) {
  const char *dir = cli_value(args, "dir", NULL);
  identity root = {NULL, NULL, 0, NULL, 0};
  identity intermediate = {NULL, NULL, 0, NULL, 0};
  if (dir == NULL || dir[0] == '\0') {
    return cli_usage_error(args, "where? qtls pki init --dir DIR");
  }
  const char *kind = identity_kind(args, qtls_key_kind_name(0, NULL));
  if (kind == NULL) {
    return CLI_USAGE;
  }
  int code = make(args, &root, &intermediate, kind);
  if (code == CLI_OK) {
    code = save(args, dir, &root, &intermediate);
  }
  if (code == CLI_OK && !cli_has(args, "quiet")) {
    (void)printf("made %s (%s): give root.pem to clients, keep root.key away from the network\n", dir, kind);
  }
  identity_free(&root);
  identity_free(&intermediate);
  return code;
}

static const cli_option *const groups[] = {options, NULL};

const cli_command cmd_pki_init = {
    .name = "pki init",
    .summary = "Make a certification authority: root and intermediate",
    .usage = "--dir DIR [OPTION...]",
    .about =
        "Makes a root and an intermediate authority: root.pem, root.key, intermediate.pem, intermediate.key, the\n"
        "keys readable by their owner only. The folder appears whole or not at all; nothing is overwritten.",
    .options = groups,
    .examples =
        "  qtls pki init --dir ca --name \"Example CA\"\n"
        "  qtls pki init --dir ca-rsa --kind hybrid-rsa4096-mldsa65 --organization Example\n"
        "  qtls pki init --dir ca-pqc --kind mldsa65 --days 7300\n",
    .operands_most = 0,
    .run = run};
