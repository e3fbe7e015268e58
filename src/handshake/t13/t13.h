/*
 * Owns the list of the TLS 1.3 / Q-TLS messages' handlers and their step table.
 * Each message has a file of its own with both sides of it: q_t13_send_X writes
 * it, q_t13_recv_X is the handler of the table.
 */
#ifndef Q_HANDSHAKE_T13_H
#define Q_HANDSHAKE_T13_H

#include "handshake/machine.h"
#include "pki/report.h"
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
/* Certificate, CertificateVerify and Finished, or what of it can be sent before
 * jobs are done. */
QTLS_MUST_USE qtls_err q_t13_send_client_certificate(q_machine *m);
QTLS_MUST_USE qtls_err q_t13_client_finish(q_machine *m);
/* client_identity.c: which identity, if any, answers a request */
QTLS_MUST_USE qtls_err q_t13_choose_identity(q_machine *m, const q_certificate_request *request);
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
QTLS_MUST_USE qtls_err q_t13_recv_client_finished(q_machine *m, const q_message *msg);
/* certificate_request.c: nothing is sent where none is configured */
QTLS_MUST_USE qtls_err q_t13_send_certificate_request(q_machine *m);
/* A request with this context: the message in a q_alloc block. */
QTLS_MUST_USE qtls_err q_t13_make_certificate_request(uint8_t **out, size_t *n, const q_machine *m, q_span context);
bool q_t13_can_request(const q_machine *m);
size_t q_t13_request_size(const q_machine *m); /* of the handshake's own, roughly; 0: none is sent */
/* client_answer.c: what a client answered, in the handshake or after it */
QTLS_MUST_USE qtls_err q_t13_take_no_client(q_machine *m);
QTLS_MUST_USE qtls_err q_t13_take_client(q_machine *m, q_span leaf); /* its path was judged */
QTLS_MUST_USE qtls_err q_t13_let_in(q_machine *m);                   /* ACCESS_DENIED */
QTLS_MUST_USE qtls_err q_t13_client_answered(q_machine *m);          /* the proofs are complete, or INTERNAL */

/* both */
QTLS_MUST_USE qtls_err q_t13_sign(q_machine *m); /* or leaves jobs */
QTLS_MUST_USE qtls_err q_t13_signed(q_machine *m);
/* authenticate.c: authentication after the handshake (RFC 8446 §4.6.2) */
/* With the client's Finished in the transcript: keep what later requests need. */
QTLS_MUST_USE qtls_err q_t13_auth_prepare(q_machine *m);
/* Of a message that the table has: may it come on this connection? */
QTLS_MUST_USE qtls_err q_t13_auth_expects(const q_machine *m, uint8_t type);
QTLS_MUST_USE qtls_err q_t13_auth_request(q_machine *m, bool required); /* server; STATE */
QTLS_MUST_USE qtls_err q_t13_auth_begin(q_machine *m, q_span context);  /* server: an answer comes */
QTLS_MUST_USE qtls_err q_t13_auth_end(q_machine *m);                    /* server: it is proven */
void q_t13_auth_broken(q_machine *m); /* the connection ends; perhaps within an answer */
QTLS_MUST_USE qtls_err q_t13_recv_auth_finished(q_machine *m, const q_message *msg);
QTLS_MUST_USE qtls_err q_t13_recv_auth_request(q_machine *m, const q_message *msg); /* client */
/* client: the answer is whole; an empty CertificateVerify goes with an empty list */
QTLS_MUST_USE qtls_err q_t13_auth_answer(q_machine *m, q_span certificate_verify);
QTLS_MUST_USE qtls_err q_t13_auth_go_on(q_machine *m); /* client: requests that wait */
/* certificate_staple.c: a client's message with an empty context: of hs->choice.identity,
 * or without own_scheme, so that no identity fits, the empty list (RFC 8446 §4.4.2) */
q_span q_t13_plain_certificate(const q_machine *m);
QTLS_MUST_USE qtls_err q_t13_send_auth_finished(q_machine *m);
/* certificate_entries.c: the extensions of a received chain's entries */
QTLS_MUST_USE qtls_err q_t13_take_entries(q_machine *m, const q_certificate_list *list);
/* certificate_judge.c: sets the verdict, and the identity proof when it is good;
 * or has jobs ready that ask for statuses, and there is no proof yet */
QTLS_MUST_USE qtls_err q_t13_judge_path(q_machine *m, const q_certificate_list *list);
/* CERT_PIN unless a pinned key stands on a path that is good: these say which are. */
QTLS_MUST_USE qtls_err q_t13_check_pins(const q_machine *m, bool primary, bool alternative);
/* The verdict on the path and CertificateVerify together, per algorithm (Q-TLS §4). */
QTLS_MUST_USE qtls_err q_t13_decide(q_machine *m);
/* certificate_status.c: enter `next`, once the statuses that are wanted are there */
void q_t13_after_certificate_verify(q_machine *m, q_state next);
QTLS_MUST_USE qtls_err q_t13_status_known(q_machine *m);
/* Make jobs for the statuses that are wanted ready; true if there are any. */
QTLS_MUST_USE qtls_err q_t13_ask_status(bool *asked, q_machine *m, const q_certificate_list *list,
                                        const q_pki_report *report);
/* certificate_staple.c: what goes out with an identity's leaf. STAPLE_NONE when a
 * staple was asked for, is demanded, and none is fresh. */
QTLS_MUST_USE qtls_err q_t13_own_certificate(const q_messages **out, q_machine *m, size_t identity);
/* The OCSP response alone; empty if none was asked for or none is fresh. */
q_span q_t13_fresh_staple(const q_machine *m, size_t identity);
QTLS_MUST_USE qtls_err q_t13_send_finished(q_machine *m);
QTLS_MUST_USE qtls_err q_t13_recv_hello_retry_request(q_machine *m, const q_message *msg, const q_server_hello *hello);
QTLS_MUST_USE qtls_err q_t13_recv_key_update(q_machine *m, const q_message *msg);
QTLS_MUST_USE qtls_err q_t13_send_key_update(q_machine *m, bool ask_peer);

/* The version and suite rules of Q-TLS §1 that hold for HelloRetryRequest and
 * ServerHello alike; sets m->is.protocol, version and suite. */
QTLS_MUST_USE qtls_err q_t13_take_version_and_suite(q_machine *m, const q_server_hello *hello);

#endif
