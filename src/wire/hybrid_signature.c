/*
 * Owns the body of a hybrid signature (Q-TLS §4): two signatures with their
 * ids, the ML-DSA one first. Must not verify either.
 */
#include "wire/certificate_verify.h"

/* r and s of ECDSA P-384, 48 bytes each (Q-TLS §4), not DER. */
#define P384_RAW 96

static qtls_err read_part(q_reader *r, q_span *out, uint16_t id, size_t min, size_t max) {
  uint16_t found = 0;
  Q_TRY(q_read_u16(r, &found));
  if (found != id) {
    return QTLS_ERR_SIG_HYBRID_FORM;
  }
  return q_read_vec16(r, out, min, max);
}

static qtls_err read_parts(q_hybrid_signature *out, const q_scheme *scheme, size_t pqc_size, q_span body) {
  bool ecdsa = scheme->key == Q_KEY_EC_P384;
  q_reader r = body;
  Q_TRY(read_part(&r, &out->pqc, scheme->part_pqc, pqc_size, pqc_size));
  /* An RSA signature has the length of its modulus, which only the key tells. */
  Q_TRY(read_part(&r, &out->classical, scheme->part_classical, ecdsa ? P384_RAW : 1, ecdsa ? P384_RAW : UINT16_MAX));
  return q_read_end(&r);
}

qtls_err q_wire_hybrid_signature_read(q_hybrid_signature *out, const q_scheme *scheme, size_t pqc_size, q_span body) {
  *out = (q_hybrid_signature){{NULL, 0}, {NULL, 0}};
  if (!q_scheme_is_hybrid(scheme)) {
    return QTLS_ERR_INTERNAL;
  }
  /* Q-TLS §4: wrong ids, lengths, trailing bytes: all one failure of form. */
  return read_parts(out, scheme, pqc_size, body) == QTLS_OK ? QTLS_OK : QTLS_ERR_SIG_HYBRID_FORM;
}

void q_wire_hybrid_signature_write(q_writer *w, const q_scheme *scheme, const q_hybrid_signature *in) {
  q_write_u16(w, scheme->part_pqc);
  q_write_vec(w, 2, in->pqc);
  q_write_u16(w, scheme->part_classical);
  q_write_vec(w, 2, in->classical);
}
