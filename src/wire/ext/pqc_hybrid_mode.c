/* Owns pqc_hybrid_mode, 0xFF02 (Q-TLS §4, §5). Must not apply the policy. */
#include "wire/ext/pqc_codec.h"

/* require_both, require_pqc, require_any */
#define POLICY_FIRST 1
#define POLICY_LAST 3

qtls_err q_wire_hybrid_mode_read(q_hybrid_mode *out, q_span body) {
  q_reader r = body;
  Q_TRY(q_read_u8(&r, &out->policy));
  Q_TRY(q_read_u8(&r, &out->priority));
  Q_TRY(q_read_end(&r));
  /* Q-TLS §4: other values are an illegal_parameter, not a form. */
  return out->policy >= POLICY_FIRST && out->policy <= POLICY_LAST ? QTLS_OK : QTLS_ERR_POLICY_VALUE;
}

void q_wire_hybrid_mode_write(q_writer *w, const q_hybrid_mode *in) {
  q_write_u8(w, in->policy);
  q_write_u8(w, in->priority);
}
