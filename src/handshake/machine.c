/* Owns the driver of the handshake machine: steps by the table, failure, and
 * the one door to "connected". Must not know any message's content. */
#include "handshake/machine.h"

#include <string.h>

#include "handshake/t13/t13.h"

const char *q_machine_state_name(q_state state) {
  static const char *const names[] = {
#define NAME(name, words) [Q_STATE_##name] = words,
      Q_STATE_TABLE(NAME)
#undef NAME
  };
  return (size_t)state < Q_COUNT(names) ? names[state] : "unknown";
}

qtls_err q_machine_init(q_machine *m, const struct qtls_config *config, const qtls_conn_params *params) {
  m->config = config;
  m->role = config->role;
  m->now = params->now;
  m->write_limit = Q_RECORD_PLAINTEXT_MAX;
  m->read_limit = Q_RECORD_PLAINTEXT_MAX + 1;
  m->state = config->role == QTLS_CLIENT ? Q_STATE_CLIENT_START : Q_STATE_WAIT_CLIENT_HELLO;
  if (params->peer_address_size > sizeof m->peer_address) {
    return QTLS_ERR_ARGUMENT;
  }
  if (params->peer_address_size > 0) {
    memcpy(m->peer_address, params->peer_address, params->peer_address_size);
  }
  m->peer_address_n = (uint8_t)params->peer_address_size;
  if (config->role == QTLS_CLIENT) {
    size_t n = params->server_name == NULL ? 0 : strlen(params->server_name);
    if (n == 0 || n > 255) {
      return QTLS_ERR_ARGUMENT;
    }
    m->is.server_name = q_alloc_copy(params->server_name, n + 1);
    if (m->is.server_name == NULL) {
      return QTLS_ERR_NO_MEMORY;
    }
  }
  m->hs = q_arena_alloc(&m->arena, sizeof *m->hs);
  return m->hs == NULL ? QTLS_ERR_NO_MEMORY : QTLS_OK;
}

void q_machine_drop_evidence(q_scratch *hs) {
  for (size_t i = 0; i < hs->job_count; i++) {
    q_job_slot *slot = &hs->jobs[i];
    if (slot->job.kind == QTLS_JOB_status) {
      q_free(slot->result);
      slot->result = NULL;
      slot->result_n = 0;
    }
  }
}

void q_machine_forget(q_machine *m) {
  q_scratch *hs = m->hs;
  if (hs == NULL) {
    return;
  }
  for (size_t i = 0; i < hs->share_count; i++) {
    q_kex_free(&hs->shares[i]);
  }
  hs->share_count = 0;
  q_pki_verdict_free(&hs->verdict);
  q_machine_client_free(hs->candidate);
  hs->candidate = NULL;
  q_machine_chain_free(&hs->chain);
  q_machine_drop_evidence(hs);
  q_keys_schedule_wipe(&hs->schedule);
  q_secret_wipe(&hs->client_traffic);
  q_secret_wipe(&hs->server_traffic);
  q_secret_wipe(&hs->client_finished);
  q_secret_wipe(&hs->server_finished);
  hs->proofs = (q_proofs){Q_NOT_PROVEN, Q_NOT_PROVEN, Q_NOT_PROVEN};
}

/* Everything of the handshake that is not in the arena, and then the arena. */
void q_machine_end_handshake(q_machine *m) {
  q_machine_forget(m);
  m->hs = NULL;
  q_arena_free(&m->arena);
}

void q_machine_client_free(q_client *client) {
  if (client != NULL) {
    q_free(client->who);
    q_free(client);
  }
}

void q_machine_chain_free(q_chain *chain) {
  for (size_t i = 0; i < chain->count; i++) {
    q_free(chain->der[i]);
  }
  q_free(chain->der);
  q_free(chain->n);
  *chain = (q_chain){NULL, NULL, 0};
}

static void free_auth(q_auth *auth) {
  if (auth != NULL) {
    q_queue_free(&auth->requests);
    q_free(auth->seen);
    q_free(auth);
  }
}

void q_machine_free(q_machine *m) {
  q_machine_end_handshake(m);
  q_machine_chain_free(&m->peer_chain);
  free_auth(m->auth);
  q_machine_client_free(m->client);
  q_free(m->is.alpn);
  q_free(m->is.server_name);
  q_queue_free(&m->out);
  q_wipe(m, sizeof *m);
}

void q_machine_enter(q_machine *m, q_state state) {
  m->state = state;
  q_machine_trace(m, QTLS_TRACE_state, false, 0, q_span_of(NULL, 0), q_machine_state_name(state));
}

static const q_step *find_step(q_state state, uint8_t type) {
  for (size_t i = 0; i < q_t13_step_count; i++) {
    if (q_t13_steps[i].state == state && q_t13_steps[i].message == type) {
      return &q_t13_steps[i];
    }
  }
  return NULL;
}

qtls_err q_machine_expects(const q_machine *m, uint8_t type) {
  if (find_step(m->state, type) != NULL) {
    return q_t13_auth_expects(m, type);
  }
  for (size_t i = 0; i < q_t13_step_count; i++) {
    if (q_t13_steps[i].message == type) {
      return QTLS_ERR_MSG_UNEXPECTED;
    }
  }
  return q_registry_name_equal(q_msg_name(type), "unknown") ? QTLS_ERR_MSG_UNKNOWN : QTLS_ERR_MSG_UNEXPECTED;
}

/* The state a handler left must be one that its row permits. */
static qtls_err check_next(const q_machine *m, const q_step *step) {
  return (step->next & Q_STATE_BIT(m->state)) != 0 ? QTLS_OK : QTLS_ERR_INTERNAL;
}

static void end_what_is_over(q_machine *m) {
  if (m->hs != NULL && m->hs->over) {
    q_machine_end_handshake(m);
  }
}

qtls_err q_machine_step(q_machine *m, const q_message *msg) {
  const q_step *step = find_step(m->state, (uint8_t)msg->type);
  if (step == NULL) {
    qtls_err err = q_machine_expects(m, (uint8_t)msg->type);
    return err == QTLS_OK ? QTLS_ERR_INTERNAL : err;
  }
  q_machine_trace(m, QTLS_TRACE_message, false, (uint8_t)msg->type, msg->whole, q_msg_name((uint8_t)msg->type));
  m->read_changed = false;
  Q_TRY(step->handler(m, msg));
  Q_TRY(check_next(m, step));
  end_what_is_over(m);
  return QTLS_OK;
}

bool q_machine_waits_for_job(const q_machine *m) {
  for (size_t i = 0; m->hs != NULL && i < m->hs->job_count; i++) {
    if (m->hs->jobs[i].waiting) {
      return true;
    }
  }
  return false;
}

/* A signature that was asked for outside is all that a machine rests on. */
static bool signs(const q_machine *m) {
  return m->state == Q_STATE_SERVER_SIGNING || m->state == Q_STATE_CLIENT_SIGNING ||
         (m->state == Q_STATE_CLIENT_CONNECTED && m->hs != NULL && m->hs->after);
}

bool q_machine_waits_for_status(const q_machine *m) {
  return m->state == Q_STATE_CLIENT_STATUS || m->state == Q_STATE_SERVER_STATUS || m->state == Q_STATE_AUTH_STATUS;
}

bool q_machine_can_resume(const q_machine *m) {
  return (signs(m) || q_machine_waits_for_status(m)) && !q_machine_waits_for_job(m);
}

qtls_err q_machine_resume(q_machine *m) {
  static const uint32_t next = Q_STATE_BIT(Q_STATE_WAIT_CLIENT_FINISHED) |
                               Q_STATE_BIT(Q_STATE_WAIT_CLIENT_CERTIFICATE) | Q_STATE_BIT(Q_STATE_CLIENT_CONNECTED);
  if (!q_machine_can_resume(m)) {
    return QTLS_ERR_STATE;
  }
  if (q_machine_waits_for_status(m)) {
    return q_t13_status_known(m);
  }
  Q_TRY(q_t13_signed(m));
  end_what_is_over(m);
  if (m->role == QTLS_CLIENT && m->hs == NULL) {
    Q_TRY(q_t13_auth_go_on(m));
  }
  return (next & Q_STATE_BIT(m->state)) != 0 ? QTLS_OK : QTLS_ERR_INTERNAL;
}

bool q_machine_is_connected(const q_machine *m) {
  static const uint32_t connected = Q_STATE_BIT(Q_STATE_CLIENT_CONNECTED) | Q_STATE_BIT(Q_STATE_SERVER_CONNECTED) |
                                    Q_STATE_BIT(Q_STATE_AUTH_CERTIFICATE_VERIFY) | Q_STATE_BIT(Q_STATE_AUTH_STATUS) |
                                    Q_STATE_BIT(Q_STATE_AUTH_FINISHED);
  return (connected & Q_STATE_BIT(m->state)) != 0;
}

qtls_err q_machine_connected(q_machine *m, const q_proofs *proofs) {
  if (proofs->identity != Q_PROVEN || proofs->signature != Q_PROVEN || proofs->finished != Q_PROVEN) {
    return QTLS_ERR_INTERNAL;
  }
  q_machine_enter(m, m->role == QTLS_CLIENT ? Q_STATE_CLIENT_CONNECTED : Q_STATE_SERVER_CONNECTED);
  if (m->hs != NULL) {
    m->hs->over = true;
  }
  return QTLS_OK;
}

qtls_err q_machine_identified(q_machine *m, const q_proofs *proofs) {
  q_client *candidate = m->hs->candidate;
  bool proven = proofs->identity == Q_PROVEN && proofs->signature == Q_PROVEN && proofs->finished == Q_PROVEN;
  if (m->role != QTLS_SERVER || !proven) {
    return QTLS_ERR_INTERNAL;
  }
  /* Of a client that gave no certificate nothing is known, whoever it was before. */
  if ((candidate != NULL) != (m->hs->answer == Q_ANSWER_CERTIFICATE)) {
    return QTLS_ERR_INTERNAL;
  }
  m->hs->candidate = NULL;
  q_machine_client_free(m->client);
  m->client = candidate;
  m->is.status_known = m->hs->status_known;
  m->is.status_good = m->hs->status_good;
  if (m->hs->after) {
    q_machine_chain_free(&m->peer_chain);
    m->peer_chain = m->hs->chain;
    m->hs->chain = (q_chain){NULL, NULL, 0};
  }
  return QTLS_OK;
}

q_text q_machine_detail(q_machine *m) {
  q_text t;
  q_text_init(&t, m->problem.detail, sizeof m->problem.detail);
  return t;
}

qtls_err q_machine_refuse(q_machine *m, qtls_err err, const char *detail) {
  q_text t = q_machine_detail(m);
  q_text_add(&t, detail);
  return err;
}

qtls_err q_machine_refuse_code(q_machine *m, qtls_err err, const char *what, uint16_t code) {
  q_text t = q_machine_detail(m);
  q_text_add(&t, what);
  q_text_add(&t, " ");
  q_text_add_code(&t, code);
  return err;
}

uint8_t q_machine_alert_of(const q_machine *m, qtls_err err) {
  qtls_alert alert = qtls_err_alert(err);
  bool special = alert == QTLS_ALERT_pqc_signature_failure || alert == QTLS_ALERT_pqc_key_exchange_failure ||
                 alert == QTLS_ALERT_hsm_error;
  /* 90-92 go only to a peer that offered Q-TLS; PQC_NONE exists only where the
   * client did (policy/negotiate.c). */
  if (!special || err == QTLS_ERR_PQC_NONE || q_machine_is_qtls(m)) {
    return (uint8_t)alert;
  }
  return alert == QTLS_ALERT_pqc_signature_failure ? QTLS_ALERT_decrypt_error : QTLS_ALERT_internal_error;
}

int q_machine_alert_phase(const q_machine *m) {
  if (m->is.protocol == 0) {
    bool offered = m->role == QTLS_SERVER || (m->hs != NULL && m->hs->offer.qtls);
    return offered ? 1 : 0;
  }
  if (!q_machine_is_qtls(m)) {
    return 0;
  }
  /* HelloRetryRequest fixes the protocol, but is not ServerHello. */
  bool retrying =
      m->state == Q_STATE_WAIT_SERVER_HELLO_AFTER_RETRY || m->state == Q_STATE_WAIT_CLIENT_HELLO_AFTER_RETRY;
  return retrying ? 1 : 2;
}
