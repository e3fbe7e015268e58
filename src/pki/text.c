/* Owns text that grows. */
#include "pki/text.h"

#include <string.h>

#include "pki/time.h"

void q_pki_text_bytes(q_text *t, const void *p, size_t n) {
  size_t want = 0;
  if (t->err != QTLS_OK || n == 0) {
    return;
  }
  if (!q_base_add(&want, t->n, n) || !q_base_add(&want, want, 1)) {
    t->err = QTLS_ERR_NO_MEMORY;
    return;
  }
  if (want > t->cap) {
    size_t cap = want < 128 ? 256 : 2 * want;
    char *grown = q_alloc(cap);
    if (grown == NULL) {
      t->err = QTLS_ERR_NO_MEMORY;
      return;
    }
    if (t->n > 0) {
      memcpy(grown, t->p, t->n);
    }
    q_free(t->p);
    t->p = grown;
    t->cap = cap;
  }
  memcpy(t->p + t->n, p, n);
  t->n += n;
  t->p[t->n] = '\0';
}

void q_pki_text_add(q_text *t, const char *s) { q_pki_text_bytes(t, s, strlen(s)); }

void q_pki_text_number(q_text *t, int64_t v) {
  char digits[24];
  size_t at = sizeof digits;
  uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
  do {
    digits[--at] = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  if (v < 0) {
    digits[--at] = '-';
  }
  q_pki_text_bytes(t, digits + at, sizeof digits - at);
}

static const char hex_digits[] = "0123456789abcdef";

static void add_hex(q_text *t, unsigned v, size_t digits) {
  char text[8];
  for (size_t i = 0; i < digits; i++) {
    text[i] = hex_digits[v >> 4 * (digits - 1 - i) & 15];
  }
  q_pki_text_bytes(t, text, digits);
}

void q_pki_text_hex(q_text *t, q_span bytes) {
  for (size_t i = 0; i < bytes.n; i++) {
    add_hex(t, bytes.p[i], 2);
  }
}

static void add_two(q_text *t, unsigned v) {
  char two[2] = {(char)('0' + v / 10 % 10), (char)('0' + v % 10)};
  q_pki_text_bytes(t, two, 2);
}

void q_pki_text_time(q_text *t, int64_t seconds) {
  q_date d = q_pki_date_of(seconds);
  if (d.year >= 0 && d.year <= 9999) {
    add_two(t, (unsigned)(d.year / 100));
    add_two(t, (unsigned)(d.year % 100));
  } else {
    q_pki_text_number(t, d.year);
  }
  q_pki_text_add(t, "-");
  add_two(t, d.month);
  q_pki_text_add(t, "-");
  add_two(t, d.day);
  q_pki_text_add(t, "T");
  add_two(t, d.hour);
  q_pki_text_add(t, ":");
  add_two(t, d.minute);
  q_pki_text_add(t, ":");
  add_two(t, d.second);
  q_pki_text_add(t, "Z");
}

size_t q_pki_text_character(uint32_t *out, q_span s) {
  if (s.n == 0) {
    return 0;
  }
  uint8_t first = s.p[0];
  size_t n = first < 0x80 ? 1 : first >= 0xC2 && first < 0xE0 ? 2 : first >= 0xE0 && first < 0xF0 ? 3 : 4;
  if ((first >= 0x80 && first < 0xC2) || first > 0xF4 || s.n < n) {
    return 0;
  }
  uint32_t v = n == 1 ? first : first & (0x7FU >> n);
  for (size_t i = 1; i < n; i++) {
    if ((s.p[i] & 0xC0) != 0x80) {
      return 0;
    }
    v = v << 6 | (s.p[i] & 0x3FU);
  }
  if ((n == 3 && v < 0x800) || (n == 4 && (v < 0x10000 || v > 0x10FFFF)) || (v >= 0xD800 && v < 0xE000)) {
    return 0;
  }
  *out = v;
  return n;
}

/* Control characters, and those that reorder or hide what is read. */
static bool disturbs(uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || c == 0x61C ||
         (c >= 0xE0000 && c <= 0xE0FFF);
}

void q_pki_text_tame(q_text *t, q_span bytes) {
  while (bytes.n > 0) {
    uint32_t c = 0;
    size_t n = q_pki_text_character(&c, bytes);
    if (n == 0 || (disturbs(c) && c < 0x80)) {
      q_pki_text_add(t, "\\x");
      add_hex(t, bytes.p[0], 2);
      n = 1;
    } else if (disturbs(c)) {
      q_pki_text_add(t, "\\u{");
      add_hex(t, c, c > 0xFFFF ? 6 : 4);
      q_pki_text_add(t, "}");
    } else {
      q_pki_text_bytes(t, bytes.p, n);
    }
    bytes = q_span_of(bytes.p + n, bytes.n - n);
  }
}

qtls_err q_pki_text_end(q_text *t, char **out, size_t *n) {
  *out = NULL;
  *n = 0;
  if (t->err == QTLS_OK && t->p == NULL) {
    t->p = q_alloc(1);
    t->err = t->p == NULL ? QTLS_ERR_NO_MEMORY : QTLS_OK;
  }
  if (t->err != QTLS_OK) {
    qtls_err err = t->err;
    q_pki_text_free(t);
    return err;
  }
  *out = t->p;
  *n = t->n;
  *t = (q_text){NULL, 0, 0, QTLS_OK};
  return QTLS_OK;
}

void q_pki_text_free(q_text *t) {
  q_free(t->p);
  *t = (q_text){NULL, 0, 0, QTLS_OK};
}
