/* Owns comparison of registry names and the names of protocols, key types and
 * handshake messages. */
#include "registry/registry.h"

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

bool q_registry_name_equal(const char *a, const char *b) {
  while (*a != '\0' && lower(*a) == lower(*b)) {
    a++;
    b++;
  }
  return *a == *b;
}

const char *q_protocol_name(q_protocol protocol) {
  switch (protocol) {
    case Q_PROTO_QTLS10:
      return "Q-TLS 1.0";
    case Q_PROTO_TLS13:
      return "TLS 1.3";
    case Q_PROTO_QSSL12:
      return "Q-SSL 1.2";
    case Q_PROTO_TLS12:
      return "TLS 1.2";
  }
  return "none";
}

const char *q_key_type_name(q_key_type type) {
  static const char *const names[] = {
      [Q_KEY_NONE] = "none",       [Q_KEY_EC_P256] = "ECDSA P-256", [Q_KEY_EC_P384] = "ECDSA P-384",
      [Q_KEY_EC_P521] = "ECDSA P-521", [Q_KEY_RSA] = "RSA",         [Q_KEY_RSA_PSS] = "RSA-PSS",
      [Q_KEY_ED25519] = "Ed25519", [Q_KEY_MLDSA44] = "ML-DSA-44",   [Q_KEY_MLDSA65] = "ML-DSA-65",
      [Q_KEY_MLDSA87] = "ML-DSA-87"};
  return (size_t)type < Q_COUNT(names) ? names[type] : "unknown";
}

const char *q_msg_name(uint8_t type) {
  switch (type) {
    case Q_MSG_CLIENT_HELLO:
      return "ClientHello";
    case Q_MSG_SERVER_HELLO:
      return "ServerHello";
    case Q_MSG_NEW_SESSION_TICKET:
      return "NewSessionTicket";
    case Q_MSG_END_OF_EARLY_DATA:
      return "EndOfEarlyData";
    case Q_MSG_ENCRYPTED_EXTENSIONS:
      return "EncryptedExtensions";
    case Q_MSG_CERTIFICATE:
      return "Certificate";
    case Q_MSG_CERTIFICATE_REQUEST:
      return "CertificateRequest";
    case Q_MSG_CERTIFICATE_VERIFY:
      return "CertificateVerify";
    case Q_MSG_FINISHED:
      return "Finished";
    case Q_MSG_KEY_UPDATE:
      return "KeyUpdate";
    case Q_MSG_COMPRESSED_CERTIFICATE:
      return "CompressedCertificate";
    case Q_MSG_MESSAGE_HASH:
      return "message_hash";
    default:
      return "unknown";
  }
}
