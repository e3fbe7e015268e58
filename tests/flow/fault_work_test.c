/*
 * Work that a peer makes with cheap bytes: the smallest records, the longest lists,
 * messages in crumbs, tickets, long chains. Each is measured beside what an honest
 * peer costs, and may not cost much more by the byte, nor ever more the more comes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/writer.h"
#include "support/alert_case.h"
#include "support/meter.h"

#define WIRE (1 << 20)

static uint8_t wire[WIRE];

/* A record under the sender's keys, to the other side alone. */
static void send_unread(peer *p, bool from_client, uint8_t type, const void *content, size_t n) {
  uint8_t *inner = peer_memory(n + 1);
  uint8_t *record = NULL;
  memcpy(inner, content, n);
  inner[n] = type;
  size_t total = peer_seal(p, from_client, inner, n + 1, &record);
  meter_feed(&p->f, !from_client, record, total);
  free(inner);
  free(record);
}

/* ---- records ---- */

static void data_records(peer *p, size_t size, size_t count, const char *what) {
  uint8_t data[16384];
  memset(data, 'd', sizeof data);
  meter_begin();
  for (size_t i = 0; i < count; i++) {
    p->f.server.data_n = 0;
    send_unread(p, true, Q_RECORD_DATA, data, size);
    assert_ok(p->f.server.err);
  }
  meter_tell(what);
  assert_int_equal(meter_peak(), 0);
}

static void test_data(void **state) {
  (void)state;
  peer p;
  peer_options o = case_options(CASE_QTLS);
  peer_connect(&p, &o);
  data_records(&p, 16384, 300, "data, records of 16 KiB");
  data_records(&p, 1024, 1000, "data, records of 1 KiB");
  data_records(&p, 1, 5000, "data, records of one byte");
  peer_stop(&p);
}

/* A length beyond the limit is refused on the header; nothing is waited for or held. */
static void test_huge_record(void **state) {
  static const uint8_t plain[] = {Q_RECORD_HANDSHAKE, 3, 3, 0x40, 1};
  static const uint8_t sealed[] = {Q_RECORD_DATA, 3, 3, 0x41, 1};
  (void)state;
  for (int connected = 0; connected < 2; connected++) {
    peer p;
    peer_options o = case_options(CASE_QTLS);
    if (connected != 0) {
      peer_connect(&p, &o);
    } else {
      peer_start(&p, &o);
    }
    meter_begin();
    meter_feed(&p.f, false, connected != 0 ? sealed : plain, sizeof plain);
    assert_err(p.f.server.err, QTLS_ERR_RECORD_OVERFLOW);
    meter_tell(connected != 0 ? "header of a huge record, connected" : "header of a huge record");
    assert_true(meter_peak() < 1024);
    peer_stop(&p);
  }
}

/* ---- a message in crumbs ---- */

/* `total` bytes of a ClientHello that has no end yet, one byte to a record. */
static double crumbs(size_t total, const char *what) {
  peer p;
  peer_options o = case_options(CASE_QTLS);
  const uint8_t header[Q_MSG_HEADER] = {Q_MSG_CLIENT_HELLO, 1, 0xFF, 0xFF};
  peer_start(&p, &o);
  meter_begin();
  for (size_t at = 0; at < total;) {
    size_t n = 0;
    for (; at < total && n + 6 <= 16384; at++, n += 6) {
      const uint8_t record[6] = {Q_RECORD_HANDSHAKE, 3, 1, 0, 1, at < sizeof header ? header[at] : 0};
      memcpy(wire + n, record, sizeof record);
    }
    meter_feed(&p.f, false, wire, n);
    assert_ok(p.f.server.err);
  }
  meter_tell(what);
  assert_true(meter_peak() < 3 * total + 4096);
  double each = meter_ns_per_byte();
  peer_stop(&p);
  return each;
}

static void test_crumbs(void **state) {
  (void)state;
  double few = crumbs(8000, "8 kB of a ClientHello, byte by byte");
  double many = crumbs(128000, "128 kB of a ClientHello, byte by byte");
  /* Sixteen times as much, and no dearer by the byte, but for what clocks and
   * caches do. */
  assert_true(many < 6 * few + 50);
}

/* ---- long lists ---- */

/* Codes that nobody knows; the last ones are given. */
static void write_codes(q_writer *w, uint8_t bytes, size_t count, uint16_t from, const uint16_t *last, size_t last_n) {
  q_mark list = q_write_open(w, bytes);
  for (size_t i = 0; i < count; i++) {
    q_write_u16(w, (uint16_t)(from + i));
  }
  for (size_t i = 0; i < last_n; i++) {
    q_write_u16(w, last[i]);
  }
  q_write_close(w, list);
}

static void write_list(q_writer *w, uint16_t type, uint8_t bytes, size_t count, uint16_t from, const uint16_t *last,
                       size_t last_n) {
  q_write_u16(w, type);
  q_mark body = q_write_open(w, 2);
  write_codes(w, bytes, count, from, last, last_n);
  q_write_close(w, body);
}

/* Shares of one byte for groups that are unknown, each of them listed. */
static void write_shares(q_writer *w, size_t count, uint16_t from) {
  q_write_u16(w, Q_EXT_KEY_SHARE);
  q_mark body = q_write_open(w, 2);
  q_mark list = q_write_open(w, 2);
  for (size_t i = 0; i < count; i++) {
    q_write_u16(w, (uint16_t)(from + i));
    q_write_vec(w, 2, q_span_of("s", 1));
  }
  q_write_close(w, list);
  q_write_close(w, body);
}

/* A ClientHello of 128 kB: 30,000 suites, 10,000 groups and schemes, 4,000 shares.
 * What the server could take stands last, or nowhere. */
static size_t long_hello(bool fits) {
  static const uint8_t zeros[64] = {0};
  const uint16_t suites[] = {Q_SUITE_AES256_GCM_SHA384, Q_SUITE_QTLS_HYBRID};
  const uint16_t groups[] = {Q_GROUP_X25519MLKEM768};
  const uint16_t schemes[] = {Q_SCHEME_ECDSA_P256, Q_SCHEME_ECDSA_P384};
  size_t known = fits ? 1 : 0;
  q_writer w;
  q_writer_init(&w, wire, sizeof wire);
  q_write_u8(&w, Q_MSG_CLIENT_HELLO);
  q_mark message = q_write_open(&w, 3);
  q_write_u16(&w, Q_VERSION_TLS12);
  q_write_bytes(&w, q_span_of(zeros, 32));
  q_write_u8(&w, 0);
  write_codes(&w, 2, 30000, 0x6000, suites, 2 * known);
  q_write_u16(&w, 0x0100);
  q_mark extensions = q_write_open(&w, 2);
  const uint16_t versions[] = {Q_VERSION_TLS13};
  write_list(&w, Q_EXT_SUPPORTED_VERSIONS, 1, 100, 0x5000, versions, 1);
  write_list(&w, Q_EXT_SUPPORTED_GROUPS, 2, 10000, 0x6000, groups, known);
  write_list(&w, Q_EXT_SIGNATURE_ALGORITHMS, 2, 10000, 0x8F00, schemes, 2 * known);
  write_shares(&w, 4000, 0x6000);
  q_write_close(&w, extensions);
  q_write_close(&w, message);
  assert_ok(w.err);
  return w.n;
}

/* The hello in whole records, to a server of this kind. */
static double give_hello(case_kind kind, size_t n, qtls_err expected, const char *what) {
  peer p;
  peer_options o = case_options(kind);
  peer_start(&p, &o);
  meter_begin();
  for (size_t at = 0; at < n; at += 16384) {
    static uint8_t record[Q_RECORD_HEADER + 16384] = {Q_RECORD_HANDSHAKE, 3, 1};
    size_t part = n - at < 16384 ? n - at : 16384;
    record[3] = (uint8_t)(part >> 8);
    record[4] = (uint8_t)part;
    memcpy(record + Q_RECORD_HEADER, wire + at, part);
    meter_feed(&p.f, false, record, Q_RECORD_HEADER + part);
  }
  meter_tell(what);
  assert_err(p.f.server.err, expected);
  assert_true(meter_peak() < 400000);
  double took = meter_now.ns;
  peer_stop(&p);
  return took;
}

static double honest_hello(case_kind kind) {
  peer p;
  peer_options o = case_options(kind);
  peer_start(&p, &o);
  meter_begin();
  meter_deliver(&p.f, true);
  meter_tell("an honest ClientHello");
  assert_ok(p.f.server.err);
  double took = meter_now.ns;
  peer_stop(&p);
  return took;
}

static void test_long_lists(void **state) {
  (void)state;
  double honest = honest_hello(CASE_QTLS);
  double none = give_hello(CASE_QTLS, long_hello(false), QTLS_ERR_FLOOR, "128 kB of lists, nothing fits");
  double last = give_hello(CASE_QTLS, long_hello(true), QTLS_OK, "128 kB of lists, the last ones fit: a retry");
  /* Forty times the bytes: not so many times the work. */
  assert_true(none < 20 * honest && last < 20 * honest);
}

/* ---- what a server may do to a client ---- */

static void test_tickets(void **state) {
  static uint8_t ticket[4000] = {Q_MSG_NEW_SESSION_TICKET};
  (void)state;
  peer p;
  peer_options o = case_options(CASE_TLS13);
  peer_connect(&p, &o);
  q_writer w;
  q_writer_init(&w, ticket + 1, sizeof ticket - 1);
  q_mark message = q_write_open(&w, 3);
  q_write_u32(&w, 7200);
  q_write_u32(&w, 1);
  q_write_vec(&w, 1, q_span_of("nonce", 5));
  static const uint8_t body[3000] = {1};
  q_write_vec(&w, 2, q_span_of(body, sizeof body));
  q_write_u16(&w, 0);
  q_write_close(&w, message);
  assert_ok(w.err);
  meter_begin();
  size_t taken = 0;
  for (size_t i = 0; i < 100; i++) {
    send_unread(&p, false, Q_RECORD_HANDSHAKE, ticket, w.n + 1);
    send_unread(&p, false, Q_RECORD_DATA, "x", 1);
    assert_ok(p.f.client.err);
  }
  while (p.f.client.err == QTLS_OK) {
    send_unread(&p, false, Q_RECORD_HANDSHAKE, ticket, w.n + 1);
    taken++;
  }
  assert_int_equal(taken, 17);
  assert_err(p.f.client.err, QTLS_ERR_TICKET_FLOOD);
  meter_tell("tickets of 3 kB between data, and without, up to the limit");
  assert_true(meter_peak() < 17 * sizeof ticket);
  peer_stop(&p);
}

/* Nothing tells which key an issuer has. */
static void drop_key_identifier(void *context, q_issue *what, pki_level level, const pki *so_far) {
  (void)context;
  (void)level;
  (void)so_far;
  what->aki = q_span_of(NULL, 0);
}

/* A chain of ten, in which every authority could be the issuer of the one before:
 * all have the same names, and none the right key. */
static void cover(peer *p, bool from_client, uint8_t type, size_t nth, peer_message *msg) {
  const pki *const *others = p->context;
  (void)nth;
  if (from_client || type != Q_MSG_CERTIFICATE || others == NULL) {
    return;
  }
  q_writer w;
  q_writer_init(&w, msg->p, msg->cap);
  q_write_u8(&w, Q_MSG_CERTIFICATE);
  q_mark message = q_write_open(&w, 3);
  q_write_u8(&w, 0);
  q_mark list = q_write_open(&w, 3);
  for (size_t i = 0; i < 10; i++) {
    q_write_vec(&w, 3, pki_der(&others[i]->node[i == 0 ? PKI_LEAF : PKI_INTERMEDIATE]));
    q_write_u16(&w, 0);
  }
  q_write_close(&w, list);
  q_write_close(&w, message);
  assert_ok(w.err);
  msg->n = w.n;
}

/* Until the client has heard all; what the man in the middle does is in it. */
static double hear_chain(pki *const *others, const char *what) {
  peer p;
  peer_options o = case_options(CASE_QTLS);
  peer_start(&p, &o);
  p.edit = cover;
  p.context = others;
  flow_deliver(&p.f, true);
  meter_begin();
  double began = meter_cpu();
  flow_deliver(&p.f, false);
  double took = meter_cpu() - began;
  printf("%-46s at most %7zu bytes held, %9.1f us\n", what, meter_peak(), took / 1e3);
  assert_err(p.f.client.err, others == NULL ? QTLS_OK : QTLS_ERR_CERT_SIGNATURE);
  assert_true(meter_peak() < 400000);
  peer_stop(&p);
  return took;
}

static void test_chain(void **state) {
  static const pki_options plain = {.adjust = drop_key_identifier};
  pki *others[10];
  (void)state;
  for (size_t i = 0; i < Q_COUNT(others); i++) {
    others[i] = pki_make("hybrid-p384-mldsa65", &plain);
  }
  double honest = hear_chain(NULL, "an honest chain");
  double hostile = hear_chain(others, "a chain of ten that leads nowhere");
  /* 64 signatures are checked and no more (Q-TLS §11); an honest chain has four. */
  assert_true(hostile < 40 * honest);
  for (size_t i = 0; i < Q_COUNT(others); i++) {
    pki_free(others[i]);
  }
}

int main(void) {
  meter_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_data),       cmocka_unit_test(test_huge_record), cmocka_unit_test(test_crumbs),
      cmocka_unit_test(test_long_lists), cmocka_unit_test(test_tickets),     cmocka_unit_test(test_chain),
  };
  return cmocka_run_group_tests(tests, NULL, case_teardown);
}
