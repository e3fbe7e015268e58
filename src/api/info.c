/* Owns what a connection tells about itself. */
#include <string.h>

#include "conn/conn.h"

static const char *authentication(const q_negotiated *is) {
  bool classical = is->classical_signature == QTLS_SIGNATURE_verified;
  bool pqc = is->pqc_signature == QTLS_SIGNATURE_verified;
  if (classical && pqc) {
    return "hybrid";
  }
  return pqc ? "pqc" : classical ? "classical" : "none";
}

/* A server has no verdict on itself: it tells what it sent. */
static void tell_signatures(qtls_info *out, const q_machine *m) {
  q_negotiated is = m->is;
  if (m->role == QTLS_SERVER && is.scheme != NULL && q_machine_is_connected(m)) {
    bool hybrid = q_scheme_is_hybrid(is.scheme);
    bool pqc = q_scheme_is_pqc(is.scheme);
    is.pqc_signature = pqc ? QTLS_SIGNATURE_verified : QTLS_SIGNATURE_absent;
    is.classical_signature = hybrid || !pqc ? QTLS_SIGNATURE_verified : QTLS_SIGNATURE_absent;
  }
  out->classical_signature = is.classical_signature;
  out->pqc_signature = is.pqc_signature;
  out->authentication = authentication(&is);
}

static const char *compression_name(uint8_t algorithm) {
  static const char *const names[] = {NULL, "zlib", "brotli", "zstd"};
  return algorithm < Q_COUNT(names) ? names[algorithm] : NULL;
}

void qtls_conn_get_info(const qtls_conn *conn, qtls_info *out) {
  if (out == NULL) {
    return;
  }
  memset(out, 0, sizeof *out);
  if (conn == NULL) {
    out->protocol = q_protocol_name(0);
    out->authentication = "none";
    return;
  }
  const q_machine *m = &conn->m;
  const q_negotiated *is = &m->is;
  out->protocol = q_protocol_name(is->protocol);
  if (is->suite != NULL) {
    out->suite = is->suite->name;
    out->suite_code = is->suite->code;
  }
  if (is->group != NULL) {
    out->group = is->group->name;
    out->group_code = is->group->code;
  }
  if (is->classical != NULL) {
    out->classical_group = is->classical->name;
    out->classical_group_code = is->classical->code;
  }
  if (is->scheme != NULL) {
    out->scheme = is->scheme->name;
    out->scheme_code = is->scheme->code;
  }
  out->policy = is->policy != 0 ? is->policy : m->config->settings.policy;
  tell_signatures(out, m);
  out->alpn = (const char *)is->alpn;
  out->server_name = (const char *)is->server_name;
  out->hello_retry = is->retried;
  out->cookie_used = is->cookie_used;
  out->cert_compression = compression_name(is->compression);
  out->records_sent = m->records_sent;
  out->records_received = m->records_received;
  out->key_updates_sent = m->key_updates_sent;
  out->key_updates_received = m->key_updates_received;
  out->peer_hsm_known = is->has_peer_hsm;
  out->peer_hsm_rng = is->peer_hsm.hardware_rng;
  out->peer_hsm_accel = is->peer_hsm.hardware_pqc_accel;
  out->peer_hsm_fips = is->peer_hsm.fips_certified;
  out->peer_hsm_operations = is->peer_hsm.max_operations_per_second;
}

void qtls_conn_error(const qtls_conn *conn, qtls_error *out) {
  if (out == NULL) {
    return;
  }
  *out = (qtls_error){QTLS_OK, false, QTLS_ALERT_none, "none", ""};
  const q_problem *p = conn == NULL ? NULL : &conn->m.problem;
  if (p != NULL && p->err != QTLS_OK) {
    out->err = p->err;
    out->alert_received = p->received;
    out->alert = p->alert;
    out->alert_name = !p->received && p->alert == QTLS_ALERT_none ? "none" : qtls_alert_name(p->alert, p->phase);
    out->detail = p->detail;
  }
}
