/* Private keys under a pass phrase: files of OpenSSL 3.5, what is not opened, and
 * what a hostile file may not ask for. */
#include "crypto/pbes.h"

#include <openssl/bytestring.h>
#include <stdlib.h>

#include "unit/unit.h"

/* openssl genpkey -algorithm ed25519; openssl pkcs8 -topk8 -passout pass:phrase
 * -v2 aes-...-cbc -v2prf ... -iter 1000, or -scrypt -scrypt_N 1024. */
static const char plain[] =
    "302e020100300506032b657004220420b6c89956963014d6a2bfdc04b782142a5ea4008e6d403918e47cdfc7be3e3481";

#define SHA256_AES256 \
  "3081a3305f06092a864886f70d01050d3052303106092a864886f70d01050c30240410ce115bf6a4827a15a4747e5d0f6ccfb102" \
  "0203e8300c06082a864886f70d02090500301d060960864801650304012a0410f4494cc492ce4bea42298c92b48afca604409a6a" \
  "e53885d56992843cb44f65fa436bf54677d2d25fbb17271fb64f2209848dd838c9965ebe927ce4af23802d5fccdeca009e8b1416" \
  "53c68c89a2128b0f8d54"

static const char *const openssl[] = {
    /* hmacWithSHA1, AES-128 and AES-256 */
    "308195305106092a864886f70d01050d3044302306092a864886f70d01050c30160410358369d50132b87ff4898c23aebb46bf02020"
    "3e8301d06096086480165030401020410d56e8abcb8fd9ea6ac0ce39d433627f004408d4801f601d4a411cfed2e99171aa888c0febc"
    "85985c9e2bee7b103de9ebcf3514c2d61b61787d1dfa4d976c28fac91009b128239640857709280f651979afca",
    "308195305106092a864886f70d01050d3044302306092a864886f70d01050c30160410f8db1caea3e39edd2677eba0ed7b061002020"
    "3e8301d060960864801650304012a041022c54cca1049ee9229e5441533995c3c044087d7714a1f3fe90a4837b364d2a82c42c31a86"
    "0bb29e3f6254d89a079e11f00376f03767913f22d29baae26b49e25efaeab105bdf995893b2cd72a941ca80d06",
    /* hmacWithSHA256, AES-128 and AES-256 */
    "3081a3305f06092a864886f70d01050d3052303106092a864886f70d01050c30240410bd1f75911cb6780130180700786c5b6302020"
    "3e8300c06082a864886f70d02090500301d06096086480165030401020410c584f05b8c9b3f69c470aa8336ec63640440e3b17343c2"
    "58adeb4514a65e7a6d278638ef40edea18879bb9819294bb1ca1804e62ae6f68d95baea9800428345aec4d4e83943902a3bda6aa309"
    "3c97e8c1f8c",
    SHA256_AES256,
    /* hmacWithSHA384 with AES-128, hmacWithSHA512 with AES-256 */
    "3081a3305f06092a864886f70d01050d3052303106092a864886f70d01050c302404102ec10170fd66c6609de9100fed6ccf6702020"
    "3e8300c06082a864886f70d020a0500301d06096086480165030401020410e74b095f451504039f4ffebe6534b20104405f1be01a05"
    "26f2f4646583dc375f2b9ca11642fcf2c2e3c521e0d76611c47d699a4a5e990ff9fc049f5c7df03df9bd15620d6b4dec65b05c48ad6"
    "a9803e471eb",
    "3081a3305f06092a864886f70d01050d3052303106092a864886f70d01050c30240410493dc54ef4d888143d12000760ba568302020"
    "3e8300c06082a864886f70d020b0500301d060960864801650304012a0410f21f4eafe1b4d40e0e66808e2b31fbd704403a10be60f5"
    "323ad7c1a3837d7c0e2be22c79e81e8990c7e987c592663bdac2fd9597a4e513dbe055d1c7f1a8f104b3f1d6fe79152dcbcb90b74c7"
    "c271f036a7a",
    /* scrypt, AES-256 */
    "30819b305706092a864886f70d01050d304a302906092b06010401da47040b301c0410a9817d402fc033cefe1c6a53b4afc2fd02020"
    "400020108020101301d060960864801650304012a0410ae03affe5c0221f65893b69d1d728ae10440f173396b8dfe4e04d0c54dfc94"
    "85a12f0b7f9514e4eb42e7ba36f0dd2366879ab9397a5c4be8a31a508cab1ee690d97707e5a0e4b6b8e60ee79eef9693a30dbc",
};

/* AES-192, triple DES, and PKCS #12's way. */
static const char *const unsupported[] = {
    "3081a2305e06092a864886f70d01050d3051303006092a864886f70d01050c30230410451ef6984637313e7a34a3679ee4610b02010"
    "a300c06082a864886f70d02090500301d06096086480165030401160410bc00c432ad37cdd48949a9bce252b6510440fb44029395c2"
    "9b09d8fd63457c882f55adbaf9df6ce00ebf8e4e360e6fbcd0e8915db44f457ee0fc5842b051354644615c0eb5a432f822f708bdd7d"
    "d893a1986",
    "308191305506092a864886f70d01050d3048303006092a864886f70d01050c30230410131b238154e0ecda0f2b51fac7d090ab02010"
    "a300c06082a864886f70d02090500301406082a864886f70d03070408a68a8ee72eda859d0438f7f5d6ab66d61cc839f299df574023"
    "b69e2f50c578952648f4a15a89e923a3a795b2ce9254df8b09af676342d64a6b0a03b108694a5536a2",
    ("3058301c060a2a864886f70d010c0103300e040867d660c0383cdc5c020208000438bcb3717e063b3a7a425f39b5d52be0a7d5bef43"
    "98492dc0af3f1794602fce43d99c9e98d57ad93fb0a4c1e3e7e6d0c01dc272996cba27103"),
};

static qtls_err open_with(uint8_t **out, size_t *n, q_span der, const char *phrase) {
  return q_crypto_pbes_open(out, n, der, unit_text(phrase), &q_crypto_pbes_limits);
}

static void expect(q_span der, const char *phrase, qtls_err expected) {
  uint8_t *out = NULL;
  size_t n = 0;
  assert_err(open_with(&out, &n, der, phrase), expected);
  assert_true((out != NULL) == (expected == QTLS_OK) && (n > 0) == (expected == QTLS_OK));
  if (expected == QTLS_OK) {
    unit_equal(out, n, plain);
  }
  q_free(out);
}

static void files(void **state) {
  (void)state;
  uint8_t der[256];
  for (size_t i = 0; i < Q_COUNT(openssl); i++) {
    q_span file = q_span_of(der, unit_hex(der, sizeof der, openssl[i]));
    expect(file, "phrase", QTLS_OK);
    expect(file, "phrasf", QTLS_ERR_KEY_PASSPHRASE);
    expect(file, "phrase ", QTLS_ERR_KEY_PASSPHRASE);
    expect(file, "", QTLS_ERR_ARGUMENT);
  }
  for (size_t i = 0; i < Q_COUNT(unsupported); i++) {
    expect(q_span_of(der, unit_hex(der, sizeof der, unsupported[i])), "phrase", QTLS_ERR_KEY_UNSUPPORTED);
  }
}

static void sealing(void **state) {
  (void)state;
  uint8_t key[64];
  const q_span clear = q_span_of(key, unit_hex(key, sizeof key, plain));
  uint8_t *der = NULL;
  size_t n = 0;
  assert_ok(q_crypto_pbes_seal(&der, &n, clear, unit_text("phrase"), 1000));
  expect(q_span_of(der, n), "phrase", QTLS_OK);
  q_free(der);
  assert_err(q_crypto_pbes_seal(&der, &n, clear, unit_text("phrase"), 0), QTLS_ERR_ARGUMENT);
  assert_err(q_crypto_pbes_seal(&der, &n, q_span_of(key, 0), unit_text("phrase"), 1), QTLS_ERR_ARGUMENT);
  assert_err(q_crypto_pbes_seal(&der, &n, clear, unit_text(""), 1), QTLS_ERR_ARGUMENT);
  assert_null(der);
}

/* ---- files put together by hand ---- */

static CBB *add_hex(CBB *out, const char *hex) {
  uint8_t bytes[256];
  assert_true(CBB_add_bytes(out, bytes, unit_hex(bytes, sizeof bytes, hex)));
  return out;
}

/* The content of the two AlgorithmIdentifiers, and what is encrypted. */
static void expect_parts(const char *kdf, const char *cipher, size_t data_n, qtls_err expected) {
  uint8_t der[1024], zeros[256] = {0};
  size_t n = 0;
  CBB cbb, body, algorithm, params, one;
  assert_true(CBB_init_fixed(&cbb, der, sizeof der) && CBB_add_asn1(&cbb, &body, CBS_ASN1_SEQUENCE) &&
              CBB_add_asn1(&body, &algorithm, CBS_ASN1_SEQUENCE));
  add_hex(&algorithm, "06092a864886f70d01050d");
  assert_true(CBB_add_asn1(&algorithm, &params, CBS_ASN1_SEQUENCE) && CBB_add_asn1(&params, &one, CBS_ASN1_SEQUENCE));
  add_hex(&one, kdf);
  assert_true(CBB_flush(&params) && CBB_add_asn1(&params, &one, CBS_ASN1_SEQUENCE));
  add_hex(&one, cipher);
  assert_true(CBB_flush(&body) && CBB_add_asn1_octet_string(&body, zeros, data_n) && CBB_finish(&cbb, NULL, &n));
  expect(q_span_of(der, n), "phrase", expected);
}

#define PBKDF2 "06092a864886f70d01050c"
#define SCRYPT "06092b06010401da47040b"
#define AES256 "060960864801650304012a" "041000000000000000000000000000000000"
#define AES128 "0609608648016503040102" "041000000000000000000000000000000000"

static void bounds(void **state) {
  (void)state;
  const qtls_err wrong = QTLS_ERR_KEY_PASSPHRASE, form = QTLS_ERR_KEY_FORMAT, much = QTLS_ERR_KEY_UNSUPPORTED;
  static const struct {
    const char *kdf;
    qtls_err expected; /* PASSPHRASE: it was tried */
  } rows[] = {
      {PBKDF2 "3006" "040100" "020101", wrong},
      {PBKDF2 "3009" "040100" "020101" "020120", wrong},              /* the key's length */
      {PBKDF2 "3009" "040100" "020101" "020110", form},               /* of another cipher */
      {PBKDF2 "3009" "040100" "020101" "020100", form},
      {PBKDF2 "3005" "0400" "020101", wrong},
      {PBKDF2 "3006" "040100" "020100", form},                        /* no rounds */
      {PBKDF2 "3006" "040100" "0201ff", form},                        /* less than none */
      {PBKDF2 "3007" "040100" "02020001", form},                      /* not DER */
      {PBKDF2 "3009" "040100" "020400989681", much},                  /* 10,000,001 */
      {PBKDF2 "3008" "040100" "0203989681", form},                    /* negative */
      {PBKDF2 "3009" "040100" "02047fffffff", much},
      {PBKDF2 "300e" "040100" "02097fffffffffffffffff", form},        /* more than 64 bits hold */
      {PBKDF2 "300d" "040100" "02087fffffffffffffff", much},
      {PBKDF2 "300d" "3008" "06062a0304050607" "020101", much},       /* a salt from elsewhere */
      {PBKDF2 "3014" "040100" "020101" "300c" "06082a864886f70d02080500", much}, /* HMAC-SHA-224 */
      {PBKDF2 "3012" "040100" "020101" "300a" "06082a864886f70d0209", wrong},
      {PBKDF2 "3015" "040100" "020101" "300d" "06082a864886f70d0209020100", form},
      {PBKDF2 "3006" "040100" "020101" "0500", form},
      {PBKDF2, form},
      {SCRYPT "300c" "040100" "020102" "020101" "020101", wrong},
      {SCRYPT "300d" "040100" "02020400" "020108" "020101", wrong},
      {SCRYPT "300c" "040100" "020103" "020101" "020101", form},      /* no power of two */
      {SCRYPT "300c" "040100" "020101" "020101" "020101", form},
      {SCRYPT "300c" "040100" "020100" "020101" "020101", form},
      {SCRYPT "300c" "040100" "020102" "020100" "020101", form},
      {SCRYPT "300c" "040100" "020102" "020101" "020100", form},
      {SCRYPT "300e" "040100" "0203010000" "020101" "020101", form},  /* N is too large for r */
      {SCRYPT "300f" "040100" "020440000000" "020108" "020101", much},
      {SCRYPT "300f" "040100" "020102" "02047fffffff" "020101", much},
      {SCRYPT "300f" "040100" "020102" "020101" "02047fffffff", much},
      {SCRYPT "3013" "040100" "02084000000000000000" "020108" "020101", much},
      {SCRYPT "3021" "040100" "02084000000000000000" "02084000000000000000" "02084000000000000000", much},
      {SCRYPT "300e" "040100" "0203200000" "020108" "020101", much},  /* 2 GB */
      {SCRYPT "3009" "040100" "020102" "020101", form},
      {"06032a0304" "0500", much},
  };
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    expect_parts(rows[i].kdf, AES256, 64, rows[i].expected);
  }
}

static void cipher_forms(void **state) {
  (void)state;
  const char *kdf = PBKDF2 "3006" "040100" "020101";
  expect_parts(kdf, AES128, 64, QTLS_ERR_KEY_PASSPHRASE);
  expect_parts(kdf, "060960864801650304012a" "040f000000000000000000000000000000", 64, QTLS_ERR_KEY_FORMAT);
  expect_parts(kdf, AES256 "0500", 64, QTLS_ERR_KEY_FORMAT);
  expect_parts(kdf, "060960864801650304012a", 64, QTLS_ERR_KEY_FORMAT);
  expect_parts(kdf, "0500", 64, QTLS_ERR_KEY_FORMAT);
  expect_parts(kdf, AES256, 0, QTLS_ERR_KEY_FORMAT);
  expect_parts(kdf, AES256, 63, QTLS_ERR_KEY_FORMAT);
  expect_parts(kdf, AES256, 16, QTLS_ERR_KEY_PASSPHRASE);
}

/* No cut file opens; no changed one gives the same key. */
static void cuts_and_flips(void **state) {
  (void)state;
  uint8_t der[256], key[64];
  size_t n = unit_hex(der, sizeof der, SHA256_AES256), key_n = unit_hex(key, sizeof key, plain);
  for (size_t cut = 0; cut < n; cut++) {
    uint8_t *copy = malloc(cut > 0 ? cut : 1);
    memcpy(copy, der, cut);
    expect(q_span_of(copy, cut), "phrase", QTLS_ERR_KEY_FORMAT);
    free(copy);
  }
  const q_pbes_limits few = {2000, 1 << 20, 1 << 12};
  for (size_t bit = 0; bit < 8 * n; bit++) {
    uint8_t *out = NULL;
    size_t out_n = 0;
    der[bit / 8] ^= (uint8_t)(1U << bit % 8);
    qtls_err err = q_crypto_pbes_open(&out, &out_n, q_span_of(der, n), unit_text("phrase"), &few);
    assert_true(err == QTLS_OK ? out_n != key_n || memcmp(out, key, key_n) != 0 : out == NULL);
    der[bit / 8] ^= (uint8_t)(1U << bit % 8);
    q_free(out);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(files), cmocka_unit_test(sealing), cmocka_unit_test(bounds),
                                     cmocka_unit_test(cipher_forms), cmocka_unit_test(cuts_and_flips)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
