/* Owns what the public functions of qtls/status.h share. */
#ifndef Q_API_STATUS_OBJECTS_H
#define Q_API_STATUS_OBJECTS_H

#include "api/pki_objects.h"
#include "pki/link.h"
#include "pki/ocsp.h"

struct qtls_crl {
  uint8_t *der;
  q_crl crl; /* views der */
  char *issuer;
  qtls_crl_info info;
};

struct qtls_ocsp_request {
  uint8_t *der;
  q_ocsp_request request; /* views der */
};

/* The first certificate of a PEM text, which the caller frees, and the keys. */
QTLS_MUST_USE qtls_err q_api_signer(qtls_cert **out, q_key_pair *keys, const void *pem, size_t size,
                                    const qtls_key *key);

/* The public keys of an issuer; the caller frees both, on errors too. */
QTLS_MUST_USE qtls_err q_api_issuer(q_dual_signer *out, q_pubkey *keys[2], const q_cert *cert);

bool q_api_pqc_needed(qtls_need need, const q_cert *cert);

#endif
