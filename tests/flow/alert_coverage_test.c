/*
 * Every error that a peer can cause is provoked over the wire by some row of the
 * alert tests: this test reads their sources. What cannot be provoked stands
 * here with its reason, and nothing stands here that is provoked.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/try.h"
#include "unit/unit.h"

static const struct {
  qtls_err err;
  const char *reason;
} not_provoked[] = {
    {QTLS_ERR_RECORD_TOO_SHORT, "told as RECORD_BAD_MAC, so that all failures of protection look alike"},
    {QTLS_ERR_CERT_KEY_TYPE, "a key that does not fit shows as SIG_SCHEME_KEY, one not known as CERT_ALGORITHM"},
};

static const struct {
  qtls_err err;
  qtls_category category;
  const char *name;
} errors[] = {
#define ERROR(name, alert, category, text, section) {QTLS_ERR_##name, QTLS_CATEGORY_##category, "QTLS_ERR_" #name},
    QTLS_ERROR_TABLE(ERROR)
#undef ERROR
};

/* Alerts that no provoked error sends. */
static const struct {
  int alert;
  const char *reason;
} not_sent[] = {
    {QTLS_ALERT_close_notify, "no failure: tests/flow/alert_received_test.c closes with it"},
    {QTLS_ALERT_decryption_failed, "all failures of protection are bad_record_mac"},
    {QTLS_ALERT_no_certificate, "certificate_required took its place"},
    {QTLS_ALERT_user_canceled, "no failure"},
    {QTLS_ALERT_pqc_key_exchange_failure, "only if ML-KEM itself fails, which no peer can bring about"},
    {QTLS_ALERT_hsm_error, "only to an authenticated client; others hear internal_error"},
    {QTLS_ALERT_no_renegotiation, "renegotiation is an unexpected message"},
    {QTLS_ALERT_unknown_psk_identity, "no pre-shared key is taken yet"},
    {QTLS_ALERT_general_error, "understood, and too vague to be sent"},
};

static const int alerts[] = {
#define NUMBER(name, number) number,
    QTLS_ALERT_TABLE(NUMBER)
#undef NUMBER
};

/* All alert tests but this one, one after another. */
static char *sources;

static void append(const char *name, size_t *n) {
  char path[4096];
  (void)snprintf(path, sizeof path, "%s/tests/flow/%s", QTLS_TEST_SOURCE_DIR, name);
  FILE *f = fopen(path, "rb");
  assert_non_null(f);
  size_t room = 1 << 17;
  sources = realloc(sources, *n + room + 1);
  assert_non_null(sources);
  size_t got = fread(sources + *n, 1, room, f);
  assert_true(got < room);
  *n += got;
  sources[*n] = '\0';
  (void)fclose(f);
}

static int read_sources(void **state) {
  (void)state;
  DIR *dir = opendir(QTLS_TEST_SOURCE_DIR "/tests/flow");
  size_t n = 0;
  assert_non_null(dir);
  for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
    size_t length = strlen(e->d_name);
    bool alert_test = strncmp(e->d_name, "alert_", 6) == 0 && length > 7 && strcmp(e->d_name + length - 7, "_test.c") == 0;
    if (alert_test && strcmp(e->d_name, "alert_coverage_test.c") != 0) {
      append(e->d_name, &n);
    }
  }
  (void)closedir(dir);
  assert_true(n > 0);
  return 0;
}

static int forget_sources(void **state) {
  (void)state;
  free(sources);
  return 0;
}

/* The whole word stands somewhere. */
static bool provoked(const char *name) {
  size_t n = strlen(name);
  for (const char *at = strstr(sources, name); at != NULL; at = strstr(at + n, name)) {
    char next = at[n];
    if (next != '_' && (next < 'A' || next > 'Z')) {
      return true;
    }
  }
  return false;
}

static const char *reason_of(qtls_err err) {
  for (size_t i = 0; i < Q_COUNT(not_provoked); i++) {
    if (not_provoked[i].err == err) {
      return not_provoked[i].reason;
    }
  }
  return NULL;
}

static void test_every_error(void **state) {
  (void)state;
  size_t missing = 0;
  for (size_t i = 0; i < Q_COUNT(errors); i++) {
    bool by_peer = errors[i].category == QTLS_CATEGORY_peer || errors[i].category == QTLS_CATEGORY_cert ||
                errors[i].category == QTLS_CATEGORY_policy;
    bool here = provoked(errors[i].name);
    if (by_peer && here == (reason_of(errors[i].err) != NULL)) {
      print_message("%s is %s\n", errors[i].name, here ? "provoked, but excused" : "not provoked");
      missing++;
    }
  }
  assert_int_equal(missing, 0);
}

static bool sent(int alert) {
  for (size_t i = 0; i < Q_COUNT(errors); i++) {
    if ((int)qtls_err_alert(errors[i].err) == alert && provoked(errors[i].name)) {
      /* In TLS 1.3 there is no error that sends 90. */
      return alert != QTLS_ALERT_user_canceled;
    }
  }
  return false;
}

static void test_every_alert(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(alerts); i++) {
    bool excused = false;
    for (size_t k = 0; k < Q_COUNT(not_sent); k++) {
      excused = excused || not_sent[k].alert == alerts[i];
    }
    if (excused == sent(alerts[i])) {
      print_message("%s is %s\n", qtls_alert_name((uint8_t)alerts[i], 0), excused ? "sent, but excused" : "not sent");
    }
    assert_int_not_equal(excused, sent(alerts[i]));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_error),
      cmocka_unit_test(test_every_alert),
  };
  return cmocka_run_group_tests(tests, read_sources, forget_sources);
}
