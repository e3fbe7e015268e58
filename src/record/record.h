/*
 * Owns the record layer (RFC 8446 §5): header, protection, limits. One
 * q_record_keys protects one direction. Knows no connection and keeps no
 * buffer: records are opened where they lie and sealed into the caller's.
 */
#ifndef Q_RECORD_H
#define Q_RECORD_H

#include "crypto/aead.h"
#include "keys/schedule.h"

#define Q_RECORD_HEADER 5
#define Q_RECORD_PLAINTEXT_MAX 16384
#define Q_RECORD_CIPHERTEXT_MAX (16384 + 256)
/* Bytes a protected record adds to its content: header, type, tag. */
#define Q_RECORD_OVERHEAD (Q_RECORD_HEADER + 1 + Q_AEAD_TAG)
/* RFC 8446 §5.5 and Q-TLS §3: never more records than this under one key. */
#define Q_RECORD_SEQUENCE_MAX ((uint64_t)1 << 24)

typedef struct q_record_keys {
  q_aead aead;
  uint8_t iv[Q_AEAD_IV];
  bool on; /* false: records pass in the clear */
  uint64_t sequence;
} q_record_keys;

typedef struct q_record {
  uint8_t type;  /* the inner type once opened */
  uint8_t *body; /* in the caller's buffer */
  size_t n;
} q_record;

QTLS_MUST_USE qtls_err q_record_keys_set(q_record_keys *k, q_aead_alg aead, const q_traffic_keys *keys);
void q_record_keys_wipe(q_record_keys *k);

/*
 * Is there a whole record at `in`? QTLS_OK and *total = its length with header,
 * or *total = 0 when `len` bytes do not hold one yet. Refuses on the header
 * alone, before the body arrives: first byte of version not 3
 * (QTLS_ERR_RECORD_VERSION), type not 20-23 (QTLS_ERR_RECORD_TYPE), length over
 * 2^14 in the clear or 2^14+256 protected (QTLS_ERR_RECORD_OVERFLOW).
 * `protected` tells which limit holds for type 23.
 */
QTLS_MUST_USE qtls_err q_record_frame(size_t *total, const uint8_t *in, size_t len, bool protected);

/* View a plaintext record of `total` bytes. */
void q_record_plain(q_record *out, uint8_t *in, size_t total);

/*
 * Open a protected record in place (RFC 8446 §5.2, §5.4). `limit` is the most
 * inner plaintext (content, type and padding) allowed: 2^14 + 1, or what
 * record_size_limit says. All failures of decryption are
 * QTLS_ERR_RECORD_BAD_MAC and cost the same; then come RECORD_OVERFLOW and
 * RECORD_INNER_EMPTY. In a padded record the scan for the type byte takes the
 * same time wherever padding begins; that a record has no padding may show.
 */
QTLS_MUST_USE qtls_err q_record_open(q_record_keys *k, q_record *out, uint8_t *in, size_t total, size_t limit);

/*
 * Seal content of type `type` and `padding` zeros into `out` (room for
 * in.n + padding + Q_RECORD_OVERHEAD, or in.n + Q_RECORD_HEADER while keys are
 * off; `cap` is checked). QTLS_ERR_RECORD_LIMIT past Q_RECORD_SEQUENCE_MAX.
 * `in` may not overlap `out`.
 */
QTLS_MUST_USE qtls_err q_record_seal(q_record_keys *k, uint8_t *out, size_t *written, size_t cap, uint8_t type,
                                     q_span in, size_t padding);

#endif
