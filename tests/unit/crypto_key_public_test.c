/* Public keys: each kind read as it was written, and what is refused. */
#include <openssl/bytestring.h>
#include <openssl/mem.h>

#include "crypto/key.h"
#include "unit/unit.h"
#include "vectors/rfc8448.h"

#define OID_EC "06072a8648ce3d0201"
#define OID_P256 "06082a8648ce3d030107"
#define OID_RSA "06092a864886f70d010101"

static qtls_err parse(const uint8_t *der, size_t n) {
  q_pubkey *key = NULL;
  qtls_err err = q_crypto_pubkey_from_spki(&key, q_span_of(der, n));
  assert_int_equal(err == QTLS_OK, key != NULL);
  q_crypto_pubkey_free(key);
  return err;
}

/* SEQUENCE { SEQUENCE { `id` }, BIT STRING { `unused` `key` } }. */
static qtls_err parse_parts(const char *id, uint8_t unused, const uint8_t *key, size_t key_n) {
  static uint8_t out[8192];
  uint8_t identifier[64];
  size_t identifier_n = unit_hex(identifier, sizeof identifier, id), n = 0;
  CBB cbb, spki, algorithm, bits;
  assert_int_equal(CBB_init_fixed(&cbb, out, sizeof out), 1);
  CBB_add_asn1(&cbb, &spki, CBS_ASN1_SEQUENCE);
  CBB_add_asn1(&spki, &algorithm, CBS_ASN1_SEQUENCE);
  CBB_add_bytes(&algorithm, identifier, identifier_n);
  CBB_add_asn1(&spki, &bits, CBS_ASN1_BITSTRING);
  CBB_add_u8(&bits, unused);
  CBB_add_bytes(&bits, key, key_n);
  assert_int_equal(CBB_finish(&cbb, NULL, &n), 1);
  return parse(out, n);
}

static void each_kind_is_read(void **state) {
  (void)state;
  static const struct {
    q_key_type type;
    unsigned bits;
  } rows[] = {{Q_KEY_EC_P256, 256}, {Q_KEY_EC_P384, 384}, {Q_KEY_EC_P521, 521},
              {Q_KEY_RSA, 2048},    {Q_KEY_RSA_PSS, 2048}, {Q_KEY_ED25519, 253},
              {Q_KEY_MLDSA44, 0},   {Q_KEY_MLDSA65, 0},   {Q_KEY_MLDSA87, 0}};
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    q_privkey *private = NULL;
    q_pubkey *public = NULL;
    uint8_t *der = NULL;
    size_t n = 0;
    assert_ok(q_crypto_privkey_generate(&private, rows[i].type, 2048));
    assert_ok(q_crypto_privkey_to_spki(private, &der, &n));
    assert_ok(q_crypto_pubkey_from_spki(&public, q_span_of(der, n)));
    assert_int_equal(q_crypto_pubkey_type(public), rows[i].type);
    assert_int_equal(q_crypto_pubkey_bits(public), rows[i].bits);
    q_crypto_pubkey_free(public);

    for (size_t cut = 0; cut < n; cut++) {
      assert_err(parse(der, cut), QTLS_ERR_CERT_PARSE);
    }
    uint8_t *longer = q_alloc(n + 1);
    memcpy(longer, der, n);
    assert_err(parse(longer, n + 1), QTLS_ERR_CERT_PARSE);
    q_free(longer);
    q_free(der);
    q_crypto_privkey_free(private);
  }
}

static void short_rsa_keys_are_weak(void **state) {
  (void)state;
  uint8_t der[256];
  size_t n = unit_hex(der, sizeof der, RFC8448_SPKI);
  assert_err(parse(der, n), QTLS_ERR_CERT_WEAK);
}

/* RSAPublicKey with a modulus of so many bits; whether it has two factors is
 * not seen. */
static qtls_err rsa_with(size_t bits, uint8_t last, uint64_t exponent, const char *id) {
  static uint8_t key[2200], modulus[2048];
  size_t n = 0, bytes = (bits + 7) / 8;
  memset(modulus, 0xA5, bytes);
  modulus[0] = (uint8_t)(1u << ((bits + 7) % 8));
  modulus[bytes - 1] = last;
  CBB cbb, sequence, integer;
  CBB_init_fixed(&cbb, key, sizeof key);
  CBB_add_asn1(&cbb, &sequence, CBS_ASN1_SEQUENCE);
  CBB_add_asn1(&sequence, &integer, CBS_ASN1_INTEGER);
  if ((modulus[0] & 0x80) != 0) {
    CBB_add_u8(&integer, 0);
  }
  CBB_add_bytes(&integer, modulus, bytes);
  CBB_add_asn1_uint64(&sequence, exponent);
  assert_int_equal(CBB_finish(&cbb, NULL, &n), 1);
  return parse_parts(id, 0, key, n);
}

static qtls_err rsa_of(size_t bits, const char *id) { return rsa_with(bits, 0xA5, 65537, id); }

static void rsa_numbers_are_sane(void **state) {
  (void)state;
  static const char rsa[] = OID_RSA "0500";
  assert_ok(rsa_with(2048, 1, 3, rsa));
  assert_err(rsa_with(2048, 2, 65537, rsa), QTLS_ERR_CERT_PARSE); /* an even modulus */
  assert_err(rsa_with(2048, 1, 0, rsa), QTLS_ERR_CERT_PARSE);
  assert_err(rsa_with(2048, 1, 1, rsa), QTLS_ERR_CERT_PARSE); /* anything would verify */
  assert_err(rsa_with(2048, 1, 2, rsa), QTLS_ERR_CERT_PARSE);
  assert_err(rsa_with(2048, 1, 65536, rsa), QTLS_ERR_CERT_PARSE);
}

static void rsa_sizes_at_their_limits(void **state) {
  (void)state;
  static const char rsa[] = OID_RSA "0500";
  assert_err(rsa_of(1024, rsa), QTLS_ERR_CERT_WEAK);
  assert_err(rsa_of(2047, rsa), QTLS_ERR_CERT_WEAK);
  assert_ok(rsa_of(2048, rsa));
  assert_ok(rsa_of(4096, rsa));
  assert_ok(rsa_of(8192, rsa));
  assert_err(rsa_of(8193, rsa), QTLS_ERR_KEY_UNSUPPORTED);
}

static void parameters_are_what_the_kind_demands(void **state) {
  (void)state;
  static uint8_t key[2592];
  assert_err(rsa_of(2048, OID_RSA), QTLS_ERR_CERT_PARSE);             /* NULL is missing */
  assert_err(rsa_of(2048, OID_RSA "050100"), QTLS_ERR_CERT_PARSE);    /* a NULL with content */
  assert_err(rsa_of(2048, OID_RSA "05000500"), QTLS_ERR_CERT_PARSE);  /* two */
  assert_err(rsa_of(2048, OID_RSA "3000"), QTLS_ERR_CERT_PARSE);
  assert_ok(rsa_of(2048, "06092a864886f70d01010a"));                  /* PSS: absent */
  assert_err(rsa_of(2048, "06092a864886f70d01010a0500"), QTLS_ERR_CERT_PARSE);
  assert_ok(parse_parts("06032b6570", 0, key, 32)); /* Ed25519: absent */
  assert_err(parse_parts("06032b65700500", 0, key, 32), QTLS_ERR_CERT_PARSE);
  assert_err(parse_parts("06032b6570", 0, key, 31), QTLS_ERR_CERT_PARSE);
  assert_err(parse_parts("06032b6570", 0, key, 33), QTLS_ERR_CERT_PARSE);
  assert_ok(parse_parts("0609608648016503040311", 0, key, 1312)); /* ML-DSA: absent */
  assert_ok(parse_parts("0609608648016503040312", 0, key, 1952));
  assert_ok(parse_parts("0609608648016503040313", 0, key, 2592));
  assert_err(parse_parts("06096086480165030403120500", 0, key, 1952), QTLS_ERR_CERT_PARSE);
  assert_err(parse_parts("0609608648016503040312", 0, key, 1951), QTLS_ERR_CERT_PARSE);
  assert_err(parse_parts("0609608648016503040312", 0, key, 1953), QTLS_ERR_CERT_PARSE);
  assert_err(parse_parts("0609608648016503040311", 0, key, 1952), QTLS_ERR_CERT_PARSE);
}

static void other_algorithms_are_unsupported(void **state) {
  (void)state;
  static uint8_t key[2592];
  static const char *const ids[] = {
      "060b2b0601040102820b070605",       /* Dilithium3 of round 3, 1.3.6.1.4.1.2.267.7.6.5 */
      "060b2b0601040102820b0c0605",
      "06032b656e",                       /* X25519 */
      "06032b6571",                       /* Ed448 */
      "06072a8648ce380401",               /* DSA */
      "0609608648016503040320",           /* HashML-DSA-44 */
      "0609608648016503040314",           /* SLH-DSA-SHA2-128s */
      "0609608648016503040401",           /* ML-KEM-512 */
      OID_EC "06052b8104000a",            /* secp256k1 */
      OID_EC "06052b81040021",            /* secp224r1 */
      OID_EC "3003020101",                /* explicit parameters */
      OID_EC "0500", OID_EC, OID_EC OID_P256 "0500",
  };
  for (size_t i = 0; i < Q_COUNT(ids); i++) {
    assert_err(parse_parts(ids[i], 0, key, 1952), QTLS_ERR_KEY_UNSUPPORTED);
  }
  assert_err(parse_parts("", 0, key, 32), QTLS_ERR_CERT_PARSE);
  assert_err(parse_parts("0500", 0, key, 32), QTLS_ERR_CERT_PARSE);
}

/* The base point of P-256, SEC 2. */
#define GX "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
#define GY "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"

static void points_are_uncompressed_and_on_the_curve(void **state) {
  (void)state;
  static const char id[] = OID_EC OID_P256;
  uint8_t point[65];
  unit_hex(point, sizeof point, "04" GX GY);
  assert_ok(parse_parts(id, 0, point, 65));
  assert_err(parse_parts(OID_EC "06052b81040022", 0, point, 65), QTLS_ERR_CERT_PARSE); /* on another one */
  assert_err(parse_parts(id, 1, point, 65), QTLS_ERR_CERT_PARSE);                      /* unused bits */
  assert_err(parse_parts(id, 0, point, 64), QTLS_ERR_CERT_PARSE);
  assert_err(parse_parts(id, 0, point, 0), QTLS_ERR_CERT_PARSE);
  point[64] ^= 1;
  assert_err(parse_parts(id, 0, point, 65), QTLS_ERR_CERT_PARSE);
  point[64] ^= 1;
  point[0] = 7; /* hybrid form of the same point: y is odd */
  assert_err(parse_parts(id, 0, point, 65), QTLS_ERR_CERT_PARSE);
  point[0] = 3; /* compressed */
  assert_err(parse_parts(id, 0, point, 33), QTLS_ERR_CERT_PARSE);
  point[0] = 0; /* infinity */
  assert_err(parse_parts(id, 0, point, 1), QTLS_ERR_CERT_PARSE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_kind_is_read),
      cmocka_unit_test(short_rsa_keys_are_weak),
      cmocka_unit_test(rsa_numbers_are_sane),
      cmocka_unit_test(rsa_sizes_at_their_limits),
      cmocka_unit_test(parameters_are_what_the_kind_demands),
      cmocka_unit_test(other_algorithms_are_unsupported),
      cmocka_unit_test(points_are_uncompressed_and_on_the_curve),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
