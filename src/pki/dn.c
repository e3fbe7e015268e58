/* Owns distinguished names as text. */
#include "pki/dn.h"

#include "pki/der.h"

#define RDNS_MAX 32 /* shown, from the root; what is left out stands in front as "..." */

/* Big-endian code units of `width` bytes as UTF-8: BMPString, UniversalString. */
static void add_wide(q_text *out, q_span value, size_t width) {
  for (size_t i = 0; i + width <= value.n; i += width) {
    uint32_t c = 0;
    for (size_t j = 0; j < width; j++) {
      c = c << 8 | value.p[i + j];
    }
    uint8_t utf8[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    if (n == 1) {
      utf8[0] = (uint8_t)c;
    } else {
      for (size_t j = n - 1; j > 0; j--, c >>= 6) {
        utf8[j] = (uint8_t)(0x80 | (c & 0x3F));
      }
      utf8[0] = (uint8_t)((0xF00U >> n & 0xFF) | c);
    }
    q_pki_text_bytes(out, utf8, n);
  }
}

/* RFC 4514 §2.4. */
static void add_escaped(q_text *out, q_span value) {
  for (size_t i = 0; i < value.n; i++) {
    uint8_t c = value.p[i];
    bool special = c == ',' || c == '+' || c == '"' || c == '\\' || c == '<' || c == '>' || c == ';' ||
                   (i == 0 && (c == ' ' || c == '#')) || (i + 1 == value.n && c == ' ');
    if (special) {
      q_pki_text_add(out, "\\");
    }
    q_pki_text_bytes(out, &c, 1);
  }
}

/* A string type as UTF-8; false for what is no string. Latin-1 of a T61String is
 * left as it is. */
static bool add_plain(q_text *out, CBS_ASN1_TAG tag, q_span value) {
  switch (tag) {
    case CBS_ASN1_UTF8STRING:
    case CBS_ASN1_PRINTABLESTRING:
    case CBS_ASN1_IA5STRING:
    case CBS_ASN1_NUMERICSTRING:
    case CBS_ASN1_T61STRING: q_pki_text_bytes(out, value.p, value.n); return true;
    case CBS_ASN1_BMPSTRING: add_wide(out, value, 2); return true;
    case CBS_ASN1_UNIVERSALSTRING: add_wide(out, value, 4); return true;
    default: return false;
  }
}

static void add_value(q_text *out, CBS *in) {
  CBS element;
  CBS value;
  CBS_ASN1_TAG tag = 0;
  size_t header = 0;
  if (!CBS_get_any_asn1_element(in, &element, &tag, &header)) {
    return;
  }
  value = element;
  (void)CBS_skip(&value, header);
  q_text plain = {0};
  if (!add_plain(&plain, tag, q_pki_span_of(&value))) { /* §2.4: the BER encoding in hexadecimal */
    q_pki_text_add(out, "#");
    q_pki_text_hex(out, q_pki_span_of(&element));
    return;
  }
  q_text tame = {0};
  q_pki_text_tame(&tame, q_span_of(plain.p, plain.n));
  add_escaped(out, q_span_of(tame.p, tame.n));
  if (out->err == QTLS_OK) { /* half a name is no name */
    out->err = plain.err != QTLS_OK ? plain.err : tame.err;
  }
  q_pki_text_free(&plain);
  q_pki_text_free(&tame);
}

static void add_rdn(q_text *out, q_span rdn) {
  CBS set = q_pki_cbs_of(rdn);
  for (bool first = true; CBS_len(&set) > 0; first = false) {
    CBS attribute;
    q_oid type = Q_OID_UNKNOWN;
    q_span id = {NULL, 0};
    if (!CBS_get_asn1(&set, &attribute, CBS_ASN1_SEQUENCE) || !q_pki_der_oid(&type, &id, &attribute)) {
      return;
    }
    q_pki_text_add(out, first ? "" : "+");
    if (type != Q_OID_UNKNOWN) {
      q_pki_text_add(out, q_pki_oid_name(type));
    } else {
      q_pki_oid_dotted(out, id);
    }
    q_pki_text_add(out, "=");
    add_value(out, &attribute);
  }
}

void q_pki_dn_write(q_text *out, q_span name) {
  CBS in;
  CBS rdn;
  q_span rdns[RDNS_MAX];
  size_t count = 0;
  if (!q_pki_der_only(&in, name, CBS_ASN1_SEQUENCE)) {
    return;
  }
  while (count < RDNS_MAX && CBS_len(&in) > 0 && CBS_get_asn1(&in, &rdn, CBS_ASN1_SET)) {
    rdns[count++] = q_pki_span_of(&rdn);
  }
  q_pki_text_add(out, CBS_len(&in) > 0 ? "...," : ""); /* the most special ones come first in RFC 4514 */
  for (size_t i = count; i > 0; i--) {
    add_rdn(out, rdns[i - 1]);
    q_pki_text_add(out, i > 1 ? "," : "");
  }
}

bool q_pki_dn_find(q_text *out, q_span name, q_oid type) {
  CBS rdns;
  CBS rdn;
  CBS attribute;
  CBS value;
  bool found = false;
  if (!q_pki_der_only(&rdns, name, CBS_ASN1_SEQUENCE)) {
    return false;
  }
  while (CBS_len(&rdns) > 0 && CBS_get_asn1(&rdns, &rdn, CBS_ASN1_SET)) {
    while (CBS_len(&rdn) > 0 && CBS_get_asn1(&rdn, &attribute, CBS_ASN1_SEQUENCE)) {
      q_oid have = Q_OID_UNKNOWN;
      CBS_ASN1_TAG tag = 0;
      if (!q_pki_der_oid(&have, NULL, &attribute) || have != type || !CBS_get_any_asn1(&attribute, &value, &tag)) {
        continue;
      }
      q_pki_text_free(out);
      found = add_plain(out, tag, q_pki_span_of(&value));
    }
  }
  return found;
}
