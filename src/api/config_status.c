/* Owns what a configuration knows and demands of certificate statuses: staples of
 * its identities, revocation lists, what lack of a status means (Q-TLS §9). */
#include <string.h>

#include "api/config_parts.h"
#include "api/pki_objects.h"
#include "base/owners.h"
#include "pki/anchor.h"
#include "qtls/status.h"

/* ---- lists ---- */

/* Lists are kept as they came too: a clone that adds one builds its own store. */
typedef struct q_crl_input {
  uint8_t *p;
  size_t n;
} q_crl_input;

struct q_shared_crls {
  uint32_t owners; /* atomic */
  q_crl_store *store;
  q_crl_input *inputs;
  size_t count;
};

struct q_shared_crls *q_config_ref_crls(struct q_shared_crls *crls) {
  q_owners_add(&crls->owners);
  return crls;
}

void q_config_free_crls(struct q_shared_crls *crls) {
  if (crls == NULL || !q_owners_drop(&crls->owners)) {
    return;
  }
  for (size_t i = 0; i < crls->count; i++) {
    q_free(crls->inputs[i].p);
  }
  q_free(crls->inputs);
  q_pki_crl_store_free(crls->store);
  q_free(crls);
}

static qtls_err make_crls(struct q_shared_crls **out) {
  struct q_shared_crls *made = q_alloc(sizeof *made);
  if (made == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  made->owners = 1;
  qtls_err err = q_pki_crl_store_new(&made->store);
  if (err != QTLS_OK) {
    q_free(made);
    return err;
  }
  *out = made;
  return QTLS_OK;
}

/* On error the lists are as they were. */
static qtls_err add_crl(struct q_shared_crls *crls, size_t *line, q_span input) {
  q_crl_input *inputs = q_alloc((crls->count + 1) * sizeof *inputs);
  uint8_t *copy = inputs == NULL ? NULL : q_alloc_copy(input.p, input.n);
  qtls_err err = copy == NULL ? QTLS_ERR_NO_MEMORY : q_pki_crl_store_add(crls->store, line, input);
  if (err != QTLS_OK) {
    q_free(copy);
    q_free(inputs);
    return err;
  }
  if (crls->count > 0) {
    memcpy(inputs, crls->inputs, crls->count * sizeof *inputs);
  }
  inputs[crls->count++] = (q_crl_input){copy, input.n};
  q_free(crls->inputs);
  crls->inputs = inputs;
  return QTLS_OK;
}

/* Lists that may be added to. */
static qtls_err own_crls(qtls_config *c) {
  if (c->crls != NULL && !q_owners_several(&c->crls->owners)) {
    return QTLS_OK;
  }
  struct q_shared_crls *own = NULL;
  Q_TRY(make_crls(&own));
  for (size_t i = 0; c->crls != NULL && i < c->crls->count; i++) {
    size_t line = 0;
    qtls_err err = add_crl(own, &line, q_span_of(c->crls->inputs[i].p, c->crls->inputs[i].n));
    if (err != QTLS_OK) {
      q_config_free_crls(own);
      return err;
    }
  }
  q_config_free_crls(c->crls);
  c->crls = own;
  c->lists = own->store;
  return QTLS_OK;
}

qtls_err qtls_config_add_crl(qtls_config *config, const void *pem_or_der, size_t size) {
  Q_TRY(q_config_writable(config));
  if (pem_or_der == NULL || size == 0) {
    return pem_or_der == NULL && size > 0 ? QTLS_ERR_ARGUMENT
                                          : q_config_refuse_pem(config, QTLS_ERR_PEM, "revocation list", 0);
  }
  Q_TRY(own_crls(config));
  size_t line = 0;
  qtls_err err = add_crl(config->crls, &line, q_span_of(pem_or_der, size));
  return err == QTLS_OK ? QTLS_OK : q_config_refuse_pem(config, err, "revocation list", line);
}

/* ---- modes ---- */

qtls_err qtls_config_set_revocation(qtls_config *config, qtls_revocation mode, bool whole_chain) {
  static const q_revocation_mode modes[] = {[QTLS_REVOCATION_off] = Q_REVOCATION_OFF,
                                            [QTLS_REVOCATION_soft_fail] = Q_REVOCATION_SOFT,
                                            [QTLS_REVOCATION_hard_fail] = Q_REVOCATION_HARD};
  Q_TRY(q_config_writable(config));
  if (mode < QTLS_REVOCATION_off || mode > QTLS_REVOCATION_hard_fail) {
    return q_config_refuse(config, QTLS_ERR_CONFIG_VALUE, "revocation is none of off, soft-fail, hard-fail");
  }
  config->revocation = modes[mode];
  config->whole_chain = whole_chain;
  return QTLS_OK;
}

qtls_err qtls_config_set_status_jobs(qtls_config *config, bool on) {
  Q_TRY(q_config_writable(config));
  config->status_jobs = on;
  return QTLS_OK;
}

qtls_err qtls_config_set_staple_required(qtls_config *config, bool on) {
  Q_TRY(q_config_writable(config));
  config->staple_required = on;
  return QTLS_OK;
}

/* ---- staples ---- */

/* What the identity can sign with decides what its peers will ask of the staple. */
static qtls_need need_of(const q_identity *id) {
  bool own_alone = id->key != NULL && id->alt_key == NULL;
  return own_alone ? QTLS_NEED_primary : QTLS_NEED_auto;
}

static qtls_err judge_by(qtls_status_result *out, const q_configured_identity *id, q_span issuer_der, q_span response,
                         int64_t now) {
  qtls_cert *issuer = NULL;
  Q_TRY(qtls_cert_load(&issuer, issuer_der.p, issuer_der.n));
  qtls_err err = qtls_ocsp_judge(out, response.p, response.n, id->leaf, issuer, need_of(id->identity), now, NULL, 0);
  qtls_cert_free(issuer);
  return err;
}

/* By every certificate that may have issued the leaf: of the chain, then of the
 * trust anchors, until one says that it is good. */
static qtls_err judge_staple(qtls_status_result *out, const qtls_config *c, const q_configured_identity *id,
                             q_span response, int64_t now) {
  const q_identity *chain = id->identity;
  *out = (qtls_status_result){.verdict = QTLS_ERR_CERT_UNKNOWN_CA};
  for (size_t i = 1; out->verdict != QTLS_OK && i < chain->count; i++) {
    q_cert cert;
    q_span der = q_span_of(chain->der[i], chain->der_n[i]);
    Q_TRY(q_pki_cert_parse(&cert, der));
    if (q_pki_cert_may_issue(&cert, &chain->leaf)) {
      Q_TRY(judge_by(out, id, der, response, now));
    }
  }
  for (size_t i = 0; out->verdict != QTLS_OK && c->trust != NULL && i < c->trust->count; i++) {
    const q_cert *cert = &c->trust->list[i].cert;
    if (q_pki_cert_may_issue(cert, &chain->leaf)) {
      Q_TRY(judge_by(out, id, cert->der, response, now));
    }
  }
  return QTLS_OK;
}

static qtls_err refuse_staple(qtls_config *c, size_t i, qtls_err err) {
  q_text t = q_config_problem(c);
  q_text_add(&t, "OCSP response for identity ");
  q_text_add_number(&t, i + 1);
  q_text_add(&t, ": ");
  q_text_add(&t,
             err == QTLS_ERR_CERT_UNKNOWN_CA
                 ? "its issuer's certificate is neither in its chain nor among the trust anchors: add it to the chain"
                 : qtls_err_text(err));
  return err;
}

static void take_staple(q_configured_identity *id, q_staple *staple) {
  q_config_free_staple(id->staple);
  q_config_free_messages(id->stapled);
  id->staple = staple;
  id->stapled = NULL;
}

qtls_err qtls_config_set_staple(qtls_config *config, size_t i, const void *response, size_t size, int64_t now) {
  Q_TRY(q_config_writable(config));
  if (i >= config->id_count || (response != NULL && size == 0)) {
    return QTLS_ERR_ARGUMENT;
  }
  q_configured_identity *id = &config->ids[i];
  if (response == NULL) {
    take_staple(id, NULL);
    return QTLS_OK;
  }
  if (size > Q_STAPLE_MAX) {
    return refuse_staple(config, i, QTLS_ERR_OCSP_PARSE);
  }
  qtls_status_result found;
  Q_TRY(judge_staple(&found, config, id, q_span_of(response, size), now));
  if (found.verdict != QTLS_OK) {
    return refuse_staple(config, i, found.verdict);
  }
  q_staple *staple = q_alloc(sizeof *staple);
  if (staple == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  *staple = (q_staple){1, q_alloc_copy(response, size), size, found.this_update, found.next_update};
  if (staple->p == NULL) {
    q_free(staple);
    return QTLS_ERR_NO_MEMORY;
  }
  take_staple(id, staple);
  return QTLS_OK;
}

/* ---- what is known ---- */

qtls_err qtls_config_identity(const qtls_config *config, size_t i, qtls_identity_info *out) {
  if (config == NULL || out == NULL || i >= config->id_count) {
    return QTLS_ERR_ARGUMENT;
  }
  const q_configured_identity *id = &config->ids[i];
  *out = (qtls_identity_info){.leaf = &id->leaf->info,
                              .chain_count = id->identity->count,
                              .flight_size = qtls_config_flight_size(config, i),
                              .has_key = id->identity->key != NULL,
                              .has_staple = id->staple != NULL};
  if (id->staple != NULL) {
    out->staple_this_update = id->staple->this_update;
    out->staple_next_update = id->staple->next_update;
  }
  return QTLS_OK;
}

qtls_err qtls_config_identity_certificate(const qtls_config *config, size_t i, size_t at, const uint8_t **der,
                                          size_t *size) {
  if (config == NULL || der == NULL || size == NULL || i >= config->id_count || at >= config->ids[i].identity->count) {
    return QTLS_ERR_ARGUMENT;
  }
  *der = config->ids[i].identity->der[at];
  *size = config->ids[i].identity->der_n[at];
  return QTLS_OK;
}
