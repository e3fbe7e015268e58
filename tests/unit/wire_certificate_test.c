/* Certificate, CompressedCertificate, CertificateRequest. */
#include "unit/wire.h"
#include "vectors/rfc8448.h"
#include "wire/certificate.h"
#include "wire/ext/ext_codec.h"

static qtls_err read_certificate(q_span body) {
  q_certificate_list list;
  return q_wire_certificate_read(&list, body);
}

static qtls_err read_compressed(q_span body) {
  q_compressed_certificate c;
  return q_wire_compressed_certificate_read(&c, body);
}

static qtls_err read_request(q_span body) {
  q_certificate_request request;
  return q_wire_certificate_request_read(&request, body);
}

static void a_chain_that_is_written_is_read(void **state) {
  (void)state;
  uint8_t out[256];
  const q_span der[] = {q_span_of("leaf", 4), q_span_of("ca", 2)};
  q_writer w;
  size_t n = 0;
  q_writer_init(&w, out, sizeof out);
  q_wire_certificate_write(&w, q_span_of("\x07", 1), der, 2, q_span_of(NULL, 0));
  wire_written(&w, "01 07" "000010" "000004 6c656166 0000" "000002 6361 0000");
  assert_ok(q_writer_end(&w, &n));
  q_certificate_list list;
  assert_ok(q_wire_certificate_read(&list, q_span_of(out, n)));
  assert_int_equal(list.context.n, 1);
  assert_int_equal(list.count, 2);
  assert_true(q_base_span_equal(list.der[0], der[0]));
  assert_true(q_base_span_equal(list.der[1], der[1]));
  assert_int_equal(list.extensions[0].n, 0);
  wire_all_lengths(read_certificate, q_span_of(out, n), QTLS_ERR_DECODE, QTLS_ERR_TRAILING);
}

/* RFC 8446 §4.4.2.1: the response stands in the leaf's entry alone. */
static void a_staple_goes_with_the_leaf(void **state) {
  (void)state;
  uint8_t out[256];
  const q_span der[] = {q_span_of("leaf", 4), q_span_of("ca", 2)};
  q_writer w;
  size_t n = 0;
  q_writer_init(&w, out, sizeof out);
  q_wire_certificate_write(&w, q_span_of(NULL, 0), der, 2, q_span_of("ocsp", 4));
  wire_written(&w, "00" "00001c" "000004 6c656166 000c 0005 0008 01 000004 6f637370" "000002 6361 0000");
  assert_ok(q_writer_end(&w, &n));
  q_certificate_list list;
  q_span response = {NULL, 0};
  assert_ok(q_wire_certificate_read(&list, q_span_of(out, n)));
  assert_int_equal(list.extensions[1].n, 0);
  assert_ok(q_wire_certificate_status_read(&response, q_span_of(list.extensions[0].p + 4, 8)));
  assert_true(q_base_span_equal(response, q_span_of("ocsp", 4)));
}

static void the_certificate_of_rfc_8448_is_read(void **state) {
  (void)state;
  uint8_t bytes[1024];
  size_t n = unit_hex(bytes, sizeof bytes, RFC8448_CERTIFICATE);
  q_certificate_list list;
  assert_ok(q_wire_certificate_read(&list, q_span_of(bytes + Q_MSG_HEADER, n - Q_MSG_HEADER)));
  assert_int_equal(list.context.n, 0);
  assert_int_equal(list.count, 1);
  assert_int_equal(list.der[0].n, 0x1b0);
  assert_int_equal(list.der[0].p[0], 0x30);
}

static void ten_certificates_are_the_most(void **state) {
  (void)state;
  for (size_t count = 0; count <= Q_CERTIFICATES_MAX + 1; count++) {
    uint8_t out[256];
    q_span der[Q_CERTIFICATES_MAX + 1];
    q_writer w;
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
      der[i] = q_span_of("x", 1);
    }
    q_writer_init(&w, out, sizeof out);
    q_wire_certificate_write(&w, q_span_of(NULL, 0), der, count, q_span_of(NULL, 0));
    assert_ok(q_writer_end(&w, &n));
    assert_err(wire_read_exact(read_certificate, out, n),
               count <= Q_CERTIFICATES_MAX ? QTLS_OK : QTLS_ERR_CERT_MANY);
  }
}

static void entries_have_their_form(void **state) {
  (void)state;
  uint8_t bytes[64];
  q_certificate_list list;
  assert_ok(wire_read_hex(read_certificate, "00 000000")); /* a client without a certificate */
  assert_err(wire_read_hex(read_certificate, "00 000005 000000 0000"), QTLS_ERR_DECODE); /* of length 0 */
  assert_err(wire_read_hex(read_certificate, "00 000004 000001 30"), QTLS_ERR_DECODE);   /* no extensions */
  assert_err(wire_read_hex(read_certificate, "00 000006 000001 30 0001"), QTLS_ERR_DECODE);
  assert_err(wire_read_hex(read_certificate, "00 000006 000002 30 0000"), QTLS_ERR_DECODE);
  assert_ok(q_wire_certificate_read(
      &list, wire_hex(bytes, sizeof bytes, "00 00000a 000001 30 0004 00050000")));
  assert_int_equal(list.extensions[0].n, 4); /* unread, as they came */
}

static void a_compressed_one_keeps_its_form(void **state) {
  (void)state;
  uint8_t out[64];
  q_compressed_certificate in = {Q_COMPRESS_BROTLI, 0x012345, q_span_of("data", 4)};
  q_compressed_certificate back;
  q_writer w;
  size_t n = 0;
  q_writer_init(&w, out, sizeof out);
  q_wire_compressed_certificate_write(&w, &in);
  wire_written(&w, "0002 012345 000004 64617461");
  assert_ok(q_writer_end(&w, &n));
  assert_ok(q_wire_compressed_certificate_read(&back, q_span_of(out, n)));
  assert_int_equal(back.algorithm, in.algorithm);
  assert_int_equal(back.length, in.length);
  assert_true(q_base_span_equal(back.data, in.data));
  wire_all_lengths(read_compressed, q_span_of(out, n), QTLS_ERR_DECODE, QTLS_ERR_TRAILING);
  assert_err(wire_read_hex(read_compressed, "0002 000001 000000"), QTLS_ERR_DECODE); /* no data */
}

static void a_request_is_context_and_extensions(void **state) {
  (void)state;
  uint8_t bytes[64];
  q_span body = wire_hex(bytes, sizeof bytes, "02 aabb 000a 000d 0006 0004 13f0 0905");
  q_certificate_request request;
  assert_ok(q_wire_certificate_request_read(&request, body));
  assert_int_equal(request.context.n, 2);
  assert_int_equal(request.extensions.count, 1);
  assert_int_equal(request.extensions.type[0], Q_EXT_SIGNATURE_ALGORITHMS);
  wire_all_lengths(read_request, body, QTLS_ERR_DECODE, QTLS_ERR_TRAILING);
  assert_err(wire_read_hex(read_request, "00 0008 000d0000 000d0000"), QTLS_ERR_EXT_DUPLICATE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_chain_that_is_written_is_read),
      cmocka_unit_test(a_staple_goes_with_the_leaf),
      cmocka_unit_test(the_certificate_of_rfc_8448_is_read),
      cmocka_unit_test(ten_certificates_are_the_most),
      cmocka_unit_test(entries_have_their_form),
      cmocka_unit_test(a_compressed_one_keeps_its_form),
      cmocka_unit_test(a_request_is_context_and_extensions),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
