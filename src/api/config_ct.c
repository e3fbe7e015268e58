/* Owns the configuration of certificate transparency (RFC 6962): the logs that
 * are known, and how many must vouch for a server. */
#include "api/config_parts.h"
#include "pki/sct.h"

#define LOGS_MOST 64 /* that can be asked for */

qtls_err qtls_config_add_ct_log(qtls_config *config, const char *name, const void *key, size_t size) {
  Q_TRY(q_config_writable(config));
  if (name == NULL || key == NULL || size == 0) {
    return QTLS_ERR_ARGUMENT;
  }
  qtls_err err = q_pki_ct_logs_add(&config->ct_logs, name, q_span_of(key, size));
  if (err != QTLS_OK) {
    q_text t = q_config_problem(config);
    q_text_add(&t, "the key of the log ");
    q_text_add(&t, name);
    q_text_add(&t, ": ");
    q_text_add(&t, err == QTLS_ERR_KEY_UNSUPPORTED ? "logs sign with ECDSA P-256 or RSA" : qtls_err_text(err));
  }
  return err;
}

qtls_err qtls_config_set_ct_logs_required(qtls_config *config, unsigned least) {
  Q_TRY(q_config_writable(config));
  if (least > LOGS_MOST) {
    return q_config_refuse(config, QTLS_ERR_CONFIG_VALUE, "no more than 64 logs can be asked for");
  }
  config->ct_least = least;
  return QTLS_OK;
}
