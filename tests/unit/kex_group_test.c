/* Groups: sizes, order of components, and what happens when a half is bad. */
#include "kex/kex.h"
#include "unit/unit.h"

static uint8_t client[Q_SHARE_MAX + 1], server[Q_SHARE_MAX + 1];

static void every_group_agrees(void **state) {
  (void)state;
  const q_group *g = NULL;
  for (size_t i = 0; (g = q_group_at(i)) != NULL; i++) {
    size_t client_n = q_group_client_share(g), server_n = q_group_server_share(g);
    size_t secret_n = (size_t)q_kex_size_of(g->first).secret + q_kex_size_of(g->second).secret;
    q_kex_key key;
    Q_AUTO_SECRET q_secret a = {0};
    Q_AUTO_SECRET q_secret b = {0};
    assert_true(client_n <= Q_SHARE_MAX && server_n <= Q_SHARE_MAX);
    client[client_n] = server[server_n] = 0xEE;
    assert_ok(q_kex_generate(&key, client, g));
    assert_ok(q_kex_encapsulate(&a, server, g, q_span_of(client, client_n)));
    assert_ok(q_kex_decapsulate(&b, &key, q_span_of(server, server_n)));
    assert_int_equal(a.n, secret_n);
    assert_int_equal(b.n, secret_n);
    assert_memory_equal(a.b, b.b, secret_n);
    assert_int_equal(client[client_n], 0xEE);
    assert_int_equal(server[server_n], 0xEE);
    q_kex_free(&key);
    assert_null(key.group);
    assert_null(key.part[0]);
    assert_null(key.part[1]);
    q_kex_free(&key);
  }
}

/* The secret of a hybrid is its parts' secrets in the order of RFC 10024; each
 * part of the server's share opens by itself with the part's key. */
static void components_have_their_order(void **state) {
  (void)state;
  static const struct {
    uint16_t code;
    q_kex_alg first, second;
    size_t first_share, first_secret, secret;
  } rows[] = {
      {Q_GROUP_X25519MLKEM768, Q_KEX_MLKEM768, Q_KEX_X25519, 1088, 32, 64},
      {Q_GROUP_SECP256R1MLKEM768, Q_KEX_P256, Q_KEX_MLKEM768, 65, 32, 64},
      {Q_GROUP_SECP384R1MLKEM1024, Q_KEX_P384, Q_KEX_MLKEM1024, 97, 48, 80},
  };
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    const q_group *g = q_group_find(rows[i].code);
    size_t server_n = q_group_server_share(g);
    q_kex_key key;
    q_secret whole = {0}, first = {0}, second = {0};
    assert_int_equal(g->first, rows[i].first);
    assert_int_equal(g->second, rows[i].second);
    assert_ok(q_kex_generate(&key, client, g));
    assert_ok(q_kex_encapsulate(&whole, server, g, q_span_of(client, q_group_client_share(g))));
    assert_ok(q_crypto_kem_decapsulate(&first, key.part[0], q_span_of(server, rows[i].first_share)));
    assert_ok(q_crypto_kem_decapsulate(
        &second, key.part[1], q_span_of(server + rows[i].first_share, server_n - rows[i].first_share)));
    assert_int_equal(whole.n, rows[i].secret);
    assert_int_equal(first.n, rows[i].first_secret);
    assert_memory_equal(whole.b, first.b, first.n);
    assert_memory_equal(whole.b + first.n, second.b, second.n);
    assert_int_equal(first.n + second.n, whole.n);
    q_kex_free(&key);
  }
}

static void wrong_lengths_are_refused_at_once(void **state) {
  (void)state;
  const q_group *g = NULL;
  for (size_t i = 0; (g = q_group_at(i)) != NULL; i++) {
    size_t client_n = q_group_client_share(g), server_n = q_group_server_share(g);
    q_kex_key key;
    q_secret s = {2, {7, 7}};
    assert_ok(q_kex_generate(&key, client, g));
    const size_t bad_client[] = {0, q_kex_size_of(g->first).client_share - 1u, client_n - 1, client_n + 1};
    const size_t bad_server[] = {0, q_kex_size_of(g->first).server_share - 1u, server_n - 1, server_n + 1};
    for (size_t k = 0; k < 4; k++) {
      assert_err(q_kex_encapsulate(&s, server, g, q_span_of(client, bad_client[k])), QTLS_ERR_SHARE_MALFORMED);
      assert_err(q_kex_decapsulate(&s, &key, q_span_of(server, bad_server[k])), QTLS_ERR_SHARE_MALFORMED);
    }
    assert_int_equal(s.n, 2);
    q_kex_free(&key);
  }
  q_kex_key empty = {NULL, {NULL, NULL}};
  q_secret s = {0};
  assert_err(q_kex_decapsulate(&s, &empty, q_span_of(server, 32)), QTLS_ERR_INTERNAL);
}

/* One bad half fails the whole, and nothing of the good half stays. */
static void a_bad_half_fails_the_whole(void **state) {
  (void)state;
  static const struct {
    uint16_t code;
    size_t at;   /* where the classical half begins in the client's share */
    size_t s_at; /* and in the server's */
    size_t n;
    size_t mlkem_at;
  } rows[] = {
      {Q_GROUP_X25519MLKEM768, 1184, 1088, 32, 0},
      {Q_GROUP_SECP256R1MLKEM768, 0, 0, 65, 65},
      {Q_GROUP_SECP384R1MLKEM1024, 0, 0, 97, 97},
  };
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    const q_group *g = q_group_find(rows[i].code);
    q_span peer = q_span_of(client, q_group_client_share(g));
    q_kex_key key;
    q_secret s = {2, {7, 7}};
    assert_ok(q_kex_generate(&key, client, g));
    uint8_t saved[97];
    memcpy(saved, client + rows[i].at, rows[i].n);
    memset(client + rows[i].at, 0, rows[i].n);
    assert_err(q_kex_encapsulate(&s, server, g, peer), QTLS_ERR_SHARE_MALFORMED);
    memcpy(client + rows[i].at, saved, rows[i].n);

    memcpy(saved, client + rows[i].mlkem_at, 3);
    memset(client + rows[i].mlkem_at, 0xFF, 3);
    assert_err(q_kex_encapsulate(&s, server, g, peer), QTLS_ERR_SHARE_MALFORMED);
    memcpy(client + rows[i].mlkem_at, saved, 3);
    assert_int_equal(s.n, 2);
    assert_true(unit_all_zero(s.b + 2, sizeof s.b - 2));

    q_secret whole = {0};
    assert_ok(q_kex_encapsulate(&whole, server, g, peer));
    memset(server + rows[i].s_at, 0, rows[i].n);
    assert_err(q_kex_decapsulate(&s, &key, q_span_of(server, q_group_server_share(g))), QTLS_ERR_SHARE_MALFORMED);
    assert_int_equal(s.n, 2);
    assert_true(unit_all_zero(s.b + 2, sizeof s.b - 2));
    q_kex_free(&key);
  }
}

static int blocks_left;
static void *counting_get(size_t n) { return blocks_left-- > 0 ? test_malloc(n) : NULL; }
static void counting_put(void *p) { test_free(p); }

static void without_memory_nothing_stays(void **state) {
  (void)state;
  const q_group *g = q_group_find(Q_GROUP_X25519MLKEM768);
  q_mem_set_source((q_mem_source){counting_get, counting_put});
  for (int allowed = 0; allowed < 2; allowed++) {
    q_kex_key key;
    blocks_left = allowed;
    assert_err(q_kex_generate(&key, client, g), QTLS_ERR_NO_MEMORY);
    assert_null(key.part[0]);
    assert_null(key.part[1]);
  }
  q_mem_set_source((q_mem_source){NULL, NULL});
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_group_agrees),           cmocka_unit_test(components_have_their_order),
      cmocka_unit_test(wrong_lengths_are_refused_at_once), cmocka_unit_test(a_bad_half_fails_the_whole),
      cmocka_unit_test(without_memory_nothing_stays),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
