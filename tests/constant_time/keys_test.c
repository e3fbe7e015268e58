/* Private keys as files: base64, PKCS#8, the seed and the expanded key of ML-DSA. */
#include <string.h>

#include "constant_time/ct.h"
#include "crypto/key.h"
#include "crypto/key_parts.h"
#include "pki/base64.h"
#include "pki/pem.h"

static bool base64_both_ways(void) {
  uint8_t bytes[200];
  uint8_t back[204];
  char text[272];
  bool right = true;
  for (size_t n = 1; n <= sizeof bytes; n += 7) {
    size_t got = 0;
    for (size_t i = 0; i < n; i++) {
      bytes[i] = (uint8_t)(i * 37);
    }
    ct_secret(bytes, n);
    q_pki_base64_encode(text, q_span_of(bytes, n));
    size_t letters = q_pki_base64_length(n);
    right = right && ct_is_secret(text, letters);
    ct_public(text + letters - 2, 2, "whether the last two letters are padding tells the length, which the file's size tells");
    bool well = q_pki_base64_decode(back, &got, q_span_of(text, letters));
    ct_public(&well, sizeof well, "a file that is not base64 is refused, which shows");
    right = right && well && got == n && ct_is_secret(back, got);
    ct_public(bytes, n, "compared by the test");
    ct_public(back, got, "compared by the test");
    right = right && memcmp(bytes, back, n) == 0;
  }
  return right;
}

/* What is no letter is found without looking at a table, and told once. */
static bool base64_refuses(void) {
  uint8_t back[64];
  char text[65];
  bool right = true;
  for (size_t at = 0; at < 62; at += 5) {
    size_t got = 0;
    memset(text, 'A', 64);
    text[at] = '!';
    ct_secret(text, 62);
    bool well = q_pki_base64_decode(back, &got, q_span_of(text, 64));
    ct_public(&well, sizeof well, "a file that is not base64 is refused, which shows");
    right = right && !well;
  }
  return right;
}

static bool pem_written(void) {
  uint8_t der[123];
  char text[512];
  memset(der, 'k', sizeof der);
  ct_secret(der, sizeof der);
  q_pki_pem_write(text, "PRIVATE KEY", q_span_of(der, sizeof der));
  return ct_is_secret(text, q_pki_pem_length("PRIVATE KEY", sizeof der));
}

/* PKCS#8 of an ML-DSA-65 key in one of the forms of RFC 9881 §6. */
static size_t pkcs8(uint8_t *out, const uint8_t *seed, const uint8_t *expanded, size_t expanded_n) {
  static const uint8_t oid[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x12};
  CBB cbb, info, algorithm, object, key, both, field;
  uint8_t *der = NULL;
  size_t n = 0;
  bool ok = CBB_init(&cbb, 8192) && CBB_add_asn1(&cbb, &info, CBS_ASN1_SEQUENCE) && CBB_add_asn1_uint64(&info, 0) &&
            CBB_add_asn1(&info, &algorithm, CBS_ASN1_SEQUENCE) && CBB_add_asn1(&algorithm, &object, CBS_ASN1_OBJECT) &&
            CBB_add_bytes(&object, oid, sizeof oid) && CBB_add_asn1(&info, &key, CBS_ASN1_OCTETSTRING);
  if (expanded == NULL) {
    ok = ok && CBB_add_asn1(&key, &field, CBS_ASN1_CONTEXT_SPECIFIC | 0) && CBB_add_bytes(&field, seed, 32);
  } else if (seed == NULL) {
    ok = ok && CBB_add_asn1(&key, &field, CBS_ASN1_OCTETSTRING) && CBB_add_bytes(&field, expanded, expanded_n);
  } else {
    ok = ok && CBB_add_asn1(&key, &both, CBS_ASN1_SEQUENCE) && CBB_add_asn1(&both, &field, CBS_ASN1_OCTETSTRING) &&
         CBB_add_bytes(&field, seed, 32) && CBB_add_asn1(&both, &field, CBS_ASN1_OCTETSTRING) &&
         CBB_add_bytes(&field, expanded, expanded_n);
  }
  ok = ok && CBB_finish(&cbb, &der, &n);
  if (ok) {
    memcpy(out, der, n);
  }
  OPENSSL_free(der);
  return ok ? n : 0;
}

/* Where these bytes stand in the file; n when they do not. */
static size_t place_of(const uint8_t *in, size_t n, const uint8_t *what, size_t what_n) {
  size_t i = 0;
  while (i + what_n <= n && memcmp(in + i, what, what_n) != 0) {
    i++;
  }
  return i + what_n <= n ? i : n;
}

static const uint8_t seed[32] = {1, 2, 3, 4, 5, 6, 7, 8};
static uint8_t expanded[4032];

static bool make_expanded(void) {
  size_t n = sizeof expanded;
  EVP_PKEY *key = EVP_PKEY_pqdsa_new_raw_private_key(NID_MLDSA65, seed, sizeof seed);
  bool right = key != NULL && EVP_PKEY_get_raw_private_key(key, expanded, &n) == 1 && n == sizeof expanded;
  EVP_PKEY_free(key);
  ct_public(expanded, sizeof expanded, "marked again in the file that is read");
  return right;
}

static bool read_back(const uint8_t *with_seed, const uint8_t *with_expanded, qtls_err expected) {
  static uint8_t der[5000];
  q_privkey *key = NULL;
  size_t n = pkcs8(der, with_seed, with_expanded, sizeof expanded);
  size_t seed_at = with_seed != NULL ? place_of(der, n, with_seed, sizeof seed) : n;
  size_t expanded_at = with_expanded != NULL ? place_of(der, n, with_expanded, sizeof expanded) : n;
  ct_secret(der + seed_at, seed_at < n ? sizeof seed : 0);
  ct_secret(der + expanded_at, expanded_at < n ? sizeof expanded : 0);
  bool right = n > 0 && ct_is_secret(der, n) && q_crypto_privkey_from_pkcs8(&key, q_span_of(der, n)) == expected;
  q_crypto_privkey_free(key);
  ct_public(der, sizeof der, "used again");
  return right;
}

static bool mldsa_seed(void) { return make_expanded() && read_back(seed, NULL, QTLS_OK); }
static bool mldsa_expanded(void) { return make_expanded() && read_back(NULL, expanded, QTLS_OK); }
static bool mldsa_both(void) { return make_expanded() && read_back(seed, expanded, QTLS_OK); }
static bool mldsa_mismatch(void) {
  static const size_t places[] = {0, 40, 70, 200, 4031};
  bool right = make_expanded();
  for (size_t i = 0; i < Q_COUNT(places); i++) {
    expanded[places[i]] ^= 1;
    right = right && read_back(seed, expanded, QTLS_ERR_KEY_SEED_MISMATCH);
    expanded[places[i]] ^= 1;
  }
  return right;
}

/* Our own look at the outside of a classical key touches none of its secret. */
static bool classical(void) {
  q_privkey *key = NULL;
  q_privkey *again = NULL;
  uint8_t *der = NULL;
  size_t n = 0;
  bool right = q_crypto_privkey_generate(&key, Q_KEY_EC_P384, 0) == QTLS_OK &&
               q_crypto_privkey_to_pkcs8(key, &der, &n) == QTLS_OK && n > 80;
  if (right) {
    /* version, AlgorithmIdentifier and the OCTET STRING's head come first. */
    ct_secret(der + 30, n - 30);
    right = q_crypto_privkey_from_pkcs8(&again, q_span_of(der, n)) == QTLS_OK;
  }
  q_free(der);
  q_crypto_privkey_free(key);
  q_crypto_privkey_free(again);
  return right;
}

int main(void) {
  static const ct_case cases[] = {
      {"base64 both ways", base64_both_ways},
      {"base64 that is none", base64_refuses},
      {"PEM written", pem_written},
      {"ML-DSA, seed", mldsa_seed},
      {"ML-DSA, expanded key", mldsa_expanded},
      {"ML-DSA, both", mldsa_both},
      {"ML-DSA, both that do not belong together", mldsa_mismatch},
      {"P-384", classical},
  };
  return ct_main(cases, Q_COUNT(cases));
}
