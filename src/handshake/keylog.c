/* Owns the key log line (RFC 9850): label, client random, secret. Exists for
 * debugging alone; the one place where a secret leaves the library, and only to
 * an observer that the application installed. */
#include "handshake/machine.h"

void q_machine_keylog(const q_machine *m, const char *label, const q_secret *secret) {
  if (m->config->keylog == NULL || m->hs == NULL) {
    return;
  }
  char line[40 + 64 + 2 * Q_SECRET_MAX + 4];
  q_text t;
  q_text_init(&t, line, sizeof line);
  q_text_add(&t, label);
  q_text_add(&t, " ");
  q_text_add_hex(&t, q_span_of(m->hs->client_random, sizeof m->hs->client_random));
  q_text_add(&t, " ");
  q_text_add_hex(&t, q_secret_span(secret));
  m->config->keylog(m->config->keylog_user, line);
  q_wipe(line, sizeof line);
}
