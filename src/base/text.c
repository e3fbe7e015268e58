/* Owns short texts in buffers of fixed size. */
#include "base/text.h"

static void add_char(q_text *t, char c) {
  if (t->n + 1 < t->cap) {
    t->p[t->n++] = c;
    t->p[t->n] = '\0';
  }
}

void q_text_init(q_text *t, char *buf, size_t cap) {
  t->p = buf;
  t->n = 0;
  t->cap = cap;
  buf[0] = '\0';
}

void q_text_add(q_text *t, const char *s) {
  for (; *s != '\0'; s++) {
    add_char(t, *s);
  }
}

void q_text_add_bytes(q_text *t, q_span s) {
  for (size_t i = 0; i < s.n; i++) {
    add_char(t, s.p[i] >= 0x20 && s.p[i] < 0x7F ? (char)s.p[i] : '?');
  }
}

void q_text_add_number(q_text *t, uint64_t v) {
  char digits[20];
  size_t n = 0;
  do {
    digits[n++] = (char)('0' + v % 10);
    v /= 10;
  } while (v > 0);
  while (n > 0) {
    add_char(t, digits[--n]);
  }
}

static const char hex[] = "0123456789abcdef";

void q_text_add_code(q_text *t, uint16_t code) {
  q_text_add(t, "0x");
  for (int shift = 12; shift >= 0; shift -= 4) {
    add_char(t, hex[(code >> shift) & 15]);
  }
}

void q_text_add_hex(q_text *t, q_span bytes) {
  for (size_t i = 0; i < bytes.n; i++) {
    add_char(t, hex[bytes.p[i] >> 4]);
    add_char(t, hex[bytes.p[i] & 15]);
  }
}
