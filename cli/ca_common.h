/*
 * Owns what the pki commands share: the authority's directory and its keys, the
 * options that say what a certificate is for, and the files that come of it.
 */
#ifndef QTLS_CLI_CA_COMMON_H
#define QTLS_CLI_CA_COMMON_H

#include <qtls/ca.h>

#include "cli.h"
#include "passphrase.h"

/* For commands that work on a directory: --dir and --wait; --authority, which
 * signs; --pass-file and --pass-fd for its key. */
extern const cli_option ca_dir_options[];
extern const cli_option ca_authority_options[];
extern const cli_option ca_key_options[];
/* What the certificate is for, and what its issuer decides: ca_wishes_read. */
extern const cli_option ca_wish_options[];
extern const cli_option ca_limit_options[];

/* --dir, or the operand at `at` (SIZE_MAX: none); NULL after having said what
 * is missing. */
const char *ca_dir(const cli_args *args, size_t at);

/* CLI_OK, or the exit code after having said why. */
int ca_open(const cli_args *args, const char *dir, qtls_ca_access access, qtls_ca **out);

/* The phrase for the authority's key, asked for when its file is encrypted and
 * no option gave one. Before the directory is locked: nobody waits for typing.
 */
int ca_phrase(const cli_args *args, const char *dir, const char *authority, const char *option, passphrase *out);

/* Open for writing, with the key of --authority at hand. */
int ca_open_signer(const cli_args *args, const char *dir, qtls_ca **out);

int ca_open_signer_of(const cli_args *args, const char *dir, const char *authority, qtls_ca **out);

/* The last failure of a call on `ca`, said; the exit code. */
int ca_failure(const cli_args *args, const qtls_ca *ca);
/* The same of qtls_ca_issue, which answered `err` when `authority` (as of its order) was to
 * sign `r`, with what can be done. */
int ca_not_issued(const cli_args *args, const qtls_ca *ca, const char *authority, qtls_err err,
                  const qtls_cert_request *r);

/* ---- ca_wishes.c ---- */

enum { CA_NAMES_MOST = 100, CA_LIST_MOST = 64 };

/* A request and what its pointers point to. */
typedef struct ca_wishes {
  qtls_cert_request request;
  char *made[CA_NAMES_MOST]; /* names with a prefix put in front */
  size_t made_count;
  const char *names[CA_NAMES_MOST];
  const char *permitted[CA_LIST_MOST];
  const char *excluded[CA_LIST_MOST];
  const char *urls[3][CA_LIST_MOST];
} ca_wishes;

/* Role, names, validity, constraints and URLs of the options. `days`: how long
 * if they do not say, 0: as fits the role. */
int ca_wishes_read(const cli_args *args, ca_wishes *out, long days);
void ca_wishes_free(ca_wishes *w);
/* The URLs of the options in place of those in `r`, each kind by itself; --no-urls:
 * none. `lists` is where they are kept. */
int ca_urls_read(const cli_args *args, const char *lists[3][CA_LIST_MOST], qtls_cert_request *r);
/* Without --name: the first of the names that is short enough for a subject. */
void ca_default_name(qtls_cert_request *r);
/* "2027-01-31" or "2027-01-31T12:00:00Z" as seconds since 1970. */
bool ca_moment(const char *text, int64_t *out);
/* The role's word: "server". */
const char *ca_role_name(qtls_cert_role role);

/* ---- ca_refused.c ---- */

/* The library called something in the request impossible (QTLS_ERR_ARGUMENT): say
 * what, and how it would be right. The exit code. */
int ca_refused(const cli_args *args, const qtls_cert_request *r);
/* CLI_OK, or the exit code after having said what is wrong with the URL. */
int ca_bad_url(const cli_args *args, const char *option, const char *url);

/* ---- ca_subject.c ---- */

enum { CA_SERIAL = 2 * QTLS_CA_SERIAL_MAX + 1 };

/* A subject's key: read from --key, or fresh, to be written. */
typedef struct ca_subject {
  qtls_key *key;
  char *pem; /* what is to be written; NULL when it was read */
  size_t size;
} ca_subject;

/* --key, --encrypt, --key-pass-file and --key-pass-fd. --kind is the command's own,
 * as what it is without (`kind`) differs. */
extern const cli_option ca_subject_options[];
int ca_subject_make(const cli_args *args, ca_subject *out, const char *kind);
void ca_subject_free(ca_subject *s);

/* The kind whose keys a certificate has (an authority's, for what it issues);
 * one like it if no kind has just these. Constant. */
const char *ca_kind_of(const qtls_cert_info *info, char spelled[64]);

/* The serial of a certificate in a file (PEM or DER), or the word itself when
 * no file has that name. CLI_OK, or the exit code after having said why. */
int ca_serial_of(const cli_args *args, const char *word, char serial[CA_SERIAL]);

/* Can the files that PREFIX gives be made, and is none of them there? Said before
 * anything is signed. */
int ca_output_free(const cli_args *args, const char *prefix, bool with_key, const char *ending);
/* PREFIX.key (when there is one to write) and PREFIX.pem, or neither. */
int ca_output_write(const cli_args *args, const char *prefix, const ca_subject *subject, const char *pem, size_t size,
                    const char *ending);

/* What is to be done about a certificate that is in the database and in no file. */
void ca_tell_lost(const cli_args *args, const char *dir, const char *serial);

/* What was given out, as words or JSON. */
void ca_tell_issued(const cli_args *args, const char *prefix, bool with_key, const char *serial, const char *pem,
                    size_t size);

#endif
