/*
 * Owns the options that serve, connect and speed have in common: how they
 * become a configuration. What the values mean is the library's to judge.
 */
#ifndef QTLS_CLI_SETTINGS_H
#define QTLS_CLI_SETTINGS_H

#include <qtls/keylog.h>
#include <qtls/stream.h>

#include "cli.h"

/* Options for both roles. */
extern const cli_option settings_options[];

/* A new configuration with what was typed, not frozen; *keylog may become a
 * log to close after it. CLI_OK, or the exit code after having said why. */
int settings_make(const cli_args *args, qtls_role role, qtls_config **out, qtls_keylog **keylog);

/* Freeze, or say why not. On failure the configuration is freed. */
int settings_freeze(const cli_args *args, qtls_config **config);

/* Say what a call on `config` met. */
int settings_failure(const cli_args *args, const qtls_config *config, qtls_err err, const char *option);

#endif
