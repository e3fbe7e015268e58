/* Owns the lists that are known beforehand. */
#include "pki/crl_store.h"

#include <string.h>

#include "pki/describe.h"
#include "pki/pem.h"

#define LABEL "X509 CRL"

qtls_err q_pki_crl_store_new(q_crl_store **out) {
  *out = q_alloc(sizeof **out);
  return *out != NULL ? QTLS_OK : QTLS_ERR_NO_MEMORY;
}

static void cut(q_crl_store *store, size_t count) {
  while (store->count > count) {
    q_crl_kept *last = &store->list[--store->count];
    q_free(last->crl.memo);
    q_pki_crl_free(&last->crl);
    q_free(last->der);
    *last = (q_crl_kept){0};
  }
}

void q_pki_crl_store_free(q_crl_store *store) {
  if (store != NULL) {
    cut(store, 0);
    q_free(store->list);
    q_free(store);
  }
}

static qtls_err grow(q_crl_store *store) {
  if (store->count < store->cap) {
    return QTLS_OK;
  }
  size_t cap = store->cap == 0 ? 4 : 2 * store->cap;
  q_crl_kept *list = q_alloc(cap * sizeof *list);
  if (list == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  if (store->count > 0) {
    memcpy(list, store->list, store->count * sizeof *list);
  }
  q_free(store->list);
  store->list = list;
  store->cap = cap;
  return QTLS_OK;
}

/* Takes `der` over, on errors too. */
static qtls_err add_one(q_crl_store *store, uint8_t *der, size_t n) {
  q_crl_kept fresh = {.der = der};
  qtls_err err = grow(store);
  if (err == QTLS_OK) {
    err = q_pki_crl_parse(&fresh.crl, q_span_of(der, n));
  }
  if (err == QTLS_OK) {
    fresh.crl.memo = q_alloc(sizeof *fresh.crl.memo);
    err = fresh.crl.memo != NULL ? QTLS_OK : QTLS_ERR_NO_MEMORY;
  }
  if (err != QTLS_OK) {
    q_pki_crl_free(&fresh.crl);
    q_free(der);
    return err;
  }
  store->list[store->count++] = fresh;
  return QTLS_OK;
}

/* The next list of a PEM text; *n is 0 past the last one. */
static qtls_err next(uint8_t **der, size_t *n, size_t *line, q_pem_reader *reader) {
  q_pem_block block;
  *der = NULL;
  *n = 0;
  Q_TRY(q_pki_pem_walk(&block, line, reader));
  if (block.label.n == 0) {
    return QTLS_OK;
  }
  return q_pki_pem_is(&block, LABEL) ? q_pki_pem_decode(der, n, line, &block) : QTLS_ERR_PEM;
}

static qtls_err add_pem(q_crl_store *store, size_t *line, q_span text) {
  q_pem_reader reader = q_pki_pem_reader(text);
  for (size_t found = 0;; found++) {
    uint8_t *der = NULL;
    size_t n = 0;
    Q_TRY(next(&der, &n, line, &reader));
    if (der == NULL) {
      return found > 0 ? QTLS_OK : QTLS_ERR_PEM;
    }
    Q_TRY(add_one(store, der, n));
  }
}

static qtls_err add_der(q_crl_store *store, q_span der) {
  uint8_t *copy = q_alloc_copy(der.p, der.n);
  return copy == NULL ? QTLS_ERR_NO_MEMORY : add_one(store, copy, der.n);
}

qtls_err q_pki_crl_store_add(q_crl_store *store, size_t *line, q_span pem_or_der) {
  size_t before = store->count;
  *line = 0;
  qtls_err err = q_pki_is_der(pem_or_der) ? add_der(store, pem_or_der) : add_pem(store, line, pem_or_der);
  if (err != QTLS_OK) {
    cut(store, before);
  }
  return err;
}

qtls_err q_pki_crl_bytes(uint8_t **der, size_t *n, size_t *line, q_span pem_or_der) {
  *line = 0;
  if (q_pki_is_der(pem_or_der)) {
    *n = pem_or_der.n;
    *der = q_alloc_copy(pem_or_der.p, pem_or_der.n);
    return *der != NULL ? QTLS_OK : QTLS_ERR_NO_MEMORY;
  }
  q_pem_reader reader = q_pki_pem_reader(pem_or_der);
  Q_TRY(next(der, n, line, &reader));
  return *der != NULL ? QTLS_OK : QTLS_ERR_PEM;
}
