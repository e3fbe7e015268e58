/* Certificate transparency: logs of the test's own vouch for leaves, in them and
 * beside them; and everything that is not to count does not. */
#include "pki/sct.h"

#include "base/writer.h"
#include "crypto/hash.h"
#include "pki/oid.h"
#include "support/pki_edit.h"
#include "unit/unit.h"

enum { LOGS = 3 };

static struct {
  q_privkey *key;
  uint8_t *spki;
  size_t spki_n;
} logs[LOGS]; /* ECDSA, ECDSA, RSA */

static pki *base;
static q_ct_logs *known;

static int set_up(void **state) {
  (void)state;
  static const q_key_type types[LOGS] = {Q_KEY_EC_P256, Q_KEY_EC_P256, Q_KEY_RSA};
  static const char *const names[LOGS] = {"argon", "xenon", "krypton"};
  base = pki_make("p256", NULL);
  for (size_t i = 0; i < LOGS; i++) {
    pki_must(q_crypto_privkey_generate(&logs[i].key, types[i], 2048), "log");
    pki_must(q_crypto_privkey_to_spki(logs[i].key, &logs[i].spki, &logs[i].spki_n), "log");
    pki_must(q_pki_ct_logs_add(&known, names[i], q_span_of(logs[i].spki, logs[i].spki_n)), "log");
  }
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  for (size_t i = 0; i < LOGS; i++) {
    q_crypto_privkey_free(logs[i].key);
    q_free(logs[i].spki);
  }
  q_pki_ct_logs_free(known);
  pki_free(base);
  return 0;
}

/* What of a timestamp is not as it should be. */
typedef struct fault {
  uint8_t version;
  bool wrong_issuer;    /* another authority's key hash was signed */
  bool wrong_entry;     /* signed as the other kind of entry */
  bool extra;           /* extensions that were not signed */
  uint8_t hash, kind;   /* 0: the right ones */
  bool flip;            /* in the signature */
  bool trailing;        /* a byte more */
} fault;

static const q_cert *leaf(void) { return &base->node[PKI_LEAF].cert; }
static const q_cert *issuer(void) { return &base->node[PKI_INTERMEDIATE].cert; }

/* A SerializedSCT with its length, by log `i`. */
static void write_timestamp(q_writer *w, size_t i, const q_cert *about, bool precert, int64_t when, fault f) {
  uint8_t id[Q_HASH_MAX], sig[512];
  uint8_t *message = NULL;
  size_t n = 0, sig_n = 0;
  bool rsa = q_crypto_privkey_type(logs[i].key) == Q_KEY_RSA;
  const uint64_t milliseconds = (uint64_t)when * 1000 + 999;
  const q_cert *by = f.wrong_issuer ? &base->node[PKI_ROOT].cert : issuer();
  q_crypto_hash_once(Q_HASH_SHA256, id, q_span_of(logs[i].spki, logs[i].spki_n));
  assert_ok(q_pki_sct_signed(&message, &n, about, by, precert != f.wrong_entry, milliseconds, q_span_of(NULL, 0)));
  assert_ok(q_crypto_sign(logs[i].key, sig, &sig_n, sizeof sig, rsa ? Q_SIG_RSA_PKCS1_SHA256 : Q_SIG_ECDSA_SHA256,
                          q_span_of(message, n)));
  q_free(message);
  sig[sig_n - 1] ^= f.flip ? 1 : 0;
  q_mark mark = q_write_open(w, 2);
  q_write_u8(w, f.version);
  q_write_bytes(w, q_span_of(id, 32));
  q_write_u64(w, milliseconds);
  q_write_vec(w, 2, q_span_of("x", f.extra ? 1 : 0));
  q_write_u8(w, f.hash != 0 ? f.hash : 4);
  q_write_u8(w, f.kind != 0 ? f.kind : rsa ? 1 : 3);
  q_write_vec(w, 2, q_span_of(sig, sig_n));
  if (f.trailing) {
    q_write_u8(w, 0);
  }
  q_write_close(w, mark);
}

/* A list beside the leaf by the logs whose bits are set. */
static q_span beside(uint8_t *out, size_t cap, unsigned which, int64_t when, fault f) {
  q_writer w;
  size_t n = 0;
  q_writer_init(&w, out, cap);
  q_mark mark = q_write_open(&w, 2);
  for (size_t i = 0; i < LOGS; i++) {
    if ((which >> i & 1) != 0) {
      write_timestamp(&w, i, leaf(), false, when, f);
    }
  }
  q_write_close(&w, mark);
  assert_ok(q_writer_end(&w, &n));
  return q_span_of(out, n);
}

static void expect(unsigned least, const q_cert *about, q_span list, size_t count, qtls_err expected) {
  q_sct_found found = {.count = 99};
  assert_err(q_pki_sct_check(&found, known, least, about, issuer(), list, PKI_NOW), expected);
  assert_int_equal(found.count, count);
}

static void in_the_handshake(void **state) {
  (void)state;
  uint8_t list[4096];
  const fault none = {0};
  q_span all = beside(list, sizeof list, 7, PKI_NOW - 100, none);
  expect(1, leaf(), all, 1, QTLS_OK);
  expect(3, leaf(), all, 3, QTLS_OK);
  expect(4, leaf(), all, 3, QTLS_ERR_CERT_SCT);
  expect(0, leaf(), q_span_of(NULL, 0), 0, QTLS_OK);
  expect(1, leaf(), q_span_of(NULL, 0), 0, QTLS_ERR_CERT_SCT);
  expect(1, issuer(), all, 0, QTLS_ERR_CERT_SCT); /* about another certificate */
  q_sct_found found;
  assert_ok(q_pki_sct_check(&found, known, 2, leaf(), issuer(), beside(list, sizeof list, 5, 1, none), PKI_NOW));
  assert_string_equal(found.names[0], "krypton");
  assert_string_equal(found.names[1], "argon");
}

/* The same log twice is one log. */
static void different_logs(void **state) {
  (void)state;
  uint8_t list[4096];
  q_writer w;
  size_t n = 0;
  q_writer_init(&w, list, sizeof list);
  q_mark mark = q_write_open(&w, 2);
  write_timestamp(&w, 0, leaf(), false, PKI_NOW - 5, (fault){0});
  write_timestamp(&w, 0, leaf(), false, PKI_NOW - 4, (fault){0});
  q_write_close(&w, mark);
  assert_ok(q_writer_end(&w, &n));
  expect(2, leaf(), q_span_of(list, n), 1, QTLS_ERR_CERT_SCT);
  /* Nor is it two when it is made known twice. */
  assert_ok(q_pki_ct_logs_add(&known, "again", q_span_of(logs[0].spki, logs[0].spki_n)));
  expect(2, leaf(), q_span_of(list, n), 1, QTLS_ERR_CERT_SCT);
}

static void faults(void **state) {
  (void)state;
  static const fault wrong[] = {{.version = 1},   {.wrong_entry = true}, {.extra = true}, {.hash = 5}, {.kind = 2},
                                {.kind = 7},      {.flip = true},        {.trailing = true}};
  uint8_t list[4096];
  for (size_t i = 0; i < Q_COUNT(wrong); i++) {
    expect(1, leaf(), beside(list, sizeof list, 7, PKI_NOW, wrong[i]), 0, QTLS_ERR_CERT_SCT);
  }
  expect(1, leaf(), beside(list, sizeof list, 1, PKI_NOW, (fault){0}), 1, QTLS_OK); /* of this second */
  expect(1, leaf(), beside(list, sizeof list, 7, PKI_NOW + 1, (fault){0}), 0, QTLS_ERR_CERT_SCT);
  /* One bad timestamp does not spoil the others. */
  q_writer w;
  size_t n = 0;
  q_writer_init(&w, list, sizeof list);
  q_mark mark = q_write_open(&w, 2);
  write_timestamp(&w, 0, leaf(), false, PKI_NOW, (fault){.version = 1});
  write_timestamp(&w, 1, leaf(), false, PKI_NOW, (fault){0});
  q_write_close(&w, mark);
  assert_ok(q_writer_end(&w, &n));
  expect(1, leaf(), q_span_of(list, n), 1, QTLS_OK);
  /* A log that nobody knows vouches for nothing. */
  q_sct_found found;
  q_span all = beside(list, sizeof list, 7, PKI_NOW, (fault){0});
  assert_err(q_pki_sct_check(&found, NULL, 1, leaf(), issuer(), all, PKI_NOW), QTLS_ERR_CERT_SCT);
  assert_err(q_pki_sct_check(&found, known, 1, leaf(), issuer(), all, -1), QTLS_ERR_CERT_SCT);
}

/* Every cut list holds nothing, however it is cut. */
static void cuts(void **state) {
  (void)state;
  uint8_t list[4096];
  q_span all = beside(list, sizeof list, 1, PKI_NOW, (fault){0});
  for (size_t n = 0; n < all.n; n++) {
    uint8_t *copy = q_alloc(n + 1);
    memcpy(copy, all.p, n);
    expect(1, leaf(), q_span_of(copy, n), 0, QTLS_ERR_CERT_SCT);
    q_free(copy);
  }
  for (size_t bit = 0; bit < 8 * all.n; bit++) {
    list[bit / 8] ^= (uint8_t)(1U << bit % 8);
    expect(1, leaf(), all, 0, QTLS_ERR_CERT_SCT);
    list[bit / 8] ^= (uint8_t)(1U << bit % 8);
  }
  list[all.n] = 0;
  expect(1, leaf(), q_span_of(list, all.n + 1), 0, QTLS_ERR_CERT_SCT);
}

/* A leaf that was logged before it was issued: the timestamps go into it. */
static pki_node embed(const pki *p, pki_level level, unsigned which, fault f) {
  static uint8_t value[4096];
  pki_node node = {0};
  q_writer w;
  size_t n = 0;
  q_writer_init(&w, value, sizeof value);
  q_mark mark = q_write_open(&w, 2);
  for (size_t i = 0; i < LOGS; i++) {
    if ((which >> i & 1) != 0) {
      /* What is signed is the leaf without the extension: add an empty one, so that it can be left out. */
      pki_node draft = {0};
      pki_replace(&draft, pki_der(&p->node[level]));
      pki_edit_extension(&draft, &p->node[level - 1],
                         (pki_edit){.kind = PKI_EDIT_ADD, .oid = Q_OID_SCT_LIST, .value = q_span_of("\x04\x00", 2)});
      write_timestamp(&w, i, &draft.cert, true, PKI_NOW - 60, f);
      q_free(draft.der);
    }
  }
  q_write_close(&w, mark);
  assert_ok(q_writer_end(&w, &n));
  static uint8_t octets[4200];
  octets[0] = 0x04;
  octets[1] = 0x82;
  octets[2] = (uint8_t)(n >> 8);
  octets[3] = (uint8_t)n;
  memcpy(octets + 4, value, n);
  assert_true(n > 255);
  pki_replace(&node, pki_der(&p->node[level]));
  pki_edit_extension(&node, &p->node[level - 1],
                     (pki_edit){.kind = PKI_EDIT_ADD, .oid = Q_OID_SCT_LIST, .value = q_span_of(octets, n + 4)});
  assert_true(node.cert.sct_list.n == n);
  return node;
}

static void in_the_leaf(void **state) {
  (void)state;
  const q_span nothing = {NULL, 0};
  pki_node good = embed(base, PKI_LEAF, 7, (fault){0});
  expect(3, &good.cert, nothing, 3, QTLS_OK);
  expect(4, &good.cert, nothing, 3, QTLS_ERR_CERT_SCT);
  /* Logs that vouch in both places count once. */
  q_free(good.der);
  pki_node other = embed(base, PKI_LEAF, 7, (fault){.wrong_issuer = true});
  expect(1, &other.cert, nothing, 0, QTLS_ERR_CERT_SCT);
  q_free(other.der);
  other = embed(base, PKI_LEAF, 7, (fault){.wrong_entry = true});
  expect(1, &other.cert, nothing, 0, QTLS_ERR_CERT_SCT);
  /* In the leaf and not beside it: the entry is another. */
  good = embed(base, PKI_LEAF, 7, (fault){0});
  expect(1, leaf(), good.cert.sct_list, 0, QTLS_ERR_CERT_SCT);
  q_free(good.der);
  q_free(other.der);
}

static void logs_known(void **state) {
  (void)state;
  q_ct_logs *list = NULL;
  pki *p384 = pki_make("p384", NULL);
  assert_err(q_pki_ct_logs_add(&list, "x", p384->node[PKI_ROOT].cert.spki), QTLS_ERR_KEY_UNSUPPORTED);
  assert_err(q_pki_ct_logs_add(&list, "x", unit_text("words")), QTLS_ERR_PEM);
  assert_err(q_pki_ct_logs_add(&list, "x", q_span_of("\x30\x00", 2)), QTLS_ERR_KEY_FORMAT);
  assert_err(q_pki_ct_logs_add(&list, "x", unit_text("-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n")),
             QTLS_ERR_KEY_FORMAT);
  assert_null(list);
  /* Lists share their ends, and end one by one. */
  q_ct_logs *longer = q_pki_ct_logs_ref(known);
  pki *fresh = pki_make("p256", NULL);
  assert_ok(q_pki_ct_logs_add(&longer, "new", fresh->node[PKI_ROOT].cert.spki));
  assert_true(longer != known);
  q_pki_ct_logs_free(longer);
  uint8_t bytes[4096];
  expect(1, leaf(), beside(bytes, sizeof bytes, 1, PKI_NOW, (fault){0}), 1, QTLS_OK);
  q_pki_ct_logs_free(NULL);
  pki_free(fresh);
  pki_free(p384);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(in_the_handshake), cmocka_unit_test(different_logs),
                                     cmocka_unit_test(faults),           cmocka_unit_test(cuts),
                                     cmocka_unit_test(in_the_leaf),      cmocka_unit_test(logs_known)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
