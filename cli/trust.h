/* Owns the options of connect about whom to believe: places of trust anchors, and pins. */
#ifndef QTLS_CLI_TRUST_H
#define QTLS_CLI_TRUST_H

#include <qtls/trust.h>

#include "cli.h"

/* --trust and --pin. CLI_OK, or the exit code after having said why. */
int trust_load(const cli_args *args, qtls_config *config);

#endif
