/* Owns the client's ClientHello, the first and the one after a retry
 * (RFC 8446 §4.1.2; the order of groups and shares: Q-TLS §2, §3). */
#include <string.h>

#include "crypto/random.h"
#include "handshake/ext/ext.h"
#include "handshake/t13/t13.h"

/* Fisher-Yates; the slight bias of the remainder does not matter here, the
 * order hides nothing: it keeps peers from growing used to one (Q-TLS §11). */
static void shuffle(uint8_t *order, size_t n, const uint8_t random[Q_EXT_HANDLERS_MAX]) {
  for (size_t i = 0; i < n; i++) {
    order[i] = (uint8_t)i;
  }
  for (size_t i = n; i > 1; i--) {
    size_t j = random[i - 1] % i;
    uint8_t kept = order[i - 1];
    order[i - 1] = order[j];
    order[j] = kept;
  }
}

/* What is random in a hello, in one draw: each costs the generator about half a
 * microsecond, whatever its length. Parts begin at multiples of 32 bytes, as the
 * source of the golden transcripts deals them out. */
static qtls_err draw(q_hello_shape *shape, bool middlebox) {
  struct {
    uint8_t random[32], session_id[32], grease[32], order[Q_EXT_HANDLERS_MAX];
  } drawn;
  Q_TRY(q_crypto_random((uint8_t *)&drawn, sizeof drawn));
  memcpy(shape->random, drawn.random, sizeof shape->random);
  shape->session_id_n = middlebox ? sizeof shape->session_id : 0;
  memcpy(shape->session_id, drawn.session_id, shape->session_id_n);
  memcpy(shape->grease, drawn.grease, sizeof shape->grease);
  shuffle(shape->order, q_ext_handler_count, drawn.order);
  return QTLS_OK;
}

qtls_err q_t13_client_start(q_machine *m) {
  q_hello_shape *shape = &m->hs->shape;
  q_policy_client_offer(&m->hs->offer, &m->config->settings);
  Q_TRY(draw(shape, m->config->middlebox));
  memcpy(m->hs->client_random, shape->random, sizeof shape->random);
  Q_TRY(q_t13_send_client_hello(m));
  q_machine_enter(m, Q_STATE_WAIT_SERVER_HELLO);
  return QTLS_OK;
}

static size_t room_for_hello(const q_machine *m) {
  const q_client_offer *offer = &m->hs->offer;
  size_t n = 1024 + m->config->alpn_n + m->hs->cookie.n + strlen((const char *)m->is.server_name);
  n += 4 * (offer->groups.count + offer->schemes.count + offer->suites.count);
  for (size_t i = 0; i < offer->shares.count; i++) {
    n += 4 + q_group_client_share(q_group_find(offer->shares.code[i]));
  }
  return n;
}

static q_mark open_hello(q_machine *m, q_writer *w) {
  const q_hello_shape *shape = &m->hs->shape;
  uint16_t suites[Q_LIST_MAX + 2];
  size_t n = 0;
  if (m->config->grease) {
    suites[n++] = q_ext_grease(m, Q_GREASE_SUITE);
  }
  for (size_t i = 0; i < m->hs->offer.suites.count; i++) {
    suites[n++] = m->hs->offer.suites.code[i];
  }
  if (m->config->fallback_scsv) {
    suites[n++] = Q_SUITE_FALLBACK_SCSV;
  }
  return q_wire_client_hello_open(w, shape->random, q_span_of(shape->session_id, shape->session_id_n), suites, n);
}

static qtls_err write_extensions(q_machine *m, q_writer *w) {
  if (m->config->grease) {
    q_write_close(w, q_wire_extension_open(w, q_ext_grease(m, Q_GREASE_EXT_FIRST)));
  }
  m->hs->offered = 0;
  for (size_t i = 0; i < q_ext_handler_count; i++) {
    size_t at = m->hs->shape.order[i];
    const q_ext_handler *handler = &q_ext_handlers[at];
    if (handler->offers == NULL || !handler->offers(m)) {
      continue;
    }
    m->hs->offered |= 1u << at;
    q_mark body = q_wire_extension_open(w, handler->type);
    Q_TRY(handler->write_hello(m, w));
    q_write_close(w, body);
  }
  if (m->config->grease) {
    q_mark body = q_wire_extension_open(w, q_ext_grease(m, Q_GREASE_EXT_LAST));
    q_write_u8(w, 0);
    q_write_close(w, body);
  }
  return QTLS_OK;
}

qtls_err q_t13_send_client_hello(q_machine *m) {
  size_t cap = room_for_hello(m);
  uint8_t *buf = q_arena_alloc(&m->arena, cap);
  if (buf == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  q_writer w;
  q_writer_init(&w, buf, cap);
  q_mark message = q_wire_message_open(&w, Q_MSG_CLIENT_HELLO);
  q_mark extensions = open_hello(m, &w);
  Q_TRY(write_extensions(m, &w));
  q_write_close(&w, extensions);
  q_write_close(&w, message);
  size_t n = 0;
  if (q_writer_end(&w, &n) != QTLS_OK) {
    return QTLS_ERR_INTERNAL;
  }
  m->hs->hello = q_span_of(buf, n);
  return q_machine_send_message(m, m->hs->hello);
}
