/* Owns the stateless cookie. */
#include "handshake/cookie.h"

#include <string.h>

#include "crypto/random.h"

#define MAC_SIZE 32
#define BODY_SIZE (Q_COOKIE_SIZE - MAC_SIZE)
#define EPOCH_SECONDS 3600
#define LIFETIME_SECONDS 60

static qtls_err mac(uint8_t out[Q_HASH_MAX], const q_machine *m, uint32_t epoch, q_span body) {
  static const char label[] = "qtls cookie key";
  uint8_t id[4] = {(uint8_t)(epoch >> 24), (uint8_t)(epoch >> 16), (uint8_t)(epoch >> 8), (uint8_t)epoch};
  Q_AUTO_HMAC q_hmac hmac;
  uint8_t key[Q_HASH_MAX];
  const q_span key_parts[] = {q_span_of(label, sizeof label), q_span_of(id, sizeof id)};
  Q_TRY(q_crypto_hmac_key(&hmac, Q_HASH_SHA256, q_span_of(m->config->cookie_secret, sizeof m->config->cookie_secret)));
  Q_TRY(q_crypto_hmac(&hmac, key, key_parts, Q_COUNT(key_parts)));
  const q_span parts[] = {body, q_span_of(m->peer_address, m->peer_address_n)};
  qtls_err err = q_crypto_hmac_key(&hmac, Q_HASH_SHA256, q_span_of(key, MAC_SIZE));
  q_wipe(key, sizeof key);
  Q_TRY(err);
  return q_crypto_hmac(&hmac, out, parts, Q_COUNT(parts));
}

qtls_err q_cookie_seal(uint8_t out[Q_COOKIE_SIZE], const q_machine *m, const q_cookie_content *in) {
  uint32_t epoch = (uint32_t)(m->now / EPOCH_SECONDS);
  q_writer w;
  q_writer_init(&w, out, Q_COOKIE_SIZE);
  q_write_u32(&w, epoch);
  q_write_u64(&w, (uint64_t)m->now);
  q_write_u16(&w, in->retry.version);
  q_write_u16(&w, in->retry.suite);
  q_write_u16(&w, in->retry.group);
  q_write_u16(&w, in->retry.classical);
  q_write_bytes(&w, q_span_of(in->invariants, sizeof in->invariants));
  q_write_bytes(&w, q_span_of(in->hello_hash, sizeof in->hello_hash));
  uint8_t tag[Q_HASH_MAX];
  Q_TRY(mac(tag, m, epoch, q_span_of(out, BODY_SIZE)));
  q_write_bytes(&w, q_span_of(tag, MAC_SIZE));
  return w.err;
}

static bool is_fresh(const q_machine *m, uint32_t epoch, uint64_t time) {
  uint32_t now_epoch = (uint32_t)(m->now / EPOCH_SECONDS);
  int64_t age = -1;
  /* A clock may have jumped by anything: what cannot be subtracted is not fresh. */
  if (__builtin_sub_overflow(m->now, (int64_t)time, &age)) {
    return false;
  }
  return (epoch == now_epoch || epoch + 1 == now_epoch) && age >= 0 && age <= LIFETIME_SECONDS;
}

qtls_err q_cookie_open(q_cookie_content *out, const q_machine *m, q_span cookie) {
  if (cookie.n != Q_COOKIE_SIZE) {
    return QTLS_ERR_COOKIE;
  }
  q_reader r = cookie;
  uint32_t epoch = 0;
  uint64_t time = 0;
  Q_TRY(q_read_u32(&r, &epoch));
  Q_TRY(q_read_u64(&r, &time));
  uint8_t tag[Q_HASH_MAX];
  Q_TRY(mac(tag, m, epoch, q_span_of(cookie.p, BODY_SIZE)));
  bool genuine = q_crypto_ct_equal(tag, cookie.p + BODY_SIZE, MAC_SIZE);
  if (!genuine || !is_fresh(m, epoch, time)) {
    return QTLS_ERR_COOKIE;
  }
  Q_TRY(q_read_u16(&r, &out->retry.version));
  Q_TRY(q_read_u16(&r, &out->retry.suite));
  Q_TRY(q_read_u16(&r, &out->retry.group));
  Q_TRY(q_read_u16(&r, &out->retry.classical));
  Q_TRY(q_read_copy(&r, out->invariants, sizeof out->invariants));
  return q_read_copy(&r, out->hello_hash, sizeof out->hello_hash);
}
