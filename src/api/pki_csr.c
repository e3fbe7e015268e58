/* Owns the public functions of certificate signing requests (qtls/pki.h). */
#include <string.h>

#include "api/pki_parts.h"
#include "crypto/hash.h"
#include "pki/csr_info.h"
#include "pki/describe.h"
#include "pki/pem.h"

#define LABEL "CERTIFICATE REQUEST"

struct qtls_csr {
  uint8_t *der;
  q_csr csr; /* views der */
  q_arena arena;
  qtls_csr_info info; /* its strings are in the arena */
  bool tame;          /* its names are shown as they are */
};

qtls_err qtls_csr_make(char **pem, size_t *size, const qtls_cert_request *wishes, const qtls_key *key) {
  q_issue w;
  Q_API_NOTHING(pem);
  if (pem == NULL || wishes == NULL || key == NULL) {
    return QTLS_ERR_ARGUMENT;
  }
  Q_TRY(q_pki_profile_fill(&w, wishes));
  const q_texts none = {NULL, 0};
  w.permitted = w.excluded = w.ocsp_urls = w.issuer_urls = w.crl_urls = none;
  w.ocsp_nocheck = false;
  w.path_length = -1;
  if (wishes->common_name == NULL && (w.is_ca || w.names.n == 0)) {
    return QTLS_ERR_ARGUMENT;
  }
  Q_AUTO_FREE uint8_t *name = NULL;
  Q_AUTO_FREE uint8_t *spki = NULL;
  Q_AUTO_FREE uint8_t *alt_spki = NULL;
  Q_AUTO_FREE uint8_t *der = NULL;
  size_t n = 0;
  Q_TRY(q_pki_issue_name(&name, &w.subject.n, wishes->organization, wishes->common_name));
  Q_TRY(q_crypto_privkey_to_spki(key->key, &spki, &w.spki.n));
  if (key->alt != NULL) {
    Q_TRY(q_crypto_privkey_to_spki(key->alt, &alt_spki, &w.alt_spki.n));
  }
  w.subject.p = name;
  w.spki.p = spki;
  w.alt_spki.p = alt_spki;
  w.key = key->key;
  w.alt_key = key->alt;
  Q_TRY(q_pki_csr_make(&der, &n, &w));
  return qtls_pem_write(pem, size, LABEL, der, n);
}

void qtls_csr_free(qtls_csr *csr) {
  if (csr != NULL) {
    q_arena_free(&csr->arena);
    q_free(csr->der);
    q_free(csr);
  }
}

/* The first request of a PEM text, in a block of its own. */
static qtls_err find_request(uint8_t **der, size_t *n, size_t *line, q_span pem) {
  q_pem_reader reader = q_pki_pem_reader(pem);
  for (;;) {
    q_pem_block block;
    Q_TRY(q_pki_pem_walk(&block, line, &reader));
    if (block.label.n == 0) {
      return QTLS_ERR_PEM;
    }
    if (q_pki_pem_is(&block, LABEL) || q_pki_pem_is(&block, "NEW " LABEL)) { /* RFC 7468 §7 */
      return q_pki_pem_decode(der, n, line, &block);
    }
  }
}

static qtls_err load(qtls_csr *fresh, size_t *line, q_span file) {
  size_t n = file.n;
  if (q_pki_is_der(file)) {
    fresh->der = q_alloc_copy(file.p, n);
    if (fresh->der == NULL) {
      return QTLS_ERR_NO_MEMORY;
    }
  } else {
    Q_TRY(find_request(&fresh->der, &n, line, file));
  }
  Q_TRY(q_pki_csr_parse(&fresh->csr, q_span_of(fresh->der, n)));
  Q_TRY(q_pki_csr_prove(&fresh->csr));
  return q_pki_csr_info_make(&fresh->info, &fresh->tame, &fresh->arena, &fresh->csr);
}

qtls_err qtls_csr_load(qtls_csr **out, size_t *line, const void *pem_or_der, size_t size) {
  size_t at = 0;
  Q_API_NOTHING(out);
  if (out == NULL || (pem_or_der == NULL && size > 0)) {
    return QTLS_ERR_ARGUMENT;
  }
  qtls_csr *fresh = q_alloc(sizeof *fresh);
  if (fresh == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  qtls_err err = load(fresh, &at, q_span_of(pem_or_der, size));
  if (line != NULL) {
    *line = at;
  }
  if (err != QTLS_OK) {
    qtls_csr_free(fresh);
    return err;
  }
  *out = fresh;
  return QTLS_OK;
}

const qtls_csr_info *qtls_csr_read(const qtls_csr *csr) { return csr != NULL ? &csr->info : NULL; }

qtls_err qtls_cert_sign(char **pem, size_t *size, const qtls_cert_request *decided, const qtls_csr *csr,
                        const void *issuer_pem, size_t issuer_size, const qtls_key *issuer_key) {
  Q_API_NOTHING(pem);
  if (pem == NULL || decided == NULL || csr == NULL || issuer_pem == NULL || issuer_key == NULL) {
    return QTLS_ERR_ARGUMENT;
  }
  qtls_cert_request r = *decided;
  bool borrowed = (r.common_name == NULL && csr->info.common_name != NULL) ||
                  (r.organization == NULL && csr->info.organization != NULL);
  if (borrowed && !csr->tame) { /* shown escaped: nobody has seen the name that would be signed */
    return QTLS_ERR_ARGUMENT;
  }
  r.common_name = r.common_name != NULL ? r.common_name : csr->info.common_name;
  r.organization = r.organization != NULL ? r.organization : csr->info.organization;
  if (r.names == NULL) {
    r.names = csr->info.names;
    r.name_count = csr->info.name_count;
  }
  const q_subject who = {.spki = csr->csr.spki, .alt_spki = csr->csr.alt_spki, .may_be_nameless = true};
  return q_api_issue(pem, size, &r, &who, issuer_pem, issuer_size, issuer_key);
}
