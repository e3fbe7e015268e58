/*
 * Owns the place where a value that came from a secret stops being one inside a
 * function. A call in another object file, so that the tests of constant time
 * can see it there (tests/constant_time/seam.c) and nothing is compiled twice.
 */
#ifndef Q_CRYPTO_CT_MARKS_H
#define Q_CRYPTO_CT_MARKS_H

#include "base/try.h"

/* `v` itself. Whoever calls it says beside the call why everybody may know. */
size_t q_crypto_ct_reveal(size_t v);

#endif
