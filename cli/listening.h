/* Owns how a server listens and says so: in a line or an event, and in a file for who waits for it. */
#ifndef QTLS_CLI_LISTENING_H
#define QTLS_CLI_LISTENING_H

#include <qtls/stream.h>

#include "cli.h"
#include "out.h"
#include "target.h"

/* Listen at `at`, on all that it stands for. CLI_OK, or the exit code after having said why. */
int listening_open(const cli_args *args, const target *at, qtls_listener **out);

/* "listening on ::1, 127.0.0.1 port 8443" on standard output; without addresses when it is every one. */
void listening_print(const qtls_listener *listener);
/* The members "addresses" and "port" of the object that is open in `j`. */
void listening_json(const qtls_listener *listener, json *j);
/* --ready-file, if there is one. False after having said why it cannot be written. */
bool listening_ready(const cli_args *args, const qtls_listener *listener);

#endif
