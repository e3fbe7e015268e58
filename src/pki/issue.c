/* Owns the making of certificates. */
#include "pki/issue.h"

#include <string.h>

#include "crypto/hash.h"
#include "crypto/random.h"
#include "pki/algorithm.h"
#include "pki/issue_extensions.h"
#include "pki/text.h"
#include "pki/time.h"

#define NAME_MAX_CHARACTERS 64

qtls_err q_pki_issue_key_id(uint8_t out[Q_PKI_KEY_ID], q_span spki) {
  CBS seq;
  CBS algorithm;
  q_span bits = {NULL, 0};
  uint8_t digest[Q_HASH_MAX];
  if (!q_pki_der_only(&seq, spki, CBS_ASN1_SEQUENCE) || !CBS_get_asn1(&seq, &algorithm, CBS_ASN1_SEQUENCE) ||
      !q_pki_der_octet_bits(&bits, &seq)) {
    return QTLS_ERR_ARGUMENT;
  }
  q_crypto_hash_once(Q_HASH_SHA256, digest, bits);
  memcpy(out, digest, Q_PKI_KEY_ID);
  return QTLS_OK;
}

/* Characters of UTF-8 text without control characters; SIZE_MAX if it is none. */
static size_t characters(const char *text) {
  size_t count = 0;
  for (q_span rest = q_span_of(text, strlen(text)); rest.n > 0; count++) {
    uint32_t c = 0;
    size_t n = q_pki_text_character(&c, rest);
    if (n == 0 || c < 0x20 || (c >= 0x7F && c < 0xA0)) {
      return SIZE_MAX;
    }
    rest = q_span_of(rest.p + n, rest.n - n);
  }
  return count;
}

static bool add_attribute(CBB *name, q_oid type, const char *text) {
  q_span id = q_pki_oid_bytes(type);
  CBB set;
  CBB attribute;
  CBB field;
  return CBB_add_asn1(name, &set, CBS_ASN1_SET) && CBB_add_asn1(&set, &attribute, CBS_ASN1_SEQUENCE) &&
         CBB_add_asn1(&attribute, &field, CBS_ASN1_OBJECT) && CBB_add_bytes(&field, id.p, id.n) &&
         CBB_add_asn1(&attribute, &field, CBS_ASN1_UTF8STRING) &&
         CBB_add_bytes(&field, (const uint8_t *)text, strlen(text)) && CBB_flush(name);
}

qtls_err q_pki_issue_name(uint8_t **der, size_t *n, const char *organization, const char *common_name) {
  const char *texts[2] = {organization, common_name};
  static const q_oid types[2] = {Q_OID_ORGANIZATION, Q_OID_COMMON_NAME};
  *der = NULL;
  size_t cap = 16;
  for (size_t i = 0; i < 2; i++) {
    size_t count = texts[i] == NULL ? 1 : characters(texts[i]);
    if (count == 0 || count > NAME_MAX_CHARACTERS) {
      return QTLS_ERR_ARGUMENT;
    }
    cap += texts[i] == NULL ? 0 : strlen(texts[i]) + 32;
  }
  uint8_t *block = q_alloc(cap);
  if (block == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  CBB cbb;
  CBB name;
  bool fine = CBB_init_fixed(&cbb, block, cap) && CBB_add_asn1(&cbb, &name, CBS_ASN1_SEQUENCE);
  for (size_t i = 0; i < 2; i++) {
    fine = fine && (texts[i] == NULL || add_attribute(&name, types[i], texts[i]));
  }
  if (!fine || !CBB_finish(&cbb, NULL, n)) {
    CBB_cleanup(&cbb);
    q_free(block);
    return QTLS_ERR_INTERNAL;
  }
  *der = block;
  return QTLS_OK;
}

static bool add_span(CBB *out, q_span s) { return CBB_add_bytes(out, s.p, s.n); }

/* `with_signature` false: the bytes that the alternative signature covers,
 * TBSCertificate without its `signature` field and without 74. */
static bool add_tbs(CBB *out, const q_issue *what, const uint8_t *serial, bool with_signature, q_span alt_signature) {
  q_key_type issuer = q_crypto_privkey_type(what->key);
  CBB tbs;
  CBB field;
  return CBB_add_asn1(out, &tbs, CBS_ASN1_SEQUENCE) &&
         CBB_add_asn1(&tbs, &field, CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 0) &&
         CBB_add_asn1_uint64(&field, 2) && CBB_add_asn1(&tbs, &field, CBS_ASN1_INTEGER) &&
         CBB_add_bytes(&field, serial, Q_PKI_SERIAL) && CBB_flush(&tbs) &&
         (!with_signature || q_pki_algorithm_write(&tbs, q_pki_algorithm_of_key(issuer), issuer)) &&
         add_span(&tbs, what->issuer) && CBB_add_asn1(&tbs, &field, CBS_ASN1_SEQUENCE) &&
         q_pki_time_write(&field, what->not_before) && q_pki_time_write(&field, what->not_after) && CBB_flush(&tbs) &&
         add_span(&tbs, what->subject) && add_span(&tbs, what->spki) &&
         q_pki_issue_extensions(&tbs, what, alt_signature) && CBB_flush(out);
}

/* Room for anything that `what` can become. */
static size_t room(const q_issue *what) {
  size_t n = 1024 + what->subject.n + what->issuer.n + what->spki.n + what->alt_spki.n + what->aki.n + what->extra.n;
  return n + q_pki_issue_extensions_room(what) + q_crypto_signature_max(what->key) + Q_SIGNATURE_MAX + 64;
}

static bool end(CBB *cbb, bool fine, size_t *n) {
  if (fine && CBB_finish(cbb, NULL, n)) {
    return true;
  }
  CBB_cleanup(cbb);
  return false;
}

static qtls_err make(uint8_t *out, size_t *n, size_t cap, uint8_t *scratch, const q_issue *what,
                     const uint8_t *serial) {
  uint8_t alt[Q_SIGNATURE_MAX];
  size_t alt_n = 0;
  size_t tbs_n = 0;
  CBB cbb;
  q_span none = {NULL, 0};
  if (what->alt_key != NULL) {
    bool fine = CBB_init_fixed(&cbb, scratch, cap) && add_tbs(&cbb, what, serial, false, none);
    if (!end(&cbb, fine, &tbs_n)) {
      return QTLS_ERR_ARGUMENT;
    }
    Q_TRY(q_crypto_sign(what->alt_key, alt, &alt_n, sizeof alt, Q_SIG_MLDSA, q_span_of(scratch, tbs_n)));
  }
  bool fine = CBB_init_fixed(&cbb, scratch, cap) && add_tbs(&cbb, what, serial, true, q_span_of(alt, alt_n));
  if (!end(&cbb, fine, &tbs_n)) {
    return QTLS_ERR_ARGUMENT;
  }
  q_key_type issuer = q_crypto_privkey_type(what->key);
  q_sig_alg alg = q_pki_algorithm_of_key(issuer);
  size_t sig_cap = q_crypto_signature_max(what->key);
  size_t sig_n = 0;
  Q_AUTO_FREE uint8_t *sig = q_alloc(sig_cap);
  if (sig == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  Q_TRY(q_crypto_sign(what->key, sig, &sig_n, sig_cap, alg, q_span_of(scratch, tbs_n)));
  CBB seq;
  CBB bits;
  fine = CBB_init_fixed(&cbb, out, cap) && CBB_add_asn1(&cbb, &seq, CBS_ASN1_SEQUENCE) &&
         CBB_add_bytes(&seq, scratch, tbs_n) && q_pki_algorithm_write(&seq, alg, issuer) &&
         CBB_add_asn1(&seq, &bits, CBS_ASN1_BITSTRING) && CBB_add_u8(&bits, 0) && CBB_add_bytes(&bits, sig, sig_n);
  return end(&cbb, fine, n) ? QTLS_OK : QTLS_ERR_INTERNAL;
}

qtls_err q_pki_issue(uint8_t **der, size_t *n, const q_issue *what) {
  *der = NULL;
  *n = 0;
  if (!q_pki_issue_extensions_valid(what)) {
    return QTLS_ERR_ARGUMENT;
  }
  uint8_t serial[Q_PKI_SERIAL];
  if (what->serial != NULL) {
    memcpy(serial, what->serial, sizeof serial);
  } else {
    Q_TRY(q_crypto_random(serial, sizeof serial));
    serial[0] = (uint8_t)((serial[0] & 0x3F) | 0x40); /* positive, and 20 bytes always */
  }
  if (serial[0] == 0 || serial[0] > 0x7F) {
    return QTLS_ERR_ARGUMENT;
  }
  size_t cap = room(what);
  Q_AUTO_FREE uint8_t *scratch = q_alloc(cap);
  uint8_t *out = q_alloc(cap);
  if (scratch == NULL || out == NULL) {
    q_free(out);
    return QTLS_ERR_NO_MEMORY;
  }
  qtls_err err = make(out, n, cap, scratch, what, serial);
  if (err != QTLS_OK) {
    q_free(out);
    *n = 0;
    return err;
  }
  *der = out;
  return QTLS_OK;
}
