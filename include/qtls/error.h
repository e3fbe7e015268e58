/*
 * Errors and alerts of qtls.
 *
 * Every failure has one name. The table below is the only list of them: the
 * enum, the texts, the alert sent to the peer and the documentation come from
 * it. A row is X(NAME, alert, category, text, section):
 *   alert     the alert that is sent when this error ends a connection, or
 *             `none` when nothing is sent;
 *   category  who has to act: peer (the other side broke a rule), cert (its
 *             certificate or signature was refused), policy (both sides are
 *             sound but cannot agree), caller (this program called wrongly),
 *             config (a setting or file is wrong), system (memory, random,
 *             input and output), state (the connection has ended);
 *   text      one line of English;
 *   section   where the rule stands: an RFC, or "Q-TLS" for docs/protocol.md.
 *
 * Thread rule: everything here is constant data and pure functions.
 */
#ifndef QTLS_ERROR_H
#define QTLS_ERROR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Marks a function whose result must be looked at. */
#define QTLS_MUST_USE __attribute__((warn_unused_result))

/* X(name, number): RFC 8446 §6, RFC 5246 §7.2, Q-TLS §6. */
#define QTLS_ALERT_TABLE(X)               \
  X(close_notify, 0)                      \
  X(unexpected_message, 10)               \
  X(bad_record_mac, 20)                   \
  X(decryption_failed, 21)                \
  X(record_overflow, 22)                  \
  X(handshake_failure, 40)                \
  X(no_certificate, 41)                   \
  X(bad_certificate, 42)                  \
  X(unsupported_certificate, 43)          \
  X(certificate_revoked, 44)              \
  X(certificate_expired, 45)              \
  X(certificate_unknown, 46)              \
  X(illegal_parameter, 47)                \
  X(unknown_ca, 48)                       \
  X(access_denied, 49)                    \
  X(decode_error, 50)                     \
  X(decrypt_error, 51)                    \
  X(protocol_version, 70)                 \
  X(insufficient_security, 71)            \
  X(internal_error, 80)                   \
  X(inappropriate_fallback, 86)           \
  X(user_canceled, 90)                    \
  X(pqc_key_exchange_failure, 91)         \
  X(hsm_error, 92)                        \
  X(no_renegotiation, 100)                \
  X(missing_extension, 109)               \
  X(unsupported_extension, 110)           \
  X(unrecognized_name, 112)               \
  X(bad_certificate_status_response, 113) \
  X(unknown_psk_identity, 115)            \
  X(certificate_required, 116)            \
  X(general_error, 117)                   \
  X(no_application_protocol, 120)

typedef enum qtls_alert {
#define QTLS_ALERT_ENUM(name, number) QTLS_ALERT_##name = (number),
  QTLS_ALERT_TABLE(QTLS_ALERT_ENUM)
#undef QTLS_ALERT_ENUM
  /* 90 means these two in Q-TLS and Q-SSL: before ServerHello a failed
   * negotiation, after it a failed ML-DSA signature (Q-TLS §6). */
  QTLS_ALERT_pqc_negotiation_failure = 90,
  QTLS_ALERT_pqc_signature_failure = 90,
  QTLS_ALERT_none = 255
} qtls_alert;

typedef enum qtls_category {
  QTLS_CATEGORY_none,
  QTLS_CATEGORY_peer,
  QTLS_CATEGORY_cert,
  QTLS_CATEGORY_policy,
  QTLS_CATEGORY_caller,
  QTLS_CATEGORY_config,
  QTLS_CATEGORY_system,
  QTLS_CATEGORY_state
} qtls_category;

/* clang-format off */
#define QTLS_ERROR_TABLE(X) \
  /* This program and its surroundings. */ \
  X(NO_MEMORY, internal_error, system, "memory could not be allocated", "") \
  X(RANDOM, internal_error, system, "the random source failed", "") \
  X(CRYPTO, internal_error, system, "a cryptographic operation failed inside the library", "") \
  X(INTERNAL, internal_error, system, "an inner rule of the library was broken: please report it", "") \
  X(IO, none, system, "reading or writing the connection failed", "") \
  X(TIMEOUT, none, system, "the peer did not answer in time", "") \
  X(NAME_LOOKUP, none, system, "the host name could not be resolved", "") \
  X(CONNECT, none, system, "no connection could be made", "") \
  X(FILE, none, config, "a file could not be read or written", "") \
  X(ARGUMENT, none, caller, "an argument is outside what this call accepts", "") \
  X(STATE, none, caller, "this call is not possible in the present state", "") \
  X(BUFFER, none, caller, "the buffer given is too small", "") \
  X(FROZEN, none, caller, "the configuration is frozen and cannot be changed", "") \
  X(NOT_FROZEN, none, caller, "the configuration must be frozen before it is used", "") \
  X(CLOSED, none, state, "the connection is closed", "RFC 8446 6.1") \
  X(TRUNCATED, none, state, "the peer's data ended without close_notify: it may have been cut short", "RFC 8446 6.1") \
  X(ALERT_RECEIVED, none, peer, "the peer ended the connection with an alert", "RFC 8446 6.2") \
  X(SIGNER, internal_error, system, "the signer of the identity failed", "Q-TLS 6") \
  /* Settings and files. */ \
  X(CONFIG_VALUE, none, config, "a setting has a value that cannot be used", "") \
  X(CONFIG_CONFLICT, none, config, "two settings contradict each other", "") \
  X(CONFIG_IDENTITY, none, config, "a server needs a certificate and its private key", "") \
  X(CONFIG_TRUST, none, config, "no trust anchor is configured", "") \
  X(PEM, none, config, "this is not a PEM file of the kind expected", "RFC 7468") \
  X(KEY_FORMAT, none, config, "the private key cannot be read", "RFC 5208, RFC 9881") \
  X(KEY_UNSUPPORTED, none, config, "the key is of a kind that is not supported", "") \
  X(KEY_MISMATCH, none, config, "the private key does not belong to the certificate", "") \
  X(KEY_SEED_MISMATCH, none, config, "the seed and the expanded ML-DSA key do not belong together", "RFC 9881 6") \
  X(KEY_ENCRYPTED, none, config, "the private key is encrypted: its pass phrase is needed", "RFC 5958 3") \
  X(KEY_PASSPHRASE, none, config, "the pass phrase does not open the private key", "RFC 8018 6.2") \
  X(CSR_PARSE, none, config, "the certificate signing request is malformed", "RFC 2986 4") \
  X(CSR_SIGNATURE, none, config, "the request's signature does not prove possession of its key", "RFC 2986 4.2") \
  X(CSR_ALT_SIGNATURE, none, config, "the request does not prove possession of its alternative key", "Q-TLS 4") \
  X(CRL_PARSE, none, config, "the certificate revocation list is malformed", "RFC 5280 5.1") \
  X(CRL_ISSUER, none, config, "the certificate revocation list is of another issuer", "RFC 5280 6.3.3") \
  X(CRL_SIGNATURE, none, config, "the signature of the certificate revocation list is wrong", "RFC 5280 6.3.3") \
  X(CRL_STALE, none, config, "the certificate revocation list is out of date", "RFC 5280 5.1.2.5") \
  X(CRL_CRITICAL, none, config, "the certificate revocation list has a critical extension that is not known", "RFC 5280 5.2") \
  X(OCSP_REQUEST, none, config, "the OCSP request is malformed", "RFC 6960 4.1") \
  X(OCSP_NONCE, none, config, "the OCSP response answers another request", "RFC 9654 2") \
  X(STAPLE_NONE, internal_error, system, "there is no fresh OCSP response to staple, and this server demands one", "Q-TLS 9") \
  /* Records. */ \
  X(RECORD_VERSION, protocol_version, peer, "the record does not begin like TLS", "Q-TLS 1") \
  X(RECORD_TYPE, unexpected_message, peer, "a record of an unknown type arrived", "RFC 8446 5.1") \
  X(RECORD_OVERFLOW, record_overflow, peer, "a record is longer than allowed", "RFC 8446 5.2") \
  X(RECORD_EMPTY, unexpected_message, peer, "an empty handshake or alert record arrived", "RFC 8446 5.1") \
  X(RECORD_INNER_EMPTY, unexpected_message, peer, "a protected record holds nothing but padding", "RFC 8446 5.4") \
  X(RECORD_BAD_MAC, bad_record_mac, peer, "a record failed authentication", "RFC 8446 5.2") \
  X(RECORD_UNPROTECTED, unexpected_message, peer, "a plaintext record arrived where a protected one is due", "RFC 8446 5") \
  X(RECORD_TOO_SHORT, bad_record_mac, peer, "a protected record is too short to hold a tag", "RFC 8446 5.2") \
  X(RECORD_MANY_EMPTY, unexpected_message, peer, "too many empty records in a row", "Q-TLS 11") \
  X(RECORD_INTERLEAVED, unexpected_message, peer, "another record arrived in the middle of a handshake message", "RFC 8446 5.1") \
  X(RECORD_KEY_BOUNDARY, unexpected_message, peer, "a handshake message goes past a change of keys", "RFC 8446 5.1") \
  X(RECORD_LIMIT, internal_error, system, "the keys have protected as many records as they may", "RFC 8446 5.5") \
  X(EARLY_DATA_OVERFLOW, unexpected_message, peer, "more early data than may be skipped", "RFC 8446 4.2.10") \
  X(CCS_BODY, unexpected_message, peer, "a ChangeCipherSpec with a wrong body", "RFC 8446 5") \
  X(CCS_UNEXPECTED, unexpected_message, peer, "a ChangeCipherSpec outside its place, or a second one", "RFC 8446 5, Q-TLS 11") \
  X(APPDATA_UNEXPECTED, unexpected_message, peer, "application data before the handshake was done", "RFC 8446 5") \
  X(ALERT_DECODE, decode_error, peer, "an alert that is not two bytes", "RFC 8446 6") \
  /* Handshake messages. */ \
  X(MSG_TOO_LONG, illegal_parameter, peer, "a handshake message is longer than allowed", "Q-TLS 1") \
  X(MSG_UNEXPECTED, unexpected_message, peer, "a handshake message arrived out of its order", "RFC 8446 4") \
  X(MSG_UNKNOWN, unexpected_message, peer, "a handshake message of an unknown type", "RFC 8446 4") \
  X(DECODE, decode_error, peer, "a message ends early or a length in it is wrong", "RFC 8446 6.2") \
  X(TRAILING, decode_error, peer, "a message holds bytes beyond its end", "RFC 8446 6.2") \
  X(POST_HANDSHAKE_FLOOD, unexpected_message, peer, "too many bytes of messages after the handshake", "Q-TLS 11") \
  X(KEY_UPDATE_FLOOD, unexpected_message, peer, "too many key updates without application data", "Q-TLS 3") \
  X(KEY_UPDATE_VALUE, illegal_parameter, peer, "a key update asks for something undefined", "RFC 8446 4.6.3") \
  X(TICKET_FLOOD, unexpected_message, peer, "too many session tickets", "Q-TLS 11") \
  /* Extensions. */ \
  X(EXT_DUPLICATE, illegal_parameter, peer, "an extension appears twice", "RFC 8446 4.2") \
  X(EXT_MANY, illegal_parameter, peer, "more extensions than allowed", "Q-TLS 11") \
  X(EXT_NOT_OFFERED, unsupported_extension, peer, "an extension answers what was not offered", "RFC 8446 4.2") \
  X(EXT_MISPLACED, illegal_parameter, peer, "an extension stands in a message where it is not allowed", "RFC 8446 4.2") \
  X(EXT_MISSING, missing_extension, peer, "a mandatory extension is missing", "RFC 8446 9.2") \
  X(EXT_PSK_NOT_LAST, illegal_parameter, peer, "pre_shared_key is not the last extension", "RFC 8446 4.2.11") \
  X(EXT_PSK_MODES, missing_extension, peer, "pre_shared_key without psk_key_exchange_modes", "RFC 8446 4.2.9") \
  X(SERVER_NAME_BAD, illegal_parameter, peer, "server_name is not a host name", "RFC 6066 3") \
  X(SERVER_NAME_UNKNOWN, unrecognized_name, policy, "the server does not know this name", "RFC 6066 3") \
  X(POLICY_VALUE, illegal_parameter, peer, "pqc_hybrid_mode holds an unknown policy", "Q-TLS 4") \
  X(RECORD_SIZE_LIMIT_VALUE, illegal_parameter, peer, "record_size_limit is below 64 or above the maximum", "RFC 8449 4") \
  X(ALPN_VALUE, illegal_parameter, peer, "the application protocol chosen was not offered", "RFC 7301 3.1") \
  X(ALPN_NONE, no_application_protocol, policy, "no application protocol in common", "RFC 7301 3.2") \
  X(CERT_AUTHORITIES, decode_error, peer, "certificate_authorities cannot be read", "RFC 8446 4.2.4") \
  /* Negotiation. */ \
  X(VERSION_NONE, protocol_version, policy, "no protocol version in common", "RFC 8446 4.1.2") \
  X(VERSION_SELECTED, illegal_parameter, peer, "the server selected a version that was not offered", "RFC 8446 4.2.1") \
  X(VERSION_SUITE, illegal_parameter, peer, "version and cipher suite do not belong together", "Q-TLS 1") \
  X(VERSION_LEGACY, illegal_parameter, peer, "legacy_version is wrong", "RFC 8446 4.1.3") \
  X(DOWNGRADE, illegal_parameter, peer, "the server's random tells of a downgrade", "RFC 8446 4.1.3") \
  X(FALLBACK, inappropriate_fallback, peer, "the client fell back although both sides can do better", "RFC 7507 3") \
  X(SUITE_NONE, handshake_failure, policy, "no cipher suite in common", "RFC 8446 4.1.1") \
  X(SUITE_SELECTED, illegal_parameter, peer, "the server selected a cipher suite that was not offered", "RFC 8446 4.1.3") \
  X(SUITE_CHANGED, illegal_parameter, peer, "ServerHello departs from HelloRetryRequest", "RFC 8446 4.1.4") \
  X(GROUP_NONE, handshake_failure, policy, "no key exchange group in common", "RFC 8446 4.1.1") \
  X(GROUP_SELECTED, illegal_parameter, peer, "the server selected a group that was not offered", "RFC 8446 4.2.8") \
  X(GROUP_PROTOCOL, illegal_parameter, peer, "the group belongs to another protocol", "Q-TLS 1") \
  X(SHARE_DUPLICATE, illegal_parameter, peer, "two key shares for one group", "RFC 8446 4.2.8") \
  X(SHARE_ORDER, illegal_parameter, peer, "the key shares are not ML-KEM, then classical", "Q-TLS 3") \
  X(SHARE_NOT_LISTED, illegal_parameter, peer, "a key share for a group that is not in supported_groups", "RFC 8446 4.2.8") \
  X(SHARE_MALFORMED, illegal_parameter, peer, "a key share is malformed", "Q-TLS 2") \
  X(SHARE_MISSING, illegal_parameter, peer, "the key share that was asked for is missing", "RFC 8446 4.1.2") \
  X(PQC_NONE, pqc_negotiation_failure, policy, "no quantum-safe algorithm in common", "Q-TLS 6") \
  X(PQC_KEM, pqc_key_exchange_failure, system, "the ML-KEM operation failed", "Q-TLS 3") \
  X(FLOOR, insufficient_security, policy, "what the peer offers lies below the floor", "Q-TLS 1") \
  X(POLICY_NONE, insufficient_security, policy, "nothing meets both sides' signature policy", "Q-TLS 4") \
  X(SCHEME_NONE, handshake_failure, policy, "no signature scheme in common", "RFC 8446 4.2.3") \
  X(SESSION_ID_ECHO, illegal_parameter, peer, "the server did not echo legacy_session_id", "RFC 8446 4.1.3") \
  X(COMPRESSION_METHOD, illegal_parameter, peer, "a compression method other than null", "RFC 8446 4.1.2") \
  X(PSK_SELECTED, illegal_parameter, peer, "the server selected a pre-shared key that was not offered", "RFC 8446 4.2.11") \
  X(HRR_SECOND, unexpected_message, peer, "a second HelloRetryRequest", "RFC 8446 4.1.4") \
  X(HRR_POINTLESS, illegal_parameter, peer, "HelloRetryRequest would change nothing", "RFC 8446 4.1.4") \
  X(HRR_GROUP, illegal_parameter, peer, "HelloRetryRequest names a group that was not offered, was sent already, or is of the wrong kind", "RFC 8446 4.2.8, Q-TLS 3") \
  X(HRR_HELLO_CHANGED, illegal_parameter, peer, "the second ClientHello differs where it must not", "RFC 8446 4.1.2") \
  X(COOKIE, illegal_parameter, peer, "the cookie is bad, expired or of another hello", "Q-TLS 3") \
  /* Authentication. */ \
  X(CERT_EMPTY, decode_error, peer, "the server's certificate list is empty", "RFC 8446 4.4.2.4") \
  X(CERT_REQUIRED, certificate_required, policy, "the client has no certificate and one is required", "RFC 8446 4.4.2.4") \
  X(CERT_CONTEXT, illegal_parameter, peer, "the certificate request context is wrong", "RFC 8446 4.4.2") \
  X(CERT_MANY, bad_certificate, cert, "more certificates than allowed", "Q-TLS 11") \
  X(CERT_COMPRESSION_ALGORITHM, illegal_parameter, peer, "the certificate is compressed in a way that was not offered", "RFC 8879 4") \
  X(CERT_COMPRESSION, bad_certificate, cert, "the compressed certificate cannot be expanded", "RFC 8879 4") \
  X(CERT_PARSE, bad_certificate, cert, "the certificate is malformed", "RFC 5280 4.1") \
  X(CERT_EXPIRED, certificate_expired, cert, "the certificate has expired", "RFC 5280 4.1.2.5") \
  X(CERT_NOT_YET_VALID, certificate_expired, cert, "the certificate is not valid yet", "RFC 5280 4.1.2.5") \
  X(CERT_UNKNOWN_CA, unknown_ca, cert, "no path leads to a trusted certification authority", "RFC 5280 6.1") \
  X(CERT_NAME, bad_certificate, cert, "the certificate is for another name", "RFC 9525 6") \
  X(CERT_KEY_USAGE, unsupported_certificate, cert, "the key usage does not allow this", "RFC 5280 4.2.1.3") \
  X(CERT_EXT_KEY_USAGE, unsupported_certificate, cert, "the extended key usage does not allow this", "RFC 5280 4.2.1.12") \
  X(CERT_NOT_CA, bad_certificate, cert, "an issuer is not a certification authority", "RFC 5280 4.2.1.9") \
  X(CERT_PATH_LENGTH, bad_certificate, cert, "the path is longer than an issuer allows", "RFC 5280 4.2.1.9") \
  X(CERT_NAME_CONSTRAINT, bad_certificate, cert, "a name lies outside an issuer's name constraints", "RFC 5280 4.2.1.10") \
  X(CERT_CRITICAL, unsupported_certificate, cert, "the certificate has a critical extension that is not known", "RFC 5280 4.2") \
  X(CERT_SIGNATURE, bad_certificate, cert, "the classical signature of a certificate is wrong", "RFC 5280 6.1.3") \
  X(CERT_ALT_SIGNATURE, bad_certificate, cert, "the ML-DSA signature of a certificate is wrong", "Q-TLS 4") \
  X(CERT_ALT_MALFORMED, bad_certificate, cert, "the alternative key or signature extensions are malformed", "Q-TLS 4") \
  X(CERT_ALT_MISSING, bad_certificate, cert, "a certificate of the path lacks the ML-DSA key or signature", "Q-TLS 4") \
  X(CERT_ANCHOR_ALT, unknown_ca, cert, "the trust anchor has no ML-DSA key for a hybrid path", "Q-TLS 4") \
  X(CERT_WEAK, bad_certificate, cert, "a key or hash in the path is too weak", "RFC 9325 4") \
  X(CERT_ALGORITHM, unsupported_certificate, cert, "a certificate uses an algorithm that is not supported", "RFC 8446 4.4.2.2") \
  X(CERT_KEY_TYPE, unsupported_certificate, cert, "the certificate's key does not fit what was negotiated", "RFC 8446 4.4.2.2") \
  X(CERT_REVOKED, certificate_revoked, cert, "the certificate was revoked", "RFC 5280 6.3") \
  X(CERT_STATUS_UNKNOWN, certificate_unknown, cert, "whether the certificate was revoked cannot be found out, and must be", "Q-TLS 9") \
  X(CERT_STAPLE_MISSING, bad_certificate_status_response, cert, "the certificate asks for a stapled OCSP response, and none came", "RFC 7633 4.2.3") \
  X(OCSP_PARSE, bad_certificate_status_response, cert, "the OCSP response is malformed", "RFC 6960 4.2") \
  X(OCSP_STATUS, bad_certificate_status_response, cert, "the OCSP response holds no answer about this certificate", "RFC 6960 3.2") \
  X(OCSP_SIGNATURE, bad_certificate_status_response, cert, "the signature of the OCSP response is wrong", "RFC 6960 3.2") \
  X(OCSP_RESPONDER, bad_certificate_status_response, cert, "the OCSP responder is not authorized by the issuer", "RFC 6960 4.2.2.2") \
  X(OCSP_STALE, bad_certificate_status_response, cert, "the OCSP response is out of date", "RFC 6960 3.2") \
  X(OCSP_UNKNOWN, bad_certificate_status_response, cert, "the OCSP responder does not know the certificate", "RFC 6960 2.2") \
  X(STATUS_ALT, bad_certificate_status_response, cert, "the OCSP response or revocation list lacks a right ML-DSA signature", "Q-TLS 4") \
  X(CERT_PIN, bad_certificate, cert, "no certificate of the path has a pinned key", "RFC 7469 2.6") \
  X(CERT_SCT, bad_certificate, cert, "too few certificate transparency logs vouch for the certificate", "RFC 6962 5.2") \
  X(ACCESS_DENIED, access_denied, policy, "the client's identity is not authorized", "Q-TLS 6") \
  X(AUTH_NOT_OFFERED, unexpected_message, peer, "the server asks for authentication after the handshake, which was not offered", "RFC 8446 4.6.2") \
  X(AUTH_CONTEXT, illegal_parameter, peer, "a certificate request repeats the context of an earlier one", "RFC 8446 4.3.2") \
  X(AUTH_HTTP2, unexpected_message, peer, "the server asks for authentication after the handshake under HTTP/2", "RFC 8740 3") \
  X(SIG_SCHEME, illegal_parameter, peer, "the signature uses a scheme that was not offered", "RFC 8446 4.4.3") \
  X(SIG_SCHEME_KEY, illegal_parameter, peer, "the signature scheme does not fit the certificate's key", "RFC 8446 4.4.3") \
  X(SIG_CLASSICAL, decrypt_error, cert, "the classical handshake signature is wrong", "RFC 8446 4.4.3") \
  X(SIG_PQC, pqc_signature_failure, cert, "the ML-DSA handshake signature is wrong", "Q-TLS 4") \
  X(SIG_HYBRID_FORM, decode_error, peer, "the hybrid signature is malformed", "Q-TLS 4") \
  X(FINISHED, decrypt_error, peer, "the Finished value is wrong", "RFC 8446 4.4.4")
/* clang-format on */

typedef enum qtls_err {
  QTLS_OK = 0,
#define QTLS_ERROR_ENUM(name, alert, category, text, section) QTLS_ERR_##name,
  QTLS_ERROR_TABLE(QTLS_ERROR_ENUM)
#undef QTLS_ERROR_ENUM
      QTLS_ERR_COUNT
} qtls_err;

/* Name as in the table ("CERT_EXPIRED"), "OK" for QTLS_OK, "UNKNOWN" for a
 * number that is none. Constant string, never NULL; so are the next two. */
const char *qtls_err_name(qtls_err err);
const char *qtls_err_text(qtls_err err);
const char *qtls_err_section(qtls_err err);

/* The alert this error sends; QTLS_ALERT_none if nothing is sent. */
qtls_alert qtls_err_alert(qtls_err err);
qtls_category qtls_err_category(qtls_err err);

/* Name of an alert number ("bad_record_mac"); "unknown_alert" if none.
 * pqc != 0: the names Q-TLS gives to 90 (pqc_negotiation_failure before, or
 * pqc_signature_failure after ServerHello: pass 1 or 2). */
const char *qtls_alert_name(uint8_t alert, int pqc);

#ifdef __cplusplus
}
#endif
#endif
