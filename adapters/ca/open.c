/* Owns the handle: opened on an authority that is there, or on a new one in the making. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ca.h"

static qtls_err no_handle(qtls_ca_problem *why) {
  if (why != NULL) {
    why->err = QTLS_ERR_NO_MEMORY;
    (void)snprintf(why->text, sizeof why->text, "%s", qtls_err_text(QTLS_ERR_NO_MEMORY));
  }
  return QTLS_ERR_NO_MEMORY;
}

/* Hand out the handle, or close it and tell. */
static qtls_err hand_out(qtls_ca **out, qtls_ca *ca, qtls_err err, qtls_ca_problem *why) {
  if (err == QTLS_OK) {
    *out = ca;
    return QTLS_OK;
  }
  if (why != NULL) {
    *why = ca->why;
  }
  qtls_ca_close(ca);
  return err;
}

static qtls_ca *new_handle(void) {
  qtls_ca *ca = calloc(1, sizeof *ca);
  if (ca != NULL) {
    ca->lock_fd = -1;
  }
  return ca;
}

qtls_err qtls_ca_open(qtls_ca **out, const char *dir, qtls_ca_access access_wanted, int wait_ms, qtls_ca_problem *why) {
  *out = NULL;
  qtls_ca *ca = new_handle();
  if (ca == NULL) {
    return no_handle(why);
  }
  char db[CA_PATH + 16];
  size_t n = strlen(dir);
  qtls_err err =
      n > 0 && n + 80 < sizeof ca->dir ? QTLS_OK : q_ca_tell(ca, QTLS_ERR_FILE, "\"%s\" is no folder's name", dir);
  if (err == QTLS_OK) {
    memcpy(ca->dir, dir, n + 1);
    (void)snprintf(db, sizeof db, "%s/ca.db", dir);
    /* A lock file only where there is something to lock. */
    if (access_wanted == QTLS_CA_write && access(db, F_OK) == 0) {
      err = q_ca_lock(ca, wait_ms);
    }
  }
  if (err == QTLS_OK) {
    err = q_ca_db_open(ca, false);
  }
  if (err == QTLS_OK && access_wanted != QTLS_CA_write) {
    err = q_ca_db_run(ca, "PRAGMA query_only = ON");
  }
  if (err == QTLS_OK) {
    err = q_ca_authorities_load(ca);
  }
  return hand_out(out, ca, err, why);
}

qtls_err qtls_ca_create(qtls_ca **out, const char *dir, qtls_ca_problem *why) {
  *out = NULL;
  qtls_ca *ca = new_handle();
  if (ca == NULL) {
    return no_handle(why);
  }
  ca->is_new = true;
  qtls_err err = q_ca_make_folder(ca, dir);
  if (err == QTLS_OK) {
    err = q_ca_db_open(ca, true);
  }
  return hand_out(out, ca, err, why);
}

void q_ca_remove_folder(const char *dir) {
  char path[CA_PATH + 300];
  DIR *folder = opendir(dir);
  const struct dirent *entry = NULL;
  while (folder != NULL && (entry = readdir(folder)) != NULL) {
    if (entry->d_name[0] != '.') {
      (void)snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
      (void)unlink(path);
    }
  }
  if (folder != NULL) {
    (void)closedir(folder);
  }
  (void)rmdir(dir);
}

qtls_err qtls_ca_publish(qtls_ca *ca) {
  if (!ca->is_new || ca->authority_count == 0) {
    return q_ca_tell(ca, QTLS_ERR_STATE, "there is no new authority to publish");
  }
  /* Closing moves the journal into the database and flushes it. */
  if (!q_ca_db_close(ca)) {
    return q_ca_tell(ca, QTLS_ERR_FILE, "%s/ca.db: the database could not be closed", ca->dir);
  }
  qtls_err err = q_ca_publish_folder(ca);
  q_ca_authorities_free(ca);
  return err;
}

void qtls_ca_close(qtls_ca *ca) {
  if (ca == NULL) {
    return;
  }
  q_ca_authorities_free(ca);
  free(ca->setting);
  if (ca->db != NULL) {
    (void)q_ca_db_close(ca);
  }
  if (ca->is_new && ca->dir[0] != '\0') {
    q_ca_remove_folder(ca->dir);
  }
  if (ca->lock_fd >= 0) {
    (void)close(ca->lock_fd);
  }
  free(ca);
}

const char *qtls_ca_text(const qtls_ca *ca) { return ca->why.text; }

static qtls_err check_database(qtls_ca *ca) {
  sqlite3_stmt *s = NULL;
  bool row = false;
  qtls_err err = q_ca_db_prepare(ca, &s, "PRAGMA integrity_check(1)");
  if (err == QTLS_OK) {
    err = q_ca_db_step(ca, s, &row);
  }
  const char *said = row ? (const char *)sqlite3_column_text(s, 0) : NULL;
  if (err == QTLS_OK && (said == NULL || strcmp(said, "ok") != 0)) {
    err = q_ca_tell(ca, QTLS_ERR_FILE, "%s/ca.db: the database is damaged: %s", ca->dir, said != NULL ? said : "");
  }
  (void)sqlite3_finalize(s);
  return err;
}

qtls_err qtls_ca_check(qtls_ca *ca) {
  const qtls_ca_filter all = {.serial = NULL};
  qtls_ca_list *list = NULL;
  qtls_ca_record r;
  bool more = true;
  qtls_err err = check_database(ca);
  if (err == QTLS_OK) {
    err = qtls_ca_list_begin(&list, ca, &all);
  }
  while (err == QTLS_OK && (err = qtls_ca_list_next(list, &r, &more)) == QTLS_OK && more) {
    qtls_cert *cert = NULL;
    char serial[CA_HEX] = "";
    if (r.state == QTLS_CA_reserved) {
      continue;
    }
    bool good = r.der != NULL && qtls_cert_load(&cert, r.der, r.der_size) == QTLS_OK &&
                q_ca_serial_from_text(serial, qtls_cert_read(cert)->serial) && strcmp(serial, r.serial) == 0;
    qtls_cert_free(cert);
    if (!good) {
      err = q_ca_tell(ca, QTLS_ERR_FILE, "%s/ca.db: the certificate %s is damaged", ca->dir, r.serial);
    }
  }
  qtls_ca_list_end(list);
  return err;
}
