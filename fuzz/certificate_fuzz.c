/* Certificate, CompressedCertificate and CertificateRequest: the first byte
 * selects. */
#include "fuzz_extensions.h"
#include "wire/certificate.h"

static void certificate(q_span body) {
  q_certificate_list list;
  if (q_wire_certificate_read(&list, body) != QTLS_OK) {
    return;
  }
  bool plain = true;
  FUZZ_CHECK(list.count <= Q_CERTIFICATES_MAX);
  fuzz_inside(list.context, body);
  for (size_t i = 0; i < list.count; i++) {
    fuzz_inside(list.der[i], body);
    fuzz_inside(list.extensions[i], body);
    FUZZ_CHECK(list.der[i].n > 0);
    plain = plain && list.extensions[i].n == 0;
  }
  if (plain) {
    q_writer w;
    fuzz_writer_open(&w, body);
    q_wire_certificate_write(&w, list.context, list.der, list.count, q_span_of(NULL, 0));
    fuzz_writer_equal(&w, body);
  }
}

static void compressed(q_span body) {
  q_compressed_certificate c;
  if (q_wire_compressed_certificate_read(&c, body) != QTLS_OK) {
    return;
  }
  fuzz_inside(c.data, body);
  q_writer w;
  fuzz_writer_open(&w, body);
  q_wire_compressed_certificate_write(&w, &c);
  fuzz_writer_equal(&w, body);
}

static void request(q_span body) {
  q_certificate_request r;
  if (q_wire_certificate_request_read(&r, body) != QTLS_OK) {
    return;
  }
  fuzz_inside(r.context, body);
  fuzz_extensions_check(&r.extensions, body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static void (*const targets[])(q_span) = {certificate, compressed, request};
  q_span body = q_span_of(data, size);
  targets[fuzz_take_u8(&body) % Q_COUNT(targets)](body);
  return 0;
}
