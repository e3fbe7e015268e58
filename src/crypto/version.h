/* Owns the name of the library of primitives. */
#ifndef Q_CRYPTO_VERSION_H
#define Q_CRYPTO_VERSION_H

/* "AWS-LC 5.1.0"; constant. */
const char *q_crypto_version(void);

#endif
