/* Owns the place where a value stops being secret. Must not do anything. */
#include "crypto/ct_marks.h"

size_t q_crypto_ct_reveal(size_t v) { return v; }
