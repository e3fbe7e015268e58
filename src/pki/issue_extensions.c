/* Owns the writing of the extensions of a certificate that is being issued. */
#include "pki/issue_extensions.h"

#include <string.h>

#include "pki/access.h"
#include "pki/algorithm.h"
#include "pki/issue_names.h"

#define TLS_STATUS_REQUEST 5
#define NAMES_MOST 1000 /* of one kind: as many as are shown */

/* An Extension whose value is being written. */
typedef struct open_extension {
  CBB whole;
  CBB value;
} open_extension;

static bool open_one(CBB *list, open_extension *e, q_oid oid, bool critical) {
  q_span id = q_pki_oid_bytes(oid);
  CBB o;
  return CBB_add_asn1(list, &e->whole, CBS_ASN1_SEQUENCE) && CBB_add_asn1(&e->whole, &o, CBS_ASN1_OBJECT) &&
         CBB_add_bytes(&o, id.p, id.n) && (!critical || CBB_add_asn1_bool(&e->whole, 1)) &&
         CBB_add_asn1(&e->whole, &e->value, CBS_ASN1_OCTETSTRING);
}

static bool add_basic(CBB *list, const q_issue *what) {
  open_extension e;
  CBB seq;
  return open_one(list, &e, Q_OID_BASIC_CONSTRAINTS, true) && CBB_add_asn1(&e.value, &seq, CBS_ASN1_SEQUENCE) &&
         (!what->is_ca || CBB_add_asn1_bool(&seq, 1)) &&
         (!what->is_ca || what->path_length < 0 || CBB_add_asn1_uint64(&seq, (uint64_t)what->path_length)) &&
         CBB_flush(list);
}

/* BIT STRING of named bits, without trailing zeros. */
static bool add_key_usage(CBB *list, const q_issue *what) {
  open_extension e;
  CBB bits;
  uint8_t octets[2] = {0, 0};
  unsigned last = 0;
  if (what->key_usage == 0) {
    return true;
  }
  for (unsigned i = 0; i < 9; i++) {
    if ((what->key_usage >> i & 1) != 0) {
      octets[i / 8] = (uint8_t)(octets[i / 8] | 0x80U >> i % 8);
      last = i;
    }
  }
  return open_one(list, &e, Q_OID_KEY_USAGE, true) && CBB_add_asn1(&e.value, &bits, CBS_ASN1_BITSTRING) &&
         CBB_add_u8(&bits, (uint8_t)(7 - last % 8)) && CBB_add_bytes(&bits, octets, last / 8 + 1) && CBB_flush(list);
}

static bool add_eku(CBB *list, const q_issue *what) {
  static const struct {
    unsigned bit;
    q_oid oid;
  } known[] = {{Q_EKU_SERVER, Q_OID_EKU_SERVER},
               {Q_EKU_CLIENT, Q_OID_EKU_CLIENT},
               {Q_EKU_OCSP, Q_OID_EKU_OCSP},
               {Q_EKU_ANY, Q_OID_EKU_ANY}};
  open_extension e;
  CBB seq;
  if (what->eku == 0) {
    return true;
  }
  if (!open_one(list, &e, Q_OID_EXT_KEY_USAGE, false) || !CBB_add_asn1(&e.value, &seq, CBS_ASN1_SEQUENCE)) {
    return false;
  }
  for (size_t i = 0; i < Q_COUNT(known); i++) {
    q_span id = q_pki_oid_bytes(known[i].oid);
    CBB o;
    if ((what->eku & known[i].bit) != 0 &&
        !(CBB_add_asn1(&seq, &o, CBS_ASN1_OBJECT) && CBB_add_bytes(&o, id.p, id.n) && CBB_flush(&seq))) {
      return false;
    }
  }
  return CBB_flush(list);
}

static bool add_key_ids(CBB *list, const q_issue *what) {
  uint8_t id[Q_PKI_KEY_ID];
  open_extension e;
  CBB seq;
  CBB octets;
  if (q_pki_issue_key_id(id, what->spki) != QTLS_OK || !open_one(list, &e, Q_OID_SUBJECT_KEY_ID, false) ||
      !CBB_add_asn1_octet_string(&e.value, id, sizeof id) || !CBB_flush(list)) {
    return false;
  }
  return what->aki.n == 0 ||
         (open_one(list, &e, Q_OID_AUTHORITY_KEY_ID, false) && CBB_add_asn1(&e.value, &seq, CBS_ASN1_SEQUENCE) &&
          CBB_add_asn1(&seq, &octets, CBS_ASN1_CONTEXT_SPECIFIC | 0) &&
          CBB_add_bytes(&octets, what->aki.p, what->aki.n) && CBB_flush(list));
}

static bool add_names(CBB *list, const q_issue *what) {
  open_extension e;
  CBB seq;
  q_typed_name name;
  if (what->names.n == 0) {
    return true;
  }
  /* RFC 5280 §4.2.1.6: critical when the subject is empty. */
  if (!open_one(list, &e, Q_OID_SUBJECT_ALT_NAME, what->subject.n <= 2) ||
      !CBB_add_asn1(&e.value, &seq, CBS_ASN1_SEQUENCE)) {
    return false;
  }
  for (size_t i = 0; i < what->names.n; i++) {
    if (!q_pki_typed_name(&name, what->names.p[i]) || !q_pki_typed_write(&seq, &name)) {
      return false;
    }
  }
  return CBB_flush(list);
}

/* GeneralSubtrees under [number]; minimum and maximum are never written. */
static bool add_subtrees(CBB *out, unsigned number, q_texts bases) {
  CBB list;
  CBB subtree;
  q_typed_name base;
  if (bases.n == 0) {
    return true;
  }
  if (!CBB_add_asn1(out, &list, CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | number)) {
    return false;
  }
  for (size_t i = 0; i < bases.n; i++) {
    if (!q_pki_typed_subtree(&base, bases.p[i]) || !CBB_add_asn1(&list, &subtree, CBS_ASN1_SEQUENCE) ||
        !q_pki_typed_write(&subtree, &base) || !CBB_flush(&list)) {
      return false;
    }
  }
  return CBB_flush(out);
}

/* RFC 5280 §4.2.1.10: critical. */
static bool add_constraints(CBB *list, const q_issue *what) {
  open_extension e;
  CBB seq;
  if (what->permitted.n == 0 && what->excluded.n == 0) {
    return true;
  }
  return open_one(list, &e, Q_OID_NAME_CONSTRAINTS, true) && CBB_add_asn1(&e.value, &seq, CBS_ASN1_SEQUENCE) &&
         add_subtrees(&seq, 0, what->permitted) && add_subtrees(&seq, 1, what->excluded) && CBB_flush(list);
}

static bool add_url(CBB *out, const char *url) {
  q_typed_name name = {.type = Q_GENERAL_URI, .text = q_span_of(url, strlen(url))};
  return q_pki_typed_write(out, &name);
}

/* RFC 5280 §4.2.2.1. */
static bool add_access(CBB *list, const q_issue *what) {
  const q_texts urls[2] = {what->ocsp_urls, what->issuer_urls};
  static const q_oid methods[2] = {Q_OID_AT_OCSP, Q_OID_AT_ISSUERS};
  open_extension e;
  CBB seq;
  CBB one;
  CBB o;
  if (urls[0].n == 0 && urls[1].n == 0) {
    return true;
  }
  if (!open_one(list, &e, Q_OID_AUTHORITY_INFO, false) || !CBB_add_asn1(&e.value, &seq, CBS_ASN1_SEQUENCE)) {
    return false;
  }
  for (size_t kind = 0; kind < 2; kind++) {
    q_span id = q_pki_oid_bytes(methods[kind]);
    for (size_t i = 0; i < urls[kind].n; i++) {
      if (!CBB_add_asn1(&seq, &one, CBS_ASN1_SEQUENCE) || !CBB_add_asn1(&one, &o, CBS_ASN1_OBJECT) ||
          !CBB_add_bytes(&o, id.p, id.n) || !add_url(&one, urls[kind].p[i]) || !CBB_flush(&seq)) {
        return false;
      }
    }
  }
  return CBB_flush(list);
}

/* RFC 5280 §4.2.1.13: one point, whose names are ways to the same list. */
static bool add_crl_points(CBB *list, const q_issue *what) {
  const CBS_ASN1_TAG first = CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 0;
  open_extension e;
  CBB seq;
  CBB point;
  CBB name;
  CBB full;
  if (what->crl_urls.n == 0) {
    return true;
  }
  if (!open_one(list, &e, Q_OID_CRL_POINTS, false) || !CBB_add_asn1(&e.value, &seq, CBS_ASN1_SEQUENCE) ||
      !CBB_add_asn1(&seq, &point, CBS_ASN1_SEQUENCE) || !CBB_add_asn1(&point, &name, first) ||
      !CBB_add_asn1(&name, &full, first)) {
    return false;
  }
  for (size_t i = 0; i < what->crl_urls.n; i++) {
    if (!add_url(&full, what->crl_urls.p[i])) {
      return false;
    }
  }
  return CBB_flush(list);
}

/* status_request (RFC 7633 §4.2.2), and NULL (RFC 6960 §4.2.2.2.1). */
static bool add_flags(CBB *list, const q_issue *what) {
  open_extension e;
  CBB inner;
  if (what->must_staple && !(open_one(list, &e, Q_OID_TLS_FEATURE, false) &&
                             CBB_add_asn1(&e.value, &inner, CBS_ASN1_SEQUENCE) &&
                             CBB_add_asn1_uint64(&inner, TLS_STATUS_REQUEST) && CBB_flush(list))) {
    return false;
  }
  return !what->ocsp_nocheck || (open_one(list, &e, Q_OID_OCSP_NOCHECK, false) &&
                                 CBB_add_asn1(&e.value, &inner, CBS_ASN1_NULL) && CBB_flush(list));
}

/* 72, 73, 74, not critical (Q-TLS §4). */
static bool add_alt(CBB *list, const q_issue *what, q_span alt_signature) {
  open_extension e;
  CBB bits;
  if (what->alt_spki.n > 0 && !(open_one(list, &e, Q_OID_ALT_SPKI, false) &&
                                CBB_add_bytes(&e.value, what->alt_spki.p, what->alt_spki.n) && CBB_flush(list))) {
    return false;
  }
  if (what->alt_key != NULL &&
      !(open_one(list, &e, Q_OID_ALT_SIG_ALG, false) &&
        q_pki_algorithm_write(&e.value, Q_SIG_MLDSA, q_crypto_privkey_type(what->alt_key)) && CBB_flush(list))) {
    return false;
  }
  return alt_signature.n == 0 ||
         (open_one(list, &e, Q_OID_ALT_SIGNATURE, false) && CBB_add_asn1(&e.value, &bits, CBS_ASN1_BITSTRING) &&
          CBB_add_u8(&bits, 0) && CBB_add_bytes(&bits, alt_signature.p, alt_signature.n) && CBB_flush(list));
}

bool q_pki_issue_extensions(CBB *tbs, const q_issue *what, q_span alt_signature) {
  CBB wrapper;
  CBB list;
  return CBB_add_asn1(tbs, &wrapper, CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 3) &&
         CBB_add_asn1(&wrapper, &list, CBS_ASN1_SEQUENCE) && add_basic(&list, what) && add_key_usage(&list, what) &&
         add_eku(&list, what) && add_key_ids(&list, what) && add_names(&list, what) && add_constraints(&list, what) &&
         add_access(&list, what) && add_crl_points(&list, what) && add_flags(&list, what) &&
         (what->extra.n == 0 || CBB_add_bytes(&list, what->extra.p, what->extra.n)) &&
         add_alt(&list, what, alt_signature) && CBB_flush(tbs);
}

bool q_pki_issue_requested(CBB *list, const q_issue *what) {
  return (!what->is_ca || add_basic(list, what)) && add_eku(list, what) && add_names(list, what) &&
         add_flags(list, what);
}

static bool subtree_valid(const char *text) {
  q_typed_name base;
  return q_pki_typed_subtree(&base, text);
}

static bool name_valid(const char *text) {
  q_typed_name name;
  return q_pki_typed_name(&name, text);
}

static bool texts_valid(q_texts texts, size_t most, bool (*valid)(const char *)) {
  if (texts.n > most || (texts.n > 0 && texts.p == NULL)) {
    return false;
  }
  for (size_t i = 0; i < texts.n; i++) {
    if (texts.p[i] == NULL || !valid(texts.p[i])) {
      return false;
    }
  }
  return true;
}

bool q_pki_issue_extensions_valid(const q_issue *what) {
  return texts_valid(what->names, NAMES_MOST, name_valid) && texts_valid(what->permitted, NAMES_MOST, subtree_valid) &&
         texts_valid(what->excluded, NAMES_MOST, subtree_valid) &&
         texts_valid(what->ocsp_urls, Q_PKI_URLS_MAX, q_pki_typed_url) &&
         texts_valid(what->issuer_urls, Q_PKI_URLS_MAX, q_pki_typed_url) &&
         texts_valid(what->crl_urls, Q_PKI_URLS_MAX, q_pki_typed_url);
}

size_t q_pki_issue_extensions_room(const q_issue *what) {
  const q_texts all[] = {what->names,     what->permitted,   what->excluded,
                         what->ocsp_urls, what->issuer_urls, what->crl_urls};
  size_t n = 256;
  for (size_t i = 0; i < Q_COUNT(all); i++) {
    for (size_t j = 0; j < all[i].n; j++) {
      n += strlen(all[i].p[j]) + 64;
    }
  }
  return n;
}
