/*
 * Owns the two targets that stand behind record protection: a real client and a
 * real server pass whole handshake messages in the clear, and the fuzzer's take
 * the place of genuine ones, in any state.
 *
 *   byte 0   bits 0-2  configurations
 *            bit 4     the rest edits the genuine message, else it is messages
 *            bit 5     genuine messages go on afterwards
 *            bit 6     the genuine message is left out, else it comes afterwards
 *            bit 7     every signature and every comparison of secrets is right
 *   byte 1   how many genuine messages come first
 *   rest     messages, or edits of four bytes: where (two), what, with which
 *
 * The linker puts the three functions at the end in the place of the core's own
 * (cmake/fuzz.cmake): only so can an input without the right keys get past
 * CertificateVerify and Finished.
 */
#ifndef Q_FUZZ_OPEN_H
#define Q_FUZZ_OPEN_H

#include <malloc.h>

#include "conn/conn.h"
#include "crypto/random.h"
#include "crypto/sign.h"
#include "fuzz.h"
#include "support/flow.h"
#include "support/staple.h"

enum {
  OPEN_VARIANTS = 8,
  OPEN_AUTH = 6, /* from this one on the client authenticates, and is asked to once more */
  OPEN_EDIT = 4,
  OPEN_TAPE = 1 << 18,
  OPEN_MESSAGES = 64,
  OPEN_MEMORY = 3 << 20, /* both sides, a message of the longest kind in several shapes in each */
};
enum { OPEN_EDITS = 1 << 4, OPEN_GO_ON = 1 << 5, OPEN_REPLACE = 1 << 6, OPEN_NEUTRAL = 1 << 7 };

/* What one side has sent. */
typedef struct open_tape {
  uint8_t bytes[OPEN_TAPE];
  size_t at[OPEN_MESSAGES + 1]; /* where each message begins, and the last ends */
  size_t count;
} open_tape;

typedef struct open_run {
  bool to_client;
  size_t variant;
  qtls_conn *target, *peer;
  open_tape from_peer, from_target;
  size_t to_target, to_peer;    /* messages of each tape that were delivered */
  uint8_t delivered[OPEN_TAPE]; /* what the target was given, in all */
  size_t delivered_n;
  bool was_connected, asked_again;
  bool certificate, verify, finished; /* steps that the target took */
} open_run;

static open_run run;
static qtls_config *open_configs[OPEN_VARIANTS][2];
static bool open_neutral;
static uint64_t open_random;
static size_t open_memory;

/* ---- bounded memory ---- */

static void *open_get(size_t size) {
  void *block = malloc(size);
  if (block != NULL) {
    open_memory += malloc_usable_size(block);
    FUZZ_CHECK(open_memory < OPEN_MEMORY);
  }
  return block;
}

static void open_put(void *block) {
  open_memory -= malloc_usable_size(block);
  free(block);
}

/* ---- configurations, made once ---- */

/* Notes what the client (user: NULL) or the server sends, and what the target takes. */
static void open_trace(void *user, const qtls_trace *t) {
  bool is_target = run.to_client == (user == NULL);
  open_tape *tape = is_target ? &run.from_target : &run.from_peer;
  if (t->kind != QTLS_TRACE_message) {
    return;
  }
  if (t->sent) {
    size_t at = tape->at[tape->count];
    if (tape->count < OPEN_MESSAGES && t->size <= OPEN_TAPE - at) {
      memcpy(tape->bytes + at, t->bytes, t->size);
      tape->at[++tape->count] = at + t->size;
    }
  } else if (is_target) {
    /* Each counts only behind the one before it. */
    run.certificate = run.certificate || t->type == Q_MSG_CERTIFICATE || t->type == Q_MSG_COMPRESSED_CERTIFICATE;
    run.verify = run.verify || (run.certificate && t->type == Q_MSG_CERTIFICATE_VERIFY);
    run.finished = run.finished || ((run.verify || !run.to_client) && t->type == Q_MSG_FINISHED);
  }
}

static pki *open_identity;       /* of the variant in the making */
static staple_bytes open_staple; /* about the leaf of the last variant */

/* The first of these variants asks outside for statuses, the other is given one;
 * there, too, the leaf's key is known beforehand. */
static qtls_err open_status(qtls_config *c, bool server, size_t variant) {
  uint8_t pin[Q_HASH_MAX];
  if (variant == OPEN_AUTH) {
    return qtls_config_set_status_jobs(c, true);
  }
  if (server) {
    open_staple = staple_make(open_identity, PKI_LEAF, STAPLE_GOOD);
    return qtls_config_set_staple(c, 0, open_staple.der, open_staple.n, PKI_NOW);
  }
  q_crypto_hash_once(Q_HASH_SHA256, pin, open_identity->node[PKI_LEAF].cert.spki);
  Q_TRY(qtls_config_add_pin(c, pin));
  return qtls_config_set_revocation(c, QTLS_REVOCATION_hard_fail, false);
}

/* Both sides have it, and trust its root; records are small. */
static qtls_err open_mutual(qtls_config *c, bool server, size_t variant) {
  const pki *p = open_identity;
  Q_TRY(qtls_config_set_alpn(c, "http/1.1"));
  Q_TRY(qtls_config_set_record_size_limit(c, 1000));
  Q_TRY(open_status(c, server, variant));
  if (variant == OPEN_AUTH) {
    Q_TRY(qtls_config_set_versions(c, "tls1.3"));
  }
  if (!server) {
    Q_TRY(qtls_config_add_identity(c, p->chain_pem, p->chain_pem_n, p->key_pem, p->key_pem_n));
    return qtls_config_set_post_handshake_auth(c, true);
  }
  Q_TRY(qtls_config_add_trust(c, p->trust_pem, p->trust_pem_n));
  if (variant == OPEN_AUTH) {
    return qtls_config_set_client_auth(c, QTLS_CLIENT_AUTH_required);
  }
  Q_TRY(qtls_config_add_allow(c, "dns:*host"));
  Q_TRY(qtls_config_set_keep_chain(c, true));
  return qtls_config_set_client_auth(c, QTLS_CLIENT_AUTH_optional);
}

static qtls_err open_client(qtls_config *c, void *context) {
  Q_TRY(qtls_config_set_trace(c, open_trace, NULL));
  Q_TRY(qtls_config_set_alpn(c, "h2,http/1.1"));
  Q_TRY(qtls_config_set_cert_compression(c, "zlib:brotli:zstd"));
  if (*(const size_t *)context == 1 || *(const size_t *)context == 5) {
    Q_TRY(qtls_config_set_versions(c, "tls1.3"));
  }
  if (*(const size_t *)context == 3) {
    Q_TRY(qtls_config_set_policy(c, QTLS_POLICY_require_pqc));
    Q_TRY(qtls_config_set_suites(c, "TLS_KYBER1024_DILITHIUM3_AES256_GCM_SHA384"));
  }
  return *(const size_t *)context >= OPEN_AUTH ? open_mutual(c, false, *(const size_t *)context) : QTLS_OK;
}

static qtls_err open_server(qtls_config *c, void *context) {
  Q_TRY(qtls_config_set_trace(c, open_trace, c));
  Q_TRY(qtls_config_set_alpn(c, "h2,http/1.1"));
  if (*(const size_t *)context == 2) {
    Q_TRY(qtls_config_set_cert_compression(c, "zlib:brotli:zstd"));
    Q_TRY(qtls_config_set_cookie(c, QTLS_COOKIE_always));
  }
  if (*(const size_t *)context == 3) {
    Q_TRY(qtls_config_set_policy(c, QTLS_POLICY_require_pqc));
    Q_TRY(qtls_config_set_suites(c, "TLS_KYBER1024_DILITHIUM3_AES256_GCM_SHA384"));
  }
  /* Groups of which the client has no share yet: it is asked for them. */
  if (*(const size_t *)context == 4) {
    Q_TRY(qtls_config_set_groups(c, "kyber768:secp256r1"));
  }
  if (*(const size_t *)context == 5) {
    Q_TRY(qtls_config_set_groups(c, "SecP384r1MLKEM1024"));
  }
  return *(const size_t *)context >= OPEN_AUTH ? open_mutual(c, true, *(const size_t *)context) : QTLS_OK;
}

static void open_prepare(void) {
  static const char *const kinds[OPEN_VARIANTS] = {
      "hybrid-p384-mldsa65", "p256", "hybrid-p384-mldsa65", "mldsa65", "hybrid-p384-mldsa65", "p384", "p256",
      "hybrid-p384-mldsa65"};
  q_mem_set_source((q_mem_source){open_get, open_put});
  for (size_t i = 0; i < OPEN_VARIANTS; i++) {
    open_identity = i < OPEN_AUTH ? pki_make(kinds[i], NULL) : staple_pki(kinds[i], false);
    const flow_options options = {
        .identity = open_identity, .client = open_client, .server = open_server, .context = &i};
    open_configs[i][0] = flow_client_config(&options);
    open_configs[i][1] = flow_server_config(&options);
    pki_free(open_identity);
  }
}

/* ---- one run ---- */

/* Connected only behind a Finished; and, where nothing is neutral, by what the
 * peer sent and nothing else. */
static void open_check(void) {
  bool connected = qtls_conn_is_connected(run.target);
  if (connected && !run.was_connected) {
    FUZZ_CHECK(run.finished);
    FUZZ_CHECK(open_neutral || (run.delivered_n <= run.from_peer.at[run.from_peer.count] &&
                                memcmp(run.delivered, run.from_peer.bytes, run.delivered_n) == 0));
  }
  run.was_connected = run.was_connected || connected;
  if (q_conn_failed(run.target)) {
    qtls_error e;
    qtls_conn_error(run.target, &e);
    FUZZ_CHECK(!connected && e.err != QTLS_OK);
  }
}

/* Statuses are fetched at once: none, or the one there is, whomever it is about. */
static void open_answer_jobs(qtls_conn *conn) {
  const qtls_job *job = NULL;
  bool any = false;
  while ((job = qtls_conn_job(conn, 0)) != NULL) {
    FUZZ_CHECK(job->kind == QTLS_JOB_status);
    bool known = job->id % 2 == 0;
    qtls_err err =
        qtls_conn_job_status(conn, job->id, false, known ? open_staple.der : NULL, known ? open_staple.n : 0);
    FUZZ_CHECK(err == QTLS_OK || q_conn_failed(conn));
    any = true;
  }
  if (any && !q_conn_failed(conn)) {
    size_t used = 0;
    qtls_event event;
    FUZZ_CHECK(qtls_conn_recv(conn, NULL, 0, &used, &event) == QTLS_OK || q_conn_failed(conn));
  }
}

/* The transport takes what there is, and loses it: the tapes have it. */
static void open_drain(qtls_conn *conn) {
  uint8_t sink[QTLS_RECORD_MAX];
  while (qtls_conn_pending(conn) > 0) {
    size_t taken = 0, written = 0;
    FUZZ_CHECK(qtls_conn_send(conn, NULL, 0, sink, sizeof sink, &taken, &written) == QTLS_OK && written > 0);
  }
}

/* As if the bytes had come in one record, opened. */
static void open_give(qtls_conn *conn, const uint8_t *bytes, size_t n) {
  if (n == 0 || q_conn_failed(conn)) {
    return;
  }
  uint8_t *exact = malloc(n);
  FUZZ_CHECK(exact != NULL);
  memcpy(exact, bytes, n);
  qtls_err err = q_conn_messages(conn, q_span_of(exact, n));
  if (err != QTLS_OK) {
    FUZZ_CHECK(q_conn_fail(conn, err) == err);
  }
  open_answer_jobs(conn);
  open_drain(conn);
  free(exact);
}

static void open_give_target(const uint8_t *bytes, size_t n) {
  if (n > OPEN_TAPE - run.delivered_n) {
    return;
  }
  memcpy(run.delivered + run.delivered_n, bytes, n);
  run.delivered_n += n;
  open_give(run.target, bytes, n);
  open_check();
}

/* The peer hears all that the target says, at once. */
static void open_answer(void) {
  while (run.to_peer < run.from_target.count) {
    size_t at = run.from_target.at[run.to_peer++];
    open_give(run.peer, run.from_target.bytes + at, run.from_target.at[run.to_peer] - at);
  }
}

/* Once both are connected the server asks who the client is, a second time. */
static void open_ask_again(size_t variant) {
  qtls_conn *server = run.to_client ? run.peer : run.target;
  qtls_conn *client = run.to_client ? run.target : run.peer;
  if (variant >= OPEN_AUTH && !run.asked_again && qtls_conn_is_connected(server) && qtls_conn_is_connected(client)) {
    run.asked_again = true;
    qtls_err err = qtls_conn_request_auth(server, true);
    /* A changed hello may have lost the extension that allows it. */
    FUZZ_CHECK(err == QTLS_OK || (err == QTLS_ERR_STATE && server->m.auth == NULL));
    open_answer();
  }
}

/* The next genuine message, if there is one. */
static bool open_next(q_span *out) {
  open_answer();
  open_ask_again(run.variant);
  if (run.to_target == run.from_peer.count) {
    return false;
  }
  size_t at = run.from_peer.at[run.to_target++];
  *out = q_span_of(run.from_peer.bytes + at, run.from_peer.at[run.to_target] - at);
  return true;
}

/* The genuine message with other bytes; its header's length follows, unless an
 * edit was in the header. */
static void open_edited(q_span genuine, q_span edits) {
  size_t n = genuine.n;
  bool header = false;
  uint8_t *m = malloc(n + edits.n + 1);
  FUZZ_CHECK(m != NULL);
  memcpy(m, genuine.p, n);
  for (; edits.n >= OPEN_EDIT && n > Q_MSG_HEADER; edits = q_span_of(edits.p + OPEN_EDIT, edits.n - OPEN_EDIT)) {
    size_t at = ((size_t)edits.p[0] << 8 | edits.p[1]) % n;
    header = header || at < Q_MSG_HEADER;
    switch (edits.p[2] % 4) {
      case 0:
        m[at] ^= edits.p[3];
        break;
      case 1:
        m[at] = edits.p[3];
        break;
      case 2:
        memmove(m + at, m + at + 1, n - at - 1);
        n--;
        break;
      default:
        memmove(m + at + 1, m + at, n - at);
        m[at] = edits.p[3];
        n++;
        break;
    }
  }
  if (!header && n >= Q_MSG_HEADER) {
    size_t length = n - Q_MSG_HEADER;
    m[1] = (uint8_t)(length >> 16);
    m[2] = (uint8_t)(length >> 8);
    m[3] = (uint8_t)length;
  }
  open_give_target(m, n);
  free(m);
}

/* Whole messages one at a time, as a peer would: none behind a change of keys. */
static void open_raw(q_span bytes) {
  while (bytes.n > 0) {
    size_t n = bytes.n;
    if (n >= Q_MSG_HEADER) {
      size_t whole = Q_MSG_HEADER + ((size_t)bytes.p[1] << 16 | (size_t)bytes.p[2] << 8 | bytes.p[3]);
      n = whole < n ? whole : n;
    }
    open_give_target(bytes.p, n);
    open_answer();
    bytes = q_span_of(bytes.p + n, bytes.n - n);
  }
}

static qtls_conn *open_start(const qtls_config *config) {
  qtls_conn_params params = {.server_name = "localhost", .now = PKI_NOW};
  qtls_conn *conn = NULL;
  FUZZ_CHECK(qtls_conn_new(&conn, config, &params) == QTLS_OK);
  return conn;
}

static inline int open_target(bool to_client, const uint8_t *data, size_t size) {
  if (open_configs[0][0] == NULL) {
    open_prepare();
  }
  q_span input = q_span_of(data, size);
  uint8_t how = fuzz_take_u8(&input);
  size_t first = fuzz_take_u8(&input);
  size_t before = open_memory;
  run.to_client = to_client;
  run.variant = (how & 7) % OPEN_VARIANTS;
  run.from_peer.count = run.from_target.count = 0;
  run.to_target = run.to_peer = run.delivered_n = 0;
  run.was_connected = run.asked_again = run.certificate = run.verify = run.finished = false;
  open_random = 0;
  open_neutral = (how & OPEN_NEUTRAL) != 0;
  qtls_conn *client = open_start(open_configs[run.variant][0]);
  qtls_conn *server = open_start(open_configs[run.variant][1]);
  run.target = to_client ? client : server;
  run.peer = to_client ? server : client;

  q_span genuine = {NULL, 0};
  for (size_t i = 0; i < first && open_next(&genuine); i++) {
    open_give_target(genuine.p, genuine.n);
  }
  bool replaced = (how & (OPEN_EDITS | OPEN_REPLACE)) != 0 && open_next(&genuine);
  if ((how & OPEN_EDITS) == 0) {
    open_raw(input);
  } else if (replaced) {
    open_edited(genuine, input);
  }
  if (replaced && (how & OPEN_REPLACE) == 0) {
    open_give_target(genuine.p, genuine.n);
  }
  while ((how & OPEN_GO_ON) != 0 && open_next(&genuine)) {
    open_give_target(genuine.p, genuine.n);
  }
  open_answer();
  /* With nothing but genuine messages both are connected. */
  FUZZ_CHECK(size > 2 || (how & (OPEN_EDITS | OPEN_GO_ON | OPEN_REPLACE)) != OPEN_GO_ON ||
             (qtls_conn_is_connected(client) && qtls_conn_is_connected(server)));
  open_neutral = false;
  qtls_conn_free(client);
  qtls_conn_free(server);
  FUZZ_CHECK(open_memory == before);
  return 0;
}

/* ---- in the place of the core's own ---- */

qtls_err __real_q_crypto_verify(const q_pubkey *key, q_sig_alg alg, q_span message, q_span sig);
qtls_err __wrap_q_crypto_verify(const q_pubkey *key, q_sig_alg alg, q_span message, q_span sig);
bool __real_q_crypto_ct_equal(const uint8_t *a, const uint8_t *b, size_t n);
bool __wrap_q_crypto_ct_equal(const uint8_t *a, const uint8_t *b, size_t n);
qtls_err __wrap_q_crypto_random(uint8_t *out, size_t n);

qtls_err __wrap_q_crypto_verify(const q_pubkey *key, q_sig_alg alg, q_span message, q_span sig) {
  return open_neutral ? QTLS_OK : __real_q_crypto_verify(key, alg, message, sig);
}

bool __wrap_q_crypto_ct_equal(const uint8_t *a, const uint8_t *b, size_t n) {
  return open_neutral || __real_q_crypto_ct_equal(a, b, n);
}

/* The same bytes in every run: an input that was found once is found again. */
qtls_err __wrap_q_crypto_random(uint8_t *out, size_t n) {
  for (size_t i = 0; i < n; i++) {
    open_random = open_random * 6364136223846793005U + 1442695040888963407U;
    out[i] = (uint8_t)(open_random >> 56);
  }
  return QTLS_OK;
}

#endif
