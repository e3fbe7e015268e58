/*
 * Owns the TLS 1.3 key schedule (RFC 8446 §7.1), which Q-TLS uses unchanged
 * with its combined secret in the place of (EC)DHE (Q-TLS §3):
 *
 *            0
 *            |
 *   PSK -> HKDF-Extract = Early Secret
 *            |    (binder, early traffic and exporter secrets: sessions)
 *      Derive-Secret(., "derived", "")
 *            |
 * (EC)DHE -> HKDF-Extract = Handshake Secret
 *            +-> Derive-Secret(., "c hs traffic" | "s hs traffic", CH..SH)
 *      Derive-Secret(., "derived", "")
 *            |
 *       0 -> HKDF-Extract = Master Secret
 *            +-> Derive-Secret(., "c ap traffic" | "s ap traffic", CH..server Finished)
 *            +-> Derive-Secret(., "exp master", CH..server Finished)
 *            +-> Derive-Secret(., "res master", CH..client Finished)
 */
#ifndef Q_KEYS_SCHEDULE_H
#define Q_KEYS_SCHEDULE_H

#include "crypto/hmac.h"

typedef struct q_schedule {
  q_hash_alg hash;
  bool no_psk;   /* Early Secret without PSK, which is a constant: `secret` is not keyed yet */
  q_hmac secret; /* the present Early, Handshake or Master Secret, keyed */
} q_schedule;

void q_keys_schedule_wipe(q_schedule *s);

/* Start; `psk` empty means a string of zeros. */
QTLS_MUST_USE qtls_err q_keys_schedule_early(q_schedule *s, q_hash_alg hash, q_span psk);
QTLS_MUST_USE qtls_err q_keys_schedule_handshake(q_schedule *s, const q_secret *shared);
QTLS_MUST_USE qtls_err q_keys_schedule_master(q_schedule *s);

/* Derive-Secret from the present secret; `transcript` is a hash (its length is
 * the hash's). Labels are the constants below. */
QTLS_MUST_USE qtls_err q_keys_schedule_derive(q_schedule *s, q_secret *out, const char *label,
                                              const uint8_t *transcript);

#define Q_LABEL_CLIENT_HANDSHAKE "c hs traffic"
#define Q_LABEL_SERVER_HANDSHAKE "s hs traffic"
#define Q_LABEL_CLIENT_TRAFFIC "c ap traffic"
#define Q_LABEL_SERVER_TRAFFIC "s ap traffic"
#define Q_LABEL_EXPORTER "exp master"
#define Q_LABEL_RESUMPTION "res master"

/* HKDF-Expand-Label (RFC 8446 §7.1) under a keyed secret; n ≤ 255 * hash. */
QTLS_MUST_USE qtls_err q_keys_expand_label(q_hmac *secret, uint8_t *out, size_t n, const char *label, q_span context);

/* What one traffic secret gives (RFC 8446 §7.3, §4.4.4): computed together,
 * under one keyed HMAC. `finished` may be NULL. */
typedef struct q_traffic_keys {
  uint8_t key[32];
  uint8_t key_size;
  uint8_t iv[Q_AEAD_IV];
} q_traffic_keys;
QTLS_MUST_USE qtls_err q_keys_traffic(q_traffic_keys *out, q_secret *finished, q_hash_alg hash, q_aead_alg aead,
                                      const q_secret *traffic);

/* Finished.verify_data over a transcript hash; out takes the hash's size. */
QTLS_MUST_USE qtls_err q_keys_finished(uint8_t out[Q_HASH_MAX], q_hash_alg hash, const q_secret *finished,
                                       const uint8_t *transcript);

/* application_traffic_secret_N+1 in place (RFC 8446 §7.2). */
QTLS_MUST_USE qtls_err q_keys_traffic_update(q_secret *traffic, q_hash_alg hash);

/* Exporter (RFC 8446 §7.5): `exporter` is the exporter master secret. */
QTLS_MUST_USE qtls_err q_keys_export(uint8_t *out, size_t n, q_hash_alg hash, const q_secret *exporter,
                                     q_span label, q_span context);

#endif
