/* Private keys under a pass phrase (qtls/pki.h). */
#include "qtls/pki.h"

#include <stdlib.h>

#include "unit/unit.h"

#define PHRASE "correct horse"
#define PHRASE_N (sizeof PHRASE - 1)

static bool same_key(const qtls_key *a, const qtls_key *b) {
  char *x = NULL, *y = NULL;
  assert_ok(qtls_key_write(a, &x, NULL));
  assert_ok(qtls_key_write(b, &y, NULL));
  bool same = strcmp(x, y) == 0;
  qtls_pki_free(x);
  qtls_pki_free(y);
  return same;
}

static void there_and_back(void **state) {
  (void)state;
  static const char *const kinds[] = {"hybrid", "mldsa44", "p256", "rsa2048"};
  for (size_t i = 0; i < Q_COUNT(kinds); i++) {
    qtls_key *key = NULL, *back = NULL;
    char *pem = NULL;
    size_t n = 0, line = 0;
    assert_ok(qtls_key_generate(&key, kinds[i]));
    assert_ok(qtls_key_write_encrypted(key, &pem, &n, PHRASE, PHRASE_N));
    assert_int_equal(strlen(pem), n);
    assert_non_null(strstr(pem, "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    assert_null(strstr(pem, "-----BEGIN PRIVATE KEY"));
    assert_ok(qtls_key_load_encrypted(&back, &line, pem, n, PHRASE, PHRASE_N));
    assert_true(same_key(key, back));
    qtls_key_free(back);
    assert_err(qtls_key_load_encrypted(&back, &line, pem, n, "Correct horse", PHRASE_N), QTLS_ERR_KEY_PASSPHRASE);
    assert_null(back);
    assert_int_equal(line, 1);
    assert_err(qtls_key_load(&back, &line, pem, n), QTLS_ERR_KEY_ENCRYPTED);
    assert_null(back);
    qtls_pki_free(pem);
    qtls_key_free(key);
  }
}

/* No two files are alike, and nothing of the key is in them. */
static void salted(void **state) {
  (void)state;
  qtls_key *key = NULL;
  char *a = NULL, *b = NULL;
  assert_ok(qtls_key_generate(&key, "ed25519"));
  assert_ok(qtls_key_write_encrypted(key, &a, NULL, PHRASE, PHRASE_N));
  assert_ok(qtls_key_write_encrypted(key, &b, NULL, PHRASE, PHRASE_N));
  assert_string_not_equal(a, b);
  qtls_pki_free(a);
  qtls_pki_free(b);
  qtls_key_free(key);
}

/* One block of two may be in the clear; a phrase does no harm to a file without need. */
static void mixed(void **state) {
  (void)state;
  qtls_key *key = NULL, *back = NULL;
  char *plain = NULL, *sealed = NULL;
  static char text[16384];
  assert_ok(qtls_key_generate(&key, "hybrid"));
  assert_ok(qtls_key_write(key, &plain, NULL));
  assert_ok(qtls_key_write_encrypted(key, &sealed, NULL, PHRASE, PHRASE_N));
  assert_ok(qtls_key_load_encrypted(&back, NULL, plain, strlen(plain), PHRASE, PHRASE_N));
  assert_true(same_key(key, back));
  qtls_key_free(back);
  const char *second = strstr(sealed + 1, "-----BEGIN");
  size_t head = (size_t)(strstr(plain + 1, "-----BEGIN") - plain);
  memcpy(text, plain, head);
  memcpy(text + head, second, strlen(second) + 1);
  assert_ok(qtls_key_load_encrypted(&back, NULL, text, strlen(text), PHRASE, PHRASE_N));
  assert_true(same_key(key, back));
  qtls_key_free(back);
  size_t line = 0;
  assert_err(qtls_key_load(&back, &line, text, strlen(text)), QTLS_ERR_KEY_ENCRYPTED);
  assert_true(line > 1);
  char *described = NULL;
  assert_ok(qtls_pki_describe(&described, NULL, NULL, text, strlen(text), QTLS_FORMAT_json));
  assert_non_null(strstr(described, "\"kind\": \"encrypted private key\""));
  qtls_pki_free(described);
  qtls_pki_free(plain);
  qtls_pki_free(sealed);
  qtls_key_free(key);
}

static void phrases(void **state) {
  (void)state;
  qtls_key *key = NULL, *back = NULL;
  char *pem = (char *)1;
  static char longest[1025];
  memset(longest, 'x', sizeof longest);
  assert_ok(qtls_key_generate(&key, "ed25519"));
  assert_err(qtls_key_write_encrypted(key, &pem, NULL, "", 0), QTLS_ERR_ARGUMENT);
  assert_null(pem);
  assert_err(qtls_key_write_encrypted(key, &pem, NULL, NULL, 0), QTLS_ERR_ARGUMENT);
  assert_err(qtls_key_write_encrypted(key, &pem, NULL, longest, 1025), QTLS_ERR_ARGUMENT);
  assert_err(qtls_key_load_encrypted(&back, NULL, "x", 1, "", 0), QTLS_ERR_ARGUMENT);
  assert_err(qtls_key_load_encrypted(&back, NULL, "x", 1, longest, 1025), QTLS_ERR_ARGUMENT);
  assert_ok(qtls_key_write_encrypted(key, &pem, NULL, longest, 1024));
  assert_ok(qtls_key_load_encrypted(&back, NULL, pem, strlen(pem), longest, 1024));
  assert_true(same_key(key, back));
  qtls_key_free(back);
  assert_err(qtls_key_load_encrypted(&back, NULL, pem, strlen(pem), longest, 1023), QTLS_ERR_KEY_PASSPHRASE);
  qtls_pki_free(pem);
  qtls_key_free(key);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(there_and_back), cmocka_unit_test(salted),
                                     cmocka_unit_test(mixed), cmocka_unit_test(phrases)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
