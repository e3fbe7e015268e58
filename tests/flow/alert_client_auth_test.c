/*
 * What a client that authenticates may do wrong, and a server that asks: each
 * misbehaviour with its error, its alert on the wire, and its name on the other
 * side; and every way around the three messages that a client might try.
 */
#include <stdlib.h>
#include <string.h>

#include "support/alert_case.h"
#include "wire/certificate.h"

/* ---- who the client is ---- */

static const char *kind_of(const alert_case *row) {
  return row->kind == CASE_QTLS ? "hybrid-p384-mldsa65" : row->kind == CASE_QTLS_PQC ? "mldsa65" : "p256";
}

/* A sound client, and a server that wants one. */
static void mutual(peer_options *o, const alert_case *row) {
  o->client_identity = case_pki(kind_of(row));
  o->server.client_trust = o->client_identity;
  o->server.client_auth = QTLS_CLIENT_AUTH_required;
}

static void optional(peer_options *o, const alert_case *row) {
  mutual(o, row);
  o->server.client_auth = QTLS_CLIENT_AUTH_optional;
}

static void without(peer_options *o, const alert_case *row) {
  mutual(o, row);
  o->client_identity = NULL;
  o->server.client_auth = row->arg == 0 ? QTLS_CLIENT_AUTH_required : QTLS_CLIENT_AUTH_optional;
}

static void not_asked(peer_options *o, const alert_case *row) {
  mutual(o, row);
  o->server.client_auth = QTLS_CLIENT_AUTH_none;
}

static void not_let_in(peer_options *o, const alert_case *row) {
  mutual(o, row);
  o->server.allow = "dns:admin.example.test";
}

/* Made wrong on purpose; the server knows its root. */
static pki *made[24];
static size_t made_n;

static const pki *make(const char *kind, void (*adjust)(void *, q_issue *, pki_level, const pki *)) {
  pki_options options = {.adjust = adjust};
  assert_true(made_n < Q_COUNT(made));
  made[made_n] = pki_make(kind, &options);
  return made[made_n++];
}

static int teardown(void **state) {
  while (made_n > 0) {
    pki_free(made[--made_n]);
  }
  return case_teardown(state);
}

static void only_server(void *context, q_issue *w, pki_level level, const pki *so_far) {
  (void)context;
  (void)so_far;
  w->eku = level == PKI_LEAF ? Q_EKU_SERVER : w->eku;
}

static void over(void *context, q_issue *w, pki_level level, const pki *so_far) {
  (void)context;
  (void)so_far;
  w->not_after = level == PKI_LEAF ? PKI_NOW - PKI_DAY : w->not_after;
}

static void not_begun(void *context, q_issue *w, pki_level level, const pki *so_far) {
  (void)context;
  (void)so_far;
  w->not_before = level == PKI_LEAF ? PKI_NOW + PKI_DAY : w->not_before;
}

/* The intermediate's alternative signature is another's: the classical path holds. */
static void leaf_signed_by_root(void *context, q_issue *w, pki_level level, const pki *so_far) {
  (void)context;
  w->alt_key = level == PKI_LEAF ? so_far->node[PKI_ROOT].alt_key : w->alt_key;
}

static void bad_leaf(peer_options *o, const alert_case *row) {
  static void (*const adjust[])(void *, q_issue *, pki_level, const pki *) = {only_server, over, not_begun,
                                                                              leaf_signed_by_root};
  mutual(o, row);
  o->client_identity = make(kind_of(row), adjust[row->arg]);
  o->server.client_trust = o->client_identity;
}

/* The authorities it names are those of its own client; another has the same name. */
static void stranger(peer_options *o, const alert_case *row) {
  mutual(o, row);
  o->client_identity = make(kind_of(row), NULL);
}

/* ---- messages on their way ---- */

static void drop(peer *p, peer_message *msg, const alert_case *row) {
  (void)p;
  (void)row;
  msg->n = 0;
}

static void flip(peer *p, peer_message *msg, const alert_case *row) {
  (void)p;
  size_t at = row->by < 0 ? msg->n - (size_t)-row->by : (size_t)row->by;
  msg->p[at] ^= 1;
}

static void set_scheme(peer *p, peer_message *msg, const alert_case *row) {
  (void)p;
  msg->p[Q_MSG_HEADER] = (uint8_t)(row->arg >> 8);
  msg->p[Q_MSG_HEADER + 1] = (uint8_t)row->arg;
}

static void set_length(peer_message *msg, size_t total) {
  size_t n = total - Q_MSG_HEADER;
  msg->n = total;
  msg->p[1] = (uint8_t)(n >> 16);
  msg->p[2] = (uint8_t)(n >> 8);
  msg->p[3] = (uint8_t)n;
}

/* One byte of context where none may be. */
static void add_context(peer *p, peer_message *msg, const alert_case *row) {
  (void)p;
  (void)row;
  memmove(msg->p + Q_MSG_HEADER + 2, msg->p + Q_MSG_HEADER + 1, msg->n - Q_MSG_HEADER - 1);
  msg->p[Q_MSG_HEADER] = 1;
  msg->p[Q_MSG_HEADER + 1] = 7;
  set_length(msg, msg->n + 1);
}

/* The list emptied; what follows it stays. */
static void empty_list(peer *p, peer_message *msg, const alert_case *row) {
  (void)p;
  (void)row;
  memset(msg->p + Q_MSG_HEADER, 0, 4);
  set_length(msg, Q_MSG_HEADER + 4);
}

static void twice(peer *p, peer_message *msg, const alert_case *row) {
  (void)p;
  (void)row;
  memcpy(msg->p + msg->n, msg->p, msg->n);
  msg->n *= 2;
}

/* A CertificateVerify of nobody behind the empty Certificate. */
static void add_verify(peer *p, peer_message *msg, const alert_case *row) {
  static const uint8_t verify[] = {Q_MSG_CERTIFICATE_VERIFY, 0, 0, 6, 4, 3, 0, 2, 1, 2};
  (void)p;
  (void)row;
  memcpy(msg->p + msg->n, verify, sizeof verify);
  msg->n += sizeof verify;
}

static void add_certificate_before(peer *p, peer_message *msg, const alert_case *row) {
  static const uint8_t empty[] = {Q_MSG_CERTIFICATE, 0, 0, 4, 0, 0, 0, 0};
  (void)p;
  (void)row;
  memmove(msg->p + sizeof empty, msg->p, msg->n);
  memcpy(msg->p, empty, sizeof empty);
  msg->n += sizeof empty;
}

static void outside(peer_options *o, const alert_case *row) {
  mutual(o, row);
  o->client_outside = true;
}

/* Something behind Finished in its record: the keys change there, be it only later. */
static void add_behind(peer *p, peer_message *msg, const alert_case *row) {
  static const uint8_t update[] = {Q_MSG_KEY_UPDATE, 0, 0, 1, 0};
  (void)p;
  memcpy(msg->p + msg->n, update, row->arg);
  msg->n += row->arg;
}

#define VERIFY .from_client = true, .message = Q_MSG_CERTIFICATE_VERIFY
#define CERTIFICATE .from_client = true, .message = Q_MSG_CERTIFICATE
#define FINISHED_ .from_client = true, .message = Q_MSG_FINISHED

static const alert_case handshake[] = {
    {"no certificate, 0x13f2", QTLS_ERR_CERT_REQUIRED, false, CASE_QTLS, without, .arg = 0},
    {"no certificate, 0x13f1", QTLS_ERR_CERT_REQUIRED, false, CASE_QTLS_PQC, without, .arg = 0},
    {"no certificate, TLS 1.3", QTLS_ERR_CERT_REQUIRED, false, CASE_TLS13, without, .arg = 0},
    {"not let in, 0x13f2", QTLS_ERR_ACCESS_DENIED, false, CASE_QTLS, not_let_in, .arg = 0},
    {"not let in, 0x13f1", QTLS_ERR_ACCESS_DENIED, false, CASE_QTLS_PQC, not_let_in, .arg = 0},
    {"not let in, TLS 1.3", QTLS_ERR_ACCESS_DENIED, false, CASE_TLS13, not_let_in, .arg = 0},
    /* The path. A stranger's authority has the name of one that is trusted, and another key. */
    {"a stranger, 0x13f2", QTLS_ERR_CERT_UNKNOWN_CA, false, CASE_QTLS, stranger, .arg = 0},
    {"a stranger, 0x13f1", QTLS_ERR_CERT_UNKNOWN_CA, false, CASE_QTLS_PQC, stranger, .arg = 0},
    {"a stranger, TLS 1.3", QTLS_ERR_CERT_UNKNOWN_CA, false, CASE_TLS13, stranger, .arg = 0},
    {"wrong purpose, 0x13f2", QTLS_ERR_CERT_EXT_KEY_USAGE, false, CASE_QTLS, bad_leaf, .arg = 0},
    {"wrong purpose, TLS 1.3", QTLS_ERR_CERT_EXT_KEY_USAGE, false, CASE_TLS13, bad_leaf, .arg = 0},
    {"expired, 0x13f2", QTLS_ERR_CERT_EXPIRED, false, CASE_QTLS, bad_leaf, .arg = 1},
    {"expired, TLS 1.3", QTLS_ERR_CERT_EXPIRED, false, CASE_TLS13, bad_leaf, .arg = 1},
    {"not valid yet", QTLS_ERR_CERT_NOT_YET_VALID, false, CASE_TLS13, bad_leaf, .arg = 2},
    {"the alternative signature is another's", QTLS_ERR_CERT_ALT_SIGNATURE, false, CASE_QTLS, bad_leaf, .arg = 3},
    /* CertificateVerify: the last byte is of the classical part, byte 1000 of the other. */
    {"classical part", QTLS_ERR_SIG_CLASSICAL, false, CASE_QTLS, mutual, VERIFY, .raw = flip, .by = -1},
    {"ML-DSA part", QTLS_ERR_SIG_PQC, false, CASE_QTLS, mutual, VERIFY, .raw = flip, .by = 1000,
     .name = "pqc_signature_failure"},
    {"ML-DSA signature", QTLS_ERR_SIG_PQC, false, CASE_QTLS_PQC, mutual, VERIFY, .raw = flip, .by = 1000,
     .name = "pqc_signature_failure"},
    {"ECDSA signature", QTLS_ERR_SIG_CLASSICAL, false, CASE_TLS13, mutual, VERIFY, .raw = flip, .by = -1},
    {"bad signature where none is needed", QTLS_ERR_SIG_CLASSICAL, false, CASE_TLS13, optional, VERIFY, .raw = flip,
     .by = -1},
    {"part of another id", QTLS_ERR_SIG_HYBRID_FORM, false, CASE_QTLS, mutual, VERIFY, .raw = flip, .by = 9},
    {"one signature for 0x13f2", QTLS_ERR_SIG_SCHEME, false, CASE_QTLS, mutual, VERIFY, .raw = set_scheme,
     .arg = 0x0900},
    {"a hybrid scheme for other keys", QTLS_ERR_SIG_SCHEME_KEY, false, CASE_QTLS, mutual, VERIFY, .raw = set_scheme,
     .arg = 0x13F4},
    {"a classical scheme for 0x13f1", QTLS_ERR_SIG_SCHEME, false, CASE_QTLS_PQC, mutual, VERIFY, .raw = set_scheme,
     .arg = 0x0503},
    {"a hybrid scheme for 0x13f1", QTLS_ERR_SIG_SCHEME, false, CASE_QTLS_PQC, mutual, VERIFY, .raw = set_scheme,
     .arg = 0x13F0},
    {"a scheme of TLS 1.3 for 0x13f1", QTLS_ERR_SIG_SCHEME, false, CASE_QTLS_PQC, mutual, VERIFY, .raw = set_scheme,
     .arg = 0x0905},
    {"RSA PKCS#1 in a signature", QTLS_ERR_SIG_SCHEME, false, CASE_TLS13, mutual, VERIFY, .raw = set_scheme,
     .arg = 0x0401},
    {"SHA-1", QTLS_ERR_SIG_SCHEME, false, CASE_TLS13, mutual, VERIFY, .raw = set_scheme, .arg = 0x0203},
    {"a scheme of Q-TLS in TLS 1.3", QTLS_ERR_SIG_SCHEME, false, CASE_TLS13, mutual, VERIFY, .raw = set_scheme,
     .arg = 0x0900},
    {"a scheme for another key", QTLS_ERR_SIG_SCHEME_KEY, false, CASE_TLS13, mutual, VERIFY, .raw = set_scheme,
     .arg = 0x0804},
    {"a curve of another scheme", QTLS_ERR_SIG_SCHEME_KEY, false, CASE_TLS13, mutual, VERIFY, .raw = set_scheme,
     .arg = 0x0503},
    /* Contexts. */
    {"a context in the handshake", QTLS_ERR_CERT_CONTEXT, false, CASE_QTLS, mutual, CERTIFICATE, .raw = add_context},
    {"a request with a context in the handshake", QTLS_ERR_CERT_CONTEXT, true, CASE_TLS13, mutual,
     .message = Q_MSG_CERTIFICATE_REQUEST, .raw = add_context},
    /* Ways around. */
    {"no Certificate", QTLS_ERR_MSG_UNEXPECTED, false, CASE_QTLS, mutual, CERTIFICATE, .raw = drop},
    {"no Certificate where it is optional", QTLS_ERR_MSG_UNEXPECTED, false, CASE_TLS13, optional, CERTIFICATE,
     .raw = drop},
    {"not even an empty one", QTLS_ERR_MSG_UNEXPECTED, false, CASE_TLS13, without, CERTIFICATE, .raw = drop, .arg = 1},
    {"no CertificateVerify", QTLS_ERR_MSG_UNEXPECTED, false, CASE_QTLS, mutual, VERIFY, .raw = drop},
    {"no CertificateVerify where it is optional", QTLS_ERR_MSG_UNEXPECTED, false, CASE_TLS13, optional, VERIFY,
     .raw = drop},
    {"CertificateVerify without a certificate", QTLS_ERR_MSG_UNEXPECTED, false, CASE_TLS13, without, CERTIFICATE,
     .raw = add_verify, .arg = 1},
    {"the list emptied, and a signature", QTLS_ERR_MSG_UNEXPECTED, false, CASE_QTLS, optional, CERTIFICATE,
     .raw = empty_list},
    {"the list emptied where one is required", QTLS_ERR_CERT_REQUIRED, false, CASE_QTLS, mutual, CERTIFICATE,
     .raw = empty_list},
    {"Certificate twice", QTLS_ERR_MSG_UNEXPECTED, false, CASE_QTLS, mutual, CERTIFICATE, .raw = twice},
    {"an empty one twice", QTLS_ERR_MSG_UNEXPECTED, false, CASE_TLS13, without, CERTIFICATE, .raw = twice, .arg = 1},
    {"an empty one first", QTLS_ERR_MSG_UNEXPECTED, false, CASE_QTLS, optional, CERTIFICATE,
     .raw = add_certificate_before},
    {"CertificateVerify twice", QTLS_ERR_MSG_UNEXPECTED, false, CASE_QTLS, mutual, VERIFY, .raw = twice},
    {"Certificate that nobody asked for", QTLS_ERR_MSG_UNEXPECTED, false, CASE_QTLS, not_asked, FINISHED_,
     .raw = add_certificate_before},
    {"a certificate changed on its way", QTLS_ERR_CERT_ALGORITHM, false, CASE_TLS13, mutual, CERTIFICATE, .raw = flip,
     .by = 200},
    {"Finished", QTLS_ERR_FINISHED, false, CASE_QTLS, mutual, FINISHED_, .raw = flip, .by = 10},
    {"Finished without a certificate", QTLS_ERR_FINISHED, false, CASE_TLS13, without, FINISHED_, .raw = flip, .by = 10,
     .arg = 1},
    {"a message in the record of Finished", QTLS_ERR_RECORD_KEY_BOUNDARY, true, CASE_TLS13, outside,
     .message = Q_MSG_FINISHED, .raw = add_behind, .arg = 5},
    {"half a message in the record of Finished", QTLS_ERR_RECORD_KEY_BOUNDARY, true, CASE_QTLS, outside,
     .message = Q_MSG_FINISHED, .raw = add_behind, .arg = 2},
    {"request without schemes", QTLS_ERR_EXT_MISSING, true, CASE_TLS13, mutual, .message = Q_MSG_CERTIFICATE_REQUEST,
     .raw = flip, .by = 8},
};

/* ---- what a request may not hold ---- */

typedef struct bad_request {
  const char *what;
  qtls_err err;
  uint8_t body[40]; /* behind the empty context */
  size_t n;
} bad_request;

#define BODY(...) .body = {__VA_ARGS__}, .n = sizeof((uint8_t[]){__VA_ARGS__})
#define SCHEMES 0, 13, 0, 4, 0, 2, 4, 3

static const bad_request bad_requests[] = {
    {"nothing", QTLS_ERR_DECODE, BODY(0)},
    {"no extensions", QTLS_ERR_EXT_MISSING, BODY(0, 0)},
    {"schemes of odd length", QTLS_ERR_DECODE, BODY(0, 7, 0, 13, 0, 3, 0, 1, 4)},
    {"no schemes", QTLS_ERR_DECODE, BODY(0, 6, 0, 13, 0, 2, 0, 0)},
    {"schemes twice", QTLS_ERR_EXT_DUPLICATE, BODY(0, 16, SCHEMES, SCHEMES)},
    {"more behind them", QTLS_ERR_TRAILING, BODY(0, 8, SCHEMES, 0)},
    {"server_name", QTLS_ERR_EXT_MISPLACED, BODY(0, 12, SCHEMES, 0, 0, 0, 0)},
    {"key_share", QTLS_ERR_EXT_MISPLACED, BODY(0, 12, SCHEMES, 0, 51, 0, 0)},
    {"post_handshake_auth", QTLS_ERR_EXT_MISPLACED, BODY(0, 12, SCHEMES, 0, 49, 0, 0)},
    {"no authorities in the list", QTLS_ERR_CERT_AUTHORITIES, BODY(0, 14, SCHEMES, 0, 47, 0, 2, 0, 0)},
    {"an empty authority", QTLS_ERR_CERT_AUTHORITIES, BODY(0, 17, SCHEMES, 0, 47, 0, 5, 0, 3, 0, 0, 1)},
    {"an authority beyond the list", QTLS_ERR_CERT_AUTHORITIES, BODY(0, 18, SCHEMES, 0, 47, 0, 6, 0, 4, 0, 3, 1, 2)},
    {"status_request with content", QTLS_ERR_TRAILING, BODY(0, 13, SCHEMES, 0, 5, 0, 1, 1)},
    {"no compression", QTLS_ERR_DECODE, BODY(0, 13, SCHEMES, 0, 27, 0, 1, 0)},
    {"half a compression", QTLS_ERR_DECODE, BODY(0, 14, SCHEMES, 0, 27, 0, 2, 1, 1)},
    {"no compression of Q-TLS", QTLS_ERR_DECODE, BODY(0, 13, SCHEMES, 0xFF, 5, 0, 1, 0)},
    {"schemes for certificates, odd", QTLS_ERR_DECODE, BODY(0, 15, SCHEMES, 0, 50, 0, 3, 0, 1, 4)},
};

static void put_request(peer *p, bool from_client, uint8_t type, size_t nth, peer_message *msg) {
  const bad_request *bad = p->context;
  (void)nth;
  if (!from_client && type == Q_MSG_CERTIFICATE_REQUEST) {
    memcpy(msg->p + Q_MSG_HEADER + 1, bad->body, bad->n);
    set_length(msg, Q_MSG_HEADER + 1 + bad->n);
  }
}

static void test_bad_requests(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(bad_requests); i++) {
    alert_case row = {.kind = CASE_TLS13};
    peer_options o = case_options(row.kind);
    peer p;
    mutual(&o, &row);
    peer_start(&p, &o);
    p.edit = put_request;
    p.context = &bad_requests[i];
    peer_run(&p);
    peer_check(&p, bad_requests[i].what, true, bad_requests[i].err, QTLS_ALERT_none, NULL);
    peer_stop(&p);
  }
}

static void test_handshake(void **state) {
  (void)state;
  case_run(handshake, Q_COUNT(handshake));
}

/* ---- signed for somebody else ---- */

/* The context string of a server, and a transcript that is not this one. */
static void test_other_content(void **state) {
  (void)state;
  for (int what = 0; what < 2; what++) {
    alert_case row = {.kind = CASE_TLS13};
    peer_options o = case_options(row.kind);
    peer p;
    mutual(&o, &row);
    o.client_outside = true;
    peer_start(&p, &o);
    peer_run(&p);
    const qtls_job *job = qtls_conn_job(p.f.client.conn, 0);
    assert_non_null(job);
    uint8_t content[Q_SIGNED_CONTENT_MAX];
    assert_true(job->input_size <= sizeof content);
    memcpy(content, job->input, job->input_size);
    assert_memory_equal(content + 64, "TLS 1.3, client CertificateVerify", 33);
    if (what == 0) {
      memcpy(content + 64 + 9, "server", 6);
    } else {
      content[job->input_size - 1] ^= 1;
    }
    uint8_t signature[Q_SIGNATURE_MAX];
    size_t n = 0;
    const q_scheme *scheme = q_scheme_find(job->scheme);
    assert_ok(q_crypto_sign(o.client_identity->node[PKI_LEAF].key, signature, &n, sizeof signature, scheme->alg,
                            q_span_of(content, job->input_size)));
    assert_ok(qtls_conn_job_done(p.f.client.conn, job->id, signature, n));
    peer_sign_client(&p, o.client_identity, PEER_GOOD); /* nothing is left to sign: it goes on */
    peer_check(&p, "other content", false, QTLS_ERR_SIG_CLASSICAL, QTLS_ALERT_none, NULL);
    peer_stop(&p);
  }
}

/* ---- after the handshake ---- */

static void after(peer_options *o, const alert_case *row) {
  mutual(o, row);
  o->server.client_auth = QTLS_CLIENT_AUTH_none;
  o->client.auth_after = true;
  o->client_outside = true;
}

static void after_h2(peer_options *o, const alert_case *row) {
  after(o, row);
  o->client.alpn = o->server.alpn = "h2";
}

static void after_not_let_in(peer_options *o, const alert_case *row) {
  after(o, row);
  o->server.allow = "serial:00";
}

static void ask(peer *p, const alert_case *row) {
  pki_must(qtls_conn_request_auth(p->f.server.conn, row->by != 1), "request");
}

/* The server's request is there, the client's own answer is being signed. */
static void ask_and_run(peer *p, const alert_case *row) {
  ask(p, row);
  peer_run(p);
  assert_non_null(qtls_conn_job(p->f.client.conn, 0));
}

static const uint8_t request_body[] = {4, 1, 2, 3, 4, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3};

static void send_request(peer *p, const alert_case *row) {
  (void)row;
  peer_send_message(p, false, Q_MSG_CERTIFICATE_REQUEST, request_body, sizeof request_body);
}

static void send_request_twice(peer *p, const alert_case *row) {
  send_request(p, row);
  send_request(p, row);
}

static void send_bare_request(peer *p, const alert_case *row) {
  static const uint8_t body[] = {0, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3};
  (void)row;
  peer_send_message(p, false, Q_MSG_CERTIFICATE_REQUEST, body, sizeof body);
}

static void send_five_requests(peer *p, const alert_case *row) {
  (void)row;
  for (uint8_t i = 0; i < 5; i++) {
    uint8_t body[sizeof request_body];
    memcpy(body, request_body, sizeof body);
    body[1] = i;
    peer_send_message(p, false, Q_MSG_CERTIFICATE_REQUEST, body, sizeof body);
    if (i < 4) { /* the harness stops reading at a job */
      flow_write(&p->f, false, "x", 1);
    }
  }
}

static void sign_badly(peer *p, const alert_case *row) {
  ask_and_run(p, row);
  peer_sign_client(p, case_pki(kind_of(row)), (peer_damage)row->arg);
}

static void sign_well(peer *p, const alert_case *row) {
  ask_and_run(p, row);
  peer_sign_client(p, case_pki(kind_of(row)), PEER_GOOD);
}

/* The context of the server's one request. */
static const uint8_t *context_of(peer *p) { return peer_machine(p, false)->auth->asked[0].context; }

/* A Certificate with this context: of the client, or empty. */
static size_t certificate_body(uint8_t *out, size_t cap, const uint8_t context[Q_AUTH_CONTEXT], const pki *of) {
  q_writer w;
  q_span der[2];
  q_writer_init(&w, out, cap);
  if (of != NULL) {
    der[0] = pki_der(&of->node[PKI_LEAF]);
    der[1] = pki_der(&of->node[PKI_INTERMEDIATE]);
  }
  q_write_vec(&w, 1, q_span_of(context, Q_AUTH_CONTEXT));
  q_mark list = q_write_open(&w, 3);
  for (size_t i = 0; of != NULL && i < 2; i++) {
    q_write_vec(&w, 3, der[i]);
    q_write_u16(&w, 0);
  }
  q_write_close(&w, list);
  pki_must(w.err, "certificate");
  return w.n;
}

static void send_certificate(peer *p, const uint8_t context[Q_AUTH_CONTEXT], const pki *of) {
  uint8_t *body = peer_memory(65536);
  size_t n = certificate_body(body, 65536, context, of);
  peer_send_message(p, true, Q_MSG_CERTIFICATE, body, n);
  free(body);
}

static void other_context(peer *p, const alert_case *row) {
  uint8_t context[Q_AUTH_CONTEXT];
  ask(p, row);
  memcpy(context, context_of(p), sizeof context);
  context[31] ^= 1;
  send_certificate(p, context, case_pki(kind_of(row)));
}

/* A context that was answered is no context any more. */
static void context_again(peer *p, const alert_case *row) {
  uint8_t context[Q_AUTH_CONTEXT];
  ask_and_run(p, row);
  memcpy(context, context_of(p), sizeof context);
  peer_sign_client(p, case_pki(kind_of(row)), PEER_GOOD);
  assert_int_equal(p->f.server.authenticated, 1);
  ask(p, row);
  send_certificate(p, context, case_pki(kind_of(row)));
}

static void unasked(peer *p, const alert_case *row) {
  static const uint8_t context[Q_AUTH_CONTEXT] = {0};
  send_certificate(p, context, case_pki(kind_of(row)));
}

static void unasked_finished(peer *p, const alert_case *row) {
  static const uint8_t verify_data[48] = {0};
  (void)row;
  peer_send_message(p, true, Q_MSG_FINISHED, verify_data, sizeof verify_data);
}

static void then_data(peer *p, const alert_case *row) {
  ask(p, row);
  send_certificate(p, context_of(p), case_pki(kind_of(row)));
  flow_write(&p->f, true, "in between", 10);
}

static void then_key_update(peer *p, const alert_case *row) {
  static const uint8_t body[] = {0};
  ask(p, row);
  send_certificate(p, context_of(p), case_pki(kind_of(row)));
  peer_send_message(p, true, Q_MSG_KEY_UPDATE, body, sizeof body);
}

static void then_alert(peer *p, const alert_case *row) {
  ask(p, row);
  send_certificate(p, context_of(p), case_pki(kind_of(row)));
  peer_send_alert(p, true, 1, (uint8_t)row->arg);
}

static void then_finished(peer *p, const alert_case *row) {
  ask(p, row);
  send_certificate(p, context_of(p), case_pki(kind_of(row)));
  unasked_finished(p, row);
}

static void empty_then_finished(peer *p, const alert_case *row) {
  ask(p, row);
  send_certificate(p, context_of(p), NULL);
  unasked_finished(p, row);
}

static void empty_then_verify(peer *p, const alert_case *row) {
  static const uint8_t verify[] = {4, 3, 0, 2, 1, 2};
  ask(p, row);
  send_certificate(p, context_of(p), NULL);
  peer_send_message(p, true, Q_MSG_CERTIFICATE_VERIFY, verify, sizeof verify);
}

static void stranger_after(peer *p, const alert_case *row) {
  ask(p, row);
  send_certificate(p, context_of(p), make(kind_of(row), NULL));
}

static const alert_case later[] = {
    {"asked, not offered", QTLS_ERR_AUTH_NOT_OFFERED, true, CASE_QTLS, not_asked, .act = send_request},
    {"asked, not offered, TLS 1.3", QTLS_ERR_AUTH_NOT_OFFERED, true, CASE_TLS13, not_asked, .act = send_request},
    {"a context twice", QTLS_ERR_AUTH_CONTEXT, true, CASE_TLS13, after, .act = send_request_twice},
    {"a request without context", QTLS_ERR_CERT_CONTEXT, true, CASE_TLS13, after, .act = send_bare_request},
    {"under HTTP/2", QTLS_ERR_AUTH_HTTP2, true, CASE_TLS13, after_h2, .act = send_request},
    {"five requests at a time", QTLS_ERR_POST_HANDSHAKE_FLOOD, true, CASE_TLS13, after, .act = send_five_requests},
    {"classical part after", QTLS_ERR_SIG_CLASSICAL, false, CASE_QTLS, after, .act = sign_badly,
     .arg = PEER_CLASSICAL_BAD},
    {"ML-DSA part after", QTLS_ERR_SIG_PQC, false, CASE_QTLS, after, .act = sign_badly, .arg = PEER_PQC_BAD,
     .name = "pqc_signature_failure"},
    {"ECDSA after", QTLS_ERR_SIG_CLASSICAL, false, CASE_TLS13, after, .act = sign_badly, .arg = PEER_CLASSICAL_BAD},
    {"not let in after", QTLS_ERR_ACCESS_DENIED, false, CASE_QTLS, after_not_let_in, .act = sign_well},
    {"another context", QTLS_ERR_CERT_CONTEXT, false, CASE_QTLS, after, .act = other_context},
    {"a context that was answered", QTLS_ERR_CERT_CONTEXT, false, CASE_TLS13, after, .act = context_again},
    {"Certificate that nobody asked for after", QTLS_ERR_MSG_UNEXPECTED, false, CASE_QTLS, after, .act = unasked},
    {"Certificate that cannot be asked for", QTLS_ERR_MSG_UNEXPECTED, false, CASE_TLS13, not_asked, .act = unasked},
    {"Finished that nobody asked for", QTLS_ERR_MSG_UNEXPECTED, false, CASE_TLS13, after, .act = unasked_finished},
    {"data inside an answer", QTLS_ERR_APPDATA_UNEXPECTED, false, CASE_TLS13, after, .act = then_data},
    {"KeyUpdate inside an answer", QTLS_ERR_MSG_UNEXPECTED, false, CASE_TLS13, after, .act = then_key_update},
    {"close_notify inside an answer", QTLS_ERR_MSG_UNEXPECTED, false, CASE_TLS13, after, .act = then_alert,
     .arg = QTLS_ALERT_close_notify},
    {"user_canceled inside an answer", QTLS_ERR_MSG_UNEXPECTED, false, CASE_TLS13, after, .act = then_alert,
     .arg = QTLS_ALERT_user_canceled},
    {"no CertificateVerify after", QTLS_ERR_MSG_UNEXPECTED, false, CASE_TLS13, after, .act = then_finished},
    {"wrong Finished after", QTLS_ERR_FINISHED, false, CASE_TLS13, after, .act = empty_then_finished, .by = 1},
    {"wrong Finished after, 0x13f2", QTLS_ERR_FINISHED, false, CASE_QTLS, after, .act = empty_then_finished, .by = 1},
    {"nobody, and required", QTLS_ERR_CERT_REQUIRED, false, CASE_QTLS, after, .act = empty_then_finished},
    {"nobody, and a signature", QTLS_ERR_MSG_UNEXPECTED, false, CASE_QTLS, after, .act = empty_then_verify, .by = 1},
    {"a stranger after", QTLS_ERR_CERT_UNKNOWN_CA, false, CASE_TLS13, after, .act = stranger_after},
};

static void test_later(void **state) {
  (void)state;
  case_run(later, Q_COUNT(later));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_handshake),
      cmocka_unit_test(test_bad_requests),
      cmocka_unit_test(test_other_content),
      cmocka_unit_test(test_later),
  };
  return cmocka_run_group_tests(tests, NULL, teardown);
}
