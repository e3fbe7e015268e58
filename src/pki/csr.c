/* Owns the reading of certificate signing requests. */
#include "pki/csr.h"

#include "pki/algorithm.h"
#include "pki/alt.h"
#include "pki/cert_parts.h"
#include "pki/extensions.h"
#include "pki/link.h"

#define ATTRIBUTES (CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 0)

typedef struct attribute {
  q_oid oid;
  q_span id;    /* content of the OBJECT IDENTIFIER */
  q_span value; /* the one value with its header; empty if there are several */
  q_span whole;
} attribute;

/* Attribute ::= SEQUENCE { type, SET OF value } with one value at least. */
static bool next_attribute(CBS *in, attribute *out) {
  CBS seq;
  CBS set;
  CBS one;
  if (!q_pki_take(&out->whole, in, CBS_ASN1_SEQUENCE) || !q_pki_der_only(&seq, out->whole, CBS_ASN1_SEQUENCE) ||
      !q_pki_der_oid(&out->oid, &out->id, &seq) || !CBS_get_asn1(&seq, &set, CBS_ASN1_SET) || CBS_len(&seq) != 0 ||
      CBS_len(&set) == 0) {
    return false;
  }
  out->value = q_pki_span_of(&set);
  for (size_t count = 0; CBS_len(&set) > 0; count++) {
    CBS_ASN1_TAG tag = 0;
    size_t header = 0;
    if (!CBS_get_any_asn1_element(&set, &one, &tag, &header)) {
      return false;
    }
    out->value.n = count == 0 ? out->value.n : 0;
  }
  return true;
}

/* RFC 2985 §5.4.2. What is asked for by 72-74 in here has no proof and is not
 * looked at; nor are usages, which are the issuer's to decide. */
static bool read_extensions(q_csr *out, q_span value) {
  CBS list;
  q_cert asked = {0};
  if (!q_pki_der_only(&list, value, CBS_ASN1_SEQUENCE)) {
    return false;
  }
  /* An empty list is not DER's way, and asks for nothing. */
  if (CBS_len(&list) > 0 && q_pki_extensions_read(&asked, q_pki_span_of(&list)) != QTLS_OK) {
    return false;
  }
  out->san = asked.san;
  out->is_ca = asked.is_ca;
  out->must_staple = asked.must_staple;
  return true;
}

static bool read_attribute(q_csr *out, const attribute *a) {
  CBS in = q_pki_cbs_of(a->value);
  switch (a->oid) {
    case Q_OID_EXTENSION_REQUEST: return read_extensions(out, a->value);
    case Q_OID_ALT_SPKI: out->alt_spki = a->value; return q_pki_spki_well_formed(a->value);
    case Q_OID_ALT_SIG_ALG: out->alt_sig_alg = a->value; return q_pki_algorithm_well_formed(a->value);
    case Q_OID_ALT_SIGNATURE:
      return q_pki_der_octet_bits(&out->alt_signature, &in) && CBS_len(&in) == 0 && out->alt_signature.n > 0;
    default: return true;
  }
}

static bool read_attributes(q_csr *out, CBS *in) {
  q_span seen[Q_PKI_ATTRIBUTES_MAX];
  attribute a;
  for (size_t count = 0; CBS_len(in) > 0; count++) {
    if (count == Q_PKI_ATTRIBUTES_MAX || !next_attribute(in, &a)) {
      return false;
    }
    for (size_t i = 0; i < count; i++) {
      if (q_base_span_equal(seen[i], a.id)) {
        return false;
      }
    }
    seen[count] = a.id;
    if (!read_attribute(out, &a)) {
      return false;
    }
  }
  return true;
}

static bool read_info(q_csr *out) {
  CBS info;
  CBS attributes;
  uint64_t version = 1;
  return q_pki_der_only(&info, out->info, CBS_ASN1_SEQUENCE) && CBS_get_asn1_uint64(&info, &version) && version == 0 &&
         q_pki_take(&out->subject, &info, CBS_ASN1_SEQUENCE) && q_pki_name_well_formed(out->subject) &&
         q_pki_take(&out->spki, &info, CBS_ASN1_SEQUENCE) && q_pki_spki_well_formed(out->spki) &&
         CBS_get_asn1(&info, &attributes, ATTRIBUTES) && CBS_len(&info) == 0 && read_attributes(out, &attributes);
}

qtls_err q_pki_csr_parse(q_csr *out, q_span der) {
  CBS request;
  q_csr c = {.der = der};
  *out = (q_csr){0};
  if (!q_pki_der_only(&request, der, CBS_ASN1_SEQUENCE) || !q_pki_take(&c.info, &request, CBS_ASN1_SEQUENCE) ||
      !q_pki_take(&c.sig_alg, &request, CBS_ASN1_SEQUENCE) || !q_pki_algorithm_well_formed(c.sig_alg) ||
      !q_pki_der_octet_bits(&c.signature, &request) || CBS_len(&request) != 0 || !read_info(&c)) {
    return QTLS_ERR_CSR_PARSE;
  }
  *out = c;
  return QTLS_OK;
}

/* Everything up to the attributes as received, then those but 74. */
static bool copy_info(CBB *out, q_span info) {
  CBS in;
  CBS attributes;
  CBB seq;
  CBB set;
  attribute a;
  if (!q_pki_der_only(&in, info, CBS_ASN1_SEQUENCE) || !CBB_add_asn1(out, &seq, CBS_ASN1_SEQUENCE)) {
    return false;
  }
  while (!CBS_peek_asn1_tag(&in, ATTRIBUTES)) {
    CBS element;
    CBS_ASN1_TAG tag = 0;
    size_t header = 0;
    if (!CBS_get_any_asn1_element(&in, &element, &tag, &header) ||
        !CBB_add_bytes(&seq, CBS_data(&element), CBS_len(&element))) {
      return false;
    }
  }
  if (!CBS_get_asn1(&in, &attributes, ATTRIBUTES) || !CBB_add_asn1(&seq, &set, ATTRIBUTES)) {
    return false;
  }
  while (CBS_len(&attributes) > 0) {
    if (!next_attribute(&attributes, &a) ||
        (a.oid != Q_OID_ALT_SIGNATURE && !CBB_add_bytes(&set, a.whole.p, a.whole.n))) {
      return false;
    }
  }
  return CBB_flush(out);
}

static qtls_err prove_alternative(const q_csr *csr) {
  q_key_type type = q_pki_alt_spki_type(csr->alt_spki);
  if (csr->alt_spki.n == 0 || csr->alt_sig_alg.n == 0 || type == Q_KEY_NONE ||
      q_pki_alt_algorithm_type(csr->alt_sig_alg) != type ||
      csr->alt_signature.n != q_crypto_mldsa_signature_size(type)) {
    return QTLS_ERR_CSR_ALT_SIGNATURE;
  }
  Q_AUTO_FREE uint8_t *block = q_alloc(csr->info.n); /* only shrinks */
  if (block == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  CBB cbb;
  size_t n = 0;
  if (!CBB_init_fixed(&cbb, block, csr->info.n) || !copy_info(&cbb, csr->info) || !CBB_finish(&cbb, NULL, &n)) {
    CBB_cleanup(&cbb);
    return QTLS_ERR_CSR_ALT_SIGNATURE;
  }
  q_pubkey *key = NULL;
  qtls_err err = q_pki_link_key(&key, csr->alt_spki);
  if (err == QTLS_OK) {
    err = q_crypto_verify(key, Q_SIG_MLDSA, q_span_of(block, n), csr->alt_signature);
  }
  q_crypto_pubkey_free(key);
  return err == QTLS_OK || err == QTLS_ERR_NO_MEMORY ? err : QTLS_ERR_CSR_ALT_SIGNATURE;
}

static qtls_err prove_own(const q_csr *csr) {
  q_algorithm a;
  q_pubkey *key = NULL;
  qtls_err err = q_pki_algorithm_read(&a, csr->sig_alg);
  if (err == QTLS_OK) {
    err = q_pki_link_key(&key, csr->spki);
  }
  if (err != QTLS_OK) {
    return err == QTLS_ERR_CERT_PARSE ? QTLS_ERR_CSR_PARSE : err;
  }
  bool fits = q_pki_algorithm_fits(&a, q_crypto_pubkey_type(key));
  err = fits ? q_crypto_verify(key, a.alg, csr->info, csr->signature) : QTLS_ERR_CSR_SIGNATURE;
  q_crypto_pubkey_free(key);
  return err == QTLS_OK || err == QTLS_ERR_NO_MEMORY ? err : QTLS_ERR_CSR_SIGNATURE;
}

qtls_err q_pki_csr_prove(const q_csr *csr) {
  Q_TRY(prove_own(csr));
  bool hybrid = csr->alt_spki.n > 0 || csr->alt_sig_alg.n > 0 || csr->alt_signature.n > 0;
  return hybrid ? prove_alternative(csr) : QTLS_OK;
}
