/* Owns the reading of IP literals: dotted IPv4, and IPv6 of RFC 4291 §2.2. */
#include <string.h>

#include "pki/names.h"

/* Dotted decimal, four numbers without leading zeros; NULL if it is not. */
static const char *parse_v4(uint8_t out[4], const char *p) {
  for (size_t i = 0; i < 4; i++) {
    unsigned value = 0;
    size_t digits = 0;
    if (i > 0 && *p++ != '.') {
      return NULL;
    }
    while (*p >= '0' && *p <= '9' && digits < 4) {
      value = value * 10 + (unsigned)(*p++ - '0');
      digits++;
    }
    if (digits == 0 || digits > 3 || value > 255 || (digits > 1 && p[-(ptrdiff_t)digits] == '0')) {
      return NULL;
    }
    out[i] = (uint8_t)value;
  }
  return p;
}

static int hex_of(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One group of up to four hexadecimal digits. */
static const char *parse_group(uint8_t out[2], const char *p) {
  unsigned value = 0;
  size_t digits = 0;
  while (digits < 4 && hex_of(*p) >= 0) {
    value = value << 4 | (unsigned)hex_of(*p++);
    digits++;
  }
  out[0] = (uint8_t)(value >> 8);
  out[1] = (uint8_t)value;
  return digits > 0 ? p : NULL;
}

static bool parse_v6(uint8_t out[16], const char *p) {
  size_t n = 0;
  size_t gap = SIZE_MAX; /* where "::" stood */
  if (p[0] == ':' && p[1] == ':') {
    gap = 0;
    p += 2;
  }
  while (*p != '\0') {
    const char *end = n <= 12 ? parse_v4(out + n, p) : NULL;
    if (end != NULL && *end == '\0') {
      n += 4;
      break;
    }
    end = n <= 14 ? parse_group(out + n, p) : NULL;
    if (end == NULL) {
      return false;
    }
    n += 2;
    p = end;
    if (p[0] == ':' && p[1] == ':' && gap == SIZE_MAX) {
      gap = n;
      p += 2;
    } else if (p[0] == ':' && p[1] != '\0' && p[1] != ':') {
      p++;
    } else if (*p != '\0') {
      return false;
    }
  }
  if (gap == SIZE_MAX) {
    return n == 16;
  }
  if (n > 14) { /* "::" is two bytes at least */
    return false;
  }
  memmove(out + 16 - (n - gap), out + gap, n - gap);
  memset(out + gap, 0, 16 - n);
  return true;
}

size_t q_pki_ip_parse(uint8_t out[16], const char *text) {
  memset(out, 0, 16);
  const char *end = parse_v4(out, text);
  if (end != NULL && *end == '\0') {
    return 4;
  }
  return strchr(text, ':') != NULL && parse_v6(out, text) ? 16 : 0;
}
