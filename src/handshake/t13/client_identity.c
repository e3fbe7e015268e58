/* Owns a client's answer to a CertificateRequest (RFC 8446 §4.4.2): which of its
 * identities fits, and the Certificate that it begins with in the handshake. */
#include "handshake/t13/t13.h"
#include "wire/certificate.h"
#include "wire/ext/ext_codec.h"

/* What a request asks for; spans point into the message. */
typedef struct q_wish {
  q_span schemes;
  q_span authorities;
  bool has_authorities;
} q_wish;

static qtls_err read_compressions(q_machine *m, const q_ext_set *set) {
  const q_span *body = q_wire_extension_find(set, Q_EXT_COMPRESS_CERTIFICATE);
  q_span codes = {NULL, 0};
  m->hs->peer_compressions[0] = m->hs->peer_compressions[1] = 0;
  if (body != NULL) {
    Q_TRY(q_wire_compress_certificate_read(&codes, *body));
    for (size_t i = 0; i < q_codes_count(codes); i++) {
      m->hs->peer_compressions[0] |= (uint8_t)(q_codes_at(codes, i) < 8 ? 1u << q_codes_at(codes, i) : 0);
    }
  }
  body = q_wire_extension_find(set, Q_EXT_CERT_COMPRESSION);
  if (body != NULL) {
    Q_TRY(q_wire_cert_compression_read(&codes, *body));
    for (size_t i = 0; i < codes.n; i++) {
      m->hs->peer_compressions[1] |= (uint8_t)(codes.p[i] < 8 ? 1u << codes.p[i] : 0);
    }
  }
  return QTLS_OK;
}

static qtls_err read_wish(q_wish *out, q_machine *m, const q_ext_set *set) {
  Q_TRY(q_wire_extensions_check(set, Q_IN_CR));
  const q_span *body = q_wire_extension_find(set, Q_EXT_SIGNATURE_ALGORITHMS);
  if (body == NULL) {
    return q_machine_refuse(m, QTLS_ERR_EXT_MISSING, "signature_algorithms in CertificateRequest");
  }
  Q_TRY(q_wire_codes16_read(&out->schemes, *body));
  body = q_wire_extension_find(set, Q_EXT_SIGNATURE_ALGORITHMS_CERT);
  if (body != NULL) { /* chains are not chosen by it: there is one for each key */
    q_span unused = {NULL, 0};
    Q_TRY(q_wire_codes16_read(&unused, *body));
  }
  body = q_wire_extension_find(set, Q_EXT_CERT_AUTHORITIES);
  out->has_authorities = body != NULL;
  out->authorities = q_span_of(NULL, 0);
  if (body != NULL) {
    Q_TRY(q_wire_authorities_read(&out->authorities, *body));
  }
  body = q_wire_extension_find(set, Q_EXT_STATUS_REQUEST);
  m->hs->status_asked = body != NULL;
  if (body != NULL) { /* RFC 8446 §4.4.2.1 */
    Q_TRY(q_wire_empty_check(*body));
  }
  return read_compressions(m, set);
}

static bool is_named(q_span authorities, q_span issuer) {
  q_span name = {NULL, 0};
  while (authorities.n > 0 && q_read_vec16(&authorities, &name, 1, UINT16_MAX) == QTLS_OK) {
    if (q_base_span_equal(name, issuer)) {
      return true;
    }
  }
  return false;
}

/* RFC 8446 §4.2.4: somewhere up its chain one of the authorities has issued. */
static bool fits_authorities(const q_identity *id, const q_wish *wish) {
  if (!wish->has_authorities) {
    return true;
  }
  for (size_t i = 0; i < id->count; i++) {
    q_cert cert;
    if (q_pki_cert_parse(&cert, q_span_of(id->der[i], id->der_n[i])) == QTLS_OK &&
        is_named(wish->authorities, cert.issuer)) {
      return true;
    }
  }
  return false;
}

/* The client's most preferred scheme for this identity (Q-TLS §4). */
static const q_scheme *scheme_of(const q_machine *m, const q_capability *can, const q_wish *wish) {
  bool hybrid = m->is.suite->code == Q_SUITE_QTLS_HYBRID;
  for (size_t i = 0; i < can->schemes.count; i++) {
    const q_scheme *scheme = q_scheme_find(can->schemes.code[i]);
    if ((scheme->protocols & m->is.protocol) != 0 && q_scheme_is_hybrid(scheme) == hybrid &&
        q_codes_has(wish->schemes, scheme->code)) {
      return scheme;
    }
  }
  return NULL;
}

qtls_err q_t13_choose_identity(q_machine *m, const q_certificate_request *request) {
  q_wish wish;
  Q_TRY(read_wish(&wish, m, &request->extensions));
  m->client_identity_asked = true;
  m->hs->own_scheme = NULL;
  for (size_t i = 0; i < m->config->id_count && m->hs->own_scheme == NULL; i++) {
    const q_configured_identity *id = &m->config->ids[i];
    const q_scheme *scheme = scheme_of(m, &id->capability, &wish);
    if (scheme != NULL && fits_authorities(id->identity, &wish)) {
      m->hs->own_scheme = scheme;
      m->hs->choice.identity = i;
    }
  }
  return QTLS_OK;
}

qtls_err q_t13_send_client_certificate(q_machine *m) {
  if (m->hs->own_scheme == NULL) {
    Q_TRY(q_machine_send_message(m, q_t13_plain_certificate(m)));
    return q_t13_client_finish(m);
  }
  Q_TRY(q_t13_send_certificate(m));
  m->client_identity_sent = true;
  q_machine_enter(m, Q_STATE_CLIENT_SIGNING);
  return q_t13_sign(m);
}
