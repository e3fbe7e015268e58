/*
 * The byte reader, over any input of up to 2^24 + 8 bytes (the longest vector
 * of three length bytes, and more): every read stays inside, and either takes
 * exactly what it says or leaves the reader as it was.
 *
 * sources: src/base/reader.c
 * unwind: 9
 */
#include "base/reader.h"
#include "proof.h"

#define INPUT_MAX (((size_t)1 << 24) + 8)

static q_reader any_reader(void) {
  q_reader r;
  r.n = any_size();
  ASSUME(r.n <= INPUT_MAX);
  r.p = any_bytes(r.n);
  return r;
}

static void took(const q_reader *before, const q_reader *after, qtls_err err, size_t n) {
  if (err == QTLS_OK) {
    ASSERT(before->n >= n && after->n == before->n - n, "takes what it read");
    ASSERT(n == 0 || after->p == before->p + n, "moves on by as much");
  } else {
    ASSERT(err == QTLS_ERR_DECODE, "one error only");
    ASSERT(after->n == before->n && after->p == before->p, "stays where it was");
  }
}

void proof_numbers(void) {
  q_reader r = any_reader();
  q_reader before = r;
  uint8_t a = 0;
  uint16_t b = 0;
  uint32_t c = 0;
  uint64_t d = 0;
  qtls_err err;
  switch (any_u8() % 5) {
    case 0:
      err = q_read_u8(&r, &a);
      took(&before, &r, err, 1);
      ASSERT(err != QTLS_OK || a == before.p[0], "value");
      break;
    case 1:
      err = q_read_u16(&r, &b);
      took(&before, &r, err, 2);
      ASSERT(err != QTLS_OK || b == (before.p[0] << 8 | before.p[1]), "value");
      break;
    case 2:
      err = q_read_u24(&r, &c);
      took(&before, &r, err, 3);
      ASSERT(err != QTLS_OK || c == ((uint32_t)before.p[0] << 16 | (uint32_t)before.p[1] << 8 | before.p[2]), "value");
      break;
    case 3:
      err = q_read_u32(&r, &c);
      took(&before, &r, err, 4);
      ASSERT(err != QTLS_OK || (c >> 24) == before.p[0], "value");
      break;
    default:
      err = q_read_u64(&r, &d);
      took(&before, &r, err, 8);
      ASSERT(err != QTLS_OK || (d >> 56 == before.p[0] && (d & 255) == before.p[7]), "value");
  }
}

void proof_bytes(void) {
  q_reader r = any_reader();
  q_reader before = r;
  q_span out = {NULL, 0};
  size_t n = any_size();
  qtls_err err = q_read_bytes(&r, &out, n);
  took(&before, &r, err, n);
  ASSERT((err == QTLS_OK) == (n <= before.n), "succeeds when there is enough");
  if (err == QTLS_OK && n > 0) {
    ASSERT(out.n == n && out.p == before.p && __CPROVER_r_ok(out.p, out.n), "a view inside the input");
  }
}

void proof_copy(void) {
  q_reader r = any_reader();
  q_reader before = r;
  size_t n = any_size();
  ASSUME(n <= INPUT_MAX);
  uint8_t *out = any_bytes(n);
  took(&before, &r, q_read_copy(&r, out, n), n);
}

void proof_vectors(void) {
  q_reader r = any_reader();
  q_reader before = r;
  q_span out = {NULL, 0};
  size_t min = any_size();
  size_t max = any_size();
  size_t width = any_u8() % 3 + 1;
  qtls_err err = width == 1   ? q_read_vec8(&r, &out, min, max)
                 : width == 2 ? q_read_vec16(&r, &out, min, max)
                              : q_read_vec24(&r, &out, min, max);
  took(&before, &r, err, err == QTLS_OK ? width + out.n : 0);
  if (err == QTLS_OK) {
    ASSERT(out.n >= min && out.n <= max, "within its bounds");
    ASSERT(out.n < (size_t)1 << (8 * width), "no longer than its prefix can say");
    ASSERT(out.n == 0 || __CPROVER_r_ok(out.p, out.n), "a view inside the input");
  }
}

void proof_end(void) {
  q_reader r = any_reader();
  qtls_err err = q_read_end(&r);
  ASSERT((err == QTLS_OK) == (r.n == 0), "the end");
}

/* Lists of up to eight codes, odd lengths too. */
void proof_codes(void) {
  q_span list;
  list.n = any_size();
  ASSUME(list.n <= 17);
  list.p = any_bytes(list.n);
  uint16_t code = any_u16();
  bool has = q_codes_has(list, code);
  size_t i = any_size();
  ASSERT(!(i < q_codes_count(list) && q_codes_at(list, i) == code) || has, "finds what is there");
}
