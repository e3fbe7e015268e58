/* Owns the making of a key and its certificate in memory, for the pki commands. */
#ifndef QTLS_CLI_IDENTITY_H
#define QTLS_CLI_IDENTITY_H

#include <qtls/pki.h>

#include "cli.h"

typedef struct identity {
  qtls_key *key;
  char *key_pem;
  size_t key_size;
  char *cert_pem;
  size_t cert_size;
} identity;

/* A fresh key of `kind` and its certificate, by `issuer` (NULL: self-signed).
 * CLI_OK, or the exit code after having said why. Free it in any case. */
int identity_make(const cli_args *args, identity *out, const char *kind, const qtls_cert_request *request,
                  const identity *issuer);
void identity_free(identity *id);

/* The kind typed with --kind, or `otherwise`; NULL after having said what is wrong. */
const char *identity_kind(const cli_args *args, const char *otherwise);

/* Seconds since 1970, and where a validity of --days (or `days`) ends; false
 * after having said what is wrong. It begins a little earlier, for clocks that
 * are behind. */
bool identity_validity(const cli_args *args, long days, qtls_cert_request *out);

#endif
