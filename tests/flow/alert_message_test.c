/*
 * Alerts for handshake messages as such (RFC 8446 §4, §6.2; Q-TLS §1, §3, §6,
 * §11): too long, out of order, unknown, cut short, with bytes left over, too many.
 */
#include <stdlib.h>

#include "support/alert_case.h"

/* ---- one message on its way ---- */

static void set_length(peer_message *msg, size_t n) {
  msg->p[1] = (uint8_t)(n >> 16);
  msg->p[2] = (uint8_t)(n >> 8);
  msg->p[3] = (uint8_t)n;
}

/* Shorter or longer by `by` bytes, with a header that says so. */
static void resize(peer *p, peer_message *msg, const alert_case *row) {
  (void)p;
  size_t n = (size_t)((int)msg->n + row->by);
  if (n > msg->n) {
    memset(msg->p + msg->n, 0, n - msg->n);
  }
  msg->n = n;
  set_length(msg, n - Q_MSG_HEADER);
}

static void empty(peer *p, peer_message *msg, const alert_case *row) {
  (void)p;
  (void)row;
  msg->n = Q_MSG_HEADER;
  set_length(msg, 0);
}

/* Nothing but a header that announces one byte too many: refused at once. */
static void announce(peer *p, peer_message *msg, const alert_case *row) {
  (void)p;
  msg->n = Q_MSG_HEADER;
  set_length(msg, row->arg);
}

static void drop(peer *p, peer_message *msg, const alert_case *row) {
  (void)p;
  (void)row;
  msg->n = 0;
}

static void twice(peer *p, peer_message *msg, const alert_case *row) {
  (void)p;
  (void)row;
  memcpy(msg->p + msg->n, msg->p, msg->n);
  msg->n *= 2;
}

static void retype(peer *p, peer_message *msg, const alert_case *row) {
  (void)p;
  msg->p[0] = (uint8_t)row->arg;
}

#define SHORT(msg, client, ...) \
  {#msg " cut short", QTLS_ERR_DECODE, client, __VA_ARGS__ .message = Q_MSG_##msg, .from_client = !(client), .raw = resize, .by = -1}
#define LONG(msg, client, ...) \
  {#msg " with a byte more", QTLS_ERR_TRAILING, client, __VA_ARGS__ .message = Q_MSG_##msg, .from_client = !(client), .raw = resize, .by = 1}
#define EMPTY(msg, client) \
  {#msg " empty", QTLS_ERR_DECODE, client, .message = Q_MSG_##msg, .from_client = !(client), .raw = empty}
#define TOO_LONG(msg, client) \
  {#msg " too long", QTLS_ERR_MSG_TOO_LONG, client, .message = Q_MSG_##msg, .from_client = !(client), .raw = announce, .arg = 131073}
#define MISSING(msg, client) \
  {#msg " missing", QTLS_ERR_MSG_UNEXPECTED, client, .message = Q_MSG_##msg, .from_client = !(client), .raw = drop}
#define TWICE(msg, client) \
  {#msg " twice", QTLS_ERR_MSG_UNEXPECTED, client, .message = Q_MSG_##msg, .from_client = !(client), .raw = twice}
#define RETYPED(msg, client, type, error) \
  {#msg " as " #type, error, client, .message = Q_MSG_##msg, .from_client = !(client), .raw = retype, .arg = type}

static const alert_case form_rows[] = {
    SHORT(CLIENT_HELLO, false, ),
    SHORT(SERVER_HELLO, true, ),
    SHORT(SERVER_HELLO, true, .kind = CASE_QTLS_RETRY, ),
    SHORT(ENCRYPTED_EXTENSIONS, true, ),
    SHORT(CERTIFICATE, true, ),
    SHORT(CERTIFICATE_VERIFY, true, ),
    SHORT(CERTIFICATE_VERIFY, true, .kind = CASE_TLS13, ),
    SHORT(FINISHED, true, ),
    SHORT(FINISHED, false, ),
    LONG(CLIENT_HELLO, false, ),
    LONG(SERVER_HELLO, true, ),
    LONG(SERVER_HELLO, true, .kind = CASE_TLS13_RETRY, ),
    LONG(ENCRYPTED_EXTENSIONS, true, ),
    LONG(CERTIFICATE, true, ),
    LONG(CERTIFICATE_VERIFY, true, ),
    LONG(FINISHED, true, ),
    LONG(FINISHED, false, ),
    EMPTY(CLIENT_HELLO, false),
    EMPTY(SERVER_HELLO, true),
    EMPTY(ENCRYPTED_EXTENSIONS, true),
    EMPTY(CERTIFICATE, true),
    EMPTY(CERTIFICATE_VERIFY, true),
    EMPTY(FINISHED, true),
    EMPTY(FINISHED, false),
    TOO_LONG(CLIENT_HELLO, false),
    TOO_LONG(SERVER_HELLO, true),
    TOO_LONG(ENCRYPTED_EXTENSIONS, true),
    TOO_LONG(CERTIFICATE, true),
    TOO_LONG(CERTIFICATE_VERIFY, true),
    TOO_LONG(FINISHED, true),
    TOO_LONG(FINISHED, false),
};

static const alert_case order_rows[] = {
    MISSING(ENCRYPTED_EXTENSIONS, true),
    MISSING(CERTIFICATE, true),
    MISSING(CERTIFICATE_VERIFY, true),
    TWICE(ENCRYPTED_EXTENSIONS, true),
    TWICE(CERTIFICATE, true),
    TWICE(CERTIFICATE_VERIFY, true),
    RETYPED(CLIENT_HELLO, false, Q_MSG_SERVER_HELLO, QTLS_ERR_MSG_UNEXPECTED),
    RETYPED(CLIENT_HELLO, false, Q_MSG_FINISHED, QTLS_ERR_MSG_UNEXPECTED),
    RETYPED(SERVER_HELLO, true, Q_MSG_CLIENT_HELLO, QTLS_ERR_MSG_UNEXPECTED),
    RETYPED(SERVER_HELLO, true, Q_MSG_ENCRYPTED_EXTENSIONS, QTLS_ERR_MSG_UNEXPECTED),
    RETYPED(ENCRYPTED_EXTENSIONS, true, Q_MSG_MESSAGE_HASH, QTLS_ERR_MSG_UNEXPECTED),
    RETYPED(CERTIFICATE, true, Q_MSG_NEW_SESSION_TICKET, QTLS_ERR_MSG_UNEXPECTED),
    RETYPED(CERTIFICATE_VERIFY, true, Q_MSG_END_OF_EARLY_DATA, QTLS_ERR_MSG_UNEXPECTED),
    RETYPED(FINISHED, false, Q_MSG_KEY_UPDATE, QTLS_ERR_MSG_UNEXPECTED),
    RETYPED(FINISHED, false, Q_MSG_CERTIFICATE, QTLS_ERR_MSG_UNEXPECTED),
    RETYPED(FINISHED, false, Q_MSG_END_OF_EARLY_DATA, QTLS_ERR_MSG_UNEXPECTED),
    RETYPED(CLIENT_HELLO, false, 0, QTLS_ERR_MSG_UNKNOWN),
    RETYPED(CLIENT_HELLO, false, 255, QTLS_ERR_MSG_UNKNOWN),
    RETYPED(SERVER_HELLO, true, 3, QTLS_ERR_MSG_UNKNOWN),
    RETYPED(CERTIFICATE, true, 22, QTLS_ERR_MSG_UNKNOWN),
    RETYPED(FINISHED, false, 99, QTLS_ERR_MSG_UNKNOWN),
    /* Without its configuration a client takes no compressed certificate. */
    RETYPED(CERTIFICATE, true, Q_MSG_COMPRESSED_CERTIFICATE, QTLS_ERR_MSG_UNEXPECTED),
};

/* ---- once connected ---- */

static const uint8_t zeros[64];

/* A message of type `arg` with `by` zero bytes. */
static void send_type(peer *p, const alert_case *row) {
  peer_send_message(p, !row->at_client, (uint8_t)row->arg, zeros, (size_t)row->by);
}

static void send_update(peer *p, const alert_case *row) {
  uint8_t body[2] = {(uint8_t)row->arg, 0};
  peer_send_message(p, !row->at_client, Q_MSG_KEY_UPDATE, body, (size_t)row->by);
}

static void send_updates(peer *p, const alert_case *row) {
  for (int i = 0; i < 33; i++) {
    assert_ok(qtls_conn_key_update(peer_conn(p, !row->at_client), row->arg != 0));
    peer_run(p);
    assert_int_equal(row->at_client ? p->f.client.err : p->f.server.err, i < 32 ? QTLS_OK : row->err);
  }
}

/* lifetime, age_add, an empty nonce, a ticket of n bytes, no extensions. */
static size_t ticket(uint8_t *out, size_t n, uint16_t extension) {
  q_writer w;
  q_writer_init(&w, out, 32 + n);
  q_write_u32(&w, 3600);
  q_write_u32(&w, 7);
  q_write_u8(&w, 0);
  q_write_u16(&w, (uint16_t)n);
  memset(q_write_space(&w, n), 7, n);
  q_mark list = q_write_open(&w, 2);
  if (extension != 0) {
    q_write_u16(&w, extension);
    q_write_u16(&w, 0);
  }
  q_write_close(&w, list);
  assert_ok(w.err);
  return w.n;
}

/* `arg` tickets of `by` bytes each; all but the last are taken. */
static void send_tickets(peer *p, const alert_case *row) {
  uint8_t *body = peer_memory((size_t)row->by + 32);
  size_t n = ticket(body, (size_t)row->by, 0);
  for (uint32_t i = 0; i < row->arg; i++) {
    assert_int_equal(p->f.client.err, QTLS_OK);
    peer_send_message(p, false, Q_MSG_NEW_SESSION_TICKET, body, n);
  }
  free(body);
}

/* One ticket, `by` bytes longer or shorter than it should be; `arg` is an extension. */
static void send_ticket(peer *p, const alert_case *row) {
  uint8_t body[80] = {0};
  size_t n = ticket(body, 32, (uint16_t)row->arg);
  peer_send_message(p, !row->at_client, Q_MSG_NEW_SESSION_TICKET, body, (size_t)((int)n + row->by));
}

static void send_header(peer *p, const alert_case *row) {
  uint8_t header[4] = {(uint8_t)row->arg, 2, 0, 1};
  peer_send(p, !row->at_client, Q_RECORD_HANDSHAKE, header, sizeof header);
  /* Refused on the header: nothing was put aside for the rest. */
  assert_int_equal(q_queue_length(&peer_conn(p, row->at_client)->partial), 0);
}

static const alert_case connected_rows[] = {
    {"renegotiation by the client", QTLS_ERR_MSG_UNEXPECTED, .act = send_type, .arg = Q_MSG_CLIENT_HELLO, .by = 40},
    {"HelloRequest", QTLS_ERR_MSG_UNKNOWN, true, .act = send_type, .arg = 0},
    {"ServerHello again", QTLS_ERR_MSG_UNEXPECTED, true, .act = send_type, .arg = Q_MSG_SERVER_HELLO, .by = 40},
    {"Finished again", QTLS_ERR_MSG_UNEXPECTED, true, .act = send_type, .arg = Q_MSG_FINISHED, .by = 48},
    {"Finished of the client again", QTLS_ERR_MSG_UNEXPECTED, .act = send_type, .arg = Q_MSG_FINISHED, .by = 48},
    {"authentication after the handshake, not offered", QTLS_ERR_AUTH_NOT_OFFERED, true, .act = send_type,
     .arg = Q_MSG_CERTIFICATE_REQUEST, .by = 3},
    {"a certificate nobody asked for", QTLS_ERR_MSG_UNEXPECTED, .act = send_type, .arg = Q_MSG_CERTIFICATE, .by = 4},
    {"a ticket from the client", QTLS_ERR_MSG_UNEXPECTED, .act = send_ticket},
    {"type 67", QTLS_ERR_MSG_UNKNOWN, .act = send_type, .arg = 67, .by = 1},
    {"type 67 to the client, TLS 1.3", QTLS_ERR_MSG_UNKNOWN, true, CASE_TLS13, .act = send_type, .arg = 67},
    {"KeyUpdate of 2", QTLS_ERR_KEY_UPDATE_VALUE, .act = send_update, .arg = 2, .by = 1},
    {"KeyUpdate of 255 to the client", QTLS_ERR_KEY_UPDATE_VALUE, true, .act = send_update, .arg = 255, .by = 1},
    {"KeyUpdate empty", QTLS_ERR_DECODE, .act = send_update, .by = 0},
    {"KeyUpdate of two bytes", QTLS_ERR_TRAILING, true, .act = send_update, .by = 2},
    {"33 KeyUpdates", QTLS_ERR_KEY_UPDATE_FLOOD, .act = send_updates},
    {"33 KeyUpdates that ask", QTLS_ERR_KEY_UPDATE_FLOOD, true, .act = send_updates, .arg = 1},
    {"33 KeyUpdates, TLS 1.3", QTLS_ERR_KEY_UPDATE_FLOOD, false, CASE_TLS13, .act = send_updates},
    {"17 tickets", QTLS_ERR_TICKET_FLOOD, true, .act = send_tickets, .arg = 17, .by = 32},
    {"17 tickets, TLS 1.3", QTLS_ERR_TICKET_FLOOD, true, CASE_TLS13, .act = send_tickets, .arg = 17, .by = 1},
    {"more than 64 KiB of tickets", QTLS_ERR_POST_HANDSHAKE_FLOOD, true, .act = send_tickets, .arg = 6, .by = 13000},
    {"a ticket cut short", QTLS_ERR_DECODE, true, .act = send_ticket, .by = -1},
    {"a ticket with a byte more", QTLS_ERR_TRAILING, true, .act = send_ticket, .by = 1},
    {"a ticket with key_share", QTLS_ERR_EXT_MISPLACED, true, .act = send_ticket, .arg = Q_EXT_KEY_SHARE},
    {"a ticket too long", QTLS_ERR_MSG_TOO_LONG, true, .act = send_header, .arg = Q_MSG_NEW_SESSION_TICKET},
    {"a KeyUpdate too long", QTLS_ERR_MSG_TOO_LONG, .act = send_header, .arg = Q_MSG_KEY_UPDATE},
};

static void test_form(void **state) {
  (void)state;
  case_run(form_rows, Q_COUNT(form_rows));
}

static void test_order(void **state) {
  (void)state;
  case_run(order_rows, Q_COUNT(order_rows));
}

static void test_connected(void **state) {
  (void)state;
  case_run(connected_rows, Q_COUNT(connected_rows));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_form),
      cmocka_unit_test(test_order),
      cmocka_unit_test(test_connected),
  };
  return cmocka_run_group_tests(tests, NULL, case_teardown);
}
