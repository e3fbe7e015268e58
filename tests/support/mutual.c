/* Owns conversations in which the client has a certificate too. */
#include "support/mutual.h"

#include <string.h>

#include "unit/unit.h"

static qtls_err common(qtls_config *c, const mutual *m) {
  Q_TRY(m->versions != NULL ? qtls_config_set_versions(c, m->versions) : QTLS_OK);
  Q_TRY(m->suites != NULL ? qtls_config_set_suites(c, m->suites) : QTLS_OK);
  Q_TRY(m->alpn != NULL ? qtls_config_set_alpn(c, m->alpn) : QTLS_OK);
  Q_TRY(m->compression != NULL ? qtls_config_set_cert_compression(c, m->compression) : QTLS_OK);
  Q_TRY(m->floor != 0 ? qtls_config_set_floor(c, m->floor) : QTLS_OK);
  return m->policy != 0 ? qtls_config_set_policy(c, m->policy) : QTLS_OK;
}

static qtls_err set_client(qtls_config *c, void *context) {
  const mutual *m = context;
  Q_TRY(common(c, m));
  for (size_t i = 0; i < MUTUAL_MOST && m->ids[i] != NULL; i++) {
    const pki *p = m->ids[i];
    Q_TRY(qtls_config_add_identity(c, p->chain_pem, p->chain_pem_n, p->key_pem, m->outside ? 0 : p->key_pem_n));
  }
  return qtls_config_set_post_handshake_auth(c, m->after);
}

static qtls_err set_server(qtls_config *c, void *context) {
  const mutual *m = context;
  Q_TRY(common(c, m));
  const pki *own = m->anchors[0] == NULL ? m->ids[0] : NULL;
  Q_TRY(own != NULL ? qtls_config_add_trust(c, own->trust_pem, own->trust_pem_n) : QTLS_OK);
  for (size_t i = 0; i < MUTUAL_MOST; i++) {
    const pki *p = m->anchors[i];
    const pki *named = m->named[i];
    Q_TRY(p != NULL ? qtls_config_add_trust(c, p->trust_pem, p->trust_pem_n) : QTLS_OK);
    Q_TRY(named != NULL ? qtls_config_add_authorities(c, named->trust_pem, named->trust_pem_n) : QTLS_OK);
    Q_TRY(m->allow[i] != NULL ? qtls_config_add_allow(c, m->allow[i]) : QTLS_OK);
  }
  Q_TRY(m->name_none ? qtls_config_add_authorities(c, NULL, 0) : QTLS_OK);
  Q_TRY(qtls_config_set_keep_chain(c, m->keep_chain));
  Q_TRY(m->groups != NULL ? qtls_config_set_groups(c, m->groups) : QTLS_OK);
  Q_TRY(m->cookie != 0 ? qtls_config_set_cookie(c, m->cookie) : QTLS_OK);
  return m->mode != 0 ? qtls_config_set_client_auth(c, m->mode) : QTLS_OK;
}

void mutual_start(flow *f, mutual *m) {
  flow_options o = {.identity = m->server,
                    .client = set_client,
                    .server = set_server,
                    .context = m,
                    .outside_keys = m->server_outside};
  flow_start(f, &o);
}

static void say(const char *side, const flow_side *s) {
  qtls_error e;
  qtls_conn_error(s->conn, &e);
  print_message("  %s: %s, alert %s %s, '%s'\n", side, qtls_err_name(e.err), e.alert_name,
                e.alert_received ? "received" : "sent", e.detail);
}

void mutual_connect(flow *f, mutual *m) {
  mutual_start(f, m);
  flow_run(f);
  if (!flow_connected(f)) {
    say("client", &f->client);
    say("server", &f->server);
  }
  assert_true(flow_connected(f));
}

qtls_peer_identity mutual_who(const flow *f) {
  qtls_peer_identity who;
  assert_true(qtls_conn_peer_identity(f->server.conn, &who));
  return who;
}

void mutual_sign(flow *f, bool client, const pki *p) {
  flow_side *s = client ? &f->client : &f->server;
  const qtls_job *job = NULL;
  while ((job = qtls_conn_job(s->conn, 0)) != NULL) {
    const q_scheme *scheme = q_scheme_find(job->scheme);
    const pki_node *leaf = &p->node[PKI_LEAF];
    uint8_t signature[Q_SIGNATURE_MAX];
    size_t n = 0;
    assert_int_equal(job->kind, QTLS_JOB_sign);
    assert_ok(q_crypto_sign(job->alternative_key ? leaf->alt_key : leaf->key, signature, &n, sizeof signature,
                            scheme->alg, q_span_of(job->input, job->input_size)));
    assert_ok(qtls_conn_job_done(s->conn, job->id, signature, n));
  }
  uint8_t none[1];
  size_t used = 0;
  qtls_event event;
  s->err = qtls_conn_recv(s->conn, none, 0, &used, &event);
  s->connected = s->connected || event.kind == QTLS_EVENT_connected;
  assert_ok(s->err);
  s->job = false;
  flow_run(f);
}
