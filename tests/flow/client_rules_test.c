/*
 * The rules of who is let in (Q-TLS §4): what a rule fits, over names, addresses,
 * numbers and keys as the server tells them, and the alert of those it keeps out.
 */
#include <stdio.h>
#include <string.h>

#include "support/alert_case.h"
#include "support/mutual.h"

static pki *client;

static int setup(void **state) {
  static const char *const names[] = {"device-1.example.test", "*.fleet.test", "192.0.2.7"};
  static const pki_options options = {.prefix = "Client", .names = names, .name_count = Q_COUNT(names)};
  (void)state;
  client = pki_make("p256", &options);
  return 0;
}

static int teardown(void **state) {
  pki_free(client);
  return case_teardown(state);
}

static mutual required(void) {
  return (mutual){.server = case_pki("p256"),
                  .versions = "tls1.3",
                  .floor = QTLS_FLOOR_pq_kex,
                  .policy = QTLS_POLICY_require_both,
                  .ids = {client},
                  .mode = QTLS_CLIENT_AUTH_required};
}

static qtls_err with_rule(const char *rule) {
  mutual m = required();
  flow f;
  m.allow[0] = "dns:nobody.example.test";
  m.allow[1] = rule;
  mutual_start(&f, &m);
  flow_run(&f);
  qtls_err err = f.server.err;
  qtls_peer_identity who;
  assert_int_equal(qtls_conn_peer_identity(f.server.conn, &who), err == QTLS_OK);
  if (err == QTLS_OK) {
    flow_write(&f, true, "question", 8);
    assert_int_equal(f.server.data_n, 8);
  } else {
    qtls_error e;
    qtls_conn_error(f.client.conn, &e);
    assert_true(e.alert_received);
    assert_int_equal(e.alert, QTLS_ALERT_access_denied);
  }
  flow_stop(&f);
  return err;
}

static void test_rules(void **state) {
  (void)state;
  static const char *const fit[] = {"subject:CN=Client Leaf,O=Q-TLS Test",
                                    "subject:*",
                                    "subject:CN=Client *,*",
                                    "issuer:CN=Client Intermediate,*",
                                    "dns:device-1.example.test",
                                    "dns:DEVICE-*.Example.test",
                                    "dns:*.fleet.test",
                                    "ip:192.0.2.7",
                                    "ip:192.0.*"};
  static const char *const miss[] = {"subject:CN=client leaf,O=Q-TLS Test",
                                     "subject:CN=Client",
                                     "subject:CN=Client Leaf,O=Q-TLS Test,*",
                                     "issuer:CN=Client Leaf,*",
                                     "dns:device-1",
                                     "dns:*.example.com",
                                     "dns:192.0.2.7",
                                     "ip:192.0.2.70",
                                     "ip:192.0.3.*",
                                     "uri:*",
                                     "email:*",
                                     "serial:00",
                                     "spki:0000000000000000000000000000000000000000000000000000000000000000"};
  for (size_t i = 0; i < Q_COUNT(fit); i++) {
    assert_err(with_rule(fit[i]), QTLS_OK);
  }
  for (size_t i = 0; i < Q_COUNT(miss); i++) {
    assert_err(with_rule(miss[i]), QTLS_ERR_ACCESS_DENIED);
  }
}

/* Serial number and key as the server itself tells them, in other spellings too. */
static void test_rules_of_numbers(void **state) {
  (void)state;
  mutual m = required();
  flow f;
  char rule[256];
  mutual_connect(&f, &m);
  qtls_peer_identity who = mutual_who(&f);
  char serial[64];
  char spki[80];
  assert_true(strlen(who.serial) < sizeof serial && strlen(who.spki_sha256) < sizeof spki);
  strcpy(serial, who.serial);
  strcpy(spki, who.spki_sha256);
  flow_stop(&f);
  (void)snprintf(rule, sizeof rule, "serial:%s", serial);
  assert_err(with_rule(rule), QTLS_OK);
  (void)snprintf(rule, sizeof rule, "serial:00:%s", serial);
  assert_err(with_rule(rule), QTLS_OK);
  (void)snprintf(rule, sizeof rule, "serial:%s0", serial);
  assert_err(with_rule(rule), QTLS_ERR_ACCESS_DENIED);
  (void)snprintf(rule, sizeof rule, "spki:%s", spki);
  assert_err(with_rule(rule), QTLS_OK);
  spki[63] = spki[63] == '0' ? '1' : '0';
  (void)snprintf(rule, sizeof rule, "spki:%s", spki);
  assert_err(with_rule(rule), QTLS_ERR_ACCESS_DENIED);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rules),
      cmocka_unit_test(test_rules_of_numbers),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
