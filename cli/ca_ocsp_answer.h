/*
 * Owns the answers of the OCSP responder: a request's bytes in, a response's
 * bytes out (RFC 6960, RFC 5019). No HTTP in here.
 */
#ifndef QTLS_CLI_CA_OCSP_ANSWER_H
#define QTLS_CLI_CA_OCSP_ANSWER_H

#include <qtls/ca.h>

#include "cli.h"
#include "passphrase.h"

enum { OCSP_SIGNERS_MOST = 16, OCSP_PATH_MOST = 64 };

typedef struct ocsp_signer {
  const char *file;
  char *cert_pem;
  size_t cert_size;
  qtls_cert *cert;
  qtls_key *key;
  size_t authority;          /* whose certificates it answers for */
  char path[OCSP_PATH_MOST]; /* "/classic"; "" everywhere */
} ocsp_signer;

typedef struct ocsp_cache ocsp_cache;

typedef struct ocsp_responder {
  qtls_ca *ca;
  ocsp_signer signers[OCSP_SIGNERS_MOST];
  size_t signer_count;
  int64_t validity; /* seconds */
  bool ignore_nonce;
  bool at_work; /* nobody is asked for a pass phrase any more */
  ocsp_cache *cache;
} ocsp_responder;

/* Read a signer's certificate and key (`phrase`: for one that is encrypted; asked
 * for when it is empty) and find whose it is. CLI_OK, or the exit code after
 * having said why. */
int ocsp_signer_load(const cli_args *args, ocsp_responder *r, const char *cert_file, const char *key_file,
                     const char *path, passphrase *phrase);
/* CLI_OK, or the exit code after having said why. */
int ocsp_responder_start(const cli_args *args, ocsp_responder *r);
void ocsp_responder_free(ocsp_responder *r); /* and closes the directory */

typedef struct ocsp_reply {
  uint8_t *der; /* free with ocsp_reply_free */
  size_t size;
  const char *word; /* "good", "revoked", "unknown", "mixed", or the refusal's name */
  char serial[2 * QTLS_CA_SERIAL_MAX + 3];
  const char *signer; /* file, or NULL */
  bool answered;      /* a signed answer, and not a refusal */
  bool nonce;
  bool cached;
  int64_t this_update, next_update;
  int64_t fresh_until; /* for caches on the way; 0: they must not keep it */
  char tag[48];
} ocsp_reply;

/* Answer `der`, which came for `path`. Always gives a reply unless memory runs
 * out. */
bool ocsp_respond(ocsp_responder *r, const char *path, const uint8_t *der, size_t size, int64_t now, ocsp_reply *out);
void ocsp_reply_free(ocsp_reply *reply);

#endif
