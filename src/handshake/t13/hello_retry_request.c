/* Owns HelloRetryRequest (RFC 8446 §4.1.4; two groups for 0x13F2: Q-TLS §3). */
#include <string.h>

#include "handshake/cookie.h"
#include "handshake/ext/ext.h"
#include "handshake/t13/t13.h"

/* All extensions of the hello that repeats it share 65,535 bytes. */
#define COOKIE_MAX 32768

/* ---- server ---- */

qtls_err q_t13_write_hello_retry_request(q_writer *w, const q_retry *retry, q_span session_id, q_span cookie) {
  q_mark message = q_wire_message_open(w, Q_MSG_SERVER_HELLO);
  q_mark extensions = q_wire_server_hello_open(w, q_wire_hrr_random, session_id, retry->suite);
  q_mark body = q_wire_extension_open(w, Q_EXT_SUPPORTED_VERSIONS);
  q_write_u16(w, retry->version);
  q_write_close(w, body);
  if (retry->group != 0) {
    body = q_wire_extension_open(w, Q_EXT_KEY_SHARE);
    q_write_u16(w, retry->group);
    if (retry->classical != 0) {
      q_write_u16(w, retry->classical);
    }
    q_write_close(w, body);
  }
  if (cookie.n > 0) {
    body = q_wire_extension_open(w, Q_EXT_COOKIE);
    q_wire_cookie_write(w, cookie);
    q_write_close(w, body);
  }
  q_write_close(w, extensions);
  q_write_close(w, message);
  return w->err;
}

qtls_err q_t13_send_hello_retry_request(q_machine *m, const q_client_hello *hello, q_span message) {
  q_scratch *hs = m->hs;
  q_crypto_hash_once(m->is.suite->hash, hs->hello_hash, message);
  q_cookie_content content;
  memset(&content, 0, sizeof content);
  content.retry.version = m->is.version;
  content.retry.suite = m->is.suite->code;
  if (hs->choice.retry) {
    content.retry.group = hs->choice.group->code;
    content.retry.classical = hs->choice.classical == NULL ? 0 : hs->choice.classical->code;
  }
  hs->retry = content.retry;
  uint8_t cookie[Q_COOKIE_SIZE];
  size_t cookie_n = 0;
  if (m->config->cookie == QTLS_COOKIE_always) {
    memcpy(content.invariants, hs->invariants, sizeof content.invariants);
    memcpy(content.hello_hash, hs->hello_hash, sizeof content.hello_hash);
    Q_TRY(q_cookie_seal(cookie, m, &content));
    cookie_n = sizeof cookie;
    m->is.cookie_used = true;
  }
  uint8_t buf[512];
  q_writer w;
  q_writer_init(&w, buf, sizeof buf);
  Q_TRY(q_t13_write_hello_retry_request(&w, &content.retry, hello->session_id, q_span_of(cookie, cookie_n)));
  q_keys_transcript_init(&hs->transcript, m->is.suite->hash);
  q_keys_transcript_message_hash(&hs->transcript, hs->hello_hash);
  m->is.retried = true;
  Q_TRY(q_machine_send_message(m, q_span_of(w.p, w.n)));
  if (hello->session_id.n > 0) {
    Q_TRY(q_machine_send_ccs(m));
  }
  q_machine_enter(m, Q_STATE_WAIT_CLIENT_HELLO_AFTER_RETRY);
  return QTLS_OK;
}

/* ---- client ---- */

static bool offered(const q_machine *m, uint16_t code) { return q_policy_has(&m->hs->offer.groups, code); }
static bool sent(const q_machine *m, uint16_t code) { return q_policy_has(&m->hs->offer.shares, code); }

/* Q-TLS §2, §3: a group of the selected protocol, offered, of the right kind. */
static qtls_err check_group(q_machine *m, uint16_t code, bool kyber) {
  const q_group *g = q_group_find(code);
  if (g == NULL || !offered(m, code)) {
    return q_machine_refuse_code(m, QTLS_ERR_HRR_GROUP, "group not offered:", code);
  }
  if ((g->protocols & m->is.protocol) == 0) {
    return q_machine_refuse_code(m, QTLS_ERR_GROUP_PROTOCOL, "group", code);
  }
  if (q_machine_is_qtls(m) && q_group_is_kyber(code) != kyber) {
    return q_machine_refuse_code(m, QTLS_ERR_HRR_GROUP, "wrong kind in its place:", code);
  }
  return QTLS_OK;
}

static qtls_err take_groups(q_machine *m, q_span body) {
  bool pair = m->is.suite->code == Q_SUITE_QTLS_HYBRID;
  uint16_t codes[2] = {0, 0};
  Q_TRY(q_wire_key_share_retry_read(codes, pair ? 2 : 1, body));
  Q_TRY(check_group(m, codes[0], true));
  if (pair) {
    Q_TRY(check_group(m, codes[1], false));
  }
  if (sent(m, codes[0]) && (!pair || sent(m, codes[1]))) {
    return q_machine_refuse(m, QTLS_ERR_HRR_GROUP, "what it asks for was sent already");
  }
  m->is.group = q_group_find(codes[0]);
  m->is.classical = pair ? q_group_find(codes[1]) : NULL;
  if (!q_policy_meets_floor(m->config->settings.floor, m->is.protocol, m->is.group, NULL)) {
    q_text t = q_machine_detail(m);
    q_text_add(&t, "the server asks for ");
    q_text_add(&t, m->is.group->name);
    q_text_add(&t, ", which is not quantum-safe");
    return QTLS_ERR_FLOOR;
  }
  q_policy_retry_shares(&m->hs->offer.shares, m->is.group, m->is.classical);
  return QTLS_OK;
}

static qtls_err take_cookie(q_machine *m, q_span body) {
  q_span cookie = {NULL, 0};
  Q_TRY(q_wire_cookie_read(&cookie, body));
  if (cookie.n > COOKIE_MAX) {
    return q_machine_refuse(m, QTLS_ERR_COOKIE, "it is longer than a ClientHello can repeat");
  }
  uint8_t *copy = q_arena_alloc(&m->arena, cookie.n);
  if (copy == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  memcpy(copy, cookie.p, cookie.n);
  m->hs->cookie = q_span_of(copy, cookie.n);
  m->is.cookie_used = true;
  return QTLS_OK;
}

qtls_err q_t13_recv_hello_retry_request(q_machine *m, const q_message *msg, const q_server_hello *hello) {
  if (m->state != Q_STATE_WAIT_SERVER_HELLO) {
    return QTLS_ERR_HRR_SECOND;
  }
  Q_TRY(q_wire_extensions_check(&hello->extensions, Q_IN_HRR));
  Q_TRY(q_t13_take_version_and_suite(m, hello));
  for (size_t i = 0; i < hello->extensions.count; i++) {
    uint16_t type = hello->extensions.type[i];
    if (type == Q_EXT_KEY_SHARE) {
      Q_TRY(take_groups(m, hello->extensions.body[i]));
    } else if (type == Q_EXT_COOKIE) {
      Q_TRY(take_cookie(m, hello->extensions.body[i]));
    } else if (type != Q_EXT_SUPPORTED_VERSIONS) {
      return q_machine_refuse_code(m, QTLS_ERR_EXT_NOT_OFFERED, "extension", type);
    }
  }
  if (m->is.group == NULL && m->hs->cookie.n == 0) {
    return QTLS_ERR_HRR_POINTLESS;
  }
  uint8_t hash[Q_HASH_MAX];
  q_crypto_hash_once(m->is.suite->hash, hash, m->hs->hello);
  q_keys_transcript_init(&m->hs->transcript, m->is.suite->hash);
  q_keys_transcript_message_hash(&m->hs->transcript, hash);
  q_keys_transcript_add(&m->hs->transcript, msg->whole);
  m->is.retried = true;
  Q_TRY(q_machine_send_ccs(m));
  Q_TRY(q_t13_send_client_hello(m));
  q_machine_enter(m, Q_STATE_WAIT_SERVER_HELLO_AFTER_RETRY);
  return QTLS_OK;
}
