/*
 * The floor against what the other side offers (Q-TLS §1), on the server and on
 * the client; and pqc_priority below 128.
 */
#include <stdio.h>
#include <string.h>

#include "support/alert_case.h"

static const qtls_floor floors[] = {QTLS_FLOOR_classical, QTLS_FLOOR_pq_kex, QTLS_FLOOR_pq_auth, QTLS_FLOOR_q_tls};

/* Leaf with ML-DSA under classical CAs. */
static pki *half_way;

/* What one side has to offer, from weak to strong. */
typedef enum offer { CLASSICAL, PQ_KEX, PQ_LEAF, PQ_AUTH, QTLS, OFFERS } offer;
static const char *const offer_names[] = {"classical", "ML-KEM", "ML-KEM and an ML-DSA leaf", "ML-KEM and ML-DSA",
                                          "Q-TLS"};

static void make_offer(peer_settings *s, offer what) {
  s->floor = QTLS_FLOOR_classical;
  s->versions = what == QTLS ? NULL : "tls1.3";
  s->groups = what == CLASSICAL ? "x25519:secp384r1" : NULL;
  s->schemes = what == CLASSICAL || what == PQ_KEX ? "ecdsa_secp384r1_sha384:ecdsa_secp256r1_sha256"
               : what == QTLS                      ? NULL
                                                   : "mldsa65";
}

static const pki *identity_of(offer what) {
  return what == QTLS ? case_pki("hybrid-p384-mldsa65")
         : what == PQ_AUTH ? case_pki("mldsa65")
         : what == PQ_LEAF ? half_way
                           : case_pki("p256");
}

/* ---- the server's floor ---- */

static bool reaches(offer what, qtls_floor floor) {
  switch (floor) {
    case QTLS_FLOOR_classical:
      return true;
    case QTLS_FLOOR_pq_kex:
      return what >= PQ_KEX;
    case QTLS_FLOOR_pq_auth:
      return what >= PQ_AUTH;
    case QTLS_FLOOR_q_tls:
      return what == QTLS;
  }
  return false;
}

/* A server that has everything, and clients that offer less and less. */
static void test_server(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(floors); i++) {
    for (int what = 0; what < OFFERS; what++) {
      if (what == PQ_LEAF) {
        continue; /* a client's offer does not tell CAs apart */
      }
      peer p;
      peer_options o = case_options(CASE_QTLS);
      char words[128];
      make_offer(&o.client, (offer)what);
      o.server.floor = floors[i];
      o.identity2 = case_pki("mldsa65");
      o.trust = what == PQ_AUTH ? o.identity2 : o.identity;
      (void)snprintf(words, sizeof words, "floor %d of the server, %s", (int)floors[i], offer_names[what]);
      peer_start(&p, &o);
      peer_run(&p);
      if (reaches((offer)what, floors[i])) {
        if (!flow_connected(&p.f)) {
          print_message("%s\n", words);
        }
        assert_true(flow_connected(&p.f));
      } else {
        peer_check(&p, words, false, QTLS_ERR_FLOOR, QTLS_ALERT_insufficient_security, NULL);
        qtls_error e;
        qtls_conn_error(p.f.server.conn, &e);
        assert_true(strlen(e.detail) > 0); /* one clear line */
      }
      peer_stop(&p);
    }
  }
}

/* ---- the client's floor ---- */

typedef struct client_case {
  qtls_floor floor;
  offer server;
  qtls_err err;
  bool at_client;
} client_case;

static const client_case client_rows[] = {
    {QTLS_FLOOR_classical, CLASSICAL, QTLS_OK, false},
    {QTLS_FLOOR_classical, PQ_KEX, QTLS_OK, false},
    {QTLS_FLOOR_classical, PQ_LEAF, QTLS_OK, false},
    {QTLS_FLOOR_classical, PQ_AUTH, QTLS_OK, false},
    {QTLS_FLOOR_classical, QTLS, QTLS_OK, false},
    /* Its hello lists secp384r1 for Q-TLS; a server that takes it alone is refused. */
    {QTLS_FLOOR_pq_kex, CLASSICAL, QTLS_ERR_FLOOR, true},
    {QTLS_FLOOR_pq_kex, PQ_KEX, QTLS_OK, false},
    {QTLS_FLOOR_pq_kex, PQ_LEAF, QTLS_OK, false},
    {QTLS_FLOOR_pq_kex, PQ_AUTH, QTLS_OK, false},
    {QTLS_FLOOR_pq_kex, QTLS, QTLS_OK, false},
    {QTLS_FLOOR_pq_auth, CLASSICAL, QTLS_ERR_SCHEME_NONE, false},
    {QTLS_FLOOR_pq_auth, PQ_KEX, QTLS_ERR_SCHEME_NONE, false},
    {QTLS_FLOOR_pq_auth, PQ_LEAF, QTLS_ERR_FLOOR, true},
    {QTLS_FLOOR_pq_auth, PQ_AUTH, QTLS_OK, false},
    {QTLS_FLOOR_pq_auth, QTLS, QTLS_OK, false},
    {QTLS_FLOOR_q_tls, CLASSICAL, QTLS_ERR_VERSION_NONE, false},
    {QTLS_FLOOR_q_tls, PQ_KEX, QTLS_ERR_VERSION_NONE, false},
    {QTLS_FLOOR_q_tls, PQ_AUTH, QTLS_ERR_VERSION_NONE, false},
    {QTLS_FLOOR_q_tls, QTLS, QTLS_OK, false},
};

static void test_client(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(client_rows); i++) {
    const client_case *row = &client_rows[i];
    peer p;
    peer_options o;
    char words[128];
    memset(&o, 0, sizeof o);
    make_offer(&o.server, row->server);
    o.client.floor = row->floor;
    o.identity = identity_of(row->server);
    (void)snprintf(words, sizeof words, "floor %d of the client, a server with %s", (int)row->floor,
                   offer_names[row->server]);
    peer_start(&p, &o);
    peer_run(&p);
    if (row->err != QTLS_OK) {
      peer_check(&p, words, row->at_client, row->err, QTLS_ALERT_none, NULL);
    } else {
      if (!flow_connected(&p.f)) {
        print_message("%s\n", words);
      }
      assert_true(flow_connected(&p.f));
    }
    peer_stop(&p);
  }
}

/* pq-auth is never met by an ML-DSA leaf that a classical CA signed, nor 0x13F1. */
static void test_every_link(void **state) {
  (void)state;
  peer p;
  peer_options o = case_options(CASE_QTLS_PQC);
  o.identity = half_way;
  peer_start(&p, &o);
  peer_run(&p);
  peer_check(&p, "0x13F1 under a classical CA", true, QTLS_ERR_CERT_ALT_MISSING, QTLS_ALERT_bad_certificate, NULL);
  peer_stop(&p);
}

/* ---- pqc_priority ---- */

typedef struct priority_case {
  unsigned priority;
  qtls_floor server;
  const char *protocol;
} priority_case;

static const priority_case priority_rows[] = {
    {1, QTLS_FLOOR_pq_kex, "TLS 1.3"},   {127, QTLS_FLOOR_pq_kex, "TLS 1.3"}, {128, QTLS_FLOOR_pq_kex, "Q-TLS 1.0"},
    {255, QTLS_FLOOR_pq_kex, "Q-TLS 1.0"}, {1, QTLS_FLOOR_classical, "TLS 1.3"}, {1, QTLS_FLOOR_q_tls, "Q-TLS 1.0"},
    {1, QTLS_FLOOR_pq_auth, "Q-TLS 1.0"}, /* its certificate is classical to TLS 1.3 */
};

static void test_priority(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(priority_rows); i++) {
    peer p;
    qtls_info info;
    peer_options o = case_options(CASE_QTLS);
    o.client.priority = priority_rows[i].priority;
    o.server.floor = priority_rows[i].server;
    peer_connect(&p, &o);
    qtls_conn_get_info(p.f.client.conn, &info);
    assert_string_equal(info.protocol, priority_rows[i].protocol);
    if (strcmp(info.protocol, "TLS 1.3") == 0) {
      assert_string_equal(info.group, "X25519MLKEM768"); /* hybrid, never classical */
      assert_string_equal(info.authentication, "classical");
    }
    peer_stop(&p);
  }
}

static int setup(void **state) {
  static const pki_options options = {.leaf_kind = "mldsa65"};
  (void)state;
  half_way = pki_make("p256", &options);
  return 0;
}

static int teardown(void **state) {
  pki_free(half_way);
  return case_teardown(state);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_server),
      cmocka_unit_test(test_client),
      cmocka_unit_test(test_every_link),
      cmocka_unit_test(test_priority),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
