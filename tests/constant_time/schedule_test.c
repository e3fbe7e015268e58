/* The key schedule: the shared secret and all that comes from it are secret. */
#include <string.h>

#include "constant_time/ct.h"
#include "keys/schedule.h"

static bool full(q_hash_alg hash, q_aead_alg aead, bool psk) {
  uint8_t transcript[Q_HASH_MAX];
  uint8_t psk_bytes[32];
  uint8_t verify[Q_HASH_MAX];
  uint8_t exported[80];
  q_secret shared = {0};
  q_secret traffic = {0};
  q_secret finished = {0};
  q_schedule s;
  q_traffic_keys keys;
  memset(transcript, 7, sizeof transcript);
  memset(psk_bytes, 9, sizeof psk_bytes);
  ct_secret(psk_bytes, sizeof psk_bytes);
  shared.n = 80;
  memset(shared.b, 5, shared.n);
  ct_secret(shared.b, shared.n);
  const q_span label = q_span_of("EXPORTER-test", 13);
  bool right =
      q_keys_schedule_early(&s, hash, q_span_of(psk_bytes, psk ? sizeof psk_bytes : 0)) == QTLS_OK &&
      q_keys_schedule_handshake(&s, &shared) == QTLS_OK &&
      q_keys_schedule_derive(&s, &traffic, Q_LABEL_CLIENT_HANDSHAKE, transcript) == QTLS_OK &&
      ct_is_secret(traffic.b, traffic.n) && q_keys_traffic(&keys, &finished, hash, aead, &traffic) == QTLS_OK &&
      ct_is_secret(keys.key, keys.key_size) && ct_is_secret(keys.iv, sizeof keys.iv) &&
      q_keys_finished(verify, hash, &finished, transcript) == QTLS_OK && ct_is_secret(verify, 32) &&
      q_keys_schedule_master(&s) == QTLS_OK &&
      q_keys_schedule_derive(&s, &traffic, Q_LABEL_CLIENT_TRAFFIC, transcript) == QTLS_OK &&
      q_keys_traffic_update(&traffic, hash) == QTLS_OK && ct_is_secret(traffic.b, traffic.n) &&
      q_keys_schedule_derive(&s, &traffic, Q_LABEL_EXPORTER, transcript) == QTLS_OK &&
      q_keys_export(exported, sizeof exported, hash, &traffic, label, q_span_of("c", 1)) == QTLS_OK &&
      ct_is_secret(exported, sizeof exported);
  q_keys_schedule_wipe(&s);
  q_secret_wipe(&traffic);
  q_secret_wipe(&finished);
  return right;
}

static bool sha384(void) { return full(Q_HASH_SHA384, Q_AEAD_AES256_GCM, false); }
static bool sha384_psk(void) { return full(Q_HASH_SHA384, Q_AEAD_AES256_GCM, true); }
static bool sha256_aes(void) { return full(Q_HASH_SHA256, Q_AEAD_AES128_GCM, false); }
static bool sha256_chacha(void) { return full(Q_HASH_SHA256, Q_AEAD_CHACHA20_POLY1305, true); }

/* The container: setting, joining, wiping. */
static bool container(void) {
  uint8_t bytes[48];
  q_secret a = {0};
  q_secret b = {0};
  memset(bytes, 3, sizeof bytes);
  ct_secret(bytes, sizeof bytes);
  bool right = q_secret_set(&a, bytes, 48) == QTLS_OK && q_secret_set(&b, bytes, 32) == QTLS_OK &&
               q_secret_append(&a, &b) == QTLS_OK && a.n == 80 && ct_is_secret(a.b, a.n);
  q_secret_wipe(&a);
  q_secret_wipe(&b);
  return right && !ct_is_secret(&a, sizeof a);
}

/* A block that held a secret is wiped and given back. */
static bool memory(void) {
  uint8_t *block = q_alloc(100);
  bool right = block != NULL;
  memset(block, 1, 100);
  ct_secret(block, 100);
  uint8_t *copy = q_alloc_copy(block, 100);
  right = right && copy != NULL && ct_is_secret(copy, 100);
  q_free(block);
  q_free(copy);
  return right;
}

int main(void) {
  static const ct_case cases[] = {
      {"schedule, SHA-384, AES-256-GCM", sha384},
      {"schedule, SHA-384, PSK", sha384_psk},
      {"schedule, SHA-256, AES-128-GCM", sha256_aes},
      {"schedule, SHA-256, PSK, ChaCha20-Poly1305", sha256_chacha},
      {"secret container", container},
      {"memory", memory},
  };
  return ct_main(cases, Q_COUNT(cases));
}
