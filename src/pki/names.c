/* Owns the names of subjectAltName and their comparison. */
#include "pki/names.h"

#include <string.h>

#include "pki/der.h"
#include "pki/verify.h"

bool q_pki_name_next(q_span *rest, q_general_name *out) {
  CBS in = q_pki_cbs_of(*rest);
  CBS value;
  CBS_ASN1_TAG tag = 0;
  if (!CBS_get_any_asn1(&in, &value, &tag) || (tag & CBS_ASN1_CLASS_MASK) != CBS_ASN1_CONTEXT_SPECIFIC) {
    return false;
  }
  out->type = (unsigned)(tag & CBS_ASN1_TAG_NUMBER_MASK);
  out->value = q_pki_span_of(&value);
  bool constructed = (tag & CBS_ASN1_CONSTRUCTED) != 0;
  bool want = out->type == Q_GENERAL_OTHER || out->type == Q_GENERAL_X400 || out->type == Q_GENERAL_DIRECTORY ||
              out->type == Q_GENERAL_EDI;
  CBS name;
  if (out->type > Q_GENERAL_REGISTERED || constructed != want ||
      (out->type == Q_GENERAL_DIRECTORY && !q_pki_der_only(&name, out->value, CBS_ASN1_SEQUENCE))) {
    return false;
  }
  *rest = q_pki_span_of(&in);
  return true;
}

bool q_pki_name_equal(q_span a, q_span b) {
  if (a.n != b.n) {
    return false;
  }
  for (size_t i = 0; i < a.n; i++) {
    if (q_pki_lower(a.p[i]) != q_pki_lower(b.p[i])) {
      return false;
    }
  }
  return true;
}

static bool label_byte(uint8_t c) {
  c = q_pki_lower(c);
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool q_pki_dns_valid(q_span name, bool wildcard) {
  size_t from = 0;
  size_t labels = 0;
  if (name.n == 0 || name.n > 253) {
    return false;
  }
  if (wildcard && name.n > 2 && name.p[0] == '*' && name.p[1] == '.') {
    from = 2;
  }
  size_t length = 0;
  for (size_t i = from; i <= name.n; i++) {
    if (i == name.n || name.p[i] == '.') {
      if (length == 0 || length > 63 || name.p[i - 1] == '-' || name.p[i - length] == '-') {
        return false;
      }
      labels++;
      length = 0;
    } else if (!label_byte(name.p[i])) {
      return false;
    } else {
      length++;
    }
  }
  /* A wildcard right below a top-level domain stands for half the world. */
  return from == 0 || labels >= 2;
}

/* RFC 9525 §6.3: the wildcard is a whole label, the leftmost, and stands for
 * one label exactly. */
static bool dns_matches(q_span pattern, q_span name) {
  if (!q_pki_dns_valid(pattern, true)) {
    return false;
  }
  if (pattern.p[0] != '*') {
    return q_pki_name_equal(pattern, name);
  }
  const uint8_t *dot = memchr(name.p, '.', name.n);
  if (dot == NULL) {
    return false;
  }
  size_t head = (size_t)(dot - name.p);
  return q_pki_name_equal(q_span_of(pattern.p + 1, pattern.n - 1), q_span_of(dot, name.n - head));
}

bool q_pki_dns_ends_in_number(q_span name) {
  size_t at = name.n;
  while (at > 0 && name.p[at - 1] >= '0' && name.p[at - 1] <= '9') {
    at--;
  }
  return at < name.n && (at == 0 || name.p[at - 1] == '.');
}

qtls_err q_pki_name_check(const q_cert *cert, const char *name) {
  uint8_t ip[16];
  size_t ip_n = q_pki_ip_parse(ip, name);
  q_span want = q_span_of(name, strlen(name));
  if (want.n > 1 && want.p[want.n - 1] == '.') {
    want.n--; /* an absolute name is the same name */
  }
  if (ip_n == 0 && (!q_pki_dns_valid(want, false) || q_pki_dns_ends_in_number(want))) {
    return QTLS_ERR_CERT_NAME;
  }
  q_span rest = cert->san;
  q_general_name have;
  while (rest.n > 0 && q_pki_name_next(&rest, &have)) {
    /* RFC 9525 §6.2: addresses only against iPAddress, byte for byte. */
    if (ip_n != 0 ? have.type == Q_GENERAL_IP && q_base_span_equal(have.value, q_span_of(ip, ip_n))
                  : have.type == Q_GENERAL_DNS && dns_matches(have.value, want)) {
      return QTLS_OK;
    }
  }
  return QTLS_ERR_CERT_NAME;
}
