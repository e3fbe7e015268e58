/*
 * Raw bytes from the network into a side that has just started: the first byte
 * selects the side, the second how many bytes come at a time (0: all). A side
 * never crashes, never is connected, fails for good, and answers with at most
 * an alert and what the handshake has.
 */
#include "fuzz.h"
#include "support/flow.h"

static qtls_config *configs[2];

static qtls_err settings(qtls_config *c, void *context) {
  (void)context;
  Q_TRY(qtls_config_set_floor(c, QTLS_FLOOR_classical));
  Q_TRY(qtls_config_set_grease(c, false));
  Q_TRY(qtls_config_set_cert_compression(c, "zlib:brotli:zstd"));
  return qtls_config_set_middlebox_compat(c, false); /* an empty session id can be echoed by any seed */
}

static void prepare(void) {
  pki *p = pki_make("p256", NULL);
  const flow_options options = {.identity = p, .client = settings, .server = settings};
  configs[0] = flow_server_config(&options);
  configs[1] = flow_client_config(&options);
  pki_free(p);
}

/* What goes out is records, and ends. */
static void drain(qtls_conn *conn) {
  uint8_t out[QTLS_RECORD_MAX];
  for (int i = 0;; i++) {
    size_t taken = 0, written = 0;
    FUZZ_CHECK(i < 64);
    if (qtls_conn_send(conn, NULL, 0, out, sizeof out, &taken, &written) != QTLS_OK || written == 0) {
      return;
    }
    FUZZ_CHECK(written >= 5 && out[0] >= 20 && out[0] <= 23 && out[1] == 3);
  }
}

/* Gives `n` bytes in a block of that size; says how many were used. */
static qtls_err give(qtls_conn *conn, const uint8_t *bytes, size_t n, size_t *used, qtls_event *event) {
  uint8_t *exact = malloc(n > 0 ? n : 1);
  FUZZ_CHECK(exact != NULL);
  if (n > 0) {
    memcpy(exact, bytes, n);
  }
  qtls_err err = qtls_conn_recv(conn, exact, n, used, event);
  FUZZ_CHECK(*used <= n);
  FUZZ_CHECK(err != QTLS_OK || event->kind == QTLS_EVENT_none || event->kind == QTLS_EVENT_closed);
  free(exact);
  return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  q_span input = q_span_of(data, size);
  bool client = (fuzz_take_u8(&input) & 1) != 0;
  size_t step = fuzz_take_u8(&input);
  if (configs[0] == NULL) {
    prepare();
  }
  qtls_conn_params params = {.server_name = "localhost", .now = PKI_NOW};
  qtls_conn *conn = NULL;
  FUZZ_CHECK(qtls_conn_new(&conn, configs[client ? 1 : 0], &params) == QTLS_OK);
  drain(conn);
  size_t from = 0, to = 0;
  qtls_err err = QTLS_OK;
  qtls_event event = {0};
  while (to < input.n && err == QTLS_OK && event.kind != QTLS_EVENT_closed) {
    size_t used = 0;
    to = step == 0 || input.n - to < step ? input.n : to + step;
    err = give(conn, input.p + from, to - from, &used, &event);
    from += used;
    drain(conn);
  }
  FUZZ_CHECK(!qtls_conn_is_connected(conn));
  if (err != QTLS_OK) {
    size_t used = 0;
    qtls_error e;
    qtls_conn_error(conn, &e);
    FUZZ_CHECK(e.err != QTLS_OK);
    FUZZ_CHECK(give(conn, input.p, input.n, &used, &event) != QTLS_OK); /* for good */
  }
  qtls_conn_free(conn);
  return 0;
}
