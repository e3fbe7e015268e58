/*
 * Owns the step table of TLS 1.3 and Q-TLS: which message may come in which
 * state, who handles it and which states may follow (RFC 8446 appendix A).
 * Whatever is not in the table is unexpected_message.
 */
#include "handshake/t13/t13.h"

#define TO(state) Q_STATE_BIT(Q_STATE_##state)

/* clang-format off */
const q_step q_t13_steps[] = {
    /* client */
    {Q_STATE_WAIT_SERVER_HELLO, Q_MSG_SERVER_HELLO, q_t13_recv_server_hello,
     TO(WAIT_SERVER_HELLO_AFTER_RETRY) | TO(WAIT_ENCRYPTED_EXTENSIONS)},
    {Q_STATE_WAIT_SERVER_HELLO_AFTER_RETRY, Q_MSG_SERVER_HELLO, q_t13_recv_server_hello,
     TO(WAIT_ENCRYPTED_EXTENSIONS)},
    {Q_STATE_WAIT_ENCRYPTED_EXTENSIONS, Q_MSG_ENCRYPTED_EXTENSIONS, q_t13_recv_encrypted_extensions,
     TO(WAIT_CERTIFICATE_OR_REQUEST)},
    {Q_STATE_WAIT_CERTIFICATE_OR_REQUEST, Q_MSG_CERTIFICATE_REQUEST, q_t13_recv_certificate_request,
     TO(WAIT_CERTIFICATE)},
    {Q_STATE_WAIT_CERTIFICATE_OR_REQUEST, Q_MSG_CERTIFICATE, q_t13_recv_certificate, TO(WAIT_CERTIFICATE_VERIFY)},
    {Q_STATE_WAIT_CERTIFICATE_OR_REQUEST, Q_MSG_COMPRESSED_CERTIFICATE, q_t13_recv_compressed_certificate,
     TO(WAIT_CERTIFICATE_VERIFY)},
    {Q_STATE_WAIT_CERTIFICATE, Q_MSG_CERTIFICATE, q_t13_recv_certificate, TO(WAIT_CERTIFICATE_VERIFY)},
    {Q_STATE_WAIT_CERTIFICATE, Q_MSG_COMPRESSED_CERTIFICATE, q_t13_recv_compressed_certificate,
     TO(WAIT_CERTIFICATE_VERIFY)},
    {Q_STATE_WAIT_CERTIFICATE_VERIFY, Q_MSG_CERTIFICATE_VERIFY, q_t13_recv_certificate_verify,
     TO(WAIT_SERVER_FINISHED)},
    {Q_STATE_WAIT_SERVER_FINISHED, Q_MSG_FINISHED, q_t13_recv_server_finished, TO(CLIENT_CONNECTED)},
    {Q_STATE_CLIENT_CONNECTED, Q_MSG_NEW_SESSION_TICKET, q_t13_recv_new_session_ticket, TO(CLIENT_CONNECTED)},
    {Q_STATE_CLIENT_CONNECTED, Q_MSG_KEY_UPDATE, q_t13_recv_key_update, TO(CLIENT_CONNECTED)},
    /* server */
    {Q_STATE_WAIT_CLIENT_HELLO, Q_MSG_CLIENT_HELLO, q_t13_recv_client_hello,
     TO(WAIT_CLIENT_HELLO_AFTER_RETRY) | TO(SERVER_SIGNING) | TO(WAIT_CLIENT_FINISHED)},
    {Q_STATE_WAIT_CLIENT_HELLO_AFTER_RETRY, Q_MSG_CLIENT_HELLO, q_t13_recv_client_hello,
     TO(SERVER_SIGNING) | TO(WAIT_CLIENT_FINISHED)},
    {Q_STATE_WAIT_CLIENT_FINISHED, Q_MSG_FINISHED, q_t13_recv_client_finished, TO(SERVER_CONNECTED)},
    {Q_STATE_SERVER_CONNECTED, Q_MSG_KEY_UPDATE, q_t13_recv_key_update, TO(SERVER_CONNECTED)},
};
/* clang-format on */

const size_t q_t13_step_count = Q_COUNT(q_t13_steps);
