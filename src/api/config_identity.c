/* Owns trust anchors and identities of a configuration, and freezing it. */
#include <string.h>

#include "api/config_parts.h"
#include "crypto/random.h"
#include "pki/names.h"

qtls_err q_config_refuse_pem(qtls_config *c, qtls_err err, const char *what, size_t line) {
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

/* A store that may be added to: one that a clone shares is copied first. */
static qtls_err own_trust(qtls_config *c) {
  if (c->trust == NULL) {
    return q_pki_trust_new(&c->trust);
  }
  if (q_pki_trust_shared(c->trust)) {
    q_trust *own = NULL;
    Q_TRY(q_pki_trust_copy(&own, c->trust));
    q_pki_trust_free(c->trust);
    c->trust = own;
  }
  return QTLS_OK;
}

qtls_err qtls_config_add_trust(qtls_config *config, const void *pem, size_t pem_size) {
  Q_TRY(q_config_writable(config));
  if (pem == NULL && pem_size > 0) {
    return QTLS_ERR_ARGUMENT;
  }
  Q_TRY(own_trust(config));
  size_t line = 0;
  qtls_err err = q_pki_trust_add(config->trust, &line, q_span_of(pem, pem_size));
  return err == QTLS_OK ? QTLS_OK : q_config_refuse_pem(config, err, "trust anchors", line);
}

static qtls_err grow(qtls_config *c) {
  if (c->id_count < c->id_cap) {
    return QTLS_OK;
  }
  size_t cap = c->id_cap == 0 ? 2 : 2 * c->id_cap;
  q_configured_identity *ids = q_alloc(cap * sizeof *ids);
  if (ids == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  if (c->id_count > 0) {
    memcpy(ids, c->ids, c->id_count * sizeof *ids);
  }
  q_free(c->ids);
  c->ids = ids;
  c->id_cap = cap;
  return QTLS_OK;
}

qtls_err qtls_config_add_identity(qtls_config *config, const void *chain_pem, size_t chain_size, const void *key_pem,
                                  size_t key_size) {
  Q_TRY(q_config_writable(config));
  if ((chain_pem == NULL && chain_size > 0) || (key_pem == NULL && key_size > 0)) {
    return QTLS_ERR_ARGUMENT;
  }
  if (config->id_count == Q_IDENTITIES_MAX) {
    return q_config_refuse(config, QTLS_ERR_CONFIG_VALUE, "no more than 64 identities");
  }
  Q_TRY(grow(config));
  size_t line = 0;
  q_identity *id = NULL;
  qtls_err err =
      q_pki_identity_load(&id, &line, q_span_of(chain_pem, chain_size), q_span_of(key_pem, key_size));
  if (err != QTLS_OK) {
    return q_config_refuse_pem(config, err, "identity", line);
  }
  struct qtls_cert *leaf = NULL;
  err = qtls_cert_load(&leaf, id->der[0], id->der_n[0]);
  if (err != QTLS_OK) {
    q_pki_identity_free(id);
    return q_config_refuse_pem(config, err, "identity", 0);
  }
  config->ids[config->id_count++] = (q_configured_identity){.identity = id, .leaf = leaf};
  return QTLS_OK;
}

/* ---- freezing ---- */

static qtls_err prepare_identity(qtls_config *c, q_configured_identity *id) {
  q_codes *can = &id->capability.schemes;
  can->count = 0;
  for (size_t i = 0; i < c->settings.schemes.count; i++) {
    uint16_t code = c->settings.schemes.code[i];
    if (q_pki_identity_can(id->identity, q_scheme_find(code))) {
      can->code[can->count++] = code;
    }
  }
  return q_config_encode(c, id);
}

static qtls_err refuse_identity(qtls_config *c, size_t i) {
  const q_identity *id = c->ids[i].identity;
  const q_scheme *scheme = NULL;
  q_text t = q_config_problem(c);
  q_text_add(&t, "identity ");
  q_text_add_number(&t, i + 1);
  q_text_add(&t, " (");
  q_text_add(&t, q_key_type_name(id->key_type));
  q_text_add(&t, ") can sign with none of the configured signature schemes");
  for (size_t k = 0; (scheme = q_scheme_at(k)) != NULL; k++) {
    if (q_pki_identity_can(id, scheme)) {
      q_text_add(&t, ", but with ");
      q_text_add(&t, scheme->name);
      break;
    }
  }
  c->problem_identity = i + 1;
  return QTLS_ERR_CONFIG_CONFLICT;
}

/* The DNS names of every leaf: what a client may ask for. */
static qtls_err index_names(qtls_config *c) {
  q_policy_names_free(&c->names);
  for (size_t i = 0; i < c->id_count; i++) {
    q_span rest = c->ids[i].identity->leaf.san;
    q_general_name name;
    while (rest.n > 0 && q_pki_name_next(&rest, &name)) {
      if (name.type == Q_GENERAL_DNS && q_pki_dns_valid(name.value, true)) {
        Q_TRY(q_policy_names_add(&c->names, name.value, i));
      }
    }
  }
  q_policy_names_sort(&c->names);
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
      return refuse_identity(config, i);
    }
  }
  Q_TRY(index_names(config));
  Q_TRY(q_config_prepare_requests(config));
  if (!config->has_cookie_secret) {
    Q_TRY(q_crypto_random(config->cookie_secret, sizeof config->cookie_secret));
    config->has_cookie_secret = true;
  }
  config->problem[0] = '\0';
  config->frozen = true;
  return QTLS_OK;
}
