/* ML-DSA private keys in the three forms of RFC 9881 §6. */
#include <openssl/bytestring.h>

#include "crypto/key_parts.h"
#include "crypto/sign.h"
#include "unit/unit.h"

typedef struct sample {
  q_privkey *key;
  const q_key_row *row;
  uint8_t seed[32];
  uint8_t expanded[4896];
  uint8_t public[2592];
  size_t public_n;
} sample;

static const q_key_type sets[] = {Q_KEY_MLDSA44, Q_KEY_MLDSA65, Q_KEY_MLDSA87};
static sample samples[3];
static uint8_t der[8192];

/* The seed 00 01 ... 1f, as in the examples of RFC 9881. */
static int make(void **state) {
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    sample *s = &samples[i];
    s->row = q_crypto_key_row(sets[i]);
    for (uint8_t k = 0; k < 32; k++) {
      s->seed[k] = k;
    }
    EVP_PKEY *pkey = EVP_PKEY_pqdsa_new_raw_private_key(s->row->nid, s->seed, 32);
    size_t n = sizeof s->expanded;
    assert_non_null(pkey);
    assert_int_equal(EVP_PKEY_get_raw_private_key(pkey, s->expanded, &n), 1);
    assert_int_equal(n, s->row->expanded_n);
    s->public_n = sizeof s->public;
    assert_int_equal(EVP_PKEY_get_raw_public_key(pkey, s->public, &s->public_n), 1);
    assert_ok(q_crypto_privkey_wrap(&s->key, sets[i], pkey));
  }
  return 0;
}

static int unmake(void **state) {
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    q_crypto_privkey_free(samples[i].key);
  }
  return 0;
}

/* PrivateKeyInfo around `inner`, of version 1 with `public` when there is one. */
static size_t wrap(const q_key_row *row, const uint8_t *inner, size_t inner_n, q_span public) {
  CBB cbb, body, id, oid, octets, bits;
  size_t n = 0;
  CBB_init_fixed(&cbb, der, sizeof der);
  CBB_add_asn1(&cbb, &body, CBS_ASN1_SEQUENCE);
  CBB_add_asn1_uint64(&body, public.n > 0 ? 1 : 0);
  CBB_add_asn1(&body, &id, CBS_ASN1_SEQUENCE);
  CBB_add_asn1(&id, &oid, CBS_ASN1_OBJECT);
  CBB_add_bytes(&oid, row->oid, row->oid_n);
  CBB_add_asn1(&body, &octets, CBS_ASN1_OCTETSTRING);
  CBB_add_bytes(&octets, inner, inner_n);
  if (public.n > 0) {
    CBB_add_asn1(&body, &bits, CBS_ASN1_CONTEXT_SPECIFIC | 1);
    CBB_add_u8(&bits, 0);
    CBB_add_bytes(&bits, public.p, public.n);
  }
  assert_int_equal(CBB_finish(&cbb, NULL, &n), 1);
  return n;
}

/* An element with a tag of one byte. */
static size_t element(uint8_t *out, size_t cap, unsigned tag, const uint8_t *in, size_t in_n) {
  CBB cbb, child;
  size_t n = 0;
  CBB_init_fixed(&cbb, out, cap);
  CBB_add_asn1(&cbb, &child, tag);
  CBB_add_bytes(&child, in, in_n);
  assert_int_equal(CBB_finish(&cbb, NULL, &n), 1);
  return n;
}

static size_t seed_form(const sample *s, size_t seed_n) {
  uint8_t inner[80], seed[40] = {0};
  memcpy(seed, s->seed, 32);
  return wrap(s->row, inner, element(inner, sizeof inner, CBS_ASN1_CONTEXT_SPECIFIC | 0, seed, seed_n),
              q_span_of(NULL, 0));
}

static size_t expanded_form(const sample *s, size_t expanded_n) {
  static uint8_t inner[5000], expanded[4900];
  memcpy(expanded, s->expanded, sizeof s->expanded);
  return wrap(s->row, inner, element(inner, sizeof inner, CBS_ASN1_OCTETSTRING, expanded, expanded_n),
              q_span_of(NULL, 0));
}

static size_t both_form(const sample *s, size_t seed_n, size_t expanded_n, bool more) {
  static uint8_t parts[5200], inner[5300];
  size_t n = element(parts, sizeof parts, CBS_ASN1_OCTETSTRING, s->seed, seed_n);
  n += element(parts + n, sizeof parts - n, CBS_ASN1_OCTETSTRING, s->expanded, expanded_n);
  if (more) {
    n += element(parts + n, sizeof parts - n, CBS_ASN1_OCTETSTRING, s->seed, 1);
  }
  return wrap(s->row, inner, element(inner, sizeof inner, CBS_ASN1_SEQUENCE, parts, n), q_span_of(NULL, 0));
}

static qtls_err parse(size_t n) {
  q_privkey *key = NULL;
  qtls_err err = q_crypto_privkey_from_pkcs8(&key, q_span_of(der, n));
  assert_int_equal(err == QTLS_OK, key != NULL);
  q_crypto_privkey_free(key);
  return err;
}

/* Reads what lies in `der`; it signs for the sample's public key. */
static q_privkey *reads(const sample *s, size_t n) {
  q_privkey *key = NULL;
  q_pubkey *public = NULL;
  uint8_t sig[Q_SIGNATURE_MAX], *spki = NULL;
  size_t sig_n = 0, spki_n = 0;
  assert_ok(q_crypto_privkey_from_pkcs8(&key, q_span_of(der, n)));
  assert_int_equal(q_crypto_privkey_type(key), s->row->type);
  assert_ok(q_crypto_privkey_to_spki(key, &spki, &spki_n));
  assert_memory_equal(spki + spki_n - s->public_n, s->public, s->public_n);
  assert_ok(q_crypto_pubkey_from_spki(&public, q_span_of(spki, spki_n)));
  assert_ok(q_crypto_sign(key, sig, &sig_n, sizeof sig, Q_SIG_MLDSA, unit_text("m")));
  assert_ok(q_crypto_verify(public, Q_SIG_MLDSA, unit_text("m"), q_span_of(sig, sig_n)));
  q_crypto_pubkey_free(public);
  q_free(spki);
  return key;
}

/* The beginnings (rho) of the public keys of RFC 9881's examples. */
static void the_standards_seed_gives_its_keys(void **state) {
  (void)state;
  static const char *const rho[] = {"d7b2b47254aae0db45e7930d4a98d2c97d8f1397d1789dafa17024b316e9bec9",
                                    "48683d91978e31eb3dddb8b0473482d2b88a5f625949fd8f58a561e696bd4c27",
                                    "9792bcec2f2430686a82fccf3c2f5ff665e771d7ab41b90258cfa7e90ec97124"};
  for (size_t i = 0; i < 3; i++) {
    unit_equal(samples[i].public, 32, rho[i]);
  }
}

static void all_three_forms_are_read(void **state) {
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    const sample *s = &samples[i];
    q_crypto_privkey_free(reads(s, seed_form(s, 32)));
    q_crypto_privkey_free(reads(s, expanded_form(s, s->row->expanded_n)));
    q_crypto_privkey_free(reads(s, both_form(s, 32, s->row->expanded_n, false)));
  }
}

/* The seed is written when there is one, else what there is. */
static void writing_prefers_the_seed(void **state) {
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    const sample *s = &samples[i];
    uint8_t *out = NULL;
    size_t out_n = 0;
    q_privkey *key = reads(s, both_form(s, 32, s->row->expanded_n, false));
    assert_ok(q_crypto_privkey_to_pkcs8(key, &out, &out_n));
    q_crypto_privkey_free(key);
    assert_int_equal(out_n, seed_form(s, 32));
    assert_memory_equal(out, der, out_n);
    q_free(out);

    size_t n = expanded_form(s, s->row->expanded_n);
    key = reads(s, n);
    assert_ok(q_crypto_privkey_to_pkcs8(key, &out, &out_n));
    q_crypto_privkey_free(key);
    assert_int_equal(out_n, n);
    assert_memory_equal(out, der, n);
    q_free(out);
  }
}

/* Any byte of the expanded key, also of the parts that the public key does not
 * depend on. */
static void seed_and_expanded_must_agree(void **state) {
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    sample s = samples[i];
    for (size_t at = 0; at < s.row->expanded_n; at += at < 128 ? 16 : 333) {
      s.expanded[at] ^= 1;
      assert_err(parse(both_form(&s, 32, s.row->expanded_n, false)), QTLS_ERR_KEY_SEED_MISMATCH);
      s.expanded[at] ^= 1;
    }
    s.seed[31] ^= 1;
    assert_err(parse(both_form(&s, 32, s.row->expanded_n, false)), QTLS_ERR_KEY_SEED_MISMATCH);
  }
}

static void malformed_ones_are_refused(void **state) {
  (void)state;
  static uint8_t inner[5000];
  for (size_t i = 0; i < 3; i++) {
    const sample *s = &samples[i];
    const q_span none = {NULL, 0};
    assert_err(parse(seed_form(s, 0)), QTLS_ERR_KEY_FORMAT);
    assert_err(parse(seed_form(s, 31)), QTLS_ERR_KEY_FORMAT);
    assert_err(parse(seed_form(s, 33)), QTLS_ERR_KEY_FORMAT);
    assert_err(parse(expanded_form(s, 0)), QTLS_ERR_KEY_FORMAT);
    assert_err(parse(expanded_form(s, 32)), QTLS_ERR_KEY_FORMAT); /* a seed in the wrong place */
    assert_err(parse(expanded_form(s, s->row->expanded_n - 1u)), QTLS_ERR_KEY_FORMAT);
    assert_err(parse(both_form(s, 31, s->row->expanded_n, false)), QTLS_ERR_KEY_FORMAT);
    assert_err(parse(both_form(s, 32, s->row->expanded_n - 1u, false)), QTLS_ERR_KEY_FORMAT);
    assert_err(parse(both_form(s, 32, 0, false)), QTLS_ERR_KEY_FORMAT);
    assert_err(parse(both_form(s, 0, s->row->expanded_n, false)), QTLS_ERR_KEY_FORMAT);
    assert_err(parse(both_form(s, 32, s->row->expanded_n, true)), QTLS_ERR_KEY_FORMAT);
    assert_err(parse(wrap(s->row, s->seed, 32, none)), QTLS_ERR_KEY_FORMAT); /* bare */
    assert_err(parse(wrap(s->row, s->seed, 0, none)), QTLS_ERR_KEY_FORMAT);
    size_t n = element(inner, sizeof inner, CBS_ASN1_CONTEXT_SPECIFIC | 0, s->seed, 32);
    inner[n] = 0;
    assert_err(parse(wrap(s->row, inner, n + 1, none)), QTLS_ERR_KEY_FORMAT); /* bytes behind it */
  }
  /* Another set's expanded key. */
  sample crossed = samples[0];
  crossed.row = samples[1].row;
  assert_err(parse(expanded_form(&crossed, 2560)), QTLS_ERR_KEY_FORMAT);
  /* An expanded key that cannot be one: its tr does not fit. */
  sample broken = samples[1];
  broken.expanded[70] ^= 1;
  assert_err(parse(expanded_form(&broken, 4032)), QTLS_ERR_KEY_FORMAT);
}

static void a_public_key_beside_it_must_be_its_own(void **state) {
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    sample s = samples[i];
    uint8_t inner[64];
    size_t n = element(inner, sizeof inner, CBS_ASN1_CONTEXT_SPECIFIC | 0, s.seed, 32);
    q_crypto_privkey_free(reads(&s, wrap(s.row, inner, n, q_span_of(s.public, s.public_n))));
    assert_err(parse(wrap(s.row, inner, n, q_span_of(s.public, s.public_n - 1))), QTLS_ERR_KEY_FORMAT);
    uint8_t other[2592];
    memcpy(other, s.public, s.public_n);
    other[100] ^= 1;
    assert_err(parse(wrap(s.row, inner, n, q_span_of(other, s.public_n))), QTLS_ERR_KEY_FORMAT);
  }
}

static void round_three_is_unsupported(void **state) {
  (void)state;
  uint8_t inner[64];
  q_key_row row = {Q_KEY_MLDSA65, 0, 9, {0x2b, 0x06, 0x01, 0x04, 0x01, 0x02, 0x82, 0x0b, 0x07}, 0, 0};
  size_t n = element(inner, sizeof inner, CBS_ASN1_CONTEXT_SPECIFIC | 0, samples[1].seed, 32);
  assert_err(parse(wrap(&row, inner, n, q_span_of(NULL, 0))), QTLS_ERR_KEY_UNSUPPORTED);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_standards_seed_gives_its_keys),
      cmocka_unit_test(all_three_forms_are_read),
      cmocka_unit_test(writing_prefers_the_seed),
      cmocka_unit_test(seed_and_expanded_must_agree),
      cmocka_unit_test(malformed_ones_are_refused),
      cmocka_unit_test(a_public_key_beside_it_must_be_its_own),
      cmocka_unit_test(round_three_is_unsupported),
  };
  return cmocka_run_group_tests(tests, make, unmake);
}
