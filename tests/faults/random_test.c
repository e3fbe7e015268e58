/*
 * A random source that fails: every draw of whole conversations on either side, of
 * a server's configuration, of making keys, certificates and requests fails once.
 * A draw of ours ends in RANDOM, keeps no memory, and nothing that comes out
 * depends on what it left behind: that is tried with two fillings. AWS-LC's own
 * draws do not return when they fail, they end the process (openssl/rand.h, and
 * fault_random_test of tests/flow): then nothing has come out but what had before.
 */
#include <openssl/crypto.h>
#include <openssl/mem.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "faults/faults.h"
#include "qtls/pki.h"

/* ---- memory, counted ---- */

static long live;

static void *get(size_t size) {
  void *block = malloc(size);
  live += block != NULL ? 1 : 0;
  return block;
}

static void put(void *block) {
  live -= block != NULL ? 1 : 0;
  free(block);
}

/* AWS-LC passes a file and a line beside. */
static void *get_below(size_t size, const char *file, int line) {
  (void)file;
  (void)line;
  return get(size);
}

static void put_below(void *block, const char *file, int line) {
  (void)file;
  (void)line;
  put(block);
}

static void *resize_below(void *block, size_t size, const char *file, int line) {
  (void)file;
  (void)line;
  void *fresh = realloc(block, size);
  live += block == NULL && fresh != NULL ? 1 : 0;
  return fresh;
}

/* ---- scenes: something is done, and bytes come out ---- */

typedef struct outcome {
  qtls_err err;
  uint8_t bytes[1 << 17];
  size_t n;
} outcome;

static void came_out(outcome *o, const void *bytes, size_t n) {
  assert_true(n <= sizeof o->bytes - o->n);
  memcpy(o->bytes + o->n, bytes, n);
  o->n += n;
}

typedef struct scene {
  const char *name;
  void (*play)(const struct scene *s, outcome *o);
  case_kind is;
  bool client;      /* whose draws fail */
  const char *kind; /* of keys */
  size_t most;      /* draws to try; 0: all */
  bool mutual;      /* the client signs too */
} scene;

static peer *stage; /* configurations of the present conversation */

/* All that waits, and `data`: what is not taken beside the rest is offered again. */
static qtls_err move(outcome *o, bool watched, qtls_conn *from, flow_side *to, const char *data) {
  static uint8_t wire[4 * QTLS_RECORD_MAX];
  bool to_client = to == &stage->f.client;
  size_t left = strlen(data);
  do {
    size_t taken = 0;
    size_t written = 0;
    faults_random_use(to_client ? FAULTS_SERVER : FAULTS_CLIENT, false);
    Q_TRY(qtls_conn_send(from, (const uint8_t *)data, left, wire, sizeof wire, &taken, &written));
    left -= taken;
    if (watched) {
      came_out(o, wire, written);
    }
    faults_random_use(to_client ? FAULTS_CLIENT : FAULTS_SERVER, false);
    flow_feed(&stage->f, to_client, wire, written);
  } while (left > 0);
  return QTLS_OK;
}

/* Back and forth, a word of data each way, a change of keys. Ends at the first error. */
static qtls_err converse(outcome *o, bool client) {
  flow_side *sides[2] = {&stage->f.client, &stage->f.server};
  flow_side *own = client ? sides[0] : sides[1];
  for (int round = 0; round < 8; round++) {
    for (int i = 0; i < 2; i++) {
      bool talk = qtls_conn_is_connected(sides[i]->conn);
      if (talk && round == 6) {
        Q_TRY(qtls_conn_key_update(sides[i]->conn, true));
      }
      qtls_err err = move(o, sides[i] == own, sides[i]->conn, sides[1 - i], talk ? "word" : "");
      if (err != QTLS_OK || own->err != QTLS_OK) {
        return err != QTLS_OK ? err : own->err;
      }
    }
  }
  return flow_connected(&stage->f) ? QTLS_OK : QTLS_ERR_INTERNAL;
}

static qtls_err start(flow_side *s, faults_stream stream) {
  qtls_conn_params params = {
      .server_name = "localhost", .now = PKI_NOW, .peer_address = (const uint8_t *)"peer", .peer_address_size = 4};
  faults_random_use(stream, true);
  s->in_n = s->data_n = 0;
  s->err = QTLS_OK;
  s->connected = s->closed = false;
  return qtls_conn_new(&s->conn, s->config, &params);
}

/* The failing side's alert still goes out, and the other one ends with a name. */
static void end(outcome *o, const scene *s) {
  flow_side *own = s->client ? &stage->f.client : &stage->f.server;
  flow_side *other = s->client ? &stage->f.server : &stage->f.client;
  if (own->conn != NULL && other->conn != NULL && qtls_conn_pending(own->conn) > 0) {
    (void)!move(o, true, own->conn, other, "");
    assert_err(other->err, QTLS_ERR_ALERT_RECEIVED);
    qtls_error e;
    qtls_conn_error(other->conn, &e);
    assert_int_equal(e.alert, qtls_err_alert(o->err));
    assert_false(qtls_conn_is_connected(own->conn));
  }
}

static void play_conversation(const scene *s, outcome *o) {
  stage->f.client.conn = stage->f.server.conn = NULL;
  o->err = start(&stage->f.client, FAULTS_CLIENT);
  if (o->err == QTLS_OK) {
    o->err = start(&stage->f.server, FAULTS_SERVER);
  }
  if (o->err == QTLS_OK) {
    o->err = converse(o, s->client);
  }
  if (o->err != QTLS_OK) {
    end(o, s);
  }
  qtls_conn_free(stage->f.client.conn);
  qtls_conn_free(stage->f.server.conn);
  stage->f.client.conn = stage->f.server.conn = NULL;
}

/* The cookie's secret does not come out; a server that made one is ready. */
static void play_config(const scene *s, outcome *o) {
  const pki *identity = case_pki("p256");
  qtls_config *c = NULL;
  (void)s;
  assert_ok(qtls_config_new(&c, QTLS_SERVER));
  assert_ok(
      qtls_config_add_identity(c, identity->chain_pem, identity->chain_pem_n, identity->key_pem, identity->key_pem_n));
  assert_ok(qtls_config_set_floor(c, QTLS_FLOOR_classical));
  assert_ok(qtls_config_set_cookie(c, QTLS_COOKIE_always));
  faults_random_use(FAULTS_SERVER, true);
  o->err = qtls_config_freeze(c);
  if (o->err == QTLS_OK) {
    came_out(o, c->cookie_secret, sizeof c->cookie_secret);
  }
  qtls_config_free(c);
}

static qtls_err issue(outcome *o, const qtls_key *key) {
  static const char *const names[] = {"localhost"};
  const qtls_cert_request request = {.role = QTLS_CERT_authority,
                                     .common_name = "Random",
                                     .names = names,
                                     .name_count = 1,
                                     .not_before = PKI_NOW,
                                     .not_after = PKI_NOW + PKI_DAY};
  char *pem = NULL;
  size_t n = 0;
  qtls_err err = qtls_cert_issue(&pem, &n, &request, key, NULL, 0, NULL);
  if (err == QTLS_OK) {
    came_out(o, pem, n);
  } else {
    assert_null(pem);
  }
  qtls_pki_free(pem);
  return err;
}

static void play_key(const scene *s, outcome *o) {
  qtls_key *key = NULL;
  char *pem = NULL;
  size_t n = 0;
  faults_random_use(FAULTS_SERVER, true);
  o->err = qtls_key_generate(&key, s->kind);
  if (o->err == QTLS_OK) {
    faults_random_use(FAULTS_SETUP, false);
    assert_ok(qtls_key_write(key, &pem, &n));
    came_out(o, pem, n);
    qtls_pki_free(pem);
  } else {
    assert_null(key);
  }
  qtls_key_free(key);
}

/* Serial number and signatures. */
static void play_issue(const scene *s, outcome *o) {
  qtls_key *key = NULL;
  faults_random_use(FAULTS_SETUP, true);
  assert_ok(qtls_key_generate(&key, s->kind));
  faults_random_use(FAULTS_SERVER, true);
  o->err = issue(o, key);
  qtls_key_free(key);
}

/* Salts and vectors of an encrypted key. */
static void play_encrypted(const scene *s, outcome *o) {
  qtls_key *key = NULL;
  char *pem = NULL;
  size_t n = 0;
  faults_random_use(FAULTS_SETUP, true);
  assert_ok(qtls_key_generate(&key, s->kind));
  faults_random_use(FAULTS_SERVER, true);
  o->err = qtls_key_write_encrypted(key, &pem, &n, "phrase", 6);
  if (o->err == QTLS_OK) {
    came_out(o, pem, n);
  }
  qtls_pki_free(pem);
  qtls_key_free(key);
}

/* ---- each draw in turn ---- */

static outcome honest, first, second;
static outcome *apart; /* of a process that ends; shared with it */

static void play(const scene *s, outcome *o, size_t fail, uint8_t fill) {
  long before = live;
  o->n = 0;
  o->err = QTLS_ERR_INTERNAL;
  faults_source = (faults_random){s->client ? FAULTS_CLIENT : FAULTS_SERVER, 0, fail, fill};
  s->play(s, o);
  faults_source.fail = 0;
  if (live != before) {
    print_message("%s, draw %zu: %s, %ld blocks kept\n", s->name, fail, qtls_err_name(o->err), live - before);
  }
  assert_int_equal(live, before);
}

/* Ours: a named error, whatever is in the bytes; or data that was not taken with
 * other bytes before it, and is taken when offered again. */
static bool ours_is_clean(const scene *s, size_t i) {
  play(s, &first, i, 0x00);
  play(s, &second, i, 0x5A);
  bool clean = first.err == QTLS_ERR_RANDOM || (first.err == QTLS_OK && s->play == play_conversation);
  return clean && first.err == second.err && first.n == second.n && memcmp(first.bytes, second.bytes, first.n) == 0;
}

/* Plays in a process of its own; true when it ended at draw `i`: AWS-LC's own. */
static bool ends(const scene *s, size_t i) {
  int status = 0;
  apart->n = 0;
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    play(s, apart, i, 0);
    _exit(0);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status) == FAULTS_ENDED;
}

/* Then it has said nothing but what is said without a failure. */
static bool theirs_is_clean(void) { return apart->n <= honest.n && memcmp(apart->bytes, honest.bytes, apart->n) == 0; }

static void fail_each(const scene *s) {
  play(s, &honest, 0, 0);
  assert_ok(honest.err);
  play(s, &honest, 0, 0);
  size_t draws = faults_source.draws;
  assert_true(draws > 0);
  draws = s->most != 0 && s->most < draws ? s->most : draws;
  size_t ours = 0;
  size_t again = 0;
  size_t wrong = 0;
  for (size_t i = 1; i <= draws; i++) {
    bool mine = !ends(s, i);
    ours += mine ? 1 : 0;
    if (mine ? !ours_is_clean(s, i) : !theirs_is_clean()) {
      print_message("%s, draw %zu of %zu: %s\n", s->name, i, draws, mine ? qtls_err_name(first.err) : "AWS-LC's own");
      wrong++;
    }
    again += mine && first.err == QTLS_OK ? 1 : 0;
  }
  print_message("%s: %zu draws fail, %zu of ours, %zu made again\n", s->name, draws, ours, again);
  assert_int_equal(wrong, 0);
}

static void test_conversations(void **state) {
  static const scene scenes[] = {
      {"0x13F2, client", play_conversation, CASE_QTLS, true, NULL, 0, false},
      {"0x13F2, server", play_conversation, CASE_QTLS, false, NULL, 0, false},
      {"0x13F1, client", play_conversation, CASE_QTLS_PQC, true, NULL, 0, false},
      {"0x13F1, server", play_conversation, CASE_QTLS_PQC, false, NULL, 0, false},
      {"0x13F2 retry, client", play_conversation, CASE_QTLS_RETRY, true, NULL, 0, false},
      {"0x13F2 retry, server", play_conversation, CASE_QTLS_RETRY, false, NULL, 0, false},
      {"TLS 1.3, client", play_conversation, CASE_TLS13, true, NULL, 0, false},
      {"TLS 1.3, server", play_conversation, CASE_TLS13, false, NULL, 0, false},
      {"TLS 1.3 ML-DSA, server", play_conversation, CASE_TLS13_MLDSA, false, NULL, 0, false},
      {"TLS 1.3 retry, client", play_conversation, CASE_TLS13_RETRY, true, NULL, 0, false},
      {"TLS 1.3 retry, server", play_conversation, CASE_TLS13_RETRY, false, NULL, 0, false},
      {"0x13F2 mutual, client", play_conversation, CASE_QTLS, true, NULL, 0, true},
      {"TLS 1.3 mutual, client", play_conversation, CASE_TLS13, true, NULL, 0, true},
  };
  (void)state;
  for (size_t i = 0; i < Q_COUNT(scenes); i++) {
    peer p;
    peer_options o = case_options(scenes[i].is);
    o.server.cookie = scenes[i].is == CASE_QTLS_RETRY ? QTLS_COOKIE_always : 0;
    if (scenes[i].mutual) {
      o.client_identity = o.server.client_trust = o.identity;
      o.server.client_auth = QTLS_CLIENT_AUTH_required;
    }
    faults_random_use(FAULTS_SETUP, true);
    peer_start(&p, &o);
    p.f.on_wire = NULL;
    /* Drawn for every record. */
    p.f.client.config->padding = p.f.server.config->padding = QTLS_PADDING_random;
    qtls_conn_free(p.f.client.conn);
    qtls_conn_free(p.f.server.conn);
    stage = &p;
    fail_each(&scenes[i]);
    peer_stop(&p);
  }
}

static void test_config(void **state) {
  static const scene cookie = {"a server's configuration", play_config, CASE_TLS13, false, NULL, 0, false};
  (void)state;
  (void)case_pki("p256");
  fail_each(&cookie);
}

static void test_keys(void **state) {
  (void)state;
  for (size_t i = 0; qtls_key_kind_name(i, NULL) != NULL; i++) {
    const char *kind = qtls_key_kind_name(i, NULL);
    /* Primes are sought for long: their first draws tell, of one kind. */
    bool rsa = strstr(kind, "rsa") != NULL;
    const scene key = {kind, play_key, CASE_TLS13, false, kind, rsa ? 3 : 0, false};
    if (!rsa || strcmp(kind, "rsa2048") == 0) {
      fail_each(&key);
    }
    if (!rsa) {
      const scene certificate = {kind, play_issue, CASE_TLS13, false, kind, 0, false};
      fail_each(&certificate);
    }
  }
}

static void test_encrypted(void **state) {
  static const scene written = {"encrypted key", play_encrypted, CASE_TLS13, false, "p256", 0, false};
  (void)state;
  fail_each(&written);
}

int main(void) {
  q_mem_source counted = {get, put};
  q_mem_set_source(counted);
  if (CRYPTO_set_mem_functions(get_below, resize_below, put_below) != 1) {
    return 1;
  }
  apart = mmap(NULL, sizeof *apart, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (apart == MAP_FAILED) {
    return 1;
  }
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_conversations),
      cmocka_unit_test(test_config),
      cmocka_unit_test(test_keys),
      cmocka_unit_test(test_encrypted),
  };
  return cmocka_run_group_tests(tests, NULL, case_teardown);
}
