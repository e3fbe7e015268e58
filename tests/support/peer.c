/* Owns the peer that misbehaves. */
#include "support/peer.h"

#include <stdlib.h>
#include <string.h>

#include "unit/unit.h"
#include "wire/header.h"

void *peer_memory(size_t n) {
  void *block = calloc(1, n > 0 ? n : 1);
  if (block == NULL) {
    abort();
  }
  return block;
}

/* ---- configurations ---- */

static qtls_err apply(qtls_config *c, const peer_settings *s) {
  Q_TRY(s->versions != NULL ? qtls_config_set_versions(c, s->versions) : QTLS_OK);
  Q_TRY(s->suites != NULL ? qtls_config_set_suites(c, s->suites) : QTLS_OK);
  Q_TRY(s->groups != NULL ? qtls_config_set_groups(c, s->groups) : QTLS_OK);
  Q_TRY(s->schemes != NULL ? qtls_config_set_schemes(c, s->schemes) : QTLS_OK);
  Q_TRY(s->alpn != NULL ? qtls_config_set_alpn(c, s->alpn) : QTLS_OK);
  Q_TRY(s->compression != NULL ? qtls_config_set_cert_compression(c, s->compression) : QTLS_OK);
  Q_TRY(s->floor != 0 ? qtls_config_set_floor(c, s->floor) : QTLS_OK);
  Q_TRY(s->policy != 0 ? qtls_config_set_policy(c, s->policy) : QTLS_OK);
  Q_TRY(s->shares != 0 ? qtls_config_set_key_shares(c, s->shares) : QTLS_OK);
  Q_TRY(s->cookie != 0 ? qtls_config_set_cookie(c, s->cookie) : QTLS_OK);
  Q_TRY(s->priority != 0 ? qtls_config_set_pqc_priority(c, s->priority) : QTLS_OK);
  Q_TRY(qtls_config_set_record_size_limit(c, s->record_size_limit));
  Q_TRY(qtls_config_set_grease(c, !s->no_grease));
  Q_TRY(qtls_config_set_middlebox_compat(c, !s->no_middlebox));
  Q_TRY(qtls_config_set_fallback_scsv(c, s->scsv));
  Q_TRY(s->hsm ? qtls_config_set_hsm_capabilities(c, true, true, false, 500) : QTLS_OK);
  Q_TRY(s->auth_after ? qtls_config_set_post_handshake_auth(c, true) : QTLS_OK);
  Q_TRY(s->client_auth != 0 ? qtls_config_set_client_auth(c, s->client_auth) : QTLS_OK);
  Q_TRY(s->allow != NULL ? qtls_config_add_allow(c, s->allow) : QTLS_OK);
  const pki *trust = s->client_trust;
  Q_TRY(trust != NULL ? qtls_config_add_trust(c, trust->trust_pem, trust->trust_pem_n) : QTLS_OK);
  Q_TRY(s->revocation != 0 ? qtls_config_set_revocation(c, s->revocation, false) : QTLS_OK);
  Q_TRY(s->more != NULL ? s->more(c) : QTLS_OK);
  return qtls_config_set_keep_chain(c, s->keep_chain);
}

static qtls_err apply_client(qtls_config *c, void *context) {
  const peer_options *o = context;
  const pki *p = o->client_identity;
  if (p != NULL) {
    Q_TRY(qtls_config_add_identity(c, p->chain_pem, p->chain_pem_n, p->key_pem, o->client_outside ? 0 : p->key_pem_n));
  }
  return apply(c, &o->client);
}
static qtls_err apply_server(qtls_config *c, void *context) { return apply(c, &((const peer_options *)context)->server); }

/* ---- the man in the middle ---- */

static peer_direction *direction(peer *p, bool from_client) { return from_client ? &p->to_server : &p->to_client; }

static void put(peer *p, bool from_client, const uint8_t *bytes, size_t n) {
  if (!direction(p, from_client)->hold) {
    flow_feed(&p->f, !from_client, bytes, n);
  }
}

/* Handshake keys of the sender, as its peer derives them. */
static void learn_keys(peer *p, bool from_client) {
  peer_direction *d = direction(p, from_client);
  q_machine *receiver = peer_machine(p, !from_client);
  if (d->keyed || receiver->hs == NULL || !receiver->read.on) {
    return;
  }
  const q_secret *secret = from_client ? &receiver->hs->client_traffic : &receiver->hs->server_traffic;
  q_traffic_keys keys;
  pki_must(q_keys_traffic(&keys, NULL, receiver->is.suite->hash, receiver->is.suite->aead, secret), "peer keys");
  pki_must(q_record_keys_set(&d->open, receiver->is.suite->aead, &keys), "peer keys");
  pki_must(q_record_keys_set(&d->seal, receiver->is.suite->aead, &keys), "peer keys");
  d->keyed = true;
}

static void emit(peer *p, bool from_client, uint8_t type, const uint8_t *content, size_t n) {
  peer_direction *d = direction(p, from_client);
  if (d->hold) {
    return; /* and no sequence number is used up */
  }
  uint8_t *out = peer_memory(Q_RECORD_PLAINTEXT_MAX + Q_RECORD_OVERHEAD);
  /* As the sender does, its peer's record_size_limit is kept to. */
  size_t most = d->keyed ? peer_machine(p, from_client)->write_limit : Q_RECORD_PLAINTEXT_MAX;
  while (n > 0) {
    size_t part = n < most ? n : most;
    size_t written = 0;
    pki_must(q_record_seal(&d->seal, out, &written, Q_RECORD_PLAINTEXT_MAX + Q_RECORD_OVERHEAD, type,
                           q_span_of(content, part), 0),
             "peer record");
    put(p, from_client, out, written);
    content += part;
    n -= part;
  }
  free(out);
}

void peer_pass(peer *p, bool from_client, const uint8_t *bytes, size_t n) {
  emit(p, from_client, Q_RECORD_HANDSHAKE, bytes, n);
}

static void take_messages(peer *p, bool from_client, const uint8_t *bytes, size_t n) {
  peer_direction *d = direction(p, from_client);
  if (n > d->pending.cap - d->pending.n) {
    abort();
  }
  memcpy(d->pending.p + d->pending.n, bytes, n);
  d->pending.n += n;
  while (d->pending.n >= Q_MSG_HEADER) {
    const uint8_t *at = d->pending.p;
    size_t total = Q_MSG_HEADER + (((size_t)at[1] << 16) | ((size_t)at[2] << 8) | at[3]);
    if (d->pending.n < total) {
      break;
    }
    uint8_t type = at[0];
    memcpy(p->scratch.p, at, total);
    p->scratch.n = total;
    memmove(d->pending.p, d->pending.p + total, d->pending.n - total);
    d->pending.n -= total;
    size_t nth = d->count[type]++;
    if (p->edit != NULL) {
      p->edit(p, from_client, type, nth, &p->scratch);
    }
    emit(p, from_client, Q_RECORD_HANDSHAKE, p->scratch.p, p->scratch.n);
    d->done = d->done || type == Q_MSG_FINISHED;
  }
}

static void take_protected(peer *p, bool from_client, uint8_t *bytes, size_t n) {
  peer_direction *d = direction(p, from_client);
  q_record r;
  learn_keys(p, from_client);
  if (!d->keyed || d->done || q_record_open(&d->open, &r, bytes, n, Q_RECORD_PLAINTEXT_MAX + 1) != QTLS_OK) {
    put(p, from_client, bytes, n);
    return;
  }
  if (r.type == Q_RECORD_HANDSHAKE) {
    take_messages(p, from_client, r.body, r.n);
  } else {
    emit(p, from_client, r.type, r.body, r.n);
  }
}

static void on_wire(void *context, flow *f, bool from_client, uint8_t *bytes, size_t *n) {
  peer *p = context;
  (void)f;
  size_t at = 0;
  while (*n - at >= Q_RECORD_HEADER) {
    size_t total = Q_RECORD_HEADER + (((size_t)bytes[at + 3] << 8) | bytes[at + 4]);
    if (total > *n - at) {
      abort();
    }
    if (bytes[at] == Q_RECORD_HANDSHAKE && !direction(p, from_client)->keyed) {
      take_messages(p, from_client, bytes + at + Q_RECORD_HEADER, total - Q_RECORD_HEADER);
    } else if (bytes[at] == Q_RECORD_DATA) {
      take_protected(p, from_client, bytes + at, total);
    } else {
      put(p, from_client, bytes + at, total);
    }
    at += total;
  }
  *n = 0;
}

static peer_message message_room(void) {
  return (peer_message){peer_memory(PEER_MESSAGE_MAX), 0, PEER_MESSAGE_MAX};
}

void peer_start(peer *p, const peer_options *o) {
  memset(p, 0, sizeof *p);
  flow_options options = {.identity = o->identity,
                          .identity2 = o->identity2,
                          .trust = o->trust,
                          .outside_keys = o->outside_keys,
                          .server_name = o->server_name,
                          .client = apply_client,
                          .server = apply_server,
                          .context = (void *)(uintptr_t)o,
                          .now = o->now};
  flow_start(&p->f, &options);
  p->f.on_wire = on_wire;
  p->f.context = p;
  p->to_server.pending = message_room();
  p->to_client.pending = message_room();
  p->scratch = message_room();
}

void peer_stop(peer *p) {
  flow_stop(&p->f);
  free(p->to_server.pending.p);
  free(p->to_client.pending.p);
  free(p->scratch.p);
  free(p->kept);
  memset(p, 0, sizeof *p);
}

static void tell(peer *p) {
  for (int i = 0; i < 2; i++) {
    qtls_error e;
    qtls_conn_error(peer_conn(p, i == 0), &e);
    print_message("  %s: %s, alert %d %s %s, detail '%s', state '%s'\n", i == 0 ? "client" : "server",
                  qtls_err_name(e.err), e.alert, e.alert_name, e.alert_received ? "received" : "sent", e.detail,
                  q_machine_state_name(peer_machine(p, i == 0)->state));
  }
}

void peer_connect(peer *p, const peer_options *o) {
  peer_start(p, o);
  peer_run(p);
  if (!flow_connected(&p->f)) {
    tell(p);
  }
  assert_true(flow_connected(&p->f));
}

/* ---- sending more ---- */

void peer_send_raw(peer *p, bool from_client, const void *bytes, size_t n) {
  flow_feed(&p->f, !from_client, bytes, n);
  flow_run(&p->f);
}

size_t peer_seal(peer *p, bool from_client, const uint8_t *inner, size_t n, uint8_t **out) {
  q_record_keys *k = &peer_machine(p, from_client)->write;
  size_t total = Q_RECORD_HEADER + n + Q_AEAD_TAG;
  uint8_t *bytes = peer_memory(total);
  uint8_t nonce[Q_AEAD_IV];
  bytes[0] = Q_RECORD_DATA;
  bytes[1] = 3;
  bytes[2] = 3;
  bytes[3] = (uint8_t)((n + Q_AEAD_TAG) >> 8);
  bytes[4] = (uint8_t)(n + Q_AEAD_TAG);
  memcpy(nonce, k->iv, sizeof nonce);
  for (unsigned i = 0; i < 8; i++) {
    nonce[Q_AEAD_IV - 1 - i] ^= (uint8_t)(k->sequence >> (8 * i));
  }
  pki_must(q_crypto_aead_seal(&k->aead, bytes + Q_RECORD_HEADER, nonce, q_span_of(inner, n), q_span_of(NULL, 0),
                              q_span_of(bytes, Q_RECORD_HEADER)),
           "peer seal");
  k->sequence++;
  *out = bytes;
  return total;
}

void peer_send_inner(peer *p, bool from_client, const uint8_t *inner, size_t n) {
  uint8_t *out = NULL;
  size_t total = peer_seal(p, from_client, inner, n, &out);
  peer_send_raw(p, from_client, out, total);
  free(out);
}

void peer_send(peer *p, bool from_client, uint8_t type, const void *content, size_t n) {
  pki_must(q_machine_send_records(peer_machine(p, from_client), type, q_span_of(content, n)), "peer send");
  flow_run(&p->f);
}

void peer_send_message(peer *p, bool from_client, uint8_t type, const void *body, size_t n) {
  uint8_t *whole = peer_memory(Q_MSG_HEADER + n);
  q_writer w;
  q_writer_init(&w, whole, Q_MSG_HEADER + n);
  q_write_u8(&w, type);
  q_write_vec(&w, 3, q_span_of(body, n));
  pki_must(w.err, "peer message");
  peer_send(p, from_client, Q_RECORD_HANDSHAKE, whole, w.n);
  free(whole);
}

void peer_send_alert(peer *p, bool from_client, uint8_t level, uint8_t alert) {
  uint8_t body[2] = {level, alert};
  peer_send(p, from_client, Q_RECORD_ALERT, body, sizeof body);
}

/* ---- jobs ---- */

/* A side goes on, with what has come in the meantime. */
static void resume(peer *p, bool client) {
  flow_side *s = client ? &p->f.client : &p->f.server;
  uint8_t none[1];
  size_t used = 0;
  qtls_event event;
  if (s->in_n == 0) {
    pki_must(qtls_conn_recv(s->conn, none, 0, &used, &event), "resume");
    return;
  }
  size_t n = s->in_n;
  uint8_t *waiting = peer_memory(n);
  memcpy(waiting, s->in, n);
  s->in_n = 0;
  flow_feed(&p->f, client, waiting, n);
  free(waiting);
}

static void sign(peer *p, bool client, const pki *identity, peer_damage damage) {
  qtls_conn *conn = peer_conn(p, client);
  const qtls_job *job = NULL;
  while ((job = qtls_conn_job(conn, 0)) != NULL) {
    const q_scheme *scheme = q_scheme_find(job->scheme);
    const pki_node *leaf = &identity->node[PKI_LEAF];
    const q_privkey *key = job->alternative_key ? leaf->alt_key : leaf->key;
    bool pqc = q_scheme_is_pqc(scheme);
    bool bad = (damage & (pqc ? PEER_PQC_BAD : PEER_CLASSICAL_BAD)) != 0;
    uint8_t signature[Q_SIGNATURE_MAX];
    size_t n = 0;
    q_span input = q_span_of(job->input, bad ? job->input_size - 1 : job->input_size);
    pki_must(q_crypto_sign(key, signature, &n, sizeof signature, scheme->alg, input), "sign");
    pki_must(qtls_conn_job_done(conn, job->id, signature, n), "job");
  }
  resume(p, client);
  flow_run(&p->f);
}

void peer_sign(peer *p, const pki *identity, peer_damage damage) { sign(p, false, identity, damage); }
void peer_sign_client(peer *p, const pki *identity, peer_damage damage) { sign(p, true, identity, damage); }

/* ---- verdicts ---- */

void peer_check(peer *p, const char *what, bool at_client, qtls_err err, uint8_t alert, const char *name) {
  uint8_t expected = alert == QTLS_ALERT_none ? (uint8_t)qtls_err_alert(err) : alert;
  const char *called = name != NULL ? name : qtls_alert_name(expected, 0);
  qtls_error found;
  qtls_error told;
  qtls_conn_error(peer_conn(p, at_client), &found);
  qtls_conn_error(peer_conn(p, !at_client), &told);
  bool fine = found.err == err && !found.alert_received && found.alert == expected &&
              strcmp(found.alert_name, called) == 0 && told.err == QTLS_ERR_ALERT_RECEIVED && told.alert_received &&
              told.alert == expected && strcmp(told.alert_name, called) == 0;
  if (!fine) {
    print_message("%s: expected %s at the %s with alert %d %s\n", what, qtls_err_name(err),
                  at_client ? "client" : "server", expected, called);
    tell(p);
  }
  assert_true(fine);
  /* An ended connection stays ended. */
  assert_false(qtls_conn_is_connected(p->f.client.conn));
  assert_false(qtls_conn_is_connected(p->f.server.conn));
}
