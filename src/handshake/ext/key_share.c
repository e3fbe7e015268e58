/* Owns key_share of a ClientHello (RFC 8446 §4.2.8, Q-TLS §3): the client makes
 * a fresh key for every entry of every hello; the server reads and checks them. */
#include "base/bits.h"
#include "handshake/ext/ext.h"

static qtls_err write_share(q_machine *m, q_writer *w, uint16_t code) {
  q_scratch *hs = m->hs;
  const q_group *group = q_group_find(code);
  if (group == NULL || hs->share_count == Q_SHARES_MAX) {
    return QTLS_ERR_INTERNAL;
  }
  q_write_u16(w, code);
  q_mark data = q_write_open(w, 2);
  uint8_t *share = q_write_space(w, q_group_client_share(group));
  if (share == NULL) {
    return QTLS_ERR_INTERNAL;
  }
  Q_TRY(q_kex_generate(&hs->shares[hs->share_count], share, group));
  hs->share_count++;
  q_write_close(w, data);
  return QTLS_OK;
}

/* A retry that names no group leaves the shares as they were (RFC 8446 §4.1.2). */
static qtls_err repeat_shares(const q_machine *m, q_writer *w) {
  q_client_hello before;
  q_span body = {m->hs->hello.p + Q_MSG_HEADER, m->hs->hello.n - Q_MSG_HEADER};
  Q_TRY(q_wire_client_hello_read(&before, body));
  const q_span *shares = q_wire_extension_find(&before.extensions, Q_EXT_KEY_SHARE);
  if (shares == NULL) {
    return QTLS_ERR_INTERNAL;
  }
  q_write_bytes(w, *shares);
  return QTLS_OK;
}

qtls_err q_ext_key_share_write_hello(q_machine *m, q_writer *w) {
  q_scratch *hs = m->hs;
  if (m->is.retried && m->is.group == NULL) {
    return repeat_shares(m, w);
  }
  for (size_t i = 0; i < hs->share_count; i++) {
    q_kex_free(&hs->shares[i]);
  }
  hs->share_count = 0;
  q_mark list = q_write_open(w, 2);
  /* RFC 8446 §4.1.2: after a retry the named group(s) and nothing else. */
  if (m->config->grease && !m->is.retried) {
    static const uint8_t zero[1] = {0};
    q_key_share grease = {q_ext_grease(m, Q_GREASE_GROUP), {zero, sizeof zero}};
    q_wire_key_share_write(w, &grease);
  }
  for (size_t i = 0; i < hs->offer.shares.count; i++) {
    Q_TRY(write_share(m, w, hs->offer.shares.code[i]));
  }
  q_write_close(w, list);
  return QTLS_OK;
}

qtls_err q_ext_key_share_read_hello(q_machine *m, q_hello_facts *facts, q_span body) {
  (void)m;
  facts->has_shares = true;
  Q_TRY(q_wire_key_shares_read(&facts->shares, body));
  q_reader rest = facts->shares;
  q_key_share share = {0, {NULL, 0}};
  q_bits seen = {{0}};
  while (q_wire_key_share_next(&rest, &share)) {
    if (q_bits_has(&seen, share.group)) {
      return QTLS_ERR_SHARE_DUPLICATE;
    }
    q_bits_add(&seen, share.group);
    q_codes *known = &facts->offer.shares;
    if (q_group_find(share.group) != NULL && known->count < Q_LIST_MAX) {
      known->code[known->count++] = share.group;
    }
  }
  return QTLS_OK;
}

q_span q_ext_key_share_of(q_span shares, uint16_t group) {
  q_key_share share = {0, {NULL, 0}};
  while (q_wire_key_share_next(&shares, &share)) {
    if (share.group == group) {
      return share.data;
    }
  }
  return q_span_of(NULL, 0);
}
