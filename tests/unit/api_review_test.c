/* What a caller may get wrong with the functions of configurations and
 * connections: NULL, sizes without bytes. */
#include "qtls/qtls.h"
#include "support/flow.h"
#include "unit/unit.h"

static void test_null(void **state) {
  (void)state;
  qtls_info info;
  qtls_error e;
  qtls_conn_get_info(NULL, NULL);
  qtls_conn_error(NULL, NULL);
  qtls_conn_get_info(NULL, &info);
  assert_string_equal(info.authentication, "none");
  assert_non_null(info.protocol);
  qtls_conn_error(NULL, &e);
  assert_err(e.err, QTLS_OK);
  assert_string_equal(e.alert_name, "none");
  assert_string_equal(e.detail, "");
  assert_false(qtls_conn_is_connected(NULL));
  assert_int_equal(qtls_conn_pending(NULL), 0);
  assert_null(qtls_conn_job(NULL, 0));
  assert_err(qtls_conn_close(NULL), QTLS_ERR_ARGUMENT);
  assert_err(qtls_conn_recv_end(NULL), QTLS_ERR_ARGUMENT);
  assert_err(qtls_conn_key_update(NULL, true), QTLS_ERR_ARGUMENT);
  qtls_conn_free(NULL);
  qtls_config_free(NULL);
}

static void test_sizes_without_bytes(void **state) {
  (void)state;
  qtls_config *config = NULL;
  assert_ok(qtls_config_new(&config, QTLS_SERVER));
  assert_err(qtls_config_add_trust(config, NULL, 5), QTLS_ERR_ARGUMENT);
  assert_err(qtls_config_add_trust(config, NULL, 0), QTLS_ERR_PEM);
  assert_err(qtls_config_add_identity(config, NULL, 5, NULL, 0), QTLS_ERR_ARGUMENT);
  assert_err(qtls_config_add_identity(config, NULL, 0, NULL, 0), QTLS_ERR_PEM);
  pki *p = pki_make("p256", NULL);
  assert_err(qtls_config_add_identity(config, p->chain_pem, p->chain_pem_n, NULL, 7), QTLS_ERR_ARGUMENT);
  assert_ok(qtls_config_add_identity(config, p->chain_pem, p->chain_pem_n, p->key_pem, p->key_pem_n));
  assert_ok(qtls_config_set_floor(config, QTLS_FLOOR_classical));
  assert_ok(qtls_config_freeze(config));
  qtls_conn *conn = NULL;
  qtls_conn_params params = {.now = PKI_NOW, .peer_address_size = 4};
  assert_err(qtls_conn_new(&conn, config, &params), QTLS_ERR_ARGUMENT);
  assert_null(conn);
  params.peer_address = (const uint8_t *)"\x7F\x00\x00\x01";
  assert_ok(qtls_conn_new(&conn, config, &params));
  /* The caller's own reference may go first. */
  qtls_config_free(config);
  uint8_t out[16];
  size_t taken = 1;
  size_t written = 1;
  assert_ok(qtls_conn_send(conn, NULL, 0, out, 0, &taken, &written));
  assert_int_equal(taken + written, 0);
  assert_err(qtls_conn_send(conn, NULL, 1, out, sizeof out, &taken, &written), QTLS_ERR_ARGUMENT);
  qtls_conn_free(conn);
  pki_free(p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_null),
      cmocka_unit_test(test_sizes_without_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
