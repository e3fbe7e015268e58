/* Owns the reading of revocation lists. */
#include <string.h>

#include "pki/cert_parts.h"
#include "pki/crl_der.h"
#include "pki/names.h"
#include "pki/time.h"

#define CONTEXT(number) (CBS_ASN1_CONTEXT_SPECIFIC | (number))
#define CONTEXT_IN(number) (CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | (number))

/* A BOOLEAN DEFAULT FALSE under an implicit tag. */
static bool read_flag(bool *out, CBS *in, unsigned number) {
  CBS value;
  int present = 0;
  uint8_t octet = 0;
  if (!CBS_get_optional_asn1(in, &value, &present, CONTEXT(number))) {
    return false;
  }
  *out = present != 0;
  return !present || (CBS_get_u8(&value, &octet) && octet == 0xFF && CBS_len(&value) == 0);
}

/* DistributionPointName: full names, or one relative to the issuer's, which is not
 * looked at further, since no certificate's is compared with it. */
static bool read_point(q_crl *out, CBS *point) {
  CBS names;
  CBS relative;
  q_general_name name;
  if (!CBS_peek_asn1_tag(point, CONTEXT_IN(0))) {
    return CBS_get_asn1(point, &relative, CONTEXT_IN(1)) && CBS_len(point) == 0 && CBS_len(&relative) > 0;
  }
  if (!CBS_get_asn1(point, &names, CONTEXT_IN(0)) || CBS_len(point) != 0 || CBS_len(&names) == 0) {
    return false;
  }
  out->point = q_pki_span_of(&names);
  for (q_span rest = out->point; rest.n > 0;) {
    if (!q_pki_name_next(&rest, &name)) {
      return false;
    }
  }
  return true;
}

/* IssuingDistributionPoint (§5.2.5). */
static bool read_scope(q_crl *out, q_span value) {
  CBS seq;
  CBS point;
  CBS reasons;
  int has_point = 0;
  int has_reasons = 0;
  bool indirect = false;
  bool attributes = false;
  if (!q_pki_der_only(&seq, value, CBS_ASN1_SEQUENCE) ||
      !CBS_get_optional_asn1(&seq, &point, &has_point, CONTEXT_IN(0)) || !read_flag(&out->users_only, &seq, 1) ||
      !read_flag(&out->authorities_only, &seq, 2) || !CBS_get_optional_asn1(&seq, &reasons, &has_reasons, CONTEXT(3)) ||
      !read_flag(&indirect, &seq, 4) || !read_flag(&attributes, &seq, 5) || CBS_len(&seq) != 0) {
    return false;
  }
  if (out->users_only && out->authorities_only) {
    return false;
  }
  out->has_point = has_point != 0;
  if ((has_point && !read_point(out, &point)) || (has_reasons && !CBS_is_valid_asn1_bitstring(&reasons))) {
    return false;
  }
  out->unusable = out->unusable || has_reasons || indirect || attributes;
  return true;
}

/* §5.2.3: 20 octets at most. */
static bool read_number(q_crl *out, q_span value) {
  CBS number;
  int negative = 1;
  if (!q_pki_der_only(&number, value, CBS_ASN1_INTEGER) || !CBS_is_valid_asn1_integer(&number, &negative) || negative ||
      CBS_len(&number) > 20) {
    return false;
  }
  uint64_t v = 0;
  bool fits = CBS_len(&number) <= 8 || (CBS_len(&number) == 9 && CBS_data(&number)[0] == 0);
  for (size_t i = 0; fits && i < CBS_len(&number); i++) {
    v = v << 8 | CBS_data(&number)[i];
  }
  out->number = v;
  return true;
}

static bool read_extension(q_crl *out, const q_extension *e) {
  switch (e->oid) {
    case Q_OID_AUTHORITY_KEY_ID:
      return q_pki_authority_key_id(&out->aki, e->value);
    case Q_OID_CRL_NUMBER:
      return read_number(out, e->value);
    case Q_OID_CRL_SCOPE:
      return read_scope(out, e->value);
    case Q_OID_CRL_DELTA:
      out->unusable = true;
      return true; /* §5.2.4: no complete list */
    case Q_OID_ALT_SIG_ALG:
    case Q_OID_ALT_SIGNATURE:
      return q_pki_dual_read(&out->dual, e);
    default:
      out->unusable = out->unusable || e->critical;
      return true; /* §5.2 */
  }
}

/* Takes the extensions off `in`; none twice. */
static bool read_extensions(q_crl *out, CBS *in) {
  q_extension_walk walk = {.count = 0};
  CBS wrapper;
  if (!CBS_get_asn1(in, &wrapper, CONTEXT_IN(0)) || !CBS_get_asn1(&wrapper, &walk.rest, CBS_ASN1_SEQUENCE) ||
      CBS_len(&wrapper) != 0 || CBS_len(&walk.rest) == 0) {
    return false;
  }
  while (CBS_len(&walk.rest) > 0) {
    q_extension e;
    if (!q_pki_extension_walk(&walk, &e) || !read_extension(out, &e)) {
      return false;
    }
  }
  return q_pki_dual_whole(&out->dual);
}

/* CRLReason ::= ENUMERATED, whole (§5.3.1). */
static bool read_reason(uint8_t *out, q_span value) {
  CBS reason;
  uint8_t v = 0;
  if (!q_pki_der_only(&reason, value, CBS_ASN1_ENUMERATED) || !CBS_get_u8(&reason, &v) || CBS_len(&reason) != 0 ||
      v > QTLS_REASON_aACompromise || v == 7) {
    return false;
  }
  *out = v;
  return true;
}

static bool read_entry_extensions(q_crl *out, q_crl_entry *entry, CBS *in) {
  CBS list;
  bool seen = false;
  size_t count = 0;
  if (!CBS_get_asn1(in, &list, CBS_ASN1_SEQUENCE) || CBS_len(&list) == 0) {
    return false;
  }
  while (CBS_len(&list) > 0) {
    q_extension e;
    if (count++ == Q_PKI_EXTENSIONS_MAX || !q_pki_extension_next(&list, &e)) {
      return false;
    }
    if (e.oid == Q_OID_CRL_REASON) {
      if (seen || !read_reason(&entry->reason, e.value)) {
        return false;
      }
      seen = true;
    } else if (e.critical || e.oid == Q_OID_CRL_ENTRY_ISSUER) { /* §5.3: then no entry of the list counts */
      out->unusable = true;
    }
  }
  return true;
}

static bool read_entry(q_crl *out, q_crl_entry *entry, CBS *in) {
  CBS one;
  CBS serial;
  int negative = 1;
  if (!CBS_get_asn1(in, &one, CBS_ASN1_SEQUENCE) || !CBS_get_asn1(&one, &serial, CBS_ASN1_INTEGER) ||
      !CBS_is_valid_asn1_integer(&serial, &negative) || negative || CBS_len(&serial) > 20 ||
      !q_pki_time_read(&entry->when, &one)) {
    return false;
  }
  entry->serial = CBS_data(&serial);
  entry->serial_n = (uint8_t)CBS_len(&serial);
  entry->reason = QTLS_REASON_unspecified;
  return CBS_len(&one) == 0 || (read_entry_extensions(out, entry, &one) && CBS_len(&one) == 0);
}

static int compare(const uint8_t *a, size_t a_n, const uint8_t *b, size_t b_n) {
  if (a_n != b_n) {
    return a_n < b_n ? -1 : 1;
  }
  return memcmp(a, b, a_n);
}

static bool in_order(const q_crl_entry *a, const q_crl_entry *b) {
  return compare(a->serial, a->serial_n, b->serial, b->serial_n) <= 0;
}

/* `from` is sorted in [low, middle) and [middle, high). */
static void merge(const q_crl_entry **to, const q_crl_entry **from, size_t low, size_t middle, size_t high) {
  size_t left = low;
  size_t right = middle;
  for (size_t i = low; i < high; i++) {
    bool take_left = left < middle && (right == high || in_order(from[left], from[right]));
    to[i] = take_left ? from[left++] : from[right++];
  }
}

/* Merges runs of doubled length: n log n steps whatever the order, which a
 * stranger may have chosen. */
static qtls_err sort(q_crl *crl) {
  size_t n = crl->count;
  const q_crl_entry **other = q_alloc(n * sizeof *other);
  if (other == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  for (size_t width = 1; width < n; width *= 2) {
    for (size_t low = 0; low < n; low += 2 * width) {
      size_t middle = n - low < width ? n : low + width;
      size_t high = n - low < 2 * width ? n : low + 2 * width;
      merge(other, crl->sorted, low, middle, high);
    }
    const q_crl_entry **swap = crl->sorted;
    crl->sorted = other;
    other = swap;
  }
  q_free(other);
  return QTLS_OK;
}

/* The smallest entry holds an INTEGER of one byte and a UTCTime. */
#define ENTRY_LEAST (3 + 15)

/* revokedCertificates: counted first, so that memory is asked for once; and since
 * nothing is verified yet, no more than in proportion to what came. */
static qtls_err read_entries(q_crl *out, CBS *in) {
  CBS list;
  CBS skipped;
  size_t count = 0;
  if (!CBS_get_asn1(in, &list, CBS_ASN1_SEQUENCE)) {
    return QTLS_ERR_CRL_PARSE;
  }
  for (CBS rest = list; CBS_len(&rest) > 0; count++) {
    if (!CBS_get_asn1(&rest, &skipped, CBS_ASN1_SEQUENCE) || CBS_len(&skipped) < ENTRY_LEAST) {
      return QTLS_ERR_CRL_PARSE;
    }
  }
  if (count == 0) { /* §5.1.2.6: then it is absent */
    return QTLS_ERR_CRL_PARSE;
  }
  out->entries = q_alloc(count * sizeof *out->entries);
  out->sorted = q_alloc(count * sizeof *out->sorted);
  if (out->entries == NULL || out->sorted == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  for (size_t i = 0; i < count; i++) {
    if (!read_entry(out, &out->entries[i], &list)) {
      return QTLS_ERR_CRL_PARSE;
    }
    out->sorted[i] = &out->entries[i];
  }
  out->count = count;
  return sort(out);
}

static qtls_err read_tbs(q_crl *out) {
  CBS tbs;
  uint64_t version = 0;
  q_span algorithm = {NULL, 0};
  /* §5.1.2.1: version 2, since there are extensions. */
  if (!q_pki_der_only(&tbs, out->dual.covered, CBS_ASN1_SEQUENCE) || !CBS_get_asn1_uint64(&tbs, &version) ||
      version != 1 || !q_pki_take(&algorithm, &tbs, CBS_ASN1_SEQUENCE) ||
      !q_base_span_equal(algorithm, out->dual.algorithm) || !q_pki_take(&out->issuer, &tbs, CBS_ASN1_SEQUENCE) ||
      !q_pki_name_well_formed(out->issuer) || !q_pki_time_read(&out->this_update, &tbs)) {
    return QTLS_ERR_CRL_PARSE;
  }
  out->next_update = Q_TIME_NONE;
  if ((CBS_peek_asn1_tag(&tbs, CBS_ASN1_UTCTIME) || CBS_peek_asn1_tag(&tbs, CBS_ASN1_GENERALIZEDTIME)) &&
      !q_pki_time_read(&out->next_update, &tbs)) {
    return QTLS_ERR_CRL_PARSE;
  }
  if (CBS_peek_asn1_tag(&tbs, CBS_ASN1_SEQUENCE)) {
    Q_TRY(read_entries(out, &tbs));
  }
  if (CBS_len(&tbs) > 0 && !read_extensions(out, &tbs)) {
    return QTLS_ERR_CRL_PARSE;
  }
  return CBS_len(&tbs) == 0 ? QTLS_OK : QTLS_ERR_CRL_PARSE;
}

qtls_err q_pki_crl_parse(q_crl *out, q_span der) {
  *out = (q_crl){.der = der, .next_update = Q_TIME_NONE};
  CBS list;
  if (der.n > Q_CRL_MAX || !q_pki_der_only(&list, der, CBS_ASN1_SEQUENCE) ||
      !q_pki_take(&out->dual.covered, &list, CBS_ASN1_SEQUENCE) ||
      !q_pki_take(&out->dual.algorithm, &list, CBS_ASN1_SEQUENCE) ||
      !q_pki_algorithm_well_formed(out->dual.algorithm) || !q_pki_der_octet_bits(&out->dual.signature, &list) ||
      CBS_len(&list) != 0) {
    return QTLS_ERR_CRL_PARSE;
  }
  return read_tbs(out);
}

void q_pki_crl_free(q_crl *crl) {
  q_free(crl->entries);
  q_free(crl->sorted);
  *crl = (q_crl){.next_update = Q_TIME_NONE};
}

const q_crl_entry *q_pki_crl_find(const q_crl *crl, q_span serial) {
  size_t low = 0;
  size_t high = crl->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    const q_crl_entry *e = crl->sorted[middle];
    if (compare(e->serial, e->serial_n, serial.p, serial.n) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  /* removeFromCRL takes back a hold (§6.3.3 k); any other entry revokes, and one that
   * cannot be taken back says more than a hold. */
  const q_crl_entry *held = NULL;
  for (; low < crl->count; low++) {
    const q_crl_entry *e = crl->sorted[low];
    if (compare(e->serial, e->serial_n, serial.p, serial.n) != 0) {
      break;
    }
    if (e->reason == QTLS_REASON_certificateHold) {
      held = e;
    } else if (e->reason != QTLS_REASON_removeFromCRL) {
      return e;
    }
  }
  return held;
}
