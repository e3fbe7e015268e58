/*
 * Owns framing (RFC 8446 §5.1): where one record ends, judged on its header
 * before the body arrives.
 */
#include "record/record.h"

qtls_err q_record_frame(size_t *total, const uint8_t *in, size_t len, bool protected) {
  *total = 0;
  if (len < Q_RECORD_HEADER) {
    return QTLS_OK;
  }
  uint8_t type = in[0];
  /* The rest of legacy_record_version is ignored (Q-TLS §1). */
  if (in[1] != 3) {
    return QTLS_ERR_RECORD_VERSION;
  }
  if (type < Q_RECORD_CCS || type > Q_RECORD_DATA) {
    return QTLS_ERR_RECORD_TYPE;
  }
  size_t n = ((size_t)in[3] << 8) | in[4];
  size_t max = protected && type == Q_RECORD_DATA ? Q_RECORD_CIPHERTEXT_MAX : Q_RECORD_PLAINTEXT_MAX;
  if (n > max) {
    return QTLS_ERR_RECORD_OVERFLOW;
  }
  if (len - Q_RECORD_HEADER >= n) {
    *total = Q_RECORD_HEADER + n;
  }
  return QTLS_OK;
}

void q_record_plain(q_record *out, uint8_t *in, size_t total) {
  *out = (q_record){in[0], in + Q_RECORD_HEADER, total - Q_RECORD_HEADER};
}
