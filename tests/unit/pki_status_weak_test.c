/* Lists and responses whose signatures are right, and made with SHA-1: they count
 * for nothing. The same procedure with SHA-256 makes ones that count. */
#include <openssl/evp.h>

#include "pki/link.h"
#include "pki/ocsp.h"
#include "support/status_fixture.h"
#include "unit/unit.h"

/* AlgorithmIdentifiers: sha1WithRSAEncryption, sha256WithRSAEncryption. */
static const uint8_t sha1_rsa[] = {0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86,
                                   0xF7, 0x0D, 0x01, 0x01, 0x05, 0x05, 0x00};
static const uint8_t sha256_rsa[] = {0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86,
                                     0xF7, 0x0D, 0x01, 0x01, 0x0B, 0x05, 0x00};

static pki *p;
static q_pubkey *key;

static int set_up(void **state) {
  (void)state;
  p = pki_make("rsa2048", NULL);
  return q_pki_link_key(&key, p->node[PKI_INTERMEDIATE].cert.spki) == QTLS_OK ? 0 : -1;
}

static int tear_down(void **state) {
  (void)state;
  q_crypto_pubkey_free(key);
  pki_free(p);
  return 0;
}

/* The issuer's signature over `what`. */
static size_t sign(uint8_t *out, size_t cap, q_span what, const EVP_MD *hash) {
  uint8_t *pkcs8 = NULL;
  size_t n = 0;
  assert_ok(q_crypto_privkey_to_pkcs8(p->node[PKI_INTERMEDIATE].key, &pkcs8, &n));
  CBS in;
  CBS_init(&in, pkcs8, n);
  EVP_PKEY *private = EVP_parse_private_key(&in);
  EVP_MD_CTX *ctx = EVP_MD_CTX_new();
  assert_non_null(private);
  assert_int_equal(EVP_DigestSignInit(ctx, NULL, hash, NULL, private), 1);
  assert_int_equal(EVP_DigestSign(ctx, out, &cap, what.p, what.n), 1);
  EVP_MD_CTX_free(ctx);
  EVP_PKEY_free(private);
  q_free(pkcs8);
  return cap;
}

/* SEQUENCE { what, algorithm, signature }. */
static status_bytes wrap(q_span what, q_span algorithm, const EVP_MD *hash) {
  uint8_t signature[256];
  size_t signature_n = sign(signature, sizeof signature, what, hash);
  status_bytes out = {q_alloc(what.n + 512), 0};
  CBB cbb;
  CBB seq;
  CBB bits;
  assert_true(CBB_init_fixed(&cbb, out.der, what.n + 512) && CBB_add_asn1(&cbb, &seq, CBS_ASN1_SEQUENCE) &&
              CBB_add_bytes(&seq, what.p, what.n) && CBB_add_bytes(&seq, algorithm.p, algorithm.n) &&
              CBB_add_asn1(&seq, &bits, CBS_ASN1_BITSTRING) && CBB_add_u8(&bits, 0) &&
              CBB_add_bytes(&bits, signature, signature_n) && CBB_finish(&cbb, NULL, &out.n));
  return out;
}

/* The first element of a SEQUENCE. */
static q_span first_of(q_span der) {
  CBS in = q_pki_cbs_of(der);
  CBS seq;
  CBS element;
  assert_true(CBS_get_asn1(&in, &seq, CBS_ASN1_SEQUENCE) && CBS_get_asn1_element(&seq, &element, CBS_ASN1_SEQUENCE));
  return q_pki_span_of(&element);
}

static const struct {
  q_span algorithm;
  bool weak;
} rows[] = {{{sha256_rsa, sizeof sha256_rsa}, false}, {{sha1_rsa, sizeof sha1_rsa}, true}};

static void lists(void **state) {
  (void)state;
  q_dual_signer signer = {&p->node[PKI_INTERMEDIATE].cert, key, NULL};
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    status_signer by = {.node = &p->node[PKI_INTERMEDIATE]};
    status_crl_parts parts = {.algorithm = rows[i].algorithm};
    status_bytes list = status_crl(&by, &parts);
    status_bytes signed_anew =
        wrap(first_of(status_span(list)), rows[i].algorithm, rows[i].weak ? EVP_sha1() : EVP_sha256());
    q_crl crl;
    qtls_status_result r;
    assert_ok(q_pki_crl_parse(&crl, status_span(signed_anew)));
    assert_ok(q_pki_crl_judge(&r, &crl, &p->node[PKI_LEAF].cert, &signer, false, PKI_NOW));
    assert_err(r.verdict, rows[i].weak ? QTLS_ERR_CRL_SIGNATURE : QTLS_OK);
    q_pki_crl_free(&crl);
    q_free(list.der);
    q_free(signed_anew.der);
  }
}

/* An OCSPResponse around a BasicOCSPResponse. */
static status_bytes successful(q_span basic) {
  q_span type = q_pki_oid_bytes(Q_OID_OCSP_BASIC);
  const CBS_ASN1_TAG explicit_ = CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 0;
  status_bytes out = {q_alloc(basic.n + 64), 0};
  CBB cbb;
  CBB response;
  CBB wrapper;
  CBB bytes;
  CBB field;
  assert_true(CBB_init_fixed(&cbb, out.der, basic.n + 64) && CBB_add_asn1(&cbb, &response, CBS_ASN1_SEQUENCE) &&
              CBB_add_asn1(&response, &field, CBS_ASN1_ENUMERATED) && CBB_add_u8(&field, 0) &&
              CBB_add_asn1(&response, &wrapper, explicit_) && CBB_add_asn1(&wrapper, &bytes, CBS_ASN1_SEQUENCE) &&
              CBB_add_asn1(&bytes, &field, CBS_ASN1_OBJECT) && CBB_add_bytes(&field, type.p, type.n) &&
              CBB_add_asn1_octet_string(&bytes, basic.p, basic.n) && CBB_finish(&cbb, NULL, &out.n));
  return out;
}

static void responses(void **state) {
  (void)state;
  const pki_node *issuer = &p->node[PKI_INTERMEDIATE];
  q_dual_signer signer = {&issuer->cert, key, NULL};
  uint8_t single[512];
  status_answer a = {.cert = &p->node[PKI_LEAF].cert,
                     .issuer = &issuer->cert,
                     .reason = -1,
                     .this_update = PKI_NOW,
                     .next_update = PKI_NOW + 1};
  status_ocsp_parts parts = {.answers = q_span_of(single, status_single(single, &a))};
  status_signer by = {.node = issuer};
  status_bytes sound = status_ocsp(&by, &parts);
  q_ocsp_response read;
  assert_ok(q_pki_ocsp_response_read(&read, status_span(sound)));
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    status_bytes basic = wrap(read.dual.covered, rows[i].algorithm, rows[i].weak ? EVP_sha1() : EVP_sha256());
    status_bytes whole = successful(status_span(basic));
    qtls_status_result r;
    const q_ocsp_terms terms = {.now = PKI_NOW};
    assert_ok(q_pki_ocsp_judge(&r, status_span(whole), &p->node[PKI_LEAF].cert, &signer, &terms));
    assert_err(r.verdict, rows[i].weak ? QTLS_ERR_OCSP_SIGNATURE : QTLS_OK);
    q_free(basic.der);
    q_free(whole.der);
  }
  q_free(sound.der);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(lists), cmocka_unit_test(responses)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
