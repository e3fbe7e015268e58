/* Owns what a connection tells about itself. */
#include <string.h>

#include "conn/conn.h"

static const char *authentication(qtls_signature_verdict classical_verdict, qtls_signature_verdict pqc_verdict) {
  bool classical = classical_verdict == QTLS_SIGNATURE_verified;
  bool pqc = pqc_verdict == QTLS_SIGNATURE_verified;
  if (classical && pqc) {
    return "hybrid";
  }
  return pqc ? "pqc" : classical ? "classical" : "none";
}

static void tell_client(qtls_info *out, const q_machine *m) {
  out->client_identity_asked = m->client_identity_asked;
  out->client_identity_sent = m->client_identity_sent;
  if (m->client != NULL) {
    out->client_authentication = authentication(m->client->classical_signature, m->client->pqc_signature);
  }
}

static void tell_status(qtls_info *out, const q_negotiated *is) {
  if (is->status_known) {
    out->status = is->status_good ? "good" : "unknown";
  }
  out->stapled = is->stapled;
  out->status_next_update = is->status_next_update;
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
  out->authentication = authentication(is.classical_signature, is.pqc_signature);
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
  out->status = "not asked";
  out->client_authentication = "none";
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
  tell_client(out, m);
  tell_status(out, is);
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
