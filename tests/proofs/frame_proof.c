/*
 * Record framing, over any input of up to 2^17 bytes in a buffer of exactly that
 * size: nothing beyond it is read, and a record is whole or not there.
 *
 * sources: src/record/frame.c
 * unwind: 2
 */
#include "proof.h"
#include "record/record.h"

#define INPUT_MAX ((size_t)1 << 17)

void proof_frame(void) {
  size_t len = any_size();
  ASSUME(len <= INPUT_MAX);
  uint8_t *in = any_bytes(len);
  bool protected = any_bool();
  size_t total = any_size();
  qtls_err err = q_record_frame(&total, in, len, protected);
  if (err != QTLS_OK) {
    ASSERT(total == 0, "an error gives no record");
    ASSERT(err == QTLS_ERR_RECORD_VERSION || err == QTLS_ERR_RECORD_TYPE || err == QTLS_ERR_RECORD_OVERFLOW, "named");
  } else if (total > 0) {
    ASSERT(total >= Q_RECORD_HEADER && total <= len, "lies inside the input");
    ASSERT(total <= Q_RECORD_HEADER + Q_RECORD_CIPHERTEXT_MAX, "no longer than the limit");
    ASSERT(protected || total <= Q_RECORD_HEADER + Q_RECORD_PLAINTEXT_MAX, "in the clear, the smaller limit");
    ASSERT(in[1] == 3 && in[0] >= 20 && in[0] <= 23, "type and version");
    q_record r;
    q_record_plain(&r, in, total);
    ASSERT(r.n == total - Q_RECORD_HEADER && (r.n == 0 || __CPROVER_rw_ok(r.body, r.n)), "its body lies inside");
  }
}
