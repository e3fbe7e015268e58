/*
 * Owns the set of trust anchors. An anchor is trusted because it is here; still,
 * a self-issued one whose self-signature can be evaluated and is wrong was
 * altered, and no path through it is good. Signatures with hashes that are too
 * weak say nothing either way on a root and are not held against it.
 */
#include "pki/anchor.h"

#include <string.h>

#include "base/owners.h"
#include "pki/describe.h"
#include "pki/link.h"
#include "pki/pem.h"

qtls_err q_pki_trust_new(q_trust **out) {
  *out = q_alloc(sizeof **out);
  if (*out == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  (*out)->owners = 1;
  return QTLS_OK;
}

q_trust *q_pki_trust_ref(q_trust *trust) {
  q_owners_add(&trust->owners);
  return trust;
}

bool q_pki_trust_shared(const q_trust *trust) { return q_owners_several(&trust->owners); }

static void clear(q_anchor *a) {
  q_crypto_pubkey_free(a->key);
  q_crypto_pubkey_free(a->alt_key);
  q_free(a->der);
  *a = (q_anchor){0};
}

static void cut(q_trust *trust, size_t count) {
  while (trust->count > count) {
    clear(&trust->list[--trust->count]);
  }
}

void q_pki_trust_free(q_trust *trust) {
  if (trust == NULL || !q_owners_drop(&trust->owners)) {
    return;
  }
  cut(trust, 0);
  q_free(trust->list);
  q_free(trust);
}

size_t q_pki_trust_count(const q_trust *trust) { return trust->count; }

static qtls_err grow(q_trust *trust) {
  if (trust->count < trust->cap) {
    return QTLS_OK;
  }
  size_t cap = trust->cap == 0 ? 4 : 2 * trust->cap;
  q_anchor *list = q_alloc(cap * sizeof *list);
  if (list == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  if (trust->count > 0) {
    memcpy(list, trust->list, trust->count * sizeof *list);
  }
  q_free(trust->list);
  trust->list = list;
  trust->cap = cap;
  return QTLS_OK;
}

/* What can be known of an anchor before any path is: keys, self-signatures. */
static qtls_err judge(q_anchor *a) {
  a->key_err = q_pki_link_key(&a->key, a->cert.spki);
  if (a->key_err == QTLS_ERR_NO_MEMORY) {
    return a->key_err;
  }
  if (a->cert.alt_spki.n > 0) {
    Q_TRY(q_pki_link_key(&a->alt_key, a->cert.alt_spki));
  }
  a->self_primary = QTLS_OK;
  a->self_alternative = QTLS_OK;
  if (!q_base_span_equal(a->cert.issuer, a->cert.subject)) {
    return QTLS_OK;
  }
  if (a->key != NULL) {
    qtls_err err = q_pki_link_primary(&a->cert, a->key);
    if (err == QTLS_ERR_NO_MEMORY) {
      return err;
    }
    bool wrong = err == QTLS_ERR_CERT_SIGNATURE || err == QTLS_ERR_CERT_ALT_SIGNATURE;
    a->self_primary = wrong ? err : QTLS_OK;
  }
  if (a->alt_key != NULL && a->cert.alt_signature.n > 0) {
    a->self_alternative = q_pki_link_alternative(&a->cert, a->alt_key);
  }
  return a->self_alternative == QTLS_ERR_NO_MEMORY ? QTLS_ERR_NO_MEMORY : QTLS_OK;
}

static bool known(const q_trust *trust, q_span der) {
  for (size_t i = 0; i < trust->count; i++) {
    if (q_base_span_equal(trust->list[i].cert.der, der)) {
      return true;
    }
  }
  return false;
}

static qtls_err add_one(q_trust *trust, q_span der) {
  if (known(trust, der)) {
    return QTLS_OK;
  }
  Q_TRY(grow(trust));
  q_anchor fresh = {.key_err = QTLS_ERR_CERT_UNKNOWN_CA,
                    .self_primary = QTLS_ERR_CERT_UNKNOWN_CA,
                    .self_alternative = QTLS_ERR_CERT_UNKNOWN_CA};
  fresh.der = q_alloc_copy(der.p, der.n);
  qtls_err err = fresh.der == NULL ? QTLS_ERR_NO_MEMORY : q_pki_cert_parse(&fresh.cert, q_span_of(fresh.der, der.n));
  if (err == QTLS_OK) {
    err = judge(&fresh);
  }
  if (err != QTLS_OK) {
    clear(&fresh);
    return err;
  }
  trust->list[trust->count++] = fresh;
  return QTLS_OK;
}

qtls_err q_pki_trust_copy(q_trust **out, const q_trust *trust) {
  q_trust *fresh = NULL;
  Q_TRY(q_pki_trust_new(&fresh));
  for (size_t i = 0; i < trust->count; i++) {
    qtls_err err = add_one(fresh, trust->list[i].cert.der);
    if (err != QTLS_OK) {
      q_pki_trust_free(fresh);
      return err;
    }
  }
  *out = fresh;
  return QTLS_OK;
}

static qtls_err add_pem(q_trust *trust, size_t *line, q_span text) {
  q_pem_reader reader = q_pki_pem_reader(text);
  size_t found = 0;
  for (;;) {
    q_pem_block block;
    Q_TRY(q_pki_pem_walk(&block, line, &reader));
    if (block.label.n == 0) {
      return found > 0 ? QTLS_OK : QTLS_ERR_PEM;
    }
    /* "TRUSTED CERTIFICATE" and the like carry more than a certificate. */
    if (!q_pki_pem_is(&block, "CERTIFICATE")) {
      return QTLS_ERR_PEM;
    }
    Q_AUTO_FREE uint8_t *der = NULL;
    size_t n = 0;
    Q_TRY(q_pki_pem_decode(&der, &n, line, &block));
    Q_TRY(add_one(trust, q_span_of(der, n)));
    found++;
  }
}

qtls_err q_pki_trust_add(q_trust *trust, size_t *line, q_span pem_or_der) {
  size_t before = trust->count;
  *line = 0;
  bool is_der = q_pki_is_der(pem_or_der);
  qtls_err err = is_der ? add_one(trust, pem_or_der) : add_pem(trust, line, pem_or_der);
  if (err != QTLS_OK) {
    cut(trust, before);
  }
  return err;
}
