/*
 * Owns the list of the TLS 1.3 / Q-TLS messages' handlers and their step table.
 * Each message has a file of its own with both sides of it: q_t13_send_X writes
 * it, q_t13_recv_X is the handler of the table.
 */
#ifndef Q_HANDSHAKE_T13_H
#define Q_HANDSHAKE_T13_H

#include "handshake/machine.h"
#include "wire/certificate.h"

typedef qtls_err (*q_handler)(q_machine *m, const q_message *msg);

#define Q_STATE_BIT(state) (1u << (state))

typedef struct q_step {
  q_state state;
  q_msg_type message;
  q_handler handler;
  uint32_t next; /* bits of the states the handler may leave */
} q_step;

extern const q_step q_t13_steps[];
extern const size_t q_t13_step_count;

/* client */
QTLS_MUST_USE qtls_err q_t13_client_start(q_machine *m);
QTLS_MUST_USE qtls_err q_t13_send_client_hello(q_machine *m);
QTLS_MUST_USE qtls_err q_t13_recv_server_hello(q_machine *m, const q_message *msg);
QTLS_MUST_USE qtls_err q_t13_recv_encrypted_extensions(q_machine *m, const q_message *msg);
QTLS_MUST_USE qtls_err q_t13_recv_certificate_request(q_machine *m, const q_message *msg);
QTLS_MUST_USE qtls_err q_t13_recv_certificate(q_machine *m, const q_message *msg);
QTLS_MUST_USE qtls_err q_t13_recv_compressed_certificate(q_machine *m, const q_message *msg);
QTLS_MUST_USE qtls_err q_t13_recv_certificate_verify(q_machine *m, const q_message *msg);
QTLS_MUST_USE qtls_err q_t13_recv_server_finished(q_machine *m, const q_message *msg);
QTLS_MUST_USE qtls_err q_t13_recv_new_session_ticket(q_machine *m, const q_message *msg);

/* server */
QTLS_MUST_USE qtls_err q_t13_recv_client_hello(q_machine *m, const q_message *msg);
/* The bytes alone: a stateless server makes them again from the cookie. */
QTLS_MUST_USE qtls_err q_t13_write_hello_retry_request(q_writer *w, const q_retry *retry, q_span session_id,
                                                       q_span cookie);
QTLS_MUST_USE qtls_err q_t13_send_hello_retry_request(q_machine *m, const q_client_hello *hello, q_span message);
QTLS_MUST_USE qtls_err q_t13_send_server_hello(q_machine *m, const q_client_hello *hello, q_span shares);
QTLS_MUST_USE qtls_err q_t13_send_encrypted_extensions(q_machine *m);
QTLS_MUST_USE qtls_err q_t13_send_certificate(q_machine *m);
QTLS_MUST_USE qtls_err q_t13_send_certificate_verify(q_machine *m); /* or leaves jobs */
QTLS_MUST_USE qtls_err q_t13_server_signed(q_machine *m);
QTLS_MUST_USE qtls_err q_t13_recv_client_finished(q_machine *m, const q_message *msg);

/* both */
/* certificate_entries.c: the extensions of a received chain's entries */
QTLS_MUST_USE qtls_err q_t13_take_entries(q_machine *m, const q_certificate_list *list);
/* certificate_judge.c: sets the verdict, and the identity proof when it is good */
QTLS_MUST_USE qtls_err q_t13_judge_path(q_machine *m, const q_certificate_list *list);
QTLS_MUST_USE qtls_err q_t13_send_finished(q_machine *m);
QTLS_MUST_USE qtls_err q_t13_recv_hello_retry_request(q_machine *m, const q_message *msg, const q_server_hello *hello);
QTLS_MUST_USE qtls_err q_t13_recv_key_update(q_machine *m, const q_message *msg);
QTLS_MUST_USE qtls_err q_t13_send_key_update(q_machine *m, bool ask_peer);

/* The version and suite rules of Q-TLS §1 that hold for HelloRetryRequest and
 * ServerHello alike; sets m->is.protocol, version and suite. */
QTLS_MUST_USE qtls_err q_t13_take_version_and_suite(q_machine *m, const q_server_hello *hello);

#endif
