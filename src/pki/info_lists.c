/* Owns the lists of what a certificate says: names, constraints, URLs. */
#include "pki/access.h"
#include "pki/der.h"
#include "pki/dn.h"
#include "pki/info_parts.h"
#include "pki/names.h"

#define NAMES_MAX 1000 /* shown of one certificate */

static void add_ip(q_text *t, q_span ip) {
  if (ip.n == 4) {
    for (size_t i = 0; i < 4; i++) {
      q_pki_text_add(t, i > 0 ? "." : "");
      q_pki_text_number(t, ip.p[i]);
    }
    return;
  }
  for (size_t i = 0; i < ip.n; i += 2) { /* RFC 4291 §2.2 form 1 */
    q_pki_text_add(t, i > 0 ? ":" : "");
    q_pki_text_hex(t, q_span_of(ip.p + i, ip.n - i < 2 ? 1 : 2));
  }
}

/* An address and its mask: "192.0.2.0/24", or the mask itself when its bits are
 * not in one piece. */
static void add_range(q_text *t, q_span both) {
  size_t half = both.n / 2;
  q_span mask = q_span_of(both.p + half, half);
  size_t bits = 0;
  while (bits < 8 * half && (mask.p[bits / 8] >> (7 - bits % 8) & 1) != 0) {
    bits++;
  }
  bool whole = true;
  for (size_t i = bits; i < 8 * half; i++) {
    whole = whole && (mask.p[i / 8] >> (7 - i % 8) & 1) == 0;
  }
  add_ip(t, q_span_of(both.p, half));
  q_pki_text_add(t, "/");
  if (whole) {
    q_pki_text_number(t, (int64_t)bits);
  } else {
    add_ip(t, mask);
  }
}

static void add_name(q_text *t, const q_general_name *name, bool range) {
  static const char *const types[] = {"other:", "email:", "DNS:", "x400:",      "directory:",
                                      "EDI:",   "URI:",   "IP:",  "registered:"};
  q_pki_text_add(t, types[name->type]);
  switch (name->type) {
    case Q_GENERAL_DNS:
    case Q_GENERAL_EMAIL:
    case Q_GENERAL_URI: q_pki_text_tame(t, name->value); break;
    case Q_GENERAL_IP:
      if (range) {
        add_range(t, name->value);
      } else {
        add_ip(t, name->value);
      }
      break;
    case Q_GENERAL_DIRECTORY: q_pki_dn_write(t, name->value); break;
    default: q_pki_text_hex(t, name->value); break;
  }
}

qtls_err q_pki_info_names(const char *const **list, size_t *count, q_arena *arena, q_span names) {
  q_general_name name;
  size_t most = 0;
  *count = 0;
  for (q_span rest = names; rest.n > 0 && most < NAMES_MAX && q_pki_name_next(&rest, &name);) {
    most++;
  }
  if (most == 0) {
    return QTLS_OK;
  }
  const char **texts = q_arena_alloc(arena, most * sizeof *texts);
  if (texts == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  *list = texts;
  while (*count < most && q_pki_name_next(&names, &name)) {
    q_text t = {0};
    add_name(&t, &name, false);
    Q_TRY(q_pki_info_keep(&texts[*count], arena, &t));
    (*count)++;
  }
  return QTLS_OK;
}

static void add_subtrees(q_text *t, const char *word, CBS list) {
  CBS one;
  q_general_name base;
  for (size_t i = 0; i < NAMES_MAX && CBS_len(&list) > 0 && CBS_get_asn1(&list, &one, CBS_ASN1_SEQUENCE); i++) {
    q_span rest = q_pki_span_of(&one);
    if (!q_pki_name_next(&rest, &base)) {
      return;
    }
    q_pki_text_add(t, t->n > 0 ? ", " : "");
    q_pki_text_add(t, word);
    add_name(t, &base, true);
  }
}

/* The value was found well-formed when the certificate was parsed. */
static qtls_err make_constraints(const char **out, q_arena *arena, q_span value) {
  const CBS_ASN1_TAG context = CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED;
  static const char *const words[2] = {"permitted ", "excluded "};
  CBS seq;
  q_text t = {0};
  if (!q_pki_der_only(&seq, value, CBS_ASN1_SEQUENCE)) {
    return QTLS_ERR_CERT_PARSE;
  }
  for (unsigned i = 0; i < 2; i++) {
    CBS list;
    int present = 0;
    if (CBS_get_optional_asn1(&seq, &list, &present, context | i) && present) {
      add_subtrees(&t, words[i], list);
    }
  }
  return q_pki_info_keep(out, arena, &t);
}

static qtls_err make_urls(const char *const **list, size_t *count, q_arena *arena, const q_cert *c, q_url_kind kind) {
  q_span urls[Q_PKI_URLS_MAX];
  size_t n = q_pki_urls(urls, Q_COUNT(urls), c, kind);
  *count = 0;
  if (n == 0) {
    return QTLS_OK;
  }
  const char **texts = q_arena_alloc(arena, n * sizeof *texts);
  if (texts == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  *list = texts;
  for (size_t i = 0; i < n; i++) {
    q_text t = {0};
    q_pki_text_tame(&t, urls[i]);
    Q_TRY(q_pki_info_keep(&texts[i], arena, &t));
    *count = i + 1;
  }
  return QTLS_OK;
}

qtls_err q_pki_info_status(qtls_cert_info *out, q_arena *arena, const q_cert *c) {
  out->must_staple = c->must_staple;
  out->ocsp_nocheck = c->ocsp_nocheck;
  if (c->name_constraints.n > 0) {
    Q_TRY(make_constraints(&out->name_constraints, arena, c->name_constraints));
  }
  Q_TRY(make_urls(&out->ocsp_urls, &out->ocsp_url_count, arena, c, Q_URL_OCSP));
  Q_TRY(make_urls(&out->issuer_urls, &out->issuer_url_count, arena, c, Q_URL_ISSUER));
  return make_urls(&out->crl_urls, &out->crl_url_count, arena, c, Q_URL_CRL);
}
