/* Owns the life of a configuration and its plain settings. */
#include "handshake/config.h"

#include <string.h>

#include "api/config_parts.h"
#include "base/owners.h"
#include "pki/sct.h"
#include "record/record.h"

#define LINK_CACHE_DEFAULT 256
/* Q-TLS §3. */
#define UPDATE_RECORDS_DEFAULT ((uint32_t)1 << 23)
#define UPDATE_BYTES_DEFAULT UINT64_C(100000000000)
#define UPDATE_SECONDS_DEFAULT (24 * 3600)

qtls_err qtls_config_new(qtls_config **out, qtls_role role) {
  if (out == NULL || (role != QTLS_CLIENT && role != QTLS_SERVER)) {
    return QTLS_ERR_ARGUMENT;
  }
  *out = NULL;
  qtls_config *c = q_alloc(sizeof *c);
  if (c == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  c->owners = 1;
  c->role = role;
  q_policy_defaults(&c->settings);
  c->client_auth = QTLS_CLIENT_AUTH_none;
  c->record_mode = QTLS_RECORD_bulk;
  c->padding = QTLS_PADDING_none;
  c->update_records = UPDATE_RECORDS_DEFAULT;
  c->update_bytes = UPDATE_BYTES_DEFAULT;
  c->update_seconds = UPDATE_SECONDS_DEFAULT;
  c->cookie = QTLS_COOKIE_never;
  c->message_limit = 128 * 1024;
  c->grease = true;
  c->middlebox = true;
  c->revocation = Q_REVOCATION_SOFT;
  qtls_err err = q_pki_link_cache_new(&c->links, LINK_CACHE_DEFAULT);
  if (err != QTLS_OK) {
    q_free(c);
    return err;
  }
  *out = c;
  return QTLS_OK;
}

qtls_config *qtls_config_ref(const qtls_config *config) {
  /* The count is the one thing of a frozen configuration that changes. */
  qtls_config *c = (qtls_config *)(uintptr_t)config;
  if (c != NULL) {
    q_owners_add(&c->owners);
  }
  return c;
}

void qtls_config_free(qtls_config *config) {
  if (config == NULL || !q_owners_drop(&config->owners)) {
    return;
  }
  for (size_t i = 0; i < config->id_count; i++) {
    q_config_free_identity(&config->ids[i]);
  }
  q_free(config->ids);
  q_policy_names_free(&config->names);
  q_config_free_crls(config->crls);
  q_pki_ct_logs_free(config->ct_logs);
  q_free(config->pins);
  q_pki_link_cache_free(config->links);
  q_pki_trust_free(config->trust);
  q_config_free_client_auth(config);
  q_free(config->alpn);
  q_free(config);
}

const char *qtls_config_problem(const qtls_config *config) { return config == NULL ? "" : config->problem; }

size_t qtls_config_problem_identity(const qtls_config *config) {
  return config == NULL || config->problem_identity == 0 ? SIZE_MAX : config->problem_identity - 1;
}

q_text q_config_problem(qtls_config *c) {
  q_text t;
  c->problem_identity = 0;
  q_text_init(&t, c->problem, sizeof c->problem);
  return t;
}

qtls_err q_config_refuse(qtls_config *c, qtls_err err, const char *words) {
  q_text t = q_config_problem(c);
  q_text_add(&t, words);
  return err;
}

qtls_err q_config_writable(qtls_config *c) {
  if (c == NULL) {
    return QTLS_ERR_ARGUMENT;
  }
  return c->frozen ? QTLS_ERR_FROZEN : QTLS_OK;
}

qtls_err qtls_config_set_floor(qtls_config *config, qtls_floor floor) {
  Q_TRY(q_config_writable(config));
  if (floor < QTLS_FLOOR_classical || floor > QTLS_FLOOR_q_tls) {
    return q_config_refuse(config, QTLS_ERR_CONFIG_VALUE, "the floor is none of classical, pq-kex, pq-auth, q-tls");
  }
  config->settings.floor = floor;
  return QTLS_OK;
}

qtls_err qtls_config_set_policy(qtls_config *config, qtls_policy policy) {
  Q_TRY(q_config_writable(config));
  if (policy < QTLS_POLICY_require_both || policy > QTLS_POLICY_require_any) {
    return q_config_refuse(config, QTLS_ERR_CONFIG_VALUE,
                           "the policy is none of require_both, require_pqc, require_any");
  }
  config->settings.policy = policy;
  return QTLS_OK;
}

qtls_err qtls_config_set_pqc_priority(qtls_config *config, unsigned priority) {
  Q_TRY(q_config_writable(config));
  if (priority > 255) {
    return q_config_refuse(config, QTLS_ERR_CONFIG_VALUE, "pqc_priority lies between 0 and 255");
  }
  config->settings.priority = (uint8_t)priority;
  return QTLS_OK;
}

qtls_err qtls_config_set_key_shares(qtls_config *config, qtls_key_shares strategy) {
  Q_TRY(q_config_writable(config));
  if (strategy < QTLS_KEY_SHARES_pq || strategy > QTLS_KEY_SHARES_both) {
    return q_config_refuse(config, QTLS_ERR_CONFIG_VALUE, "key shares are none of pq, classical-first, both");
  }
  config->settings.shares = strategy;
  return QTLS_OK;
}

qtls_err qtls_config_set_cookie(qtls_config *config, qtls_cookie mode) {
  Q_TRY(q_config_writable(config));
  if (mode != QTLS_COOKIE_never && mode != QTLS_COOKIE_always) {
    return q_config_refuse(config, QTLS_ERR_CONFIG_VALUE, "the cookie mode is neither never nor always");
  }
  config->cookie = mode;
  return QTLS_OK;
}

qtls_err qtls_config_set_record_size_limit(qtls_config *config, unsigned limit) {
  Q_TRY(q_config_writable(config));
  if (limit != 0 && (limit < 64 || limit > Q_RECORD_PLAINTEXT_MAX)) {
    return q_config_refuse(config, QTLS_ERR_CONFIG_VALUE, "record_size_limit lies between 64 and 16384 bytes, or is 0");
  }
  config->record_size_limit = (uint16_t)limit;
  return QTLS_OK;
}

qtls_err qtls_config_set_record_mode(qtls_config *config, qtls_record_mode mode) {
  Q_TRY(q_config_writable(config));
  if (mode < QTLS_RECORD_bulk || mode > QTLS_RECORD_dynamic) {
    return q_config_refuse(config, QTLS_ERR_CONFIG_VALUE, "the record mode is none of bulk, interactive, dynamic");
  }
  config->record_mode = mode;
  return QTLS_OK;
}

qtls_err qtls_config_set_padding(qtls_config *config, qtls_padding padding, unsigned block) {
  Q_TRY(q_config_writable(config));
  bool known = padding == QTLS_PADDING_none || padding == QTLS_PADDING_block || padding == QTLS_PADDING_random;
  if (!known || (padding == QTLS_PADDING_block && (block < 2 || block > Q_RECORD_PLAINTEXT_MAX))) {
    return q_config_refuse(config, QTLS_ERR_CONFIG_VALUE,
                           "padding is none, random, or block with a block of 2 to 16384 bytes");
  }
  config->padding = padding;
  config->padding_block = (uint16_t)(padding == QTLS_PADDING_block ? block : 0);
  return QTLS_OK;
}

qtls_err qtls_config_set_key_update(qtls_config *config, uint32_t records, uint64_t bytes, uint32_t seconds) {
  Q_TRY(q_config_writable(config));
  if (records < 1 || records > QTLS_KEY_UPDATE_RECORDS_MAX) {
    return q_config_refuse(config, QTLS_ERR_CONFIG_VALUE, "a key is changed after 1 to 16,776,192 records");
  }
  config->update_records = records;
  config->update_bytes = bytes;
  config->update_seconds = seconds;
  return QTLS_OK;
}

qtls_err qtls_config_set_message_limit(qtls_config *config, size_t limit) {
  Q_TRY(q_config_writable(config));
  if (limit < 16384 || limit > ((size_t)1 << 24) - 1) {
    return q_config_refuse(config, QTLS_ERR_CONFIG_VALUE, "the message limit lies between 16 KiB and 16 MiB");
  }
  config->message_limit = limit;
  return QTLS_OK;
}

qtls_err qtls_config_set_grease(qtls_config *config, bool on) {
  Q_TRY(q_config_writable(config));
  config->grease = on;
  return QTLS_OK;
}

qtls_err qtls_config_set_middlebox_compat(qtls_config *config, bool on) {
  Q_TRY(q_config_writable(config));
  config->middlebox = on;
  return QTLS_OK;
}

qtls_err qtls_config_set_fallback_scsv(qtls_config *config, bool on) {
  Q_TRY(q_config_writable(config));
  config->fallback_scsv = on;
  return QTLS_OK;
}

qtls_err qtls_config_set_keep_chain(qtls_config *config, bool on) {
  Q_TRY(q_config_writable(config));
  config->keep_chain = on;
  return QTLS_OK;
}

qtls_err qtls_config_set_hsm_capabilities(qtls_config *config, bool hardware_rng, bool pqc_accel, bool fips_certified,
                                          unsigned operations_per_second) {
  Q_TRY(q_config_writable(config));
  if (operations_per_second > 65535) {
    return q_config_refuse(config, QTLS_ERR_CONFIG_VALUE, "operations per second lie between 0 and 65535");
  }
  config->has_hsm = true;
  config->hsm = (q_hsm_capabilities){hardware_rng, pqc_accel, fips_certified, (uint16_t)operations_per_second};
  return QTLS_OK;
}

qtls_err qtls_config_set_keylog(qtls_config *config, qtls_keylog_fn fn, void *user) {
  Q_TRY(q_config_writable(config));
  config->keylog = fn;
  config->keylog_user = user;
  return QTLS_OK;
}

qtls_err qtls_config_set_trace(qtls_config *config, qtls_trace_fn fn, void *user) {
  Q_TRY(q_config_writable(config));
  config->trace = fn;
  config->trace_user = user;
  return QTLS_OK;
}
