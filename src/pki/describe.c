/* Owns the description of whole files. */
#include "pki/describe.h"

#include "pki/csr_info.h"
#include "pki/info.h"
#include "pki/keyfacts.h"
#include "pki/pem.h"

static void describe_certificate(q_doc *d, q_span der) {
  q_cert cert;
  q_arena arena = {0};
  qtls_cert_info info;
  q_pki_doc_text(d, "kind", "certificate");
  qtls_err err = q_pki_cert_parse(&cert, der);
  if (err == QTLS_OK) {
    err = q_pki_info_make(&info, &arena, &cert);
  }
  if (err == QTLS_OK) {
    q_pki_info_write(d, &info);
  } else {
    q_pki_doc_unread(d, err);
  }
  q_arena_free(&arena);
}

static qtls_err describe_block(q_doc *d, size_t *line, const q_pem_block *block) {
  Q_AUTO_FREE uint8_t *der = NULL;
  size_t n = 0;
  Q_TRY(q_pki_pem_decode(&der, &n, line, block));
  q_pki_doc_open(d, NULL);
  if (q_pki_pem_is(block, "CERTIFICATE")) {
    describe_certificate(d, q_span_of(der, n));
  } else if (q_pki_pem_is(block, "CERTIFICATE REQUEST") || q_pki_pem_is(block, "NEW CERTIFICATE REQUEST")) {
    q_pki_doc_text(d, "kind", "certificate request");
    q_pki_csr_describe(d, q_span_of(der, n));
  } else if (q_pki_pem_is(block, "PRIVATE KEY")) {
    q_pki_doc_text(d, "kind", "private key");
    q_pki_key_describe(d, q_span_of(der, n));
  } else if (q_pki_pem_is(block, "ENCRYPTED PRIVATE KEY")) {
    q_pki_doc_text(d, "kind", "encrypted private key");
  } else {
    q_text label = {0};
    q_pki_text_tame(&label, block->label);
    q_pki_doc_built(d, "kind", &label);
    q_pki_doc_text(d, "error", "blocks of this kind are not read");
  }
  q_pki_doc_close(d);
  return QTLS_OK;
}

qtls_err q_pki_describe(q_doc *d, size_t *line, q_span pem_or_der) {
  *line = 0;
  q_pki_doc_open_list(d, NULL);
  if (q_pki_is_der(pem_or_der)) {
    q_pki_doc_open(d, NULL);
    describe_certificate(d, pem_or_der);
    q_pki_doc_close(d);
    q_pki_doc_close(d);
    return QTLS_OK;
  }
  q_pem_reader reader = q_pki_pem_reader(pem_or_der);
  for (size_t found = 0;; found++) {
    q_pem_block block;
    Q_TRY(q_pki_pem_walk(&block, line, &reader));
    if (block.label.n == 0) {
      q_pki_doc_close(d);
      return found > 0 ? QTLS_OK : QTLS_ERR_PEM;
    }
    Q_TRY(describe_block(d, line, &block));
  }
}
