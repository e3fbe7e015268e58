/*
 * Two sides that are connected, and what happens to them then. The first byte
 * selects the configurations, each operation behind it has a byte of its own: bit
 * 0 who acts (0: the client), bits 1-3 what:
 *
 *   0  send data: two bytes of length
 *   1  send into a short buffer: a byte of length, a byte of room
 *   2  seal, with the right keys, what no honest side sends: type, padding, how
 *      many times 64 bytes are to follow, a byte of length, content
 *   3  change keys: whether the peer is asked to (bit 4); with bit 5 the server
 *      asks who the client is instead
 *   4  close; 5  the transport ends
 *   6  both export: a byte of length, label and context alike
 *   7  bytes past the record layer: a byte of length, bytes
 *
 * What arrives is what was sent, in order; a side fails for good; and as long as
 * nobody misbehaves, none fails.
 */
#include "conn/conn.h"
#include "crypto/sign.h"
#include "fuzz.h"
#include "support/flow.h"

enum { VARIANTS = 6, OPS_MAX = 64, SEND_MAX = 40000, UPDATES_MAX = 8 };

static struct {
  qtls_config *config[2];
  pki *identity; /* where signing is left to us */
} variants[VARIANTS];

typedef struct direction {
  uint32_t sent, received;
  bool spoiled; /* data that nobody sent may arrive */
} direction;

typedef struct run {
  flow f;
  direction from[2]; /* by sender: client, server */
  bool harmed;       /* somebody misbehaved: either side may fail */
  unsigned updates;  /* too many in a row are misbehaviour too */
} run;

static void line_seen(void *user, const char *line) {
  (void)user;
  FUZZ_CHECK(strchr(line, '\n') == NULL);
}

static void event_seen(void *user, const qtls_trace *event) {
  (void)user;
  FUZZ_CHECK(event->kind >= QTLS_TRACE_message && event->kind <= QTLS_TRACE_state);
}

static qtls_err small_records(qtls_config *c, void *context) {
  (void)context;
  Q_TRY(qtls_config_set_floor(c, QTLS_FLOOR_classical));
  Q_TRY(qtls_config_set_groups(c, "x25519:X25519MLKEM768"));
  Q_TRY(qtls_config_set_suites(c, "TLS_CHACHA20_POLY1305_SHA256"));
  Q_TRY(qtls_config_set_key_shares(c, QTLS_KEY_SHARES_classical_first));
  Q_TRY(qtls_config_set_grease(c, false));
  Q_TRY(qtls_config_set_middlebox_compat(c, false));
  Q_TRY(qtls_config_set_keylog(c, line_seen, NULL));
  Q_TRY(qtls_config_set_trace(c, event_seen, NULL));
  return qtls_config_set_record_size_limit(c, 64);
}

static qtls_err middle_records(qtls_config *c, void *context) {
  (void)context;
  Q_TRY(qtls_config_set_versions(c, "tls1.3"));
  Q_TRY(qtls_config_set_groups(c, "MLKEM512:X25519MLKEM768"));
  Q_TRY(qtls_config_set_record_mode(c, QTLS_RECORD_dynamic));
  Q_TRY(qtls_config_set_padding(c, QTLS_PADDING_block, 512));
  Q_TRY(qtls_config_set_key_shares(c, QTLS_KEY_SHARES_both));
  return qtls_config_set_record_size_limit(c, 2000);
}

static qtls_err padded_at_random(qtls_config *c, void *context) {
  (void)context;
  Q_TRY(qtls_config_set_policy(c, QTLS_POLICY_require_pqc));
  Q_TRY(qtls_config_set_pqc_priority(c, 100));
  Q_TRY(qtls_config_set_record_mode(c, QTLS_RECORD_interactive));
  Q_TRY(qtls_config_set_padding(c, QTLS_PADDING_random, 0));
  Q_TRY(qtls_config_set_key_update(c, 3, 20000, 0));
  Q_TRY(qtls_config_set_hsm_capabilities(c, true, true, false, 1000));
  return qtls_config_set_keep_chain(c, true);
}

static qtls_err strictest(qtls_config *c, void *context) {
  (void)context;
  Q_TRY(qtls_config_set_floor(c, QTLS_FLOOR_q_tls));
  Q_TRY(qtls_config_set_message_limit(c, 65536));
  return qtls_config_set_record_size_limit(c, 16384);
}

static pki *mutual_identity; /* both sides have it, and trust its root */

static qtls_err mutual_client(qtls_config *c, void *context) {
  const pki *p = mutual_identity;
  (void)context;
  Q_TRY(qtls_config_set_cert_compression(c, "zstd"));
  Q_TRY(qtls_config_add_identity(c, p->chain_pem, p->chain_pem_n, p->key_pem, p->key_pem_n));
  return qtls_config_set_post_handshake_auth(c, true);
}

static qtls_err mutual_server(qtls_config *c, void *context) {
  const pki *p = mutual_identity;
  (void)context;
  Q_TRY(qtls_config_set_cert_compression(c, "zstd"));
  return qtls_config_add_trust(c, p->trust_pem, p->trust_pem_n);
}

/* Made once: keys and certificates cost more than a run. */
static void prepare(void) {
  const struct {
    const char *kind;
    qtls_err (*client)(qtls_config *, void *);
    qtls_err (*server)(qtls_config *, void *);
    bool outside;
  } rows[VARIANTS] = {
      {"hybrid-p384-mldsa65", NULL, NULL, false},          {"p256", small_records, small_records, false},
      {"p521", middle_records, middle_records, false},     {"mldsa65", padded_at_random, padded_at_random, false},
      {"hybrid-p384-mldsa65", strictest, strictest, true}, {"rsa2048", mutual_client, mutual_server, false}};
  for (size_t i = 0; i < VARIANTS; i++) {
    pki *p = pki_make(rows[i].kind, NULL);
    const flow_options options = {
        .identity = p, .client = rows[i].client, .server = rows[i].server, .outside_keys = rows[i].outside};
    mutual_identity = p;
    variants[i].config[0] = flow_client_config(&options);
    variants[i].config[1] = flow_server_config(&options);
    variants[i].identity = rows[i].outside ? p : NULL;
    if (!rows[i].outside) {
      pki_free(p);
    }
  }
}

static void start(flow_side *s, const qtls_config *config) {
  const qtls_conn_params params = {.server_name = "localhost", .now = PKI_NOW};
  memset(s, 0, sizeof *s);
  s->in = malloc(FLOW_ROOM);
  s->data = malloc(FLOW_ROOM);
  FUZZ_CHECK(s->in != NULL && s->data != NULL);
  FUZZ_CHECK(qtls_conn_new(&s->conn, config, &params) == QTLS_OK);
}

static void stop(flow_side *s) {
  qtls_conn_free(s->conn);
  free(s->in);
  free(s->data);
}

static flow_side *side_of(run *r, bool server) { return server ? &r->f.server : &r->f.client; }

/* Signs what the server left to us. */
static void sign_jobs(run *r, const pki *identity) {
  const qtls_job *job = NULL;
  while ((job = qtls_conn_job(r->f.server.conn, 0)) != NULL) {
    const pki_node *leaf = &identity->node[PKI_LEAF];
    uint8_t signature[Q_SIGNATURE_MAX];
    size_t n = 0;
    const q_scheme *scheme = q_scheme_find(job->scheme);
    FUZZ_CHECK(scheme != NULL && job->identity == 0);
    FUZZ_CHECK(q_crypto_sign(job->alternative_key ? leaf->alt_key : leaf->key, signature, &n, sizeof signature,
                             scheme->alg, q_span_of(job->input, job->input_size)) == QTLS_OK);
    FUZZ_CHECK(qtls_conn_job_done(r->f.server.conn, job->id, signature, n) == QTLS_OK);
  }
  size_t used = 0;
  qtls_event event;
  FUZZ_CHECK(qtls_conn_recv(r->f.server.conn, NULL, 0, &used, &event) == QTLS_OK);
}

static uint8_t pattern(uint32_t at, bool server) { return (uint8_t)(at * 131 + (at >> 8) + (server ? 77 : 0)); }

/* What has arrived since the last look. */
static void check_data(run *r, bool at_server) {
  flow_side *s = side_of(r, at_server);
  direction *d = &r->from[at_server ? 0 : 1];
  for (size_t i = 0; i < s->data_n && !d->spoiled; i++) {
    FUZZ_CHECK(s->data[i] == pattern(d->received++, !at_server));
  }
  FUZZ_CHECK(d->spoiled || d->received <= d->sent);
  s->data_n = 0;
}

static void check_side(run *r, bool server) {
  flow_side *s = side_of(r, server);
  qtls_error e;
  qtls_conn_error(s->conn, &e);
  FUZZ_CHECK(r->harmed || r->updates > UPDATES_MAX || s->err == QTLS_OK);
  FUZZ_CHECK(s->err == QTLS_OK || (e.err == s->err && !qtls_conn_is_connected(s->conn)));
  check_data(r, server);
}

/* Sends `n` bytes of the direction's stream through a buffer of `room`. */
static void send_data(run *r, bool server, size_t n, size_t room) {
  static uint8_t bytes[SEND_MAX];
  flow_side *s = side_of(r, server);
  direction *d = &r->from[server ? 1 : 0];
  size_t at = 0;
  for (size_t i = 0; i < n; i++) {
    bytes[i] = pattern(d->sent + (uint32_t)i, server);
  }
  uint8_t *out = malloc(room > 0 ? room : 1);
  FUZZ_CHECK(out != NULL);
  while (at < n) {
    size_t taken = 0, written = 0;
    qtls_err err = qtls_conn_send(s->conn, bytes + at, n - at, out, room, &taken, &written);
    FUZZ_CHECK(taken <= n - at && written <= room);
    FUZZ_CHECK(taken == 0 || qtls_conn_is_connected(s->conn));
    if (err != QTLS_OK || written == 0) {
      break;
    }
    at += taken;
    d->sent += (uint32_t)taken;
    flow_feed(&r->f, server, out, written);
  }
  free(out);
  const flow_side *peer = side_of(r, !server);
  bool heard = r->harmed || peer->err != QTLS_OK || peer->closed || d->spoiled;
  check_data(r, !server);
  FUZZ_CHECK(heard || d->received == d->sent);
}

static q_span take(q_span *input) {
  size_t n = fuzz_take_u8(input);
  n = n < input->n ? n : input->n;
  q_span out = q_span_of(input->p, n);
  *input = q_span_of(input->p + n, input->n - n);
  return out;
}

/* A record that opens, whatever is in it. */
static void inject(run *r, bool server, q_span *input) {
  static uint8_t content[255 + 255 * 64], wire[sizeof content + 255 + Q_RECORD_OVERHEAD];
  flow_side *s = side_of(r, server);
  uint8_t type = fuzz_take_u8(input);
  size_t padding = fuzz_take_u8(input);
  size_t more = (size_t)fuzz_take_u8(input) * 64;
  q_span body = take(input);
  size_t written = 0;
  if (!s->conn->m.write.on || !qtls_conn_is_connected(s->conn)) {
    return;
  }
  if (body.n > 0) {
    memcpy(content, body.p, body.n);
  }
  memset(content + body.n, 'x', more);
  if (q_record_seal(&s->conn->m.write, wire, &written, sizeof wire, type, q_span_of(content, body.n + more), padding) ==
      QTLS_OK) {
    r->harmed = true;
    r->from[server ? 1 : 0].spoiled = true;
    flow_feed(&r->f, server, wire, written);
  }
}

static void export_both(run *r, q_span *input) {
  q_span what = take(input);
  char label[256];
  uint8_t out[2][48];
  memcpy(label, what.p != NULL ? what.p : (const uint8_t *)"", what.n);
  label[what.n] = 0;
  qtls_err a = qtls_conn_export(r->f.client.conn, out[0], 48, label, what.p, what.n);
  qtls_err b = qtls_conn_export(r->f.server.conn, out[1], 48, label, what.p, what.n);
  if (qtls_conn_is_connected(r->f.client.conn) && qtls_conn_is_connected(r->f.server.conn)) {
    FUZZ_CHECK(a == b && (a != QTLS_OK || memcmp(out[0], out[1], 48) == 0));
  }
}

static void end_transport(run *r, bool server) {
  flow_side *s = side_of(r, server);
  bool closed = s->conn->peer_closed;
  qtls_err err = qtls_conn_recv_end(s->conn);
  FUZZ_CHECK(closed ? err == QTLS_OK : err != QTLS_OK);
  if (err != QTLS_OK) {
    r->harmed = true;
    s->err = s->err != QTLS_OK ? s->err : err;
  }
}

static void operate(run *r, uint8_t op, q_span *input) {
  bool server = (op & 1) != 0;
  flow_side *s = side_of(r, server);
  q_span bytes;
  switch (op >> 1 & 7) {
    case 0: {
      size_t n = (size_t)fuzz_take_u8(input) << 8;
      n |= fuzz_take_u8(input);
      send_data(r, server, n % SEND_MAX, QTLS_RECORD_MAX);
      break;
    }
    case 1: {
      size_t n = fuzz_take_u8(input);
      send_data(r, server, n, fuzz_take_u8(input));
      break;
    }
    case 2:
      inject(r, server, input);
      break;
    case 3:
      if ((op & 32) != 0) {
        qtls_err err = qtls_conn_request_auth(r->f.server.conn, (op & 16) != 0);
        FUZZ_CHECK(err == QTLS_OK || err == QTLS_ERR_STATE);
        break;
      }
      r->updates++;
      if (qtls_conn_key_update(s->conn, (op & 16) != 0) != QTLS_OK) {
        FUZZ_CHECK(s->conn->m.write_closed || !qtls_conn_is_connected(s->conn));
      }
      break;
    case 4:
      FUZZ_CHECK(qtls_conn_close(s->conn) == QTLS_OK || q_conn_failed(s->conn));
      break;
    case 5:
      end_transport(r, server);
      break;
    case 6:
      export_both(r, input);
      break;
    default:
      bytes = take(input);
      if (bytes.n > 0) {
        r->harmed = true;
        flow_feed(&r->f, server, bytes.p, bytes.n);
      }
      break;
  }
}

/* A side that has failed gives its alert, and nothing else. */
static void run_out(run *r) {
  flow_run(&r->f);
  check_side(r, false);
  check_side(r, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  q_span input = q_span_of(data, size);
  size_t variant = fuzz_take_u8(&input) % VARIANTS;
  if (variants[0].config[0] == NULL) {
    prepare();
  }
  run r = {.harmed = false};
  start(&r.f.client, variants[variant].config[0]);
  start(&r.f.server, variants[variant].config[1]);
  flow_run(&r.f);
  if (variants[variant].identity != NULL) {
    sign_jobs(&r, variants[variant].identity);
    flow_run(&r.f);
  }
  FUZZ_CHECK(flow_connected(&r.f));
  for (size_t i = 0; i < OPS_MAX && input.n > 0; i++) {
    operate(&r, fuzz_take_u8(&input), &input);
    run_out(&r);
  }
  stop(&r.f.client);
  stop(&r.f.server);
  return 0;
}
