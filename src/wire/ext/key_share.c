/*
 * Owns key_share in its three forms: ClientHello, ServerHello and
 * HelloRetryRequest (RFC 8446 §4.2.8; with two entries Q-TLS §3). Must not
 * judge groups, their order or their sizes.
 */
#include "wire/ext/ext_codec.h"

static qtls_err read_entry(q_reader *r, q_key_share *out) {
  Q_TRY(q_read_u16(r, &out->group));
  return q_read_vec16(r, &out->data, 1, UINT16_MAX);
}

qtls_err q_wire_key_shares_read(q_span *entries, q_span body) {
  q_reader r = body;
  /* Empty asks for a HelloRetryRequest (RFC 8446 §4.2.8). */
  Q_TRY(q_read_vec16(&r, entries, 0, UINT16_MAX));
  Q_TRY(q_read_end(&r));
  q_reader walk = *entries;
  while (walk.n > 0) {
    q_key_share entry;
    Q_TRY(read_entry(&walk, &entry));
  }
  return QTLS_OK;
}

bool q_wire_key_share_next(q_reader *entries, q_key_share *out) {
  return entries->n > 0 && read_entry(entries, out) == QTLS_OK;
}

qtls_err q_wire_key_share_server_read(q_key_share *out, size_t count, q_span body) {
  q_reader r = body;
  /* Q-TLS §3: entries back to back, without a list length. */
  for (size_t i = 0; i < count; i++) {
    Q_TRY(read_entry(&r, &out[i]));
  }
  return q_read_end(&r);
}

void q_wire_key_share_write(q_writer *w, const q_key_share *share) {
  q_write_u16(w, share->group);
  q_write_vec(w, 2, share->data);
}

qtls_err q_wire_key_share_retry_read(uint16_t *groups, size_t count, q_span body) {
  /* Q-TLS §3: a body of another length is a failure of form, never a guess. */
  if (body.n != 2 * count) {
    return QTLS_ERR_DECODE;
  }
  for (size_t i = 0; i < count; i++) {
    groups[i] = q_codes_at(body, i);
  }
  return QTLS_OK;
}
