/*
 * Owns where a pass phrase comes from: a file, a descriptor, or the terminal.
 * Never the command line or the environment, which others can read.
 */
#ifndef QTLS_CLI_PASSPHRASE_H
#define QTLS_CLI_PASSPHRASE_H

#include "cli.h"

enum { PASSPHRASE_MOST = 1024 };

typedef struct passphrase {
  char text[PASSPHRASE_MOST + 2];
  size_t n; /* 0: there is none */
} passphrase;

/* From --NAME-file or --NAME-fd when one was given; n stays 0 when none was.
 * CLI_OK, or the exit code after having said what is wrong. */
int passphrase_from_options(const cli_args *args, const char *name, passphrase *out);

/* Ask on the terminal, twice when it is a new one, without showing what is
 * typed. `what` names the key. CLI_OK, or the exit code after having said why.
 */
int passphrase_ask(const cli_args *args, const char *what, bool is_new, passphrase *out);

void passphrase_forget(passphrase *p);

#endif
