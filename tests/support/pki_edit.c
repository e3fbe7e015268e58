/* Owns the changing of a finished certificate for tests. */
#include "support/pki_edit.h"

#include <stdlib.h>
#include <string.h>

#include "pki/algorithm.h"
#include "pki/der.h"
#include "pki/extensions.h"

#define ROOM 65536
#define EXTENSIONS (CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 3)

static void fine(bool ok) { pki_must(ok ? QTLS_OK : QTLS_ERR_INTERNAL, "edit"); }

void pki_sign_tbs(pki_node *node, const pki_node *issuer, q_span tbs) {
  uint8_t *out = q_alloc(ROOM);
  uint8_t *sig = q_alloc(ROOM);
  size_t sig_n = 0;
  size_t n = 0;
  q_key_type type = q_crypto_privkey_type(issuer->key);
  q_sig_alg alg = q_pki_algorithm_of_key(type);
  pki_must(q_crypto_sign(issuer->key, sig, &sig_n, ROOM, alg, tbs), "sign");
  CBB cbb;
  CBB seq;
  CBB bits;
  fine(CBB_init_fixed(&cbb, out, ROOM) && CBB_add_asn1(&cbb, &seq, CBS_ASN1_SEQUENCE) &&
       CBB_add_bytes(&seq, tbs.p, tbs.n) && q_pki_algorithm_write(&seq, alg, type) &&
       CBB_add_asn1(&seq, &bits, CBS_ASN1_BITSTRING) && CBB_add_u8(&bits, 0) && CBB_add_bytes(&bits, sig, sig_n) &&
       CBB_finish(&cbb, NULL, &n));
  pki_replace(node, q_span_of(out, n));
  q_free(out);
  q_free(sig);
}

/* TBSCertificate's bytes, read anew: node->cert may be empty. */
static q_span tbs_of(const pki_node *node) {
  CBS in = q_pki_cbs_of(pki_der(node));
  CBS cert;
  CBS tbs;
  fine(CBS_get_asn1(&in, &cert, CBS_ASN1_SEQUENCE) && CBS_get_asn1_element(&cert, &tbs, CBS_ASN1_SEQUENCE));
  return q_pki_span_of(&tbs);
}

static bool add_extension(CBB *list, q_span oid, bool critical, q_span value) {
  CBB whole;
  CBB part;
  return CBB_add_asn1(list, &whole, CBS_ASN1_SEQUENCE) && CBB_add_asn1(&whole, &part, CBS_ASN1_OBJECT) &&
         CBB_add_bytes(&part, oid.p, oid.n) && (!critical || CBB_add_asn1_bool(&whole, 1)) &&
         CBB_add_asn1_octet_string(&whole, value.p, value.n) && CBB_flush(list);
}

static void edit_list(CBB *out, CBS *list, pki_edit edit) {
  while (CBS_len(list) > 0) {
    q_extension e;
    fine(q_pki_extension_next(list, &e));
    bool hit = edit.kind != PKI_EDIT_ADD && e.oid == edit.oid;
    if (hit && edit.kind == PKI_EDIT_REMOVE) {
      continue;
    }
    if (hit && edit.kind == PKI_EDIT_REPLACE) {
      fine(add_extension(out, e.id, e.critical, edit.value));
    } else if (hit && edit.kind == PKI_EDIT_CRITICAL) {
      fine(add_extension(out, e.id, true, e.value));
    } else {
      fine(CBB_add_bytes(out, e.whole.p, e.whole.n));
    }
    if (hit && edit.kind == PKI_EDIT_REPEAT) {
      fine(CBB_add_bytes(out, e.whole.p, e.whole.n));
    }
  }
  if (edit.kind == PKI_EDIT_ADD) {
    q_span oid = edit.oid != Q_OID_UNKNOWN ? q_pki_oid_bytes(edit.oid) : edit.other_oid;
    fine(add_extension(out, oid, edit.critical, edit.value));
  }
}

void pki_edit_extension(pki_node *node, const pki_node *issuer, pki_edit edit) {
  uint8_t *out = q_alloc(ROOM);
  size_t n = 0;
  CBS tbs;
  CBS element;
  CBS wrapper;
  CBS list;
  CBB cbb;
  CBB seq;
  CBB wrap;
  CBB fresh;
  fine(q_pki_der_only(&tbs, tbs_of(node), CBS_ASN1_SEQUENCE) && CBB_init_fixed(&cbb, out, ROOM) &&
       CBB_add_asn1(&cbb, &seq, CBS_ASN1_SEQUENCE));
  while (!CBS_peek_asn1_tag(&tbs, EXTENSIONS)) {
    CBS_ASN1_TAG tag = 0;
    size_t header = 0;
    fine(CBS_get_any_asn1_element(&tbs, &element, &tag, &header) &&
         CBB_add_bytes(&seq, CBS_data(&element), CBS_len(&element)));
  }
  fine(CBS_get_asn1(&tbs, &wrapper, EXTENSIONS) && CBS_get_asn1(&wrapper, &list, CBS_ASN1_SEQUENCE) &&
       CBB_add_asn1(&seq, &wrap, EXTENSIONS) && CBB_add_asn1(&wrap, &fresh, CBS_ASN1_SEQUENCE));
  edit_list(&fresh, &list, edit);
  fine(CBB_finish(&cbb, NULL, &n));
  pki_sign_tbs(node, issuer, q_span_of(out, n));
  q_free(out);
}

void pki_edit_field(pki_node *node, const pki_node *issuer, size_t index, q_span element) {
  uint8_t *out = q_alloc(ROOM);
  size_t n = 0;
  CBS tbs;
  CBB cbb;
  CBB seq;
  fine(q_pki_der_only(&tbs, tbs_of(node), CBS_ASN1_SEQUENCE) && CBB_init_fixed(&cbb, out, ROOM) &&
       CBB_add_asn1(&cbb, &seq, CBS_ASN1_SEQUENCE));
  for (size_t i = 0; CBS_len(&tbs) > 0; i++) {
    CBS one;
    CBS_ASN1_TAG tag = 0;
    size_t header = 0;
    fine(CBS_get_any_asn1_element(&tbs, &one, &tag, &header));
    q_span bytes = i == index ? element : q_pki_span_of(&one);
    fine(CBB_add_bytes(&seq, bytes.p, bytes.n));
  }
  fine(CBB_finish(&cbb, NULL, &n));
  pki_sign_tbs(node, issuer, q_span_of(out, n));
  q_free(out);
}

void pki_resign_alt(pki_node *node, const pki_node *issuer, const q_privkey *alt_key) {
  uint8_t value[Q_SIGNATURE_MAX + 8];
  uint8_t sig[Q_SIGNATURE_MAX];
  uint8_t *tbs = NULL;
  size_t tbs_n = 0;
  size_t sig_n = 0;
  size_t n = 0;
  CBB cbb;
  CBB bits;
  pki_must(q_pki_cert_alt_tbs(&tbs, &tbs_n, &node->cert), "alternative TBS");
  pki_must(q_crypto_sign(alt_key, sig, &sig_n, sizeof sig, Q_SIG_MLDSA, q_span_of(tbs, tbs_n)), "sign");
  fine(CBB_init_fixed(&cbb, value, sizeof value) && CBB_add_asn1(&cbb, &bits, CBS_ASN1_BITSTRING) &&
       CBB_add_u8(&bits, 0) && CBB_add_bytes(&bits, sig, sig_n) && CBB_finish(&cbb, NULL, &n));
  pki_edit edit = {PKI_EDIT_REPLACE, Q_OID_ALT_SIGNATURE, q_span_of(value, n), false, {NULL, 0}};
  pki_edit_extension(node, issuer, edit);
  q_free(tbs);
}
