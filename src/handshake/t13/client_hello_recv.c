/* Owns the server's reading of a ClientHello, first and second, and what
 * follows from it (RFC 8446 §4.1.2, §9.2; Q-TLS §1-3, §6). */
#include <string.h>

#include "base/bits.h"
#include "handshake/cookie.h"
#include "handshake/ext/ext.h"
#include "handshake/t13/t13.h"

/* Bytes of early data that are skipped when a client offered it. */
#define EARLY_DATA_SKIP 65536

/* RFC 8446 §4.1.2; RFC 9849 §6.1.5 has the retried encrypted_client_hello differ. */
static bool may_change(uint16_t type) {
  static const uint16_t types[] = {Q_EXT_KEY_SHARE, Q_EXT_COOKIE,  Q_EXT_EARLY_DATA, Q_EXT_PRE_SHARED_KEY,
                                   Q_EXT_PADDING,   Q_EXT_ENCRYPTED_CLIENT_HELLO};
  for (size_t i = 0; i < Q_COUNT(types); i++) {
    if (types[i] == type) {
      return true;
    }
  }
  return false;
}

/* The extension that follows `last` when they are sorted by type; a type comes
 * once. Gives their number when there is none. */
static size_t next_extension(const q_ext_set *all, int last) {
  size_t best = all->count;
  for (size_t i = 0; i < all->count; i++) {
    if (all->type[i] > last && (best == all->count || all->type[i] < all->type[best])) {
      best = i;
    }
  }
  return best;
}

/* What a second hello may not change, as one digest. The order of extensions
 * is not part of it: wolfSSL's second hello has another one. */
static void digest_invariants(uint8_t out[32], const q_client_hello *h) {
  q_hash hash;
  uint8_t digest[Q_HASH_MAX];
  uint8_t sizes[8] = {(uint8_t)(h->legacy_version >> 8), (uint8_t)h->legacy_version, (uint8_t)h->session_id.n,
                      (uint8_t)(h->suites.n >> 8), (uint8_t)h->suites.n, (uint8_t)h->compression.n, 0, 0};
  const q_ext_set *all = &h->extensions;
  q_crypto_hash_init(&hash, Q_HASH_SHA256);
  q_crypto_hash_update(&hash, q_span_of(sizes, sizeof sizes));
  q_crypto_hash_update(&hash, q_span_of(h->random, 32));
  q_crypto_hash_update(&hash, h->session_id);
  q_crypto_hash_update(&hash, h->suites);
  q_crypto_hash_update(&hash, h->compression);
  for (size_t i = next_extension(all, -1); i < all->count; i = next_extension(all, all->type[i])) {
    if (!may_change(all->type[i])) {
      size_t n = all->body[i].n;
      uint8_t head[4] = {(uint8_t)(all->type[i] >> 8), (uint8_t)all->type[i], (uint8_t)(n >> 8), (uint8_t)n};
      q_crypto_hash_update(&hash, q_span_of(head, sizeof head));
      q_crypto_hash_update(&hash, all->body[i]);
    }
  }
  q_crypto_hash_peek(&hash, digest);
  memcpy(out, digest, 32);
}

static bool offers_13(const q_hello_facts *facts) {
  return q_codes_has(facts->offer.versions, Q_VERSION_TLS13) || q_codes_has(facts->offer.versions, Q_VERSION_QTLS10);
}

/* RFC 8446 §9.2, and the order of pre_shared_key. */
static qtls_err check_complete(q_machine *m, const q_client_hello *hello, const q_hello_facts *facts) {
  if (facts->has_psk) {
    if (hello->extensions.type[hello->extensions.count - 1] != Q_EXT_PRE_SHARED_KEY) {
      return QTLS_ERR_EXT_PSK_NOT_LAST;
    }
    if (!facts->has_psk_modes) {
      return QTLS_ERR_EXT_PSK_MODES;
    }
  }
  if (!offers_13(facts)) {
    return QTLS_OK; /* no common version: the negotiation says so */
  }
  if (hello->compression.n != 1 || hello->compression.p[0] != 0) {
    return QTLS_ERR_COMPRESSION_METHOD;
  }
  if (!facts->has_schemes) {
    return q_machine_refuse(m, QTLS_ERR_EXT_MISSING, "signature_algorithms");
  }
  if (!facts->has_groups || !facts->has_shares) {
    return q_machine_refuse(m, QTLS_ERR_EXT_MISSING, facts->has_groups ? "key_share" : "supported_groups");
  }
  return QTLS_OK;
}

/* RFC 8446 §4.2.8: every share's group is in supported_groups. */
static qtls_err check_shares(q_machine *m, const q_hello_facts *facts) {
  q_reader rest = facts->shares;
  q_key_share share = {0, {NULL, 0}};
  q_bits listed = {{0}};
  for (size_t i = 0; i < q_codes_count(facts->offer.groups); i++) {
    q_bits_add(&listed, q_codes_at(facts->offer.groups, i));
  }
  while (q_wire_key_share_next(&rest, &share)) {
    if (!q_bits_has(&listed, share.group)) {
      return q_machine_refuse_code(m, QTLS_ERR_SHARE_NOT_LISTED, "group", share.group);
    }
  }
  return QTLS_OK;
}

static qtls_err choose(q_machine *m, const q_hello_facts *facts) {
  const qtls_config *c = m->config;
  q_candidate ids[Q_IDENTITIES_MAX];
  for (size_t i = 0; i < c->id_count; i++) {
    ids[i] = (q_candidate){&c->ids[i].capability, Q_FIT_OTHER};
  }
  if (!q_policy_names_find(&c->names, facts->server_name, ids)) {
    if (c->strict_sni && facts->server_name.n > 0) {
      q_text t = q_machine_detail(m);
      q_text_add_bytes(&t, facts->server_name);
      return QTLS_ERR_SERVER_NAME_UNKNOWN;
    }
    q_policy_names_defaults(&c->names, ids);
  }
  q_text why = q_machine_detail(m);
  return q_policy_choose(&m->hs->choice, &why, &c->settings, ids, c->id_count, &facts->offer);
}

static void settle(q_machine *m) {
  const q_choice *c = &m->hs->choice;
  m->is.protocol = c->protocol;
  m->is.version = c->version;
  m->is.suite = c->suite;
  m->is.scheme = c->scheme;
  m->is.policy = c->policy;
}

static size_t count_shares(q_span shares) {
  size_t n = 0;
  q_key_share share = {0, {NULL, 0}};
  while (q_wire_key_share_next(&shares, &share)) {
    n++;
  }
  return n;
}

/* A second hello: it must be the first one but for what the retry asked. */
static qtls_err check_second(q_machine *m, const q_client_hello *hello, const q_hello_facts *facts) {
  q_scratch *hs = m->hs;
  const q_choice *c = &hs->choice;
  uint8_t invariants[32];
  digest_invariants(invariants, hello);
  if (!q_base_span_equal(q_span_of(invariants, 32), q_span_of(hs->invariants, 32))) {
    return QTLS_ERR_HRR_HELLO_CHANGED;
  }
  if (q_wire_extension_find(&hello->extensions, Q_EXT_EARLY_DATA) != NULL) {
    return q_machine_refuse(m, QTLS_ERR_HRR_HELLO_CHANGED, "early_data in the second hello");
  }
  if (c->retry) {
    return QTLS_ERR_SHARE_MISSING;
  }
  uint16_t group = c->group->code;
  uint16_t classical = c->classical == NULL ? 0 : c->classical->code;
  if (c->suite->code != hs->retry.suite || c->version != hs->retry.version) {
    return QTLS_ERR_HRR_HELLO_CHANGED;
  }
  /* Exactly the shares that were named, if any were (Q-TLS §3). */
  if (hs->retry.group != 0) {
    size_t wanted = hs->retry.classical == 0 ? 1 : 2;
    if (group != hs->retry.group || classical != hs->retry.classical || count_shares(facts->shares) != wanted) {
      return q_machine_refuse(m, QTLS_ERR_HRR_HELLO_CHANGED, "other key shares than those asked for");
    }
  }
  return QTLS_OK;
}

/* A first hello that carries a cookie continues a handshake whose server kept
 * nothing: the transcript so far is made again from the cookie. */
static qtls_err recall(q_machine *m, const q_client_hello *hello, q_span cookie) {
  q_scratch *hs = m->hs;
  q_cookie_content content;
  Q_TRY(q_cookie_open(&content, m, cookie));
  const q_suite *suite = q_suite_find(content.retry.suite);
  if (suite == NULL) {
    return QTLS_ERR_COOKIE;
  }
  uint8_t buf[512];
  q_writer w;
  q_writer_init(&w, buf, sizeof buf);
  Q_TRY(q_t13_write_hello_retry_request(&w, &content.retry, hello->session_id, cookie));
  hs->retry = content.retry;
  memcpy(hs->invariants, content.invariants, sizeof hs->invariants);
  memcpy(hs->hello_hash, content.hello_hash, sizeof hs->hello_hash);
  q_keys_transcript_init(&hs->transcript, suite->hash);
  q_keys_transcript_message_hash(&hs->transcript, hs->hello_hash);
  q_keys_transcript_add(&hs->transcript, q_span_of(w.p, w.n));
  m->is.retried = true;
  m->is.cookie_used = true;
  m->own_ccs = 1; /* it went out with the HelloRetryRequest */
  return QTLS_OK;
}

/* A server that kept its state still wants its own cookie back, and not another
 * that it once gave (RFC 8446 §4.2.2). */
static qtls_err check_cookie(const q_machine *m, q_span cookie) {
  const q_scratch *hs = m->hs;
  q_cookie_content content;
  Q_TRY(q_cookie_open(&content, m, cookie));
  bool same = content.retry.version == hs->retry.version && content.retry.suite == hs->retry.suite &&
              content.retry.group == hs->retry.group && content.retry.classical == hs->retry.classical &&
              q_base_span_equal(q_span_of(content.invariants, sizeof content.invariants),
                                q_span_of(hs->invariants, sizeof hs->invariants)) &&
              q_base_span_equal(q_span_of(content.hello_hash, sizeof content.hello_hash),
                                q_span_of(hs->hello_hash, sizeof hs->hello_hash));
  return same ? QTLS_OK : QTLS_ERR_COOKIE;
}

/* Which hello is this? After it, m->is.retried tells. */
static qtls_err place(q_machine *m, const q_client_hello *hello, const q_hello_facts *facts) {
  if (m->state == Q_STATE_WAIT_CLIENT_HELLO) {
    if (facts->has_cookie) {
      return recall(m, hello, facts->cookie);
    }
    digest_invariants(m->hs->invariants, hello);
    return QTLS_OK;
  }
  if (m->is.cookie_used != facts->has_cookie) {
    return QTLS_ERR_COOKIE;
  }
  return facts->has_cookie ? check_cookie(m, facts->cookie) : QTLS_OK;
}

static qtls_err keep_names(q_machine *m, const q_client_hello *hello, const q_hello_facts *facts) {
  memcpy(m->hs->client_random, hello->random, 32);
  q_span name = facts->server_name;
  if (name.n > 0 && m->is.server_name == NULL) {
    m->is.server_name = q_alloc(name.n + 1);
    if (m->is.server_name == NULL) {
      return QTLS_ERR_NO_MEMORY;
    }
    memcpy(m->is.server_name, name.p, name.n);
  }
  /* RFC 8446 §4.2.10: after a retry no early data comes behind the second hello. */
  m->early_data_skippable = m->hs->early_data_offered && !m->is.retried ? EARLY_DATA_SKIP : 0;
  return QTLS_OK;
}

/* Room for the whole flight at once, so that the queue does not grow and copy. */
static qtls_err reserve_flight(q_machine *m) {
  const q_messages *own = NULL;
  Q_TRY(q_t13_own_certificate(&own, m, m->hs->choice.identity));
  const q_scheme *scheme = m->is.scheme;
  size_t shares = q_group_server_share(m->is.group);
  shares += m->is.classical == NULL ? 0 : q_group_server_share(m->is.classical);
  size_t pqc = q_crypto_mldsa_signature_size(q_scheme_is_hybrid(scheme) ? scheme->pqc_key : scheme->key);
  size_t classical = scheme->key == Q_KEY_RSA ? 1024 : 256;
  uint8_t *at = NULL;
  return q_queue_reserve(&m->out, &at, shares + q_t13_request_size(m) + own->certificate.n + pqc + classical + 512);
}

static qtls_err send_flight(q_machine *m, const q_client_hello *hello, const q_hello_facts *facts, q_span whole) {
  if (!m->is.retried) {
    q_keys_transcript_init(&m->hs->transcript, m->is.suite->hash);
  }
  q_keys_transcript_add(&m->hs->transcript, whole);
  m->is.group = m->hs->choice.group;
  m->is.classical = m->hs->choice.classical;
  Q_TRY(reserve_flight(m));
  Q_TRY(q_t13_send_server_hello(m, hello, facts->shares));
  Q_TRY(q_t13_send_encrypted_extensions(m));
  Q_TRY(q_t13_send_certificate_request(m));
  Q_TRY(q_t13_send_certificate(m));
  return q_t13_send_certificate_verify(m);
}

qtls_err q_t13_recv_client_hello(q_machine *m, const q_message *msg) {
  q_client_hello hello;
  q_hello_facts facts;
  memset(&facts, 0, sizeof facts);
  Q_TRY(q_wire_client_hello_read(&hello, msg->body));
  if (hello.legacy_version <= Q_VERSION_SSL30) { /* RFC 8446 D.5, whatever supported_versions says */
    return q_machine_refuse_code(m, QTLS_ERR_VERSION_NONE, "legacy_version", hello.legacy_version);
  }
  facts.offer.suites = hello.suites;
  Q_TRY(q_wire_extensions_check(&hello.extensions, Q_IN_CH));
  Q_TRY(q_ext_read_hello(m, &facts, &hello.extensions));
  Q_TRY(check_complete(m, &hello, &facts));
  Q_TRY(check_shares(m, &facts));
  Q_TRY(place(m, &hello, &facts));
  Q_TRY(keep_names(m, &hello, &facts));
  Q_TRY(choose(m, &facts));
  if (m->is.retried) {
    Q_TRY(check_second(m, &hello, &facts));
  }
  settle(m);
  if (!m->is.retried && (m->hs->choice.retry || m->config->cookie == QTLS_COOKIE_always)) {
    return q_t13_send_hello_retry_request(m, &hello, msg->whole);
  }
  Q_TRY(q_ext_alpn_choose(m, facts.alpn));
  return send_flight(m, &hello, &facts, msg->whole);
}
