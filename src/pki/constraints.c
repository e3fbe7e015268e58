/* Owns name constraints. */
#include "pki/constraints.h"

#include <string.h>

#include "pki/der.h"
#include "pki/name_forms.h"
#include "pki/names.h"

#define SUBTREES(number) (CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | (number))

/* What one subtree says about one name. */
typedef enum answer { OUTSIDE, INSIDE, CANNOT_TELL } answer;

typedef struct subtrees {
  q_span permitted; /* content of the GeneralSubtrees, or empty */
  q_span excluded;
} subtrees;

/* GeneralSubtree: minimum is always its default 0 and maximum always absent
 * (§4.2.1.10), so the base stands alone. */
static bool next_base(q_span *rest, q_general_name *out) {
  CBS in = q_pki_cbs_of(*rest);
  CBS subtree;
  if (!CBS_get_asn1(&in, &subtree, CBS_ASN1_SEQUENCE)) {
    return false;
  }
  q_span base = q_pki_span_of(&subtree);
  if (!q_pki_name_next(&base, out) || base.n != 0) {
    return false;
  }
  *rest = q_pki_span_of(&in);
  return true;
}

static bool split(subtrees *out, q_span value) {
  CBS seq;
  CBS list;
  int present = 0;
  *out = (subtrees){{NULL, 0}, {NULL, 0}};
  if (!q_pki_der_only(&seq, value, CBS_ASN1_SEQUENCE) || CBS_len(&seq) == 0) {
    return false;
  }
  if (!CBS_get_optional_asn1(&seq, &list, &present, SUBTREES(0)) || (present && CBS_len(&list) == 0)) {
    return false;
  }
  if (present) {
    out->permitted = q_pki_span_of(&list);
  }
  if (!CBS_get_optional_asn1(&seq, &list, &present, SUBTREES(1)) || (present && CBS_len(&list) == 0) ||
      CBS_len(&seq) != 0) {
    return false;
  }
  if (present) {
    out->excluded = q_pki_span_of(&list);
  }
  return true;
}

static bool list_well_formed(q_span rest) {
  q_general_name base;
  while (rest.n > 0) {
    if (!next_base(&rest, &base) || (base.type == Q_GENERAL_IP && base.value.n != 8 && base.value.n != 32)) {
      return false;
    }
  }
  return true;
}

bool q_pki_constraints_well_formed(q_span value) {
  subtrees s;
  return split(&s, value) && list_well_formed(s.permitted) && list_well_formed(s.excluded);
}

/* `name` is `base` or ends in "." and `base`; a base that starts with a dot
 * takes names below it only; the empty base takes all. */
static bool dns_within(q_span name, q_span base) {
  if (base.n == 0) {
    return true;
  }
  if (name.n < base.n || !q_pki_name_equal(q_span_of(name.p + (name.n - base.n), base.n), base)) {
    return false;
  }
  return base.p[0] == '.' ? name.n > base.n : name.n == base.n || name.p[name.n - base.n - 1] == '.';
}

static answer dns_answer(q_span name, q_span base, bool excluding) {
  bool below_only = base.n > 0 && base.p[0] == '.';
  q_span bare = below_only ? q_span_of(base.p + 1, base.n - 1) : base;
  /* A base that is no DNS name ("*.example.test", "example.test.") was meant to
   * say something, and nobody knows what. */
  if (!q_pki_dns_valid(name, true) || (base.n > 0 && !q_pki_dns_valid(bare, false))) {
    return CANNOT_TELL;
  }
  /* A wildcard is a label like another here: it stands for names below its
   * domain, and so lies within whatever that domain's names lie in. */
  if (dns_within(name, base)) {
    return INSIDE;
  }
  if (!excluding || name.p[0] != '*') {
    return OUTSIDE;
  }
  /* It may also stand for an excluded name below its domain. */
  return dns_within(bare, q_span_of(name.p + 2, name.n - 2)) ? INSIDE : OUTSIDE;
}

static answer ip_answer(q_span address, q_span base) {
  if (base.n != 2 * address.n) { /* IPv4 against IPv6 */
    return OUTSIDE;
  }
  for (size_t i = 0; i < address.n; i++) {
    if (((address.p[i] ^ base.p[i]) & base.p[address.n + i]) != 0) {
      return OUTSIDE;
    }
  }
  return INSIDE;
}

/* A Name lies within a base whose RDNs are its first ones. Bytes that differ
 * may still be equal after RFC 5280 §7.1's preparation: for an exclusion that
 * leaves the answer open. */
static answer directory_answer(q_span name, q_span base, bool excluding) {
  CBS a;
  CBS b;
  if (!q_pki_der_only(&a, name, CBS_ASN1_SEQUENCE) || !q_pki_der_only(&b, base, CBS_ASN1_SEQUENCE)) {
    return CANNOT_TELL;
  }
  if (CBS_len(&a) >= CBS_len(&b) &&
      q_base_span_equal(q_span_of(CBS_data(&a), CBS_len(&b)), q_span_of(CBS_data(&b), CBS_len(&b)))) {
    return INSIDE;
  }
  return excluding ? CANNOT_TELL : OUTSIDE;
}

/* A host against a base that is one, or with a dot in front the domain above it. */
static answer host_answer(q_span host, q_span base) {
  bool below_only = base.n > 0 && base.p[0] == '.';
  q_span bare = below_only ? q_span_of(base.p + 1, base.n - 1) : base;
  if (!q_pki_dns_valid(bare, false)) {
    return CANNOT_TELL;
  }
  bool inside = below_only ? dns_within(host, base) : q_pki_name_equal(host, base);
  return inside ? INSIDE : OUTSIDE;
}

/* A mailbox, a host, or a domain. What stands before the "@" is its host's to
 * compare: a mailbox that differs in case alone may be the excluded one. */
static answer email_answer(q_span name, q_span base, bool excluding) {
  q_span local;
  q_span host;
  q_span base_local;
  q_span base_host;
  if (!q_pki_mailbox_split(&local, &host, name)) {
    return CANNOT_TELL;
  }
  if (base.n == 0 || memchr(base.p, '@', base.n) == NULL) {
    return host_answer(host, base);
  }
  if (!q_pki_mailbox_split(&base_local, &base_host, base)) {
    return CANNOT_TELL;
  }
  bool same = excluding ? q_pki_name_equal(local, base_local) : q_base_span_equal(local, base_local);
  return same && q_pki_name_equal(host, base_host) ? INSIDE : OUTSIDE;
}

static answer uri_answer(q_span name, q_span base) {
  q_span host;
  return q_pki_uri_host(&host, name) ? host_answer(host, base) : CANNOT_TELL;
}

static answer ask(const q_general_name *name, const q_general_name *base, bool excluding) {
  switch (name->type) {
    case Q_GENERAL_DNS: return dns_answer(name->value, base->value, excluding);
    case Q_GENERAL_IP: return ip_answer(name->value, base->value);
    case Q_GENERAL_DIRECTORY: return directory_answer(name->value, base->value, excluding);
    case Q_GENERAL_EMAIL: return email_answer(name->value, base->value, excluding);
    case Q_GENERAL_URI: return uri_answer(name->value, base->value);
    default: return CANNOT_TELL;
  }
}

static bool check_name(size_t *work, const subtrees *s, const q_general_name *name) {
  q_general_name base;
  q_span rest = s->excluded;
  while (rest.n > 0) {
    if (*work == 0 || !next_base(&rest, &base)) {
      return false;
    }
    (*work)--;
    if (base.type == name->type && ask(name, &base, true) != OUTSIDE) {
      return false;
    }
  }
  bool constrained = false;
  bool inside = false;
  rest = s->permitted;
  while (rest.n > 0) {
    if (*work == 0 || !next_base(&rest, &base)) {
      return false;
    }
    (*work)--;
    if (base.type == name->type) {
      constrained = true;
      inside = inside || ask(name, &base, false) == INSIDE;
    }
  }
  return !constrained || inside;
}

/* §4.2.1.10: an emailAddress in the subject is constrained as an rfc822Name is. */
static bool check_emails(size_t *work, const subtrees *s, q_span subject) {
  CBS rdns;
  CBS rdn;
  CBS attribute;
  if (!q_pki_der_only(&rdns, subject, CBS_ASN1_SEQUENCE)) {
    return false;
  }
  while (CBS_len(&rdns) > 0) {
    if (!CBS_get_asn1(&rdns, &rdn, CBS_ASN1_SET)) {
      return false;
    }
    while (CBS_len(&rdn) > 0) {
      q_oid type = Q_OID_UNKNOWN;
      CBS_ASN1_TAG tag = 0;
      q_span id;
      CBS value;
      if (!CBS_get_asn1(&rdn, &attribute, CBS_ASN1_SEQUENCE) || !q_pki_der_oid(&type, &id, &attribute) ||
          !CBS_get_any_asn1(&attribute, &value, &tag)) {
        return false;
      }
      /* RFC 2985 §5.2.1: an IA5String; another is no mailbox. */
      const q_general_name name = {Q_GENERAL_EMAIL,
                                   tag == CBS_ASN1_IA5STRING ? q_pki_span_of(&value) : q_span_of(NULL, 0)};
      if (type == Q_OID_EMAIL && !check_name(work, s, &name)) {
        return false;
      }
    }
  }
  return true;
}

qtls_err q_pki_constraints_check(size_t *work, q_span value, const q_cert *cert) {
  subtrees s;
  if (!split(&s, value)) {
    return QTLS_ERR_CERT_NAME_CONSTRAINT;
  }
  /* §6.1.3 b: the subject counts as a directory name unless it is empty. */
  q_general_name name = {Q_GENERAL_DIRECTORY, cert->subject};
  if (cert->subject.n > 2 && (!check_name(work, &s, &name) || !check_emails(work, &s, cert->subject))) {
    return QTLS_ERR_CERT_NAME_CONSTRAINT;
  }
  q_span rest = cert->san;
  while (rest.n > 0) {
    if (!q_pki_name_next(&rest, &name) || !check_name(work, &s, &name)) {
      return QTLS_ERR_CERT_NAME_CONSTRAINT;
    }
  }
  return QTLS_OK;
}
