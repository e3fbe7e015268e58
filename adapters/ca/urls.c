/* Owns the settings, of which all today are URLs that go into certificates. */
#include <stdlib.h>
#include <string.h>

#include "ca.h"

static const char *const known[] = {"ocsp_url", "issuer_url", "crl_url"};
enum { URLS = 3, URL_MOST = 1024 };

static bool is_known(const char *setting) {
  for (size_t i = 0; i < URLS; i++) {
    if (strcmp(known[i], setting) == 0) {
      return true;
    }
  }
  return false;
}

qtls_err qtls_ca_set(qtls_ca *ca, const char *setting, const char *value) {
  sqlite3_stmt *s = NULL;
  if (!is_known(setting)) {
    return q_ca_tell(ca, QTLS_ERR_ARGUMENT, "there is no setting \"%s\"", setting);
  }
  if (value != NULL && (strncmp(value, "http://", 7) != 0 || strlen(value) > URL_MOST || value[7] == '\0')) {
    return q_ca_tell(ca, QTLS_ERR_ARGUMENT,
                     "\"%s\" is not an http:// URL; https:// would need a certificate to judge a certificate", value);
  }
  qtls_err err = q_ca_db_begin(ca);
  if (err == QTLS_OK) {
    err = q_ca_db_prepare(ca, &s,
                          value != NULL ? "INSERT INTO settings(name, value) VALUES(?1, ?2) ON CONFLICT(name) DO "
                                          "UPDATE SET value = ?2"
                                        : "DELETE FROM settings WHERE name = ?1");
  }
  if (err == QTLS_OK) {
    int bound = q_ca_bind_text(s, 1, setting);
    err = q_ca_db_finish(ca, s, value != NULL ? bound | q_ca_bind_text(s, 2, value) : bound);
  }
  if (err != QTLS_OK) {
    q_ca_db_rollback(ca);
    return err;
  }
  return q_ca_db_commit(ca);
}

const char *qtls_ca_setting(qtls_ca *ca, const char *setting) {
  sqlite3_stmt *s = NULL;
  bool row = false;
  free(ca->setting);
  ca->setting = NULL;
  if (q_ca_db_prepare(ca, &s, "SELECT value FROM settings WHERE name = ?") == QTLS_OK &&
      q_ca_bind_text(s, 1, setting) == SQLITE_OK && q_ca_db_step(ca, s, &row) == QTLS_OK && row) {
    const char *text = (const char *)sqlite3_column_text(s, 0);
    ca->setting = text != NULL ? strdup(text) : NULL;
  }
  (void)sqlite3_finalize(s);
  return ca->setting;
}

/* A copy with each {issuer} replaced; NULL without memory. */
static char *spell(const char *pattern, const char *issuer) {
  static const char mark[] = "{issuer}";
  const size_t skip = sizeof mark - 1;
  size_t room = strlen(pattern) + 1;
  for (const char *p = pattern; (p = strstr(p, mark)) != NULL; p += skip) {
    room += strlen(issuer);
  }
  char *out = malloc(room);
  size_t at = 0;
  while (out != NULL && *pattern != '\0') {
    if (strncmp(pattern, mark, skip) == 0) {
      memcpy(out + at, issuer, strlen(issuer));
      at += strlen(issuer);
      pattern += skip;
    } else {
      out[at++] = *pattern++;
    }
  }
  if (out != NULL) {
    out[at] = '\0';
  }
  return out;
}

void q_ca_urls_free(q_ca_urls *urls) {
  for (size_t i = 0; i < URLS; i++) {
    free(urls->text[i]);
    urls->text[i] = NULL;
  }
}

qtls_err q_ca_urls_fill(qtls_ca *ca, q_ca_urls *out, qtls_cert_request *request, const char *issuer) {
  struct {
    const char *const **list;
    size_t *count;
  } fields[URLS] = {{&request->ocsp_urls, &request->ocsp_url_count},
                    {&request->issuer_urls, &request->issuer_url_count},
                    {&request->crl_urls, &request->crl_url_count}};
  memset(out, 0, sizeof *out);
  for (size_t i = 0; i < URLS; i++) {
    const char *pattern = *fields[i].count == 0 ? qtls_ca_setting(ca, known[i]) : NULL;
    if (pattern == NULL) {
      continue;
    }
    out->text[i] = spell(pattern, issuer);
    if (out->text[i] == NULL) {
      q_ca_urls_free(out);
      return q_ca_tell(ca, QTLS_ERR_NO_MEMORY, "%s", qtls_err_text(QTLS_ERR_NO_MEMORY));
    }
    out->list[i] = out->text[i];
    *fields[i].list = &out->list[i];
    *fields[i].count = 1;
  }
  return QTLS_OK;
}
