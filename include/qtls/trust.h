/*
 * Trust anchors from where they are kept: a file, a folder, or the system's own store.
 *
 * Library: libqtls_trust, over libqtls_socket. Threads: as for the configuration that is
 * being built.
 */
#ifndef QTLS_TRUST_H
#define QTLS_TRUST_H

#include "qtls/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What was found; for words to people. */
typedef struct qtls_trust_found {
  size_t anchors; /* taken */
  size_t skipped; /* certificates and files that could not be */
} qtls_trust_found;

/*
 * Every certificate in the files of a folder whose names end in .pem, .crt or .cer, or are
 * made like OpenSSL's ("5ed36f99.0"); each once. What cannot be read there is passed
 * over and counted. QTLS_ERR_FILE: no such folder; QTLS_ERR_CONFIG_TRUST: nothing in
 * it can be used. `found` and `why` may be NULL, here and below.
 */
QTLS_MUST_USE qtls_err qtls_config_load_trust_folder(qtls_config *config, const char *folder, qtls_trust_found *found,
                                                     qtls_stream_problem *why);

/*
 * The anchors of the system: of the file $SSL_CERT_FILE, else of the folder $SSL_CERT_DIR,
 * and if neither is set of the first of the usual places that is there:
 * /etc/ssl/certs/ca-certificates.crt (Debian), /etc/pki/tls/certs/ca-bundle.crt (Fedora),
 * /etc/ssl/ca-bundle.pem (SUSE), /etc/ssl/cert.pem (Alpine, the BSDs), then the folder
 * /etc/ssl/certs. Errors as above; a place that a variable names and that cannot be read
 * is QTLS_ERR_FILE.
 */
QTLS_MUST_USE qtls_err qtls_config_load_trust_system(qtls_config *config, qtls_trust_found *found,
                                                     qtls_stream_problem *why);

/* "system", a folder, or a file, of which every certificate must be good (qtls_config_load_trust). */
QTLS_MUST_USE qtls_err qtls_config_load_trust_from(qtls_config *config, const char *place, qtls_trust_found *found,
                                                   qtls_stream_problem *why);

/* The same anchors, judged in the same way, as PEM for who verifies by themselves
 * (qtls_pki_verify). *pem ends with a zero and goes back with qtls_trust_release; on error
 * it is NULL. Also QTLS_ERR_NO_MEMORY. */
QTLS_MUST_USE qtls_err qtls_trust_read(char **pem, size_t *size, const char *place, qtls_trust_found *found,
                                       qtls_stream_problem *why);
void qtls_trust_release(char *pem); /* NULL is fine */

#ifdef __cplusplus
}
#endif
#endif
