/* The files of a configuration: what is refused, and that the words name the
 * file and what to do. And the key log's file. */
#include <qtls/keylog.h>
#include <qtls/stream.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/identity.h"

static test_identity identity;
static char folder[] = "/tmp/qtls-files-XXXXXX";

static const char *write_file(const char *name, const char *data, size_t n, mode_t mode) {
  static char path[8][128];
  static size_t turn;
  char *at = path[turn++ % 8];
  (void)snprintf(at, sizeof path[0], "%s/%s", folder, name);
  FILE *file = fopen(at, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(data, 1, n, file), n);
  assert_int_equal(fclose(file), 0);
  assert_int_equal(chmod(at, mode), 0);
  return at;
}

static int set_up(void **state) {
  (void)state;
  test_identity_make(&identity, "hybrid");
  return mkdtemp(folder) == NULL ? 1 : 0;
}

static int tear_down(void **state) {
  (void)state;
  static const char *const names[] = {"root.pem",  "chain.pem", "key.pem", "open.pem",
                                      "empty.pem", "other.pem", "keys.log"};
  char path[128];
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
    (void)unlink(path);
  }
  test_identity_free(&identity);
  return rmdir(folder);
}

static void good_files(void **state) {
  (void)state;
  qtls_config *config = NULL;
  qtls_stream_problem why = {QTLS_OK, ""};
  const char *root = write_file("root.pem", identity.root_pem, identity.root_size, 0644);
  const char *chain = write_file("chain.pem", identity.cert_pem, identity.cert_size, 0644);
  const char *key = write_file("key.pem", identity.key_pem, identity.key_size, 0600);
  assert_int_equal(qtls_client_config(&config, root, &why), QTLS_OK);
  qtls_config_free(config);
  assert_int_equal(qtls_server_config(&config, chain, key, &why), QTLS_OK);
  qtls_config_free(config);
  /* A group may share a key, everybody may not. */
  assert_int_equal(chmod(key, 0640), 0);
  assert_int_equal(qtls_server_config(&config, chain, key, NULL), QTLS_OK);
  qtls_config_free(config);
}

static void bad_files(void **state) {
  (void)state;
  qtls_config *config = NULL;
  qtls_stream_problem why = {QTLS_OK, ""};
  const char *chain = write_file("chain.pem", identity.cert_pem, identity.cert_size, 0644);
  const char *open_key = write_file("open.pem", identity.key_pem, identity.key_size, 0644);
  const char *empty = write_file("empty.pem", "", 0, 0600);
  const char *words = write_file("other.pem", "no PEM at all\n", 14, 0600);
  assert_int_equal(qtls_client_config(&config, "/no/such/file", &why), QTLS_ERR_FILE);
  assert_null(config);
  assert_non_null(strstr(why.text, "/no/such/file"));
  assert_int_equal(qtls_client_config(&config, folder, &why), QTLS_ERR_FILE);
  assert_non_null(strstr(why.text, "not a file"));
  assert_int_equal(qtls_client_config(&config, words, &why), QTLS_ERR_PEM);
  assert_non_null(strstr(why.text, "other.pem"));
  assert_int_equal(qtls_client_config(&config, empty, &why), QTLS_ERR_PEM);
  assert_int_equal(qtls_server_config(&config, chain, open_key, &why), QTLS_ERR_FILE);
  assert_non_null(strstr(why.text, "chmod 600"));
  assert_int_equal(qtls_server_config(&config, chain, empty, &why), QTLS_ERR_KEY_FORMAT);
  assert_non_null(strstr(why.text, "empty"));
  assert_int_not_equal(qtls_server_config(&config, chain, words, &why), QTLS_OK);
  assert_int_equal(qtls_server_config(&config, chain, "/no/such/key", &why), QTLS_ERR_FILE);
  /* Nobody has to listen. */
  assert_int_equal(qtls_server_config(&config, chain, open_key, NULL), QTLS_ERR_FILE);
  assert_null(config);
}

static void a_key_log(void **state) {
  (void)state;
  char path[128];
  char problem[256] = "";
  char text[256] = "";
  struct stat st;
  qtls_keylog *log = NULL;
  (void)snprintf(path, sizeof path, "%s/keys.log", folder);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(qtls_keylog_open(&log, path, problem, sizeof problem), QTLS_OK);
    qtls_keylog_write(log, "LABEL 00 11");
    qtls_keylog_close(log);
  }
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0600);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  assert_int_equal(fread(text, 1, sizeof text - 1, file), 24);
  (void)fclose(file);
  assert_string_equal(text, "LABEL 00 11\nLABEL 00 11\n");
  assert_int_equal(chmod(path, 0644), 0);
  assert_int_equal(qtls_keylog_open(&log, path, problem, sizeof problem), QTLS_ERR_FILE);
  assert_null(log);
  assert_non_null(strstr(problem, "chmod 600"));
  assert_int_equal(qtls_keylog_open(&log, "/no/such/folder/log", NULL, 0), QTLS_ERR_FILE);
  qtls_keylog_close(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(good_files), cmocka_unit_test(bad_files),
                                     cmocka_unit_test(a_key_log)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
