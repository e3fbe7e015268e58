/* Owns the rows of certificates: a serial number first, the certificate later. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "ca.h"

static qtls_err no_memory(qtls_ca *ca) {
  return q_ca_tell(ca, QTLS_ERR_NO_MEMORY, "%s", qtls_err_text(QTLS_ERR_NO_MEMORY));
}

qtls_err q_ca_record_exists(qtls_ca *ca, const char *serial, bool *taken) {
  sqlite3_stmt *s = NULL;
  qtls_err err = q_ca_db_prepare(ca, &s, "SELECT 1 FROM certificates WHERE serial = ?");
  if (err == QTLS_OK) {
    err = q_ca_bind_text(s, 1, serial) == SQLITE_OK ? q_ca_db_step(ca, s, taken) : no_memory(ca);
  }
  (void)sqlite3_finalize(s);
  return err;
}

qtls_err q_ca_serial_draw(qtls_ca *ca, uint8_t out[QTLS_CA_SERIAL_MAX], char hex[CA_HEX]) {
  bool taken = true;
  while (taken) {
    if (getrandom(out, QTLS_CA_SERIAL_MAX, 0) != QTLS_CA_SERIAL_MAX) {
      return q_ca_tell(ca, QTLS_ERR_RANDOM, "%s", qtls_err_text(QTLS_ERR_RANDOM));
    }
    out[0] &= 0x7F; /* positive, and 20 bytes whatever comes */
    out[0] |= 0x40;
    if (!q_ca_serial_from_bytes(hex, out, QTLS_CA_SERIAL_MAX)) {
      return q_ca_tell(ca, QTLS_ERR_INTERNAL, "%s", qtls_err_text(QTLS_ERR_INTERNAL));
    }
    qtls_err err = q_ca_record_exists(ca, hex, &taken);
    if (err != QTLS_OK) {
      return err;
    }
  }
  return QTLS_OK;
}

/* One a line; NULL without memory. */
static char *join(const char *const *list, size_t count) {
  size_t room = 1;
  for (size_t i = 0; i < count; i++) {
    room += strlen(list[i]) + 1;
  }
  char *out = malloc(room);
  size_t at = 0;
  for (size_t i = 0; out != NULL && i < count; i++) {
    at += (size_t)snprintf(out + at, room - at, "%s%s", i > 0 ? "\n" : "", list[i]);
  }
  if (out != NULL) {
    out[at] = '\0';
  }
  return out;
}

static const char insert[] =
    "INSERT INTO certificates(serial, authority, status, issued_at, not_before, not_after, common_name, organization,"
    " names, permitted, excluded, role, path_length, must_staple, kind)"
    " VALUES(?1, ?2, 0, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, '')";

qtls_err q_ca_record_reserve(qtls_ca *ca, int64_t authority_id, const char *serial, const qtls_cert_request *r,
                             const qtls_csr *csr) {
  sqlite3_stmt *s = NULL;
  const qtls_csr_info *asked = csr != NULL ? qtls_csr_read(csr) : NULL;
  bool theirs = r->names == NULL && asked != NULL;
  char *names = theirs ? join(asked->names, asked->name_count) : join(r->names, r->name_count);
  char *permitted = join(r->permitted, r->permitted_count);
  char *excluded = join(r->excluded, r->excluded_count);
  const char *common_name = r->common_name != NULL || asked == NULL ? r->common_name : asked->common_name;
  const char *organization = r->organization != NULL || asked == NULL ? r->organization : asked->organization;
  qtls_err err = names != NULL && permitted != NULL && excluded != NULL ? QTLS_OK : no_memory(ca);
  if (err == QTLS_OK) {
    err = q_ca_db_prepare(ca, &s, insert);
  }
  if (err == QTLS_OK) {
    int bound = q_ca_bind_text(s, 1, serial) | sqlite3_bind_int64(s, 2, authority_id) |
                sqlite3_bind_int64(s, 3, (int64_t)time(NULL)) | sqlite3_bind_int64(s, 4, r->not_before) |
                sqlite3_bind_int64(s, 5, r->not_after) | q_ca_bind_text(s, 6, common_name) |
                q_ca_bind_text(s, 7, organization) | q_ca_bind_text(s, 8, names) | q_ca_bind_text(s, 9, permitted) |
                q_ca_bind_text(s, 10, excluded) | sqlite3_bind_int(s, 11, (int)r->role) |
                (r->limit_path ? sqlite3_bind_int64(s, 12, (int64_t)r->path_length) : sqlite3_bind_null(s, 12)) |
                sqlite3_bind_int(s, 13, r->must_staple ? 1 : 0);
    err = q_ca_db_finish(ca, s, bound);
  }
  free(names);
  free(permitted);
  free(excluded);
  return err == QTLS_OK ? q_ca_db_event(ca, "reserved", serial, NULL) : err;
}

static void kind_of(char out[96], const qtls_cert_info *info) {
  bool both = info->alt_key_type != NULL;
  bool rsa =
      info->key_type != NULL && strncmp(info->key_type, "RSA", 3) == 0 && strpbrk(info->key_type, "0123456789") == NULL;
  char bits[16] = "";
  if (rsa) {
    (void)snprintf(bits, sizeof bits, "-%u", info->key_bits);
  }
  (void)snprintf(out, 96, "%s%s%s%s", info->key_type != NULL ? info->key_type : "unknown", bits, both ? " and " : "",
                 both ? info->alt_key_type : "");
}

qtls_err q_ca_record_keep(qtls_ca *ca, const char *serial, const qtls_cert *cert) {
  sqlite3_stmt *s = NULL;
  const qtls_cert_info *info = qtls_cert_read(cert);
  char kind[96];
  size_t size = 0;
  const uint8_t *der = qtls_cert_der(cert, &size);
  kind_of(kind, info);
  qtls_err err = q_ca_db_prepare(ca, &s,
                                 "UPDATE certificates SET status = 1, subject = ?2, not_before = ?3, not_after = ?4, "
                                 "kind = ?5, der = ?6 WHERE serial = ?1 AND status = 0");
  if (err != QTLS_OK) {
    return err;
  }
  int bound = q_ca_bind_text(s, 1, serial) | q_ca_bind_text(s, 2, info->subject) |
              sqlite3_bind_int64(s, 3, info->not_before) | sqlite3_bind_int64(s, 4, info->not_after) |
              q_ca_bind_text(s, 5, kind) | sqlite3_bind_blob64(s, 6, der, size, SQLITE_TRANSIENT);
  err = q_ca_db_finish(ca, s, bound);
  if (err == QTLS_OK && sqlite3_changes(ca->db) != 1) {
    return q_ca_tell(ca, QTLS_ERR_STATE, "%s/ca.db: the serial number %s was not reserved", ca->dir, serial);
  }
  return err == QTLS_OK ? q_ca_db_event(ca, "issued", serial, info->subject) : err;
}

qtls_err q_ca_record_foreign(qtls_ca *ca, int64_t authority_id, const qtls_cert *cert) {
  const qtls_cert_info *info = qtls_cert_read(cert);
  qtls_cert_request r = {.role = info->is_authority ? QTLS_CERT_authority : QTLS_CERT_server,
                         .names = info->names,
                         .name_count = info->name_count,
                         .not_before = info->not_before,
                         .not_after = info->not_after,
                         .limit_path = info->has_path_length,
                         .path_length = info->path_length,
                         .must_staple = info->must_staple};
  char serial[CA_HEX];
  if (info->serial == NULL || !q_ca_serial_from_text(serial, info->serial)) {
    return q_ca_tell(ca, QTLS_ERR_ARGUMENT, "the certificate's serial number cannot be kept");
  }
  qtls_err err = q_ca_record_reserve(ca, authority_id, serial, &r, NULL);
  return err == QTLS_OK ? q_ca_record_keep(ca, serial, cert) : err;
}

qtls_err q_ca_record_drop(qtls_ca *ca, const char *serial) {
  sqlite3_stmt *s = NULL;
  qtls_err err = q_ca_db_prepare(ca, &s, "DELETE FROM certificates WHERE serial = ? AND status = 0");
  if (err == QTLS_OK) {
    err = q_ca_db_finish(ca, s, q_ca_bind_text(s, 1, serial));
  }
  return err == QTLS_OK ? q_ca_db_event(ca, "refused", serial, NULL) : err;
}
