/* Owns the public functions of jobs: signatures made outside, statuses fetched
 * outside (qtls/conn.h). */
#include <string.h>

#include "conn/conn.h"

const qtls_job *qtls_conn_job(const qtls_conn *conn, size_t i) {
  if (conn == NULL || conn->m.hs == NULL || q_conn_failed(conn)) {
    return NULL;
  }
  for (size_t k = 0; k < conn->m.hs->job_count; k++) {
    const q_job_slot *slot = &conn->m.hs->jobs[k];
    if (slot->waiting && i-- == 0) {
      return &slot->job;
    }
  }
  return NULL;
}

static q_job_slot *find(qtls_conn *conn, uint32_t id, qtls_job_kind kind) {
  q_scratch *hs = conn->m.hs;
  for (size_t i = 0; hs != NULL && i < hs->job_count; i++) {
    q_job_slot *slot = &hs->jobs[i];
    if (slot->waiting && slot->job.id == id && slot->job.kind == kind) {
      return slot;
    }
  }
  return NULL;
}

/* The connection ended while this job was worked on. */
static qtls_err late_job(qtls_conn *conn) {
  if (!q_machine_waits_for_job(&conn->m)) {
    q_machine_end_handshake(&conn->m);
  }
  return conn->m.problem.err;
}

static qtls_err keep(qtls_conn *conn, q_job_slot *slot, const uint8_t *result, size_t size) {
  bool evidence = slot->job.kind == QTLS_JOB_status;
  slot->result = evidence ? q_alloc(size) : q_arena_alloc(&conn->m.arena, size);
  if (slot->result == NULL) {
    return q_conn_fail(conn, QTLS_ERR_NO_MEMORY);
  }
  memcpy(slot->result, result, size);
  slot->result_n = size;
  return QTLS_OK;
}

qtls_err qtls_conn_job_done(qtls_conn *conn, uint32_t id, const uint8_t *signature, size_t size) {
  if (conn == NULL || id == 0) {
    return QTLS_ERR_ARGUMENT;
  }
  q_job_slot *slot = find(conn, id, QTLS_JOB_sign);
  if (slot == NULL) {
    return QTLS_ERR_STATE;
  }
  slot->waiting = false;
  if (q_conn_failed(conn)) {
    return late_job(conn);
  }
  if (signature == NULL || size == 0 || size > Q_SIGNATURE_MAX) {
    return q_conn_fail(conn, QTLS_ERR_SIGNER);
  }
  return keep(conn, slot, signature, size);
}

qtls_err qtls_conn_job_status(qtls_conn *conn, uint32_t id, bool crl, const uint8_t *der, size_t size) {
  if (conn == NULL || id == 0 || (der != NULL && size == 0)) {
    return QTLS_ERR_ARGUMENT;
  }
  q_job_slot *slot = find(conn, id, QTLS_JOB_status);
  if (slot == NULL) {
    return QTLS_ERR_STATE;
  }
  slot->waiting = false;
  if (q_conn_failed(conn)) {
    return late_job(conn);
  }
  slot->crl = crl;
  return der == NULL ? QTLS_OK : keep(conn, slot, der, size);
}
