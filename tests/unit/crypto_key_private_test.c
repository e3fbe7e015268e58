/* Private keys: PKCS#8 written and read, and what is refused. */
#include <openssl/bytestring.h>
#include <openssl/ec_key.h>
#include <openssl/evp.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>

#include "crypto/sign.h"
#include "unit/unit.h"

static const q_key_type types[] = {Q_KEY_EC_P256,  Q_KEY_EC_P384,  Q_KEY_EC_P521,  Q_KEY_RSA,     Q_KEY_RSA_PSS,
                                   Q_KEY_ED25519,  Q_KEY_MLDSA44,  Q_KEY_MLDSA65,  Q_KEY_MLDSA87};
static const q_sig_alg algs[] = {Q_SIG_ECDSA_SHA256, Q_SIG_ECDSA_SHA384,   Q_SIG_ECDSA_SHA512,
                                 Q_SIG_RSA_PSS_SHA256, Q_SIG_RSA_PSS_SHA384, Q_SIG_ED25519,
                                 Q_SIG_MLDSA,        Q_SIG_MLDSA,          Q_SIG_MLDSA};

static qtls_err parse(const uint8_t *der, size_t n) {
  q_privkey *key = NULL;
  qtls_err err = q_crypto_privkey_from_pkcs8(&key, q_span_of(der, n));
  assert_int_equal(err == QTLS_OK, key != NULL);
  q_crypto_privkey_free(key);
  return err;
}

/* A signature by one is verified with the public half of the other. */
static void same_key(const q_privkey *a, const q_privkey *b, q_sig_alg alg) {
  uint8_t sig[Q_SIGNATURE_MAX], *der = NULL;
  size_t n = 0, der_n = 0;
  q_pubkey *public = NULL;
  assert_ok(q_crypto_privkey_to_spki(a, &der, &der_n));
  assert_ok(q_crypto_pubkey_from_spki(&public, q_span_of(der, der_n)));
  assert_ok(q_crypto_sign(b, sig, &n, sizeof sig, alg, unit_text("m")));
  assert_ok(q_crypto_verify(public, alg, unit_text("m"), q_span_of(sig, n)));
  q_crypto_pubkey_free(public);
  q_free(der);
}

static void each_kind_survives_writing(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(types); i++) {
    q_privkey *key = NULL, *back = NULL;
    uint8_t *der = NULL, *again = NULL;
    size_t n = 0, again_n = 0;
    assert_ok(q_crypto_privkey_generate(&key, types[i], 2048));
    assert_ok(q_crypto_privkey_to_pkcs8(key, &der, &n));
    assert_ok(q_crypto_privkey_from_pkcs8(&back, q_span_of(der, n)));
    assert_int_equal(q_crypto_privkey_type(back), types[i]);
    same_key(key, back, algs[i]);
    assert_ok(q_crypto_privkey_to_pkcs8(back, &again, &again_n));
    assert_int_equal(again_n, n);
    assert_memory_equal(again, der, n);
    for (size_t cut = 0; cut < n; cut++) {
      assert_err(parse(der, cut), QTLS_ERR_KEY_FORMAT);
    }
    uint8_t *longer = q_alloc(n + 1);
    memcpy(longer, der, n);
    assert_err(parse(longer, n + 1), QTLS_ERR_KEY_FORMAT);
    q_free(longer);
    q_free(der);
    q_free(again);
    q_crypto_privkey_free(key);
    q_crypto_privkey_free(back);
  }
}

static void generation_has_limits(void **state) {
  (void)state;
  q_privkey *key = NULL;
  assert_err(q_crypto_privkey_generate(&key, Q_KEY_RSA, 2047), QTLS_ERR_ARGUMENT);
  assert_err(q_crypto_privkey_generate(&key, Q_KEY_RSA, 0), QTLS_ERR_ARGUMENT);
  assert_err(q_crypto_privkey_generate(&key, Q_KEY_RSA, 8193), QTLS_ERR_ARGUMENT);
  assert_err(q_crypto_privkey_generate(&key, Q_KEY_NONE, 0), QTLS_ERR_ARGUMENT);
  assert_err(q_crypto_privkey_generate(&key, (q_key_type)99, 0), QTLS_ERR_ARGUMENT);
  assert_null(key);
  q_crypto_privkey_free(NULL);
  q_crypto_pubkey_free(NULL);
}

/* DER of a key made by AWS-LC alone. */
static size_t marshal(uint8_t *out, size_t cap, const EVP_PKEY *pkey) {
  CBB cbb;
  size_t n = 0;
  assert_int_equal(CBB_init_fixed(&cbb, out, cap), 1);
  assert_int_equal(EVP_marshal_private_key(&cbb, pkey), 1);
  assert_int_equal(CBB_finish(&cbb, NULL, &n), 1);
  return n;
}

static void short_rsa_keys_are_weak(void **state) {
  (void)state;
  static uint8_t der[2048];
  EVP_PKEY *pkey = NULL;
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
  assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
  assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 1024), 1);
  assert_int_equal(EVP_PKEY_keygen(ctx, &pkey), 1);
  assert_err(parse(der, marshal(der, sizeof der, pkey)), QTLS_ERR_CERT_WEAK);
  EVP_PKEY_free(pkey);
  EVP_PKEY_CTX_free(ctx);
}

static void other_curves_are_unsupported(void **state) {
  (void)state;
  static uint8_t der[512];
  EC_KEY *ec = EC_KEY_new_by_curve_name(NID_secp256k1);
  EVP_PKEY *pkey = EVP_PKEY_new();
  assert_int_equal(EC_KEY_generate_key(ec), 1);
  assert_int_equal(EVP_PKEY_assign_EC_KEY(pkey, ec), 1);
  assert_err(parse(der, marshal(der, sizeof der, pkey)), QTLS_ERR_KEY_UNSUPPORTED);
  EVP_PKEY_free(pkey);
}

/* The public point inside an EC key must be its own. */
static void halves_belong_together(void **state) {
  (void)state;
  q_privkey *a = NULL, *b = NULL;
  uint8_t *da = NULL, *db = NULL;
  size_t na = 0, nb = 0;
  assert_ok(q_crypto_privkey_generate(&a, Q_KEY_EC_P384, 0));
  assert_ok(q_crypto_privkey_generate(&b, Q_KEY_EC_P384, 0));
  assert_ok(q_crypto_privkey_to_pkcs8(a, &da, &na));
  assert_ok(q_crypto_privkey_to_pkcs8(b, &db, &nb));
  assert_int_equal(na, nb);
  memcpy(da + na - 96, db + nb - 96, 96);
  assert_err(parse(da, na), QTLS_ERR_KEY_FORMAT);
  q_free(da);
  q_free(db);
  q_crypto_privkey_free(a);
  q_crypto_privkey_free(b);
}

/* A PSS key bound to SHA-384: parameters in, parameters out, and respected. */
static void pss_parameters_are_kept_and_respected(void **state) {
  (void)state;
  static const char params[] =
      "303da00f300d06096086480165030402020500a11c301a06092a864886f70d010108300d06096086480165030402020500a203020130"
      "a303020101";
  static uint8_t der[2048], fixed_params[80];
  size_t params_n = unit_hex(fixed_params, sizeof fixed_params, params), n = 0;
  static const uint8_t oid[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a};
  EVP_PKEY *pkey = NULL;
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
  assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
  assert_int_equal(EVP_PKEY_keygen(ctx, &pkey), 1);
  CBB cbb, body, id, element, octets;
  params_n -= 5; /* the trailer is the default: DER leaves it out */
  fixed_params[1] = (uint8_t)(params_n - 2);
  CBB_init_fixed(&cbb, der, sizeof der);
  CBB_add_asn1(&cbb, &body, CBS_ASN1_SEQUENCE);
  CBB_add_asn1_uint64(&body, 0);
  CBB_add_asn1(&body, &id, CBS_ASN1_SEQUENCE);
  CBB_add_asn1(&id, &element, CBS_ASN1_OBJECT);
  CBB_add_bytes(&element, oid, sizeof oid);
  CBB_add_bytes(&id, fixed_params, params_n);
  CBB_add_asn1(&body, &octets, CBS_ASN1_OCTETSTRING);
  assert_int_equal(RSA_marshal_private_key(&octets, EVP_PKEY_get0_RSA(pkey)), 1);
  assert_int_equal(CBB_finish(&cbb, NULL, &n), 1);

  q_privkey *key = NULL;
  q_pubkey *public = NULL;
  uint8_t *again = NULL, *spki = NULL, sig[Q_SIGNATURE_MAX];
  size_t again_n = 0, spki_n = 0, sig_n = 0;
  assert_ok(q_crypto_privkey_from_pkcs8(&key, q_span_of(der, n)));
  assert_int_equal(q_crypto_privkey_type(key), Q_KEY_RSA_PSS);
  assert_ok(q_crypto_privkey_to_pkcs8(key, &again, &again_n));
  assert_int_equal(again_n, n);
  assert_memory_equal(again, der, n);
  assert_ok(q_crypto_privkey_to_spki(key, &spki, &spki_n));
  assert_ok(q_crypto_pubkey_from_spki(&public, q_span_of(spki, spki_n)));
  assert_int_equal(q_crypto_pubkey_type(public), Q_KEY_RSA_PSS);
  assert_err(q_crypto_sign(key, sig, &sig_n, sizeof sig, Q_SIG_RSA_PSS_SHA256, unit_text("m")), QTLS_ERR_CRYPTO);
  assert_ok(q_crypto_sign(key, sig, &sig_n, sizeof sig, Q_SIG_RSA_PSS_SHA384, unit_text("m")));
  assert_ok(q_crypto_verify(public, Q_SIG_RSA_PSS_SHA384, unit_text("m"), q_span_of(sig, sig_n)));
  assert_err(q_crypto_verify(public, Q_SIG_RSA_PSS_SHA256, unit_text("m"), q_span_of(sig, sig_n)),
             QTLS_ERR_SIG_CLASSICAL);
  q_free(again);
  q_free(spki);
  q_crypto_pubkey_free(public);
  q_crypto_privkey_free(key);
  EVP_PKEY_free(pkey);
  EVP_PKEY_CTX_free(ctx);
}

/* RFC 8446 §4.2.3: the salt is as long as the hash; AWS-LC signs with another. */
static void other_salt_lengths_are_refused(void **state) {
  (void)state;
  static const int salts[] = {0, 20, 31, 32, 33};
  static uint8_t der[2048];
  EVP_PKEY *pkey = NULL;
  EVP_PKEY_CTX *make = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
  assert_int_equal(EVP_PKEY_keygen_init(make), 1);
  assert_int_equal(EVP_PKEY_keygen(make, &pkey), 1);
  CBB cbb;
  size_t n = 0;
  CBB_init_fixed(&cbb, der, sizeof der);
  assert_int_equal(EVP_marshal_public_key(&cbb, pkey), 1);
  assert_int_equal(CBB_finish(&cbb, NULL, &n), 1);
  q_pubkey *public = NULL;
  assert_ok(q_crypto_pubkey_from_spki(&public, q_span_of(der, n)));
  for (size_t i = 0; i < Q_COUNT(salts); i++) {
    uint8_t sig[256];
    size_t sig_n = sizeof sig;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pctx = NULL;
    assert_int_equal(EVP_DigestSignInit(ctx, &pctx, EVP_sha256(), NULL, pkey), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, salts[i]), 1);
    assert_int_equal(EVP_DigestSign(ctx, sig, &sig_n, (const uint8_t *)"m", 1), 1);
    assert_err(q_crypto_verify(public, Q_SIG_RSA_PSS_SHA256, unit_text("m"), q_span_of(sig, sig_n)),
               salts[i] == 32 ? QTLS_OK : QTLS_ERR_SIG_CLASSICAL);
    EVP_MD_CTX_free(ctx);
  }
  q_crypto_pubkey_free(public);
  EVP_PKEY_free(pkey);
  EVP_PKEY_CTX_free(make);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_kind_survives_writing),
      cmocka_unit_test(generation_has_limits),
      cmocka_unit_test(short_rsa_keys_are_weak),
      cmocka_unit_test(other_curves_are_unsupported),
      cmocka_unit_test(halves_belong_together),
      cmocka_unit_test(pss_parameters_are_kept_and_respected),
      cmocka_unit_test(other_salt_lengths_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
