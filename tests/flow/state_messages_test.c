/*
 * Every handshake message in every state: all 256 types to both machines. What
 * the step table (handshake/t13/steps.c) has is taken, everything else is
 * refused as unexpected_message before a byte of its body is looked at.
 */
#include <stdlib.h>
#include <string.h>

#include "handshake/t13/t13.h"
#include "support/alert_case.h"
#include "wire/certificate.h"

/* ---- how to come to each state ---- */

typedef struct place {
  q_state state;
  bool client;
  case_kind kind;
  /* The message on its way that is held back, with all after it. */
  bool from_client;
  uint8_t hold;
  size_t nth;
  bool request; /* a CertificateRequest is delivered before the hold */
  bool mutual;  /* the server asks for a certificate itself */
  int answered; /* after the handshake: so many messages of the client's answer have come; 3: none was asked for */
} place;

#define PARTS 3 /* Certificate, CertificateVerify, Finished */

static const place places[] = {
    {Q_STATE_WAIT_SERVER_HELLO, true, CASE_QTLS, false, Q_MSG_SERVER_HELLO, 0, .request = false},
    {Q_STATE_WAIT_SERVER_HELLO, true, CASE_TLS13, false, Q_MSG_SERVER_HELLO, 0, .request = false},
    {Q_STATE_WAIT_SERVER_HELLO_AFTER_RETRY, true, CASE_QTLS_RETRY, false, Q_MSG_SERVER_HELLO, 1, .request = false},
    {Q_STATE_WAIT_SERVER_HELLO_AFTER_RETRY, true, CASE_TLS13_RETRY, false, Q_MSG_SERVER_HELLO, 1, .request = false},
    {Q_STATE_WAIT_ENCRYPTED_EXTENSIONS, true, CASE_QTLS, false, Q_MSG_ENCRYPTED_EXTENSIONS, 0, .request = false},
    {Q_STATE_WAIT_ENCRYPTED_EXTENSIONS, true, CASE_TLS13, false, Q_MSG_ENCRYPTED_EXTENSIONS, 0, .request = false},
    {Q_STATE_WAIT_CERTIFICATE_OR_REQUEST, true, CASE_QTLS, false, Q_MSG_CERTIFICATE, 0, .request = false},
    {Q_STATE_WAIT_CERTIFICATE_OR_REQUEST, true, CASE_TLS13, false, Q_MSG_CERTIFICATE, 0, .request = false},
    {Q_STATE_WAIT_CERTIFICATE, true, CASE_QTLS, false, Q_MSG_CERTIFICATE, 0, .request = true},
    {Q_STATE_WAIT_CERTIFICATE, true, CASE_TLS13, false, Q_MSG_CERTIFICATE, 0, .request = true},
    {Q_STATE_WAIT_CERTIFICATE_VERIFY, true, CASE_QTLS, false, Q_MSG_CERTIFICATE_VERIFY, 0, .request = false},
    {Q_STATE_WAIT_CERTIFICATE_VERIFY, true, CASE_TLS13, false, Q_MSG_CERTIFICATE_VERIFY, 0, .request = false},
    {Q_STATE_WAIT_SERVER_FINISHED, true, CASE_QTLS, false, Q_MSG_FINISHED, 0, .request = false},
    {Q_STATE_WAIT_SERVER_FINISHED, true, CASE_TLS13_MLDSA, false, Q_MSG_FINISHED, 0, .request = false},
    {Q_STATE_CLIENT_SIGNING, true, CASE_QTLS, true, Q_MSG_FINISHED, 0, .request = false, .mutual = true},
    {Q_STATE_CLIENT_SIGNING, true, CASE_TLS13, true, Q_MSG_FINISHED, 0, .request = false, .mutual = true},
    {Q_STATE_CLIENT_CONNECTED, true, CASE_QTLS, false, 0, 0, .request = false, .answered = PARTS},
    {Q_STATE_CLIENT_CONNECTED, true, CASE_TLS13, false, 0, 0, .request = false, .answered = PARTS},
    {Q_STATE_WAIT_CLIENT_HELLO, false, CASE_QTLS, true, Q_MSG_CLIENT_HELLO, 0, .request = false},
    {Q_STATE_WAIT_CLIENT_HELLO_AFTER_RETRY, false, CASE_QTLS_RETRY, true, Q_MSG_CLIENT_HELLO, 1, .request = false},
    {Q_STATE_WAIT_CLIENT_HELLO_AFTER_RETRY, false, CASE_TLS13_RETRY, true, Q_MSG_CLIENT_HELLO, 1, .request = false},
    {Q_STATE_SERVER_SIGNING, false, CASE_QTLS, true, Q_MSG_FINISHED, 0, .request = false},
    {Q_STATE_SERVER_SIGNING, false, CASE_TLS13, true, Q_MSG_FINISHED, 0, .request = false},
    {Q_STATE_WAIT_CLIENT_CERTIFICATE, false, CASE_QTLS, true, Q_MSG_CERTIFICATE, 0, .request = false, .mutual = true},
    {Q_STATE_WAIT_CLIENT_CERTIFICATE, false, CASE_TLS13, true, Q_MSG_CERTIFICATE, 0, .request = false, .mutual = true},
    {Q_STATE_WAIT_CLIENT_CERTIFICATE_VERIFY, false, CASE_QTLS, true, Q_MSG_CERTIFICATE_VERIFY, 0, .request = false,
     .mutual = true},
    {Q_STATE_WAIT_CLIENT_CERTIFICATE_VERIFY, false, CASE_TLS13, true, Q_MSG_CERTIFICATE_VERIFY, 0, false,
     .mutual = true},
    {Q_STATE_WAIT_CLIENT_FINISHED, false, CASE_QTLS, true, Q_MSG_FINISHED, 0, .request = false, .mutual = true},
    {Q_STATE_WAIT_CLIENT_FINISHED, false, CASE_QTLS, true, Q_MSG_FINISHED, 0, .request = false},
    {Q_STATE_WAIT_CLIENT_FINISHED, false, CASE_TLS13, true, Q_MSG_FINISHED, 0, .request = false},
    {Q_STATE_SERVER_CONNECTED, false, CASE_QTLS, true, 0, 0, .request = false, .answered = 0},
    {Q_STATE_SERVER_CONNECTED, false, CASE_TLS13, true, 0, 0, .request = false, .answered = 0},
    {Q_STATE_AUTH_CERTIFICATE_VERIFY, false, CASE_QTLS, true, 0, 0, .request = false, .answered = 1},
    {Q_STATE_AUTH_CERTIFICATE_VERIFY, false, CASE_TLS13, true, 0, 0, .request = false, .answered = 1},
    {Q_STATE_AUTH_FINISHED, false, CASE_QTLS, true, 0, 0, .request = false, .answered = 2},
    {Q_STATE_AUTH_FINISHED, false, CASE_TLS13, true, 0, 0, .request = false, .answered = 2},
};

static const uint8_t request[] = {Q_MSG_CERTIFICATE_REQUEST, 0, 0, 11, 0, 0, 8, 0, 13, 0, 4, 0, 2, 0x13, 0xF0};

/* Real messages by type, as one conversation brings them: bodies that are well
 * formed, so that it is the state that refuses. */
static struct {
  uint8_t *p;
  size_t n;
} real[256];

static void collect(peer *p, bool from_client, uint8_t type, size_t nth, peer_message *msg) {
  (void)p;
  (void)from_client;
  (void)nth;
  if (real[type].p == NULL) {
    real[type].p = peer_memory(msg->n);
    memcpy(real[type].p, msg->p, msg->n);
    real[type].n = msg->n;
  }
}

static void keep(uint8_t type, const uint8_t *body, size_t n) {
  real[type].p = peer_memory(Q_MSG_HEADER + n);
  real[type].n = Q_MSG_HEADER + n;
  real[type].p[0] = type;
  real[type].p[3] = (uint8_t)n;
  if (n > 0) {
    memcpy(real[type].p + Q_MSG_HEADER, body, n);
  }
}

static int setup(void **state) {
  static const uint8_t update[] = {0};
  static const uint8_t ticket[] = {0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 7, 0, 0};
  static const uint8_t compressed[] = {0, 1, 0, 0, 4, 0, 0, 2, 9, 9};
  peer p;
  peer_options o = case_options(CASE_QTLS);
  (void)state;
  peer_start(&p, &o);
  p.edit = collect;
  peer_run(&p);
  assert_true(flow_connected(&p.f));
  peer_stop(&p);
  keep(Q_MSG_KEY_UPDATE, update, sizeof update);
  keep(Q_MSG_NEW_SESSION_TICKET, ticket, sizeof ticket);
  keep(Q_MSG_COMPRESSED_CERTIFICATE, compressed, sizeof compressed);
  keep(Q_MSG_END_OF_EARLY_DATA, NULL, 0);
  keep(Q_MSG_CERTIFICATE_REQUEST, request + Q_MSG_HEADER, sizeof request - Q_MSG_HEADER);
  for (int type = 0; type < 256; type++) {
    if (real[type].p == NULL) {
      keep((uint8_t)type, update, sizeof update);
    }
  }
  return 0;
}

static int teardown(void **state) {
  for (int type = 0; type < 256; type++) {
    free(real[type].p);
  }
  return case_teardown(state);
}

static void hold(peer *p, bool from_client, uint8_t type, size_t nth, peer_message *msg) {
  const place *at = p->context;
  if (from_client != at->from_client || type != at->hold || nth != at->nth) {
    return;
  }
  peer_direction *d = from_client ? &p->to_server : &p->to_client;
  if (at->request) {
    uint8_t record[128];
    size_t n = 0;
    assert_ok(
        q_record_seal(&d->seal, record, &n, sizeof record, Q_RECORD_HANDSHAKE, q_span_of(request, sizeof request), 0));
    flow_feed(&p->f, !from_client, record, n);
  }
  p->kept = peer_memory(msg->n);
  p->kept_n = msg->n;
  memcpy(p->kept, msg->p, msg->n);
  msg->n = 0;
  d->hold = true;
}

static bool is_after(const place *at) { return at->state >= Q_STATE_SERVER_CONNECTED; }

/* The record of part `i` of what the client answers. */
static q_span part(const peer *p, int i) {
  q_span rest = q_span_of(p->kept, p->kept_n);
  for (;; i--) {
    size_t n = Q_RECORD_HEADER + (((size_t)rest.p[3] << 8) | rest.p[4]);
    if (i == 0) {
      return q_span_of(rest.p, n);
    }
    rest = q_span_of(rest.p + n, rest.n - n);
  }
}

/* The server asks, the client answers in three records, and some of them arrive. */
static void ask(peer *p, const place *at) {
  q_record_keys *write = &peer_machine(p, true)->write;
  pki_must(qtls_conn_request_auth(p->f.server.conn, true), "request");
  (void)flow_deliver(&p->f, false);
  size_t n = qtls_conn_pending(p->f.client.conn);
  size_t taken = 0;
  p->kept = peer_memory(n);
  assert_ok(qtls_conn_send(p->f.client.conn, NULL, 0, p->kept, n, &taken, &p->kept_n));
  assert_int_equal(p->kept_n, n);
  for (int i = 0; i < at->answered; i++) {
    q_span record = part(p, i);
    flow_feed(&p->f, false, record.p, record.n);
  }
  write->sequence -= (uint64_t)(PARTS - at->answered);
}

static void go(peer *p, const place *at) {
  peer_options o = case_options(at->kind);
  /* Who reads takes compressed certificates; who sends makes none. */
  *(at->client ? &o.client.compression : &o.server.compression) = "zlib";
  o.outside_keys = at->state == Q_STATE_SERVER_SIGNING;
  o.client_identity = o.identity;
  o.client_outside = at->state == Q_STATE_CLIENT_SIGNING;
  o.server.client_trust = o.identity;
  o.client.auth_after = at->state == Q_STATE_CLIENT_CONNECTED || is_after(at);
  o.server.client_auth = at->mutual ? QTLS_CLIENT_AUTH_required : QTLS_CLIENT_AUTH_none;
  peer_start(p, &o);
  p->edit = hold;
  p->context = at;
  peer_run(p);
  if (is_after(at)) {
    assert_true(flow_connected(&p->f));
    ask(p, at);
  }
  assert_string_equal(q_machine_state_name(peer_machine(p, at->client)->state), q_machine_state_name(at->state));
  assert_int_equal(peer_machine(p, at->client)->state, at->state);
}

static const q_step *step_of(q_state state, int type) {
  for (size_t i = 0; i < q_t13_step_count; i++) {
    if (q_t13_steps[i].state == state && (int)q_t13_steps[i].message == type) {
      return &q_t13_steps[i];
    }
  }
  return NULL;
}

/* ---- the tests ---- */

static qtls_err refusal(int type) {
  return strcmp(q_msg_name((uint8_t)type), "unknown") == 0 ? QTLS_ERR_MSG_UNKNOWN : QTLS_ERR_MSG_UNEXPECTED;
}

/* All types that the table does not have, one after another on one connection:
 * the refusal leaves the machine as it was. */
static void test_every_type(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(places); i++) {
    peer p;
    go(&p, &places[i]);
    qtls_conn *conn = peer_conn(&p, places[i].client);
    for (int type = 0; type < 256; type++) {
      if (step_of(places[i].state, type) != NULL) {
        assert_ok(q_machine_expects(&conn->m, (uint8_t)type));
        continue;
      }
      q_message msg = {(q_msg_type)type, {real[type].p, real[type].n}, {real[type].p + 4, real[type].n - 4}};
      assert_err(q_machine_expects(&conn->m, (uint8_t)type), refusal(type));
      assert_err(q_conn_messages(conn, q_span_of(real[type].p, real[type].n)), refusal(type));
      assert_err(q_machine_step(&conn->m, &msg), refusal(type));
      assert_int_equal(conn->m.state, places[i].state);
      assert_int_equal(q_queue_length(&conn->partial), 0);
    }
    peer_stop(&p);
  }
}

/* The record that brings a message to a side, under the keys of the moment. */
static void bring(peer *p, const place *at, int type) {
  peer_direction *d = at->client ? &p->to_client : &p->to_server;
  q_machine *sender = peer_machine(p, !at->client);
  bool connected = q_machine_is_connected(peer_machine(p, at->client));
  uint8_t *record = peer_memory(real[type].n + Q_RECORD_OVERHEAD);
  size_t n = 0;
  assert_ok(q_record_seal(connected ? &sender->write : &d->seal, record, &n, real[type].n + Q_RECORD_OVERHEAD,
                          Q_RECORD_HANDSHAKE, q_span_of(real[type].p, real[type].n), 0));
  flow_feed(&p->f, at->client, record, n);
  free(record);
}

/* Over the wire, with the alert: the types that exist, and two that do not. */
static void test_alerts(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(places); i++) {
    for (int type = 0; type < 256; type++) {
      bool sample = refusal(type) == QTLS_ERR_MSG_UNEXPECTED || type == 0 || type == 67;
      bool signing = places[i].state == Q_STATE_SERVER_SIGNING || places[i].state == Q_STATE_CLIENT_SIGNING;
      if (!sample || step_of(places[i].state, type) != NULL || signing) {
        continue;
      }
      peer p;
      go(&p, &places[i]);
      if (places[i].state == Q_STATE_WAIT_CLIENT_FINISHED) {
        peer_direction *d = &p.to_server;
        d->hold = false; /* nothing was sealed: the keys are the server's own view */
        assert_true(d->keyed);
      }
      bring(&p, &places[i], type);
      qtls_error e;
      qtls_conn_error(peer_conn(&p, places[i].client), &e);
      assert_err(e.err, refusal(type));
      assert_int_equal(e.alert, QTLS_ALERT_unexpected_message);
      assert_false(e.alert_received);
      assert_true(strlen(e.detail) > 0);
      /* And the other side hears it. */
      peer_direction *back = places[i].client ? &p.to_server : &p.to_client;
      back->hold = false;
      peer_run(&p);
      qtls_conn_error(peer_conn(&p, !places[i].client), &e);
      assert_err(e.err, QTLS_ERR_ALERT_RECEIVED);
      assert_int_equal(e.alert, QTLS_ALERT_unexpected_message);
      peer_stop(&p);
    }
  }
}

/* What arrives while a server waits for its signatures waits too. */
static void test_signing_waits(void **state) {
  static const uint8_t alert[] = {21, 3, 3, 0, 2, 2, 40};
  (void)state;
  peer p;
  size_t at = 0;
  while (places[at].state != Q_STATE_SERVER_SIGNING) {
    at++;
  }
  go(&p, &places[at]);
  flow_feed(&p.f, false, alert, sizeof alert);
  assert_ok(p.f.server.err);
  peer_options o = case_options(CASE_QTLS);
  uint8_t none[1];
  size_t used = 0;
  qtls_event event;
  assert_ok(qtls_conn_recv(p.f.server.conn, none, 0, &used, &event));
  assert_int_equal(event.kind, QTLS_EVENT_job);
  peer_sign(&p, o.identity, PEER_GOOD);
  peer_stop(&p);
}

/* ---- what the table has is taken ---- */

/* zlib without compression: stored blocks and Adler-32 (RFC 1950, RFC 1951). */
static size_t store(uint8_t *out, const uint8_t *in, size_t n) {
  uint32_t a = 1;
  uint32_t b = 0;
  q_writer w;
  q_writer_init(&w, out, n + 64);
  q_write_u16(&w, 0x7801);
  q_write_u8(&w, 1);
  q_write_u16(&w, (uint16_t)((n & 0xFF) << 8 | n >> 8));
  q_write_u16(&w, (uint16_t) ~((n & 0xFF) << 8 | n >> 8));
  q_write_bytes(&w, q_span_of(in, n));
  for (size_t i = 0; i < n; i++) {
    a = (a + in[i]) % 65521;
    b = (b + a) % 65521;
  }
  q_write_u32(&w, (b << 16) | a);
  assert_ok(w.err);
  return w.n;
}

/* The Certificate that was held back, as CompressedCertificate. */
static size_t compressed_of(uint8_t *out, const uint8_t *certificate, size_t n) {
  uint8_t *data = peer_memory(n + 64);
  q_compressed_certificate in = {Q_COMPRESS_ZLIB, (uint32_t)(n - Q_MSG_HEADER), {data, 0}};
  in.data.n = store(data, certificate + Q_MSG_HEADER, n - Q_MSG_HEADER);
  q_writer w;
  q_writer_init(&w, out, n + 128);
  q_mark mark = q_wire_message_open(&w, Q_MSG_COMPRESSED_CERTIFICATE);
  q_wire_compressed_certificate_write(&w, &in);
  q_write_close(&w, mark);
  assert_ok(w.err);
  free(data);
  return w.n;
}

/* The client's answer, whose context the server chose: as Certificate, compressed. */
static void bring_compressed_answer(peer *p) {
  peer_options o = case_options(((const place *)p->context)->kind);
  const pki *client = o.identity;
  uint8_t *plain = peer_memory(65536);
  uint8_t *out = peer_memory(65536 + 128);
  q_writer w;
  q_writer_init(&w, plain, 65536);
  q_mark message = q_wire_message_open(&w, Q_MSG_CERTIFICATE);
  q_write_vec(&w, 1, q_span_of(peer_machine(p, false)->auth->asked[0].context, Q_AUTH_CONTEXT));
  q_mark list = q_write_open(&w, 3);
  for (pki_level level = PKI_LEAF; level >= PKI_INTERMEDIATE; level--) {
    q_write_vec(&w, 3, pki_der(&client->node[level]));
    q_write_u16(&w, 0);
  }
  q_write_close(&w, list);
  q_write_close(&w, message);
  assert_ok(w.err);
  peer_send(p, true, Q_RECORD_HANDSHAKE, out, compressed_of(out, plain, w.n));
  free(plain);
  free(out);
}

/* In its state, the message of the step: the very one that was held back there. */
static void take(peer *p, const place *at, const q_step *step) {
  peer_direction *d = at->from_client ? &p->to_server : &p->to_client;
  bool answer = is_after(at) && step->message != Q_MSG_KEY_UPDATE;
  if (answer && step->message == Q_MSG_COMPRESSED_CERTIFICATE) {
    bring_compressed_answer(p);
    return;
  }
  if (answer) {
    q_span record = part(p, at->answered);
    flow_feed(&p->f, false, record.p, record.n);
    return;
  }
  if (at->state == Q_STATE_CLIENT_CONNECTED && step->message == Q_MSG_CERTIFICATE_REQUEST) {
    static const uint8_t with_context[] = {
        Q_MSG_CERTIFICATE_REQUEST, 0, 0, 12, 1, 7, 0, 8, 0, 13, 0, 4, 0, 2, 0x13, 0xF0};
    uint8_t record[128];
    size_t n = 0;
    assert_ok(q_record_seal(&peer_machine(p, false)->write, record, &n, sizeof record, Q_RECORD_HANDSHAKE,
                            q_span_of(with_context, sizeof with_context), 0));
    flow_feed(&p->f, true, record, n);
    return;
  }
  if (q_machine_is_connected(peer_machine(p, at->client))) {
    bring(p, at, (int)step->message);
    return;
  }
  d->hold = false;
  if (step->message == Q_MSG_CERTIFICATE_REQUEST) {
    peer_pass(p, at->from_client, request, sizeof request);
  } else if (step->message == Q_MSG_COMPRESSED_CERTIFICATE) {
    uint8_t *out = peer_memory(p->kept_n + 128);
    peer_pass(p, at->from_client, out, compressed_of(out, p->kept, p->kept_n));
    free(out);
  } else {
    assert_int_equal(p->kept[0], step->message);
    peer_pass(p, at->from_client, p->kept, p->kept_n);
  }
}

static void test_every_step_is_taken(void **state) {
  (void)state;
  for (size_t s = 0; s < q_t13_step_count; s++) {
    const q_step *step = &q_t13_steps[s];
    size_t tried = 0;
    for (size_t i = 0; i < Q_COUNT(places); i++) {
      if (places[i].state != step->state) {
        continue;
      }
      peer p;
      go(&p, &places[i]);
      take(&p, &places[i], step);
      const q_machine *m = peer_machine(&p, places[i].client);
      assert_ok(m->problem.err);
      assert_true((step->next & Q_STATE_BIT(m->state)) != 0);
      peer_stop(&p);
      tried++;
    }
    assert_true(tried > 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_type),
      cmocka_unit_test(test_alerts),
      cmocka_unit_test(test_signing_waits),
      cmocka_unit_test(test_every_step_is_taken),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
