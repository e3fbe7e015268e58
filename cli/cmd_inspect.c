/* qtls inspect: another name for qtls pki show. */
#include "commands.h"

static const cli_option options[] = {{"json", NULL, "Write one line of JSON for each file."}, {NULL, NULL, NULL}};

static const cli_option *const groups[] = {options, NULL};

const cli_command cmd_inspect = {
    .name = "inspect",
    .summary = "Show what certificates, keys, requests, lists and OCSP messages say",
    .usage = "FILE... [--json]",
    .about =
        "The same as qtls pki show. Says what is in each file, PEM or DER: certificates, with both keys and both\n"
        "signatures of hybrid ones; kinds and forms of private keys (never the secret); signing requests; revocation\n"
        "lists; OCSP requests and responses.",
    .options = groups,
    .examples =
        "  qtls inspect server.pem\n"
        "  qtls inspect ca/root.pem ca/root.key\n"
        "  qtls inspect www.csr ca/intermediate.crl response.der\n"
        "  qtls inspect --json server.pem\n",
    .operands_most = CLI_ARGS_MOST,
    .run = show_files};
