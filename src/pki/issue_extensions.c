/* Owns the writing of the extensions of a certificate that is being issued. */
#include "pki/issue_extensions.h"

#include <string.h>

#include "pki/algorithm.h"
#include "pki/names.h"

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

bool q_pki_issue_name_valid(const char *name) {
  uint8_t ip[16];
  return q_pki_ip_parse(ip, name) > 0 || q_pki_dns_valid(q_span_of(name, strlen(name)), true);
}

static bool add_names(CBB *list, const q_issue *what) {
  open_extension e;
  CBB seq;
  if (what->name_count == 0) {
    return true;
  }
  /* RFC 5280 §4.2.1.6: critical when the subject is empty. */
  if (!open_one(list, &e, Q_OID_SUBJECT_ALT_NAME, what->subject.n <= 2) ||
      !CBB_add_asn1(&e.value, &seq, CBS_ASN1_SEQUENCE)) {
    return false;
  }
  for (size_t i = 0; i < what->name_count; i++) {
    uint8_t ip[16];
    size_t ip_n = q_pki_ip_parse(ip, what->names[i]);
    q_span value = ip_n > 0 ? q_span_of(ip, ip_n) : q_span_of(what->names[i], strlen(what->names[i]));
    CBB name;
    if (!CBB_add_asn1(&seq, &name, CBS_ASN1_CONTEXT_SPECIFIC | (ip_n > 0 ? Q_GENERAL_IP : Q_GENERAL_DNS)) ||
        !CBB_add_bytes(&name, value.p, value.n) || !CBB_flush(&seq)) {
      return false;
    }
  }
  return CBB_flush(list);
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
         add_eku(&list, what) && add_key_ids(&list, what) && add_names(&list, what) &&
         (what->extra.n == 0 || CBB_add_bytes(&list, what->extra.p, what->extra.n)) &&
         add_alt(&list, what, alt_signature) && CBB_flush(tbs);
}
