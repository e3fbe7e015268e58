/* Owns the options about whom to believe: places of trust anchors, and pins, of connect;
 * certificate transparency logs, of connect and pki verify. */
#ifndef QTLS_CLI_TRUST_H
#define QTLS_CLI_TRUST_H

#include <qtls/trust.h>

#include "cli.h"

/* --ct-log and --ct-required. */
extern const cli_option trust_log_options[];

enum { TRUST_LOGS_MOST = 64 };

typedef struct trust_logs {
  qtls_ct_log log[TRUST_LOGS_MOST]; /* named after their files */
  char *text[TRUST_LOGS_MOST];      /* the keys */
  size_t count;
  unsigned required; /* so many of them; 0 without --ct-log */
} trust_logs;

/* CLI_OK, or the exit code after having said why. trust_logs_free in any case. */
int trust_logs_read(const cli_args *args, trust_logs *out);
void trust_logs_free(trust_logs *logs);

/* --trust, --pin and the logs. CLI_OK, or the exit code after having said why. */
int trust_load(const cli_args *args, qtls_config *config);

#endif
