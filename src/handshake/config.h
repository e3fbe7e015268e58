/*
 * Owns the layout of a configuration: filled by src/api/config*.c, read by the
 * handshake and the connection, never changed once frozen.
 */
#ifndef Q_HANDSHAKE_CONFIG_H
#define Q_HANDSHAKE_CONFIG_H

#include "pki/identity.h"
#include "policy/negotiate.h"
#include "qtls/config.h"
#include "wire/ext/pqc_codec.h"

#define Q_IDENTITIES_MAX 8
#define Q_COMPRESSIONS_MAX 3

/* A handshake message encoded once when the configuration is frozen. */
typedef struct q_encoded {
  uint8_t *p;
  size_t n;
} q_encoded;

typedef struct q_configured_identity {
  q_identity *identity;
  q_capability capability;
  q_encoded certificate;                       /* Certificate, with its header */
  q_encoded compressed[Q_COMPRESSIONS_MAX + 1]; /* CompressedCertificate, by algorithm; empty: no gain */
} q_configured_identity;

struct qtls_config {
  uint32_t owners; /* atomic */
  bool frozen;
  qtls_role role;
  q_settings settings;
  q_configured_identity ids[Q_IDENTITIES_MAX];
  size_t id_count;
  q_trust *trust;
  uint8_t *alpn; /* names with their 1-byte lengths */
  size_t alpn_n;
  uint8_t compressions[Q_COMPRESSIONS_MAX]; /* in order of preference */
  size_t compression_count;
  uint16_t record_size_limit; /* content bytes; 0: not said */
  qtls_record_mode record_mode;
  qtls_padding padding;
  uint16_t padding_block;
  size_t message_limit;
  qtls_cookie cookie;
  bool grease, middlebox, fallback_scsv, keep_chain;
  bool has_hsm;
  q_hsm_capabilities hsm;
  qtls_keylog_fn keylog;
  void *keylog_user;
  qtls_trace_fn trace;
  void *trace_user;
  uint8_t cookie_secret[32]; /* cookie keys of all epochs derive from it */
  char problem[320];
};

#endif
