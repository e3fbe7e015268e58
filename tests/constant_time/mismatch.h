/* Owns handshakes in which a value that is compared with a secret one is wrong in
 * one place. True when the side that compares found it, with the right error. */
#ifndef CT_MISMATCH_H
#define CT_MISMATCH_H

#include <stdbool.h>
#include <stddef.h>

/* Byte `at` of the Finished value of this side; of the cookie's HMAC. */
bool ct_mismatch_finished(bool from_client, size_t at);
bool ct_mismatch_cookie(size_t at);
void ct_mismatch_free(void);

#endif
