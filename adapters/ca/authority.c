/* Owns the authorities of a directory: what the database says of them, and their keys. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ca.h"

static void drop(q_ca_authority *a) {
  free(a->name);
  qtls_pki_free(a->cert_pem);
  free(a->chain_pem);
  qtls_cert_free(a->cert);
  qtls_key_free(a->own_key);
  memset(a, 0, sizeof *a);
}

void q_ca_authorities_free(qtls_ca *ca) {
  for (size_t i = 0; i < ca->authority_count; i++) {
    drop(&ca->authorities[i]);
  }
  ca->authority_count = 0;
}

/* A copy with a zero behind it. */
static char *copy(const void *p, size_t n) {
  char *out = malloc(n + 1);
  if (out != NULL) {
    if (n > 0) {
      memcpy(out, p, n);
    }
    out[n] = '\0';
  }
  return out;
}

static qtls_err read_row(qtls_ca *ca, sqlite3_stmt *s) {
  if (ca->authority_count == CA_AUTHORITIES_MOST) {
    return q_ca_tell(ca, QTLS_ERR_FILE, "%s/ca.db: more authorities than this program knows", ca->dir);
  }
  q_ca_authority *a = &ca->authorities[ca->authority_count++];
  const char *name = (const char *)sqlite3_column_text(s, 1);
  const void *der = sqlite3_column_blob(s, 2);
  size_t der_size = (size_t)sqlite3_column_bytes(s, 2);
  const void *chain = sqlite3_column_blob(s, 3);
  memset(a, 0, sizeof *a);
  a->id = sqlite3_column_int64(s, 0);
  a->chain_size = (size_t)sqlite3_column_bytes(s, 3);
  a->name = copy(name != NULL ? name : "", name != NULL ? strlen(name) : 0);
  a->chain_pem = copy(chain, a->chain_size);
  if (a->name == NULL || a->chain_pem == NULL) {
    return q_ca_tell(ca, QTLS_ERR_NO_MEMORY, "%s", qtls_err_text(QTLS_ERR_NO_MEMORY));
  }
  qtls_err err = der == NULL ? QTLS_ERR_CERT_PARSE : qtls_cert_load(&a->cert, der, der_size);
  if (err != QTLS_OK) {
    return q_ca_tell(ca, QTLS_ERR_FILE, "%s/ca.db: the certificate of the authority %s: %s", ca->dir, a->name,
                     qtls_err_text(err));
  }
  err = qtls_pem_write(&a->cert_pem, &a->cert_size, "CERTIFICATE", der, der_size);
  return err == QTLS_OK ? err : q_ca_tell(ca, err, "%s", qtls_err_text(err));
}

qtls_err q_ca_authorities_load(qtls_ca *ca) {
  sqlite3_stmt *s = NULL;
  bool row = true;
  qtls_err err = q_ca_db_prepare(ca, &s, "SELECT id, name, cert, chain FROM authorities ORDER BY id");
  while (err == QTLS_OK && row) {
    err = q_ca_db_step(ca, s, &row);
    if (err == QTLS_OK && row) {
      err = read_row(ca, s);
    }
  }
  (void)sqlite3_finalize(s);
  if (err == QTLS_OK && ca->authority_count == 0) {
    err = q_ca_tell(ca, QTLS_ERR_FILE, "%s/ca.db: there is no authority in it", ca->dir);
  }
  return err;
}

static void show(const qtls_ca *ca, size_t i, qtls_ca_authority *out) {
  const q_ca_authority *a = &ca->authorities[i];
  *out = (qtls_ca_authority){.name = a->name,
                             .cert_pem = a->cert_pem,
                             .cert_size = a->cert_size,
                             .chain_pem = a->chain_pem,
                             .chain_size = a->chain_size,
                             .cert = a->cert,
                             .issues = i + 1 == ca->authority_count,
                             .unlocked = a->key != NULL};
}

bool qtls_ca_authority_at(const qtls_ca *ca, size_t i, qtls_ca_authority *out) {
  if (i >= ca->authority_count) {
    return false;
  }
  show(ca, i, out);
  return true;
}

static size_t index_of(const qtls_ca *ca, const char *name) {
  if (name == NULL) {
    return ca->authority_count - 1; /* with none at all: past the end */
  }
  size_t i = 0;
  while (i < ca->authority_count && strcmp(ca->authorities[i].name, name) != 0) {
    i++;
  }
  return i;
}

bool qtls_ca_authority_find(const qtls_ca *ca, const char *name, qtls_ca_authority *out) {
  return qtls_ca_authority_at(ca, index_of(ca, name), out);
}

q_ca_authority *q_ca_authority_of(qtls_ca *ca, const char *name) {
  size_t i = index_of(ca, name);
  if (i < ca->authority_count) {
    return &ca->authorities[i];
  }
  (void)q_ca_tell(ca, QTLS_ERR_ARGUMENT, "%s: there is no authority \"%s\" in it", ca->dir, name != NULL ? name : "");
  return NULL;
}

q_ca_authority *q_ca_signer_of(qtls_ca *ca, const char *name) {
  q_ca_authority *a = q_ca_authority_of(ca, name);
  if (a != NULL && a->key == NULL) {
    (void)q_ca_tell(ca, QTLS_ERR_STATE, "%s: the key of the authority %s was not opened", ca->dir, a->name);
    return NULL;
  }
  return a;
}

qtls_err qtls_ca_unlock(qtls_ca *ca, const char *authority, const void *phrase, size_t phrase_size) {
  char file[80];
  char *pem = NULL;
  size_t size = 0;
  size_t line = 0;
  q_ca_authority *a = q_ca_authority_of(ca, authority);
  if (a == NULL) {
    return ca->why.err;
  }
  if (a->key != NULL) {
    return QTLS_OK;
  }
  (void)snprintf(file, sizeof file, "%s.key", a->name);
  qtls_err err = q_ca_read_file(ca, file, &pem, &size, true);
  if (err != QTLS_OK) {
    return err;
  }
  err = phrase != NULL ? qtls_key_load_encrypted(&a->own_key, &line, pem, size, phrase, phrase_size)
                       : qtls_key_load(&a->own_key, &line, pem, size);
  q_ca_forget(pem, size);
  if (err != QTLS_OK) {
    return q_ca_tell(ca, err, "%s/%s: %s", ca->dir, file, qtls_err_text(err));
  }
  a->key = a->own_key;
  return QTLS_OK;
}

/* ---- new ones ---- */

static bool is_name(const char *name) {
  size_t n = strlen(name);
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  return n >= 1 && n <= 48 && strspn(name, letters) == n;
}

static qtls_err write_files(qtls_ca *ca, const qtls_ca_member *m, const char *pem, size_t size) {
  char file[80];
  char *text = NULL;
  size_t n = 0;
  (void)snprintf(file, sizeof file, "%s.pem", m->name);
  qtls_err err = q_ca_write_file(ca, file, pem, size, false);
  if (err != QTLS_OK || m->key == NULL) {
    return err;
  }
  err = m->phrase != NULL ? qtls_key_write_encrypted(m->key, &text, &n, m->phrase, m->phrase_size)
                          : qtls_key_write(m->key, &text, &n);
  if (err != QTLS_OK) {
    return q_ca_tell(ca, err, "the key of %s: %s", m->name, qtls_err_text(err));
  }
  (void)snprintf(file, sizeof file, "%s.key", m->name);
  err = q_ca_write_file(ca, file, text, n, true);
  qtls_pki_free(text);
  return err;
}

static qtls_err insert_row(qtls_ca *ca, const char *name, const qtls_cert *cert, const char *chain, size_t chain_size,
                           int64_t *id) {
  sqlite3_stmt *s = NULL;
  size_t size = 0;
  const uint8_t *der = qtls_cert_der(cert, &size);
  qtls_err err = q_ca_db_prepare(ca, &s, "INSERT INTO authorities(name, cert, chain) VALUES(?, ?, ?)");
  if (err != QTLS_OK) {
    return err;
  }
  int bound = q_ca_bind_text(s, 1, name) | sqlite3_bind_blob64(s, 2, der, size, SQLITE_TRANSIENT) |
              sqlite3_bind_blob64(s, 3, chain != NULL ? chain : "", chain_size, SQLITE_TRANSIENT);
  err = q_ca_db_finish(ca, s, bound);
  *id = sqlite3_last_insert_rowid(ca->db);
  return err;
}

/* Rows and files of an authority whose certificate is there: `pem` begins with
 * it. `issuer_id` 0: its own. */
static qtls_err enter(qtls_ca *ca, const qtls_ca_member *m, const char *pem, size_t size, int64_t issuer_id,
                      const qtls_cert_request *made_from, const char *serial) {
  qtls_cert *cert = NULL;
  int64_t id = 0;
  qtls_err err = qtls_cert_load_pem(&cert, NULL, pem, size, 0);
  if (err != QTLS_OK || cert == NULL) {
    return q_ca_tell(ca, err != QTLS_OK ? err : QTLS_ERR_PEM, "%s: %s", m->name,
                     qtls_err_text(err != QTLS_OK ? err : QTLS_ERR_PEM));
  }
  const qtls_cert_info *info = qtls_cert_read(cert);
  /* A root is not sent: who trusts it has it. */
  bool is_root = issuer_id == 0 && info->self_issued;
  if (!info->is_authority) {
    err = q_ca_tell(ca, QTLS_ERR_CERT_NOT_CA, "%s: %s", m->name, qtls_err_text(QTLS_ERR_CERT_NOT_CA));
  } else {
    err = q_ca_db_begin(ca);
  }
  if (err == QTLS_OK) {
    err = insert_row(ca, m->name, cert, is_root ? NULL : pem, is_root ? 0 : size, &id);
  }
  if (err == QTLS_OK && made_from != NULL) {
    err = q_ca_record_reserve(ca, issuer_id != 0 ? issuer_id : id, serial, made_from, NULL);
    if (err == QTLS_OK) {
      err = q_ca_record_keep(ca, serial, cert);
    }
  } else if (err == QTLS_OK && is_root) {
    err = q_ca_record_foreign(ca, id, cert);
  }
  if (err == QTLS_OK) {
    err = q_ca_db_commit(ca);
  }
  q_ca_db_rollback(ca);
  qtls_cert_free(cert);
  return err == QTLS_OK ? write_files(ca, m, pem, size) : err;
}

static qtls_err make(qtls_ca *ca, const qtls_ca_member *m, q_ca_authority *issuer) {
  qtls_cert_request r = m->wishes;
  uint8_t serial[QTLS_CA_SERIAL_MAX];
  char hex[CA_HEX];
  q_ca_urls urls = {{NULL}, {NULL}};
  char *pem = NULL;
  char *whole = NULL;
  size_t size = 0;
  r.role = QTLS_CERT_authority;
  r.serial = serial;
  qtls_err err = q_ca_serial_draw(ca, serial, hex);
  if (err == QTLS_OK && issuer != NULL) {
    err = q_ca_urls_fill(ca, &urls, &r, issuer->name);
  }
  if (err != QTLS_OK) {
    return err;
  }
  err = qtls_cert_issue(&pem, &size, &r, m->key, issuer != NULL ? issuer->cert_pem : NULL,
                        issuer != NULL ? issuer->cert_size : 0, issuer != NULL ? issuer->key : NULL);
  q_ca_urls_free(&urls);
  if (err != QTLS_OK) {
    return q_ca_tell(ca, err, "the certificate of %s was not issued: %s", m->name, qtls_err_text(err));
  }
  size_t above = issuer != NULL ? issuer->chain_size : 0;
  whole = malloc(size + above + 1);
  if (whole == NULL) {
    err = q_ca_tell(ca, QTLS_ERR_NO_MEMORY, "%s", qtls_err_text(QTLS_ERR_NO_MEMORY));
  } else {
    memcpy(whole, pem, size);
    if (above > 0) {
      memcpy(whole + size, issuer->chain_pem, above);
    }
    err = enter(ca, m, whole, size + above, issuer != NULL ? issuer->id : 0, &r, hex);
  }
  free(whole);
  qtls_pki_free(pem);
  return err;
}

/* Do key and certificate belong together? The library says so when it signs a list. */
static qtls_err check_pair(qtls_ca *ca, const qtls_ca_member *m) {
  const qtls_crl_request none = {.number = 1, .this_update = 0, .next_update = 1, .revoked = NULL, .revoked_count = 0};
  uint8_t *der = NULL;
  size_t size = 0;
  qtls_err err = m->key == NULL ? QTLS_OK : qtls_crl_issue(&der, &size, &none, m->chain_pem, m->chain_size, m->key);
  qtls_pki_free(der);
  return err == QTLS_OK ? QTLS_OK : q_ca_tell(ca, err, "%s: %s", m->name, qtls_err_text(err));
}

qtls_err qtls_ca_add(qtls_ca *ca, const qtls_ca_member *m) {
  q_ca_authority *issuer = NULL;
  qtls_err err = QTLS_OK;
  if (!ca->is_new) {
    return q_ca_tell(ca, QTLS_ERR_STATE, "%s: authorities are added only while a directory is made", ca->dir);
  }
  if (m->name == NULL || !is_name(m->name) || (m->key == NULL && m->chain_pem == NULL) ||
      ca->authority_count == CA_AUTHORITIES_MOST) {
    return q_ca_tell(ca, QTLS_ERR_ARGUMENT, "an authority needs a key, and a name of letters, digits and dashes");
  }
  if (m->issuer != NULL && (issuer = q_ca_signer_of(ca, m->issuer)) == NULL) {
    return ca->why.err;
  }
  if (m->chain_pem != NULL) {
    err = check_pair(ca, m);
    if (err == QTLS_OK) {
      err = enter(ca, m, m->chain_pem, m->chain_size, 0, NULL, NULL);
    }
  } else {
    err = make(ca, m, issuer);
  }
  if (err != QTLS_OK) {
    return err;
  }
  /* Read anew, with the keys that are at hand. */
  const qtls_key *keys[CA_AUTHORITIES_MOST] = {NULL};
  for (size_t i = 0; i < ca->authority_count; i++) {
    keys[i] = ca->authorities[i].key;
  }
  keys[ca->authority_count] = m->key;
  q_ca_authorities_free(ca);
  err = q_ca_authorities_load(ca);
  for (size_t i = 0; i < ca->authority_count; i++) {
    ca->authorities[i].key = keys[i];
  }
  return err;
}
