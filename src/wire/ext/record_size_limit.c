/* Owns record_size_limit (RFC 8449 §4). Must not apply it. */
#include "wire/ext/ext_codec.h"

/* RFC 8449 §4: a smaller value is an illegal_parameter. */
#define LIMIT_MIN 64

qtls_err q_wire_record_size_limit_read(uint16_t *limit, q_span body) {
  q_reader r = body;
  Q_TRY(q_read_u16(&r, limit));
  Q_TRY(q_read_end(&r));
  return *limit >= LIMIT_MIN ? QTLS_OK : QTLS_ERR_RECORD_SIZE_LIMIT_VALUE;
}
