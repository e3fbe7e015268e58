/*
 * CertificateVerify and the hybrid signature: the first byte selects a scheme,
 * its bit 7 an ML-DSA part of eight bytes, which a fuzzer gets right more often.
 */
#include "fuzz.h"
#include "wire/certificate_verify.h"

static const struct {
  uint16_t scheme;
  size_t pqc_size;
} hybrids[] = {{Q_SCHEME_DILITHIUM3_ECDSA, 3309}, {Q_SCHEME_DILITHIUM5_ECDSA, 4627}, {Q_SCHEME_DILITHIUM3_RSA, 3309}};

static void verify(q_span body) {
  q_certificate_verify v;
  if (q_wire_certificate_verify_read(&v, body) != QTLS_OK) {
    return;
  }
  fuzz_inside(v.signature, body);
  q_writer w;
  fuzz_writer_open(&w, body);
  q_wire_certificate_verify_write(&w, &v);
  fuzz_writer_equal(&w, body);
}

static void hybrid(q_span body, size_t row, bool small) {
  const q_scheme *scheme = q_scheme_find(hybrids[row].scheme);
  size_t pqc_size = small ? 8 : hybrids[row].pqc_size;
  q_hybrid_signature s;
  qtls_err err = q_wire_hybrid_signature_read(&s, scheme, pqc_size, body);
  FUZZ_CHECK(err == QTLS_OK || err == QTLS_ERR_SIG_HYBRID_FORM);
  if (err != QTLS_OK) {
    return;
  }
  fuzz_inside(s.pqc, body);
  fuzz_inside(s.classical, body);
  FUZZ_CHECK(s.pqc.n == pqc_size && s.classical.n > 0);
  FUZZ_CHECK(body.n == 8 + s.pqc.n + s.classical.n);
  q_writer w;
  fuzz_writer_open(&w, body);
  q_wire_hybrid_signature_write(&w, scheme, &s);
  fuzz_writer_equal(&w, body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  q_span body = q_span_of(data, size);
  uint8_t selector = fuzz_take_u8(&body);
  size_t row = selector % 0x80 % (Q_COUNT(hybrids) + 1);
  if (row == Q_COUNT(hybrids)) {
    verify(body);
  } else {
    hybrid(body, row, selector >= 0x80);
  }
  return 0;
}
