/* Owns the settings of client authentication, and the encoding of what a server
 * asks with: the extensions of CertificateRequest (RFC 8446 §4.3.2). */
#include <string.h>

#include "api/config_parts.h"
#include "pki/anchor.h"
#include "policy/offer.h"
#include "wire/ext/ext_codec.h"

/* All extensions of a message share one length of two bytes. What the others of
 * a request can take is left to them. */
#define EXTENSIONS_MAX 65535
#define OTHER_EXTENSIONS 256
#define AUTHORITIES_MAX (EXTENSIONS_MAX - OTHER_EXTENSIONS)

qtls_err qtls_config_set_client_auth(qtls_config *config, qtls_client_auth mode) {
  Q_TRY(q_config_writable(config));
  if (mode < QTLS_CLIENT_AUTH_none || mode > QTLS_CLIENT_AUTH_required) {
    return q_config_refuse(config, QTLS_ERR_CONFIG_VALUE, "client authentication is none of none, optional, required");
  }
  if (config->role != QTLS_SERVER) {
    return q_config_refuse(config, QTLS_ERR_CONFIG_VALUE, "only a server asks for a client's certificate");
  }
  config->client_auth = mode;
  return QTLS_OK;
}

qtls_err qtls_config_set_post_handshake_auth(qtls_config *config, bool on) {
  Q_TRY(q_config_writable(config));
  if (config->role != QTLS_CLIENT) {
    return q_config_refuse(config, QTLS_ERR_CONFIG_VALUE, "only a client offers authentication after the handshake");
  }
  config->post_handshake_auth = on;
  return QTLS_OK;
}

/* ---- authorities ---- */

/* Does the list hold this name already? */
static bool listed(q_span list, q_span name) {
  q_span entry = {NULL, 0};
  while (list.n > 0 && q_read_vec16(&list, &entry, 1, UINT16_MAX) == QTLS_OK) {
    if (q_base_span_equal(entry, name)) {
      return true;
    }
  }
  return false;
}

/* The subjects of all anchors behind what `*list` has; a fresh block takes its
 * place. *needed: the bytes of all, whether they fit or not. */
static qtls_err add_names(uint8_t **list, size_t *n, size_t *needed, const q_trust *trust) {
  uint8_t *fresh = q_alloc(AUTHORITIES_MAX);
  if (fresh == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  q_writer w;
  q_writer_init(&w, fresh, AUTHORITIES_MAX);
  q_write_bytes(&w, q_span_of(*list, *n));
  *needed = *n;
  for (size_t i = 0; i < trust->count; i++) {
    q_span name = trust->list[i].cert.subject;
    if (listed(q_span_of(w.p, w.n), name)) {
      continue;
    }
    *needed += 2 + name.n;
    if (*needed <= AUTHORITIES_MAX) {
      q_write_vec(&w, 2, name);
    }
  }
  uint8_t *exact = *needed <= AUTHORITIES_MAX && w.err == QTLS_OK && w.n > 0 ? q_alloc_copy(w.p, w.n) : NULL;
  size_t written = w.n;
  bool failed = w.err != QTLS_OK || (exact == NULL && written > 0 && *needed <= AUTHORITIES_MAX);
  q_free(fresh);
  if (failed) {
    return QTLS_ERR_NO_MEMORY;
  }
  if (exact != NULL) {
    q_free(*list);
    *list = exact;
    *n = written;
  }
  return QTLS_OK;
}

static qtls_err refuse_many(qtls_config *c, size_t needed, const char *advice) {
  q_text t = q_config_problem(c);
  q_text_add(&t, "the names of the authorities take ");
  q_text_add_number(&t, needed);
  q_text_add(&t, " bytes, and a certificate request has room for ");
  q_text_add_number(&t, AUTHORITIES_MAX);
  q_text_add(&t, " of them in its 65535 bytes of extensions: ");
  q_text_add(&t, advice);
  return QTLS_ERR_CONFIG_VALUE;
}

static qtls_err load_authorities(qtls_config *c, q_trust *trust, q_span pem) {
  size_t line = 0;
  qtls_err err = q_pki_trust_add(trust, &line, pem);
  if (err != QTLS_OK) {
    return q_config_refuse_pem(c, err, "authorities", line);
  }
  size_t needed = 0;
  Q_TRY(add_names(&c->authorities, &c->authorities_n, &needed, trust));
  return needed <= AUTHORITIES_MAX ? QTLS_OK : refuse_many(c, needed, "add fewer, or an empty text, which names none");
}

qtls_err qtls_config_add_authorities(qtls_config *config, const void *pem, size_t pem_size) {
  Q_TRY(q_config_writable(config));
  if (pem == NULL && pem_size > 0) {
    return QTLS_ERR_ARGUMENT;
  }
  if (config->role != QTLS_SERVER) {
    return q_config_refuse(config, QTLS_ERR_CONFIG_VALUE, "only a server names authorities in a certificate request");
  }
  if (pem_size > 0) {
    q_trust *trust = NULL;
    Q_TRY(q_pki_trust_new(&trust));
    qtls_err err = load_authorities(config, trust, q_span_of(pem, pem_size));
    q_pki_trust_free(trust);
    Q_TRY(err);
  }
  config->authorities_given = true;
  return QTLS_OK;
}

/* ---- who is let in ---- */

qtls_err qtls_config_add_allow(qtls_config *config, const char *rule) {
  Q_TRY(q_config_writable(config));
  if (rule == NULL) {
    return QTLS_ERR_ARGUMENT;
  }
  if (config->role != QTLS_SERVER) {
    return q_config_refuse(config, QTLS_ERR_CONFIG_VALUE, "only a server lets clients in by rules");
  }
  q_allow_rule parsed;
  const char *why = NULL;
  qtls_err err = q_pki_allow_parse(&parsed, &why, rule);
  if (err == QTLS_ERR_CONFIG_VALUE) {
    q_text t = q_config_problem(config);
    q_text_add(&t, "rule \"");
    q_text_add_bytes(&t, q_span_of((const uint8_t *)rule, strnlen(rule, 100)));
    q_text_add(&t, "\": ");
    q_text_add(&t, why);
  }
  Q_TRY(err);
  q_allow_rule *more = q_alloc((config->allow_count + 1) * sizeof *more);
  if (more == NULL) {
    q_free(parsed.pattern);
    return QTLS_ERR_NO_MEMORY;
  }
  if (config->allow_count > 0) {
    memcpy(more, config->allow, config->allow_count * sizeof *more);
  }
  more[config->allow_count++] = parsed;
  q_free(config->allow);
  config->allow = more;
  return QTLS_OK;
}

/* ---- freezing ---- */

static void write_schemes(q_writer *w, const q_codes *schemes, q_protocol protocol) {
  q_codes list;
  q_policy_scheme_list(&list, schemes, protocol == Q_PROTO_TLS13);
  q_mark body = q_wire_extension_open(w, Q_EXT_SIGNATURE_ALGORITHMS);
  q_wire_codes16_write(w, list.code, list.count);
  q_write_close(w, body);
}

static void write_compression(const qtls_config *c, q_writer *w, q_protocol protocol) {
  if (c->compression_count == 0) {
    return;
  }
  /* Q-TLS §5: each protocol heeds its own alone. */
  bool qtls = protocol == Q_PROTO_QTLS10;
  q_mark body = q_wire_extension_open(w, qtls ? Q_EXT_CERT_COMPRESSION : Q_EXT_COMPRESS_CERTIFICATE);
  if (qtls) {
    q_wire_cert_compression_write(w, c->compressions, c->compression_count);
  } else {
    q_wire_compress_certificate_write(w, c->compressions, c->compression_count);
  }
  q_write_close(w, body);
}

/* RFC 8446 §4.4.2.1: empty; a client may then staple. */
static void write_status_request(const qtls_config *c, q_writer *w) {
  if (c->revocation != Q_REVOCATION_OFF) {
    q_write_close(w, q_wire_extension_open(w, Q_EXT_STATUS_REQUEST));
  }
}

static void write_authorities(const qtls_config *c, q_writer *w) {
  if (c->authorities_n > 0) {
    q_mark body = q_wire_extension_open(w, Q_EXT_CERT_AUTHORITIES);
    q_write_vec(w, 2, q_span_of(c->authorities, c->authorities_n));
    q_write_close(w, body);
  }
}

static qtls_err encode_request(q_encoded *out, const qtls_config *c, q_protocol protocol, bool hybrid) {
  q_codes schemes;
  q_policy_request_schemes(&schemes, &c->settings, protocol, hybrid);
  q_free(out->p);
  *out = (q_encoded){NULL, 0};
  if (schemes.count == 0) {
    return QTLS_OK;
  }
  size_t cap = 2 + OTHER_EXTENSIONS + 6 + c->authorities_n;
  out->p = q_alloc(cap);
  if (out->p == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  q_writer w;
  q_writer_init(&w, out->p, cap);
  q_mark block = q_write_open(&w, 2);
  write_schemes(&w, &schemes, protocol);
  write_compression(c, &w, protocol);
  write_status_request(c, &w);
  write_authorities(c, &w);
  q_write_close(&w, block);
  return q_writer_end(&w, &out->n);
}

qtls_err q_config_prepare_requests(qtls_config *c) {
  bool asks = c->client_auth == QTLS_CLIENT_AUTH_optional || c->client_auth == QTLS_CLIENT_AUTH_required;
  bool trusts = c->trust != NULL && q_pki_trust_count(c->trust) > 0;
  if (c->role != QTLS_SERVER || (!asks && !trusts)) {
    return QTLS_OK;
  }
  if (!trusts) {
    return q_config_refuse(c, QTLS_ERR_CONFIG_TRUST,
                           "a server that asks for certificates needs trust anchors: add the certificate of the CA "
                           "that issues its clients'");
  }
  if (!c->authorities_given) {
    size_t needed = 0;
    q_free(c->authorities);
    c->authorities = NULL;
    c->authorities_n = 0;
    Q_TRY(add_names(&c->authorities, &c->authorities_n, &needed, c->trust));
    if (needed > AUTHORITIES_MAX) {
      /* A server that never asks is not held up by it: it cannot ask. */
      return asks ? refuse_many(c, needed, "name some of them by their own certificates, or none by an empty text")
                  : QTLS_OK;
    }
  }
  Q_TRY(encode_request(&c->request[Q_REQUEST_TLS13], c, Q_PROTO_TLS13, false));
  Q_TRY(encode_request(&c->request[Q_REQUEST_PQC], c, Q_PROTO_QTLS10, false));
  return encode_request(&c->request[Q_REQUEST_HYBRID], c, Q_PROTO_QTLS10, true);
}

/* ---- copies ---- */

qtls_err q_config_copy_client_auth(qtls_config *to, const qtls_config *from) {
  to->client_auth = from->client_auth;
  to->post_handshake_auth = from->post_handshake_auth;
  to->authorities_given = from->authorities_given;
  if (from->authorities_given && from->authorities_n > 0) {
    to->authorities = q_alloc_copy(from->authorities, from->authorities_n);
    if (to->authorities == NULL) {
      return QTLS_ERR_NO_MEMORY;
    }
    to->authorities_n = from->authorities_n;
  }
  if (from->allow_count == 0) {
    return QTLS_OK;
  }
  to->allow = q_alloc(from->allow_count * sizeof *to->allow);
  if (to->allow == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  for (size_t i = 0; i < from->allow_count; i++) {
    to->allow[i] = from->allow[i];
    to->allow[i].pattern = q_alloc_copy(from->allow[i].pattern, strlen(from->allow[i].pattern) + 1);
    to->allow_count = i + 1;
    if (to->allow[i].pattern == NULL) {
      return QTLS_ERR_NO_MEMORY;
    }
  }
  return QTLS_OK;
}

void q_config_free_client_auth(qtls_config *c) {
  q_free(c->authorities);
  for (size_t i = 0; i < Q_REQUEST_KINDS; i++) {
    q_free(c->request[i].p);
  }
  for (size_t i = 0; i < c->allow_count; i++) {
    q_free(c->allow[i].pattern);
  }
  q_free(c->allow);
}
