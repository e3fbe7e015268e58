/* Owns the transcript hash (RFC 8446 §4.4.1). */
#ifndef Q_KEYS_TRANSCRIPT_H
#define Q_KEYS_TRANSCRIPT_H

#include "crypto/hash.h"

typedef struct q_transcript {
  q_hash hash;
} q_transcript;

void q_keys_transcript_init(q_transcript *t, q_hash_alg alg);

/* A whole handshake message with its 4-byte header. */
void q_keys_transcript_add(q_transcript *t, q_span message);

/* Begin anew with message_hash, as after HelloRetryRequest: `hello_hash` is the
 * hash of the first ClientHello, of the transcript's own length. */
void q_keys_transcript_message_hash(q_transcript *t, const uint8_t *hello_hash);

/* Transcript-Hash of all so far; returns its length. */
size_t q_keys_transcript_hash(const q_transcript *t, uint8_t out[Q_HASH_MAX]);

#endif
