/*
 * Whole connections in memory, with every shared secret marked where it leaves
 * AWS-LC: key schedule, traffic keys, Finished on both sides, cookie, key
 * updates, application data. What stays marked to the end is checked.
 */
#include <string.h>

#include "conn/conn.h"
#include "constant_time/ct.h"
#include "constant_time/mismatch.h"
#include "support/flow.h"

static pki *hybrid;

static qtls_err with_cookie(qtls_config *c, void *context) {
  (void)context;
  Q_TRY(qtls_config_set_groups(c, "kyber1024:x25519"));
  return qtls_config_set_cookie(c, QTLS_COOKIE_always);
}

static qtls_err nothing(qtls_config *c, void *context) {
  (void)c;
  (void)context;
  return QTLS_OK;
}

static void mark_config(flow *f) {
  ct_secret(f->server.config->cookie_secret, sizeof f->server.config->cookie_secret);
}

static bool secrets_marked(const flow_side *s) {
  const q_machine *m = &s->conn->m;
  return ct_is_secret(m->read_traffic.b, m->read_traffic.n) && ct_is_secret(m->write_traffic.b, m->write_traffic.n) &&
         ct_is_secret(m->exporter.b, m->exporter.n) && ct_is_secret(&m->read.aead, sizeof m->read.aead) &&
         ct_is_secret(m->write.iv, sizeof m->write.iv);
}

static bool converse(qtls_err (*server)(qtls_config *, void *), bool retry) {
  static uint8_t data[3000];
  flow f;
  flow_options o = {.identity = hybrid, .server = server};
  flow_start(&f, &o);
  mark_config(&f);
  flow_run(&f);
  qtls_info info;
  qtls_conn_get_info(f.client.conn, &info);
  bool right = flow_connected(&f) && secrets_marked(&f.client) && secrets_marked(&f.server) && info.hello_retry == retry;
  memset(data, 'd', sizeof data);
  ct_secret(data, sizeof data);
  if (right) {
    flow_write(&f, true, data, sizeof data);
    flow_write(&f, false, data, sizeof data);
    right = qtls_conn_key_update(f.client.conn, true) == QTLS_OK;
    flow_write(&f, true, data, sizeof data);
    flow_write(&f, false, data, sizeof data);
    right = right && secrets_marked(&f.client) && secrets_marked(&f.server);
    right = right && f.server.data_n == 2 * sizeof data && ct_is_secret(f.server.data, f.server.data_n) &&
            f.client.data_n == 2 * sizeof data && ct_is_secret(f.client.data, f.client.data_n);
    right = right && qtls_conn_close(f.client.conn) == QTLS_OK;
    flow_run(&f);
  }
  flow_stop(&f);
  return right;
}

static bool plain(void) { return converse(nothing, false); }
static bool cookie(void) { return converse(with_cookie, true); }

/* Wrong in the first byte, in the middle, in the last: the same, but for the verdict. */
static bool finished_of_server(void) {
  return ct_mismatch_finished(false, 0) && ct_mismatch_finished(false, 24) && ct_mismatch_finished(false, 47);
}
static bool finished_of_client(void) {
  return ct_mismatch_finished(true, 0) && ct_mismatch_finished(true, 24) && ct_mismatch_finished(true, 47);
}
static bool wrong_cookie(void) { return ct_mismatch_cookie(0) && ct_mismatch_cookie(16) && ct_mismatch_cookie(31); }

int main(void) {
  static const ct_case cases[] = {
      {"0x13F2: handshake, data, key update", plain},
      {"0x13F2: retry with cookie", cookie},
      {"0x13F2: a wrong Finished of the server", finished_of_server},
      {"0x13F2: a wrong Finished of the client", finished_of_client},
      {"0x13F2: a wrong cookie", wrong_cookie},
  };
  hybrid = pki_make("hybrid-p384-mldsa65", NULL);
  int status = ct_main(cases, Q_COUNT(cases));
  pki_free(hybrid);
  ct_mismatch_free();
  return status;
}
