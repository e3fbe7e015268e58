/*
 * Framing: a stream is cut into the same records however many bytes of it are
 * there, and a header is judged before its body arrives. The first byte's bit 0
 * says whether records are protected.
 */
#include "fuzz.h"
#include "record/record.h"

/* With ever more bytes: nothing, then the same verdict for good. */
static void grow(q_span in, bool protected, qtls_err verdict, size_t total) {
  size_t judged = in.n < Q_RECORD_HEADER ? in.n : Q_RECORD_HEADER;
  for (size_t n = 0; n <= judged; n++) {
    size_t found = 1;
    qtls_err err = q_record_frame(&found, in.p, n, protected);
    FUZZ_CHECK(err == (n < Q_RECORD_HEADER ? QTLS_OK : verdict));
    FUZZ_CHECK(err != QTLS_OK || found == (n == total ? total : 0));
  }
  if (total > 0) {
    size_t found = 1;
    FUZZ_CHECK(q_record_frame(&found, in.p, total - 1, protected) == QTLS_OK && found == 0);
    FUZZ_CHECK(q_record_frame(&found, in.p, total, protected) == QTLS_OK && found == total);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  q_span in = q_span_of(data, size);
  bool protected = (fuzz_take_u8(&in) & 1) != 0;
  uint8_t *bytes = in.n > 0 ? q_alloc_copy(in.p, in.n) : NULL;
  size_t at = 0;
  while (at < in.n) {
    size_t total = 0;
    q_span rest = q_span_of(bytes + at, in.n - at);
    qtls_err err = q_record_frame(&total, rest.p, rest.n, protected);
    grow(rest, protected, err, err == QTLS_OK ? total : 0);
    if (err != QTLS_OK || total == 0) {
      break;
    }
    FUZZ_CHECK(total >= Q_RECORD_HEADER && total <= rest.n);
    q_record record;
    q_record_plain(&record, bytes + at, total);
    fuzz_inside(q_span_of(record.body, record.n), rest);
    FUZZ_CHECK(record.n == total - Q_RECORD_HEADER && record.n <= Q_RECORD_CIPHERTEXT_MAX);
    at += total;
  }
  q_free(bytes);
  return 0;
}
