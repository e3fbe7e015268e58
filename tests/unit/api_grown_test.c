/*
 * Nothing stands behind what is read. Certificates, requests, lists, responses
 * and keys, made here and sound, get a further element at the end of each of
 * their elements in turn, however deep, with all lengths made right; and a
 * further byte behind the whole. No reader takes any of them.
 */
#include <stdlib.h>

#include "crypto/key.h"
#include "pki/algorithm.h"
#include "pki/alt.h"
#include "pki/cert.h"
#include "pki/crl.h"
#include "pki/csr.h"
#include "pki/ocsp.h"
#include "pki/pem.h"
#include "qtls/pki.h"
#include "qtls/status.h"
#include "unit/unit.h"

#define NOW INT64_C(1795500000)
#define DAY INT64_C(86400)

enum { SPOTS_MAX = 512, ROOM = 65536 };

/* ---- DER with something added ---- */

typedef struct element {
  uint8_t tag;
  size_t head; /* bytes of tag and length */
  size_t n;    /* of the content */
} element;

static bool element_at(element *out, const uint8_t *p, size_t n) {
  if (n < 2 || (p[0] & 0x1F) == 0x1F) {
    return false;
  }
  size_t more = p[1] < 0x80 ? 0 : (size_t)(p[1] & 0x7F);
  *out = (element){p[0], 2 + more, more == 0 ? p[1] : 0};
  if (more > 3 || n < out->head) {
    return false;
  }
  for (size_t i = 0; i < more; i++) {
    out->n = out->n << 8 | p[2 + i];
  }
  return out->n <= n - out->head;
}

static bool is_whole(const uint8_t *p, size_t n) {
  while (n > 0) {
    element e;
    if (!element_at(&e, p, n)) {
      return false;
    }
    p += e.head + e.n;
    n -= e.head + e.n;
  }
  return true;
}

/* An OCTET STRING has elements if a SEQUENCE fills it. */
static bool has_elements(const element *e, const uint8_t *content) {
  element inner;
  if ((e->tag & 0x20) != 0) {
    return is_whole(content, e->n);
  }
  return e->tag == 0x04 && element_at(&inner, content, e->n) && inner.tag == 0x30 && inner.head + inner.n == e->n;
}

typedef struct grower {
  size_t wanted, seen; /* the element to add to, in the order of their ends */
  const uint8_t *added;
  size_t added_n;
} grower;

static size_t put_head(uint8_t *out, uint8_t tag, size_t n) {
  out[0] = tag;
  if (n < 0x80) {
    out[1] = (uint8_t)n;
    return 2;
  }
  size_t bytes = n > 0xFFFF ? 3 : n > 0xFF ? 2 : 1;
  out[1] = (uint8_t)(0x80 | bytes);
  for (size_t i = 0; i < bytes; i++) {
    out[2 + i] = (uint8_t)(n >> (8 * (bytes - 1 - i)));
  }
  return 2 + bytes;
}

/* Writes the elements of `p`, one of which grows; how many bytes. */
static size_t grow(uint8_t *out, grower *g, const uint8_t *p, size_t n) {
  uint8_t *content = malloc(ROOM);
  size_t written = 0;
  assert_non_null(content);
  while (n > 0) {
    element e;
    assert_true(element_at(&e, p, n));
    const uint8_t *inside = p + e.head;
    size_t size = e.n;
    memcpy(content, inside, e.n);
    if (has_elements(&e, inside)) {
      size = grow(content, g, inside, e.n);
      if (g->seen++ == g->wanted) {
        memcpy(content + size, g->added, g->added_n);
        size += g->added_n;
      }
    }
    written += put_head(out + written, e.tag, size);
    memcpy(out + written, content, size);
    written += size;
    p += e.head + e.n;
    n -= e.head + e.n;
  }
  free(content);
  return written;
}

/* ---- every place of one object ---- */

typedef qtls_err (*reader)(const uint8_t *der, size_t n);

static void try_all(const char *what, reader read, const uint8_t *der, size_t n) {
  static const uint8_t null[] = {0x05, 0x00};
  uint8_t *grown = malloc(ROOM);
  assert_non_null(grown);
  assert_ok(read(der, n));
  size_t taken = 0;
  size_t places = SPOTS_MAX;
  for (size_t at = 0; at < places; at++) {
    grower g = {at, 0, null, sizeof null};
    size_t size = grow(grown, &g, der, n);
    places = g.seen;
    if (at < places && read(grown, size) == QTLS_OK) {
      size_t same = 0;
      while (same < n && grown[same] == der[same]) {
        same++;
      }
      print_message("%s: taken with a NULL at the end of element %zu of %zu (the first other byte is %zu)\n", what, at,
                    places, same);
      taken++;
    }
  }
  assert_in_range(places, 2, SPOTS_MAX - 1);
  memcpy(grown, der, n);
  grown[n] = 0;
  assert_true(read(grown, n + 1) != QTLS_OK);
  assert_true(read(der, n - 1) != QTLS_OK);
  free(grown);
  assert_int_equal(taken, 0);
}

/* ---- the readers ---- */

/* Algorithms and keys are read when they are needed: empty ones are not there. */
static qtls_err read_parts(q_span algorithm, q_span alt_algorithm, q_span spki, q_span alt_spki) {
  q_algorithm known;
  q_pubkey *key = NULL;
  qtls_err err = q_pki_algorithm_read(&known, algorithm);
  if (err == QTLS_OK && spki.n > 0) {
    err = q_crypto_pubkey_from_spki(&key, spki);
  }
  q_crypto_pubkey_free(key);
  if (err == QTLS_OK && ((alt_algorithm.n > 0 && q_pki_alt_algorithm_type(alt_algorithm) == Q_KEY_NONE) ||
                         (alt_spki.n > 0 && q_pki_alt_spki_type(alt_spki) == Q_KEY_NONE))) {
    err = QTLS_ERR_CERT_ALT_MALFORMED;
  }
  return err;
}

static qtls_err read_cert(const uint8_t *der, size_t n) {
  q_cert cert;
  qtls_err err = q_pki_cert_parse(&cert, q_span_of(der, n));
  return err != QTLS_OK ? err : read_parts(cert.sig_alg, cert.alt_sig_alg, cert.spki, cert.alt_spki);
}

static qtls_err read_csr(const uint8_t *der, size_t n) {
  q_csr csr;
  qtls_err err = q_pki_csr_parse(&csr, q_span_of(der, n));
  return err != QTLS_OK ? err : read_parts(csr.sig_alg, csr.alt_sig_alg, csr.spki, csr.alt_spki);
}

static qtls_err read_dual(const q_dual *d) {
  const q_span none = {NULL, 0};
  return read_parts(d->algorithm, d->alt_algorithm, none, none);
}

static qtls_err read_list(const uint8_t *der, size_t n) {
  q_crl crl;
  qtls_err err = q_pki_crl_parse(&crl, q_span_of(der, n));
  err = err != QTLS_OK ? err : read_dual(&crl.dual);
  q_pki_crl_free(&crl);
  return err;
}

static qtls_err read_request(const uint8_t *der, size_t n) {
  q_ocsp_request request;
  return q_pki_ocsp_request_read(&request, q_span_of(der, n));
}

static qtls_err read_response(const uint8_t *der, size_t n) {
  q_ocsp_response response;
  qtls_err err = q_pki_ocsp_response_read(&response, q_span_of(der, n));
  err = err != QTLS_OK ? err : read_dual(&response.dual);
  for (size_t i = 0; err == QTLS_OK && i < response.cert_count; i++) {
    err = read_cert(response.certs[i].p, response.certs[i].n);
  }
  return err;
}

static qtls_err read_key(const uint8_t *der, size_t n) {
  char *pem = NULL;
  size_t size = 0;
  qtls_key *key = NULL;
  assert_ok(qtls_pem_write(&pem, &size, "PRIVATE KEY", der, n));
  qtls_err err = qtls_key_load(&key, NULL, pem, size);
  qtls_key_free(key);
  qtls_pki_free(pem);
  return err;
}

static qtls_err read_encrypted_key(const uint8_t *der, size_t n) {
  char *pem = NULL;
  size_t size = 0;
  qtls_key *key = NULL;
  assert_ok(qtls_pem_write(&pem, &size, "ENCRYPTED PRIVATE KEY", der, n));
  qtls_err err = qtls_key_load_encrypted(&key, NULL, pem, size, "phrase", 6);
  assert_true(err != QTLS_ERR_KEY_PASSPHRASE); /* refused before a key is made of the phrase */
  qtls_key_free(key);
  qtls_pki_free(pem);
  return err;
}

/* ---- what is read ---- */

/* The DER of the first block. */
static uint8_t *unpack(size_t *n, const char *pem, size_t size) {
  q_pem_reader blocks = q_pki_pem_reader(q_span_of(pem, size));
  q_pem_block block;
  uint8_t *der = NULL;
  size_t line = 0;
  assert_ok(q_pki_pem_next(&block, &blocks));
  assert_ok(q_pki_pem_decode(&der, n, &line, &block));
  return der;
}

static void try_pem(const char *what, reader read, const char *pem, size_t size) {
  size_t n = 0;
  uint8_t *der = unpack(&n, pem, size);
  try_all(what, read, der, n);
  q_free(der);
}

static const char *const names[] = {"localhost", "*.example.test", "IP:192.0.2.1", "email:a@example.test",
                                    "URI:http://example.test/"};
static const char *const url[] = {"http://status.example.test/"};
static const char *const constraints[] = {"DNS:example.test", "IP:192.0.2.0/24", "email:example.test",
                                          "URI:.example.test"};

static const qtls_cert_request authority = {.role = QTLS_CERT_authority,
                                            .common_name = "Authority",
                                            .organization = "Example",
                                            .not_before = NOW - DAY,
                                            .not_after = NOW + 100 * DAY,
                                            .limit_path = true,
                                            .path_length = 1,
                                            .permitted = constraints,
                                            .permitted_count = 4,
                                            .excluded = constraints,
                                            .excluded_count = 4};
static const qtls_cert_request server = {.role = QTLS_CERT_both,
                                         .common_name = "Server",
                                         .names = names,
                                         .name_count = 5,
                                         .not_before = NOW - DAY,
                                         .not_after = NOW + 50 * DAY,
                                         .ocsp_urls = url,
                                         .ocsp_url_count = 1,
                                         .issuer_urls = url,
                                         .issuer_url_count = 1,
                                         .crl_urls = url,
                                         .crl_url_count = 1,
                                         .must_staple = true};

typedef struct made {
  qtls_key *key;
  char *root, *leaf, *responder, *csr;
  size_t root_n, leaf_n, responder_n, csr_n;
} made;

static void make(made *m, const char *kind) {
  qtls_cert_request ocsp = {
      .role = QTLS_CERT_ocsp, .common_name = "Responder", .not_before = NOW - DAY, .not_after = NOW + 10 * DAY};
  qtls_cert_request root = authority;
  assert_ok(qtls_key_generate(&m->key, kind));
  assert_ok(qtls_csr_make(&m->csr, &m->csr_n, &server, m->key));
  root.permitted_count = root.excluded_count = 0; /* it issues what they would forbid */
  assert_ok(qtls_cert_issue(&m->root, &m->root_n, &root, m->key, NULL, 0, NULL));
  assert_ok(qtls_cert_issue(&m->leaf, &m->leaf_n, &server, m->key, m->root, m->root_n, m->key));
  assert_ok(qtls_cert_issue(&m->responder, &m->responder_n, &ocsp, m->key, m->root, m->root_n, m->key));
}

static void drop(made *m) {
  qtls_key_free(m->key);
  qtls_pki_free(m->root);
  qtls_pki_free(m->leaf);
  qtls_pki_free(m->responder);
  qtls_pki_free(m->csr);
}

static const char *const kinds[] = {"p256", "mldsa65", "hybrid-p384-mldsa65"};

static void certificates_and_requests(void **state) {
  (void)state;
  for (size_t k = 0; k < 3; k++) {
    made m = {0};
    char *constrained = NULL;
    size_t n = 0;
    make(&m, kinds[k]);
    qtls_cert_request below = authority;
    below.path_length = 0;
    assert_ok(qtls_cert_issue(&constrained, &n, &below, m.key, m.root, m.root_n, m.key));
    try_pem("authority", read_cert, constrained, n);
    try_pem("certificate", read_cert, m.leaf, m.leaf_n);
    try_pem("responder", read_cert, m.responder, m.responder_n);
    try_pem("request", read_csr, m.csr, m.csr_n);
    qtls_pki_free(constrained);
    drop(&m);
  }
}

static void lists_and_responses(void **state) {
  static const uint8_t serial[] = {1, 2, 3};
  static const uint8_t nonce[32] = {1};
  (void)state;
  for (size_t k = 0; k < 3; k++) {
    made m = {0};
    uint8_t *der = NULL;
    size_t n = 0;
    qtls_cert *leaf = NULL;
    qtls_cert *root = NULL;
    qtls_ocsp_request *request = NULL;
    make(&m, kinds[k]);
    assert_ok(qtls_cert_load_pem(&leaf, NULL, m.leaf, m.leaf_n, 0));
    assert_ok(qtls_cert_load_pem(&root, NULL, m.root, m.root_n, 0));

    const qtls_revoked revoked[] = {{serial, 3, NOW - 5, QTLS_REASON_keyCompromise},
                                    {serial, 2, NOW - 4, QTLS_REASON_unspecified}};
    const qtls_crl_request list = {
        .number = 7, .this_update = NOW, .next_update = NOW + DAY, .revoked = revoked, .revoked_count = 2};
    assert_ok(qtls_crl_issue(&der, &n, &list, m.root, m.root_n, m.key));
    try_all("list", read_list, der, n);
    qtls_pki_free(der);

    assert_ok(qtls_ocsp_ask(&der, &n, leaf, root, nonce, sizeof nonce));
    try_all("question", read_request, der, n);
    assert_ok(qtls_ocsp_request_load(&request, der, n));
    qtls_pki_free(der);

    qtls_ocsp_answer answers[] = {
        {.state = QTLS_OCSP_good},
        {.state = QTLS_OCSP_unknown},
        {.state = QTLS_OCSP_revoked, .revoked_at = NOW - 5, .reason = QTLS_REASON_superseded}};
    for (size_t i = 0; i < 3; i++) {
      assert_true(qtls_ocsp_request_id(request, 0, &answers[i].id));
    }
    const qtls_ocsp_response_request answer = {.answers = answers,
                                               .answer_count = 3,
                                               .nonce = nonce,
                                               .nonce_size = sizeof nonce,
                                               .produced_at = NOW,
                                               .this_update = NOW,
                                               .next_update = NOW + DAY};
    assert_ok(qtls_ocsp_respond(&der, &n, &answer, m.responder, m.responder_n, m.key));
    try_all("response", read_response, der, n);
    qtls_pki_free(der);
    qtls_ocsp_request_free(request);
    qtls_cert_free(leaf);
    qtls_cert_free(root);
    drop(&m);
  }
}

static void keys(void **state) {
  static const char *const single[] = {"p256", "p384", "rsa2048", "ed25519", "mldsa65"};
  (void)state;
  for (size_t k = 0; k < Q_COUNT(single); k++) {
    qtls_key *key = NULL;
    char *pem = NULL;
    size_t n = 0;
    assert_ok(qtls_key_generate(&key, single[k]));
    assert_ok(qtls_key_write(key, &pem, &n));
    try_pem(single[k], read_key, pem, n);
    qtls_pki_free(pem);
    if (k == 0) {
      assert_ok(qtls_key_write_encrypted(key, &pem, &n, "phrase", 6));
      try_pem("encrypted", read_encrypted_key, pem, n);
      qtls_pki_free(pem);
    }
    qtls_key_free(key);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(certificates_and_requests),
      cmocka_unit_test(lists_and_responses),
      cmocka_unit_test(keys),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
