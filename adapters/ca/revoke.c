/* Owns revocation: the row that says so, the lists made of such rows, and the
 * answer to "is this one revoked?". */
#include <stdlib.h>
#include <string.h>

#include "ca.h"

static qtls_err state_of(qtls_ca *ca, const char *serial, qtls_ca_state *state, qtls_reason *reason) {
  sqlite3_stmt *s = NULL;
  bool row = false;
  qtls_err err = q_ca_db_prepare(ca, &s, "SELECT status, reason FROM certificates WHERE serial = ?");
  if (err == QTLS_OK) {
    err = q_ca_bind_text(s, 1, serial) == SQLITE_OK ? q_ca_db_step(ca, s, &row) : q_ca_db_fail(ca, SQLITE_NOMEM);
  }
  if (err == QTLS_OK && !row) {
    err = q_ca_tell(ca, QTLS_ERR_ARGUMENT, "%s/ca.db: there is no certificate %s; qtls pki list shows them", ca->dir,
                    serial);
  }
  if (err == QTLS_OK) {
    *state = (qtls_ca_state)sqlite3_column_int(s, 0);
    *reason = (qtls_reason)sqlite3_column_int(s, 1);
  }
  (void)sqlite3_finalize(s);
  return err;
}

static qtls_err may_change(qtls_ca *ca, const char *serial, qtls_reason reason) {
  qtls_ca_state state = QTLS_CA_reserved;
  qtls_reason before = QTLS_REASON_unspecified;
  qtls_err err = state_of(ca, serial, &state, &before);
  bool held = state == QTLS_CA_revoked && before == QTLS_REASON_certificateHold;
  if (err != QTLS_OK) {
    return err;
  }
  if (reason == QTLS_REASON_removeFromCRL && !held) {
    return q_ca_tell(ca, QTLS_ERR_STATE, "%s is not on hold: a revocation for any other reason is for good", serial);
  }
  if (state == QTLS_CA_reserved) {
    return q_ca_tell(ca, QTLS_ERR_STATE, "%s was reserved and never signed: there is nothing to revoke", serial);
  }
  if (state == QTLS_CA_revoked && (!held || reason == QTLS_REASON_certificateHold)) {
    return q_ca_tell(ca, QTLS_ERR_STATE, "%s is revoked already (%s)", serial, qtls_reason_name((int)before));
  }
  return QTLS_OK;
}

static qtls_err change(qtls_ca *ca, const char *serial, qtls_reason reason, int64_t when) {
  sqlite3_stmt *s = NULL;
  bool freed = reason == QTLS_REASON_removeFromCRL;
  qtls_err err = q_ca_db_prepare(
      ca, &s, "UPDATE certificates SET status = ?2, revoked_at = ?3, reason = ?4 WHERE serial = ?1 AND status <> 0");
  if (err == QTLS_OK) {
    int bound = q_ca_bind_text(s, 1, serial) | sqlite3_bind_int(s, 2, freed ? QTLS_CA_valid : QTLS_CA_revoked) |
                (freed ? sqlite3_bind_null(s, 3) : sqlite3_bind_int64(s, 3, when)) |
                (freed ? sqlite3_bind_null(s, 4) : sqlite3_bind_int(s, 4, (int)reason));
    err = q_ca_db_finish(ca, s, bound);
  }
  return err == QTLS_OK ? q_ca_db_event(ca, freed ? "freed" : "revoked", serial, qtls_reason_name((int)reason)) : err;
}

qtls_err qtls_ca_revoke(qtls_ca *ca, const char *serial, qtls_reason reason, int64_t when) {
  char hex[CA_HEX];
  if (!q_ca_serial_from_text(hex, serial)) {
    return q_ca_tell(ca, QTLS_ERR_ARGUMENT, "\"%s\" is not a serial number: up to 40 hexadecimal digits", serial);
  }
  if (strcmp(qtls_reason_name((int)reason), "unknown") == 0) {
    return q_ca_tell(ca, QTLS_ERR_ARGUMENT, "%d is no reason of RFC 5280", (int)reason);
  }
  qtls_err err = q_ca_db_begin(ca);
  if (err == QTLS_OK) {
    err = may_change(ca, hex, reason);
  }
  if (err == QTLS_OK) {
    err = change(ca, hex, reason, when);
  }
  if (err != QTLS_OK) {
    q_ca_db_rollback(ca);
    return err;
  }
  return q_ca_db_commit(ca);
}

qtls_err qtls_ca_status_of(qtls_ca *ca, size_t i, const uint8_t *serial, size_t size, qtls_ca_status *out) {
  sqlite3_stmt *s = NULL;
  char hex[CA_HEX];
  bool row = false;
  memset(out, 0, sizeof *out);
  if (i >= ca->authority_count) {
    return q_ca_tell(ca, QTLS_ERR_ARGUMENT, "there is no authority %zu", i);
  }
  if (!q_ca_serial_from_bytes(hex, serial, size)) {
    return QTLS_OK; /* none of ours */
  }
  qtls_err err = q_ca_db_prepare(
      ca, &s, "SELECT status, revoked_at, reason FROM certificates WHERE serial = ? AND authority = ? AND status <> 0");
  if (err == QTLS_OK) {
    int bound = q_ca_bind_text(s, 1, hex) | sqlite3_bind_int64(s, 2, ca->authorities[i].id);
    err = bound == SQLITE_OK ? q_ca_db_step(ca, s, &row) : q_ca_db_fail(ca, SQLITE_NOMEM);
  }
  if (err == QTLS_OK && row) {
    out->known = true;
    out->state = (qtls_ca_state)sqlite3_column_int(s, 0);
    out->revoked_at = sqlite3_column_int64(s, 1);
    out->reason = (qtls_reason)sqlite3_column_int(s, 2);
  }
  (void)sqlite3_finalize(s);
  return err;
}
