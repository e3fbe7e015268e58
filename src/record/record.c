/*
 * Owns record protection (RFC 8446 §5.2-5.4): nonce, additional data, sealing
 * and opening. Framing lies in frame.c.
 */
#include "record/record.h"

#include <string.h>

#include "crypto/ct_marks.h"
#include "record/scan.h"

/* On the wire every record says TLS 1.2 (RFC 8446 §5.1). */
#define LEGACY_MAJOR 3
#define LEGACY_MINOR 3
#define PADDING_MAX Q_RECORD_PLAINTEXT_MAX

qtls_err q_record_keys_set(q_record_keys *k, q_aead_alg aead, const q_traffic_keys *keys) {
  k->on = false;
  Q_TRY(q_crypto_aead_init(&k->aead, aead, q_span_of(keys->key, keys->key_size)));
  memcpy(k->iv, keys->iv, sizeof k->iv);
  k->sequence = 0;
  k->on = true;
  return QTLS_OK;
}

void q_record_keys_wipe(q_record_keys *k) {
  q_crypto_aead_wipe(&k->aead);
  q_wipe(k, sizeof *k);
}

/* RFC 8446 §5.3: the IV, its last eight bytes XORed with the sequence number. */
static void nonce_of(uint8_t nonce[Q_AEAD_IV], const q_record_keys *k) {
  memcpy(nonce, k->iv, Q_AEAD_IV);
  for (unsigned i = 0; i < 8; i++) {
    nonce[Q_AEAD_IV - 1 - i] ^= (uint8_t)(k->sequence >> (8 * i));
  }
}

static void write_header(uint8_t out[Q_RECORD_HEADER], uint8_t type, size_t n) {
  out[0] = type;
  out[1] = LEGACY_MAJOR;
  out[2] = LEGACY_MINOR;
  out[3] = (uint8_t)(n >> 8);
  out[4] = (uint8_t)n;
}

/*
 * A last byte that is not zero is the type, and there is no padding. That bit,
 * "padded or not", is let out: a sender who does not pad hides no length (its
 * records are as long as their content), and reading each record a second time
 * would cost a tenth of the speed. A record that is padded is scanned whole, so
 * how much padding it has does not show in the time.
 */
static size_t content_end(const uint8_t *p, size_t n) {
  bool bare = n > 0 && q_crypto_ct_reveal(p[n - 1] != 0) != 0;
  return bare ? n : q_record_content_end(p, n);
}

qtls_err q_record_open(q_record_keys *k, q_record *out, uint8_t *in, size_t total, size_t limit) {
  *out = (q_record){0, NULL, 0};
  if (!k->on || total < Q_RECORD_HEADER) {
    return QTLS_ERR_INTERNAL;
  }
  uint8_t nonce[Q_AEAD_IV];
  nonce_of(nonce, k);
  size_t n = 0;
  uint8_t *body = in + Q_RECORD_HEADER;
  /* Too short for a tag, wrong tag, wrong key: one path, one error. */
  Q_TRY(q_crypto_aead_open(&k->aead, body, &n, nonce, total - Q_RECORD_HEADER, q_span_of(in, Q_RECORD_HEADER)));
  if (k->sequence == UINT64_MAX) {
    return QTLS_ERR_RECORD_BAD_MAC; /* RFC 8446 §5.3: it must not wrap */
  }
  k->sequence++;
  if (n > limit) {
    return QTLS_ERR_RECORD_OVERFLOW;
  }
  size_t end = content_end(body, n);
  if (end == 0) {
    return QTLS_ERR_RECORD_INNER_EMPTY;
  }
  *out = (q_record){body[end - 1], body, end - 1};
  return QTLS_OK;
}

/* Seal with `extra`: the content type and, after it, padding. */
static qtls_err seal(q_record_keys *k, uint8_t *out, q_span in, q_span extra) {
  uint8_t nonce[Q_AEAD_IV];
  nonce_of(nonce, k);
  /* RFC 8446 §5.2: the additional data is the header itself. */
  write_header(out, Q_RECORD_DATA, in.n + extra.n + Q_AEAD_TAG);
  Q_TRY(q_crypto_aead_seal(&k->aead, out + Q_RECORD_HEADER, nonce, in, extra, q_span_of(out, Q_RECORD_HEADER)));
  k->sequence++;
  return QTLS_OK;
}

static qtls_err seal_padded(q_record_keys *k, uint8_t *out, uint8_t type, q_span in, size_t padding) {
  uint8_t extra[1 + PADDING_MAX];
  extra[0] = type;
  memset(extra + 1, 0, padding);
  return seal(k, out, in, q_span_of(extra, 1 + padding));
}

qtls_err q_record_seal(q_record_keys *k, uint8_t *out, size_t *written, size_t cap, uint8_t type, q_span in,
                       size_t padding) {
  *written = 0;
  if (in.n > Q_RECORD_PLAINTEXT_MAX || padding > Q_RECORD_PLAINTEXT_MAX - in.n || (!k->on && padding > 0)) {
    return QTLS_ERR_ARGUMENT;
  }
  size_t total = in.n + padding + (k->on ? Q_RECORD_OVERHEAD : Q_RECORD_HEADER);
  if (cap < total) {
    return QTLS_ERR_BUFFER;
  }
  if (!k->on) {
    write_header(out, type, in.n);
    if (in.n > 0) {
      memcpy(out + Q_RECORD_HEADER, in.p, in.n);
    }
    *written = total;
    return QTLS_OK;
  }
  if (k->sequence >= Q_RECORD_SEQUENCE_MAX) {
    return QTLS_ERR_RECORD_LIMIT;
  }
  if (padding == 0) {
    Q_TRY(seal(k, out, in, q_span_of(&type, 1)));
  } else {
    Q_TRY(seal_padded(k, out, type, in, padding));
  }
  *written = total;
  return QTLS_OK;
}
