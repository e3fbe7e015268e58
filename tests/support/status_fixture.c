/* Owns revocation lists and OCSP responses for tests. */
#include "support/status_fixture.h"

#include <string.h>

#include "pki/algorithm.h"
#include "pki/link.h"
#include "pki/ocsp_der.h"
#include "pki/time.h"

#define CONTEXT(number) (CBS_ASN1_CONTEXT_SPECIFIC | (number))
#define CONTEXT_IN(number) (CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | (number))

const q_span status_absent = {(const uint8_t *)"", 0};

static void fine(bool ok) { pki_must(ok ? QTLS_OK : QTLS_ERR_INTERNAL, "status"); }

static bool add(CBB *out, q_span s) { return s.n == 0 || CBB_add_bytes(out, s.p, s.n); }

typedef struct plan {
  const status_signer *by;
  const void *parts;
  const q_privkey *key, *alt_key;
} plan;

static bool add_alternative(CBB *list, const plan *p, q_span signature) {
  uint8_t value[32];
  q_span algorithm = p->by->alt_algorithm;
  if (p->alt_key == NULL) {
    return true;
  }
  if (algorithm.p == NULL) {
    CBB cbb;
    size_t n = 0;
    fine(CBB_init_fixed(&cbb, value, sizeof value) &&
         q_pki_algorithm_write(&cbb, Q_SIG_MLDSA, q_crypto_privkey_type(p->alt_key)) && CBB_finish(&cbb, NULL, &n));
    algorithm = q_span_of(value, n);
  }
  CBB whole;
  CBB inner;
  if (!q_pki_dual_open(list, &whole, &inner, Q_OID_ALT_SIG_ALG) || !add(&inner, algorithm) || !CBB_flush(list)) {
    return false;
  }
  signature.n -= p->by->cut_alternative && signature.n > 0 ? 1 : 0;
  return signature.n == 0 || q_pki_dual_add_signature(list, signature);
}

static bool write_crl(CBB *out, const void *what, bool own, q_span alt_signature) {
  static const uint8_t v2[] = {0x02, 0x01, 0x01};
  const plan *p = what;
  const status_crl_parts *c = p->parts;
  const q_cert *issuer = &p->by->node->cert;
  uint8_t this_update[32];
  uint8_t next_update[32];
  size_t this_n = status_time(this_update, PKI_NOW - PKI_DAY, false);
  size_t next_n = status_time(next_update, PKI_NOW + PKI_DAY, false);
  q_key_type type = q_crypto_privkey_type(p->key);
  CBB tbs;
  CBB wrapper;
  CBB list;
  CBB field;
  CBB value;
  bool ok = CBB_add_asn1(out, &tbs, CBS_ASN1_SEQUENCE) &&
            add(&tbs, c->version.p != NULL ? c->version : q_span_of(v2, sizeof v2)) &&
            (!own || (c->algorithm.p != NULL ? add(&tbs, c->algorithm)
                                             : q_pki_algorithm_write(&tbs, q_pki_algorithm_of_key(type), type))) &&
            add(&tbs, c->issuer.p != NULL ? c->issuer : issuer->subject) &&
            add(&tbs, c->this_update.p != NULL ? c->this_update : q_span_of(this_update, this_n)) &&
            add(&tbs, c->next_update.p != NULL ? c->next_update : q_span_of(next_update, next_n)) &&
            add(&tbs, c->revoked);
  if (c->extensions.p == status_absent.p && p->alt_key == NULL) {
    return ok && add(&tbs, c->trailing) && CBB_flush(out);
  }
  ok = ok && CBB_add_asn1(&tbs, &wrapper, CONTEXT_IN(0)) && CBB_add_asn1(&wrapper, &list, CBS_ASN1_SEQUENCE);
  if (c->extensions.p != NULL) {
    ok = ok && add(&list, c->extensions);
  } else {
    uint8_t aki[64] = {0x30, 0x16, 0x80, 0x14};
    uint8_t extension[128];
    memcpy(aki + 4, issuer->ski.p, 20);
    size_t n = status_extension(extension, Q_OID_AUTHORITY_KEY_ID, false, q_span_of(aki, 24));
    ok = ok && add(&list, q_span_of(extension, n)) && q_pki_dual_open(&list, &field, &value, Q_OID_CRL_NUMBER) &&
         CBB_add_asn1_uint64(&value, 7) && CBB_flush(&list);
  }
  return ok && add_alternative(&list, p, alt_signature) && CBB_flush(&tbs) && add(&tbs, c->trailing) && CBB_flush(out);
}

/* What an alternative signature that is about nothing covers. */
static bool write_nothing(CBB *out, const void *what, bool own, q_span alt_signature) {
  const plan *p = what;
  static const uint8_t nothing[] = {0x30, 0x00};
  return own ? write_crl(out, p, own, alt_signature) : CBB_add_bytes(out, nothing, sizeof nothing);
}

static plan plan_of(const status_signer *by, const void *parts) {
  plan p = {by, parts, by->key != NULL ? by->key : by->node->key,
            by->alt_key != NULL ? by->alt_key : by->node->alt_key};
  p.alt_key = by->no_alternative ? NULL : p.alt_key;
  return p;
}

status_bytes status_crl(const status_signer *by, const status_crl_parts *parts) {
  static const status_crl_parts none = {0};
  const status_crl_parts *c = parts != NULL ? parts : &none;
  plan p = plan_of(by, c);
  q_key_pair keys = {p.key, p.alt_key};
  status_bytes out = {NULL, 0};
  size_t cap = 4096 + c->revoked.n + c->extensions.n;
  pki_must(q_pki_dual_seal(&out.der, &out.n, cap, by->alternative_of_nothing ? write_nothing : write_crl, &p, keys,
                           q_span_of(NULL, 0)),
           "list");
  return out;
}

static bool write_ocsp(CBB *out, const void *what, bool own, q_span alt_signature) {
  const plan *p = what;
  const status_ocsp_parts *o = p->parts;
  uint8_t time[32];
  uint8_t responder[64];
  size_t time_n = status_time(time, PKI_NOW - 60, true);
  size_t responder_n = status_by_key(responder, &p->by->node->cert);
  CBB data;
  CBB answers;
  CBB wrapper;
  CBB list;
  static const uint8_t nothing[] = {0x30, 0x00};
  if (!own && p->by->alternative_of_nothing) {
    return CBB_add_bytes(out, nothing, sizeof nothing);
  }
  bool ok = CBB_add_asn1(out, &data, CBS_ASN1_SEQUENCE) && add(&data, o->version) &&
            add(&data, o->responder.p != NULL ? o->responder : q_span_of(responder, responder_n)) &&
            add(&data, o->produced_at.p != NULL ? o->produced_at : q_span_of(time, time_n)) &&
            CBB_add_asn1(&data, &answers, CBS_ASN1_SEQUENCE) && add(&answers, o->answers) && CBB_flush(&data);
  if (o->extensions.p == NULL && p->alt_key == NULL) {
    return ok && CBB_flush(out);
  }
  return ok && CBB_add_asn1(&data, &wrapper, CONTEXT_IN(1)) && CBB_add_asn1(&wrapper, &list, CBS_ASN1_SEQUENCE) &&
         add(&list, o->extensions) && add_alternative(&list, p, alt_signature) && CBB_flush(out);
}

status_bytes status_ocsp(const status_signer *by, const status_ocsp_parts *o) {
  plan p = plan_of(by, o);
  q_key_pair keys = {p.key, p.alt_key};
  status_bytes basic = {NULL, 0};
  status_bytes out = {NULL, 0};
  CBB cbb;
  CBB outer;
  CBB inner;
  size_t certs_n = 0;
  uint8_t *certs = q_alloc(o->certs.n + 32);
  if (o->certs.n > 0) {
    fine(CBB_init_fixed(&cbb, certs, o->certs.n + 32) && CBB_add_asn1(&cbb, &outer, CONTEXT_IN(0)) &&
         CBB_add_asn1(&outer, &inner, CBS_ASN1_SEQUENCE) && add(&inner, o->certs) && CBB_finish(&cbb, NULL, &certs_n));
  }
  pki_must(q_pki_dual_seal(&basic.der, &basic.n, 4096 + o->answers.n + o->extensions.n, write_ocsp, &p, keys,
                           q_span_of(certs, certs_n)),
           "response");
  q_free(certs);
  q_span type = q_pki_oid_bytes(Q_OID_OCSP_BASIC);
  CBB response;
  CBB bytes;
  CBB field;
  out.der = q_alloc(basic.n + 64);
  fine(CBB_init_fixed(&cbb, out.der, basic.n + 64) && CBB_add_asn1(&cbb, &response, CBS_ASN1_SEQUENCE) &&
       CBB_add_asn1(&response, &field, CBS_ASN1_ENUMERATED) && CBB_add_u8(&field, 0) &&
       CBB_add_asn1(&response, &outer, CONTEXT_IN(0)) && CBB_add_asn1(&outer, &bytes, CBS_ASN1_SEQUENCE) &&
       CBB_add_asn1(&bytes, &field, CBS_ASN1_OBJECT) && CBB_add_bytes(&field, type.p, type.n) &&
       CBB_add_asn1_octet_string(&bytes, basic.der, basic.n) && CBB_finish(&cbb, NULL, &out.n));
  q_free(basic.der);
  return out;
}

size_t status_time(uint8_t *out, int64_t when, bool general) {
  CBB cbb;
  size_t n = 0;
  fine(CBB_init_fixed(&cbb, out, 32) &&
       (general ? q_pki_time_write_general(&cbb, when) : q_pki_time_write(&cbb, when)) && CBB_finish(&cbb, NULL, &n));
  return n;
}

size_t status_extension(uint8_t *out, q_oid oid, bool critical, q_span value) {
  static const uint8_t unknown[] = {0x2A, 0x03, 0x04};
  q_span id = oid != Q_OID_UNKNOWN ? q_pki_oid_bytes(oid) : q_span_of(unknown, sizeof unknown);
  CBB cbb;
  CBB whole;
  CBB field;
  size_t n = 0;
  fine(CBB_init_fixed(&cbb, out, value.n + 64) && CBB_add_asn1(&cbb, &whole, CBS_ASN1_SEQUENCE) &&
       CBB_add_asn1(&whole, &field, CBS_ASN1_OBJECT) && CBB_add_bytes(&field, id.p, id.n) &&
       (!critical || CBB_add_asn1_bool(&whole, 1)) && CBB_add_asn1_octet_string(&whole, value.p, value.n) &&
       CBB_finish(&cbb, NULL, &n));
  return n;
}

size_t status_entry(uint8_t *out, q_span serial, int64_t when, int reason) {
  uint8_t value[3] = {0x0A, 0x01, (uint8_t)reason};
  uint8_t extension[80];
  CBB cbb;
  CBB entry;
  CBB field;
  size_t n = 0;
  fine(CBB_init_fixed(&cbb, out, 128) && CBB_add_asn1(&cbb, &entry, CBS_ASN1_SEQUENCE) &&
       CBB_add_asn1(&entry, &field, CBS_ASN1_INTEGER) && add(&field, serial) && CBB_flush(&entry) &&
       q_pki_time_write(&entry, when));
  if (reason >= 0) {
    size_t extension_n = status_extension(extension, Q_OID_CRL_REASON, false, q_span_of(value, 3));
    fine(CBB_add_asn1(&entry, &field, CBS_ASN1_SEQUENCE) && CBB_add_bytes(&field, extension, extension_n));
  }
  fine(CBB_finish(&cbb, NULL, &n));
  return n;
}

size_t status_sequence(uint8_t *out, q_span content) {
  CBB cbb;
  CBB seq;
  size_t n = 0;
  fine(CBB_init_fixed(&cbb, out, content.n + 8) && CBB_add_asn1(&cbb, &seq, CBS_ASN1_SEQUENCE) && add(&seq, content) &&
       CBB_finish(&cbb, NULL, &n));
  return n;
}

size_t status_by_key(uint8_t *out, const q_cert *cert) {
  uint8_t hash[Q_SHA1_SIZE];
  CBB cbb;
  CBB wrapper;
  size_t n = 0;
  fine(q_pki_ocsp_key_hash(hash, cert->spki) && CBB_init_fixed(&cbb, out, 64) &&
       CBB_add_asn1(&cbb, &wrapper, CONTEXT_IN(2)) && CBB_add_asn1_octet_string(&wrapper, hash, sizeof hash) &&
       CBB_finish(&cbb, NULL, &n));
  return n;
}

size_t status_by_name(uint8_t *out, const q_cert *cert) {
  CBB cbb;
  CBB wrapper;
  size_t n = 0;
  fine(CBB_init_fixed(&cbb, out, cert->subject.n + 8) && CBB_add_asn1(&cbb, &wrapper, CONTEXT_IN(1)) &&
       add(&wrapper, cert->subject) && CBB_finish(&cbb, NULL, &n));
  return n;
}

static bool add_state(CBB *one, const status_answer *a) {
  CBB info;
  CBB wrapper;
  CBB reason;
  if (a->state != 1) {
    return CBB_add_asn1(one, &info, CONTEXT((unsigned)a->state)) && CBB_flush(one);
  }
  return CBB_add_asn1(one, &info, CONTEXT_IN(1)) && q_pki_time_write_general(&info, PKI_NOW - 2 * PKI_DAY) &&
         (a->reason < 0 ||
          (CBB_add_asn1(&info, &wrapper, CONTEXT_IN(0)) && CBB_add_asn1(&wrapper, &reason, CBS_ASN1_ENUMERATED) &&
           CBB_add_u8(&reason, (uint8_t)a->reason))) &&
         CBB_flush(one);
}

size_t status_single(uint8_t *out, const status_answer *a) {
  q_ocsp_hashes h;
  q_oid hash = a->hash != Q_OID_UNKNOWN ? a->hash : Q_OID_SHA1;
  fine(q_pki_ocsp_hash(&h, hash, a->issuer));
  q_ocsp_id id = {hash, q_span_of(h.name, h.n), q_span_of(h.key, h.n), a->cert->serial};
  CBB cbb;
  CBB one;
  CBB wrapper;
  size_t n = 0;
  fine(CBB_init_fixed(&cbb, out, 512) && CBB_add_asn1(&cbb, &one, CBS_ASN1_SEQUENCE) &&
       q_pki_ocsp_id_write(&one, &id) && add_state(&one, a) && q_pki_time_write_general(&one, a->this_update) &&
       (a->next_update == 0 ||
        (CBB_add_asn1(&one, &wrapper, CONTEXT_IN(0)) && q_pki_time_write_general(&wrapper, a->next_update))) &&
       CBB_finish(&cbb, NULL, &n));
  return n;
}

pki_node status_responder(const pki_node *issuer, q_privkey *key, q_privkey *alt_key,
                          void (*adjust)(q_issue *what, const pki_node *issuer)) {
  pki_node node = {.key = key, .alt_key = alt_key};
  uint8_t *name = NULL;
  uint8_t *spki = NULL;
  uint8_t *alt_spki = NULL;
  size_t name_n = 0;
  size_t spki_n = 0;
  size_t alt_n = 0;
  pki_must(q_pki_issue_name(&name, &name_n, "Q-TLS Test", "Responder"), "name");
  pki_must(q_crypto_privkey_to_spki(key, &spki, &spki_n), "spki");
  if (alt_key != NULL) {
    pki_must(q_crypto_privkey_to_spki(alt_key, &alt_spki, &alt_n), "spki");
  }
  q_issue w = {.subject = q_span_of(name, name_n),
               .issuer = issuer->cert.subject,
               .spki = q_span_of(spki, spki_n),
               .alt_spki = q_span_of(alt_spki, alt_n),
               .not_before = PKI_NOW - PKI_DAY,
               .not_after = PKI_NOW + 30 * PKI_DAY,
               .path_length = -1,
               .key_usage = Q_KU_DIGITAL_SIGNATURE,
               .eku = Q_EKU_OCSP,
               .aki = issuer->cert.ski,
               .key = issuer->key,
               .alt_key = issuer->alt_key};
  if (adjust != NULL) {
    adjust(&w, issuer);
  }
  pki_must(q_pki_issue(&node.der, &node.n, &w), "responder");
  pki_must(q_pki_cert_parse(&node.cert, pki_der(&node)), "responder");
  q_free(name);
  q_free(spki);
  q_free(alt_spki);
  return node;
}

qtls_status_result status_judge(q_span der, const pki *p, const q_ocsp_terms *terms) {
  const pki_node *issuer = &p->node[PKI_INTERMEDIATE];
  qtls_status_result r = {.verdict = QTLS_ERR_INTERNAL};
  q_pubkey *key = NULL;
  q_pubkey *alt_key = NULL;
  pki_must(q_pki_link_key(&key, issuer->cert.spki), "issuer key");
  if (issuer->cert.alt_spki.n > 0) {
    pki_must(q_pki_link_key(&alt_key, issuer->cert.alt_spki), "issuer key");
  }
  q_dual_signer signer = {&issuer->cert, key, alt_key};
  pki_must(q_pki_ocsp_judge(&r, der, &p->node[PKI_LEAF].cert, &signer, terms), "judging");
  q_crypto_pubkey_free(key);
  q_crypto_pubkey_free(alt_key);
  return r;
}

status_answer status_answer_of(const pki *p) {
  status_answer a = {.cert = &p->node[PKI_LEAF].cert,
                     .issuer = &p->node[PKI_INTERMEDIATE].cert,
                     .reason = -1,
                     .this_update = PKI_NOW - 60,
                     .next_update = PKI_NOW + PKI_DAY};
  return a;
}

status_bytes status_response(const status_signer *by, const status_answer *a, const status_ocsp_parts *parts) {
  static uint8_t single[1024];
  status_ocsp_parts p = parts != NULL ? *parts : (status_ocsp_parts){0};
  if (p.answers.p == NULL) {
    p.answers = q_span_of(single, status_single(single, a));
  }
  return status_ocsp(by, &p);
}
