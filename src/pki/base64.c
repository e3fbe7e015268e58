/* Owns base64. No table is indexed and no branch taken by a value. */
#include "pki/base64.h"

/* All ones when lo ≤ c ≤ hi. */
static unsigned between(unsigned c, unsigned lo, unsigned hi) {
  return (unsigned)-(int)(((lo - 1 - c) & (c - hi - 1)) >> 31);
}

static char letter(unsigned v) {
  unsigned c = (between(v, 0, 25) & (v + 'A')) | (between(v, 26, 51) & (v - 26 + 'a')) |
               (between(v, 52, 61) & (v - 52 + '0')) | (between(v, 62, 62) & '+') | (between(v, 63, 63) & '/');
  return (char)c;
}

/* 0 to 63, or with bit 8 set for what is no letter of the alphabet. */
static unsigned value(unsigned c) {
  unsigned upper = between(c, 'A', 'Z');
  unsigned lower = between(c, 'a', 'z');
  unsigned digit = between(c, '0', '9');
  unsigned plus = between(c, '+', '+');
  unsigned slash = between(c, '/', '/');
  unsigned known = upper | lower | digit | plus | slash;
  return (upper & (c - 'A')) | (lower & (c - 'a' + 26)) | (digit & (c - '0' + 52)) | (plus & 62) | (slash & 63) |
         (~known & 0x100);
}

void q_pki_base64_encode(char *out, q_span in) {
  size_t at = 0;
  for (size_t i = 0; i < in.n; i += 3) {
    size_t have = in.n - i;
    unsigned v = (unsigned)in.p[i] << 16;
    v |= have > 1 ? (unsigned)in.p[i + 1] << 8 : 0;
    v |= have > 2 ? (unsigned)in.p[i + 2] : 0;
    out[at++] = letter(v >> 18 & 63);
    out[at++] = letter(v >> 12 & 63);
    out[at++] = have > 1 ? letter(v >> 6 & 63) : '=';
    out[at++] = have > 2 ? letter(v & 63) : '=';
  }
}

bool q_pki_base64_decode(uint8_t *out, size_t *n, q_span in) {
  *n = 0;
  if (in.n == 0 || in.n % 4 != 0) {
    return false;
  }
  size_t padding = in.p[in.n - 1] != '=' ? 0 : in.p[in.n - 2] != '=' ? 1 : 2;
  unsigned bad = 0;
  size_t at = 0;
  size_t total = in.n / 4 * 3 - padding;
  for (size_t i = 0; i < in.n; i += 4) {
    unsigned v = 0;
    for (size_t j = 0; j < 4; j++) {
      unsigned one = i + j < in.n - padding ? value(in.p[i + j]) : 0;
      bad |= one & 0x100;
      v = v << 6 | (one & 63);
    }
    for (unsigned shift = 24; shift > 0; shift -= 8) {
      unsigned octet = v >> (shift - 8) & 0xFF;
      if (at < total) {
        out[at++] = (uint8_t)octet;
      } else {
        bad |= octet; /* RFC 4648 §3.5: pad bits are zero */
      }
    }
  }
  *n = total;
  return bad == 0;
}
