/* The lists and bytes of the standard extensions: one table of bodies, and what
 * each writer writes. Names and key shares have tests of their own. */
#include "unit/wire.h"
#include "wire/ext/ext_codec.h"

static qtls_err codes16(q_span body) {
  q_span s;
  return q_wire_codes16_read(&s, body);
}
static qtls_err versions(q_span body) {
  q_span s;
  return q_wire_versions_read(&s, body);
}
static qtls_err version(q_span body) {
  uint16_t v = 0;
  return q_wire_version_read(&v, body);
}
static qtls_err cookie(q_span body) {
  q_span s;
  return q_wire_cookie_read(&s, body);
}
static qtls_err read_status_request(q_span body) {
  bool ocsp = false;
  return q_wire_status_request_read(&ocsp, body);
}
static qtls_err certificate_status(q_span body) {
  q_span response;
  return q_wire_certificate_status_read(&response, body);
}
static qtls_err psk_modes(q_span body) {
  q_span s;
  return q_wire_psk_modes_read(&s, body);
}
static qtls_err authorities(q_span body) {
  q_span s;
  return q_wire_authorities_read(&s, body);
}
static qtls_err size_limit(q_span body) {
  uint16_t v = 0;
  return q_wire_record_size_limit_read(&v, body);
}
static qtls_err compress_certificate(q_span body) {
  q_span s;
  return q_wire_compress_certificate_read(&s, body);
}
static qtls_err cert_compression(q_span body) {
  q_span s;
  return q_wire_cert_compression_read(&s, body);
}

#define BINDER "20 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define BINDER_31 "1f 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e"

/* Sound bodies: each is also cut at every byte, and made longer by one. */
static const struct {
  wire_read *read;
  const char *hex;
  qtls_err cut;
} sound[] = {
    {codes16, "0002 001d", QTLS_ERR_DECODE},
    {codes16, "0006 11ec 0018 0100", QTLS_ERR_DECODE},
    {versions, "02 0304", QTLS_ERR_DECODE},
    {versions, "06 7a7a 0305 0304", QTLS_ERR_DECODE},
    {version, "0305", QTLS_ERR_DECODE},
    {cookie, "0001 ff", QTLS_ERR_DECODE},
    {psk_modes, "01 01", QTLS_ERR_DECODE},
    {psk_modes, "02 01 00", QTLS_ERR_DECODE},
    {q_wire_pre_shared_key_check, "0007 0001 ff 00000000 0021" BINDER, QTLS_ERR_DECODE},
    {q_wire_pre_shared_key_check, "000f 0001 ff 00000000 0002 aabb 00000001 0042" BINDER BINDER, QTLS_ERR_DECODE},
    {authorities, "0003 0001 30", QTLS_ERR_CERT_AUTHORITIES},
    {authorities, "0009 0002 3000 0003 300100", QTLS_ERR_CERT_AUTHORITIES},
    {size_limit, "0040", QTLS_ERR_DECODE},
    {size_limit, "4001", QTLS_ERR_DECODE},
    {compress_certificate, "02 0001", QTLS_ERR_DECODE},
    {compress_certificate, "08 0002 0003 0001 4001", QTLS_ERR_DECODE},
    {cert_compression, "01 01", QTLS_ERR_DECODE},
    {cert_compression, "04 02 03 01 63", QTLS_ERR_DECODE},
    {certificate_status, "01 000003 300100", QTLS_ERR_DECODE},
    {read_status_request, "01 0000 0000", QTLS_ERR_DECODE},
    {read_status_request, "01 0004 0002 aabb 0003 300100", QTLS_ERR_DECODE},
    {q_wire_empty_check, "", QTLS_OK},
};

static void sound_bodies_are_read_whole(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(sound); i++) {
    uint8_t bytes[256];
    q_span body = wire_hex(bytes, sizeof bytes, sound[i].hex);
    wire_all_lengths(sound[i].read, body, sound[i].cut, QTLS_ERR_TRAILING);
  }
}

/* Bodies that are whole and wrong. */
static const struct {
  wire_read *read;
  const char *hex;
  qtls_err expected;
} unsound[] = {
    {codes16, "0000", QTLS_ERR_DECODE},
    {codes16, "0001 00", QTLS_ERR_DECODE},
    {codes16, "0003 001d 00", QTLS_ERR_DECODE},
    {versions, "00", QTLS_ERR_DECODE},
    {versions, "01 03", QTLS_ERR_DECODE},
    {versions, "03 0304 03", QTLS_ERR_DECODE},
    {cookie, "0000", QTLS_ERR_DECODE},
    {psk_modes, "00", QTLS_ERR_DECODE},
    /* no identity; none of the binders; an empty identity; a short binder */
    {q_wire_pre_shared_key_check, "0000 0021" BINDER, QTLS_ERR_DECODE},
    {q_wire_pre_shared_key_check, "0007 0001 ff 00000000 0000", QTLS_ERR_DECODE},
    {q_wire_pre_shared_key_check, "0006 0000 00000000 0021" BINDER, QTLS_ERR_DECODE},
    {q_wire_pre_shared_key_check, "000d 0000 00000000 0001 ff 00000000 0042" BINDER BINDER, QTLS_ERR_DECODE},
    {q_wire_pre_shared_key_check, "0007 0001 ff 00000000 0020" BINDER_31, QTLS_ERR_DECODE},
    {q_wire_pre_shared_key_check, "0007 0001 ff 00000000 0041" BINDER BINDER_31, QTLS_ERR_DECODE},
    /* fewer and more binders than identities; an age that is cut */
    {q_wire_pre_shared_key_check, "000e 0001 ff 00000000 0001 aa 00000001 0021" BINDER, QTLS_ERR_DECODE},
    {q_wire_pre_shared_key_check, "0007 0001 ff 00000000 0042" BINDER BINDER, QTLS_ERR_DECODE},
    {q_wire_pre_shared_key_check, "0008 0001 ff 00000000 00 0021" BINDER, QTLS_ERR_DECODE},
    {authorities, "0000", QTLS_ERR_CERT_AUTHORITIES},
    {authorities, "0002 0000", QTLS_ERR_CERT_AUTHORITIES},
    {authorities, "0005 0000 0001 30", QTLS_ERR_CERT_AUTHORITIES},
    {authorities, "0004 0001 30 00", QTLS_ERR_CERT_AUTHORITIES},
    {size_limit, "003f", QTLS_ERR_RECORD_SIZE_LIMIT_VALUE},
    {size_limit, "0000", QTLS_ERR_RECORD_SIZE_LIMIT_VALUE},
    {compress_certificate, "00", QTLS_ERR_DECODE},
    {compress_certificate, "01 01", QTLS_ERR_DECODE},
    {compress_certificate, "03 0001 00", QTLS_ERR_DECODE},
    {cert_compression, "00", QTLS_ERR_DECODE},
    {certificate_status, "01 000000", QTLS_ERR_DECODE},
    {certificate_status, "02 000003 300100", QTLS_ERR_OCSP_PARSE}, /* several responses, of TLS 1.2 */
    {read_status_request, "01 0002 0000 0000", QTLS_ERR_DECODE}, /* an empty responder */
    {read_status_request, "01 0003 0002 aa 0000", QTLS_ERR_DECODE},
};

static void unsound_bodies_are_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(unsound); i++) {
    assert_err(wire_read_hex(unsound[i].read, unsound[i].hex), unsound[i].expected);
  }
}

static void a_status_type_that_is_unknown_asks_for_nothing(void **state) {
  (void)state;
  assert_ok(wire_read_hex(read_status_request, "02"));
  assert_ok(wire_read_hex(read_status_request, "02 ffff"));
  static const uint8_t other[] = {2, 0, 0, 0, 0};
  static const uint8_t ocsp[] = {1, 0, 0, 0, 0};
  bool asked = true;
  assert_ok(q_wire_status_request_read(&asked, q_span_of(other, sizeof other)));
  assert_false(asked);
  assert_ok(q_wire_status_request_read(&asked, q_span_of(ocsp, sizeof ocsp)));
  assert_true(asked);
}

static void a_client_asks_without_conditions(void **state) {
  (void)state;
  uint8_t out[16];
  q_writer w;
  q_writer_init(&w, out, sizeof out);
  q_wire_status_request_write(&w);
  wire_written(&w, "01 0000 0000");
}

static void the_longest_lists_are_read(void **state) {
  (void)state;
  uint8_t *big = q_alloc(2 + 65535);
  q_span out;
  assert_non_null(big);
  big[0] = 0xFF;
  big[1] = 0xFE;
  assert_ok(q_wire_codes16_read(&out, q_span_of(big, 2 + 65534)));
  assert_int_equal(q_codes_count(out), 32767);
  big[1] = 0xFF;
  assert_err(q_wire_codes16_read(&out, q_span_of(big, 2 + 65535)), QTLS_ERR_DECODE);
  big[0] = 254;
  assert_ok(q_wire_versions_read(&out, q_span_of(big, 1 + 254)));
  big[0] = 255;
  assert_err(q_wire_versions_read(&out, q_span_of(big, 1 + 255)), QTLS_ERR_DECODE);
  assert_ok(q_wire_cert_compression_read(&out, q_span_of(big, 1 + 255)));
  assert_int_equal(out.n, 255);
  q_free(big);
}

static void values_come_through(void **state) {
  (void)state;
  uint8_t b[64];
  q_span s;
  uint16_t v = 0;
  assert_ok(q_wire_codes16_read(&s, wire_hex(b, sizeof b, "0006 11ec 0018 0100")));
  assert_int_equal(q_codes_count(s), 3);
  assert_int_equal(q_codes_at(s, 0), Q_GROUP_X25519MLKEM768);
  assert_true(q_codes_has(s, Q_GROUP_KYBER1024));
  assert_false(q_codes_has(s, Q_GROUP_X25519));
  assert_ok(q_wire_version_read(&v, wire_hex(b, sizeof b, "0305")));
  assert_int_equal(v, Q_VERSION_QTLS10);
  assert_ok(q_wire_record_size_limit_read(&v, wire_hex(b, sizeof b, "0100")));
  assert_int_equal(v, 256);
  assert_ok(q_wire_cookie_read(&s, wire_hex(b, sizeof b, "0003 aabbcc")));
  unit_equal(s.p, s.n, "aabbcc");
  assert_ok(q_wire_psk_modes_read(&s, wire_hex(b, sizeof b, "02 0100")));
  unit_equal(s.p, s.n, "0100");
}

static void writers_write_the_body_alone(void **state) {
  (void)state;
  uint8_t out[64];
  const uint16_t codes[] = {0x0305, 0x0304};
  const uint8_t algorithms[] = {Q_COMPRESS_BROTLI, Q_COMPRESS_ZLIB};
  q_writer w;
  q_writer_init(&w, out, sizeof out);
  q_wire_codes16_write(&w, codes, 2);
  wire_written(&w, "0004 0305 0304");
  q_writer_init(&w, out, sizeof out);
  q_wire_versions_write(&w, codes, 2);
  wire_written(&w, "04 0305 0304");
  q_writer_init(&w, out, sizeof out);
  q_wire_cookie_write(&w, q_span_of("ab", 2));
  wire_written(&w, "0002 6162");
  q_writer_init(&w, out, sizeof out);
  q_wire_compress_certificate_write(&w, algorithms, 2);
  wire_written(&w, "04 0002 0001");
  q_writer_init(&w, out, sizeof out);
  q_wire_cert_compression_write(&w, algorithms, 2);
  wire_written(&w, "02 02 01");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sound_bodies_are_read_whole),
      cmocka_unit_test(unsound_bodies_are_refused),
      cmocka_unit_test(a_status_type_that_is_unknown_asks_for_nothing),
      cmocka_unit_test(a_client_asks_without_conditions),
      cmocka_unit_test(the_longest_lists_are_read),
      cmocka_unit_test(values_come_through),
      cmocka_unit_test(writers_write_the_body_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
