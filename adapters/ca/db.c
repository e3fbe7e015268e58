/*
 * Owns the database: its tables, its opening, and what SQLite says as one line
 * for people. Never makes, repairs or replaces a file that is there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ca.h"

/* "qtCA": tells a database of ours from any other. */
enum { APPLICATION = 0x71744341, VERSION = 1, BUSY_MS = 10000 };

/* status as qtls_ca_state, role as qtls_cert_role, reason as qtls_reason; lists
 * of names have one a line. A serial stands here before anything is signed. */
static const char tables[] =
    "CREATE TABLE authorities(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, cert BLOB NOT NULL,"
    " chain BLOB NOT NULL);"
    "CREATE TABLE settings(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE certificates(id INTEGER PRIMARY KEY, serial TEXT NOT NULL UNIQUE,"
    " authority INTEGER NOT NULL REFERENCES authorities(id), status INTEGER NOT NULL CHECK(status IN (0, 1, 2)),"
    " issued_at INTEGER NOT NULL, not_before INTEGER NOT NULL, not_after INTEGER NOT NULL,"
    " subject TEXT, common_name TEXT, organization TEXT, names TEXT NOT NULL, permitted TEXT NOT NULL,"
    " excluded TEXT NOT NULL, role INTEGER NOT NULL, path_length INTEGER, must_staple INTEGER NOT NULL,"
    " kind TEXT NOT NULL, der BLOB, revoked_at INTEGER, reason INTEGER, replaced_by TEXT,"
    " CHECK(status = 0 OR der IS NOT NULL), CHECK((status = 2) = (revoked_at IS NOT NULL)));"
    "CREATE INDEX certificates_expiry ON certificates(not_after);"
    "CREATE INDEX certificates_revoked ON certificates(authority, id) WHERE status = 2;"
    "CREATE TABLE crls(authority INTEGER NOT NULL REFERENCES authorities(id), number INTEGER NOT NULL,"
    " this_update INTEGER NOT NULL, next_update INTEGER NOT NULL, der BLOB, PRIMARY KEY(authority, number));"
    "CREATE TABLE events(id INTEGER PRIMARY KEY, at INTEGER NOT NULL, what TEXT NOT NULL, serial TEXT, detail TEXT);";

qtls_err q_ca_tell(qtls_ca *ca, qtls_err err, const char *format, ...) {
  va_list list;
  va_start(list, format);
  (void)vsnprintf(ca->why.text, sizeof ca->why.text, format, list);
  va_end(list);
  ca->why.err = err;
  return err;
}

qtls_err q_ca_db_fail(qtls_ca *ca, int code) {
  switch (code & 0xFF) {
    case SQLITE_NOMEM:
      return q_ca_tell(ca, QTLS_ERR_NO_MEMORY, "%s", qtls_err_text(QTLS_ERR_NO_MEMORY));
    case SQLITE_NOTADB:
      return q_ca_tell(ca, QTLS_ERR_FILE, "%s/ca.db: this is not a database; it was left as it is", ca->dir);
    case SQLITE_CORRUPT:
      return q_ca_tell(ca, QTLS_ERR_FILE,
                       "%s/ca.db: the database is damaged (%s); it was left as it is: put back a copy of it, no older "
                       "than the last certificate given out",
                       ca->dir, sqlite3_errmsg(ca->db));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return q_ca_tell(ca, QTLS_ERR_STATE, "%s/ca.db: another program holds the database", ca->dir);
    case SQLITE_FULL:
    case SQLITE_IOERR:
      return q_ca_tell(ca, QTLS_ERR_FILE, "%s/ca.db: %s (%s); nothing was changed", ca->dir, sqlite3_errmsg(ca->db),
                       strerror(sqlite3_system_errno(ca->db)));
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return q_ca_tell(ca, QTLS_ERR_FILE,
                       "%s/ca.db: %s; the database's user must be able to write in the folder, also to read", ca->dir,
                       sqlite3_errmsg(ca->db));
    default:
      return q_ca_tell(ca, QTLS_ERR_FILE, "%s/ca.db: %s", ca->dir, sqlite3_errmsg(ca->db));
  }
}

qtls_err q_ca_db_run(qtls_ca *ca, const char *sql) {
  int code = sqlite3_exec(ca->db, sql, NULL, NULL, NULL);
  return code == SQLITE_OK ? QTLS_OK : q_ca_db_fail(ca, code);
}

qtls_err q_ca_db_prepare(qtls_ca *ca, sqlite3_stmt **out, const char *sql) {
  int code = sqlite3_prepare_v2(ca->db, sql, -1, out, NULL);
  return code == SQLITE_OK ? QTLS_OK : q_ca_db_fail(ca, code);
}

qtls_err q_ca_db_step(qtls_ca *ca, sqlite3_stmt *statement, bool *row) {
  int code = sqlite3_step(statement);
  if (row != NULL) {
    *row = code == SQLITE_ROW;
  }
  return code == SQLITE_DONE || (code == SQLITE_ROW && row != NULL) ? QTLS_OK : q_ca_db_fail(ca, code);
}

qtls_err q_ca_db_finish(qtls_ca *ca, sqlite3_stmt *statement, int bound) {
  qtls_err err = bound == SQLITE_OK ? q_ca_db_step(ca, statement, NULL) : q_ca_db_fail(ca, SQLITE_NOMEM);
  (void)sqlite3_finalize(statement);
  return err;
}

qtls_err q_ca_db_begin(qtls_ca *ca) {
  if (ca->lock_fd < 0 && !ca->is_new) {
    return q_ca_tell(ca, QTLS_ERR_STATE, "%s was opened for reading only", ca->dir);
  }
  return q_ca_db_run(ca, "BEGIN IMMEDIATE");
}

qtls_err q_ca_db_commit(qtls_ca *ca) {
  qtls_err err = q_ca_db_run(ca, "COMMIT");
  if (err != QTLS_OK) {
    q_ca_db_rollback(ca);
  }
  return err;
}

void q_ca_db_rollback(qtls_ca *ca) {
  if (sqlite3_get_autocommit(ca->db) == 0) {
    (void)sqlite3_exec(ca->db, "ROLLBACK", NULL, NULL, NULL);
  }
}

int q_ca_bind_text(sqlite3_stmt *statement, int at, const char *text) {
  return text == NULL ? sqlite3_bind_null(statement, at) : sqlite3_bind_text(statement, at, text, -1, SQLITE_TRANSIENT);
}

qtls_err q_ca_db_event(qtls_ca *ca, const char *what, const char *serial, const char *detail) {
  sqlite3_stmt *s = NULL;
  qtls_err err = q_ca_db_prepare(ca, &s, "INSERT INTO events(at, what, serial, detail) VALUES(?, ?, ?, ?)");
  if (err != QTLS_OK) {
    return err;
  }
  int bound = sqlite3_bind_int64(s, 1, (int64_t)time(NULL)) | q_ca_bind_text(s, 2, what) |
              q_ca_bind_text(s, 3, serial) | q_ca_bind_text(s, 4, detail);
  return q_ca_db_finish(ca, s, bound);
}

static qtls_err number_of(qtls_ca *ca, const char *sql, int64_t *out) {
  sqlite3_stmt *s = NULL;
  bool row = false;
  qtls_err err = q_ca_db_prepare(ca, &s, sql);
  if (err == QTLS_OK) {
    err = q_ca_db_step(ca, s, &row);
  }
  *out = row ? sqlite3_column_int64(s, 0) : 0;
  (void)sqlite3_finalize(s);
  return err;
}

static qtls_err check_kind(qtls_ca *ca) {
  int64_t application = 0;
  int64_t version = 0;
  qtls_err err = number_of(ca, "PRAGMA application_id", &application);
  if (err == QTLS_OK) {
    err = number_of(ca, "PRAGMA user_version", &version);
  }
  if (err != QTLS_OK) {
    return err;
  }
  if (application != APPLICATION) {
    return q_ca_tell(ca, QTLS_ERR_FILE,
                     "%s/ca.db: this database is not one of qtls pki; it was left as it is. A new authority needs a "
                     "folder of its own: qtls pki init DIR",
                     ca->dir);
  }
  if (version != VERSION) {
    return q_ca_tell(ca, QTLS_ERR_FILE,
                     "%s/ca.db: the database has version %lld, and this program knows version %d: use the program that "
                     "made it",
                     ca->dir, (long long)version, VERSION);
  }
  return QTLS_OK;
}

/* FULL: a commit is on the disk when it returns, in WAL mode too. */
static qtls_err configure(qtls_ca *ca) {
  (void)sqlite3_busy_timeout(ca->db, BUSY_MS);
  (void)sqlite3_db_config(ca->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  (void)sqlite3_db_config(ca->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  return q_ca_db_run(ca, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON;");
}

static qtls_err make_tables(qtls_ca *ca) {
  char marks[128];
  (void)snprintf(marks, sizeof marks, "PRAGMA application_id = %d; PRAGMA user_version = %d;", APPLICATION, VERSION);
  qtls_err err = q_ca_db_run(ca, "PRAGMA journal_mode = WAL; BEGIN IMMEDIATE;");
  if (err == QTLS_OK) {
    err = q_ca_db_run(ca, tables);
  }
  if (err == QTLS_OK) {
    err = q_ca_db_run(ca, marks);
  }
  return err == QTLS_OK ? q_ca_db_commit(ca) : err;
}

qtls_err q_ca_db_open(qtls_ca *ca, bool make) {
  char path[CA_PATH + 16];
  struct stat st;
  (void)snprintf(path, sizeof path, "%s/ca.db", ca->dir);
  if (!make && stat(path, &st) != 0) {
    return errno == ENOENT
               ? q_ca_tell(ca, QTLS_ERR_FILE,
                           "%s: there is no ca.db in it; qtls pki init %s makes an authority, and with --cert and "
                           "--key takes up one that is there",
                           path, ca->dir)
               : q_ca_tell(ca, QTLS_ERR_FILE, "%s: %s", path, strerror(errno));
  }
  if (!make && !S_ISREG(st.st_mode)) {
    return q_ca_tell(ca, QTLS_ERR_FILE, "%s: this is not a file", path);
  }
  /* An empty file is an empty database; made here for its mode, which SQLite gives to the files beside it. */
  int fd = make ? open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR) : -1;
  if (make && (fd < 0 || close(fd) != 0)) {
    return q_ca_tell(ca, QTLS_ERR_FILE, "%s: %s", path, strerror(errno));
  }
  int code =
      sqlite3_open_v2(path, &ca->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL);
  qtls_err err = code == SQLITE_OK ? QTLS_OK : q_ca_db_fail(ca, code);
  if (err == QTLS_OK) {
    (void)sqlite3_extended_result_codes(ca->db, 1);
    err = configure(ca);
  }
  if (err == QTLS_OK) {
    err = make ? make_tables(ca) : check_kind(ca);
  }
  return err;
}

bool q_ca_db_close(qtls_ca *ca) {
  int code = ca->db != NULL ? sqlite3_close(ca->db) : SQLITE_OK;
  if (code != SQLITE_OK) {
    (void)sqlite3_close_v2(ca->db);
  }
  ca->db = NULL;
  return code == SQLITE_OK;
}
