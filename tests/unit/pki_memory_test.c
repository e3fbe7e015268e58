/* Memory that runs out: at whatever allocation, an error and never a good verdict. */
#include <stdlib.h>

#include "pki/ocsp.h"
#include "support/scarce.h"
#include "support/status_fixture.h"
#include "unit/unit.h"

static pki *good;

static int set_up(void **state) {
  (void)state;
  scarce_begin();
  good = pki_make("hybrid-p384-mldsa65", NULL);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  pki_free(good);
  scarce_end();
  return 0;
}

static qtls_err load_identity(void) {
  q_identity *id = NULL;
  size_t line = 0;
  qtls_err err = q_pki_identity_load(&id, &line, q_span_of(good->chain_pem, good->chain_pem_n),
                                     q_span_of(good->key_pem, good->key_pem_n));
  q_pki_identity_free(id);
  return err;
}

static q_trust *trust;

static qtls_err verify(void) {
  q_span chain[2] = {pki_der(&good->node[PKI_LEAF]), pki_der(&good->node[PKI_INTERMEDIATE])};
  q_pki_request req = {.trust = trust,
                       .chain = chain,
                       .chain_count = 2,
                       .now = PKI_NOW,
                       .purpose = Q_PKI_SERVER,
                       .need = Q_PKI_NEED_BOTH};
  q_pki_verdict v;
  qtls_err err = q_pki_verify(&v, &req);
  assert_true(err == QTLS_OK || v.primary != QTLS_OK || v.alternative != QTLS_OK);
  q_pki_verdict_free(&v);
  return err;
}

static status_bytes staple;
static status_bytes list;

/* A staple by a responder, and a list, both of which have to be read and verified. */
static qtls_err verify_status(void) {
  q_span chain[2] = {pki_der(&good->node[PKI_LEAF]), pki_der(&good->node[PKI_INTERMEDIATE])};
  q_crl_store *store = NULL;
  size_t line = 0;
  Q_TRY(q_pki_crl_store_new(&store));
  qtls_err err = q_pki_crl_store_add(store, &line, status_span(list));
  if (err == QTLS_OK) {
    q_status_evidence e[2] = {{0, false, status_span(staple), true}, {0, true, status_span(list), false}};
    q_revocation r = {.mode = Q_REVOCATION_HARD, .lists = store, .evidence = e, .evidence_count = 2};
    q_pki_request req = {.trust = trust,
                         .chain = chain,
                         .chain_count = 2,
                         .now = PKI_NOW,
                         .purpose = Q_PKI_SERVER,
                         .need = Q_PKI_NEED_BOTH,
                         .revocation = &r};
    q_pki_verdict v;
    err = q_pki_verify(&v, &req);
    assert_true(err == QTLS_OK || v.primary != QTLS_OK || v.alternative != QTLS_OK);
    q_pki_verdict_free(&v);
  }
  q_pki_crl_store_free(store);
  return err;
}

static qtls_err make_list(void) {
  const pki_node *root = &good->node[PKI_ROOT];
  qtls_revoked one = {(const uint8_t *)"\x05", 1, PKI_NOW, QTLS_REASON_superseded};
  qtls_crl_request r = {.next_update = 1, .revoked = &one, .revoked_count = 1};
  uint8_t *der = NULL;
  size_t n = 0;
  q_key_pair keys = {root->key, root->alt_key};
  qtls_err err = q_pki_crl_issue(&der, &n, &r, &root->cert, keys);
  assert_true((err == QTLS_OK) == (der != NULL));
  q_free(der);
  return err;
}

static qtls_err make_answer(void) {
  const pki_node *root = &good->node[PKI_ROOT];
  qtls_ocsp_answer one = {
      .id = {.hash = "SHA-1", .hash_size = 20, .serial = (const uint8_t *)"\x05", .serial_size = 1}};
  qtls_ocsp_response_request r = {.answers = &one, .answer_count = 1, .next_update = 1};
  uint8_t *der = NULL;
  uint8_t *request = NULL;
  size_t n = 0;
  q_key_pair keys = {root->key, root->alt_key};
  Q_TRY(q_pki_ocsp_ask(&request, &n, &good->node[PKI_INTERMEDIATE].cert, &root->cert, q_span_of("123", 3)));
  q_free(request);
  qtls_err err = q_pki_ocsp_respond(&der, &n, &r, &root->cert, keys);
  assert_true((err == QTLS_OK) == (der != NULL));
  q_free(der);
  return err;
}

static qtls_err build_trust(void) {
  q_trust *t = NULL;
  size_t line = 0;
  Q_TRY(q_pki_trust_new(&t));
  qtls_err err = q_pki_trust_add(t, &line, q_span_of(good->trust_pem, good->trust_pem_n));
  assert_true((err == QTLS_OK) == (q_pki_trust_count(t) == 1));
  q_pki_trust_free(t);
  return err;
}

static qtls_err issue(void) {
  const pki_node *root = &good->node[PKI_ROOT];
  uint8_t *name = NULL;
  uint8_t *der = NULL;
  size_t n = 0;
  Q_TRY(q_pki_issue_name(&name, &n, "Org", "CN"));
  q_issue w = {.subject = {name, n},
               .issuer = root->cert.subject,
               .spki = root->cert.spki,
               .alt_spki = root->cert.alt_spki,
               .not_after = PKI_NOW,
               .key = root->key,
               .alt_key = root->alt_key};
  qtls_err err = q_pki_issue(&der, &n, &w);
  q_free(name);
  q_free(der);
  return err;
}

static void identity_loading(void **state) {
  (void)state;
  scarce_exhaust(load_identity);
}

static void verification(void **state) {
  (void)state;
  trust = pki_trust(good);
  scarce_exhaust(verify);
  q_pki_trust_free(trust);
}

static void trust_store(void **state) {
  (void)state;
  scarce_exhaust(build_trust);
}

static void issuing(void **state) {
  (void)state;
  scarce_exhaust(issue);
}

static void status(void **state) {
  (void)state;
  const pki_node *issuer = &good->node[PKI_INTERMEDIATE];
  const pki_node *keys = &good->node[PKI_ROOT];
  uint8_t single[512];
  status_answer a = {.cert = &good->node[PKI_LEAF].cert,
                     .issuer = &issuer->cert,
                     .reason = -1,
                     .this_update = PKI_NOW,
                     .next_update = PKI_NOW + 1};
  pki_node responder = status_responder(issuer, keys->key, keys->alt_key, NULL);
  status_signer by = {.node = &responder};
  status_ocsp_parts parts = {.answers = q_span_of(single, status_single(single, &a)), .certs = pki_der(&responder)};
  staple = status_ocsp(&by, &parts);
  by = (status_signer){.node = issuer};
  uint8_t entry[128];
  uint8_t entries[160];
  size_t n = status_entry(entry, q_span_of("\x05", 1), PKI_NOW, 1);
  status_crl_parts with_entry = {.revoked = q_span_of(entries, status_sequence(entries, q_span_of(entry, n)))};
  list = status_crl(&by, &with_entry);
  trust = pki_trust(good);
  scarce_exhaust(verify_status);
  scarce_exhaust(make_list);
  scarce_exhaust(make_answer);
  q_pki_trust_free(trust);
  q_free(responder.der);
  q_free(staple.der);
  q_free(list.der);
}

/* Nothing of a list is verified when it is read: whatever its entries are, memory is
 * asked for in proportion to what came. */
static void lists_in_proportion(void **state) {
  (void)state;
  enum { COUNT = 500 };
  static uint8_t entries[COUNT * 20];
  static uint8_t revoked[sizeof entries + 8];
  uint8_t sound[128];
  const status_signer by = {.node = &good->node[PKI_INTERMEDIATE]};
  const struct {
    const uint8_t *entry;
    size_t n;
    qtls_err expected;
  } rows[] = {{(const uint8_t *)"\x30\x00", 2, QTLS_ERR_CRL_PARSE},
              {(const uint8_t *)"\x30\x11\x02\x01\x05\x17\x0C"
                                "123456789012",
               19, QTLS_ERR_CRL_PARSE},
              {(const uint8_t *)"\x30\x12\x02\x01\x05\x17\x0D"
                                "not any time.",
               20, QTLS_ERR_CRL_PARSE},
              {sound, status_entry(sound, q_span_of("\x05", 1), PKI_NOW, -1), QTLS_OK}};
  assert_int_equal(rows[3].n, 20);
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    for (size_t at = 0; at < COUNT; at++) {
      memcpy(entries + at * rows[i].n, rows[i].entry, rows[i].n);
    }
    const size_t n = status_sequence(revoked, q_span_of(entries, COUNT * rows[i].n));
    const status_crl_parts parts = {.revoked = q_span_of(revoked, n)};
    status_bytes b = status_crl(&by, &parts);
    q_crl crl;
    scarce_asked = 0;
    assert_err(q_pki_crl_parse(&crl, status_span(b)), rows[i].expected);
    print_message("%zu bytes of list, %zu asked for\n", b.n, scarce_asked);
    assert_true(scarce_asked <= 2 * b.n);
    q_pki_crl_free(&crl);
    q_free(b.der);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(identity_loading), cmocka_unit_test(verification),
                                     cmocka_unit_test(trust_store),      cmocka_unit_test(issuing),
                                     cmocka_unit_test(status),           cmocka_unit_test(lists_in_proportion)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
