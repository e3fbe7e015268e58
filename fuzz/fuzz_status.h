/* Owns what the fuzz targets of certificate status share: an issuer and one of its
 * certificates out of the input, before the evidence. */
#ifndef Q_FUZZ_STATUS_H
#define Q_FUZZ_STATUS_H

#include "fuzz.h"
#include "pki/link.h"
#include "pki/ocsp.h"

#define FUZZ_NOW INT64_C(1795500000)

typedef struct fuzz_case {
  uint8_t options;
  q_cert issuer, cert;
  q_dual_signer signer;
  q_pubkey *key, *alt_key;
  q_span evidence;
} fuzz_case;

/* A byte of options; issuer and certificate, each after its length in two bytes;
 * the rest is the evidence. False: they cannot be read. */
static inline bool fuzz_case_open(fuzz_case *c, const uint8_t *data, size_t size) {
  q_reader in = q_span_of(data, size);
  q_span issuer;
  q_span cert;
  *c = (fuzz_case){0};
  if (q_read_u8(&in, &c->options) != QTLS_OK || q_read_vec16(&in, &issuer, 0, 65535) != QTLS_OK ||
      q_read_vec16(&in, &cert, 0, 65535) != QTLS_OK || q_pki_cert_parse(&c->issuer, issuer) != QTLS_OK ||
      q_pki_cert_parse(&c->cert, cert) != QTLS_OK) {
    return false;
  }
  if (q_pki_link_key(&c->key, c->issuer.spki) != QTLS_OK) {
    c->key = NULL;
  }
  if (c->issuer.alt_spki.n > 0 && q_pki_link_key(&c->alt_key, c->issuer.alt_spki) != QTLS_OK) {
    c->alt_key = NULL;
  }
  c->signer = (q_dual_signer){&c->issuer, c->key, c->alt_key};
  c->evidence = in;
  return true;
}

static inline void fuzz_case_close(fuzz_case *c) {
  q_crypto_pubkey_free(c->key);
  q_crypto_pubkey_free(c->alt_key);
}

/* What counts with ML-DSA counts without, and says the same; what does not count
 * says nothing. */
static inline void fuzz_agree(const qtls_status_result *without, const qtls_status_result *with_pqc) {
  bool counts = with_pqc->verdict == QTLS_OK || with_pqc->verdict == QTLS_ERR_CERT_REVOKED;
  FUZZ_CHECK(counts == (with_pqc->this_update != 0 || with_pqc->pqc));
  FUZZ_CHECK(with_pqc->verdict != QTLS_OK || with_pqc->pqc); /* a revocation counts without */
  FUZZ_CHECK((without->verdict == QTLS_ERR_CERT_REVOKED) == (with_pqc->verdict == QTLS_ERR_CERT_REVOKED));
  FUZZ_CHECK(!counts || (without->verdict == with_pqc->verdict && without->reason == with_pqc->reason &&
                         without->revoked_at == with_pqc->revoked_at && without->pqc == with_pqc->pqc));
  FUZZ_CHECK(without->verdict != QTLS_OK || with_pqc->verdict == QTLS_OK || with_pqc->verdict == QTLS_ERR_STATUS_ALT);
}

#endif
