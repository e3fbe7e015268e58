/* Owns the public functions of private keys (qtls/pki.h). */
#include "api/pki_objects.h"
#include "pki/keyfile.h"
#include "pki/kind.h"

void qtls_pki_free(void *block) { q_free(block); }

const char *qtls_key_kind_name(size_t i, const char **about) {
  const q_kind *kind = q_pki_kind_at(i);
  if (about != NULL) {
    *about = kind != NULL ? kind->about : NULL;
  }
  return kind != NULL ? kind->name : NULL;
}

const char *qtls_key_kind_find(const char *typed) {
  const q_kind *kind = typed != NULL ? q_pki_kind_find(typed) : NULL;
  return kind != NULL ? kind->name : NULL;
}

void qtls_key_free(qtls_key *key) {
  if (key != NULL) {
    q_crypto_privkey_free(key->key);
    q_crypto_privkey_free(key->alt);
    q_free(key);
  }
}

/* Hands `fresh` over when `err` is none, else frees it. */
static qtls_err hand_over(qtls_key **out, qtls_key *fresh, qtls_err err) {
  if (err != QTLS_OK) {
    qtls_key_free(fresh);
    return err;
  }
  *out = fresh;
  return QTLS_OK;
}

qtls_err qtls_key_generate(qtls_key **out, const char *kind) {
  Q_API_NOTHING(out);
  const q_kind *found = kind != NULL ? q_pki_kind_find(kind) : NULL;
  if (out == NULL || found == NULL) {
    return QTLS_ERR_ARGUMENT;
  }
  qtls_key *fresh = q_alloc(sizeof *fresh);
  if (fresh == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  return hand_over(out, fresh, q_pki_kind_generate(&fresh->key, &fresh->alt, found));
}

/* `phrase` empty: there is none. */
static qtls_err load(qtls_key **out, size_t *line, q_span pem, q_span phrase) {
  size_t at = 0;
  qtls_key *fresh = q_alloc(sizeof *fresh);
  if (fresh == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  q_privkey *keys[Q_PKI_KEYS_MAX] = {NULL, NULL};
  size_t count = 0;
  qtls_err err = q_pki_keys_open(keys, &count, &at, pem, phrase, &q_crypto_pbes_limits);
  fresh->key = keys[0];
  fresh->alt = keys[1];
  if (err == QTLS_OK && count == 2 &&
      (q_key_is_mldsa(q_crypto_privkey_type(fresh->key)) || !q_key_is_mldsa(q_crypto_privkey_type(fresh->alt)))) {
    err = QTLS_ERR_KEY_FORMAT; /* Q-TLS §4: classical first, then ML-DSA */
  }
  if (line != NULL) {
    *line = at;
  }
  return hand_over(out, fresh, err);
}

qtls_err qtls_key_load(qtls_key **out, size_t *line, const void *pem, size_t size) {
  Q_API_NOTHING(out);
  if (out == NULL || (pem == NULL && size > 0)) {
    return QTLS_ERR_ARGUMENT;
  }
  return load(out, line, q_span_of(pem, size), q_span_of(NULL, 0));
}

qtls_err qtls_key_load_encrypted(qtls_key **out, size_t *line, const void *pem, size_t size, const void *phrase,
                                 size_t phrase_size) {
  Q_API_NOTHING(out);
  if (out == NULL || (pem == NULL && size > 0) || phrase == NULL || phrase_size == 0 ||
      phrase_size > Q_PBES_PHRASE_MAX) {
    return QTLS_ERR_ARGUMENT;
  }
  return load(out, line, q_span_of(pem, size), q_span_of(phrase, phrase_size));
}

qtls_err qtls_key_write(const qtls_key *key, char **pem, size_t *size) {
  size_t n = 0;
  Q_API_NOTHING(pem);
  if (key == NULL || pem == NULL) {
    return QTLS_ERR_ARGUMENT;
  }
  qtls_err err = q_pki_kind_pem(pem, &n, key->key, key->alt);
  if (size != NULL) {
    *size = n;
  }
  return err;
}

qtls_err qtls_key_write_encrypted(const qtls_key *key, char **pem, size_t *size, const void *phrase,
                                  size_t phrase_size) {
  size_t n = 0;
  Q_API_NOTHING(pem);
  if (key == NULL || pem == NULL || phrase == NULL) {
    return QTLS_ERR_ARGUMENT;
  }
  qtls_err err = q_pki_keys_seal(pem, &n, key->key, key->alt, q_span_of(phrase, phrase_size), Q_PBES_ROUNDS);
  if (size != NULL) {
    *size = n;
  }
  return err;
}

static unsigned bits_of(const q_privkey *key) {
  Q_AUTO_FREE uint8_t *spki = NULL;
  size_t n = 0;
  q_pubkey *public = NULL;
  if (q_crypto_privkey_to_spki(key, &spki, &n) != QTLS_OK ||
      q_crypto_pubkey_from_spki(&public, q_span_of(spki, n)) != QTLS_OK) {
    return 0;
  }
  unsigned bits = q_crypto_pubkey_bits(public);
  q_crypto_pubkey_free(public);
  return bits;
}

const char *qtls_key_type(const qtls_key *key, bool alternative, unsigned *bits) {
  const q_privkey *which = key == NULL ? NULL : alternative ? key->alt : key->key;
  if (bits != NULL) {
    *bits = which != NULL ? bits_of(which) : 0;
  }
  return which != NULL ? q_key_type_name(q_crypto_privkey_type(which)) : NULL;
}

const char *qtls_key_kind_of(const qtls_key *key) {
  const q_kind *kind = NULL;
  for (size_t i = 0; key != NULL && (kind = q_pki_kind_at(i)) != NULL; i++) {
    q_key_type alt = key->alt != NULL ? q_crypto_privkey_type(key->alt) : Q_KEY_NONE;
    bool bits_fit = kind->rsa_bits == 0 || kind->rsa_bits == bits_of(key->key);
    if (kind->key == q_crypto_privkey_type(key->key) && kind->alt == alt && bits_fit) {
      return kind->name;
    }
  }
  return NULL;
}

qtls_err qtls_key_sign(const qtls_key *key, bool alternative, uint16_t scheme, const void *message, size_t size,
                       uint8_t *signature, size_t cap, size_t *signature_size) {
  const q_scheme *s = q_scheme_find(scheme);
  const q_privkey *which = key == NULL ? NULL : alternative ? key->alt : key->key;
  if (s == NULL || q_scheme_is_hybrid(s) || which == NULL || signature == NULL || signature_size == NULL ||
      (message == NULL && size > 0) || s->key != q_crypto_privkey_type(which)) {
    return QTLS_ERR_ARGUMENT;
  }
  return q_crypto_sign(which, signature, signature_size, cap, s->alg, q_span_of(message, size));
}
