/*
 * Whole conversations with an adversary between the two sides. The first byte
 * selects the configurations; each five bytes after it are one change: which
 * flight, where in it (two bytes), what is done there, and with which byte.
 *
 * Whatever happens: no side reads what the other did not write, and both are
 * connected only if what they read was what was sent.
 */
#include "fuzz.h"
#include "support/flow.h"

enum { VARIANTS = 4, EDIT_SIZE = 5, DATA_SIZE = 100 };

static qtls_err tls13_only(qtls_config *c, void *context) {
  (void)context;
  return qtls_config_set_versions(c, "tls1.3");
}

static qtls_err asks_again(qtls_config *c, void *context) {
  (void)context;
  return qtls_config_set_cookie(c, QTLS_COOKIE_always);
}

static qtls_err compressing(qtls_config *c, void *context) {
  (void)context;
  Q_TRY(qtls_config_set_alpn(c, "h2,http/1.1"));
  return qtls_config_set_cert_compression(c, "zlib:brotli:zstd");
}

static qtls_err pqc_only(qtls_config *c, void *context) {
  (void)context;
  Q_TRY(qtls_config_set_policy(c, QTLS_POLICY_require_pqc));
  return qtls_config_set_suites(c, "TLS_KYBER1024_DILITHIUM3_AES256_GCM_SHA384");
}

/* Made once: keys and certificates cost more than a run. */
static qtls_config *configs[VARIANTS][2];

static void prepare(void) {
  pki *hybrid = pki_make("hybrid-p384-mldsa65", NULL);
  pki *classical = pki_make("p256", NULL);
  pki *pure = pki_make("mldsa65", NULL);
  const flow_options options[VARIANTS] = {
      {.identity = hybrid},
      {.identity = classical, .client = tls13_only},
      {.identity = hybrid, .client = compressing, .server = asks_again},
      {.identity = pure, .client = pqc_only, .server = pqc_only},
  };
  for (size_t i = 0; i < VARIANTS; i++) {
    configs[i][0] = flow_client_config(&options[i]);
    configs[i][1] = flow_server_config(&options[i]);
  }
  pki_free(hybrid);
  pki_free(classical);
  pki_free(pure);
}

static void start(flow_side *s, const qtls_config *config) {
  qtls_conn_params params = {.server_name = "localhost", .now = PKI_NOW};
  memset(s, 0, sizeof *s);
  s->config = qtls_config_ref(config);
  s->in = malloc(FLOW_ROOM);
  s->data = malloc(FLOW_ROOM);
  FUZZ_CHECK(s->in != NULL && s->data != NULL);
  FUZZ_CHECK(qtls_conn_new(&s->conn, config, &params) == QTLS_OK);
}

typedef struct adversary {
  q_span edits;
  size_t flight;
  bool harmful; /* something of weight was changed */
} adversary;

/* What of a flight is of weight: ChangeCipherSpec is for middleboxes and may be
 * missing (RFC 8446 D.4), and the low byte of legacy_record_version is ignored
 * but where it is authenticated (Q-TLS §1). Returns the length in `out`. */
static size_t weigh(uint8_t *out, const uint8_t *bytes, size_t n) {
  static const uint8_t ccs[] = {0, 1, 1};
  size_t at = 0, written = 0;
  while (n - at >= 5) {
    size_t length = 5 + ((size_t)bytes[at + 3] << 8 | bytes[at + 4]);
    if (length > n - at) {
      break;
    }
    if (bytes[at] != 20 || bytes[at + 1] != 3 || length != 6 || memcmp(bytes + at + 3, ccs, 3) != 0) {
      memcpy(out + written, bytes + at, length);
      out[written + 2] = bytes[at] == 23 ? bytes[at + 2] : 3;
      written += length;
    }
    at += length;
  }
  memcpy(out + written, bytes + at, n - at);
  return written + n - at;
}

/* One change of a flight that has `n` bytes, after which it has no more. */
static void edit(uint8_t *bytes, size_t *n, const uint8_t *what) {
  size_t at = ((size_t)what[1] << 8 | what[2]) % *n;
  switch (what[3] % 4) {
    case 0: /* other bits */
      bytes[at] ^= what[4];
      break;
    case 1: /* the rest is lost */
      *n = at;
      break;
    case 2: /* one byte is lost */
      memmove(bytes + at, bytes + at + 1, *n - at - 1);
      *n -= 1;
      break;
    default: /* one byte comes twice, the last is lost */
      memmove(bytes + at + 1, bytes + at, *n - at - 1);
      break;
  }
}

static void on_wire(void *context, flow *f, bool from_client, uint8_t *bytes, size_t *n) {
  adversary *a = context;
  (void)f;
  (void)from_client;
  uint8_t *before = malloc(2 * *n + 2);
  FUZZ_CHECK(before != NULL);
  size_t n_before = weigh(before, bytes, *n);
  uint8_t *after = before + *n + 1;
  for (size_t i = 0; i + EDIT_SIZE <= a->edits.n && *n > 0; i += EDIT_SIZE) {
    if (a->edits.p[i] == a->flight) {
      edit(bytes, n, a->edits.p + i);
    }
  }
  /* What is missing at the end may have been of no weight. */
  size_t n_after = weigh(after, bytes, *n);
  a->harmful = a->harmful || n_after > n_before || memcmp(before, after, n_after) != 0;
  a->flight++;
  free(before);
}

/* Data one way; a side that has failed says so, and nothing else. */
static void talk(flow *f, bool from_client, const uint8_t *data) {
  flow_side *s = from_client ? &f->client : &f->server;
  uint8_t out[4096];
  size_t taken = 0, written = 0;
  if (qtls_conn_send(s->conn, data, DATA_SIZE, out, sizeof out, &taken, &written) != QTLS_OK) {
    return;
  }
  FUZZ_CHECK(qtls_conn_is_connected(s->conn) || taken == 0);
  on_wire(f->context, f, from_client, out, &written);
  flow_feed(f, !from_client, out, written);
  flow_run(f);
}

static void check_side(const flow_side *s, const uint8_t *sent) {
  qtls_error e;
  qtls_info info;
  qtls_conn_error(s->conn, &e);
  qtls_conn_get_info(s->conn, &info);
  FUZZ_CHECK(s->err == QTLS_OK || e.err != QTLS_OK);
  FUZZ_CHECK(s->data_n == 0 || s->connected);
  FUZZ_CHECK(s->data_n <= DATA_SIZE && memcmp(s->data, sent, s->data_n) == 0);
}

static void stop(flow_side *s) {
  qtls_conn_free(s->conn);
  qtls_config_free(s->config);
  free(s->in);
  free(s->data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static uint8_t from_client[DATA_SIZE], from_server[DATA_SIZE];
  q_span input = q_span_of(data, size);
  size_t variant = fuzz_take_u8(&input) % VARIANTS;
  adversary a = {.edits = input};
  if (configs[0][0] == NULL) {
    prepare();
    memset(from_client, 'c', DATA_SIZE);
    memset(from_server, 's', DATA_SIZE);
  }
  flow f = {.on_wire = on_wire, .context = &a};
  start(&f.client, configs[variant][0]);
  start(&f.server, configs[variant][1]);
  flow_run(&f);
  FUZZ_CHECK(!a.harmful || !flow_connected(&f));
  FUZZ_CHECK(size > EDIT_SIZE || flow_connected(&f));
  talk(&f, true, from_client);
  talk(&f, false, from_server);
  check_side(&f.client, from_server);
  check_side(&f.server, from_client);
  stop(&f.client);
  stop(&f.server);
  return 0;
}
