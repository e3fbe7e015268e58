/* Owns the insides of the public key and certificate objects. */
#ifndef Q_API_PKI_OBJECTS_H
#define Q_API_PKI_OBJECTS_H

#include "base/arena.h"
#include "pki/cert.h"
#include "qtls/pki.h"

struct qtls_key {
  q_privkey *key;
  q_privkey *alt; /* NULL: one key alone */
};

struct qtls_cert {
  uint32_t owners; /* atomic: clones of a configuration share it */
  uint8_t *der;
  q_cert cert; /* views der */
  q_arena arena;
  qtls_cert_info info; /* its strings are in the arena */
};

/* What a call that fails leaves behind, whatever was wrong: nothing. First in each
 * public function that gives an object, bytes or text. */
#define Q_API_NOTHING(out) \
  do {                     \
    if ((out) != NULL) {   \
      *(out) = NULL;       \
    }                      \
  } while (0)

#endif
