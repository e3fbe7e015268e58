/* Owns the CertificateVerify that this side sends (RFC 8446 §4.4.3, Q-TLS §4):
 * each signature is a job; keys in memory finish theirs at once, an outside signer
 * later, both parts of a hybrid side by side. */
#include <string.h>

#include "handshake/t13/t13.h"

#define PARTS 2

/* Add a job for the part `scheme`, made with `key`, or left for outside. */
static qtls_err add_job(q_machine *m, const q_scheme *scheme, bool alternative, const q_privkey *key) {
  q_scratch *hs = m->hs;
  q_job_slot *slot = &hs->jobs[hs->job_count];
  slot->job = (qtls_job){.id = ++m->last_job_id,
                         .kind = QTLS_JOB_sign,
                         .identity = hs->choice.identity,
                         .alternative_key = alternative,
                         .scheme = scheme->code,
                         .input = hs->signed_content,
                         .input_size = hs->signed_content_n};
  slot->waiting = key == NULL;
  hs->job_count++;
  if (key == NULL) {
    return QTLS_OK;
  }
  size_t cap = q_crypto_signature_max(key);
  slot->result = q_arena_alloc(&m->arena, cap);
  if (slot->result == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  return q_crypto_sign(key, slot->result, &slot->result_n, cap, scheme->alg,
                       q_span_of(hs->signed_content, hs->signed_content_n));
}

static qtls_err make_content(q_machine *m, bool by_server) {
  uint8_t hash[Q_HASH_MAX];
  size_t n = q_keys_transcript_hash(&m->hs->transcript, hash);
  m->hs->signed_content = q_arena_alloc(&m->arena, Q_SIGNED_CONTENT_MAX);
  if (m->hs->signed_content == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  m->hs->signed_content_n = q_wire_signed_content(m->hs->signed_content, by_server, q_span_of(hash, n));
  return QTLS_OK;
}

/* Signs with hs->own_scheme and hs->choice.identity what hs->transcript holds. */
qtls_err q_t13_sign(q_machine *m) {
  const q_identity *id = m->config->ids[m->hs->choice.identity].identity;
  const q_scheme *scheme = m->hs->own_scheme;
  m->hs->job_count = 0;
  m->hs->jobs = q_arena_alloc(&m->arena, PARTS * sizeof *m->hs->jobs);
  if (m->hs->jobs == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  Q_TRY(make_content(m, m->role == QTLS_SERVER));
  if (q_scheme_is_hybrid(scheme)) {
    Q_TRY(add_job(m, q_scheme_find(scheme->part_pqc), true, id->alt_key));
    Q_TRY(add_job(m, q_scheme_find(scheme->part_classical), false, id->key));
  } else {
    /* A hybrid certificate serves 0x13F1 by its alternative key (Q-TLS §4). */
    bool alternative = q_machine_is_qtls(m) && id->alt_type != Q_KEY_NONE;
    Q_TRY(add_job(m, scheme, alternative, alternative ? id->alt_key : id->key));
  }
  return q_machine_waits_for_job(m) ? QTLS_OK : q_t13_signed(m);
}

qtls_err q_t13_send_certificate_verify(q_machine *m) {
  m->hs->own_scheme = m->is.scheme;
  q_machine_enter(m, Q_STATE_SERVER_SIGNING);
  return q_t13_sign(m);
}

/* pqc id | len | ML-DSA signature | classical id | len | classical signature,
 * ECDSA as r || s (Q-TLS §4). */
static qtls_err write_hybrid(q_machine *m, q_writer *w) {
  const q_job_slot *pqc = &m->hs->jobs[0];
  const q_job_slot *classical = &m->hs->jobs[1];
  q_hybrid_signature parts = {{pqc->result, pqc->result_n}, {classical->result, classical->result_n}};
  uint8_t raw[96];
  if (m->hs->own_scheme->key == Q_KEY_EC_P384) {
    /* Only an outside signer can have given something that is no signature. */
    if (q_crypto_ecdsa_to_raw(raw, sizeof raw / 2, parts.classical) != QTLS_OK) {
      return QTLS_ERR_SIGNER;
    }
    parts.classical = q_span_of(raw, sizeof raw);
  }
  q_wire_hybrid_signature_write(w, m->hs->own_scheme, &parts);
  return QTLS_OK;
}

static qtls_err write_message(q_machine *m, q_writer *w) {
  const q_job_slot *first = &m->hs->jobs[0];
  q_mark message = q_wire_message_open(w, Q_MSG_CERTIFICATE_VERIFY);
  if (q_scheme_is_hybrid(m->hs->own_scheme)) {
    q_write_u16(w, m->hs->own_scheme->code);
    q_mark signature = q_write_open(w, 2);
    Q_TRY(write_hybrid(m, w));
    q_write_close(w, signature);
  } else {
    q_certificate_verify cv = {m->hs->own_scheme->code, {first->result, first->result_n}};
    q_wire_certificate_verify_write(w, &cv);
  }
  q_write_close(w, message);
  return w->err;
}

/* An outside signer's ML-DSA signature has a fixed length: refuse a wrong one here. */
static qtls_err check_results(const q_machine *m) {
  for (size_t i = 0; i < m->hs->job_count; i++) {
    const q_job_slot *slot = &m->hs->jobs[i];
    const q_scheme *scheme = q_scheme_find(slot->job.scheme);
    size_t fixed = scheme == NULL ? 0 : q_crypto_mldsa_signature_size(scheme->key);
    if (slot->waiting || slot->result == NULL || (fixed != 0 && fixed != slot->result_n)) {
      return QTLS_ERR_SIGNER;
    }
  }
  return m->hs->job_count > 0 ? QTLS_OK : QTLS_ERR_INTERNAL;
}

/* The server's flight ends. */
static qtls_err finish_flight(q_machine *m, q_span message) {
  Q_TRY(q_machine_send_message(m, message));
  Q_TRY(q_t13_send_finished(m));
  Q_TRY(q_machine_application_secrets(m));
  Q_TRY(q_machine_install_write(m, NULL, &m->write_traffic));
  q_machine_enter(m, m->hs->certificate_asked ? Q_STATE_WAIT_CLIENT_CERTIFICATE : Q_STATE_WAIT_CLIENT_FINISHED);
  return QTLS_OK;
}

qtls_err q_t13_signed(q_machine *m) {
  Q_TRY(check_results(m));
  size_t cap = Q_MSG_HEADER + 16;
  for (size_t i = 0; i < m->hs->job_count; i++) {
    cap += m->hs->jobs[i].result_n + 4;
  }
  Q_AUTO_FREE uint8_t *buf = q_alloc(cap);
  if (buf == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  q_writer w;
  q_writer_init(&w, buf, cap);
  Q_TRY(write_message(m, &w));
  q_span message = q_span_of(w.p, w.n);
  if (m->role == QTLS_SERVER) {
    return finish_flight(m, message);
  }
  if (m->hs->after) {
    return q_t13_auth_answer(m, message);
  }
  Q_TRY(q_machine_send_message(m, message));
  return q_t13_client_finish(m);
}
