/*
 * Owns the search for the end of content inside an inner plaintext (RFC 8446
 * §5.4): the last byte that is not zero is the content type. Where padding
 * begins is a secret of the sender: the time depends on the length alone.
 */
#ifndef Q_RECORD_SCAN_H
#define Q_RECORD_SCAN_H

#include "base/try.h"

/* One past the last byte that is not zero; 0 when all are. */
size_t q_record_content_end(const uint8_t *p, size_t n);

#endif
