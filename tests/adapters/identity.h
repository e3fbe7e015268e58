/* Owns what the adapters' tests need of certificates: an authority, an identity
 * for "localhost", and frozen configurations of both roles, by the public API. */
#ifndef QTLS_TESTS_ADAPTERS_IDENTITY_H
#define QTLS_TESTS_ADAPTERS_IDENTITY_H

#include <qtls/qtls.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* cmocka wants the standard headers above before it. */
#include <cmocka.h>

typedef struct test_identity {
  char *root_pem;
  size_t root_size;
  char *cert_pem;
  size_t cert_size;
  char *key_pem;
  size_t key_size;
} test_identity;

static inline void test_identity_make(test_identity *out, const char *kind) {
  static const char *const names[] = {"localhost", "127.0.0.1"};
  qtls_key *root = NULL;
  qtls_key *leaf = NULL;
  const int64_t now = (int64_t)time(NULL);
  const qtls_cert_request authority = {
      .role = QTLS_CERT_authority, .common_name = "test root", .not_before = now - 60, .not_after = now + 3600};
  const qtls_cert_request server = {.role = QTLS_CERT_server,
                                    .common_name = "localhost",
                                    .names = names,
                                    .name_count = 2,
                                    .not_before = now - 60,
                                    .not_after = now + 3600};
  memset(out, 0, sizeof *out);
  assert_int_equal(qtls_key_generate(&root, kind), QTLS_OK);
  assert_int_equal(qtls_key_generate(&leaf, kind), QTLS_OK);
  assert_int_equal(qtls_cert_issue(&out->root_pem, &out->root_size, &authority, root, NULL, 0, NULL), QTLS_OK);
  assert_int_equal(qtls_cert_issue(&out->cert_pem, &out->cert_size, &server, leaf, out->root_pem, out->root_size, root),
                   QTLS_OK);
  assert_int_equal(qtls_key_write(leaf, &out->key_pem, &out->key_size), QTLS_OK);
  qtls_key_free(root);
  qtls_key_free(leaf);
}

static inline void test_identity_free(test_identity *id) {
  qtls_pki_free(id->root_pem);
  qtls_pki_free(id->cert_pem);
  qtls_pki_free(id->key_pem);
}

static inline qtls_config *test_server_config(const test_identity *id) {
  qtls_config *config = NULL;
  assert_int_equal(qtls_config_new(&config, QTLS_SERVER), QTLS_OK);
  assert_int_equal(qtls_config_add_identity(config, id->cert_pem, id->cert_size, id->key_pem, id->key_size), QTLS_OK);
  assert_int_equal(qtls_config_freeze(config), QTLS_OK);
  return config;
}

static inline qtls_config *test_client_config(const test_identity *id) {
  qtls_config *config = NULL;
  assert_int_equal(qtls_config_new(&config, QTLS_CLIENT), QTLS_OK);
  assert_int_equal(qtls_config_add_trust(config, id->root_pem, id->root_size), QTLS_OK);
  assert_int_equal(qtls_config_freeze(config), QTLS_OK);
  return config;
}

#endif
