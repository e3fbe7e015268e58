/* Owns filling of secret containers. */
#include "base/secret.h"

#include <string.h>

qtls_err q_secret_set(q_secret *s, const uint8_t *p, size_t n) {
  if (n > Q_SECRET_MAX) {
    return QTLS_ERR_INTERNAL;
  }
  q_secret_wipe(s);
  if (n > 0) {
    memcpy(s->b, p, n);
  }
  s->n = (uint8_t)n;
  return QTLS_OK;
}

qtls_err q_secret_append(q_secret *s, const q_secret *more) {
  if (more->n > Q_SECRET_MAX - s->n) {
    return QTLS_ERR_INTERNAL;
  }
  memcpy(s->b + s->n, more->b, more->n);
  s->n = (uint8_t)(s->n + more->n);
  return QTLS_OK;
}
