/* Owns the making of revocation lists (RFC 5280 §5, Q-TLS §4). */
#include "pki/algorithm.h"
#include "pki/crl_der.h"
#include "pki/time.h"

#define ENTRY_MOST 72 /* bytes of one entry */

typedef struct plan {
  const qtls_crl_request *r;
  const q_cert *issuer;
  q_key_pair keys;
} plan;

static bool add_reason(CBB *entry, qtls_reason reason) {
  CBB list;
  CBB whole;
  CBB value;
  CBB field;
  return CBB_add_asn1(entry, &list, CBS_ASN1_SEQUENCE) && q_pki_dual_open(&list, &whole, &value, Q_OID_CRL_REASON) &&
         CBB_add_asn1(&value, &field, CBS_ASN1_ENUMERATED) && CBB_add_u8(&field, (uint8_t)reason) && CBB_flush(entry);
}

static bool add_entries(CBB *tbs, const qtls_crl_request *r) {
  CBB list;
  if (r->revoked_count == 0) { /* §5.1.2.6: the list is absent */
    return true;
  }
  if (!CBB_add_asn1(tbs, &list, CBS_ASN1_SEQUENCE)) {
    return false;
  }
  for (size_t i = 0; i < r->revoked_count; i++) {
    const qtls_revoked *one = &r->revoked[i];
    CBB entry;
    CBB serial;
    /* §5.3.1: unspecified is told by silence. */
    if (!CBB_add_asn1(&list, &entry, CBS_ASN1_SEQUENCE) || !CBB_add_asn1(&entry, &serial, CBS_ASN1_INTEGER) ||
        !CBB_add_bytes(&serial, one->serial, one->serial_size) || !CBB_flush(&entry) ||
        !q_pki_time_write(&entry, one->when) ||
        (one->reason != QTLS_REASON_unspecified && !add_reason(&entry, one->reason)) || !CBB_flush(&list)) {
      return false;
    }
  }
  return CBB_flush(tbs);
}

static bool add_aki(CBB *list, q_span id) {
  CBB whole;
  CBB value;
  CBB seq;
  CBB field;
  return q_pki_dual_open(list, &whole, &value, Q_OID_AUTHORITY_KEY_ID) &&
         CBB_add_asn1(&value, &seq, CBS_ASN1_SEQUENCE) && CBB_add_asn1(&seq, &field, CBS_ASN1_CONTEXT_SPECIFIC | 0) &&
         CBB_add_bytes(&field, id.p, id.n) && CBB_flush(list);
}

static bool write_tbs(CBB *out, const void *what, bool own, q_span alt_signature) {
  const plan *p = what;
  q_key_type type = q_crypto_privkey_type(p->keys.key);
  CBB tbs;
  CBB wrapper;
  CBB list;
  CBB whole;
  CBB value;
  return CBB_add_asn1(out, &tbs, CBS_ASN1_SEQUENCE) && CBB_add_asn1_uint64(&tbs, 1) &&
         (!own || q_pki_algorithm_write(&tbs, q_pki_algorithm_of_key(type), type)) &&
         CBB_add_bytes(&tbs, p->issuer->subject.p, p->issuer->subject.n) && q_pki_time_write(&tbs, p->r->this_update) &&
         q_pki_time_write(&tbs, p->r->next_update) && add_entries(&tbs, p->r) &&
         CBB_add_asn1(&tbs, &wrapper, Q_CRL_ALT_TAG) && CBB_add_asn1(&wrapper, &list, CBS_ASN1_SEQUENCE) &&
         (p->issuer->ski.n == 0 || add_aki(&list, p->issuer->ski)) &&
         q_pki_dual_open(&list, &whole, &value, Q_OID_CRL_NUMBER) && CBB_add_asn1_uint64(&value, p->r->number) &&
         CBB_flush(&list) && (p->keys.alt == NULL || q_pki_dual_add_algorithm(&list, p->keys.alt)) &&
         (alt_signature.n == 0 || q_pki_dual_add_signature(&list, alt_signature)) && CBB_flush(out);
}

static bool serial_fine(const qtls_revoked *one) {
  if (one->serial == NULL || one->serial_size == 0 || one->serial_size > 20) {
    return false;
  }
  CBS serial = q_pki_cbs_of(q_span_of(one->serial, one->serial_size));
  int negative = 1;
  return CBS_is_valid_asn1_integer(&serial, &negative) && !negative;
}

/* removeFromCRL belongs to delta lists alone (§5.3.1). */
static bool reason_fine(qtls_reason reason) {
  return reason >= QTLS_REASON_unspecified && reason <= QTLS_REASON_aACompromise && (int)reason != 7 &&
         reason != QTLS_REASON_removeFromCRL;
}

qtls_err q_pki_crl_issue(uint8_t **der, size_t *n, const qtls_crl_request *r, const q_cert *issuer, q_key_pair keys) {
  *der = NULL;
  *n = 0;
  if (r->next_update <= r->this_update || (r->revoked_count > 0 && r->revoked == NULL) ||
      r->revoked_count > Q_CRL_MAX / ENTRY_MOST) {
    return QTLS_ERR_ARGUMENT;
  }
  for (size_t i = 0; i < r->revoked_count; i++) {
    if (!serial_fine(&r->revoked[i]) || !reason_fine(r->revoked[i].reason)) {
      return QTLS_ERR_ARGUMENT;
    }
  }
  if (!issuer->is_ca) {
    return QTLS_ERR_CERT_NOT_CA;
  }
  if (issuer->has_key_usage && (issuer->key_usage & Q_KU_CRL_SIGN) == 0) {
    return QTLS_ERR_CERT_KEY_USAGE;
  }
  Q_TRY(q_pki_dual_belongs(keys, issuer));
  plan p = {r, issuer, keys};
  size_t cap = 512 + issuer->subject.n + issuer->ski.n + r->revoked_count * ENTRY_MOST;
  return q_pki_dual_seal(der, n, cap, write_tbs, &p, keys, q_span_of(NULL, 0));
}
