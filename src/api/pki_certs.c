/* Owns the public functions that read certificates (qtls/pki.h). */
#include "api/pki_objects.h"
#include "base/owners.h"
#include "pki/describe.h"
#include "pki/info.h"
#include "pki/pem.h"
#include "pki/verify.h"

#define CERTIFICATE "CERTIFICATE"

void qtls_cert_free(qtls_cert *cert) {
  if (cert != NULL && q_owners_drop(&cert->owners)) {
    q_arena_free(&cert->arena);
    q_free(cert->der);
    q_free(cert);
  }
}

qtls_err qtls_cert_load(qtls_cert **out, const void *der, size_t size) {
  Q_API_NOTHING(out);
  if (out == NULL || der == NULL || size == 0) {
    return QTLS_ERR_ARGUMENT;
  }
  qtls_cert *fresh = q_alloc(sizeof *fresh);
  if (fresh == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  fresh->owners = 1;
  fresh->der = q_alloc_copy(der, size);
  qtls_err err = fresh->der == NULL ? QTLS_ERR_NO_MEMORY : q_pki_cert_parse(&fresh->cert, q_span_of(fresh->der, size));
  if (err == QTLS_OK) {
    err = q_pki_info_make(&fresh->info, &fresh->arena, &fresh->cert);
  }
  if (err != QTLS_OK) {
    qtls_cert_free(fresh);
    return err;
  }
  *out = fresh;
  return QTLS_OK;
}

static qtls_err find_certificate(q_pem_block *out, size_t *line, q_span pem, size_t index) {
  q_pem_reader reader = q_pki_pem_reader(pem);
  for (;;) {
    Q_TRY(q_pki_pem_walk(out, line, &reader));
    if (out->label.n == 0 || (q_pki_pem_is(out, CERTIFICATE) && index-- == 0)) {
      return QTLS_OK;
    }
  }
}

qtls_err qtls_cert_load_pem(qtls_cert **out, size_t *line, const void *pem, size_t size, size_t index) {
  size_t unused = 0;
  line = line != NULL ? line : &unused;
  *line = 0;
  Q_API_NOTHING(out);
  if (out == NULL || (pem == NULL && size > 0)) {
    return QTLS_ERR_ARGUMENT;
  }
  q_pem_block block;
  Q_TRY(find_certificate(&block, line, q_span_of(pem, size), index));
  if (block.label.n == 0) {
    return QTLS_OK;
  }
  Q_AUTO_FREE uint8_t *der = NULL;
  size_t n = 0;
  Q_TRY(q_pki_pem_decode(&der, &n, line, &block));
  return qtls_cert_load(out, der, n);
}

const qtls_cert_info *qtls_cert_read(const qtls_cert *cert) { return cert != NULL ? &cert->info : NULL; }

const uint8_t *qtls_cert_der(const qtls_cert *cert, size_t *size) {
  size_t n = cert != NULL ? cert->cert.der.n : 0;
  if (size != NULL) {
    *size = n;
  }
  return cert != NULL ? cert->der : NULL;
}

bool qtls_cert_has_name(const qtls_cert *cert, const char *name) {
  return cert != NULL && name != NULL && q_pki_name_check(&cert->cert, name) == QTLS_OK;
}

qtls_err qtls_cert_describe(char **out, size_t *size, const qtls_cert *cert, qtls_format format) {
  size_t n = 0;
  Q_API_NOTHING(out);
  if (out == NULL || cert == NULL || (format != QTLS_FORMAT_text && format != QTLS_FORMAT_json)) {
    return QTLS_ERR_ARGUMENT;
  }
  q_doc d = q_pki_doc(format == QTLS_FORMAT_json);
  q_pki_doc_open(&d, NULL);
  q_pki_info_write(&d, &cert->info);
  q_pki_doc_close(&d);
  return q_pki_doc_end(&d, out, size != NULL ? size : &n);
}

qtls_err qtls_pki_describe(char **out, size_t *size, size_t *line, const void *pem_or_der, size_t input_size,
                           qtls_format format) {
  size_t n = 0;
  size_t at = 0;
  Q_API_NOTHING(out);
  if (out == NULL || (pem_or_der == NULL && input_size > 0) ||
      (format != QTLS_FORMAT_text && format != QTLS_FORMAT_json)) {
    return QTLS_ERR_ARGUMENT;
  }
  q_doc d = q_pki_doc(format == QTLS_FORMAT_json);
  qtls_err err = q_pki_describe(&d, &at, q_span_of(pem_or_der, input_size));
  if (line != NULL) {
    *line = at;
  }
  if (err != QTLS_OK) {
    q_pki_text_free(&d.text);
    return err;
  }
  return q_pki_doc_end(&d, out, size != NULL ? size : &n);
}
