/* Owns NewSessionTicket on a client that keeps no sessions: checked for its
 * form, counted, and let go (RFC 8446 §4.6.1, Q-TLS §11). */
#include "handshake/t13/t13.h"
#include "wire/post_handshake.h"

#define TICKETS_MAX 16

qtls_err q_t13_recv_new_session_ticket(q_machine *m, const q_message *msg) {
  q_new_session_ticket ticket;
  Q_TRY(q_wire_new_session_ticket_read(&ticket, msg->body));
  Q_TRY(q_wire_extensions_check(&ticket.extensions, Q_IN_NST));
  return ++m->tickets_received > TICKETS_MAX ? QTLS_ERR_TICKET_FLOOD : QTLS_OK;
}
