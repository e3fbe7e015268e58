/* CertificateVerify, the hybrid signature inside it, and what is signed. */
#include "unit/wire.h"
#include "vectors/rfc8448.h"
#include "wire/certificate_verify.h"

#define MLDSA65 3309
#define MLDSA87 4627
#define HYBRID_MAX (8 + MLDSA87 + 512)

/* Each hybrid scheme with the lengths of its parts and of the whole. */
static const struct {
  uint16_t scheme;
  size_t pqc, classical, total;
  uint16_t pqc_id, classical_id;
} hybrids[] = {
    {Q_SCHEME_DILITHIUM3_ECDSA, MLDSA65, 96, 3413, 0x0900, 0x0503},
    {Q_SCHEME_DILITHIUM5_ECDSA, MLDSA87, 96, 4731, 0x0902, 0x0503},
    {Q_SCHEME_DILITHIUM3_RSA, MLDSA65, 512, 3829, 0x0900, 0x0805},
};

static qtls_err read_verify(q_span body) {
  q_certificate_verify v;
  return q_wire_certificate_verify_read(&v, body);
}

static size_t hybrid_of(uint8_t out[HYBRID_MAX], uint16_t scheme, size_t pqc_n, size_t classical_n) {
  static uint8_t pqc[MLDSA87 + 1], classical[513];
  memset(pqc, 0xD1, sizeof pqc);
  memset(classical, 0xEC, sizeof classical);
  q_hybrid_signature in = {{pqc, pqc_n}, {classical, classical_n}};
  q_writer w;
  size_t n = 0;
  q_writer_init(&w, out, HYBRID_MAX);
  q_wire_hybrid_signature_write(&w, q_scheme_find(scheme), &in);
  assert_ok(q_writer_end(&w, &n));
  return n;
}

static qtls_err read_hybrid(size_t row, const uint8_t *bytes, size_t n) {
  q_hybrid_signature out;
  uint8_t *block = n > 0 ? q_alloc_copy(bytes, n) : NULL;
  qtls_err err = q_wire_hybrid_signature_read(&out, q_scheme_find(hybrids[row].scheme), hybrids[row].pqc,
                                              q_span_of(block, n));
  q_free(block);
  return err;
}

static void verify_is_scheme_and_signature(void **state) {
  (void)state;
  uint8_t bytes[256];
  q_certificate_verify in = {0x0905, q_span_of("sig", 3)}, back;
  q_writer w;
  q_writer_init(&w, bytes, sizeof bytes);
  q_wire_certificate_verify_write(&w, &in);
  wire_written(&w, "0905 0003 736967");
  assert_ok(q_wire_certificate_verify_read(&back, q_span_of(bytes, 7)));
  assert_int_equal(back.scheme, in.scheme);
  assert_true(q_base_span_equal(back.signature, in.signature));
  wire_all_lengths(read_verify, q_span_of(bytes, 7), QTLS_ERR_DECODE, QTLS_ERR_TRAILING);

  size_t n = unit_hex(bytes, sizeof bytes, RFC8448_CERTIFICATE_VERIFY);
  assert_ok(q_wire_certificate_verify_read(&back, q_span_of(bytes + Q_MSG_HEADER, n - Q_MSG_HEADER)));
  assert_int_equal(back.scheme, 0x0804);
  assert_int_equal(back.signature.n, 128);
}

static void the_parts_stand_where_the_protocol_puts_them(void **state) {
  (void)state;
  uint8_t bytes[HYBRID_MAX];
  size_t n = hybrid_of(bytes, Q_SCHEME_DILITHIUM3_ECDSA, MLDSA65, 96);
  assert_int_equal(n, 3413);
  unit_equal(bytes + 0x0000, 4, "09000ced");
  unit_equal(bytes + 0x0CF1, 4, "05030060");
  assert_int_equal(bytes[4], 0xD1);
  assert_int_equal(bytes[0x0CF1 - 1], 0xD1);
  assert_int_equal(bytes[0x0CF1 + 4], 0xEC);
}

static void what_is_written_is_read(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(hybrids); i++) {
    uint8_t bytes[HYBRID_MAX];
    q_hybrid_signature out;
    size_t n = hybrid_of(bytes, hybrids[i].scheme, hybrids[i].pqc, hybrids[i].classical);
    assert_int_equal(n, hybrids[i].total);
    assert_int_equal(bytes[0] << 8 | bytes[1], hybrids[i].pqc_id);
    assert_int_equal(bytes[4 + hybrids[i].pqc] << 8 | bytes[5 + hybrids[i].pqc], hybrids[i].classical_id);
    assert_ok(q_wire_hybrid_signature_read(&out, q_scheme_find(hybrids[i].scheme), hybrids[i].pqc,
                                           q_span_of(bytes, n)));
    assert_int_equal(out.pqc.n, hybrids[i].pqc);
    assert_ptr_equal(out.pqc.p, bytes + 4);
    assert_int_equal(out.classical.n, hybrids[i].classical);
    assert_ptr_equal(out.classical.p, bytes + 8 + hybrids[i].pqc);
  }
}

static void every_other_length_is_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(hybrids); i++) {
    uint8_t bytes[HYBRID_MAX + 1] = {0};
    size_t n = hybrid_of(bytes, hybrids[i].scheme, hybrids[i].pqc, hybrids[i].classical);
    for (size_t cut = 0; cut < n; cut++) {
      assert_err(read_hybrid(i, bytes, cut), QTLS_ERR_SIG_HYBRID_FORM);
    }
    assert_err(read_hybrid(i, bytes, n + 1), QTLS_ERR_SIG_HYBRID_FORM);
  }
}

static void each_part_has_its_length(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(hybrids); i++) {
    uint8_t bytes[HYBRID_MAX + 2];
    bool ecdsa = hybrids[i].classical == 96;
    for (int change = -1; change <= 1; change += 2) {
      size_t pqc = (size_t)((long)hybrids[i].pqc + change);
      size_t classical = (size_t)((long)hybrids[i].classical + change);
      size_t n = hybrid_of(bytes, hybrids[i].scheme, pqc, hybrids[i].classical);
      assert_err(read_hybrid(i, bytes, n), QTLS_ERR_SIG_HYBRID_FORM);
      n = hybrid_of(bytes, hybrids[i].scheme, hybrids[i].pqc, classical);
      /* The length of an RSA signature is the key's to judge. */
      assert_err(read_hybrid(i, bytes, n), ecdsa ? QTLS_ERR_SIG_HYBRID_FORM : QTLS_OK);
    }
    size_t n = hybrid_of(bytes, hybrids[i].scheme, hybrids[i].pqc, 0);
    assert_err(read_hybrid(i, bytes, n), QTLS_ERR_SIG_HYBRID_FORM); /* a missing part */
    n = hybrid_of(bytes, hybrids[i].scheme, 0, hybrids[i].classical);
    assert_err(read_hybrid(i, bytes, n), QTLS_ERR_SIG_HYBRID_FORM);
  }
}

static void each_part_has_its_id(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(hybrids); i++) {
    uint8_t bytes[HYBRID_MAX];
    size_t n = hybrid_of(bytes, hybrids[i].scheme, hybrids[i].pqc, hybrids[i].classical);
    const size_t at[] = {0, 1, 4 + hybrids[i].pqc, 5 + hybrids[i].pqc};
    for (size_t k = 0; k < Q_COUNT(at); k++) {
      bytes[at[k]] ^= 1;
      assert_err(read_hybrid(i, bytes, n), QTLS_ERR_SIG_HYBRID_FORM);
      bytes[at[k]] ^= 1;
    }
    assert_ok(read_hybrid(i, bytes, n));
    for (size_t other = 0; other < Q_COUNT(hybrids); other++) { /* read as another scheme */
      if (other != i) {
        assert_err(read_hybrid(other, bytes, n), QTLS_ERR_SIG_HYBRID_FORM);
      }
    }
  }
}

static void the_classical_part_never_comes_first(void **state) {
  (void)state;
  uint8_t bytes[HYBRID_MAX], swapped[HYBRID_MAX];
  size_t n = hybrid_of(bytes, Q_SCHEME_DILITHIUM3_ECDSA, MLDSA65, 96);
  memcpy(swapped, bytes + 0x0CF1, 100);
  memcpy(swapped + 100, bytes, 0x0CF1);
  assert_err(read_hybrid(0, swapped, n), QTLS_ERR_SIG_HYBRID_FORM);
}

static void a_single_scheme_has_no_parts(void **state) {
  (void)state;
  uint8_t bytes[HYBRID_MAX];
  q_hybrid_signature out;
  size_t n = hybrid_of(bytes, Q_SCHEME_DILITHIUM3_ECDSA, MLDSA65, 96);
  assert_err(q_wire_hybrid_signature_read(&out, q_scheme_find(Q_SCHEME_MLDSA65), MLDSA65, q_span_of(bytes, n)),
             QTLS_ERR_INTERNAL);
}

static void the_content_is_that_of_the_standard(void **state) {
  (void)state;
  uint8_t hash[Q_HASH_MAX + 1], out[Q_SIGNED_CONTENT_MAX];
  memset(hash, 1, sizeof hash);
  /* RFC 8446 §4.4.3's own example: a server and a hash of 32 bytes 01. */
  assert_int_equal(q_wire_signed_content(out, true, q_span_of(hash, 32)), 130);
  unit_equal(out, 130,
             "2020202020202020202020202020202020202020202020202020202020202020"
             "2020202020202020202020202020202020202020202020202020202020202020"
             "544c5320312e332c207365727665722043657274696669636174655665726966"
             "79"
             "00"
             "0101010101010101010101010101010101010101010101010101010101010101");
  assert_int_equal(q_wire_signed_content(out, false, q_span_of(hash, 48)), 146);
  assert_memory_equal(out + 64, "TLS 1.3, client CertificateVerify", 34);
  assert_int_equal(q_wire_signed_content(out, true, q_span_of(hash, 64)), Q_SIGNED_CONTENT_MAX);
  assert_int_equal(q_wire_signed_content(out, true, q_span_of(hash, 65)), 0);
  assert_int_equal(q_wire_signed_content(out, true, q_span_of(NULL, 0)), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(verify_is_scheme_and_signature),
      cmocka_unit_test(the_parts_stand_where_the_protocol_puts_them),
      cmocka_unit_test(what_is_written_is_read),
      cmocka_unit_test(every_other_length_is_refused),
      cmocka_unit_test(each_part_has_its_length),
      cmocka_unit_test(each_part_has_its_id),
      cmocka_unit_test(the_classical_part_never_comes_first),
      cmocka_unit_test(a_single_scheme_has_no_parts),
      cmocka_unit_test(the_content_is_that_of_the_standard),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
