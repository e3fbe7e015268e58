/*
 * Owns psk_key_exchange_modes (RFC 8446 §4.2.9) and the form of a ClientHello's
 * pre_shared_key (§4.2.11). Must not take a key.
 */
#include "wire/ext/ext_codec.h"

/* The shortest identity is one byte: its length, itself, its obfuscated age. */
#define IDENTITIES_MIN 7
/* A binder is the output of a hash of at least 32 bytes. */
#define BINDER_MIN 32

qtls_err q_wire_psk_modes_read(q_span *modes, q_span body) {
  q_reader r = body;
  Q_TRY(q_read_vec8(&r, modes, 1, UINT8_MAX));
  return q_read_end(&r);
}

static qtls_err count_identities(size_t *count, q_reader list) {
  for (*count = 0; list.n > 0; ++*count) {
    q_span identity = {NULL, 0};
    uint32_t age = 0;
    Q_TRY(q_read_vec16(&list, &identity, 1, UINT16_MAX));
    Q_TRY(q_read_u32(&list, &age));
  }
  return QTLS_OK;
}

static qtls_err count_binders(size_t *count, q_reader list) {
  for (*count = 0; list.n > 0; ++*count) {
    q_span binder = {NULL, 0};
    Q_TRY(q_read_vec8(&list, &binder, BINDER_MIN, UINT8_MAX));
  }
  return QTLS_OK;
}

qtls_err q_wire_pre_shared_key_check(q_span body) {
  q_reader r = body;
  q_span identities = {NULL, 0};
  q_span binders = {NULL, 0};
  size_t identity_count = 0;
  size_t binder_count = 0;
  Q_TRY(q_read_vec16(&r, &identities, IDENTITIES_MIN, UINT16_MAX));
  Q_TRY(q_read_vec16(&r, &binders, BINDER_MIN + 1, UINT16_MAX));
  Q_TRY(q_read_end(&r));
  Q_TRY(count_identities(&identity_count, identities));
  Q_TRY(count_binders(&binder_count, binders));
  /* RFC 8446 §4.2.11: one binder for each identity, in the same order. */
  return identity_count == binder_count ? QTLS_OK : QTLS_ERR_DECODE;
}
