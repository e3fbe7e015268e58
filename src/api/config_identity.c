/* Owns trust anchors and identities of a configuration, and freezing it. */
#include <string.h>

#include "api/config_parts.h"
#include "crypto/random.h"
#include "handshake/cert_compress.h"
#include "wire/certificate.h"

static qtls_err refuse_pem(qtls_config *c, qtls_err err, const char *what, size_t line) {
  q_text t = q_config_problem(c);
  q_text_add(&t, what);
  if (line > 0) {
    q_text_add(&t, ", line ");
    q_text_add_number(&t, line);
  }
  q_text_add(&t, ": ");
  q_text_add(&t, qtls_err_text(err));
  return err;
}

qtls_err qtls_config_add_trust(qtls_config *config, const void *pem, size_t pem_size) {
  Q_TRY(q_config_writable(config));
  if (pem == NULL && pem_size > 0) {
    return QTLS_ERR_ARGUMENT;
  }
  if (config->trust == NULL) {
    Q_TRY(q_pki_trust_new(&config->trust));
  }
  size_t line = 0;
  qtls_err err = q_pki_trust_add(config->trust, &line, q_span_of(pem, pem_size));
  return err == QTLS_OK ? QTLS_OK : refuse_pem(config, err, "trust anchors", line);
}

qtls_err qtls_config_add_identity(qtls_config *config, const void *chain_pem, size_t chain_size, const void *key_pem,
                                  size_t key_size) {
  Q_TRY(q_config_writable(config));
  if ((chain_pem == NULL && chain_size > 0) || (key_pem == NULL && key_size > 0)) {
    return QTLS_ERR_ARGUMENT;
  }
  if (config->id_count == Q_IDENTITIES_MAX) {
    return q_config_refuse(config, QTLS_ERR_CONFIG_VALUE, "no more than 8 identities");
  }
  size_t line = 0;
  q_identity *id = NULL;
  qtls_err err =
      q_pki_identity_load(&id, &line, q_span_of(chain_pem, chain_size), q_span_of(key_pem, key_size));
  if (err != QTLS_OK) {
    return refuse_pem(config, err, "identity", line);
  }
  config->ids[config->id_count++].identity = id;
  return QTLS_OK;
}

/* ---- freezing ---- */

static qtls_err encode_certificate(q_encoded *out, const q_identity *id) {
  q_span der[Q_PKI_CHAIN_MAX];
  size_t cap = Q_MSG_HEADER + 4;
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
  q_wire_certificate_write(&w, q_span_of(NULL, 0), der, id->count);
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

static qtls_err prepare_identity(qtls_config *c, q_configured_identity *id) {
  q_codes *can = &id->capability.schemes;
  can->count = 0;
  for (size_t i = 0; i < c->settings.schemes.count; i++) {
    uint16_t code = c->settings.schemes.code[i];
    if (q_pki_identity_can(id->identity, q_scheme_find(code))) {
      can->code[can->count++] = code;
    }
  }
  if (id->certificate.p == NULL) {
    Q_TRY(encode_certificate(&id->certificate, id->identity));
  }
  for (size_t i = 0; i < c->compression_count; i++) {
    uint8_t algorithm = c->compressions[i];
    if (id->compressed[algorithm].p == NULL) {
      Q_TRY(encode_compressed(&id->compressed[algorithm], &id->certificate, algorithm));
    }
  }
  return QTLS_OK;
}

static qtls_err check_role(qtls_config *c) {
  if (c->role == QTLS_CLIENT && (c->trust == NULL || q_pki_trust_count(c->trust) == 0)) {
    return q_config_refuse(c, QTLS_ERR_CONFIG_TRUST,
                           "a client needs trust anchors: add the certificate of the CA that it is to trust");
  }
  if (c->role == QTLS_SERVER && c->id_count == 0) {
    return q_config_refuse(c, QTLS_ERR_CONFIG_IDENTITY,
                           "a server needs an identity: add its certificate chain and private key");
  }
  q_text problem = q_config_problem(c);
  return q_policy_check(&c->settings, &problem);
}

qtls_err qtls_config_freeze(qtls_config *config) {
  Q_TRY(q_config_writable(config));
  Q_TRY(check_role(config));
  for (size_t i = 0; i < config->id_count; i++) {
    Q_TRY(prepare_identity(config, &config->ids[i]));
    if (config->ids[i].capability.schemes.count == 0) {
      q_text t = q_config_problem(config);
      q_text_add(&t, "identity ");
      q_text_add_number(&t, i + 1);
      q_text_add(&t, " (");
      q_text_add(&t, q_key_type_name(config->ids[i].identity->key_type));
      q_text_add(&t, ") can sign with none of the configured signature schemes");
      return QTLS_ERR_CONFIG_CONFLICT;
    }
  }
  Q_TRY(q_crypto_random(config->cookie_secret, sizeof config->cookie_secret));
  config->problem[0] = '\0';
  config->frozen = true;
  return QTLS_OK;
}
