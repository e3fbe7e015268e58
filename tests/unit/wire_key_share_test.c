/* key_share in its three forms (RFC 8446 §4.2.8, Q-TLS §3). */
#include "unit/wire.h"
#include "wire/ext/ext_codec.h"

#define BODY_MAX 2048

static qtls_err read_client(q_span body) {
  q_span entries;
  return q_wire_key_shares_read(&entries, body);
}
static qtls_err read_one(q_span body) {
  q_key_share share;
  return q_wire_key_share_server_read(&share, 1, body);
}
static qtls_err read_two(q_span body) {
  q_key_share shares[2];
  return q_wire_key_share_server_read(shares, 2, body);
}

/* The body of a ServerHello: as many shares as there are groups. */
static size_t server_body(uint8_t out[BODY_MAX], const uint16_t *groups, size_t count) {
  static const uint8_t data[Q_SHARE_MAX] = {0xAB};
  q_writer w;
  size_t n = 0;
  q_writer_init(&w, out, BODY_MAX);
  for (size_t i = 0; i < count; i++) {
    q_key_share share = {groups[i], {data, q_group_server_share(q_group_find(groups[i]))}};
    q_wire_key_share_write(&w, &share);
  }
  assert_ok(q_writer_end(&w, &n));
  return n;
}

static void two_shares_stand_back_to_back(void **state) {
  (void)state;
  const struct {
    uint16_t groups[2];
    size_t n;
  } rows[] = {
      {{Q_GROUP_KYBER1024, Q_GROUP_SECP384R1}, 1673},
      {{Q_GROUP_KYBER1024, Q_GROUP_X25519}, 1608},
  };
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    uint8_t bytes[BODY_MAX];
    q_key_share shares[2];
    size_t n = server_body(bytes, rows[i].groups, 2);
    assert_int_equal(n, rows[i].n);
    unit_equal(bytes, 4, "01000620");
    assert_ok(q_wire_key_share_server_read(shares, 2, q_span_of(bytes, n)));
    for (size_t k = 0; k < 2; k++) {
      assert_int_equal(shares[k].group, rows[i].groups[k]);
      assert_int_equal(shares[k].data.n, q_group_server_share(q_group_find(rows[i].groups[k])));
    }
    wire_all_lengths(read_two, q_span_of(bytes, n), QTLS_ERR_DECODE, QTLS_ERR_TRAILING);
    assert_err(read_one(q_span_of(bytes, n)), QTLS_ERR_TRAILING); /* one is due, two came */
  }
}

static void one_share_stands_alone(void **state) {
  (void)state;
  uint8_t bytes[BODY_MAX];
  const uint16_t group = Q_GROUP_X25519MLKEM768;
  size_t n = server_body(bytes, &group, 1);
  assert_int_equal(n, 4 + 1120);
  wire_all_lengths(read_one, q_span_of(bytes, n), QTLS_ERR_DECODE, QTLS_ERR_TRAILING);
  assert_err(read_two(q_span_of(bytes, n)), QTLS_ERR_DECODE); /* two are due, one came */
  assert_err(wire_read_hex(read_one, "001d 0000"), QTLS_ERR_DECODE);
}

static void the_client_lists_its_shares(void **state) {
  (void)state;
  uint8_t bytes[64];
  q_span entries;
  q_key_share share;
  q_span body = wire_hex(bytes, sizeof bytes, "000d 0a0a 0001 00 001d 0004 01020304");
  assert_ok(q_wire_key_shares_read(&entries, body));
  assert_true(q_wire_key_share_next(&entries, &share));
  assert_int_equal(share.group, 0x0A0A);
  assert_int_equal(share.data.n, 1);
  assert_true(q_wire_key_share_next(&entries, &share));
  assert_int_equal(share.group, Q_GROUP_X25519);
  unit_equal(share.data.p, share.data.n, "01020304");
  assert_false(q_wire_key_share_next(&entries, &share));
  wire_all_lengths(read_client, body, QTLS_ERR_DECODE, QTLS_ERR_TRAILING);
}

static void a_list_may_be_empty_and_an_entry_not(void **state) {
  (void)state;
  uint8_t bytes[8];
  q_span entries;
  q_key_share share;
  assert_ok(q_wire_key_shares_read(&entries, wire_hex(bytes, sizeof bytes, "0000")));
  assert_false(q_wire_key_share_next(&entries, &share));
  assert_err(wire_read_hex(read_client, "0004 001d 0000"), QTLS_ERR_DECODE);
  assert_err(wire_read_hex(read_client, "0005 001d 0002 ff"), QTLS_ERR_DECODE); /* past the list */
  assert_err(wire_read_hex(read_client, "0006 001d 0001 ff 00"), QTLS_ERR_DECODE);
}

static void a_retry_names_exactly_what_is_due(void **state) {
  (void)state;
  const uint8_t body[6] = {0x01, 0x00, 0x00, 0x18, 0x00, 0x1D};
  for (size_t due = 1; due <= 2; due++) {
    for (size_t n = 0; n <= sizeof body; n++) {
      uint16_t groups[2] = {0, 0};
      qtls_err expected = n == 2 * due ? QTLS_OK : QTLS_ERR_DECODE;
      assert_err(q_wire_key_share_retry_read(groups, due, q_span_of(body, n)), expected);
      if (expected == QTLS_OK) {
        assert_int_equal(groups[0], Q_GROUP_KYBER1024);
        assert_int_equal(groups[1], due == 2 ? Q_GROUP_SECP384R1 : 0);
      }
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(two_shares_stand_back_to_back), cmocka_unit_test(one_share_stands_alone),
      cmocka_unit_test(the_client_lists_its_shares),   cmocka_unit_test(a_list_may_be_empty_and_an_entry_not),
      cmocka_unit_test(a_retry_names_exactly_what_is_due),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
