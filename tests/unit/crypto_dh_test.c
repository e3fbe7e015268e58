/* Diffie-Hellman against known answers: RFC 7748 §5.2, RFC 5903 §8.1 and §8.2. */
#include <openssl/bn.h>
#include <openssl/ec_key.h>
#include <openssl/nid.h>

#include "crypto/kem_parts.h"
#include "unit/unit.h"

static void x25519(void **state) {
  (void)state;
  static const struct {
    const char *scalar, *point, *result;
  } rows[] = {
      {"a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
       "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
       "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"},
      {"4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
       "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
       "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"},
  };
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    uint8_t scalar[32], point[32], out[32];
    unit_hex(scalar, 32, rows[i].scalar);
    unit_hex(point, 32, rows[i].point);
    assert_ok(q_crypto_x25519(out, scalar, q_span_of(point, 32)));
    unit_equal(out, 32, rows[i].result);
  }
}

/* The loop of RFC 7748 §5.2, to a thousand. */
static void x25519_a_thousand_times(void **state) {
  (void)state;
  uint8_t k[32] = {9}, u[32] = {9}, out[32];
  for (int i = 1; i <= 1000; i++) {
    assert_ok(q_crypto_x25519(out, k, q_span_of(u, 32)));
    memcpy(u, k, 32);
    memcpy(k, out, 32);
    if (i == 1) {
      unit_equal(k, 32, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
    }
  }
  unit_equal(k, 32, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
}

static const struct {
  q_kex_alg alg;
  int nid;
  const char *i, *gi, *r, *gr, *shared;
} nist[] = {
    {Q_KEX_P256, NID_X9_62_prime256v1, "C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433",
     "04DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180"
     "5271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3",
     "C6EF9C5D78AE012A011164ACB397CE2088685D8F06BF9BE0B283AB46476BEE53",
     "04D12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF63"
     "56FBF3CA366CC23E8157854C13C58D6AAC23F046ADA30F8353E74F33039872AB",
     "D6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE"},
    {Q_KEX_P384, NID_secp384r1,
     "099F3C7034D4A2C699884D73A375A67F7624EF7C6B3C0F160647B67414DCE655E35B538041E649EE3FAEF896783AB194",
     "04667842D7D180AC2CDE6F74F37551F55755C7645C20EF73E31634FE72B4C55EE6DE3AC808ACB4BDB4C88732AEE95F41AA"
     "9482ED1FC0EEB9CAFC4984625CCFC23F65032149E0E144ADA024181535A0F38EEB9FCFF3C2C947DAE69B4C634573A81C",
     "41CB0779B4BDB85D47846725FBEC3C9430FAB46CC8DC5060855CC9BDA0AA2942E0308312916B8ED2960E4BD55A7448FC",
     "04E558DBEF53EECDE3D3FCCFC1AEA08A89A987475D12FD950D83CFA41732BC509D0D1AC43A0336DEF96FDA41D0774A3571"
     "DCFBEC7AACF3196472169E838430367F66EEBE3C6E70C416DD5F0C68759DD1FFF83FA40142209DFF5EAAD96DB9E6386C",
     "11187331C279962D93D604243FD592CB9D0A926F422E47187521287E7156C5C4D603135569B9E9D09CF5D4A270F59746"},
};

static void check(size_t i, const char *private, const char *peer) {
  uint8_t scalar[66], point[133], out[66];
  size_t scalar_n = unit_hex(scalar, sizeof scalar, private);
  size_t point_n = unit_hex(point, sizeof point, peer);
  BIGNUM *number = BN_bin2bn(scalar, scalar_n, NULL);
  EC_KEY *key = EC_KEY_new_by_curve_name(nist[i].nid);
  assert_non_null(number);
  assert_int_equal(EC_KEY_set_private_key(key, number), 1);
  assert_ok(q_crypto_ecdh(out, key, nist[i].alg, q_span_of(point, point_n)));
  unit_equal(out, q_kex_size_of(nist[i].alg).secret, nist[i].shared);
  EC_KEY_free(key);
  BN_free(number);
}

static void nist_curves(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(nist); i++) {
    check(i, nist[i].i, nist[i].gr);
    check(i, nist[i].r, nist[i].gi);
  }
}

/* An x-coordinate with leading zeros keeps its length: within some hundreds of
 * tries one comes up, and both sides still agree on all its bytes. */
static void leading_zeros_stay(void **state) {
  (void)state;
  bool seen = false;
  for (int i = 0; i < 4000 && !seen; i++) {
    uint8_t a[65], b[65], one[32], two[32];
    EC_KEY *x = NULL, *y = NULL;
    assert_ok(q_crypto_ecdh_generate(&x, a, Q_KEX_P256));
    assert_ok(q_crypto_ecdh_generate(&y, b, Q_KEX_P256));
    assert_ok(q_crypto_ecdh(one, x, Q_KEX_P256, q_span_of(b, 65)));
    assert_ok(q_crypto_ecdh(two, y, Q_KEX_P256, q_span_of(a, 65)));
    assert_memory_equal(one, two, 32);
    seen = one[0] == 0;
    q_crypto_ecdh_free(x);
    q_crypto_ecdh_free(y);
  }
  assert_true(seen);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(x25519),
      cmocka_unit_test(x25519_a_thousand_times),
      cmocka_unit_test(nist_curves),
      cmocka_unit_test(leading_zeros_stay),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
