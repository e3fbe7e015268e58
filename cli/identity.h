/* Owns the kind of keys that was typed, for the pki commands. */
#ifndef QTLS_CLI_IDENTITY_H
#define QTLS_CLI_IDENTITY_H

#include <qtls/pki.h>

#include "cli.h"

/* The kind typed with --kind, or `otherwise`; NULL after having said what is
 * wrong. */
const char *identity_kind(const cli_args *args, const char *otherwise);

#endif
