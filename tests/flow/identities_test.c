/*
 * Identities of a server: chosen by the name that is asked for, with their staples;
 * configurations that take over another, as a reload does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conn/conn.h"
#include "support/flow.h"
#include "support/staple.h"
#include "unit/unit.h"

#define MANY 64

static pki *hybrid;    /* localhost, *.example.test, addresses */
static pki *classical; /* the same names */
static pki *others[4]; /* a.test, b.test with *.b.test, hybrid and classical; c.test */

static pki *named(const char *kind, const char *first, const char *second) {
  const char *names[2] = {first, second};
  pki_options o = {.names = names, .name_count = second == NULL ? 1 : 2};
  return pki_make(kind, &o);
}

static int setup(void **state) {
  (void)state;
  hybrid = staple_pki("hybrid-p384-mldsa65", false);
  classical = staple_pki("p256", false);
  others[0] = named("hybrid-p384-mldsa65", "a.test", NULL);
  others[1] = named("hybrid-p384-mldsa65", "b.test", "*.b.test");
  others[2] = named("p256", "b.test", "*.b.test");
  others[3] = named("p256", "w.b.test", NULL);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  pki_free(hybrid);
  pki_free(classical);
  for (size_t i = 0; i < Q_COUNT(others); i++) {
    pki_free(others[i]);
  }
  return 0;
}

/* ---- names ---- */

typedef struct asked {
  const char *name;
  const char *versions; /* of the client; NULL: all */
  const pki *expected;
  bool strict;
} asked;

static qtls_err trust_all(qtls_config *c, void *context) {
  const asked *a = context;
  for (size_t i = 0; i < Q_COUNT(others); i++) {
    Q_TRY(qtls_config_add_trust(c, others[i]->trust_pem, others[i]->trust_pem_n));
  }
  Q_TRY(a->versions != NULL ? qtls_config_set_versions(c, a->versions) : QTLS_OK);
  return qtls_config_set_keep_chain(c, true);
}

static qtls_err add_all(qtls_config *c, void *context) {
  const asked *a = context;
  for (size_t i = 0; i < Q_COUNT(others); i++) {
    Q_TRY(qtls_config_add_identity(c, others[i]->chain_pem, others[i]->chain_pem_n, others[i]->key_pem,
                                   others[i]->key_pem_n));
  }
  return qtls_config_set_strict_sni(c, a->strict);
}

static void ask(asked *a) {
  flow f;
  flow_options o = {.identity = hybrid, .server_name = a->name, .client = trust_all, .server = add_all, .context = a};
  flow_start(&f, &o);
  flow_run(&f);
  if (!flow_connected(&f)) {
    print_message("%s: client %s, server %s\n", a->name, qtls_err_name(f.client.err), qtls_err_name(f.server.err));
  }
  assert_true(flow_connected(&f));
  const uint8_t *der = NULL;
  size_t n = 0;
  assert_ok(qtls_conn_peer_certificate(f.client.conn, 0, &der, &n));
  if (!q_base_span_equal(q_span_of(der, n), pki_der(&a->expected->node[PKI_LEAF]))) {
    print_message("%s: another certificate\n", a->name);
  }
  assert_true(q_base_span_equal(q_span_of(der, n), pki_der(&a->expected->node[PKI_LEAF])));
  flow_stop(&f);
}

static void test_names(void **state) {
  (void)state;
  asked rows[] = {
      {"localhost", NULL, hybrid, false},
      {"x.example.test", NULL, hybrid, false},
      {"a.test", NULL, others[0], false},
      {"A.TEST", NULL, others[0], false},
      {"b.test", NULL, others[1], false},
      {"b.test", "tls1.3", others[1], false},
      {"x.b.test", NULL, others[1], false},
      {"w.b.test", NULL, others[3], false}, /* exact, although its protocol is the lesser */
      {"w.b.test", "q-tls1.0", others[1], false},
      {"127.0.0.1", NULL, hybrid, false}, /* no name is sent */
      {"127.0.0.1", NULL, hybrid, true},
      {"b.test", NULL, others[1], true},
  };
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    ask(&rows[i]);
  }
}

/* ---- many ---- */

static qtls_err only_root(qtls_config *c, void *context) {
  const pki *p = context;
  Q_TRY(qtls_config_add_trust(c, p->trust_pem, p->trust_pem_n));
  return qtls_config_set_keep_chain(c, true);
}

static void test_many(void **state) {
  (void)state;
  static pki *all[MANY];
  qtls_config *c = NULL;
  assert_ok(qtls_config_new(&c, QTLS_SERVER));
  for (size_t i = 0; i < MANY; i++) {
    char name[32];
    (void)snprintf(name, sizeof name, "n%zu.test", i);
    all[i] = named("p256", name, NULL);
    assert_ok(qtls_config_add_identity(c, all[i]->chain_pem, all[i]->chain_pem_n, all[i]->key_pem, all[i]->key_pem_n));
  }
  assert_err(qtls_config_add_identity(c, hybrid->chain_pem, hybrid->chain_pem_n, hybrid->key_pem, hybrid->key_pem_n),
             QTLS_ERR_CONFIG_VALUE);
  assert_non_null(strstr(qtls_config_problem(c), "64"));
  assert_ok(qtls_config_freeze(c));
  for (size_t i = 0; i < MANY; i += 7) {
    char name[32];
    (void)snprintf(name, sizeof name, "n%zu.test", i);
    flow_options o = {.identity = hybrid, .server_name = name, .client = only_root, .context = all[i]};
    flow f;
    flow_start(&f, &o);
    qtls_conn *served = NULL;
    qtls_conn_params params = {.now = PKI_NOW};
    assert_ok(qtls_conn_new(&served, c, &params));
    qtls_conn_free(f.server.conn);
    f.server.conn = served;
    flow_run(&f);
    assert_true(flow_connected(&f));
    const uint8_t *der = NULL;
    size_t n = 0;
    assert_ok(qtls_conn_peer_certificate(f.client.conn, 0, &der, &n));
    assert_true(q_base_span_equal(q_span_of(der, n), pki_der(&all[i]->node[PKI_LEAF])));
    flow_stop(&f);
  }
  qtls_config_free(c);
  for (size_t i = 0; i < MANY; i++) {
    pki_free(all[i]);
  }
}

/* ---- what is known of them ---- */

static qtls_config *two(void) {
  qtls_config *c = NULL;
  assert_ok(qtls_config_new(&c, QTLS_SERVER));
  assert_ok(qtls_config_add_identity(c, hybrid->chain_pem, hybrid->chain_pem_n, hybrid->key_pem, hybrid->key_pem_n));
  assert_ok(qtls_config_add_identity(c, classical->chain_pem, classical->chain_pem_n, NULL, 0));
  return c;
}

static void test_info(void **state) {
  (void)state;
  qtls_config *c = two();
  qtls_identity_info info;
  assert_ok(qtls_config_identity(c, 0, &info));
  assert_string_equal(info.leaf->alt_key_type, "ML-DSA-65");
  assert_string_equal(info.leaf->ocsp_urls[0], "http://ocsp.example.test/");
  assert_int_equal(info.chain_count, 2);
  assert_int_equal(info.flight_size, 0);
  assert_true(info.has_key);
  assert_false(info.has_staple);
  assert_ok(qtls_config_identity(c, 1, &info));
  assert_false(info.has_key);
  assert_err(qtls_config_identity(c, 2, &info), QTLS_ERR_ARGUMENT);
  const uint8_t *der = NULL;
  size_t n = 0;
  for (size_t at = 0; at < 2; at++) {
    assert_ok(qtls_config_identity_certificate(c, 0, at, &der, &n));
    assert_true(q_base_span_equal(q_span_of(der, n), pki_der(&hybrid->node[PKI_LEAF - at])));
  }
  assert_err(qtls_config_identity_certificate(c, 0, 2, &der, &n), QTLS_ERR_ARGUMENT);
  assert_err(qtls_config_identity_certificate(c, 2, 0, &der, &n), QTLS_ERR_ARGUMENT);
  qtls_config_free(c);
}

/* ---- staples ---- */

static qtls_err set_staple(qtls_config *c, size_t i, const pki *p, staple_kind kind) {
  staple_bytes b = staple_make(p, PKI_LEAF, kind);
  qtls_err err = qtls_config_set_staple(c, i, b.der, b.n, PKI_NOW);
  q_free(b.der);
  return err;
}

static void test_schemes_that_nobody_can(void **state) {
  (void)state;
  qtls_config *c = two();
  assert_ok(qtls_config_set_schemes(c, "ed25519"));
  assert_err(qtls_config_freeze(c), QTLS_ERR_CONFIG_CONFLICT);
  assert_int_equal(qtls_config_problem_identity(c), 0);
  assert_non_null(strstr(qtls_config_problem(c), "identity 1 ("));
  assert_non_null(strstr(qtls_config_problem(c), ", but with "));
  assert_err(qtls_config_set_schemes(c, "nonsense"), QTLS_ERR_CONFIG_VALUE);
  assert_true(qtls_config_problem_identity(c) == SIZE_MAX);
  assert_true(qtls_config_problem_identity(NULL) == SIZE_MAX);
  qtls_config_free(c);
}

static void test_staples_are_judged(void **state) {
  (void)state;
  static const struct {
    staple_kind kind;
    qtls_err err;
  } rows[] = {{STAPLE_REVOKED, QTLS_ERR_CERT_REVOKED},     {STAPLE_UNKNOWN, QTLS_ERR_OCSP_UNKNOWN},
              {STAPLE_STALE, QTLS_ERR_OCSP_STALE},         {STAPLE_OTHER_CERT, QTLS_ERR_OCSP_STATUS},
              {STAPLE_OTHER_KEY, QTLS_ERR_OCSP_SIGNATURE}, {STAPLE_STRANGER, QTLS_ERR_OCSP_RESPONDER},
              {STAPLE_CLASSICAL, QTLS_ERR_STATUS_ALT},     {STAPLE_BAD_PQC, QTLS_ERR_STATUS_ALT},
              {STAPLE_GARBAGE, QTLS_ERR_OCSP_PARSE}};
  qtls_config *c = two();
  qtls_identity_info info;
  assert_ok(set_staple(c, 0, hybrid, STAPLE_GOOD));
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    assert_err(set_staple(c, 0, hybrid, rows[i].kind), rows[i].err);
    assert_non_null(strstr(qtls_config_problem(c), "identity 1"));
    assert_ok(qtls_config_identity(c, 0, &info)); /* the good one is still there */
    assert_true(info.has_staple);
    assert_int_equal(info.staple_this_update, PKI_NOW - PKI_DAY);
    assert_int_equal(info.staple_next_update, PKI_NOW + PKI_DAY);
  }
  assert_ok(set_staple(c, 0, hybrid, STAPLE_RESPONDER));
  assert_err(set_staple(c, 2, hybrid, STAPLE_GOOD), QTLS_ERR_ARGUMENT);
  assert_ok(qtls_config_set_staple(c, 0, NULL, 0, PKI_NOW));
  assert_ok(qtls_config_identity(c, 0, &info));
  assert_false(info.has_staple);
  assert_ok(qtls_config_freeze(c));
  assert_err(set_staple(c, 0, hybrid, STAPLE_GOOD), QTLS_ERR_FROZEN);
  qtls_config_free(c);
}

/* A chain of the leaf alone: the issuer comes from the trust anchors, if at all. */
static void test_issuer_from_trust(void **state) {
  (void)state;
  size_t leaf_n = 0;
  size_t ca_n = 0;
  char *leaf = pki_to_pem(pki_der(&hybrid->node[PKI_LEAF]), &leaf_n);
  char *ca = pki_to_pem(pki_der(&hybrid->node[PKI_INTERMEDIATE]), &ca_n);
  qtls_config *c = NULL;
  assert_ok(qtls_config_new(&c, QTLS_SERVER));
  assert_ok(qtls_config_add_identity(c, leaf, leaf_n, hybrid->key_pem, hybrid->key_pem_n));
  assert_err(set_staple(c, 0, hybrid, STAPLE_GOOD), QTLS_ERR_CERT_UNKNOWN_CA);
  assert_non_null(strstr(qtls_config_problem(c), "add it to the chain"));
  assert_ok(qtls_config_add_trust(c, ca, ca_n));
  assert_ok(set_staple(c, 0, hybrid, STAPLE_GOOD));
  qtls_config_free(c);
  q_free(leaf);
  q_free(ca);
}

/* ---- flights ---- */

static qtls_err stapled_server(qtls_config *c, void *context) {
  const pki *p = context;
  return set_staple(c, 0, p, STAPLE_GOOD);
}

static void test_flight_size(void **state) {
  (void)state;
  const pki *ids[] = {hybrid, classical};
  for (size_t i = 0; i < Q_COUNT(ids); i++) {
    size_t sizes[2];
    for (int staple = 0; staple < 2; staple++) {
      flow_options o = {
          .identity = ids[i], .server = staple == 1 ? stapled_server : NULL, .context = (void *)(uintptr_t)ids[i]};
      flow f;
      flow_start(&f, &o);
      sizes[staple] = qtls_config_flight_size(f.server.config, 0);
      qtls_identity_info info;
      assert_ok(qtls_config_identity(f.server.config, 0, &info));
      assert_int_equal(info.flight_size, sizes[staple]);
      flow_run(&f);
      assert_true(flow_connected(&f));
      long apart = (long)f.server.bytes_sent - (long)sizes[staple];
      if (labs(apart) > 100) {
        print_message("identity %zu, staple %d: said %zu, sent %zu\n", i, staple, sizes[staple], f.server.bytes_sent);
      }
      assert_true(labs(apart) <= 100);
      flow_stop(&f);
    }
    assert_true(sizes[1] > sizes[0] + 150);
  }
}

/* ---- clones ---- */

/* A conversation with a server of this configuration. */
static flow_side serve(const qtls_config *config, const pki *trust, const char *name) {
  flow_options o = {.identity = trust, .server_name = name};
  flow f;
  flow_start(&f, &o);
  qtls_conn_params params = {.now = PKI_NOW};
  qtls_conn *served = NULL;
  assert_ok(qtls_conn_new(&served, config, &params));
  qtls_conn_free(f.server.conn);
  f.server.conn = served;
  flow_run(&f);
  flow_side client = f.client;
  client.conn = NULL;
  qtls_info info;
  qtls_conn_get_info(f.client.conn, &info);
  client.job = info.stapled; /* told by this field */
  flow_stop(&f);
  return client;
}

static void test_clone(void **state) {
  (void)state;
  qtls_config *first = two();
  assert_ok(qtls_config_set_alpn(first, "h2"));
  assert_ok(set_staple(first, 0, hybrid, STAPLE_GOOD));
  assert_ok(qtls_config_freeze(first));
  qtls_config *second = NULL;
  assert_ok(qtls_config_clone(&second, first));
  qtls_conn *conn = NULL;
  qtls_conn_params params = {.now = PKI_NOW};
  assert_err(qtls_conn_new(&conn, second, &params), QTLS_ERR_NOT_FROZEN);
  /* Shared, not copied. */
  assert_ptr_equal(first->ids[0].identity, second->ids[0].identity);
  assert_ptr_equal(first->ids[0].plain, second->ids[0].plain);
  assert_ptr_equal(first->ids[0].stapled, second->ids[0].stapled);
  assert_ptr_equal(first->links, second->links);
  assert_memory_equal(first->cookie_secret, second->cookie_secret, sizeof first->cookie_secret);
  /* A bad staple is refused; the first serves on as it was. */
  assert_err(set_staple(second, 0, hybrid, STAPLE_REVOKED), QTLS_ERR_CERT_REVOKED);
  assert_ok(qtls_config_set_staple(second, 0, NULL, 0, PKI_NOW));
  assert_ok(qtls_config_freeze(second));
  assert_ptr_equal(first->ids[0].plain, second->ids[0].plain);
  flow_side old = serve(first, hybrid, "localhost");
  flow_side fresh = serve(second, hybrid, "localhost");
  assert_true(old.connected && fresh.connected);
  assert_true(old.job);
  assert_false(fresh.job);
  qtls_config_free(first);
  /* What it had from the first outlives it. */
  fresh = serve(second, hybrid, "x.example.test");
  assert_true(fresh.connected);
  qtls_config_free(second);
}

/* What one adds the other does not see. */
static void test_clones_part(void **state) {
  (void)state;
  qtls_config *first = NULL;
  qtls_config *second = NULL;
  static const uint8_t pin[2][32] = {{1}, {2}};
  staple_bytes list = staple_list(hybrid, true);
  staple_bytes more = staple_list(classical, false);
  assert_ok(qtls_config_new(&first, QTLS_CLIENT));
  assert_ok(qtls_config_add_trust(first, hybrid->trust_pem, hybrid->trust_pem_n));
  assert_ok(qtls_config_add_crl(first, list.der, list.n));
  assert_ok(qtls_config_add_pin(first, pin[0]));
  assert_ok(qtls_config_clone(&second, first)); /* not frozen yet */
  assert_ok(qtls_config_add_trust(second, classical->trust_pem, classical->trust_pem_n));
  assert_ok(qtls_config_add_crl(second, more.der, more.n));
  assert_ok(qtls_config_add_pin(second, pin[1]));
  assert_ok(qtls_config_add_pin(second, pin[0])); /* known */
  assert_int_equal(q_pki_trust_count(first->trust), 1);
  assert_int_equal(q_pki_trust_count(second->trust), 2);
  assert_int_equal(first->pin_count, 1);
  assert_int_equal(second->pin_count, 2);
  assert_ptr_not_equal(first->lists, second->lists);
  assert_err(qtls_config_add_crl(second, "nonsense", 8), QTLS_ERR_PEM);
  assert_true(qtls_config_problem(second)[0] != '\0');
  assert_ok(qtls_config_set_link_cache(second, 0));
  assert_null(second->links);
  assert_non_null(first->links);
  assert_err(qtls_config_set_link_cache(second, 65537), QTLS_ERR_CONFIG_VALUE);
  assert_ok(qtls_config_set_link_cache(second, 65536));
  qtls_config_free(first);
  assert_ok(qtls_config_freeze(second));
  qtls_config_free(second);
  q_free(list.der);
  q_free(more.der);
  assert_err(qtls_config_clone(NULL, NULL), QTLS_ERR_ARGUMENT);
}

static qtls_err cookies(qtls_config *c, void *context) {
  (void)context;
  return qtls_config_set_cookie(c, QTLS_COOKIE_always);
}

/* A client that got its cookie before the reload comes back after it. */
static void test_cookie_outlives_reload(void **state) {
  (void)state;
  flow_options o = {.identity = hybrid, .server = cookies};
  flow f;
  flow_start(&f, &o);
  assert_true(flow_deliver(&f, true) > 0);
  assert_true(flow_deliver(&f, false) > 0);
  qtls_config *after = NULL;
  assert_ok(qtls_config_clone(&after, f.server.config));
  assert_ok(qtls_config_freeze(after));
  qtls_conn_params params = {.now = PKI_NOW, .peer_address = (const uint8_t *)"peer", .peer_address_size = 4};
  qtls_conn *conn = NULL;
  assert_ok(qtls_conn_new(&conn, after, &params));
  qtls_conn_free(f.server.conn);
  f.server.conn = conn;
  flow_run(&f);
  assert_true(flow_connected(&f));
  qtls_info info;
  qtls_conn_get_info(f.server.conn, &info);
  assert_true(info.cookie_used);
  qtls_config_free(after);
  flow_stop(&f);
}

/* ---- the link cache in connections ---- */

static void test_links_are_shared(void **state) {
  (void)state;
  flow_options o = {.identity = hybrid};
  qtls_config *client = flow_client_config(&o);
  q_link_cache_counts counts;
  for (int i = 0; i < 3; i++) {
    flow f;
    flow_start(&f, &o);
    qtls_conn_params params = {.server_name = "localhost", .now = PKI_NOW};
    qtls_conn_free(f.client.conn);
    assert_ok(qtls_conn_new(&f.client.conn, client, &params));
    flow_run(&f);
    assert_true(flow_connected(&f));
    q_pki_link_cache_count(client->links, &counts);
    assert_int_equal(counts.misses, 4);
    assert_int_equal(counts.hits, 4 * i);
    flow_stop(&f);
  }
  qtls_config_free(client);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_names),
      cmocka_unit_test(test_many),
      cmocka_unit_test(test_info),
      cmocka_unit_test(test_schemes_that_nobody_can),
      cmocka_unit_test(test_staples_are_judged),
      cmocka_unit_test(test_issuer_from_trust),
      cmocka_unit_test(test_flight_size),
      cmocka_unit_test(test_clone),
      cmocka_unit_test(test_clones_part),
      cmocka_unit_test(test_cookie_outlives_reload),
      cmocka_unit_test(test_links_are_shared),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
