/*
 * One certificate signing request as DER: read, proved, told, and when it proves
 * possession of its keys signed by an authority of ours.
 */
#include "fuzz.h"
#include "pki/access.h"
#include "pki/csr_info.h"
#include "pki/profile.h"
#include "support/pki_fixture.h"

static void views_lie_inside(const q_csr *c) {
  const q_span views[] = {c->info,    c->subject,  c->spki,        c->sig_alg,       c->signature,
                          c->alt_spki, c->alt_sig_alg, c->alt_signature, c->san};
  for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
    fuzz_inside(views[i], c->der);
  }
  FUZZ_CHECK(c->info.n > 0 && c->spki.n > 0 && c->signature.p != NULL);
}

static void describe(q_span der) {
  q_doc d = q_pki_doc(true);
  char *text = NULL;
  size_t n = 0;
  q_pki_doc_open(&d, NULL);
  q_pki_csr_describe(&d, der);
  q_pki_doc_close(&d);
  FUZZ_CHECK(q_pki_doc_end(&d, &text, &n) == QTLS_OK);
  q_free(text);
}

/* The certificate has the request's keys and no others. */
static void sign(const q_csr *c, const pki *issuer, const qtls_csr_info *info) {
  const pki_node *root = &issuer->node[PKI_ROOT];
  const qtls_cert_request request = {.role = QTLS_CERT_server,
                                     .common_name = "fuzz",
                                     .names = info->names,
                                     .name_count = info->name_count,
                                     .not_before = PKI_NOW,
                                     .not_after = PKI_NOW + PKI_DAY};
  const q_subject subject = {.spki = c->spki, .alt_spki = c->alt_spki};
  uint8_t *der = NULL;
  size_t n = 0;
  qtls_err err = q_pki_profile_issue(&der, &n, &request, &subject, &root->cert,
                                     (q_key_pair){root->key, root->alt_key});
  FUZZ_CHECK((err == QTLS_OK) == (der != NULL));
  if (err == QTLS_OK) {
    q_cert cert;
    FUZZ_CHECK(q_pki_cert_parse(&cert, q_span_of(der, n)) == QTLS_OK);
    FUZZ_CHECK(q_base_span_equal(cert.spki, c->spki) && q_base_span_equal(cert.alt_spki, c->alt_spki));
    FUZZ_CHECK(cert.alt_signature.n > 0 && !cert.is_ca);
    q_free(der);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static pki *issuer;
  issuer = issuer != NULL ? issuer : pki_make("hybrid-p384-mldsa65", NULL);
  q_span der = q_span_of(data, size);
  q_csr c;
  describe(der);
  if (q_pki_csr_parse(&c, der) != QTLS_OK) {
    FUZZ_CHECK(c.der.n == 0 && c.info.n == 0);
    return 0;
  }
  views_lie_inside(&c);
  q_arena arena = {0};
  qtls_csr_info info;
  bool tame = false;
  if (q_pki_csr_prove(&c) == QTLS_OK) {
    FUZZ_CHECK(q_pki_csr_info_make(&info, &tame, &arena, &c) == QTLS_OK);
    FUZZ_CHECK((info.alt_key_type != NULL) == (c.alt_signature.n > 0));
    sign(&c, issuer, &info);
  }
  q_arena_free(&arena);
  return 0;
}
