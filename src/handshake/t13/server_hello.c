/* Owns ServerHello (RFC 8446 §4.1.3; two shares for 0x13F2, ML-KEM first: Q-TLS §3). */
#include <string.h>

#include "crypto/random.h"
#include "handshake/ext/ext.h"
#include "handshake/t13/t13.h"

/* ---- server ---- */

static qtls_err write_share(q_machine *m, q_writer *w, q_secret *secret, const q_group *group, q_span peer) {
  q_write_u16(w, group->code);
  q_mark data = q_write_open(w, 2);
  uint8_t *share = q_write_space(w, q_group_server_share(group));
  if (share == NULL) {
    return QTLS_ERR_INTERNAL;
  }
  qtls_err err = q_kex_encapsulate(secret, share, group, peer);
  if (err != QTLS_OK) {
    return q_machine_refuse(m, err, group->name);
  }
  q_write_close(w, data);
  return QTLS_OK;
}

/* Wire: ML-KEM, then classical. Secret: classical || ML-KEM (Q-TLS §3). */
static qtls_err write_key_share(q_machine *m, q_writer *w, q_secret *shared, q_span shares) {
  q_mark body = q_wire_extension_open(w, Q_EXT_KEY_SHARE);
  Q_AUTO_SECRET q_secret main_part = {0};
  Q_TRY(write_share(m, w, &main_part, m->is.group, q_ext_key_share_of(shares, m->is.group->code)));
  if (m->is.classical != NULL) {
    Q_TRY(write_share(m, w, shared, m->is.classical, q_ext_key_share_of(shares, m->is.classical->code)));
  }
  Q_TRY(q_secret_append(shared, &main_part));
  q_write_close(w, body);
  return QTLS_OK;
}

qtls_err q_t13_send_server_hello(q_machine *m, const q_client_hello *hello, q_span shares) {
  size_t cap = 256 + 2 * Q_SHARE_MAX;
  Q_AUTO_FREE uint8_t *buf = q_alloc(cap);
  if (buf == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  Q_AUTO_SECRET q_secret shared = {0};
  uint8_t random[32];
  Q_TRY(q_crypto_random(random, sizeof random));
  q_writer w;
  q_writer_init(&w, buf, cap);
  q_mark message = q_wire_message_open(&w, Q_MSG_SERVER_HELLO);
  q_mark extensions = q_wire_server_hello_open(&w, random, hello->session_id, m->is.suite->code);
  q_mark body = q_wire_extension_open(&w, Q_EXT_SUPPORTED_VERSIONS);
  q_write_u16(&w, m->is.version);
  q_write_close(&w, body);
  Q_TRY(write_key_share(m, &w, &shared, shares));
  q_write_close(&w, extensions);
  q_write_close(&w, message);
  size_t n = 0;
  if (q_writer_end(&w, &n) != QTLS_OK) {
    return QTLS_ERR_INTERNAL;
  }
  Q_TRY(q_machine_send_message(m, q_span_of(buf, n)));
  if (hello->session_id.n > 0) {
    Q_TRY(q_machine_send_ccs(m));
  }
  return q_machine_handshake_keys(m, &shared);
}

/* ---- client ---- */

/* A server below TLS 1.3, which this client did not offer (RFC 8446 §4.1.3). */
static qtls_err refuse_old_version(q_machine *m, const q_server_hello *hello) {
  const uint8_t *tail = hello->random + 24;
  if (memcmp(tail, q_wire_downgrade_12, 8) == 0 || memcmp(tail, q_wire_downgrade_11, 8) == 0) {
    return QTLS_ERR_DOWNGRADE;
  }
  return q_machine_refuse_code(m, QTLS_ERR_VERSION_NONE, "the server speaks only", hello->legacy_version);
}

qtls_err q_t13_take_version_and_suite(q_machine *m, const q_server_hello *hello) {
  const q_span *body = q_wire_extension_find(&hello->extensions, Q_EXT_SUPPORTED_VERSIONS);
  if (body == NULL) {
    return refuse_old_version(m, hello);
  }
  uint16_t version = 0;
  Q_TRY(q_wire_version_read(&version, *body));
  if (!q_policy_has(&m->hs->offer.versions, version)) {
    return q_machine_refuse_code(m, QTLS_ERR_VERSION_SELECTED, "version", version);
  }
  const q_suite *suite = q_suite_find(hello->suite);
  if (suite == NULL || !q_policy_has(&m->hs->offer.suites, hello->suite)) {
    return q_machine_refuse_code(m, QTLS_ERR_SUITE_SELECTED, "suite", hello->suite);
  }
  /* Q-TLS §1: 0x0305 with a Q-TLS suite only, and a Q-TLS suite with 0x0305 only. */
  if ((suite->protocol == Q_PROTO_QTLS10) != (version == Q_VERSION_QTLS10)) {
    return QTLS_ERR_VERSION_SUITE;
  }
  if (m->is.retried && (m->is.suite != suite || m->is.version != version)) {
    return QTLS_ERR_SUITE_CHANGED;
  }
  m->is.protocol = suite->protocol;
  m->is.version = version;
  m->is.suite = suite;
  m->is.policy = m->config->settings.policy;
  return QTLS_OK;
}

/* What holds for both kinds of ServerHello (RFC 8446 §4.1.3). */
static qtls_err check_frame(const q_machine *m, const q_server_hello *hello) {
  if (hello->legacy_version != Q_VERSION_TLS12) {
    return QTLS_ERR_VERSION_LEGACY;
  }
  if (!q_base_span_equal(hello->session_id, q_span_of(m->hs->shape.session_id, m->hs->shape.session_id_n))) {
    return QTLS_ERR_SESSION_ID_ECHO;
  }
  return hello->compression == 0 ? QTLS_OK : QTLS_ERR_COMPRESSION_METHOD;
}

static qtls_err check_extensions(q_machine *m, const q_ext_set *set) {
  Q_TRY(q_wire_extensions_check(set, Q_IN_SH));
  for (size_t i = 0; i < set->count; i++) {
    uint16_t type = set->type[i];
    if (type == Q_EXT_PRE_SHARED_KEY) {
      return QTLS_ERR_PSK_SELECTED;
    }
    if (type != Q_EXT_SUPPORTED_VERSIONS && type != Q_EXT_KEY_SHARE) {
      return q_machine_refuse_code(m, QTLS_ERR_EXT_NOT_OFFERED, "extension", type);
    }
  }
  return QTLS_OK;
}

/* The key behind a share the server answers; GROUP_SELECTED if there is none. */
static qtls_err find_key(const q_kex_key **key, q_machine *m, uint16_t code, bool kyber) {
  const q_group *g = q_group_find(code);
  if (g != NULL && (g->protocols & m->is.protocol) == 0) {
    return q_machine_refuse_code(m, QTLS_ERR_GROUP_PROTOCOL, "group", code);
  }
  if (g != NULL && q_machine_is_qtls(m) && q_group_is_kyber(code) != kyber) {
    return q_machine_refuse_code(m, QTLS_ERR_SHARE_ORDER, "group", code);
  }
  for (size_t i = 0; i < m->hs->share_count; i++) {
    if (m->hs->shares[i].group->code == code) {
      *key = &m->hs->shares[i];
      return QTLS_OK;
    }
  }
  return q_machine_refuse_code(m, QTLS_ERR_GROUP_SELECTED, "group", code);
}

static qtls_err take_group(q_machine *m, const q_group *group, const q_group *classical) {
  /* What a HelloRetryRequest named stays (RFC 8446 §4.1.4). */
  if (m->is.group != NULL && (m->is.group != group || m->is.classical != classical)) {
    return QTLS_ERR_SUITE_CHANGED;
  }
  m->is.group = group;
  m->is.classical = classical;
  if (!q_policy_meets_floor(m->config->settings.floor, m->is.protocol, group, NULL)) {
    q_text t = q_machine_detail(m);
    q_text_add(&t, "the server chose ");
    q_text_add(&t, group->name);
    q_text_add(&t, ", which is not quantum-safe");
    return QTLS_ERR_FLOOR;
  }
  return QTLS_OK;
}

static qtls_err take_key_share(q_machine *m, q_secret *shared, q_span body) {
  bool pair = m->is.suite->code == Q_SUITE_QTLS_HYBRID;
  q_key_share share[2];
  Q_TRY(q_wire_key_share_server_read(share, pair ? 2 : 1, body));
  const q_kex_key *key = NULL;
  const q_kex_key *classical = NULL;
  Q_TRY(find_key(&key, m, share[0].group, true));
  if (pair) {
    Q_TRY(find_key(&classical, m, share[1].group, false));
  }
  Q_TRY(take_group(m, key->group, pair ? classical->group : NULL));
  /* Secret: classical || ML-KEM (Q-TLS §3). */
  if (pair) {
    Q_TRY(q_kex_decapsulate(shared, classical, share[1].data));
  }
  return q_kex_decapsulate(shared, key, share[0].data);
}

static qtls_err recv_final_hello(q_machine *m, const q_message *msg, const q_server_hello *hello) {
  Q_TRY(q_t13_take_version_and_suite(m, hello));
  Q_TRY(check_extensions(m, &hello->extensions));
  const q_span *body = q_wire_extension_find(&hello->extensions, Q_EXT_KEY_SHARE);
  if (body == NULL) {
    return q_machine_refuse(m, QTLS_ERR_EXT_MISSING, "key_share in ServerHello");
  }
  Q_AUTO_SECRET q_secret shared = {0};
  Q_TRY(take_key_share(m, &shared, *body));
  if (!m->is.retried) {
    q_keys_transcript_init(&m->hs->transcript, m->is.suite->hash);
    q_keys_transcript_add(&m->hs->transcript, m->hs->hello);
  }
  q_keys_transcript_add(&m->hs->transcript, msg->whole);
  Q_TRY(q_machine_handshake_keys(m, &shared));
  q_machine_enter(m, Q_STATE_WAIT_ENCRYPTED_EXTENSIONS);
  return QTLS_OK;
}

qtls_err q_t13_recv_server_hello(q_machine *m, const q_message *msg) {
  q_server_hello hello;
  Q_TRY(q_wire_server_hello_read(&hello, msg->body));
  /* First the version: a server of old echoes no session id. */
  bool old = q_wire_extension_find(&hello.extensions, Q_EXT_SUPPORTED_VERSIONS) == NULL;
  if (old || hello.legacy_version <= Q_VERSION_SSL30) { /* RFC 8446 §4.1.3, D.5 */
    return refuse_old_version(m, &hello);
  }
  Q_TRY(check_frame(m, &hello));
  return hello.is_hrr ? q_t13_recv_hello_retry_request(m, msg, &hello) : recv_final_hello(m, msg, &hello);
}
