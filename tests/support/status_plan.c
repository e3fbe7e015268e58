/* Owns conversations about the status of certificates. */
#include "support/status_plan.h"

#include <string.h>

const protocol plan_protocols[PLAN_PROTOCOLS] = {
    {"0x13F2", "hybrid-p384-mldsa65", "q-tls1.0", "qtls-hybrid", QTLS_POLICY_require_both, true},
    {"0x13F2, require_any", "hybrid-p384-mldsa65", "q-tls1.0", "qtls-hybrid", QTLS_POLICY_require_any, false},
    {"0x13F1", "mldsa65", "q-tls1.0", "qtls-pqc", QTLS_POLICY_require_pqc, true},
    {"0x13F1, hybrid", "hybrid-p384-mldsa65", "q-tls1.0", "qtls-pqc", QTLS_POLICY_require_pqc, true},
    {"TLS 1.3", "p256", "tls1.3", "aes256-gcm", QTLS_POLICY_require_both, false},
    {"TLS 1.3, hybrid", "hybrid-p384-mldsa65", "tls1.3", "aes256-gcm", QTLS_POLICY_require_both, false},
    {"TLS 1.3, ML-DSA", "mldsa65", "tls1.3", "aes256-gcm", QTLS_POLICY_require_both, true},
};

static pki *made[3];
static const char *const kinds[3] = {"hybrid-p384-mldsa65", "mldsa65", "p256"};

const pki *plan_pki(const char *kind) {
  size_t i = 0;
  while (strcmp(kinds[i], kind) != 0) {
    i++;
  }
  if (made[i] == NULL) {
    made[i] = staple_pki(kind, false);
  }
  return made[i];
}

int plan_teardown(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(made); i++) {
    pki_free(made[i]);
  }
  return 0;
}

qtls_err plan_protocol(qtls_config *c, const plan *p) {
  Q_TRY(qtls_config_set_versions(c, p->by->versions));
  Q_TRY(qtls_config_set_suites(c, p->by->suites));
  Q_TRY(qtls_config_set_policy(c, p->by->policy));
  return p->compressed ? qtls_config_set_cert_compression(c, "zlib") : QTLS_OK;
}

static qtls_err client(qtls_config *c, void *context) {
  const plan *p = context;
  Q_TRY(plan_protocol(c, p));
  if (p->mode != 0 || p->whole_chain) {
    Q_TRY(qtls_config_set_revocation(c, p->mode != 0 ? p->mode : QTLS_REVOCATION_soft_fail, p->whole_chain));
  }
  Q_TRY(qtls_config_set_status_jobs(c, p->jobs));
  if (p->pq_auth) {
    Q_TRY(qtls_config_set_floor(c, QTLS_FLOOR_pq_auth));
  }
  if (p->pin != NULL) {
    Q_TRY(qtls_config_add_pin(c, p->pin));
  }
  if (p->lists == NULL) {
    return QTLS_OK;
  }
  staple_bytes list = staple_list(p->lists, p->revoked);
  qtls_err err = qtls_config_add_crl(c, list.der, list.n);
  q_free(list.der);
  return err;
}

static qtls_err server(qtls_config *c, void *context) {
  const plan *p = context;
  Q_TRY(plan_protocol(c, p));
  Q_TRY(qtls_config_set_staple_required(c, p->required));
  if (!p->staple) {
    return QTLS_OK;
  }
  staple_bytes response = staple_make(p->identity, PKI_LEAF, p->kind);
  qtls_err err = qtls_config_set_staple(c, 0, response.der, response.n, PKI_NOW);
  q_free(response.der);
  return err;
}

static void open_flow(flow *f, plan *p) {
  p->identity = p->identity != NULL ? p->identity : plan_pki(p->by->kind);
  flow_options o = {.identity = p->identity, .client = client, .server = server, .context = p, .now = p->now};
  flow_start(f, &o);
}

void plan_run(flow *f, plan *p) {
  open_flow(f, p);
  flow_run(f);
}

qtls_info plan_info(const flow_side *s) {
  qtls_info info;
  qtls_conn_get_info(s->conn, &info);
  return info;
}
