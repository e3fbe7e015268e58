/* Owns the public functions of a connection: arguments are checked here, the
 * work is done in conn/ and handshake/. */
#include "conn/conn.h"

#include <string.h>

#include "handshake/t13/t13.h"

qtls_err qtls_conn_new(qtls_conn **out, const qtls_config *config, const qtls_conn_params *params) {
  if (out == NULL || config == NULL || params == NULL) {
    return QTLS_ERR_ARGUMENT;
  }
  *out = NULL;
  if (params->peer_address == NULL && params->peer_address_size > 0) {
    return QTLS_ERR_ARGUMENT;
  }
  if (!config->frozen) {
    return QTLS_ERR_NOT_FROZEN;
  }
  qtls_conn *c = q_alloc(sizeof *c);
  if (c == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  qtls_err err = q_machine_init(&c->m, config, params);
  if (err == QTLS_OK && config->role == QTLS_CLIENT) {
    err = q_t13_client_start(&c->m);
  }
  if (err != QTLS_OK) {
    q_machine_free(&c->m);
    q_free(c);
    return err;
  }
  (void)qtls_config_ref(config);
  *out = c;
  return QTLS_OK;
}

void qtls_conn_free(qtls_conn *conn) {
  if (conn == NULL) {
    return;
  }
  qtls_config *config = (qtls_config *)(uintptr_t)conn->m.config;
  q_queue_free(&conn->partial);
  q_machine_free(&conn->m);
  q_free(conn);
  qtls_config_free(config);
}

qtls_err qtls_conn_recv(qtls_conn *conn, uint8_t *in, size_t len, size_t *used, qtls_event *event) {
  if (conn == NULL || used == NULL || event == NULL || (in == NULL && len > 0)) {
    return QTLS_ERR_ARGUMENT;
  }
  uint8_t none[1];
  return q_conn_receive(conn, in == NULL ? none : in, len, used, event);
}

qtls_err qtls_conn_recv_end(qtls_conn *conn) { return conn == NULL ? QTLS_ERR_ARGUMENT : q_conn_receive_end(conn); }

qtls_err qtls_conn_send(qtls_conn *conn, const uint8_t *data, size_t size, uint8_t *out, size_t cap, size_t *taken,
                        size_t *written) {
  if (conn == NULL || out == NULL || taken == NULL || written == NULL || (data == NULL && size > 0)) {
    return QTLS_ERR_ARGUMENT;
  }
  return q_conn_send(conn, q_span_of(data, size), out, cap, taken, written);
}

size_t qtls_conn_pending(const qtls_conn *conn) { return conn == NULL ? 0 : q_queue_length(&conn->m.out); }

qtls_err qtls_conn_close(qtls_conn *conn) { return conn == NULL ? QTLS_ERR_ARGUMENT : q_conn_close(conn); }

bool qtls_conn_is_connected(const qtls_conn *conn) { return conn != NULL && q_machine_is_connected(&conn->m); }

qtls_err qtls_conn_key_update(qtls_conn *conn, bool ask_peer) {
  if (conn == NULL) {
    return QTLS_ERR_ARGUMENT;
  }
  if (!q_machine_is_connected(&conn->m) || conn->m.write_closed) {
    return QTLS_ERR_STATE;
  }
  qtls_err err = q_t13_send_key_update(&conn->m, ask_peer);
  return err == QTLS_OK ? QTLS_OK : q_conn_fail(conn, err);
}

/* ---- after the handshake ---- */

qtls_err qtls_conn_peer_certificate(const qtls_conn *conn, size_t i, const uint8_t **der, size_t *size) {
  if (conn == NULL || der == NULL || size == NULL || i >= conn->m.peer_chain.count) {
    return QTLS_ERR_ARGUMENT;
  }
  *der = conn->m.peer_chain.der[i];
  *size = conn->m.peer_chain.n[i];
  return QTLS_OK;
}

qtls_err qtls_conn_export(qtls_conn *conn, uint8_t *out, size_t size, const char *label, const uint8_t *context,
                          size_t context_size) {
  size_t hash = 0;
  if (conn == NULL || out == NULL || label == NULL || (context == NULL && context_size > 0)) {
    return QTLS_ERR_ARGUMENT;
  }
  if (!q_machine_is_connected(&conn->m)) {
    return QTLS_ERR_STATE;
  }
  hash = q_crypto_hash_size(conn->m.is.suite->hash);
  size_t label_n = strlen(label);
  /* RFC 8446 §7.1: a label of 7-255 bytes with "tls13 " before it; RFC 5869: 255 blocks. */
  if (size == 0 || size > 255 * hash || label_n == 0 || label_n > 249) {
    return QTLS_ERR_ARGUMENT;
  }
  return q_keys_export(out, size, conn->m.is.suite->hash, &conn->m.exporter, q_span_of(label, label_n),
                       q_span_of(context, context_size));
}
