/*
 * Alerts for certificates (RFC 8446 §4.4.2, RFC 5280, RFC 8879; Q-TLS §4-6):
 * the message, its compression, and every rule of a path that can be broken.
 */
#include <string.h>

#include "handshake/cert_compress.h"
#include "support/alert_case.h"
#include "wire/certificate.h"

/* ---- bad hierarchies ---- */

typedef enum fault {
  CLIENT_ONLY, NO_SIGNING, NOT_CA, CA_NO_SIGN, PATH_LENGTH, CONSTRAINT, CRITICAL, CRITICAL_CA, LEAF_IS_CA,
  CLASSICAL_LEAF, CLASSICAL_CA, PQC_LEAF, PQC_CA, ALT_HALF, ALT_NO_SIGNATURE, ALT_NO_KEY, ALT_NONE, CA_ALT_NONE, ANCHOR_ALT,
  WEAK, UNKNOWN_KEY, EXPIRED_CA, EARLY_LEAF, CA_CLIENT_ONLY
} fault;

static const uint8_t constraint[] = {0x30, 0x1D, 0x06, 0x03, 0x55, 0x1D, 0x1E, 0x01, 0x01, 0xFF, 0x04,
                                     0x13, 0x30, 0x11, 0xA0, 0x0F, 0x30, 0x0D, 0x82, 0x0B, 'e',  'x',
                                     'a',  'm',  'p',  'l',  'e',  '.',  'o',  'r',  'g'};
static const uint8_t critical[] = {0x30, 0x0C, 0x06, 0x03, 0x2A, 0x03, 0x04, 0x01, 0x01, 0xFF, 0x04, 0x02, 0x05, 0x00};
static const uint8_t key_x25519[] = {0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x6E, 0x03, 0x21, 0x00,
                                     9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9,
                                     9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9};

/* An RSA key of 1024 bits. */
static q_span weak_key(void) {
  static const uint8_t head[] = {0x30, 0x81, 0x9F, 0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01,
                                 0x01, 0x05, 0x00, 0x03, 0x81, 0x8D, 0x00, 0x30, 0x81, 0x89, 0x02, 0x81, 0x81, 0x00};
  static uint8_t key[162];
  static const uint8_t exponent[] = {0x02, 0x03, 0x01, 0x00, 0x01};
  memset(key, 0xC5, sizeof key);
  memcpy(key, head, sizeof head);
  memcpy(key + sizeof key - sizeof exponent, exponent, sizeof exponent);
  return q_span_of(key, sizeof key);
}

static pki_level level_of(fault f) {
  switch (f) {
    case NOT_CA: case CA_NO_SIGN: case CONSTRAINT: case CRITICAL_CA: case CLASSICAL_CA: case PQC_CA: case CA_ALT_NONE:
    case EXPIRED_CA: case CA_CLIENT_ONLY:
      return PKI_INTERMEDIATE;
    case PATH_LENGTH: case ANCHOR_ALT:
      return PKI_ROOT;
    default:
      return PKI_LEAF;
  }
}

/* Signed by a key that is not the issuer's: the wrong signature of the right kind. */
static void sign_wrongly(q_issue *what, pki_level level, const pki *so_far, bool pqc) {
  const pki_node *other = &so_far->node[level == PKI_LEAF ? PKI_ROOT : PKI_INTERMEDIATE];
  if (pqc && other->alt_key != NULL) {
    what->alt_key = other->alt_key;
  } else {
    what->key = other->key;
  }
}

static void spoil_shape(q_issue *what, fault f) {
  switch (f) {
    case CLIENT_ONLY: case CA_CLIENT_ONLY: what->eku = Q_EKU_CLIENT; break;
    case NO_SIGNING: what->key_usage = Q_KU_KEY_AGREEMENT; break;
    case NOT_CA: what->is_ca = false; break;
    case CA_NO_SIGN: what->key_usage = Q_KU_DIGITAL_SIGNATURE; break;
    case LEAF_IS_CA: what->is_ca = true; break;
    case PATH_LENGTH: what->path_length = 0; break;
    case CONSTRAINT: what->extra = q_span_of(constraint, sizeof constraint); break;
    case CRITICAL: case CRITICAL_CA: what->extra = q_span_of(critical, sizeof critical); break;
    case EXPIRED_CA: what->not_after = PKI_NOW - 1; break;
    case EARLY_LEAF: what->not_before = PKI_NOW + 1; break;
    default: break;
  }
}

static void spoil_keys(q_issue *what, fault f) {
  switch (f) {
    case ALT_NO_SIGNATURE: what->alt_key = NULL; break;
    case ALT_NO_KEY: what->alt_spki = q_span_of(NULL, 0); break;
    case ALT_NONE: case CA_ALT_NONE: case ANCHOR_ALT:
      what->alt_key = NULL;
      what->alt_spki = q_span_of(NULL, 0);
      break;
    case WEAK: what->spki = weak_key(); break;
    case UNKNOWN_KEY: what->spki = q_span_of(key_x25519, sizeof key_x25519); break;
    default: break;
  }
}

static void adjust(void *context, q_issue *what, pki_level level, const pki *so_far) {
  fault f = *(const fault *)context;
  if (level != level_of(f)) {
    return;
  }
  spoil_shape(what, f);
  spoil_keys(what, f);
  if (f == CLASSICAL_LEAF || f == CLASSICAL_CA || f == PQC_LEAF || f == PQC_CA) {
    sign_wrongly(what, level, so_far, f == PQC_LEAF || f == PQC_CA);
  }
}

/* The hierarchy of the row that runs. */
static pki *bad;

/* 74 becomes an extension that nobody knows: 73 stands alone. */
static void rename_alt_signature(pki_node *node) {
  static const uint8_t oid[] = {0x06, 0x03, 0x55, 0x1D, 0x4A};
  size_t i = 0;
  while (i + sizeof oid < node->n && memcmp(node->der + i, oid, sizeof oid) != 0) {
    i++;
  }
  assert_true(i + sizeof oid < node->n);
  node->der[i + 4] = 0x4C;
}

/* The client trusts the root of a bad hierarchy of the kind that is expected. */
static void with_bad(peer_options *o, const alert_case *row) {
  static const char *const kinds[] = {
      [CASE_QTLS] = "hybrid-p384-mldsa65", [CASE_QTLS_PQC] = "mldsa65", [CASE_TLS13] = "p256", [CASE_TLS13_MLDSA] = "mldsa65"};
  fault f = (fault)row->arg;
  pki_options options = {.adjust = adjust, .context = &f};
  pki_free(bad);
  bad = pki_make(kinds[row->kind], &options);
  if (f == ALT_HALF) {
    rename_alt_signature(&bad->node[PKI_LEAF]);
  }
  o->trust = bad;
}

/* Certificate with the bad hierarchy's chain in place of the server's. */
static void send_chain(peer *p, peer_message *msg, const alert_case *row) {
  q_span der[2] = {pki_der(&bad->node[PKI_LEAF]), pki_der(&bad->node[PKI_INTERMEDIATE])};
  q_writer w;
  (void)p;
  (void)row;
  q_writer_init(&w, msg->p, msg->cap);
  q_mark mark = q_wire_message_open(&w, Q_MSG_CERTIFICATE);
  q_wire_certificate_write(&w, q_span_of(NULL, 0), der, 2, q_span_of(NULL, 0));
  q_write_close(&w, mark);
  assert_ok(q_writer_end(&w, &msg->n));
}

#define PATH(text, error, kind_, fault_) \
  {text, error, true, kind_, with_bad, .message = Q_MSG_CERTIFICATE, .raw = send_chain, .arg = fault_}

static const alert_case path_rows[] = {
    PATH("not for servers", QTLS_ERR_CERT_EXT_KEY_USAGE, CASE_QTLS, CLIENT_ONLY),
    PATH("a CA not for servers", QTLS_ERR_CERT_EXT_KEY_USAGE, CASE_TLS13, CA_CLIENT_ONLY),
    PATH("not for signing", QTLS_ERR_CERT_KEY_USAGE, CASE_QTLS, NO_SIGNING),
    PATH("not for signing, TLS 1.3", QTLS_ERR_CERT_KEY_USAGE, CASE_TLS13, NO_SIGNING),
    PATH("a CA as a server", QTLS_ERR_CERT_KEY_USAGE, CASE_QTLS, LEAF_IS_CA),
    PATH("a CA that may not sign", QTLS_ERR_CERT_KEY_USAGE, CASE_QTLS, CA_NO_SIGN),
    PATH("an issuer that is no CA", QTLS_ERR_CERT_NOT_CA, CASE_QTLS, NOT_CA),
    PATH("an issuer that is no CA, 0x13F1", QTLS_ERR_CERT_NOT_CA, CASE_QTLS_PQC, NOT_CA),
    PATH("a path too long", QTLS_ERR_CERT_PATH_LENGTH, CASE_QTLS, PATH_LENGTH),
    PATH("a name outside the constraints", QTLS_ERR_CERT_NAME_CONSTRAINT, CASE_QTLS, CONSTRAINT),
    PATH("an unknown critical extension", QTLS_ERR_CERT_CRITICAL, CASE_QTLS, CRITICAL),
    PATH("an unknown critical extension of a CA", QTLS_ERR_CERT_CRITICAL, CASE_TLS13, CRITICAL_CA),
    PATH("an expired CA", QTLS_ERR_CERT_EXPIRED, CASE_QTLS, EXPIRED_CA),
    PATH("a leaf of tomorrow", QTLS_ERR_CERT_NOT_YET_VALID, CASE_QTLS, EARLY_LEAF),
    PATH("classical signature of the leaf", QTLS_ERR_CERT_SIGNATURE, CASE_QTLS, CLASSICAL_LEAF),
    PATH("classical signature of the CA", QTLS_ERR_CERT_SIGNATURE, CASE_QTLS, CLASSICAL_CA),
    PATH("classical signature of the leaf, TLS 1.3", QTLS_ERR_CERT_SIGNATURE, CASE_TLS13, CLASSICAL_LEAF),
    PATH("classical signature of the CA, TLS 1.3", QTLS_ERR_CERT_SIGNATURE, CASE_TLS13, CLASSICAL_CA),
    PATH("ML-DSA signature of the leaf", QTLS_ERR_CERT_ALT_SIGNATURE, CASE_QTLS, PQC_LEAF),
    PATH("ML-DSA signature of the CA", QTLS_ERR_CERT_ALT_SIGNATURE, CASE_QTLS, PQC_CA),
    PATH("ML-DSA signature of the leaf, 0x13F1", QTLS_ERR_CERT_ALT_SIGNATURE, CASE_QTLS_PQC, PQC_LEAF),
    PATH("ML-DSA signature of the CA, TLS 1.3", QTLS_ERR_CERT_ALT_SIGNATURE, CASE_TLS13_MLDSA, PQC_CA),
    PATH("73 without 74", QTLS_ERR_CERT_ALT_MALFORMED, CASE_QTLS, ALT_HALF),
    PATH("72 without 73 and 74", QTLS_ERR_CERT_ALT_MISSING, CASE_QTLS, ALT_NO_SIGNATURE),
    PATH("73 and 74 without 72", QTLS_ERR_CERT_ALT_MISSING, CASE_QTLS, ALT_NO_KEY),
    PATH("a classical leaf", QTLS_ERR_CERT_ALT_MISSING, CASE_QTLS, ALT_NONE),
    PATH("a classical CA", QTLS_ERR_CERT_ALT_MISSING, CASE_QTLS, CA_ALT_NONE),
    PATH("a classical anchor", QTLS_ERR_CERT_ANCHOR_ALT, CASE_QTLS, ANCHOR_ALT),
    PATH("RSA of 1024 bits", QTLS_ERR_CERT_WEAK, CASE_TLS13, WEAK),
    PATH("RSA of 1024 bits in a hybrid", QTLS_ERR_CERT_WEAK, CASE_QTLS, WEAK),
    PATH("a key that cannot sign", QTLS_ERR_CERT_ALGORITHM, CASE_TLS13, UNKNOWN_KEY),
};

/* ---- the client's circumstances ---- */

static void much_later(peer_options *o, const alert_case *row) {
  (void)row;
  o->now = PKI_NOW + 4000 * PKI_DAY;
}

static void much_earlier(peer_options *o, const alert_case *row) {
  (void)row;
  o->now = PKI_NOW - 100 * PKI_DAY;
}

static void other_trust(peer_options *o, const alert_case *row) {
  (void)row;
  o->trust = case_pki("p384");
}

static void other_name(peer_options *o, const alert_case *row) {
  static const char *const names[] = {"elsewhere.test", "example.test", "a.b.example.test", "127.0.0.2"};
  o->server_name = names[row->arg];
}

static const alert_case circumstance_rows[] = {
    {"expired", QTLS_ERR_CERT_EXPIRED, true, .options = much_later},
    {"expired, TLS 1.3", QTLS_ERR_CERT_EXPIRED, true, CASE_TLS13, .options = much_later},
    {"not valid yet", QTLS_ERR_CERT_NOT_YET_VALID, true, .options = much_earlier},
    {"not valid yet, 0x13F1", QTLS_ERR_CERT_NOT_YET_VALID, true, CASE_QTLS_PQC, .options = much_earlier},
    {"another CA", QTLS_ERR_CERT_UNKNOWN_CA, true, .options = other_trust},
    {"another CA, TLS 1.3", QTLS_ERR_CERT_UNKNOWN_CA, true, CASE_TLS13, .options = other_trust},
    {"another name", QTLS_ERR_CERT_NAME, true, .options = other_name, .arg = 0},
    {"no label for the wildcard", QTLS_ERR_CERT_NAME, true, .options = other_name, .arg = 1},
    {"two labels for the wildcard", QTLS_ERR_CERT_NAME, true, CASE_TLS13, .options = other_name, .arg = 2},
    {"another address", QTLS_ERR_CERT_NAME, true, .options = other_name, .arg = 3},
};

/* ---- the message ---- */

/* Context of one byte. */
static void add_context(peer *p, peer_message *msg, const alert_case *row) {
  (void)p;
  (void)row;
  memmove(msg->p + 6, msg->p + 5, msg->n - 5);
  msg->p[4] = 1;
  msg->p[5] = 7;
  msg->n++;
  size_t n = msg->n - Q_MSG_HEADER;
  msg->p[1] = (uint8_t)(n >> 16);
  msg->p[2] = (uint8_t)(n >> 8);
  msg->p[3] = (uint8_t)n;
}

/* `count` certificates of `size` zeros, each with an empty extension if not 0. */
static void rewrite(peer_message *msg, size_t count, size_t size, uint16_t extension) {
  q_writer w;
  q_writer_init(&w, msg->p, msg->cap);
  q_mark mark = q_wire_message_open(&w, Q_MSG_CERTIFICATE);
  q_write_u8(&w, 0);
  q_mark list = q_write_open(&w, 3);
  for (size_t i = 0; i < count; i++) {
    q_mark der = q_write_open(&w, 3);
    uint8_t *space = q_write_space(&w, size);
    assert_non_null(space);
    memset(space, 0, size);
    q_write_close(&w, der);
    q_mark extensions = q_write_open(&w, 2);
    if (extension != 0) {
      q_write_u16(&w, extension);
      q_write_u16(&w, 0);
    }
    q_write_close(&w, extensions);
  }
  q_write_close(&w, list);
  q_write_close(&w, mark);
  assert_ok(q_writer_end(&w, &msg->n));
}

static void many(peer *p, peer_message *msg, const alert_case *row) {
  (void)p;
  rewrite(msg, row->arg, (size_t)row->by, 0);
}

static void entry_extension(peer *p, peer_message *msg, const alert_case *row) {
  (void)p;
  rewrite(msg, 1, 10, (uint16_t)row->arg);
}

static void no_status(peer_options *o, const alert_case *row) {
  (void)row;
  o->client.revocation = QTLS_REVOCATION_off;
}

#define MESSAGE(text, error, function, ...) \
  {text, error, true, .message = Q_MSG_CERTIFICATE, .raw = function, __VA_ARGS__}

static const alert_case message_rows[] = {
    MESSAGE("no certificate", QTLS_ERR_CERT_EMPTY, many, .arg = 0),
    MESSAGE("no certificate, TLS 1.3", QTLS_ERR_CERT_EMPTY, many, .kind = CASE_TLS13, .arg = 0),
    MESSAGE("a request context", QTLS_ERR_CERT_CONTEXT, add_context, ),
    MESSAGE("11 certificates", QTLS_ERR_CERT_MANY, many, .arg = 11, .by = 10),
    MESSAGE("an empty certificate", QTLS_ERR_DECODE, many, .arg = 1, .by = 0),
    MESSAGE("zeros for a certificate", QTLS_ERR_CERT_PARSE, many, .arg = 2, .by = 100),
    MESSAGE("status_request that was not offered", QTLS_ERR_EXT_NOT_OFFERED, entry_extension, .options = no_status,
            .arg = Q_EXT_STATUS_REQUEST),
    MESSAGE("an empty status_request", QTLS_ERR_DECODE, entry_extension, .arg = Q_EXT_STATUS_REQUEST),
    MESSAGE("timestamps that were not asked for", QTLS_ERR_EXT_NOT_OFFERED, entry_extension, .arg = Q_EXT_SCT),
    MESSAGE("an unknown extension", QTLS_ERR_EXT_NOT_OFFERED, entry_extension, .arg = 0x4444),
    MESSAGE("key_share", QTLS_ERR_EXT_MISPLACED, entry_extension, .arg = Q_EXT_KEY_SHARE),
};

/* ---- compression ---- */

static void offer_zlib(peer_options *o, const alert_case *row) {
  (void)row;
  o->client.compression = "zlib:zstd";
}

typedef enum squeeze { WRONG_ALGORITHM, UNKNOWN_ALGORITHM, GARBAGE, TOO_SHORT, TOO_LONG, HUGE_LENGTH, NO_LENGTH, TAIL } squeeze;

static void compress(peer *p, peer_message *msg, const alert_case *row) {
  uint8_t algorithm = row->arg == WRONG_ALGORITHM ? Q_COMPRESS_BROTLI : Q_COMPRESS_ZLIB;
  static const uint8_t text[8192] = {Q_MSG_CERTIFICATE};
  uint8_t *data = NULL;
  size_t n = 0;
  (void)p;
  assert_ok(q_handshake_compress(&data, &n, algorithm, q_span_of(text, sizeof text)));
  uint8_t tail[256];
  assert_true(n + 1 < sizeof tail);
  memcpy(tail, data, n);
  tail[n] = 0;
  q_free(data);
  q_compressed_certificate in = {algorithm, sizeof text, {tail, n}};
  switch ((squeeze)row->arg) {
    case WRONG_ALGORITHM: break;
    case UNKNOWN_ALGORITHM: in.algorithm = 9; break;
    case GARBAGE: tail[0] ^= 0xFF; break;
    case TOO_SHORT: in.length--; break;
    case TOO_LONG: in.length++; break;
    case HUGE_LENGTH: in.length = 131073; break;
    case NO_LENGTH: in.length = 0; break;
    case TAIL: in.data.n++; break;
  }
  q_writer w;
  q_writer_init(&w, msg->p, msg->cap);
  q_mark mark = q_wire_message_open(&w, Q_MSG_COMPRESSED_CERTIFICATE);
  q_wire_compressed_certificate_write(&w, &in);
  q_write_close(&w, mark);
  assert_ok(q_writer_end(&w, &msg->n));
}

#define SQUEEZE(text, error, how, kind_) \
  {text, error, true, kind_, offer_zlib, .message = Q_MSG_CERTIFICATE, .raw = compress, .arg = how}

static const alert_case compression_rows[] = {
    SQUEEZE("an algorithm that was not offered", QTLS_ERR_CERT_COMPRESSION_ALGORITHM, WRONG_ALGORITHM, CASE_QTLS),
    SQUEEZE("the same, TLS 1.3", QTLS_ERR_CERT_COMPRESSION_ALGORITHM, WRONG_ALGORITHM, CASE_TLS13),
    SQUEEZE("an unknown algorithm", QTLS_ERR_CERT_COMPRESSION_ALGORITHM, UNKNOWN_ALGORITHM, CASE_QTLS),
    SQUEEZE("not a stream", QTLS_ERR_CERT_COMPRESSION, GARBAGE, CASE_QTLS),
    SQUEEZE("not a stream, TLS 1.3", QTLS_ERR_CERT_COMPRESSION, GARBAGE, CASE_TLS13),
    SQUEEZE("more than announced", QTLS_ERR_CERT_COMPRESSION, TOO_SHORT, CASE_QTLS),
    SQUEEZE("less than announced", QTLS_ERR_CERT_COMPRESSION, TOO_LONG, CASE_QTLS),
    SQUEEZE("more than 128 KiB", QTLS_ERR_CERT_COMPRESSION, HUGE_LENGTH, CASE_QTLS),
    SQUEEZE("nothing announced", QTLS_ERR_CERT_COMPRESSION, NO_LENGTH, CASE_QTLS),
    SQUEEZE("bytes behind the stream", QTLS_ERR_CERT_COMPRESSION, TAIL, CASE_QTLS),
};

/* ---- CertificateRequest, put before Certificate ---- */

static const uint8_t request_context[] = {Q_MSG_CERTIFICATE_REQUEST, 0, 0, 4, 1, 9, 0, 0};
static const uint8_t request_bare[] = {Q_MSG_CERTIFICATE_REQUEST, 0, 0, 3, 0, 0, 0};
static const uint8_t request_misplaced[] = {Q_MSG_CERTIFICATE_REQUEST, 0, 0, 7, 0, 0, 4, 0, Q_EXT_KEY_SHARE, 0, 0};
static const uint8_t request_twice[] = {Q_MSG_CERTIFICATE_REQUEST, 0, 0, 19, 0, 0, 16, 0, 13, 0, 4, 0, 2, 5, 3,
                                        0, 13, 0, 4, 0, 2, 5, 3};
static const uint8_t request_cut[] = {Q_MSG_CERTIFICATE_REQUEST, 0, 0, 2, 0, 0};
static const uint8_t request_list[] = {Q_MSG_CERTIFICATE_REQUEST, 0, 0, 11, 0, 0, 8, 0, 13, 0, 4, 0, 4, 5, 3};
static const uint8_t request_empty[] = {Q_MSG_CERTIFICATE_REQUEST, 0, 0, 9, 0, 0, 6, 0, 13, 0, 2, 0, 0};
static const q_span requests[] = {{request_context, sizeof request_context},
                                  {request_bare, sizeof request_bare},
                                  {request_misplaced, sizeof request_misplaced},
                                  {request_twice, sizeof request_twice},
                                  {request_cut, sizeof request_cut},
                                  {request_list, sizeof request_list},
                                  {request_empty, sizeof request_empty}};

static void request(peer *p, peer_message *msg, const alert_case *row) {
  (void)p;
  memcpy(msg->p, requests[row->arg].p, requests[row->arg].n);
  msg->n = requests[row->arg].n;
}

static const alert_case request_rows[] = {
    MESSAGE("a request with a context", QTLS_ERR_CERT_CONTEXT, request, .arg = 0),
    MESSAGE("a request without signature_algorithms", QTLS_ERR_EXT_MISSING, request, .arg = 1),
    MESSAGE("a request with key_share", QTLS_ERR_EXT_MISPLACED, request, .arg = 2),
    MESSAGE("a request with signature_algorithms twice", QTLS_ERR_EXT_DUPLICATE, request, .arg = 3),
    MESSAGE("a request cut short", QTLS_ERR_DECODE, request, .arg = 4),
    MESSAGE("a request with schemes cut short", QTLS_ERR_DECODE, request, .arg = 5),
    MESSAGE("a request without a scheme", QTLS_ERR_DECODE, request, .arg = 6),
};

static void test_path(void **state) {
  (void)state;
  case_run(path_rows, Q_COUNT(path_rows));
}

static void test_circumstances(void **state) {
  (void)state;
  case_run(circumstance_rows, Q_COUNT(circumstance_rows));
}

static void test_message(void **state) {
  (void)state;
  case_run(message_rows, Q_COUNT(message_rows));
  case_run(request_rows, Q_COUNT(request_rows));
}

static void test_compression(void **state) {
  (void)state;
  case_run(compression_rows, Q_COUNT(compression_rows));
}

static int teardown(void **state) {
  pki_free(bad);
  return case_teardown(state);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_path),
      cmocka_unit_test(test_circumstances),
      cmocka_unit_test(test_message),
      cmocka_unit_test(test_compression),
  };
  return cmocka_run_group_tests(tests, NULL, teardown);
}
