/* Trust anchors of folders and of the system: what is taken, what is passed over, and
 * that what was taken is believed. */
#include <qtls/trust.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapters/identity.h"

static test_identity hybrid, classical;
static char folder[64] = "/tmp/qtls-trust-XXXXXX";
static qtls_config *config;
static qtls_trust_found found;
static qtls_stream_problem why;

static int set_up(void **state) {
  (void)state;
  test_identity_make(&hybrid, "hybrid");
  test_identity_make(&classical, "ecdsa-p256");
  return mkdtemp(folder) == NULL ? 1 : 0;
}

static int tear_down(void **state) {
  (void)state;
  char command[128];
  (void)snprintf(command, sizeof command, "rm -rf %s", folder);
  test_identity_free(&hybrid);
  test_identity_free(&classical);
  return folder[0] == '/' && strstr(folder, "qtls-trust-") != NULL ? !WIFEXITED(system(command)) : 1;
}

static const char *at(const char *name) {
  static char path[4][256];
  static size_t turn;
  char *out = path[turn++ % 4];
  (void)snprintf(out, sizeof path[0], "%s/%s", folder, name);
  return out;
}

static void put(const char *name, const char *data, size_t n) {
  FILE *file = fopen(at(name), "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(data, 1, n, file), n);
  assert_int_equal(fclose(file), 0);
}

static qtls_err load(const char *place) {
  qtls_config_free(config);
  assert_int_equal(qtls_config_new(&config, QTLS_CLIENT), QTLS_OK);
  why.text[0] = '\0';
  return qtls_config_load_trust_from(config, place, &found, &why);
}

static void folders(void **state) {
  (void)state;
  assert_int_equal(mkdir(at("a"), 0700), 0);
  assert_int_equal(load(at("a")), QTLS_ERR_CONFIG_TRUST);
  assert_non_null(strstr(why.text, "there is no certificate in it"));
  put("a/notes.txt", hybrid.root_pem, hybrid.root_size);
  put("a/.hidden.pem", hybrid.root_pem, hybrid.root_size);
  put("a/5ed36f99.x", hybrid.root_pem, hybrid.root_size);
  put("a/5ed36f9g.0", hybrid.root_pem, hybrid.root_size);
  assert_int_equal(mkdir(at("a/folder.pem"), 0700), 0);
  put("a/empty.pem", "", 0);
  put("a/rubbish.pem", "no certificate\n", 15);
  assert_int_equal(load(at("a")), QTLS_ERR_CONFIG_TRUST);
  assert_non_null(strstr(why.text, "none of the 3 certificates and files"));
  put("a/one.pem", hybrid.root_pem, hybrid.root_size);
  put("a/5ed36f99.0", hybrid.root_pem, hybrid.root_size); /* the same again */
  assert_int_equal(load(at("a")), QTLS_OK);
  assert_int_equal(found.anchors, 1);
  assert_int_equal(found.skipped, 3);
  put("a/5ed36f99.12", classical.root_pem, classical.root_size);
  assert_int_equal(load(at("a")), QTLS_OK);
  assert_int_equal(found.anchors, 2);
  assert_int_equal(qtls_config_freeze(config), QTLS_OK);
}

/* Good and bad in one file of a folder: the good ones count; DER does too. */
static void mixed(void **state) {
  (void)state;
  static const char broken[] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  char all[65536];
  size_t n = 0;
  memcpy(all, broken, sizeof broken - 1);
  n += sizeof broken - 1;
  memcpy(all + n, hybrid.root_pem, hybrid.root_size);
  n += hybrid.root_size;
  memcpy(all + n, broken, sizeof broken - 1);
  n += sizeof broken - 1;
  memcpy(all + n, classical.root_pem, classical.root_size);
  n += classical.root_size;
  assert_int_equal(mkdir(at("b"), 0700), 0);
  put("b/all.crt", all, n);
  assert_int_equal(load(at("b")), QTLS_OK);
  assert_int_equal(found.anchors, 2);
  assert_int_equal(found.skipped, 2);
  qtls_cert *cert = NULL;
  size_t size = 0;
  assert_int_equal(qtls_cert_load_pem(&cert, NULL, hybrid.root_pem, hybrid.root_size, 0), QTLS_OK);
  const uint8_t *der = qtls_cert_der(cert, &size);
  assert_int_equal(mkdir(at("c"), 0700), 0);
  put("c/root.cer", (const char *)der, size);
  assert_int_equal(load(at("c")), QTLS_OK);
  assert_int_equal(found.anchors, 1);
  qtls_cert_free(cert);
}

static void files_and_nothing(void **state) {
  (void)state;
  put("root.pem", hybrid.root_pem, hybrid.root_size);
  assert_int_equal(load(at("root.pem")), QTLS_OK);
  assert_int_equal(load(at("nowhere")), QTLS_ERR_FILE);
  assert_non_null(strstr(why.text, "nowhere"));
  assert_int_equal(qtls_config_load_trust_folder(config, at("nowhere"), NULL, NULL), QTLS_ERR_FILE);
}

/* As text there are the same anchors, one each, that a configuration takes. */
static void as_text(void **state) {
  (void)state;
  static const char *const places[] = {"a", "b", "c", "root.pem", "c/root.cer"};
  static const size_t wanted[] = {2, 2, 1, 1, 1};
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    char *pem = NULL;
    size_t size = 0;
    size_t count = 0;
    qtls_cert *cert = NULL;
    assert_int_equal(load(at(places[i])), QTLS_OK);
    assert_int_equal(qtls_trust_read(&pem, &size, at(places[i]), &found, &why), QTLS_OK);
    assert_int_equal(strlen(pem), size);
    while (qtls_cert_load_pem(&cert, NULL, pem, size, count) == QTLS_OK && cert != NULL) {
      const char *sha256 = qtls_cert_read(cert)->sha256;
      qtls_cert *known = NULL;
      bool ours = false;
      assert_int_equal(qtls_cert_load_pem(&known, NULL, hybrid.root_pem, hybrid.root_size, 0), QTLS_OK);
      ours = strcmp(qtls_cert_read(known)->sha256, sha256) == 0;
      qtls_cert_free(known);
      assert_int_equal(qtls_cert_load_pem(&known, NULL, classical.root_pem, classical.root_size, 0), QTLS_OK);
      ours = ours || strcmp(qtls_cert_read(known)->sha256, sha256) == 0;
      qtls_cert_free(known);
      assert_true(ours);
      qtls_cert_free(cert);
      cert = NULL;
      count++;
    }
    assert_int_equal(count, wanted[i]);
    qtls_trust_release(pem);
  }
  static const char *const bad[] = {"nowhere", "a/rubbish.pem", "a/folder.pem", "b/all.crt"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    char words[sizeof why.text];
    char *pem = NULL;
    size_t size = 0;
    qtls_err err = load(at(bad[i]));
    assert_int_not_equal(err, QTLS_OK);
    memcpy(words, why.text, sizeof words);
    assert_int_equal(qtls_trust_read(&pem, &size, at(bad[i]), NULL, &why), err);
    assert_string_equal(why.text, words);
    assert_null(pem);
  }
  qtls_trust_release(NULL);
}

static void of_the_system(void **state) {
  (void)state;
  (void)unsetenv("SSL_CERT_DIR");
  assert_int_equal(setenv("SSL_CERT_FILE", at("root.pem"), 1), 0);
  assert_int_equal(load("system"), QTLS_OK);
  assert_int_equal(found.anchors, 1);
  put("rubbish", "no certificate\n", 15);
  assert_int_equal(setenv("SSL_CERT_FILE", at("rubbish"), 1), 0);
  assert_int_equal(load("system"), QTLS_ERR_CONFIG_TRUST);
  /* What is named is meant: nothing else is taken in its place. */
  assert_int_equal(setenv("SSL_CERT_FILE", at("nowhere"), 1), 0);
  assert_int_equal(load("system"), QTLS_ERR_FILE);
  assert_non_null(strstr(why.text, "which SSL_CERT_FILE names, cannot be read"));
  (void)unsetenv("SSL_CERT_FILE");
  assert_int_equal(setenv("SSL_CERT_DIR", at("a"), 1), 0);
  assert_int_equal(load("system"), QTLS_OK);
  assert_int_equal(found.anchors, 2);
  assert_int_equal(setenv("SSL_CERT_DIR", at("nowhere"), 1), 0);
  assert_int_equal(load("system"), QTLS_ERR_FILE);
  (void)unsetenv("SSL_CERT_DIR");
  if (access("/etc/ssl/certs/ca-certificates.crt", R_OK) == 0) {
    assert_int_equal(load("system"), QTLS_OK);
    assert_true(found.anchors > 50);
    size_t whole = found.anchors;
    assert_int_equal(load("/etc/ssl/certs"), QTLS_OK); /* the same ones, three times over */
    assert_int_equal(found.anchors, whole);
    assert_int_equal(qtls_config_freeze(config), QTLS_OK);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(folders), cmocka_unit_test(mixed),
                                     cmocka_unit_test(files_and_nothing), cmocka_unit_test(as_text),
                                     cmocka_unit_test(of_the_system)};
  int failed = cmocka_run_group_tests(tests, set_up, tear_down);
  qtls_config_free(config);
  return failed;
}
