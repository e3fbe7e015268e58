/* Owns files of private keys. */
#include "pki/keyfile.h"

#include "pki/pem.h"

#define ENCRYPTED "ENCRYPTED PRIVATE KEY"

static qtls_err open_block(q_privkey **out, size_t *line, const q_pem_block *block, q_span phrase,
                           const q_pbes_limits *limits) {
  Q_AUTO_FREE uint8_t *der = NULL;
  Q_AUTO_FREE uint8_t *plain = NULL;
  size_t n = 0;
  size_t plain_n = 0;
  if (!q_pki_pem_is(block, ENCRYPTED)) {
    Q_TRY(q_pki_pem_decode(&der, &n, line, block));
    return q_crypto_privkey_from_pkcs8(out, q_span_of(der, n));
  }
  if (phrase.n == 0) {
    return QTLS_ERR_KEY_ENCRYPTED;
  }
  Q_TRY(q_pki_pem_decode(&der, &n, line, block));
  Q_TRY(q_crypto_pbes_open(&plain, &plain_n, q_span_of(der, n), phrase, limits));
  return q_crypto_privkey_from_pkcs8(out, q_span_of(plain, plain_n));
}

qtls_err q_pki_keys_open(q_privkey *keys[Q_PKI_KEYS_MAX], size_t *count, size_t *line, q_span pem, q_span phrase,
                         const q_pbes_limits *limits) {
  keys[0] = keys[1] = NULL;
  *count = 0;
  q_pem_reader reader = q_pki_pem_reader(pem);
  for (;;) {
    q_pem_block block;
    Q_TRY(q_pki_pem_walk(&block, line, &reader));
    if (block.label.n == 0) {
      return *count > 0 ? QTLS_OK : QTLS_ERR_PEM;
    }
    if (q_pki_pem_is(&block, "CERTIFICATE")) {
      continue;
    }
    /* "EC PRIVATE KEY", "RSA PRIVATE KEY": not PKCS#8. */
    if ((!q_pki_pem_is(&block, "PRIVATE KEY") && !q_pki_pem_is(&block, ENCRYPTED)) || *count == Q_PKI_KEYS_MAX) {
      return QTLS_ERR_KEY_FORMAT;
    }
    Q_TRY(open_block(&keys[*count], line, &block, phrase, limits));
    (*count)++;
  }
}

static qtls_err seal_one(uint8_t **der, size_t *n, const q_privkey *key, q_span phrase, uint32_t rounds) {
  Q_AUTO_FREE uint8_t *plain = NULL;
  size_t plain_n = 0;
  Q_TRY(q_crypto_privkey_to_pkcs8(key, &plain, &plain_n));
  return q_crypto_pbes_seal(der, n, q_span_of(plain, plain_n), phrase, rounds);
}

qtls_err q_pki_keys_seal(char **pem, size_t *n, const q_privkey *key, const q_privkey *alt, q_span phrase,
                         uint32_t rounds) {
  Q_AUTO_FREE uint8_t *first = NULL;
  Q_AUTO_FREE uint8_t *second = NULL;
  size_t first_n = 0;
  size_t second_n = 0;
  *pem = NULL;
  *n = 0;
  Q_TRY(seal_one(&first, &first_n, key, phrase, rounds));
  if (alt != NULL) {
    Q_TRY(seal_one(&second, &second_n, alt, phrase, rounds));
  }
  size_t head = q_pki_pem_length(ENCRYPTED, first_n);
  size_t tail = alt != NULL ? q_pki_pem_length(ENCRYPTED, second_n) : 0;
  char *text = q_alloc(head + tail + 1);
  if (text == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  q_pki_pem_write(text, ENCRYPTED, q_span_of(first, first_n));
  if (alt != NULL) {
    q_pki_pem_write(text + head, ENCRYPTED, q_span_of(second, second_n));
  }
  *pem = text;
  *n = head + tail;
  return QTLS_OK;
}
