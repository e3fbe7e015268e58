/* Owns OCSP responses and lists about the hierarchies of tests. */
#include "support/staple.h"

#include <string.h>

#include "support/status_fixture.h"

static const pki_node *issuer_of(const pki *p, pki_level about) { return &p->node[about - 1]; }

static size_t answer(uint8_t *out, const pki *p, pki_level about, staple_kind kind) {
  pki_level named = kind == STAPLE_OTHER_CERT ? PKI_INTERMEDIATE : about;
  int64_t from = kind == STAPLE_STALE   ? PKI_NOW - 2 * PKI_DAY
                 : kind == STAPLE_EARLY ? PKI_NOW + PKI_DAY
                                        : PKI_NOW - PKI_DAY;
  status_answer a = {.cert = &p->node[named].cert,
                     .issuer = &issuer_of(p, named)->cert,
                     .state = kind == STAPLE_REVOKED   ? 1
                              : kind == STAPLE_UNKNOWN ? 2
                                                       : 0,
                     .reason = kind == STAPLE_REVOKED ? QTLS_REASON_keyCompromise : -1,
                     .this_update = from,
                     .next_update = kind == STAPLE_STALE     ? PKI_NOW - 60
                                    : kind == STAPLE_ENDLESS ? 0
                                                             : from + 2 * PKI_DAY};
  return status_single(out, &a);
}

static void not_for_ocsp(q_issue *what, const pki_node *issuer) {
  (void)issuer;
  what->eku = Q_EKU_SERVER;
}

/* By a certificate of its own keys, which stands in the response. */
static status_bytes by_other(const pki *p, pki_level about, staple_kind kind, status_ocsp_parts parts) {
  const pki_node *issuer = issuer_of(p, about);
  const char *name = kind == STAPLE_WEAKER                                ? "p256"
                     : issuer->alt_key != NULL                            ? "hybrid-p384-mldsa65"
                     : q_key_is_mldsa(q_crypto_privkey_type(issuer->key)) ? "mldsa65"
                                                                          : "p256";
  q_privkey *key = NULL;
  q_privkey *alt_key = NULL;
  pki_must(q_pki_kind_generate(&key, &alt_key, q_pki_kind_find(name)), "responder");
  pki_node responder = status_responder(issuer, key, alt_key, kind == STAPLE_STRANGER ? not_for_ocsp : NULL);
  parts.certs = pki_der(&responder);
  status_signer by = {.node = &responder, .key = key, .alt_key = alt_key, .no_alternative = alt_key == NULL};
  status_bytes made = status_ocsp(&by, &parts);
  q_free(responder.der);
  q_crypto_privkey_free(key);
  q_crypto_privkey_free(alt_key);
  return made;
}

staple_bytes staple_make(const pki *p, pki_level about, staple_kind kind) {
  static const uint8_t garbage[] = {0x30, 0x03, 0x0A, 0x01, 0x00, 0x00};
  if (kind == STAPLE_GARBAGE) {
    return (staple_bytes){q_alloc_copy(garbage, sizeof garbage), sizeof garbage};
  }
  uint8_t *single = q_alloc(STATUS_ROOM);
  pki_must(single == NULL ? QTLS_ERR_NO_MEMORY : QTLS_OK, "answer");
  status_ocsp_parts parts = {.answers = q_span_of(single, answer(single, p, about, kind))};
  const pki_node *leaf = &p->node[PKI_LEAF];
  status_bytes made;
  if (kind == STAPLE_RESPONDER || kind == STAPLE_STRANGER || kind == STAPLE_WEAKER) {
    made = by_other(p, about, kind, parts);
  } else {
    bool wrong = kind == STAPLE_OTHER_KEY;
    status_signer by = {.node = issuer_of(p, about),
                        .key = wrong ? leaf->key : NULL,
                        .alt_key = wrong ? leaf->alt_key : NULL,
                        .no_alternative = kind == STAPLE_CLASSICAL || leaf->alt_key == NULL,
                        .alternative_of_nothing = kind == STAPLE_BAD_PQC};
    made = status_ocsp(&by, &parts);
  }
  q_free(single);
  return (staple_bytes){made.der, made.n};
}

staple_bytes staple_list(const pki *p, bool revoked) {
  const pki_node *issuer = issuer_of(p, PKI_LEAF);
  uint8_t entry[128];
  uint8_t list[192];
  size_t n = status_entry(entry, p->node[PKI_LEAF].cert.serial, PKI_NOW - PKI_DAY, QTLS_REASON_superseded);
  status_crl_parts parts = {.revoked = revoked ? q_span_of(list, status_sequence(list, q_span_of(entry, n)))
                                               : q_span_of(NULL, 0)};
  status_signer by = {.node = issuer, .no_alternative = issuer->alt_key == NULL};
  status_bytes made = status_crl(&by, &parts);
  return (staple_bytes){made.der, made.n};
}

static void add_urls(void *context, q_issue *what, pki_level level, const pki *so_far) {
  static const char *const urls[] = {"http://ocsp.example.test/"};
  (void)so_far;
  if (level != PKI_ROOT) {
    what->ocsp_urls = (q_texts){urls, 1};
  }
  what->must_staple = level == PKI_LEAF && *(const bool *)context;
}

pki *staple_pki(const char *kind, bool must_staple) {
  pki_options o = {.adjust = add_urls, .context = &must_staple};
  return pki_make(kind, &o);
}
