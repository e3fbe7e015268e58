/* Owns what a server's application asks of and learns about its client, and the
 * clock of a long connection. */
#include <string.h>

#include "conn/conn.h"
#include "handshake/t13/t13.h"

qtls_err qtls_conn_request_auth(qtls_conn *conn, bool required) {
  if (conn == NULL) {
    return QTLS_ERR_ARGUMENT;
  }
  q_machine *m = &conn->m;
  if (m->role != QTLS_SERVER || !q_machine_is_connected(m) || m->write_closed || conn->peer_closed) {
    return QTLS_ERR_STATE;
  }
  qtls_err err = q_t13_auth_request(m, required);
  return err == QTLS_OK || err == QTLS_ERR_STATE ? err : q_conn_fail(conn, err);
}

bool qtls_conn_peer_identity(const qtls_conn *conn, qtls_peer_identity *out) {
  if (out == NULL) {
    return false;
  }
  memset(out, 0, sizeof *out);
  /* When it ends, who it was is still to be told; but one that never was
   * connected has proven nothing. */
  if (conn == NULL || conn->m.client == NULL || !(q_machine_is_connected(&conn->m) || conn->told)) {
    return false;
  }
  const q_client *client = conn->m.client;
  *out = (qtls_peer_identity){.subject = client->who->subject,
                              .issuer = client->who->issuer,
                              .serial = client->who->serial,
                              .spki_sha256 = client->who->spki_sha256,
                              .names = client->who->names,
                              .name_count = client->who->name_count,
                              .not_after = client->who->not_after,
                              .auth_time = client->auth_time,
                              .classical_signature = client->classical_signature,
                              .pqc_signature = client->pqc_signature};
  return true;
}

void qtls_conn_set_time(qtls_conn *conn, int64_t now) {
  if (conn != NULL) {
    conn->m.now = now;
  }
}
