/*
 * Owns ClientHello (RFC 8446 §4.1.2): its fixed part and the place of its
 * extensions. Must not judge what is offered.
 */
#include "wire/client_hello.h"

qtls_err q_wire_client_hello_read(q_client_hello *out, q_span body) {
  q_reader r = body;
  q_span random = {NULL, 0};
  Q_TRY(q_read_u16(&r, &out->legacy_version));
  Q_TRY(q_read_bytes(&r, &random, 32));
  out->random = random.p;
  Q_TRY(q_read_vec8(&r, &out->session_id, 0, 32));
  Q_TRY(q_read_vec16(&r, &out->suites, 2, UINT16_MAX - 1));
  if (out->suites.n % 2 != 0) {
    return QTLS_ERR_DECODE;
  }
  Q_TRY(q_read_vec8(&r, &out->compression, 1, UINT8_MAX));
  out->extensions.count = 0;
  /* RFC 5246 §7.4.1.2: no block at all is a form of its own; with bytes left
   * there is one. */
  out->has_extensions = r.n > 0;
  if (out->has_extensions) {
    Q_TRY(q_wire_extensions_read(&out->extensions, &r));
  }
  return q_read_end(&r);
}

q_mark q_wire_client_hello_open(q_writer *w, const uint8_t random[32], q_span session_id, const uint16_t *suites,
                                size_t suite_count) {
  /* RFC 8446 §4.1.2: the real versions stand in supported_versions. */
  q_write_u16(w, Q_VERSION_TLS12);
  q_write_bytes(w, q_span_of(random, 32));
  q_write_vec(w, 1, session_id);
  q_mark list = q_write_open(w, 2);
  for (size_t i = 0; i < suite_count; i++) {
    q_write_u16(w, suites[i]);
  }
  q_write_close(w, list);
  q_write_u8(w, 1);
  q_write_u8(w, 0);
  return q_write_open(w, 2);
}
