/*
 * A certification authority in a directory: its certificates and keys as PEM
 * files, and ca.db, which knows every certificate that was ever given out.
 *
 * What holds at every moment, also when the process or the machine dies: no
 * serial number is used twice (it is in the database before the signature is
 * made); no certificate is out that the database does not know; a revocation
 * that was reported as done is done. Writers take turns by a lock on ca.lock;
 * readers never wait for them.
 *
 *   qtls_ca *ca;  qtls_ca_problem why;
 *   qtls_ca_open(&ca, "ca", QTLS_CA_write, 10000, &why);
 *   qtls_ca_unlock(ca, NULL, NULL, 0);
 *   qtls_ca_issue(ca, &pem, &size, NULL, &order);
 *   qtls_ca_close(ca);
 *
 * Library: libqtls_ca, over SQLite 3. Thread rule: one handle, one thread at a
 * time; any number of handles. Ownership: what comes back through `char **` or
 * `uint8_t **` is given back with qtls_ca_release; on error it is NULL. Strings
 * of structs live until the call named there.
 * Errors: each call may give QTLS_ERR_NO_MEMORY; QTLS_ERR_FILE: a file or the
 * database cannot be read or written, is damaged or foreign; QTLS_ERR_STATE: the
 * handle is only for reading, or another process holds the lock;
 * QTLS_ERR_ARGUMENT: there is no such authority or certificate, or a value
 * cannot be used. qtls_ca_text has the line for people.
 */
#ifndef QTLS_CA_H
#define QTLS_CA_H

#include "qtls/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct qtls_ca qtls_ca;

/* One line that names the file and says what to do. */
typedef struct qtls_ca_problem {
  qtls_err err;
  char text[512];
} qtls_ca_problem;

#define QTLS_CA_SERIAL_MAX 20 /* bytes (RFC 5280 §4.1.2.2); as hexadecimal text twice that and a zero */

void qtls_ca_release(void *block); /* wipes nothing; NULL is fine */

/* ---- opening ---- */

typedef enum qtls_ca_access {
  QTLS_CA_read = 1, /* takes no lock; sees each change as soon as it is done */
  QTLS_CA_write = 2 /* takes the lock, waiting up to wait_ms */
} qtls_ca_access;

/* Open the authority in `dir`. Nothing is made or repaired that is not there:
 * QTLS_ERR_FILE without a sound ca.db of this version. `why` may be NULL. */
QTLS_MUST_USE qtls_err qtls_ca_open(qtls_ca **out, const char *dir, qtls_ca_access access, int wait_ms,
                                    qtls_ca_problem *why);
void qtls_ca_close(qtls_ca *ca); /* gives up what was created and not published; NULL is fine */

/* What went wrong in the last call on this handle that failed. */
const char *qtls_ca_text(const qtls_ca *ca);

/* Read the whole database and check it (SQLite's integrity_check, and that each
 * certificate kept can be read and has the serial it is kept under). */
QTLS_MUST_USE qtls_err qtls_ca_check(qtls_ca *ca);

/* ---- making ---- */

/* Begin a new authority for the folder `dir`, which may be there if it is empty.
 * All is built in a folder beside it, which takes its name when it is published. */
QTLS_MUST_USE qtls_err qtls_ca_create(qtls_ca **out, const char *dir, qtls_ca_problem *why);

/* An authority of a new directory: NAME.pem and NAME.key. */
typedef struct qtls_ca_member {
  const char *name;         /* "root": letters, digits, dashes; also the files' name */
  const qtls_key *key;      /* NULL: the key is kept elsewhere (only with chain_pem) */
  const void *phrase;       /* NULL: the key's file is not encrypted */
  size_t phrase_size;       /* 1 to 1024 */
  const char *issuer;       /* an authority of this directory; NULL: self-signed */
  qtls_cert_request wishes; /* role and serial are set here, URLs from the settings unless given */
  const void *chain_pem;    /* made elsewhere: its certificate, then those above it; issuer and wishes unused */
  size_t chain_size;
} qtls_ca_member;

/* Add an authority; the last one added issues by default. QTLS_ERR_KEY_MISMATCH,
 * and the errors of qtls_cert_issue. */
QTLS_MUST_USE qtls_err qtls_ca_add(qtls_ca *ca, const qtls_ca_member *member);

/* What is put into certificates when the order does not say: "ocsp_url",
 * "crl_url", "issuer_url", http URLs; {issuer} in them stands for the name of the
 * authority that signs. Value NULL: none. */
QTLS_MUST_USE qtls_err qtls_ca_set(qtls_ca *ca, const char *setting, const char *value);
/* NULL if it is not set; lives until the next call on the handle. */
const char *qtls_ca_setting(qtls_ca *ca, const char *setting);

/* Everything to the disk, and the folder to its name. The handle stays for
 * nothing but qtls_ca_text and qtls_ca_close. */
QTLS_MUST_USE qtls_err qtls_ca_publish(qtls_ca *ca);

/* ---- its authorities ---- */

typedef struct qtls_ca_authority {
  const char *name;
  const char *cert_pem; /* its certificate */
  size_t cert_size;
  const char *chain_pem; /* what follows a certificate of it in a file: itself and what is above, without the root */
  size_t chain_size;     /* 0: it is a root */
  const qtls_cert *cert;
  bool issues;   /* by default */
  bool unlocked; /* its key is at hand */
} qtls_ca_authority;

/* Authority `i` (it lives as long as the handle), or false past the end. */
bool qtls_ca_authority_at(const qtls_ca *ca, size_t i, qtls_ca_authority *out);
/* The one of this name, NULL: the one that issues. */
bool qtls_ca_authority_find(const qtls_ca *ca, const char *name, qtls_ca_authority *out);

/* Read its key from NAME.key. QTLS_ERR_KEY_ENCRYPTED: with a phrase, please;
 * QTLS_ERR_KEY_PASSPHRASE, QTLS_ERR_KEY_MISMATCH, QTLS_ERR_FILE (also when others may read it). */
QTLS_MUST_USE qtls_err qtls_ca_unlock(qtls_ca *ca, const char *authority, const void *phrase, size_t phrase_size);

/* ---- giving out certificates ---- */

typedef struct qtls_ca_order {
  const char *authority;     /* NULL: the one that issues; it was unlocked */
  const qtls_key *key;       /* the subject's, or */
  const qtls_csr *csr;       /* its request */
  qtls_cert_request request; /* serial is set here; URLs from the settings when their count is 0 */
  bool no_urls;              /* leave the settings' URLs out */
  const char *renews;        /* serial of the certificate that this one follows, or NULL */
} qtls_ca_order;

/*
 * Reserve a serial number (on the disk when this goes on), sign, and keep the
 * certificate (on the disk when this returns). `pem`: the certificate, then the
 * authority's chain. `serial`, which may be NULL: its number as text, 41 bytes.
 * Errors as of qtls_cert_issue and qtls_cert_sign; then nothing is kept.
 */
QTLS_MUST_USE qtls_err qtls_ca_issue(qtls_ca *ca, char **pem, size_t *size, char *serial, const qtls_ca_order *order);

/* ---- what it knows ---- */

typedef enum qtls_ca_state {
  QTLS_CA_reserved = 0, /* a number taken by a process that ended before it had signed */
  QTLS_CA_valid = 1,
  QTLS_CA_revoked = 2
} qtls_ca_state;

/* A certificate, as strings that live until the next call on the list. */
typedef struct qtls_ca_record {
  const char *serial;    /* hexadecimal, lower case */
  const char *authority; /* which signed it */
  qtls_ca_state state;
  const char *subject; /* RFC 4514; NULL while reserved, as is `der` */
  const char *common_name;
  const char *organization; /* or NULL */
  const char *names;        /* one a line, or "" */
  const char *permitted;    /* likewise */
  const char *excluded;
  qtls_cert_role role;
  bool limit_path;
  unsigned path_length;
  bool must_staple;
  const char *kind; /* "ECDSA P-384 and ML-DSA-65" */
  int64_t issued_at, not_before, not_after;
  int64_t revoked_at; /* 0: it is not */
  qtls_reason reason;
  const char *replaced_by; /* serial, or NULL */
  const uint8_t *der;
  size_t der_size;
} qtls_ca_record;

/* Everything zero or NULL: all of them. */
typedef struct qtls_ca_filter {
  const char *serial;     /* this one; as text, case and colons do not matter */
  const char *authority;  /* signed by it */
  int64_t expires_before; /* not_after at or below this */
  int64_t expires_after;  /* not_after above this */
  bool only_valid;
  bool only_revoked;
} qtls_ca_filter;

typedef struct qtls_ca_list qtls_ca_list;
/* Records in the order of their giving out. End the list before the handle. */
QTLS_MUST_USE qtls_err qtls_ca_list_begin(qtls_ca_list **out, qtls_ca *ca, const qtls_ca_filter *filter);
/* *more false: that was all. */
QTLS_MUST_USE qtls_err qtls_ca_list_next(qtls_ca_list *list, qtls_ca_record *out, bool *more);
void qtls_ca_list_end(qtls_ca_list *list); /* NULL is fine */

/* ---- revocation ---- */

/* Revoke, at `when` (seconds since 1970): on the disk when this returns. A
 * certificate on hold may be revoked for good or, with removeFromCRL, freed.
 * QTLS_ERR_STATE: it is revoked already, or not on hold. */
QTLS_MUST_USE qtls_err qtls_ca_revoke(qtls_ca *ca, const char *serial, qtls_reason reason, int64_t when);

typedef struct qtls_ca_status {
  bool known;
  qtls_ca_state state;
  int64_t revoked_at;
  qtls_reason reason;
} qtls_ca_status;

/* The status of a serial (content of the INTEGER) of authority `i`, now. */
QTLS_MUST_USE qtls_err qtls_ca_status_of(qtls_ca *ca, size_t i, const uint8_t *serial, size_t size,
                                         qtls_ca_status *out);

/* A new revocation list of an authority (NULL: the one that issues), which was
 * unlocked. Its number is above all before, also of lists that were lost. */
QTLS_MUST_USE qtls_err qtls_ca_crl_make(qtls_ca *ca, const char *authority, int64_t this_update, int64_t next_update,
                                        uint8_t **der, size_t *size, uint64_t *number);
/* The newest list of authority `i`; *der is NULL with QTLS_OK if there is none. */
QTLS_MUST_USE qtls_err qtls_ca_crl_last(qtls_ca *ca, size_t i, uint8_t **der, size_t *size, int64_t *next_update);

#ifdef __cplusplus
}
#endif
#endif
