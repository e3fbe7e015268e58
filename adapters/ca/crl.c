/* Owns the making of revocation lists: a number first, on the disk, then the
 * list, so that a number never stands on two lists. */
#include <stdlib.h>
#include <string.h>

#include "ca.h"

typedef struct entries {
  qtls_revoked *list;
  uint8_t (*serials)[QTLS_CA_SERIAL_MAX];
  size_t count;
} entries;

static void drop(entries *e) {
  free(e->list);
  free(e->serials);
}

/* An entry stays until a list made after its certificate's end has had it
 * (RFC 5280 §3.3): `last` is when the list before was made. */
static const char query[] =
    "SELECT serial, revoked_at, reason FROM certificates WHERE authority = ?1 AND status = 2 AND not_after >= ?2 "
    "ORDER BY id";

static qtls_err take_row(qtls_ca *ca, entries *e, size_t *room, sqlite3_stmt *s) {
  if (e->count == *room) {
    size_t more = *room == 0 ? 64 : *room * 2;
    void *list = realloc(e->list, more * sizeof *e->list);
    e->list = list != NULL ? list : e->list;
    void *serials = list != NULL ? realloc(e->serials, more * sizeof *e->serials) : NULL;
    e->serials = serials != NULL ? serials : e->serials;
    if (serials == NULL) {
      return q_ca_tell(ca, QTLS_ERR_NO_MEMORY, "%s", qtls_err_text(QTLS_ERR_NO_MEMORY));
    }
    *room = more;
  }
  const char *hex = (const char *)sqlite3_column_text(s, 0);
  e->list[e->count].serial_size = hex != NULL ? q_ca_serial_to_bytes(e->serials[e->count], hex) : 0;
  e->list[e->count].when = sqlite3_column_int64(s, 1);
  e->list[e->count].reason = (qtls_reason)sqlite3_column_int(s, 2);
  e->count++;
  return QTLS_OK;
}

static qtls_err collect(qtls_ca *ca, entries *e, const q_ca_authority *a, int64_t last) {
  sqlite3_stmt *s = NULL;
  size_t room = 0;
  bool row = true;
  qtls_err err = q_ca_db_prepare(ca, &s, query);
  if (err == QTLS_OK && (sqlite3_bind_int64(s, 1, a->id) | sqlite3_bind_int64(s, 2, last)) != SQLITE_OK) {
    err = q_ca_db_fail(ca, SQLITE_NOMEM);
  }
  while (err == QTLS_OK && (err = q_ca_db_step(ca, s, &row)) == QTLS_OK && row) {
    err = take_row(ca, e, &room, s);
  }
  (void)sqlite3_finalize(s);
  for (size_t i = 0; i < e->count; i++) {
    e->list[i].serial = e->serials[i];
  }
  return err;
}

/* The next number, and when the list before was made; in the transaction at work. */
static qtls_err take_number(qtls_ca *ca, const q_ca_authority *a, int64_t this_update, int64_t next_update,
                            int64_t *number, int64_t *last) {
  sqlite3_stmt *s = NULL;
  bool row = false;
  qtls_err err = q_ca_db_prepare(
      ca, &s, "SELECT COALESCE(MAX(number), 0), COALESCE(MAX(this_update), 0) FROM crls WHERE authority = ?");
  if (err == QTLS_OK) {
    err = sqlite3_bind_int64(s, 1, a->id) == SQLITE_OK ? q_ca_db_step(ca, s, &row) : q_ca_db_fail(ca, SQLITE_NOMEM);
  }
  *number = row ? sqlite3_column_int64(s, 0) + 1 : 1;
  *last = row ? sqlite3_column_int64(s, 1) : 0;
  (void)sqlite3_finalize(s);
  s = NULL;
  if (err == QTLS_OK) {
    err = q_ca_db_prepare(ca, &s, "INSERT INTO crls(authority, number, this_update, next_update) VALUES(?, ?, ?, ?)");
  }
  if (err == QTLS_OK) {
    int bound = sqlite3_bind_int64(s, 1, a->id) | sqlite3_bind_int64(s, 2, *number) |
                sqlite3_bind_int64(s, 3, this_update) | sqlite3_bind_int64(s, 4, next_update);
    err = q_ca_db_finish(ca, s, bound);
  }
  return err;
}

/* The list, and the ones before without their bytes: only the newest is asked for. */
static qtls_err keep(qtls_ca *ca, const q_ca_authority *a, int64_t number, const uint8_t *der, size_t size) {
  sqlite3_stmt *s = NULL;
  qtls_err err = q_ca_db_begin(ca);
  if (err == QTLS_OK) {
    err = q_ca_db_prepare(ca, &s,
                          "UPDATE crls SET der = CASE WHEN number = ?2 THEN ?3 END "
                          "WHERE authority = ?1 AND (number = ?2 OR der IS NOT NULL)");
  }
  if (err == QTLS_OK) {
    int bound = sqlite3_bind_int64(s, 1, a->id) | sqlite3_bind_int64(s, 2, number) |
                sqlite3_bind_blob64(s, 3, der, size, SQLITE_STATIC);
    err = q_ca_db_finish(ca, s, bound);
  }
  if (err == QTLS_OK) {
    err = q_ca_db_event(ca, "crl", NULL, a->name);
  }
  if (err == QTLS_OK) {
    return q_ca_db_commit(ca);
  }
  q_ca_db_rollback(ca);
  return err;
}

static qtls_err prepare(qtls_ca *ca, const q_ca_authority *a, entries *e, int64_t this_update, int64_t next_update,
                        int64_t *number) {
  int64_t last = 0;
  qtls_err err = q_ca_db_begin(ca);
  if (err == QTLS_OK) {
    err = take_number(ca, a, this_update, next_update, number, &last);
  }
  if (err == QTLS_OK) {
    err = collect(ca, e, a, last);
  }
  if (err == QTLS_OK) {
    return q_ca_db_commit(ca);
  }
  q_ca_db_rollback(ca);
  return err;
}

static qtls_err copy(qtls_ca *ca, uint8_t **out, size_t *size, const void *p, size_t n) {
  *out = malloc(n + 1);
  if (*out == NULL) {
    return q_ca_tell(ca, QTLS_ERR_NO_MEMORY, "%s", qtls_err_text(QTLS_ERR_NO_MEMORY));
  }
  memcpy(*out, p, n);
  *size = n;
  return QTLS_OK;
}

qtls_err qtls_ca_crl_make(qtls_ca *ca, const char *authority, int64_t this_update, int64_t next_update, uint8_t **der,
                          size_t *size, uint64_t *number) {
  entries e = {NULL, NULL, 0};
  int64_t taken = 0;
  uint8_t *made = NULL;
  size_t n = 0;
  *der = NULL;
  *size = 0;
  const q_ca_authority *a = q_ca_signer_of(ca, authority);
  if (a == NULL) {
    return ca->why.err;
  }
  if (next_update <= this_update) {
    return q_ca_tell(ca, QTLS_ERR_ARGUMENT, "a list has to be good for some time");
  }
  qtls_err err = prepare(ca, a, &e, this_update, next_update, &taken);
  if (err == QTLS_OK) {
    const qtls_crl_request request = {.number = (uint64_t)taken,
                                      .this_update = this_update,
                                      .next_update = next_update,
                                      .revoked = e.list,
                                      .revoked_count = e.count};
    err = qtls_crl_issue(&made, &n, &request, a->cert_pem, a->cert_size, a->key);
    if (err != QTLS_OK) {
      err = q_ca_tell(ca, err, "the list was not signed: %s", qtls_err_text(err));
    }
  }
  drop(&e);
  if (err == QTLS_OK) {
    err = copy(ca, der, size, made, n);
  }
  if (err == QTLS_OK) {
    err = keep(ca, a, taken, made, n);
  }
  qtls_pki_free(made);
  if (err != QTLS_OK) {
    free(*der);
    *der = NULL;
    *size = 0;
  } else if (number != NULL) {
    *number = (uint64_t)taken;
  }
  return err;
}

qtls_err qtls_ca_crl_last(qtls_ca *ca, size_t i, uint8_t **der, size_t *size, int64_t *next_update) {
  sqlite3_stmt *s = NULL;
  bool row = false;
  *der = NULL;
  *size = 0;
  *next_update = 0;
  if (i >= ca->authority_count) {
    return q_ca_tell(ca, QTLS_ERR_ARGUMENT, "there is no authority %zu", i);
  }
  qtls_err err = q_ca_db_prepare(
      ca, &s, "SELECT der, next_update FROM crls WHERE authority = ? AND der IS NOT NULL ORDER BY number DESC LIMIT 1");
  if (err == QTLS_OK) {
    err = sqlite3_bind_int64(s, 1, ca->authorities[i].id) == SQLITE_OK ? q_ca_db_step(ca, s, &row)
                                                                       : q_ca_db_fail(ca, SQLITE_NOMEM);
  }
  if (err == QTLS_OK && row) {
    *next_update = sqlite3_column_int64(s, 1);
    err = copy(ca, der, size, sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0));
  }
  (void)sqlite3_finalize(s);
  return err;
}
