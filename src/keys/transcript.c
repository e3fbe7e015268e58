/* Owns the transcript hash (RFC 8446 §4.4.1). */
#include "keys/transcript.h"

void q_keys_transcript_init(q_transcript *t, q_hash_alg alg) { q_crypto_hash_init(&t->hash, alg); }

void q_keys_transcript_add(q_transcript *t, q_span message) { q_crypto_hash_update(&t->hash, message); }

void q_keys_transcript_message_hash(q_transcript *t, const uint8_t *hello_hash) {
  q_hash_alg alg = t->hash.alg;
  size_t n = q_crypto_hash_size(alg);
  const uint8_t header[4] = {Q_MSG_MESSAGE_HASH, 0, 0, (uint8_t)n};
  q_crypto_hash_init(&t->hash, alg);
  q_crypto_hash_update(&t->hash, q_span_of(header, sizeof header));
  q_crypto_hash_update(&t->hash, q_span_of(hello_hash, n));
}

size_t q_keys_transcript_hash(const q_transcript *t, uint8_t out[Q_HASH_MAX]) {
  q_crypto_hash_peek(&t->hash, out);
  return q_crypto_hash_size(t->hash.alg);
}
