/* Owns CertificateRequest on the client (RFC 8446 §4.3.2): it is answered with
 * an empty Certificate by a client that has no identity. */
#include <string.h>

#include "handshake/t13/t13.h"
#include "wire/certificate.h"
#include "wire/ext/ext_codec.h"

qtls_err q_t13_recv_certificate_request(q_machine *m, const q_message *msg) {
  q_certificate_request request;
  Q_TRY(q_wire_certificate_request_read(&request, msg->body));
  /* Not empty only after the handshake. */
  if (request.context.n != 0) {
    return QTLS_ERR_CERT_CONTEXT;
  }
  Q_TRY(q_wire_extensions_check(&request.extensions, Q_IN_CR));
  const q_span *schemes = q_wire_extension_find(&request.extensions, Q_EXT_SIGNATURE_ALGORITHMS);
  if (schemes == NULL) {
    return q_machine_refuse(m, QTLS_ERR_EXT_MISSING, "signature_algorithms in CertificateRequest");
  }
  q_span codes = {NULL, 0};
  Q_TRY(q_wire_codes16_read(&codes, *schemes));
  m->hs->certificate_asked = true;
  q_keys_transcript_add(&m->hs->transcript, msg->whole);
  q_machine_enter(m, Q_STATE_WAIT_CERTIFICATE);
  return QTLS_OK;
}
