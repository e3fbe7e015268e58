/* Owns certificates as one growing text of PEM (pem.h, RFC 7468). */
#include "pem.h"

#include <stdlib.h>
#include <string.h>

static const char first[] = "-----BEGIN CERTIFICATE-----\n";
static const char last[] = "-----END CERTIFICATE-----\n";

enum { LINE = 48, LINE_LETTERS = 64 }; /* bytes, and letters, of a line */

static void encode(char out[4], const uint8_t *p, size_t n) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  uint32_t bits = (uint32_t)p[0] << 16 | (n > 1 ? (uint32_t)p[1] << 8 : 0) | (n > 2 ? (uint32_t)p[2] : 0);
  out[0] = letters[bits >> 18];
  out[1] = letters[bits >> 12 & 63];
  out[2] = n > 1 ? letters[bits >> 6 & 63] : '=';
  out[3] = n > 2 ? letters[bits & 63] : '=';
}

bool q_trust_text_add(q_trust_text *text, const uint8_t *der, size_t size) {
  size_t lines = size / LINE + 1;
  size_t need = text->n + sizeof first + sizeof last + lines * (LINE_LETTERS + 1);
  if (need > text->room) {
    char *grown = realloc(text->p, need * 2);
    if (grown == NULL) {
      return false;
    }
    text->p = grown;
    text->room = need * 2;
  }
  memcpy(text->p + text->n, first, sizeof first - 1);
  text->n += sizeof first - 1;
  for (size_t i = 0; i < size; i += 3) {
    encode(text->p + text->n, der + i, size - i);
    text->n += 4;
    if (i % LINE == LINE - 3 || size - i <= 3) {
      text->p[text->n++] = '\n';
    }
  }
  memcpy(text->p + text->n, last, sizeof last);
  text->n += sizeof last - 1;
  return true;
}
