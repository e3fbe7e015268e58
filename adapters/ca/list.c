/* Owns the reading of records, one after the other. */
#include <stdlib.h>
#include <string.h>

#include "ca.h"

struct qtls_ca_list {
  qtls_ca *ca;
  sqlite3_stmt *statement;
};

enum {
  AT_serial,
  AT_authority,
  AT_status,
  AT_subject,
  AT_common_name,
  AT_organization,
  AT_names,
  AT_permitted,
  AT_excluded,
  AT_role,
  AT_path_length,
  AT_must_staple,
  AT_kind,
  AT_issued_at,
  AT_not_before,
  AT_not_after,
  AT_revoked_at,
  AT_reason,
  AT_replaced_by,
  AT_der
};

static const char query[] =
    "SELECT c.serial, a.name, c.status, c.subject, c.common_name, c.organization, c.names, c.permitted, c.excluded,"
    " c.role, c.path_length, c.must_staple, c.kind, c.issued_at, c.not_before, c.not_after, c.revoked_at, c.reason,"
    " c.replaced_by, c.der FROM certificates c JOIN authorities a ON a.id = c.authority"
    " WHERE (?1 IS NULL OR c.serial = ?1) AND (?2 IS NULL OR a.name = ?2)"
    " AND (?3 = 0 OR c.not_after <= ?3) AND (?4 = 0 OR c.not_after > ?4)"
    " AND (?5 = 0 OR c.status = 1) AND (?6 = 0 OR c.status = 2) ORDER BY c.id";

qtls_err qtls_ca_list_begin(qtls_ca_list **out, qtls_ca *ca, const qtls_ca_filter *filter) {
  char serial[CA_HEX] = "";
  *out = NULL;
  if (filter->serial != NULL && !q_ca_serial_from_text(serial, filter->serial)) {
    return q_ca_tell(ca, QTLS_ERR_ARGUMENT, "\"%s\" is not a serial number: up to 40 hexadecimal digits",
                     filter->serial);
  }
  qtls_ca_list *list = calloc(1, sizeof *list);
  if (list == NULL) {
    return q_ca_tell(ca, QTLS_ERR_NO_MEMORY, "%s", qtls_err_text(QTLS_ERR_NO_MEMORY));
  }
  list->ca = ca;
  qtls_err err = q_ca_db_prepare(ca, &list->statement, query);
  if (err == QTLS_OK) {
    sqlite3_stmt *s = list->statement;
    int bound = q_ca_bind_text(s, 1, filter->serial != NULL ? serial : NULL) | q_ca_bind_text(s, 2, filter->authority) |
                sqlite3_bind_int64(s, 3, filter->expires_before) | sqlite3_bind_int64(s, 4, filter->expires_after) |
                sqlite3_bind_int(s, 5, filter->only_valid ? 1 : 0) |
                sqlite3_bind_int(s, 6, filter->only_revoked ? 1 : 0);
    err = bound == SQLITE_OK ? QTLS_OK : q_ca_db_fail(ca, SQLITE_NOMEM);
  }
  if (err != QTLS_OK) {
    qtls_ca_list_end(list);
    return err;
  }
  *out = list;
  return QTLS_OK;
}

static const char *text_at(sqlite3_stmt *s, int column) { return (const char *)sqlite3_column_text(s, column); }

static const char *list_at(sqlite3_stmt *s, int column) {
  const char *text = text_at(s, column);
  return text != NULL ? text : "";
}

qtls_err qtls_ca_list_next(qtls_ca_list *list, qtls_ca_record *out, bool *more) {
  sqlite3_stmt *s = list->statement;
  memset(out, 0, sizeof *out);
  *more = false;
  qtls_err err = q_ca_db_step(list->ca, s, more);
  if (err != QTLS_OK || !*more) {
    return err;
  }
  out->serial = list_at(s, AT_serial);
  out->authority = list_at(s, AT_authority);
  out->state = (qtls_ca_state)sqlite3_column_int(s, AT_status);
  out->subject = text_at(s, AT_subject);
  out->common_name = text_at(s, AT_common_name);
  out->organization = text_at(s, AT_organization);
  out->names = list_at(s, AT_names);
  out->permitted = list_at(s, AT_permitted);
  out->excluded = list_at(s, AT_excluded);
  out->role = (qtls_cert_role)sqlite3_column_int(s, AT_role);
  out->limit_path = sqlite3_column_type(s, AT_path_length) != SQLITE_NULL;
  out->path_length = (unsigned)sqlite3_column_int(s, AT_path_length);
  out->must_staple = sqlite3_column_int(s, AT_must_staple) != 0;
  out->kind = list_at(s, AT_kind);
  out->issued_at = sqlite3_column_int64(s, AT_issued_at);
  out->not_before = sqlite3_column_int64(s, AT_not_before);
  out->not_after = sqlite3_column_int64(s, AT_not_after);
  out->revoked_at = sqlite3_column_int64(s, AT_revoked_at);
  out->reason = (qtls_reason)sqlite3_column_int(s, AT_reason);
  out->replaced_by = text_at(s, AT_replaced_by);
  out->der = sqlite3_column_blob(s, AT_der);
  out->der_size = (size_t)sqlite3_column_bytes(s, AT_der);
  return QTLS_OK;
}

void qtls_ca_list_end(qtls_ca_list *list) {
  if (list != NULL) {
    (void)sqlite3_finalize(list->statement);
    free(list);
  }
}
