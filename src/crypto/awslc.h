/*
 * Owns what every file of this folder needs from AWS-LC. Its error queue is
 * thread-local: nothing of ours may stay in it, so each failure leaves through
 * q_crypto_fail. Included by this folder only.
 */
#ifndef Q_CRYPTO_AWSLC_H
#define Q_CRYPTO_AWSLC_H

#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/try.h"
#include "registry/registry.h"

/* A check that could not be made for want of memory found nothing wrong: it must not
 * be told as one that did. */
static inline qtls_err q_crypto_fail(qtls_err err) {
  for (uint32_t e = ERR_get_error(); e != 0; e = ERR_get_error()) {
    err = ERR_GET_REASON(e) == ERR_R_MALLOC_FAILURE ? QTLS_ERR_NO_MEMORY : err;
  }
  ERR_clear_error();
  return err;
}

static inline const EVP_MD *q_crypto_md(q_hash_alg alg) {
  switch (alg) {
    case Q_HASH_SHA256:
      return EVP_sha256();
    case Q_HASH_SHA384:
      return EVP_sha384();
    case Q_HASH_SHA512:
      return EVP_sha512();
  }
  return NULL;
}

#endif
