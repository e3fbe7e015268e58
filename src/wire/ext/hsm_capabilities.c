/* Owns hsm_capabilities, 0xFF03 (Q-TLS §5). Must not ask any token. */
#include "wire/ext/flag.h"
#include "wire/ext/pqc_codec.h"

qtls_err q_wire_hsm_capabilities_read(q_hsm_capabilities *out, q_span body) {
  q_reader r = body;
  Q_TRY(q_wire_flag_read(&r, &out->hardware_rng));
  Q_TRY(q_wire_flag_read(&r, &out->hardware_pqc_accel));
  Q_TRY(q_wire_flag_read(&r, &out->fips_certified));
  Q_TRY(q_read_u16(&r, &out->max_operations_per_second));
  return q_read_end(&r);
}

void q_wire_hsm_capabilities_write(q_writer *w, const q_hsm_capabilities *in) {
  q_write_u8(w, in->hardware_rng ? 1 : 0);
  q_write_u8(w, in->hardware_pqc_accel ? 1 : 0);
  q_write_u8(w, in->fips_certified ? 1 : 0);
  q_write_u16(w, in->max_operations_per_second);
}
