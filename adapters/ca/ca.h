/*
 * Owns what the files of this adapter share: the handle, and the way to the
 * database. SQLite is spoken to in db.c and through the statements it prepares.
 */
#ifndef Q_CA_H
#define Q_CA_H

#include <qtls/ca.h>
#include <sqlite3.h>

enum { CA_PATH = 4096, CA_HEX = 2 * QTLS_CA_SERIAL_MAX + 1, CA_AUTHORITIES_MOST = 8 };

typedef struct q_ca_authority {
  int64_t id;
  char *name;
  char *cert_pem;
  size_t cert_size;
  char *chain_pem;
  size_t chain_size;
  qtls_cert *cert;
  const qtls_key *key; /* NULL: not unlocked */
  qtls_key *own_key;   /* what is to be freed of it */
} q_ca_authority;

struct qtls_ca {
  char dir[CA_PATH];    /* where the files are now */
  char target[CA_PATH]; /* a new one: where they will be; else "" */
  sqlite3 *db;
  int lock_fd; /* -1: read only */
  bool is_new;
  char *setting; /* handed out last */
  q_ca_authority authorities[CA_AUTHORITIES_MOST];
  size_t authority_count;
  qtls_ca_problem why;
};

/* Keep the line for people and give back `err`. */
qtls_err q_ca_tell(qtls_ca *ca, qtls_err err, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* ---- db.c ---- */

/* Open DIR/ca.db; `make`: it must not be there, and gets its tables. */
QTLS_MUST_USE qtls_err q_ca_db_open(qtls_ca *ca, bool make);
/* False if the database did not let go of everything. */
bool q_ca_db_close(qtls_ca *ca);
QTLS_MUST_USE qtls_err q_ca_db_run(qtls_ca *ca, const char *sql);
QTLS_MUST_USE qtls_err q_ca_db_prepare(qtls_ca *ca, sqlite3_stmt **out, const char *sql);
/* One step; *row: there is one to read. `row` NULL: it ends here, and there must be none. */
QTLS_MUST_USE qtls_err q_ca_db_step(qtls_ca *ca, sqlite3_stmt *statement, bool *row);
/* Run a statement to its end and drop it; `bound` is the sum of what binding said. */
QTLS_MUST_USE qtls_err q_ca_db_finish(qtls_ca *ca, sqlite3_stmt *statement, int bound);
/* Write transactions: on the disk when commit returns. */
QTLS_MUST_USE qtls_err q_ca_db_begin(qtls_ca *ca);
QTLS_MUST_USE qtls_err q_ca_db_commit(qtls_ca *ca);
void q_ca_db_rollback(qtls_ca *ca);
QTLS_MUST_USE qtls_err q_ca_db_fail(qtls_ca *ca, int code);
/* A line of the journal of what was done; part of the transaction at work. */
QTLS_MUST_USE qtls_err q_ca_db_event(qtls_ca *ca, const char *what, const char *serial, const char *detail);
int q_ca_bind_text(sqlite3_stmt *statement, int at, const char *text); /* NULL: null */

/* ---- folder.c ---- */

QTLS_MUST_USE qtls_err q_ca_lock(qtls_ca *ca, int wait_ms);
/* A new file in ca->dir, flushed to the disk. */
QTLS_MUST_USE qtls_err q_ca_write_file(qtls_ca *ca, const char *name, const void *data, size_t size, bool secret);
/* A file of ca->dir, wiped by q_ca_forget. A secret one that others may read is refused. */
QTLS_MUST_USE qtls_err q_ca_read_file(qtls_ca *ca, const char *name, char **out, size_t *size, bool secret);
void q_ca_forget(char *p, size_t n);
QTLS_MUST_USE qtls_err q_ca_make_folder(qtls_ca *ca, const char *dir);
QTLS_MUST_USE qtls_err q_ca_publish_folder(qtls_ca *ca);
void q_ca_remove_folder(const char *dir);

/* ---- authority.c ---- */

QTLS_MUST_USE qtls_err q_ca_authorities_load(qtls_ca *ca);
void q_ca_authorities_free(qtls_ca *ca);
/* NULL after having told that there is none of this name. `name` NULL: the one that issues. */
q_ca_authority *q_ca_authority_of(qtls_ca *ca, const char *name);
/* The same, and its key is at hand. */
q_ca_authority *q_ca_signer_of(qtls_ca *ca, const char *name);

/* ---- record.c: rows of certificates; transactions are the caller's ---- */

/* Twenty fresh random bytes as RFC 5280 §4.1.2.2 wants them, not in the database. */
QTLS_MUST_USE qtls_err q_ca_serial_draw(qtls_ca *ca, uint8_t out[QTLS_CA_SERIAL_MAX], char hex[CA_HEX]);
QTLS_MUST_USE qtls_err q_ca_record_exists(qtls_ca *ca, const char *serial, bool *taken);
QTLS_MUST_USE qtls_err q_ca_record_reserve(qtls_ca *ca, int64_t authority_id, const char *serial,
                                           const qtls_cert_request *request, const qtls_csr *csr);
/* What was reserved is signed. */
QTLS_MUST_USE qtls_err q_ca_record_keep(qtls_ca *ca, const char *serial, const qtls_cert *cert);
/* A certificate that was made elsewhere. */
QTLS_MUST_USE qtls_err q_ca_record_foreign(qtls_ca *ca, int64_t authority_id, const qtls_cert *cert);
QTLS_MUST_USE qtls_err q_ca_record_drop(qtls_ca *ca, const char *serial);

/* ---- urls.c ---- */

/* The URLs of the settings for what `issuer` signs, in place of those the
 * request lacks. Free with q_ca_urls_free when the request is done with. */
typedef struct q_ca_urls {
  char *text[3];
  const char *list[3];
} q_ca_urls;
QTLS_MUST_USE qtls_err q_ca_urls_fill(qtls_ca *ca, q_ca_urls *out, qtls_cert_request *request, const char *issuer);
void q_ca_urls_free(q_ca_urls *urls);

/* ---- serial.c ---- */

/* Serial numbers as they are kept: hexadecimal, lower case, no leading zero
 * bytes. False if it is none. */
bool q_ca_serial_from_bytes(char out[CA_HEX], const uint8_t *p, size_t n);
bool q_ca_serial_from_text(char out[CA_HEX], const char *text);
size_t q_ca_serial_to_bytes(uint8_t out[QTLS_CA_SERIAL_MAX], const char *hex);

#endif
