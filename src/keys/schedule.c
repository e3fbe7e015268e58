/*
 * Owns the TLS 1.3 key schedule (RFC 8446 §7.1, §7.3, §4.4.4, §7.5). Each
 * secret is keyed once; what depends on the hash alone comes from fixed.c.
 */
#include "keys/schedule.h"

#include <string.h>

#include "crypto/aead.h"
#include "keys/fixed.h"

#define LABEL_PREFIX "tls13 "
#define LABEL_PREFIX_SIZE 6
#define LABEL_MAX (255 - LABEL_PREFIX_SIZE)
/* struct HkdfLabel: length, label, context. */
#define INFO_MAX (2 + 1 + 255 + 1 + 255)

static const uint8_t zeros[Q_HASH_MAX];

/* HKDF-Expand-Label with a label that is a span. */
static qtls_err expand(q_hmac *secret, uint8_t *out, size_t n, q_span label, q_span context) {
  size_t hash_n = q_crypto_hash_size(secret->alg);
  if (n > 255 * hash_n || label.n > LABEL_MAX || context.n > 255) {
    return QTLS_ERR_ARGUMENT;
  }
  uint8_t info[INFO_MAX];
  size_t at = 0;
  info[at++] = (uint8_t)(n >> 8);
  info[at++] = (uint8_t)n;
  info[at++] = (uint8_t)(LABEL_PREFIX_SIZE + label.n);
  memcpy(info + at, LABEL_PREFIX, LABEL_PREFIX_SIZE);
  at += LABEL_PREFIX_SIZE;
  if (label.n > 0) {
    memcpy(info + at, label.p, label.n);
    at += label.n;
  }
  info[at++] = (uint8_t)context.n;
  if (context.n > 0) {
    memcpy(info + at, context.p, context.n);
    at += context.n;
  }

  /* HKDF-Expand, RFC 5869 §2.3. */
  uint8_t block[Q_HASH_MAX];
  qtls_err err = QTLS_OK;
  size_t done = 0;
  for (uint8_t counter = 1; err == QTLS_OK && done < n; counter++) {
    const q_span parts[3] = {q_span_of(block, counter == 1 ? 0 : hash_n), q_span_of(info, at),
                             q_span_of(&counter, 1)};
    err = q_crypto_hmac(secret, block, parts, Q_COUNT(parts));
    if (err == QTLS_OK) {
      size_t take = n - done < hash_n ? n - done : hash_n;
      memcpy(out + done, block, take);
      done += take;
    }
  }
  q_wipe(block, sizeof block);
  return err;
}

qtls_err q_keys_expand_label(q_hmac *secret, uint8_t *out, size_t n, const char *label, q_span context) {
  return expand(secret, out, n, q_span_of(label, strlen(label)), context);
}

/* HKDF-Extract, and the result keyed for what is derived from it. */
static qtls_err extract(q_schedule *s, q_span salt, q_span input) {
  uint8_t secret[Q_HASH_MAX];
  qtls_err err = q_crypto_hmac_key(&s->secret, s->hash, salt);
  if (err == QTLS_OK) {
    err = q_crypto_hmac(&s->secret, secret, &input, 1);
  }
  if (err == QTLS_OK) {
    err = q_crypto_hmac_key(&s->secret, s->hash, q_span_of(secret, q_crypto_hash_size(s->hash)));
  }
  q_wipe(secret, sizeof secret);
  return err;
}

/* The next row of the figure: Derive-Secret(., "derived", "") is the salt. */
static qtls_err step(q_schedule *s, q_span input) {
  size_t n = q_crypto_hash_size(s->hash);
  const q_fixed *fixed = q_keys_fixed(s->hash);
  uint8_t salt[Q_HASH_MAX];
  qtls_err err = q_keys_expand_label(&s->secret, salt, n, "derived", q_span_of(fixed->empty, n));
  if (err == QTLS_OK) {
    err = extract(s, q_span_of(salt, n), input);
  }
  q_wipe(salt, sizeof salt);
  return err;
}

void q_keys_schedule_wipe(q_schedule *s) { q_wipe(s, sizeof *s); }

qtls_err q_keys_schedule_early(q_schedule *s, q_hash_alg hash, q_span psk) {
  if (q_keys_fixed(hash) == NULL) {
    return QTLS_ERR_INTERNAL;
  }
  s->hash = hash;
  s->no_psk = psk.n == 0;
  if (s->no_psk) {
    return QTLS_OK; /* all of this row is constant: keyed only if asked for */
  }
  return extract(s, q_span_of(zeros, q_crypto_hash_size(hash)), psk);
}

qtls_err q_keys_schedule_handshake(q_schedule *s, const q_secret *shared) {
  if (s->no_psk) {
    s->no_psk = false;
    q_span salt = q_span_of(q_keys_fixed(s->hash)->derived, q_crypto_hash_size(s->hash));
    return extract(s, salt, q_secret_span(shared));
  }
  return step(s, q_secret_span(shared));
}

qtls_err q_keys_schedule_master(q_schedule *s) {
  return step(s, q_span_of(zeros, q_crypto_hash_size(s->hash)));
}

qtls_err q_keys_schedule_derive(q_schedule *s, q_secret *out, const char *label, const uint8_t *transcript) {
  size_t n = q_crypto_hash_size(s->hash);
  if (s->no_psk) {
    Q_TRY(q_crypto_hmac_key(&s->secret, s->hash, q_span_of(q_keys_fixed(s->hash)->early, n)));
  }
  q_secret_wipe(out);
  Q_TRY(q_keys_expand_label(&s->secret, out->b, n, label, q_span_of(transcript, n)));
  out->n = (uint8_t)n;
  return QTLS_OK;
}

qtls_err q_keys_traffic(q_traffic_keys *out, q_secret *finished, q_hash_alg hash, q_aead_alg aead,
                        const q_secret *traffic) {
  static const q_span none = {NULL, 0};
  size_t n = q_crypto_hash_size(hash);
  Q_AUTO_HMAC q_hmac keyed;
  Q_TRY(q_crypto_hmac_key(&keyed, hash, q_secret_span(traffic)));
  out->key_size = (uint8_t)q_crypto_aead_key_size(aead);
  Q_TRY(q_keys_expand_label(&keyed, out->key, out->key_size, "key", none));
  Q_TRY(q_keys_expand_label(&keyed, out->iv, sizeof out->iv, "iv", none));
  if (finished != NULL) {
    q_secret_wipe(finished);
    Q_TRY(q_keys_expand_label(&keyed, finished->b, n, "finished", none));
    finished->n = (uint8_t)n;
  }
  return QTLS_OK;
}

qtls_err q_keys_finished(uint8_t out[Q_HASH_MAX], q_hash_alg hash, const q_secret *finished,
                         const uint8_t *transcript) {
  Q_AUTO_HMAC q_hmac keyed;
  Q_TRY(q_crypto_hmac_key(&keyed, hash, q_secret_span(finished)));
  const q_span part = q_span_of(transcript, q_crypto_hash_size(hash));
  return q_crypto_hmac(&keyed, out, &part, 1);
}

qtls_err q_keys_traffic_update(q_secret *traffic, q_hash_alg hash) {
  static const q_span none = {NULL, 0};
  Q_AUTO_SECRET q_secret next = {0};
  Q_AUTO_HMAC q_hmac keyed;
  Q_TRY(q_crypto_hmac_key(&keyed, hash, q_secret_span(traffic)));
  next.n = (uint8_t)q_crypto_hash_size(hash);
  Q_TRY(q_keys_expand_label(&keyed, next.b, next.n, "traffic upd", none));
  *traffic = next;
  return QTLS_OK;
}

qtls_err q_keys_export(uint8_t *out, size_t n, q_hash_alg hash, const q_secret *exporter, q_span label,
                       q_span context) {
  const q_fixed *fixed = q_keys_fixed(hash);
  if (fixed == NULL) {
    return QTLS_ERR_INTERNAL;
  }
  size_t hash_n = q_crypto_hash_size(hash);
  Q_AUTO_HMAC q_hmac keyed;
  Q_AUTO_SECRET q_secret derived = {0};
  /* Derive-Secret(exporter_master_secret, label, "") ... */
  Q_TRY(q_crypto_hmac_key(&keyed, hash, q_secret_span(exporter)));
  Q_TRY(expand(&keyed, derived.b, hash_n, label, q_span_of(fixed->empty, hash_n)));
  derived.n = (uint8_t)hash_n;
  /* ... and HKDF-Expand-Label(., "exporter", Hash(context_value), n). */
  uint8_t context_hash[Q_HASH_MAX];
  q_crypto_hash_once(hash, context_hash, context);
  Q_TRY(q_crypto_hmac_key(&keyed, hash, q_secret_span(&derived)));
  return q_keys_expand_label(&keyed, out, n, "exporter", q_span_of(context_hash, hash_n));
}
