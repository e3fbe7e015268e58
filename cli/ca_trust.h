/* Owns trust anchors as one PEM text, for qtls_pki_verify. */
#ifndef QTLS_CLI_CA_TRUST_H
#define QTLS_CLI_CA_TRUST_H

#include "cli.h"

/* From a file, a folder or "system"; free with qtls_ca_release. What cannot be
 * read in a folder or the system's store is passed over; in a file it is an
 * error of whoever reads the text. CLI_OK, or the exit code after having said
 * why. */
int ca_trust_read(const cli_args *args, const char *place, char **pem, size_t *size);

#endif
