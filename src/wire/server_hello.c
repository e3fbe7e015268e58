/*
 * Owns ServerHello and HelloRetryRequest (RFC 8446 §4.1.3, §4.1.4), which are
 * one format. Must not judge what was selected.
 */
#include "wire/server_hello.h"

/* SHA-256 of "HelloRetryRequest" (RFC 8446 §4.1.3). */
const uint8_t q_wire_hrr_random[32] = {0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C,
                                       0x02, 0x1E, 0x65, 0xB8, 0x91, 0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB,
                                       0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C};
const uint8_t q_wire_downgrade_12[8] = {'D', 'O', 'W', 'N', 'G', 'R', 'D', 1};
const uint8_t q_wire_downgrade_11[8] = {'D', 'O', 'W', 'N', 'G', 'R', 'D', 0};

qtls_err q_wire_server_hello_read(q_server_hello *out, q_span body) {
  q_reader r = body;
  q_span random = {NULL, 0};
  Q_TRY(q_read_u16(&r, &out->legacy_version));
  Q_TRY(q_read_bytes(&r, &random, 32));
  out->random = random.p;
  out->is_hrr = q_base_span_equal(random, q_span_of(q_wire_hrr_random, sizeof q_wire_hrr_random));
  Q_TRY(q_read_vec8(&r, &out->session_id, 0, 32));
  Q_TRY(q_read_u16(&r, &out->suite));
  Q_TRY(q_read_u8(&r, &out->compression));
  out->extensions.count = 0;
  /* A ServerHello of TLS 1.2 may end here (RFC 5246 §7.4.1.3): it has to be
   * readable so that it fails as a version, not as a form. */
  if (r.n > 0) {
    Q_TRY(q_wire_extensions_read(&out->extensions, &r));
  }
  return q_read_end(&r);
}

q_mark q_wire_server_hello_open(q_writer *w, const uint8_t random[32], q_span session_id, uint16_t suite) {
  q_write_u16(w, Q_VERSION_TLS12);
  q_write_bytes(w, q_span_of(random, 32));
  q_write_vec(w, 1, session_id);
  q_write_u16(w, suite);
  q_write_u8(w, 0);
  return q_write_open(w, 2);
}
