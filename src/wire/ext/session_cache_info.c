/* Owns session_cache_info, 0xFF04 (Q-TLS §5). Must not keep any session. */
#include "wire/ext/flag.h"
#include "wire/ext/pqc_codec.h"

qtls_err q_wire_session_cache_info_read(q_session_cache_info *out, q_span body) {
  q_reader r = body;
  Q_TRY(q_read_u32(&r, &out->max_age_seconds));
  Q_TRY(q_wire_flag_read(&r, &out->supports_0rtt));
  Q_TRY(q_wire_flag_read(&r, &out->supports_tickets));
  return q_read_end(&r);
}

void q_wire_session_cache_info_write(q_writer *w, const q_session_cache_info *in) {
  q_write_u32(w, in->max_age_seconds);
  q_write_u8(w, in->supports_0rtt ? 1 : 0);
  q_write_u8(w, in->supports_tickets ? 1 : 0);
}
