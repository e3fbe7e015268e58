/* Owns the Certificate messages of an identity, encoded once when a configuration
 * is frozen (RFC 8446 §4.4.2, RFC 8879): with its staple and without. Clones whose
 * settings ask for no others share them. */
#include <string.h>

#include "api/config_parts.h"
#include "base/owners.h"
#include "handshake/cert_compress.h"
#include "wire/certificate.h"
#include "wire/ext/ext_codec.h"

void q_config_free_staple(q_staple *staple) {
  if (staple != NULL && q_owners_drop(&staple->owners)) {
    q_free(staple->p);
    q_free(staple);
  }
}

void q_config_free_messages(q_messages *messages) {
  if (messages == NULL || !q_owners_drop(&messages->owners)) {
    return;
  }
  q_free(messages->certificate.p);
  for (size_t i = 0; i < Q_COUNT(messages->compressed); i++) {
    q_free(messages->compressed[i].p);
  }
  q_free(messages);
}

void q_config_free_identity(q_configured_identity *id) {
  q_pki_identity_free(id->identity);
  qtls_cert_free(id->leaf);
  q_config_free_staple(id->staple);
  q_config_free_messages(id->plain);
  q_config_free_messages(id->stapled);
}

/* `staple` may be NULL. */
static qtls_err encode_certificate(q_encoded *out, const q_identity *id, const q_staple *staple) {
  q_span der[Q_PKI_CHAIN_MAX];
  size_t cap = Q_MSG_HEADER + 4 + (staple == NULL ? 0 : staple->n + 8);
  for (size_t i = 0; i < id->count; i++) {
    der[i] = q_span_of(id->der[i], id->der_n[i]);
    cap += id->der_n[i] + 5;
  }
  out->p = q_alloc(cap);
  if (out->p == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  q_writer w;
  q_writer_init(&w, out->p, cap);
  q_mark message = q_wire_message_open(&w, Q_MSG_CERTIFICATE);
  q_span response = staple == NULL ? q_span_of(NULL, 0) : q_span_of(staple->p, staple->n);
  q_wire_certificate_write(&w, q_span_of(NULL, 0), der, id->count, response);
  q_write_close(&w, message);
  return q_writer_end(&w, &out->n);
}

static qtls_err encode_compressed(q_encoded *out, const q_encoded *certificate, uint8_t algorithm) {
  q_span body = {certificate->p + Q_MSG_HEADER, certificate->n - Q_MSG_HEADER};
  Q_AUTO_FREE uint8_t *data = NULL;
  size_t n = 0;
  Q_TRY(q_handshake_compress(&data, &n, algorithm, body));
  if (n == 0) {
    return QTLS_OK;
  }
  size_t cap = Q_MSG_HEADER + 8 + n;
  out->p = q_alloc(cap);
  if (out->p == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  q_compressed_certificate in = {algorithm, (uint32_t)body.n, {data, n}};
  q_writer w;
  q_writer_init(&w, out->p, cap);
  q_mark message = q_wire_message_open(&w, Q_MSG_COMPRESSED_CERTIFICATE);
  q_wire_compressed_certificate_write(&w, &in);
  q_write_close(&w, message);
  return q_writer_end(&w, &out->n);
}

static qtls_err fill(q_messages *made, const qtls_config *c, const q_configured_identity *id, const q_staple *staple) {
  Q_TRY(encode_certificate(&made->certificate, id->identity, staple));
  for (size_t i = 0; i < c->compression_count; i++) {
    uint8_t algorithm = c->compressions[i];
    Q_TRY(encode_compressed(&made->compressed[algorithm], &made->certificate, algorithm));
    made->tried |= (uint8_t)(1u << algorithm);
  }
  return QTLS_OK;
}

static qtls_err encode(q_messages **at, const qtls_config *c, const q_configured_identity *id, const q_staple *staple) {
  uint8_t wanted = 0;
  for (size_t i = 0; i < c->compression_count; i++) {
    wanted |= (uint8_t)(1u << c->compressions[i]);
  }
  if (*at != NULL && ((*at)->tried & wanted) == wanted) {
    return QTLS_OK;
  }
  q_messages *made = q_alloc(sizeof *made);
  if (made == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  made->owners = 1;
  qtls_err err = fill(made, c, id, staple);
  if (err != QTLS_OK) {
    q_config_free_messages(made);
    return err;
  }
  q_config_free_messages(*at);
  *at = made;
  return QTLS_OK;
}

qtls_err q_config_encode(qtls_config *c, q_configured_identity *id) {
  Q_TRY(encode(&id->plain, c, id, NULL));
  return id->staple == NULL ? QTLS_OK : encode(&id->stapled, c, id, id->staple);
}
