/* qtls inspect: what certificates and keys say, as qtls pki show tells it. */
#include "commands.h"

static const cli_option options[] = {{"json", NULL, "Write one line of JSON for each file."}, {NULL, NULL, NULL}};

static const cli_option *const groups[] = {options, NULL};

const cli_command cmd_inspect = {
    .name = "inspect",
    .summary = "Show what certificates and keys say, hybrid parts included",
    .usage = "FILE... [--json]",
    .about =
        "Shows the certificates of PEM files (or one in DER) with both keys and both signatures of hybrid ones,\n"
        "and of private keys their kind and form, never the secret.",
    .options = groups,
    .examples =
        "  qtls inspect server.pem\n"
        "  qtls inspect ca/root.pem ca/root.key\n"
        "  qtls inspect --json server.pem\n",
    .operands_most = CLI_ARGS_MOST,
    .run = show_files};
