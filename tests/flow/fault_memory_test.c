/*
 * Every allocation fails: configuration, handshake, data, key change and close
 * on both sides, with one block denied, or that and all after it - of this
 * library, or of the one for cryptography below it. Always a clean error, never a leak, a crash or a
 * connection that is up on one side without its proofs.
 */
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/mem.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "crypto/hash.h"
#include "qtls/qtls.h"
#include "support/staple.h"
#include "unit/unit.h"

/* ---- memory that runs out once ---- */

typedef struct source {
  size_t count;  /* blocks handed out */
  size_t deny;   /* the one to deny, from 1; 0: none */
  bool onward;   /* and all after it */
  size_t live;   /* blocks not given back */
  size_t denied;
  size_t spared; /* a size that is not denied; 0: none */
  size_t last;   /* the size asked for last */
} source;

static source ours;
static source theirs;

static bool denies(source *s, size_t size) {
  s->last = size;
  if (size == s->spared) {
    return false;
  }
  s->count++;
  bool deny = s->deny != 0 && (s->onward ? s->count >= s->deny : s->count == s->deny);
  s->denied += deny ? 1 : 0;
  return deny;
}

static void *take(source *s, size_t size) {
  if (denies(s, size)) {
    return NULL;
  }
  void *block = malloc(size);
  s->live += block != NULL ? 1 : 0;
  return block;
}

static void give(source *s, void *block) {
  s->live -= block != NULL ? 1 : 0;
  free(block);
}

static void *our_get(size_t size) { return take(&ours, size); }
static void our_put(void *block) { give(&ours, block); }

/* AWS-LC passes a file and a line beside. */
static void *their_get(size_t size, const char *file, int line) {
  (void)file;
  (void)line;
  return take(&theirs, size);
}

static void their_put(void *block, const char *file, int line) {
  (void)file;
  (void)line;
  give(&theirs, block);
}

static void *their_resize(void *block, size_t size, const char *file, int line) {
  (void)file;
  (void)line;
  if (denies(&theirs, size)) {
    return NULL;
  }
  void *fresh = realloc(block, size);
  theirs.live += block == NULL && fresh != NULL ? 1 : 0;
  return fresh;
}

/* ---- one conversation, given up at the first error ---- */

typedef struct scene {
  const pki *identity;
  const char *versions, *suites, *server_groups;
  qtls_policy policy;
  qtls_cookie cookie;
  bool mutual;  /* the client authenticates, in the handshake and again after it */
  bool stapled; /* by a server that took over the configuration of another */
  bool asked;   /* the client asks for statuses by jobs, knows a list and has a pin */
} scene;

/* About the hybrid leaf. */
static staple_bytes staple;
static staple_bytes list;

typedef struct side {
  qtls_config *config;
  qtls_conn *conn;
  bool connected, closed;
  unsigned authenticated;
  size_t data_n;
} side;

typedef struct stage {
  side client, server;
  uint8_t wire[QTLS_RECORD_MAX * 4];
} stage;

static qtls_err configure(qtls_config *c, const scene *s) {
  Q_TRY(qtls_config_set_versions(c, s->versions));
  Q_TRY(qtls_config_set_suites(c, s->suites));
  Q_TRY(qtls_config_set_policy(c, s->policy));
  Q_TRY(qtls_config_set_alpn(c, s->mutual ? "http/1.1" : "h2,http/1.1"));
  Q_TRY(qtls_config_set_cert_compression(c, "zlib:brotli:zstd"));
  Q_TRY(qtls_config_set_floor(c, QTLS_FLOOR_classical));
  Q_TRY(qtls_config_set_keep_chain(c, true));
  return qtls_config_set_record_size_limit(c, 8000);
}

static qtls_err add_identity(qtls_config *c, const scene *s) {
  return qtls_config_add_identity(c, s->identity->chain_pem, s->identity->chain_pem_n, s->identity->key_pem,
                                  s->identity->key_pem_n);
}

static qtls_err ask_clients(qtls_config *c, const scene *s) {
  const pki *p = s->identity;
  Q_TRY(qtls_config_add_trust(c, p->trust_pem, p->trust_pem_n));
  Q_TRY(qtls_config_add_authorities(c, p->trust_pem, p->trust_pem_n));
  Q_TRY(qtls_config_add_allow(c, "dns:nobody.example.test"));
  Q_TRY(qtls_config_add_allow(c, "dns:localhost"));
  return qtls_config_set_client_auth(c, QTLS_CLIENT_AUTH_required);
}

static qtls_err ask_statuses(qtls_config *c, const scene *s) {
  uint8_t pin[Q_HASH_MAX];
  q_crypto_hash_once(Q_HASH_SHA256, pin, s->identity->node[PKI_LEAF].cert.spki);
  Q_TRY(qtls_config_set_status_jobs(c, true));
  Q_TRY(qtls_config_set_revocation(c, QTLS_REVOCATION_soft_fail, true));
  Q_TRY(qtls_config_add_crl(c, list.der, list.n));
  return qtls_config_add_pin(c, pin);
}

/* As a server reloads: the same with a staple. */
static qtls_err take_over(side *c) {
  qtls_config *fresh = NULL;
  Q_TRY(qtls_config_clone(&fresh, c->config));
  qtls_config_free(c->config);
  c->config = fresh;
  Q_TRY(qtls_config_set_staple(fresh, 0, staple.der, staple.n, PKI_NOW));
  return qtls_config_freeze(fresh);
}

static qtls_err open_client(side *c, const scene *s) {
  qtls_conn_params params = {.server_name = "localhost", .now = PKI_NOW};
  Q_TRY(qtls_config_new(&c->config, QTLS_CLIENT));
  Q_TRY(configure(c->config, s));
  Q_TRY(qtls_config_add_trust(c->config, s->identity->trust_pem, s->identity->trust_pem_n));
  if (s->mutual) {
    Q_TRY(add_identity(c->config, s));
    Q_TRY(qtls_config_set_post_handshake_auth(c->config, true));
  }
  Q_TRY(s->asked ? ask_statuses(c->config, s) : QTLS_OK);
  Q_TRY(qtls_config_freeze(c->config));
  return qtls_conn_new(&c->conn, c->config, &params);
}

static qtls_err open_server(side *c, const scene *s) {
  qtls_conn_params params = {.now = PKI_NOW};
  Q_TRY(qtls_config_new(&c->config, QTLS_SERVER));
  Q_TRY(configure(c->config, s));
  Q_TRY(qtls_config_set_groups(c->config, s->server_groups));
  Q_TRY(qtls_config_set_cookie(c->config, s->cookie));
  Q_TRY(add_identity(c->config, s));
  Q_TRY(s->mutual ? ask_clients(c->config, s) : QTLS_OK);
  Q_TRY(qtls_config_freeze(c->config));
  Q_TRY(s->stapled ? take_over(c) : QTLS_OK);
  return qtls_conn_new(&c->conn, c->config, &params);
}

/* Each with the same list, which says nothing of the intermediate. */
static qtls_err answer_jobs(qtls_conn *conn) {
  for (const qtls_job *job = qtls_conn_job(conn, 0); job != NULL; job = qtls_conn_job(conn, 0)) {
    Q_TRY(qtls_conn_job_status(conn, job->id, true, list.der, list.n));
  }
  return QTLS_OK;
}

static qtls_err receive(side *to, uint8_t *in, size_t n) {
  qtls_event event;
  do {
    size_t used = 0;
    Q_TRY(qtls_conn_recv(to->conn, in, n, &used, &event));
    Q_TRY(event.kind == QTLS_EVENT_job ? answer_jobs(to->conn) : QTLS_OK);
    to->connected = to->connected || event.kind == QTLS_EVENT_connected;
    to->closed = to->closed || event.kind == QTLS_EVENT_closed;
    to->authenticated += event.kind == QTLS_EVENT_authenticated ? 1 : 0;
    to->data_n += event.kind == QTLS_EVENT_data ? event.size : 0;
    in += used;
    n -= used;
  } while (event.kind != QTLS_EVENT_none && event.kind != QTLS_EVENT_closed);
  return n == 0 ? QTLS_OK : QTLS_ERR_INTERNAL;
}

/* Everything that waits, and `data`. */
static qtls_err move(stage *st, side *from, side *to, const char *data) {
  size_t taken = 0;
  size_t written = 0;
  Q_TRY(qtls_conn_send(from->conn, (const uint8_t *)data, strlen(data), st->wire, sizeof st->wire, &taken, &written));
  if (taken != strlen(data)) {
    return QTLS_ERR_INTERNAL;
  }
  return written > 0 ? receive(to, st->wire, written) : QTLS_OK;
}

static qtls_err shake_hands(stage *st) {
  while (qtls_conn_pending(st->client.conn) + qtls_conn_pending(st->server.conn) > 0) {
    Q_TRY(move(st, &st->client, &st->server, ""));
    Q_TRY(move(st, &st->server, &st->client, ""));
  }
  return st->client.connected && st->server.connected ? QTLS_OK : QTLS_ERR_INTERNAL;
}

static qtls_err talk(stage *st) {
  uint8_t exported[2][32];
  Q_TRY(move(st, &st->client, &st->server, "ping"));
  Q_TRY(qtls_conn_key_update(st->client.conn, true));
  Q_TRY(move(st, &st->client, &st->server, "more"));
  Q_TRY(move(st, &st->server, &st->client, "pong"));
  Q_TRY(qtls_conn_export(st->client.conn, exported[0], 32, "EXPORTER-test", NULL, 0));
  Q_TRY(qtls_conn_export(st->server.conn, exported[1], 32, "EXPORTER-test", NULL, 0));
  if (memcmp(exported[0], exported[1], 32) != 0) {
    return QTLS_ERR_INTERNAL;
  }
  Q_TRY(qtls_conn_close(st->client.conn));
  Q_TRY(move(st, &st->client, &st->server, ""));
  Q_TRY(qtls_conn_close(st->server.conn));
  Q_TRY(move(st, &st->server, &st->client, ""));
  Q_TRY(qtls_conn_recv_end(st->client.conn));
  return qtls_conn_recv_end(st->server.conn);
}

/* Known after the handshake, asked again, known again. */
static qtls_err authenticate(stage *st) {
  qtls_peer_identity who;
  if (!qtls_conn_peer_identity(st->server.conn, &who)) {
    return QTLS_ERR_INTERNAL;
  }
  Q_TRY(qtls_conn_request_auth(st->server.conn, true));
  Q_TRY(move(st, &st->server, &st->client, ""));
  Q_TRY(move(st, &st->client, &st->server, ""));
  bool again = st->server.authenticated == 1 && qtls_conn_peer_identity(st->server.conn, &who);
  return again ? QTLS_OK : QTLS_ERR_INTERNAL;
}

static qtls_err play(stage *st, const scene *s) {
  Q_TRY(open_client(&st->client, s));
  Q_TRY(open_server(&st->server, s));
  Q_TRY(shake_hands(st));
  Q_TRY(s->mutual ? authenticate(st) : QTLS_OK);
  return talk(st);
}

/* A side that failed hands its alert out, if there was memory for it, and the
 * other one may hear it; nothing of this may crash. */
static void after(stage *st) {
  side *sides[2] = {&st->client, &st->server};
  for (int i = 0; i < 2; i++) {
    size_t taken = 0;
    size_t written = 0;
    side *from = sides[i];
    side *to = sides[1 - i];
    if (from->conn != NULL && to->conn != NULL &&
        qtls_conn_send(from->conn, NULL, 0, st->wire, sizeof st->wire, &taken, &written) == QTLS_OK && written > 0) {
      (void)!receive(to, st->wire, written);
    }
  }
}

static qtls_err run(const scene *s) {
  stage *st = calloc(1, sizeof *st);
  assert_non_null(st);
  qtls_err err = play(st, s);
  if (err != QTLS_OK) {
    after(st);
    /* Connected means that all went well: the client never is without proofs. */
    if (st->client.connected) {
      qtls_info info;
      qtls_conn_get_info(st->client.conn, &info);
      assert_string_not_equal(info.authentication, "none");
    }
    /* Nor a server that asks without its client's. */
    qtls_peer_identity who;
    if (s->mutual && st->server.connected && qtls_conn_is_connected(st->server.conn)) {
      assert_true(qtls_conn_peer_identity(st->server.conn, &who));
    }
  }
  qtls_conn_free(st->client.conn);
  qtls_conn_free(st->server.conn);
  qtls_config_free(st->client.config);
  qtls_config_free(st->server.config);
  free(st);
  return err;
}

/* ---- the tests ---- */

static void reset(source *s, size_t deny, bool onward) {
  s->onward = onward;
  s->count = 0;
  s->denied = 0;
  s->deny = deny;
}

/* How many blocks of `s` one conversation takes, once all is warm. */
static size_t measure(source *s, const scene *what) {
  reset(&ours, 0, false);
  reset(&theirs, 0, false);
  assert_ok(run(what));
  reset(s, 0, false);
  assert_ok(run(what));
  return s->count;
}

static void deny_each(source *s, const scene *what, bool onward) {
  size_t n = measure(s, what);
  size_t our_live = ours.live;
  size_t their_live = theirs.live;
  assert_true(n > 10);
  for (size_t i = 1; i <= n; i++) {
    reset(s, i, onward);
    qtls_err err = run(what);
    bool denied = s->denied > 0;
    reset(s, 0, false);
    if (denied && err == QTLS_OK) {
      continue; /* it could do without */
    }
    if (s == &ours && denied && err != QTLS_ERR_NO_MEMORY) {
      print_message("block %zu of %zu: %s\n", i, n, qtls_err_name(err));
      assert_err(err, QTLS_ERR_NO_MEMORY);
    }
    assert_true(!denied || err != QTLS_ERR_INTERNAL);
    if (ours.live != our_live || theirs.live != their_live) {
      print_message("block %zu of %zu: %s, kept %ld and %ld\n", i, n, qtls_err_name(err), (long)(ours.live - our_live),
                    (long)(theirs.live - their_live));
    }
    assert_int_equal(ours.live, our_live);
    assert_int_equal(theirs.live, their_live);
  }
  assert_ok(run(what));
}

static pki *hybrid;
static pki *pure;
static pki *classical;

#define SCENES 8

static void scenes(scene out[SCENES]) {
  const qtls_policy both = QTLS_POLICY_require_both;
  const qtls_cookie never = QTLS_COOKIE_never;
  out[0] = (scene){.identity = hybrid, .policy = both, .cookie = never};
  out[1] = (scene){.identity = hybrid,
                   .suites = "qtls-hybrid",
                   .server_groups = "kyber768:x25519",
                   .policy = QTLS_POLICY_require_any,
                   .cookie = QTLS_COOKIE_always};
  out[2] = (scene){.identity = pure, .suites = "qtls-pqc", .policy = QTLS_POLICY_require_pqc, .cookie = never};
  out[3] = (scene){
      .identity = classical, .versions = "tls1.3", .server_groups = "secp384r1", .policy = both, .cookie = never};
  out[4] = (scene){.identity = hybrid, .policy = both, .cookie = never, .mutual = true};
  out[5] = (scene){.identity = classical, .versions = "tls1.3", .policy = both, .cookie = never, .mutual = true};
  out[6] = (scene){.identity = hybrid, .policy = both, .cookie = never, .stapled = true};
  out[7] = (scene){.identity = hybrid, .policy = both, .cookie = never, .asked = true};
}

static void deny_all(source *s, bool onward) {
  scene all[SCENES];
  scenes(all);
  for (size_t i = 0; i < Q_COUNT(all); i++) {
    deny_each(s, &all[i], onward);
  }
}

static void test_own_blocks(void **state) {
  (void)state;
  deny_all(&ours, false);
}

static void test_own_blocks_onward(void **state) {
  (void)state;
  deny_all(&ours, true);
}

static void test_blocks_below(void **state) {
  (void)state;
  deny_all(&theirs, false);
}

static void test_blocks_below_onward(void **state) {
  (void)state;
  deny_all(&theirs, true);
}

/* AWS-LC's check of an EC key pair (EC_KEY_check_fips) takes a BIGNUM and does
 * not look whether it got one: that fault is not ours to find again. */
static void spare_bignums(void) {
  BN_free(BN_new());
  theirs.spared = theirs.last;
}

static int setup(void **state) {
  (void)state;
  spare_bignums();
  hybrid = staple_pki("hybrid-p384-mldsa65", false);
  staple = staple_make(hybrid, PKI_LEAF, STAPLE_GOOD);
  list = staple_list(hybrid, false);
  pure = pki_make("mldsa65", NULL);
  classical = pki_make("p256", NULL);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  q_free(staple.der);
  q_free(list.der);
  pki_free(hybrid);
  pki_free(pure);
  pki_free(classical);
  return 0;
}

int main(void) {
  q_mem_source counted = {our_get, our_put};
  q_mem_set_source(counted);
  if (CRYPTO_set_mem_functions(their_get, their_resize, their_put) != 1) {
    return 1;
  }
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_own_blocks),
      cmocka_unit_test(test_own_blocks_onward),
      cmocka_unit_test(test_blocks_below),
      cmocka_unit_test(test_blocks_below_onward),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
