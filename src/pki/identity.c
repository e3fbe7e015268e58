/*
 * Owns the loading of an identity and the check that its keys are its
 * certificate's.
 */
#include "pki/identity.h"

#include "base/owners.h"
#include "pki/alt.h"
#include "pki/keyfile.h"
#include "pki/pem.h"
#include "pki/profile.h"

q_identity *q_pki_identity_ref(q_identity *id) {
  q_owners_add(&id->owners);
  return id;
}

void q_pki_identity_free(q_identity *id) {
  if (id == NULL || !q_owners_drop(&id->owners)) {
    return;
  }
  for (size_t i = 0; i < id->count; i++) {
    q_free(id->der[i]);
  }
  q_crypto_privkey_free(id->key);
  q_crypto_privkey_free(id->alt_key);
  q_free(id);
}

static qtls_err add_certificate(q_identity *id, size_t *line, const q_pem_block *block) {
  if (id->count == Q_PKI_CHAIN_MAX) { /* Q-TLS §11 */
    return QTLS_ERR_CERT_MANY;
  }
  Q_TRY(q_pki_pem_decode(&id->der[id->count], &id->der_n[id->count], line, block));
  id->count++;
  q_cert cert;
  Q_TRY(q_pki_cert_parse(&cert, q_span_of(id->der[id->count - 1], id->der_n[id->count - 1])));
  if (id->count == 1) {
    id->leaf = cert;
    id->chain_has_alt = true;
  }
  id->chain_has_alt = id->chain_has_alt && cert.alt_spki.n > 0 && cert.alt_signature.n > 0;
  return QTLS_OK;
}

/* A file may hold certificates and keys together: each reader takes its own
 * and passes over the other's. Anything else is a mistake. */
static qtls_err load_chain(q_identity *id, size_t *line, q_span pem) {
  q_pem_reader reader = q_pki_pem_reader(pem);
  for (;;) {
    q_pem_block block;
    Q_TRY(q_pki_pem_walk(&block, line, &reader));
    if (block.label.n == 0) {
      return id->count > 0 ? QTLS_OK : QTLS_ERR_PEM;
    }
    if (q_pki_pem_is(&block, "CERTIFICATE")) {
      Q_TRY(add_certificate(id, line, &block));
    } else if (!q_pki_pem_is(&block, "PRIVATE KEY") && !q_pki_pem_is(&block, "ENCRYPTED PRIVATE KEY")) {
      return QTLS_ERR_PEM;
    }
  }
}

qtls_err q_pki_keys_load(q_privkey *keys[2], size_t *count, size_t *line, q_span pem) {
  return q_pki_keys_open(keys, count, line, pem, q_span_of(NULL, 0), &q_crypto_pbes_limits);
}

static qtls_err load_keys(q_identity *id, size_t *line, q_span pem) {
  q_privkey *keys[Q_PKI_KEYS_MAX] = {NULL, NULL};
  size_t count = 0;
  qtls_err err = q_pki_keys_load(keys, &count, line, pem);
  id->key = keys[0];
  id->alt_key = keys[1];
  Q_TRY(err);
  /* Q-TLS §4: the classical key first. The other order is a mismatch too. */
  Q_TRY(q_pki_key_belongs(id->key, id->leaf.spki));
  if (id->alt_key == NULL) {
    return QTLS_OK;
  }
  return id->leaf.alt_spki.n > 0 ? q_pki_key_belongs(id->alt_key, id->leaf.alt_spki) : QTLS_ERR_KEY_MISMATCH;
}

static qtls_err load(q_identity *id, size_t *line, q_span key_pem) {
  if (id->leaf.has_key_usage && (id->leaf.key_usage & Q_KU_DIGITAL_SIGNATURE) == 0) {
    return QTLS_ERR_CERT_KEY_USAGE;
  }
  q_pubkey *key = NULL;
  Q_TRY(q_crypto_pubkey_from_spki(&key, id->leaf.spki));
  id->key_type = q_crypto_pubkey_type(key);
  q_crypto_pubkey_free(key);
  id->alt_type = id->leaf.alt_spki.n > 0 ? q_pki_alt_spki_type(id->leaf.alt_spki) : Q_KEY_NONE;
  return key_pem.n > 0 ? load_keys(id, line, key_pem) : QTLS_OK;
}

qtls_err q_pki_chain_load(q_identity **out, size_t *line, q_span chain_pem) {
  *out = NULL;
  *line = 0;
  q_identity *id = q_alloc(sizeof *id);
  if (id == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  id->owners = 1;
  qtls_err err = load_chain(id, line, chain_pem);
  if (err != QTLS_OK) {
    q_pki_identity_free(id);
    return err;
  }
  *out = id;
  return QTLS_OK;
}

qtls_err q_pki_identity_load(q_identity **out, size_t *line, q_span chain_pem, q_span key_pem) {
  q_identity *id = NULL;
  *out = NULL;
  Q_TRY(q_pki_chain_load(&id, line, chain_pem));
  qtls_err err = load(id, line, key_pem);
  if (err != QTLS_OK) {
    q_pki_identity_free(id);
    return err;
  }
  *out = id;
  return QTLS_OK;
}

bool q_pki_identity_can(const q_identity *id, const q_scheme *scheme) {
  /* With one of two keys at hand the certificate is a classical one. */
  q_key_type alt = id->alt_key != NULL || id->key == NULL ? id->alt_type : Q_KEY_NONE;
  if (q_scheme_is_hybrid(scheme)) {
    return id->key_type == scheme->key && alt == scheme->pqc_key;
  }
  if (id->key_type == scheme->key) {
    return true;
  }
  /* Q-TLS §4: a hybrid certificate serves 0x0900-0x0902 with its alternative
   * key, and never 0x0904-0x0906. */
  return scheme->protocols == Q_PROTO_QTLS10 && q_key_is_mldsa(scheme->key) && alt == scheme->key;
}
