/* Owns the table of extensions and where each may stand (RFC 8446 §4.2, Q-TLS §5). */
#include "registry/registry.h"

static const q_ext_row rows[] = {
    {Q_EXT_SERVER_NAME, Q_IN_CH | Q_IN_EE, "server_name"},
    {Q_EXT_STATUS_REQUEST, Q_IN_CH | Q_IN_CR | Q_IN_CT, "status_request"},
    {Q_EXT_SUPPORTED_GROUPS, Q_IN_CH | Q_IN_EE, "supported_groups"},
    {Q_EXT_SIGNATURE_ALGORITHMS, Q_IN_CH | Q_IN_CR, "signature_algorithms"},
    {Q_EXT_ALPN, Q_IN_CH | Q_IN_EE, "application_layer_protocol_negotiation"},
    {Q_EXT_SCT, Q_IN_CH | Q_IN_CR | Q_IN_CT, "signed_certificate_timestamp"},
    {Q_EXT_PADDING, Q_IN_CH, "padding"},
    {Q_EXT_COMPRESS_CERTIFICATE, Q_IN_CH | Q_IN_CR, "compress_certificate"},
    {Q_EXT_RECORD_SIZE_LIMIT, Q_IN_CH | Q_IN_EE, "record_size_limit"},
    {Q_EXT_PRE_SHARED_KEY, Q_IN_CH | Q_IN_SH, "pre_shared_key"},
    {Q_EXT_EARLY_DATA, Q_IN_CH | Q_IN_EE | Q_IN_NST, "early_data"},
    {Q_EXT_SUPPORTED_VERSIONS, Q_IN_CH | Q_IN_SH | Q_IN_HRR, "supported_versions"},
    {Q_EXT_COOKIE, Q_IN_CH | Q_IN_HRR, "cookie"},
    {Q_EXT_PSK_MODES, Q_IN_CH, "psk_key_exchange_modes"},
    {Q_EXT_CERT_AUTHORITIES, Q_IN_CH | Q_IN_CR, "certificate_authorities"},
    {Q_EXT_POST_HANDSHAKE_AUTH, Q_IN_CH, "post_handshake_auth"},
    {Q_EXT_SIGNATURE_ALGORITHMS_CERT, Q_IN_CH | Q_IN_CR, "signature_algorithms_cert"},
    {Q_EXT_KEY_SHARE, Q_IN_CH | Q_IN_SH | Q_IN_HRR, "key_share"},
    {Q_EXT_PQC_HYBRID_MODE, Q_IN_CH | Q_IN_EE, "pqc_hybrid_mode"},
    {Q_EXT_HSM_CAPABILITIES, Q_IN_EE, "hsm_capabilities"},
    {Q_EXT_SESSION_CACHE_INFO, Q_IN_EE, "session_cache_info"},
    {Q_EXT_CERT_COMPRESSION, Q_IN_CH | Q_IN_CR, "certificate_compression"},
    {Q_EXT_PQC_ALGORITHMS, Q_IN_CH | Q_IN_EE, "pqc_supported_algorithms"},
};

const q_ext_row *q_ext_at(size_t i) { return i < Q_COUNT(rows) ? &rows[i] : NULL; }

const q_ext_row *q_ext_find(uint16_t code) {
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    if (rows[i].code == code) {
      return &rows[i];
    }
  }
  return NULL;
}
