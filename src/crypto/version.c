/* Owns the name of the library of primitives. */
#include "crypto/version.h"

#include <openssl/base.h>

const char *q_crypto_version(void) { return "AWS-LC " AWSLC_VERSION_NUMBER_STRING; }
