/*
 * Alerts for records (RFC 8446 §5, Q-TLS §1, §11; D1 §3 and §7 as Q-TLS §6
 * settles them): each failure provoked over the wire.
 */
#include <stdlib.h>

#include "support/alert_case.h"

/* ---- as they lie on the wire ---- */

static const uint8_t http[] = "GET / HTTP/1.1\r\n\r\n";
static const uint8_t version_2[] = {22, 2, 0, 0, 1, 0};
static const uint8_t heartbeat[] = {24, 3, 3, 0, 3, 1, 0, 0};
static const uint8_t type_19[] = {19, 3, 3, 0, 1, 0};
static const uint8_t long_plain[] = {22, 3, 3, 0x40, 0x01};
static const uint8_t long_protected[] = {23, 3, 3, 0x41, 0x01};
static const uint8_t empty_handshake[] = {22, 3, 3, 0, 0};
static const uint8_t empty_alert[] = {21, 3, 3, 0, 0};
static const uint8_t plain_handshake[] = {22, 3, 3, 0, 5, 24, 0, 0, 1, 0};
static const uint8_t plain_alert[] = {21, 3, 3, 0, 2, 2, 40};
static const uint8_t plain_data[] = {23, 3, 3, 0, 1, 'x'};
static const uint8_t short_alert[] = {21, 3, 3, 0, 1, 2};
static const uint8_t long_alert[] = {21, 3, 3, 0, 3, 2, 40, 0};
static const uint8_t ccs[] = {20, 3, 3, 0, 1, 1};
static const uint8_t ccs_value[] = {20, 3, 3, 0, 1, 2};
static const uint8_t ccs_long[] = {20, 3, 3, 0, 2, 1, 1};
static const uint8_t no_tag[] = {23, 3, 3, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

static const struct {
  const uint8_t *p;
  size_t n;
} wires[] = {
    {http, sizeof http - 1},
    {version_2, sizeof version_2},
    {heartbeat, sizeof heartbeat},
    {type_19, sizeof type_19},
    {long_plain, sizeof long_plain},
    {long_protected, sizeof long_protected},
    {empty_handshake, sizeof empty_handshake},
    {empty_alert, sizeof empty_alert},
    {plain_handshake, sizeof plain_handshake},
    {plain_alert, sizeof plain_alert},
    {plain_data, sizeof plain_data},
    {short_alert, sizeof short_alert},
    {long_alert, sizeof long_alert},
    {ccs, sizeof ccs},
    {ccs_value, sizeof ccs_value},
    {ccs_long, sizeof ccs_long},
    {no_tag, sizeof no_tag},
};
enum {
  HTTP, VERSION_2, HEARTBEAT, TYPE_19, LONG_PLAIN, LONG_PROTECTED, EMPTY_HANDSHAKE, EMPTY_ALERT, PLAIN_HANDSHAKE,
  PLAIN_ALERT, PLAIN_DATA, SHORT_ALERT, LONG_ALERT, CCS, CCS_VALUE, CCS_LONG, NO_TAG
};

/* wires[arg] to the side that is to find it. */
static void send_wire(peer *p, const alert_case *row) {
  peer_send_raw(p, !row->at_client, wires[row->arg].p, wires[row->arg].n);
}

/* The same, once the server has the ClientHello and handshake keys. */
static void send_wire_midway(peer *p, const alert_case *row) {
  flow_deliver(&p->f, true);
  peer_send_raw(p, true, wires[row->arg].p, wires[row->arg].n);
}

/* Neither side sends ChangeCipherSpec by itself. */
static void no_middlebox(peer_options *o, const alert_case *row) {
  (void)row;
  o->client.no_middlebox = true;
}

static const alert_case plain_rows[] = {
    {"not TLS at all", QTLS_ERR_RECORD_VERSION, .before = send_wire, .arg = HTTP},
    {"version 2.0", QTLS_ERR_RECORD_VERSION, .before = send_wire, .arg = VERSION_2},
    {"version 2.0 once connected", QTLS_ERR_RECORD_VERSION, .act = send_wire, .arg = VERSION_2},
    {"heartbeat", QTLS_ERR_RECORD_TYPE, .before = send_wire, .arg = HEARTBEAT},
    {"heartbeat once connected", QTLS_ERR_RECORD_TYPE, true, .act = send_wire, .arg = HEARTBEAT},
    {"type 19", QTLS_ERR_RECORD_TYPE, .before = send_wire, .arg = TYPE_19},
    {"a plaintext record of 2^14 + 1", QTLS_ERR_RECORD_OVERFLOW, .before = send_wire, .arg = LONG_PLAIN},
    {"a protected record of 2^14 + 257", QTLS_ERR_RECORD_OVERFLOW, true, .act = send_wire, .arg = LONG_PROTECTED},
    {"an empty handshake record", QTLS_ERR_RECORD_EMPTY, .before = send_wire, .arg = EMPTY_HANDSHAKE},
    {"an empty alert record", QTLS_ERR_RECORD_EMPTY, .before = send_wire, .arg = EMPTY_ALERT},
    {"an alert of one byte", QTLS_ERR_ALERT_DECODE, .before = send_wire, .arg = SHORT_ALERT},
    {"an alert of three bytes", QTLS_ERR_ALERT_DECODE, .before = send_wire, .arg = LONG_ALERT},
    {"application data first of all", QTLS_ERR_APPDATA_UNEXPECTED, .before = send_wire, .arg = PLAIN_DATA},
    {"a ChangeCipherSpec first of all", QTLS_ERR_CCS_UNEXPECTED, .before = send_wire, .arg = CCS},
    {"a ChangeCipherSpec of 2", QTLS_ERR_CCS_BODY, .before = send_wire_midway, .arg = CCS_VALUE},
    {"a ChangeCipherSpec of two bytes", QTLS_ERR_CCS_BODY, .before = send_wire_midway, .arg = CCS_LONG},
    {"a ChangeCipherSpec once connected", QTLS_ERR_CCS_UNEXPECTED, .act = send_wire, .arg = CCS},
    {"the same at the client", QTLS_ERR_CCS_UNEXPECTED, true, .act = send_wire, .arg = CCS},
    {"the first ChangeCipherSpec once connected", QTLS_ERR_CCS_UNEXPECTED, .options = no_middlebox, .act = send_wire,
     .arg = CCS},
    {"the same at the client", QTLS_ERR_CCS_UNEXPECTED, true, .options = no_middlebox, .act = send_wire, .arg = CCS},
    {"a plaintext handshake record under keys", QTLS_ERR_RECORD_UNPROTECTED, .act = send_wire, .arg = PLAIN_HANDSHAKE},
    {"the same at the client", QTLS_ERR_RECORD_UNPROTECTED, true, .act = send_wire, .arg = PLAIN_HANDSHAKE},
    {"the same in the middle of the handshake", QTLS_ERR_RECORD_UNPROTECTED, .before = send_wire_midway,
     .arg = PLAIN_HANDSHAKE},
    {"a plaintext alert under keys", QTLS_ERR_RECORD_UNPROTECTED, .act = send_wire, .arg = PLAIN_ALERT},
    {"the same at the client", QTLS_ERR_RECORD_UNPROTECTED, true, .act = send_wire, .arg = PLAIN_ALERT},
    {"a protected record without room for its type", QTLS_ERR_RECORD_BAD_MAC, .act = send_wire, .arg = NO_TAG},
};

/* ---- under the sender's keys ---- */

static void send_inner_zeros(peer *p, const alert_case *row) {
  uint8_t *zeros = peer_memory(row->arg);
  peer_send_inner(p, !row->at_client, zeros, row->arg);
  free(zeros);
}

/* `arg` bytes of content, then the type of application data. */
static void send_inner_data(peer *p, const alert_case *row) {
  uint8_t *inner = peer_memory((size_t)row->arg + 1);
  inner[row->arg] = Q_RECORD_DATA;
  peer_send_inner(p, !row->at_client, inner, (size_t)row->arg + 1);
  free(inner);
}

static void send_inner_type(peer *p, const alert_case *row) {
  uint8_t inner[] = {1, 0, (uint8_t)row->arg};
  peer_send_inner(p, !row->at_client, inner, sizeof inner);
}

static void send_inner_empty(peer *p, const alert_case *row) {
  uint8_t inner = (uint8_t)row->arg;
  peer_send_inner(p, !row->at_client, &inner, 1);
}

static void limit_records(peer_options *o, const alert_case *row) {
  (void)row;
  o->client.record_size_limit = 100;
  o->server.record_size_limit = 200;
}

static void send_many_empty(peer *p, const alert_case *row) {
  for (int i = 0; i < 33; i++) {
    uint8_t inner = Q_RECORD_DATA;
    peer_send_inner(p, !row->at_client, &inner, 1);
    assert_int_equal(row->at_client ? p->f.client.err : p->f.server.err, i < 32 ? QTLS_OK : row->err);
  }
}

typedef enum damage { TAG, FIRST, HEADER, REPLAY, REORDER, CUT, OTHER_KEYS } damage;

static void send_damaged(peer *p, const alert_case *row) {
  static const uint8_t inner[] = {'h', 'e', 'l', 'l', 'o', Q_RECORD_DATA};
  uint8_t *first = NULL;
  uint8_t *second = NULL;
  bool from_client = !row->at_client;
  size_t n = peer_seal(p, row->arg == OTHER_KEYS ? !from_client : from_client, inner, sizeof inner, &first);
  if (row->arg == OTHER_KEYS) {
    peer_machine(p, !from_client)->write.sequence--; /* its alert comes next */
  }
  size_t m = peer_seal(p, from_client, inner, sizeof inner, &second);
  switch ((damage)row->arg) {
    case TAG:
      first[n - 1] ^= 0x80;
      break;
    case FIRST:
      first[5] ^= 1;
      break;
    case HEADER: /* additional data: the ignored minor version */
      first[2] ^= 1;
      break;
    case REPLAY:
      peer_send_raw(p, from_client, first, n);
      assert_int_equal(row->at_client ? p->f.client.err : p->f.server.err, QTLS_OK);
      break;
    case REORDER:
      peer_send_raw(p, from_client, second, m);
      break;
    case CUT:
      n--;
      first[4]--;
      break;
    case OTHER_KEYS: /* what this side sent itself comes back */
      break;
  }
  peer_send_raw(p, from_client, first, n);
  free(first);
  free(second);
}

static void send_interleaved(peer *p, const alert_case *row) {
  static const uint8_t half[] = {Q_MSG_KEY_UPDATE, 0, 0};
  peer_send(p, !row->at_client, Q_RECORD_HANDSHAKE, half, sizeof half);
  peer_send(p, !row->at_client, Q_RECORD_DATA, "x", 1);
}

static void send_update_and_more(peer *p, const alert_case *row) {
  static const uint8_t two[] = {Q_MSG_KEY_UPDATE, 0, 0, 1, 0, Q_MSG_KEY_UPDATE, 0, 0, 1, 0};
  peer_send(p, !row->at_client, Q_RECORD_HANDSHAKE, two, (size_t)row->arg);
}

static const alert_case protected_rows[] = {
    {"inner type 24", QTLS_ERR_RECORD_TYPE, .act = send_inner_type, .arg = 24},
    {"inner type 20", QTLS_ERR_RECORD_TYPE, true, .act = send_inner_type, .arg = Q_RECORD_CCS},
    {"an empty protected handshake record", QTLS_ERR_RECORD_EMPTY, .act = send_inner_empty, .arg = Q_RECORD_HANDSHAKE},
    {"an empty protected alert record", QTLS_ERR_RECORD_EMPTY, true, .act = send_inner_empty, .arg = Q_RECORD_ALERT},
    {"nothing but padding", QTLS_ERR_RECORD_INNER_EMPTY, .act = send_inner_zeros, .arg = 17},
    {"nothing but padding, TLS 1.3", QTLS_ERR_RECORD_INNER_EMPTY, true, CASE_TLS13, .act = send_inner_zeros, .arg = 1},
    {"inner plaintext of nothing", QTLS_ERR_RECORD_INNER_EMPTY, true, .act = send_inner_zeros, .arg = 0},
    {"content of 2^14 + 1", QTLS_ERR_RECORD_OVERFLOW, .act = send_inner_data, .arg = 16385},
    {"inner plaintext of 2^14 + 240", QTLS_ERR_RECORD_OVERFLOW, true, .act = send_inner_data, .arg = 16384 + 239},
    {"beyond record_size_limit of the server", QTLS_ERR_RECORD_OVERFLOW, .options = limit_records,
     .act = send_inner_data, .arg = 201},
    {"beyond record_size_limit of the client", QTLS_ERR_RECORD_OVERFLOW, true, .options = limit_records,
     .act = send_inner_data, .arg = 101},
    {"33 empty records", QTLS_ERR_RECORD_MANY_EMPTY, .act = send_many_empty},
    {"33 empty records at the client", QTLS_ERR_RECORD_MANY_EMPTY, true, .act = send_many_empty},
    {"a wrong tag", QTLS_ERR_RECORD_BAD_MAC, .act = send_damaged, .arg = TAG},
    {"a wrong tag at the client", QTLS_ERR_RECORD_BAD_MAC, true, .act = send_damaged, .arg = TAG},
    {"a wrong ciphertext", QTLS_ERR_RECORD_BAD_MAC, .act = send_damaged, .arg = FIRST},
    {"a wrong header", QTLS_ERR_RECORD_BAD_MAC, .act = send_damaged, .arg = HEADER},
    {"a record twice", QTLS_ERR_RECORD_BAD_MAC, .act = send_damaged, .arg = REPLAY},
    {"a record twice at the client", QTLS_ERR_RECORD_BAD_MAC, true, .act = send_damaged, .arg = REPLAY},
    {"records in another order", QTLS_ERR_RECORD_BAD_MAC, .act = send_damaged, .arg = REORDER},
    {"a record cut short", QTLS_ERR_RECORD_BAD_MAC, .act = send_damaged, .arg = CUT},
    {"a record sent back to its author", QTLS_ERR_RECORD_BAD_MAC, true, CASE_TLS13, .act = send_damaged,
     .arg = OTHER_KEYS},
    {"data in the middle of a message", QTLS_ERR_RECORD_INTERLEAVED, .act = send_interleaved},
    {"the same at the client", QTLS_ERR_RECORD_INTERLEAVED, true, .act = send_interleaved},
    {"a message behind KeyUpdate", QTLS_ERR_RECORD_KEY_BOUNDARY, .act = send_update_and_more, .arg = 10},
    {"a part of one behind KeyUpdate", QTLS_ERR_RECORD_KEY_BOUNDARY, true, .act = send_update_and_more, .arg = 7},
};

/* ---- in the handshake ---- */

static void append(peer *p, peer_message *msg, const alert_case *row) {
  static const uint8_t more[] = {Q_MSG_ENCRYPTED_EXTENSIONS, 0, 0, 2, 0, 0};
  (void)p;
  (void)row;
  memcpy(msg->p + msg->n, more, sizeof more);
  msg->n += sizeof more;
}

/* Another record before a message whose first half has arrived. */
static void interleave(peer *p, peer_message *msg, const alert_case *row) {
  uint8_t record[Q_RECORD_HEADER + 64] = {Q_RECORD_HANDSHAKE, 3, 3, 0, 64};
  memcpy(record + Q_RECORD_HEADER, msg->p, 64);
  flow_feed(&p->f, !row->from_client, record, sizeof record);
  flow_feed(&p->f, !row->from_client, wires[row->arg].p, wires[row->arg].n);
  msg->n = 0;
}

static void double_ccs(peer *p, peer_message *msg, const alert_case *row) {
  (void)msg;
  flow_feed(&p->f, !row->from_client, wires[CCS].p, wires[CCS].n);
}

static void triple_ccs(peer *p, peer_message *msg, const alert_case *row) {
  double_ccs(p, msg, row);
  double_ccs(p, msg, row);
}

static void data_first(peer *p, peer_message *msg, const alert_case *row) {
  peer_direction *d = row->from_client ? &p->to_server : &p->to_client;
  uint8_t record[64];
  size_t n = 0;
  (void)msg;
  assert_ok(q_record_seal(&d->seal, record, &n, sizeof record, Q_RECORD_DATA, q_span_of("early", 5), 0));
  flow_feed(&p->f, !row->from_client, record, n);
}

static void flip_next(peer *p, peer_message *msg, const alert_case *row) {
  peer_direction *d = row->from_client ? &p->to_server : &p->to_client;
  (void)msg;
  d->seal.iv[0] ^= 1;
}

static void alert_inside(peer *p, peer_message *msg, const alert_case *row) {
  peer_direction *d = row->from_client ? &p->to_server : &p->to_client;
  uint8_t record[64];
  size_t n = 0;
  (void)msg;
  assert_ok(q_record_seal(&d->seal, record, &n, sizeof record, Q_RECORD_ALERT, q_span_of("\x02\x28\x00", row->arg), 0));
  flow_feed(&p->f, !row->from_client, record, n);
}

static const alert_case handshake_rows[] = {
    {"a message behind ClientHello", QTLS_ERR_RECORD_KEY_BOUNDARY, false, .from_client = true,
     .message = Q_MSG_CLIENT_HELLO, .raw = append},
    {"a message behind ServerHello", QTLS_ERR_RECORD_KEY_BOUNDARY, true, .message = Q_MSG_SERVER_HELLO, .raw = append},
    {"a message behind ServerHello after a retry", QTLS_ERR_RECORD_KEY_BOUNDARY, true, CASE_QTLS_RETRY,
     .message = Q_MSG_SERVER_HELLO, .nth = 1, .raw = append},
    {"a message behind the server's Finished", QTLS_ERR_RECORD_KEY_BOUNDARY, true, .message = Q_MSG_FINISHED,
     .raw = append},
    {"a message behind the client's Finished", QTLS_ERR_RECORD_KEY_BOUNDARY, .from_client = true,
     .message = Q_MSG_FINISHED, .raw = append},
    {"a ChangeCipherSpec inside ServerHello", QTLS_ERR_RECORD_INTERLEAVED, true, .message = Q_MSG_SERVER_HELLO,
     .raw = interleave, .arg = CCS},
    {"data inside ClientHello", QTLS_ERR_APPDATA_UNEXPECTED, .from_client = true, .message = Q_MSG_CLIENT_HELLO,
     .raw = interleave, .arg = PLAIN_DATA},
    {"a second ChangeCipherSpec of the server", QTLS_ERR_CCS_UNEXPECTED, true, .message = Q_MSG_ENCRYPTED_EXTENSIONS,
     .raw = double_ccs},
    {"a second ChangeCipherSpec of the client", QTLS_ERR_CCS_UNEXPECTED, .from_client = true,
     .message = Q_MSG_FINISHED, .raw = double_ccs},
    {"a third ChangeCipherSpec of the server after a retry", QTLS_ERR_CCS_UNEXPECTED, true, CASE_QTLS_RETRY,
     .message = Q_MSG_ENCRYPTED_EXTENSIONS, .raw = triple_ccs},
    {"a third ChangeCipherSpec of the client after a retry", QTLS_ERR_CCS_UNEXPECTED, .from_client = true,
     .kind = CASE_TLS13_RETRY, .message = Q_MSG_FINISHED, .raw = triple_ccs},
    {"data before the server's Finished", QTLS_ERR_APPDATA_UNEXPECTED, true, .message = Q_MSG_CERTIFICATE,
     .raw = data_first},
    {"data before the client's Finished", QTLS_ERR_APPDATA_UNEXPECTED, .from_client = true, .message = Q_MSG_FINISHED,
     .raw = data_first},
    {"EncryptedExtensions under wrong keys", QTLS_ERR_RECORD_BAD_MAC, true, .message = Q_MSG_ENCRYPTED_EXTENSIONS,
     .raw = flip_next},
    {"the client's Finished under wrong keys", QTLS_ERR_RECORD_BAD_MAC, .from_client = true,
     .message = Q_MSG_FINISHED, .raw = flip_next},
    {"a malformed alert under handshake keys", QTLS_ERR_ALERT_DECODE, true, .message = Q_MSG_CERTIFICATE,
     .raw = alert_inside, .arg = 1},
    {"a long alert under handshake keys", QTLS_ERR_ALERT_DECODE, .from_client = true, .message = Q_MSG_FINISHED,
     .raw = alert_inside, .arg = 3},
};

static void test_on_the_wire(void **state) {
  (void)state;
  case_run(plain_rows, Q_COUNT(plain_rows));
}

static void test_protected(void **state) {
  (void)state;
  case_run(protected_rows, Q_COUNT(protected_rows));
}

static void test_in_the_handshake(void **state) {
  (void)state;
  case_run(handshake_rows, Q_COUNT(handshake_rows));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_on_the_wire),
      cmocka_unit_test(test_protected),
      cmocka_unit_test(test_in_the_handshake),
  };
  return cmocka_run_group_tests(tests, NULL, case_teardown);
}
