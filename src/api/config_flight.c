/* Owns the forecast of a server's first flight. */
#include "handshake/config.h"
#include "record/record.h"

/* ServerHello without its shares, in its record: 5 + 4 + 2 + 32 + 33 + 2 + 1,
 * the extension block, supported_versions, the head of key_share. */
#define SERVER_HELLO_FIXED (79 + 2 + 6 + 4)
#define CCS_RECORD 6
#define ENCRYPTED_EXTENSIONS_TYPICAL 60

static size_t protected_message(size_t n) { return n + Q_RECORD_OVERHEAD * (1 + n / Q_RECORD_PLAINTEXT_MAX); }

static size_t share(uint16_t group) { return 4 + q_group_server_share(q_group_find(group)); }

static size_t shares_of(const q_scheme *scheme) {
  if (scheme->protocols != Q_PROTO_QTLS10) {
    return share(Q_GROUP_X25519MLKEM768);
  }
  return share(Q_GROUP_KYBER1024) + (q_scheme_is_hybrid(scheme) ? share(Q_GROUP_SECP384R1) : 0);
}

/* Of the classical part: exact for r || s, at most for the others. */
static size_t classical_signature(q_key_type type, const q_privkey *key) {
  return type == Q_KEY_EC_P384 ? 104 : key != NULL ? q_crypto_signature_max(key) : 512;
}

static size_t signature_of(const q_scheme *scheme, const q_identity *id) {
  if (q_scheme_is_hybrid(scheme)) {
    return 8 + q_crypto_mldsa_signature_size(scheme->pqc_key) + classical_signature(scheme->key, id->key);
  }
  size_t pqc = q_crypto_mldsa_signature_size(scheme->key);
  return pqc > 0 ? pqc : classical_signature(scheme->key, id->key);
}

/* The scheme that a default client ends up with: 0x13F1 and its schemes only
 * where require_both is not demanded (Q-TLS §4). */
static const q_scheme *likely_scheme(const qtls_config *config, const q_codes *can) {
  for (size_t i = 0; i < can->count; i++) {
    const q_scheme *scheme = q_scheme_find(can->code[i]);
    bool single = scheme->protocols == Q_PROTO_QTLS10 && !q_scheme_is_hybrid(scheme);
    if (!single || config->settings.policy != QTLS_POLICY_require_both) {
      return scheme;
    }
  }
  return q_scheme_find(can->code[0]);
}

/* CertificateRequest, where the server asks. */
static size_t request_of(const qtls_config *config, const q_scheme *scheme) {
  q_request_kind kind = scheme->protocols != Q_PROTO_QTLS10 ? Q_REQUEST_TLS13
                        : q_scheme_is_hybrid(scheme)        ? Q_REQUEST_HYBRID
                                                            : Q_REQUEST_PQC;
  bool asks = config->client_auth != QTLS_CLIENT_AUTH_none;
  return asks ? protected_message(Q_MSG_HEADER + 1 + config->request[kind].n) : 0;
}

size_t qtls_config_flight_size(const qtls_config *config, size_t i) {
  if (config == NULL || !config->frozen || i >= config->id_count) {
    return 0;
  }
  const q_configured_identity *id = &config->ids[i];
  const q_scheme *scheme = likely_scheme(config, &id->capability.schemes);
  const q_messages *certificate = id->stapled != NULL ? id->stapled : id->plain;
  size_t finished = Q_MSG_HEADER + 48;
  return SERVER_HELLO_FIXED + shares_of(scheme) + CCS_RECORD + protected_message(ENCRYPTED_EXTENSIONS_TYPICAL) +
         request_of(config, scheme) + protected_message(certificate->certificate.n) +
         protected_message(Q_MSG_HEADER + 4 + signature_of(scheme, id->identity)) + protected_message(finished);
}
