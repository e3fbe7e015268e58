/* Owns what can be said to `qtls serve`: its options, and the keys of its configuration
 * file with the option that each stands for. */
#ifndef QTLS_CLI_SERVE_OPTIONS_H
#define QTLS_CLI_SERVE_OPTIONS_H

#include "cli.h"
#include "yaml.h"

extern const cli_option serve_options[];
extern const cli_option serve_client_options[];
extern const cli_option serve_staple_options[];

extern const yaml_key serve_keys[];
extern const char *const serve_key_lists[];

#endif
