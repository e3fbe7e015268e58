/*
 * The byte writer. One step from any state that a writer can be in keeps it in
 * such a state, so any number of steps does: never more written than there is
 * room, the first error stays, prefixes are filled in inside. Room up to 2^40.
 *
 * sources: src/base/writer.c
 * slow: proof_numbers proof_vector proof_whole_vector
 * unwind: 9
 */
#include "base/writer.h"
#include "proof.h"

#define ROOM_MAX OBJECT_MAX

static bool is_sound(const q_writer *w) {
  return w->n <= w->cap && (w->cap == 0 || __CPROVER_w_ok(w->p, w->cap));
}

static q_writer any_writer(void) {
  q_writer w;
  w.cap = any_size();
  ASSUME(w.cap <= ROOM_MAX);
  w.p = any_bytes(w.cap);
  w.n = any_size();
  ASSUME(w.n <= w.cap);
  w.err = any_bool() ? QTLS_OK : QTLS_ERR_BUFFER;
  return w;
}

static void stepped(const q_writer *before, const q_writer *after, size_t n) {
  ASSERT(is_sound(after), "sound");
  ASSERT(after->cap == before->cap && after->p == before->p, "the room stays the same");
  if (before->err != QTLS_OK) {
    ASSERT(after->err == before->err && after->n == before->n, "an error stays");
  } else if (n <= before->cap - before->n) {
    ASSERT(after->err == QTLS_OK && after->n == before->n + n, "written");
  } else {
    ASSERT(after->err == QTLS_ERR_BUFFER && after->n == before->n, "does not fit");
  }
}

void proof_init(void) {
  q_writer w;
  size_t cap = any_size();
  ASSUME(cap <= ROOM_MAX);
  q_writer_init(&w, any_bytes(cap), cap);
  ASSERT(is_sound(&w) && w.err == QTLS_OK && w.n == 0, "a fresh writer is sound");
}

void proof_numbers(void) {
  q_writer w = any_writer();
  q_writer before = w;
  switch (any_u8() % 5) {
    case 0:
      q_write_u8(&w, any_u8());
      stepped(&before, &w, 1);
      break;
    case 1:
      q_write_u16(&w, any_u16());
      stepped(&before, &w, 2);
      break;
    case 2:
      q_write_u24(&w, any_u32());
      stepped(&before, &w, 3);
      break;
    case 3:
      q_write_u32(&w, any_u32());
      stepped(&before, &w, 4);
      break;
    default:
      q_write_u64(&w, any_u64());
      stepped(&before, &w, 8);
  }
}

void proof_space(void) {
  q_writer w = any_writer();
  q_writer before = w;
  size_t n = any_size();
  uint8_t *at = q_write_space(&w, n);
  stepped(&before, &w, n);
  ASSERT(at == NULL || n == 0 || __CPROVER_w_ok(at, n), "what is given may be written");
  ASSERT(n == 0 || (at != NULL) == (w.n != before.n), "given and counted together");
}

void proof_bytes(void) {
  q_writer w = any_writer();
  q_writer before = w;
  q_span bytes;
  bytes.n = any_size();
  ASSUME(bytes.n <= ROOM_MAX);
  bytes.p = any_bytes(bytes.n);
  q_write_bytes(&w, bytes);
  stepped(&before, &w, bytes.n);
}

/* Open, anything of any length in between, close. */
void proof_vector(void) {
  q_writer w = any_writer();
  uint8_t width = (uint8_t)(any_u8() % 3 + 1);
  q_mark mark = q_write_open(&w, width);
  ASSERT(is_sound(&w), "sound after the prefix");
  (void)q_write_space(&w, any_size());
  q_writer before = w;
  q_write_close(&w, mark);
  ASSERT(is_sound(&w) && w.n == before.n, "sound after closing");
  if (before.err == QTLS_OK) {
    size_t n = w.n - mark.at - width;
    ASSERT((w.err == QTLS_OK) == (n < (size_t)1 << (8 * width)), "closes when the length fits its prefix");
    if (w.err == QTLS_OK) {
      ASSERT(w.p[mark.at + width - 1] == (n & 255), "the prefix says the length");
    }
  }
}

void proof_whole_vector(void) {
  q_writer w = any_writer();
  q_span bytes;
  bytes.n = any_size();
  ASSUME(bytes.n <= ROOM_MAX);
  bytes.p = any_bytes(bytes.n);
  q_write_vec(&w, (uint8_t)(any_u8() % 3 + 1), bytes);
  ASSERT(is_sound(&w), "sound");
}

void proof_end(void) {
  q_writer w = any_writer();
  size_t n = 0;
  qtls_err err = q_writer_end(&w, &n);
  ASSERT(err == w.err && (err != QTLS_OK || n == w.n), "the verdict");
}
