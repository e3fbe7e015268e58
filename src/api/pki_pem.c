/* Owns the public function that writes PEM text (qtls/pki.h). */
#include <string.h>

#include "api/pki_objects.h"
#include "pki/pem.h"

qtls_err qtls_pem_write(char **pem, size_t *size, const char *label, const void *der, size_t der_size) {
  Q_API_NOTHING(pem);
  if (pem == NULL || label == NULL || !q_pki_pem_label(q_span_of(label, strlen(label))) || der == NULL ||
      der_size == 0) {
    return QTLS_ERR_ARGUMENT;
  }
  size_t n = q_pki_pem_length(label, der_size);
  char *text = q_alloc(n + 1);
  if (text == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  q_pki_pem_write(text, label, q_span_of(der, der_size));
  *pem = text;
  if (size != NULL) {
    *size = n;
  }
  return QTLS_OK;
}
