/* Owns serial numbers as text. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "ca.h"

void qtls_ca_release(void *block) { free(block); }

bool q_ca_serial_from_bytes(char out[CA_HEX], const uint8_t *p, size_t n) {
  static const char digits[] = "0123456789abcdef";
  out[0] = '\0';
  while (n > 1 && *p == 0) {
    p++;
    n--;
  }
  if (n == 0 || n > QTLS_CA_SERIAL_MAX) {
    return false;
  }
  for (size_t i = 0; i < n; i++) {
    out[2 * i] = digits[p[i] >> 4];
    out[2 * i + 1] = digits[p[i] & 15];
  }
  out[2 * n] = '\0';
  return true;
}

static int value_of(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  c = (char)tolower((unsigned char)c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "0x" in front, colons between bytes and leading zeros are how others write them. */
bool q_ca_serial_from_text(char out[CA_HEX], const char *text) {
  uint8_t bytes[QTLS_CA_SERIAL_MAX + 1];
  char digits[2 * sizeof bytes];
  size_t n = 0;
  out[0] = '\0';
  if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    text += 2;
  }
  for (; *text != '\0'; text++) {
    if (*text == ':' || (*text == '0' && n == 0 && text[1] != '\0')) {
      continue;
    }
    if (value_of(*text) < 0 || n == sizeof digits) {
      return false;
    }
    digits[n++] = (char)value_of(*text);
  }
  size_t count = 0;
  for (size_t i = 0; i < n;) {
    int high = (n - i) % 2 == 1 ? 0 : digits[i++];
    bytes[count++] = (uint8_t)(high * 16 + digits[i++]);
  }
  return q_ca_serial_from_bytes(out, bytes, count);
}

size_t q_ca_serial_to_bytes(uint8_t out[QTLS_CA_SERIAL_MAX], const char *hex) {
  size_t n = strlen(hex) / 2;
  n = n > QTLS_CA_SERIAL_MAX ? 0 : n;
  for (size_t i = 0; i < n; i++) {
    out[i] = (uint8_t)(value_of(hex[2 * i]) * 16 + value_of(hex[2 * i + 1]));
  }
  return n;
}
