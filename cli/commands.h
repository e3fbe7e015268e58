/* Names the subcommands: one row, one cmd_*.c each. */
#ifndef QTLS_CLI_COMMANDS_H
#define QTLS_CLI_COMMANDS_H

#include "cli.h"

extern const cli_command cmd_serve;
extern const cli_command cmd_connect;
extern const cli_command cmd_pki_init;
extern const cli_command cmd_pki_issue;
extern const cli_command cmd_pki_csr;
extern const cli_command cmd_pki_sign;
extern const cli_command cmd_pki_renew;
extern const cli_command cmd_pki_revoke;
extern const cli_command cmd_pki_crl;
extern const cli_command cmd_pki_list;
extern const cli_command cmd_pki_show;
extern const cli_command cmd_pki_verify;
extern const cli_command cmd_ocspd;
extern const cli_command cmd_inspect;
/* cmd_pki_show.c: the files named, one after another. */
int show_files(cli_args *args);
extern const cli_command cmd_speed;
extern const cli_command cmd_list;
extern const cli_command cmd_version;
extern const cli_command cmd_help;

/* For `qtls help WORD...`: as main finds them. */
const cli_command *cli_find_command(int argc, char **argv, int *words);
int cli_unknown_command(int argc, char **argv);

#endif
