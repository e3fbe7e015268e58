/*
 * Owns the asking for statuses of a peer's path that did not come with it: a job
 * each, and the state in which a machine waits for them (Q-TLS §9). Nobody is asked
 * before the peer's CertificateVerify has verified: whoever shows the chain of
 * somebody else costs no fetch. Until all are done there is no proof of an identity;
 * then the whole path is judged again, with what came.
 */
#include <string.h>

#include "handshake/t13/t13.h"

static qtls_err keep(q_span *at, q_machine *m) {
  if (at->n == 0) {
    return QTLS_OK;
  }
  uint8_t *copy = q_arena_alloc(&m->arena, at->n);
  if (copy == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  memcpy(copy, at->p, at->n);
  at->p = copy;
  return QTLS_OK;
}

/* The message is the caller's: what the second judgement needs is copied. */
static qtls_err keep_all(q_machine *m, const q_certificate_list *list) {
  q_status_wait *wait = q_arena_alloc(&m->arena, sizeof *wait);
  if (wait == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  *wait = (q_status_wait){.list = *list};
  for (size_t i = 0; i < list->count; i++) {
    Q_TRY(keep(&wait->list.der[i], m));
    wait->list.extensions[i] = q_span_of(NULL, 0);
  }
  wait->list.context = q_span_of(NULL, 0);
  if (m->hs->entries != NULL) {
    wait->entries = *m->hs->entries;
    for (size_t i = 0; i < wait->entries.count; i++) {
      Q_TRY(keep(&wait->entries.staples[i].bytes, m));
    }
    Q_TRY(keep(&wait->entries.sct, m));
    m->hs->entries = &wait->entries;
  }
  m->hs->status = wait;
  return QTLS_OK;
}

/* The place in the chain of a certificate of the path; the anchor has none. */
static size_t place_of(const q_certificate_list *list, q_span der) {
  size_t i = 0;
  while (i < list->count && list->der[i].p != der.p) {
    i++;
  }
  return i;
}

/* The certificate above the one at `index` of the chain, as the path has it. */
static bool issuer_of(q_span *out, const q_machine *m, const q_certificate_list *list, const q_pki_report *report,
                      size_t index) {
  for (size_t i = 0; i + 1 < report->count; i++) {
    if (place_of(list, report->rows[i].cert.der) == index) {
      *out = report->rows[i + 1].cert.der;
      size_t place = place_of(list, *out);
      if (place < list->count) {
        *out = m->hs->status->list.der[place];
      }
      return true;
    }
  }
  return false;
}

/* Nobody asks for the intermediates unless the whole chain is to be known. */
static bool is_wanted(const q_machine *m, const q_certificate_list *list, const q_status_row *row) {
  return row->wanted && row->index < list->count && (row->index == 0 || m->config->whole_chain);
}

static void add_job(q_machine *m, q_span issuer, size_t index) {
  q_scratch *hs = m->hs;
  q_span certificate = hs->status->list.der[index];
  hs->jobs[hs->status->job_count++] = (q_job_slot){.job = {.id = ++m->last_job_id,
                                                           .kind = QTLS_JOB_status,
                                                           .certificate = certificate.p,
                                                           .certificate_size = certificate.n,
                                                           .issuer = issuer.p,
                                                           .issuer_size = issuer.n},
                                                   .waiting = true,
                                                   .index = index};
}

qtls_err q_t13_ask_status(bool *asked, q_machine *m, const q_certificate_list *list, const q_pki_report *report) {
  const q_pki_verdict *v = &m->hs->verdict;
  *asked = false;
  for (size_t i = 0; m->config->status_jobs && i < v->status_count; i++) {
    *asked = *asked || is_wanted(m, list, &v->status[i]);
  }
  if (!*asked) {
    return QTLS_OK;
  }
  Q_TRY(keep_all(m, list));
  m->hs->job_count = 0;
  m->hs->jobs = q_arena_alloc(&m->arena, Q_JOBS_MAX * sizeof *m->hs->jobs);
  if (m->hs->jobs == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  for (size_t i = 0; i < v->status_count && m->hs->status->job_count < Q_JOBS_MAX; i++) {
    q_span issuer = {NULL, 0};
    if (is_wanted(m, list, &v->status[i]) && issuer_of(&issuer, m, list, report, v->status[i].index)) {
      add_job(m, issuer, v->status[i].index);
    }
  }
  return m->hs->status->job_count > 0 ? QTLS_OK : QTLS_ERR_INTERNAL;
}

void q_t13_after_certificate_verify(q_machine *m, q_state next) {
  if (m->hs->status == NULL) {
    q_machine_enter(m, next);
    return;
  }
  q_pki_verdict_free(&m->hs->verdict);
  m->hs->verdict =
      (q_pki_verdict){.primary = QTLS_ERR_CERT_STATUS_UNKNOWN, .alternative = QTLS_ERR_CERT_STATUS_UNKNOWN};
  m->hs->job_count = m->hs->status->job_count;
  m->hs->status->next = next;
  q_machine_enter(m, m->role == QTLS_CLIENT      ? Q_STATE_CLIENT_STATUS
                     : q_machine_is_connected(m) ? Q_STATE_AUTH_STATUS
                                                 : Q_STATE_SERVER_STATUS);
}

qtls_err q_t13_status_known(q_machine *m) {
  q_status_wait *wait = m->hs->status;
  if (wait == NULL || q_machine_waits_for_job(m)) {
    return QTLS_ERR_INTERNAL;
  }
  /* The path may be another now: the handshake's signature is held against it again. */
  Q_TRY(q_t13_judge_path(m, &wait->list));
  Q_TRY(q_t13_decide(m));
  q_machine_drop_evidence(m->hs); /* whoever shows a certificate has not proven yet that it is his */
  m->hs->job_count = 0;
  m->hs->status = NULL;
  q_machine_enter(m, wait->next);
  return QTLS_OK;
}
