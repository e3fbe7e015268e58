/* Owns text for people and JSON for programs (out.h). */
#include "out.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

enum { LABEL_WIDTH = 17 };

/* The length of the well-formed UTF-8 sequence at `p` (RFC 3629), 0 if none. */
static size_t utf8(const unsigned char *p) {
  if (p[0] < 0x80) {
    return 1;
  }
  size_t n = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
  if (p[0] < 0xC2 || p[0] > 0xF4) {
    return 0;
  }
  for (size_t i = 1; i < n; i++) {
    if ((p[i] & 0xC0) != 0x80) {
      return 0;
    }
  }
  bool overlong = (p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xF0 && p[1] < 0x90);
  bool beyond = (p[0] == 0xED && p[1] > 0x9F) || (p[0] == 0xF4 && p[1] > 0x8F);
  return overlong || beyond ? 0 : n;
}

/* C1 controls (U+0080-U+009F) command some terminals too. */
static bool is_control(const unsigned char *p, size_t n) {
  return (n == 1 && (p[0] < 0x20 || p[0] == 0x7F)) || (n == 2 && p[0] == 0xC2 && p[1] < 0xA0);
}

void out_safe(FILE *to, const char *text) {
  for (const unsigned char *p = (const unsigned char *)text; *p != '\0';) {
    size_t n = utf8(p);
    if (n == 0 || is_control(p, n)) {
      (void)fprintf(to, "\\x%02X", p[0]);
      p++;
    } else {
      (void)fwrite(p, 1, n, to);
      p += n;
    }
  }
}

static void label_of(FILE *to, const char *label) {
  char text[64];
  (void)snprintf(text, sizeof text, "%s:", label);
  (void)fprintf(to, "%-*s ", LABEL_WIDTH, text);
}

void out_line(FILE *to, const char *label, const char *text) {
  if (text != NULL) {
    label_of(to, label);
    out_safe(to, text);
    (void)fputc('\n', to);
  }
}

void out_linef(FILE *to, const char *label, const char *format, ...) {
  char text[1024];
  va_list list;
  va_start(list, format);
  (void)vsnprintf(text, sizeof text, format, list);
  va_end(list);
  out_line(to, label, text);
}

const char *out_bytes(char out[32], uint64_t n) {
  char digits[24];
  int count = snprintf(digits, sizeof digits, "%" PRIu64, n);
  size_t at = 0;
  for (int i = 0; i < count; i++) {
    if (i > 0 && (count - i) % 3 == 0) {
      out[at++] = ',';
    }
    out[at++] = digits[i];
  }
  out[at] = '\0';
  return out;
}

static const char *put_time(char out[32], int64_t seconds, char between, const char *after) {
  time_t t = (time_t)seconds;
  struct tm parts;
  memset(&parts, 0, sizeof parts);
  if (gmtime_r(&t, &parts) == NULL) {
    (void)snprintf(out, 32, "%" PRId64, seconds);
    return out;
  }
  (void)snprintf(out, 32, "%04d-%02d-%02d%c%02d:%02d:%02d%s", (parts.tm_year + 1900) % 10000, parts.tm_mon + 1,
                 parts.tm_mday, between, parts.tm_hour, parts.tm_min, parts.tm_sec, after);
  return out;
}

const char *out_time(char out[32], int64_t seconds) { return put_time(out, seconds, ' ', " UTC"); }

const char *out_time_json(char out[32], int64_t seconds) { return put_time(out, seconds, 'T', "Z"); }

/* ---- JSON ---- */

json json_to(FILE *to) {
  json j = {to, false};
  return j;
}

static void quote(FILE *to, const char *text) {
  (void)fputc('"', to);
  for (const unsigned char *p = (const unsigned char *)text; *p != '\0';) {
    size_t n = utf8(p);
    if (n == 0) {
      (void)fputs("\\ufffd", to);
      p++;
      continue;
    }
    if (*p == '"' || *p == '\\') {
      (void)fprintf(to, "\\%c", *p);
    } else if (*p < 0x20 || *p == 0x7F) {
      (void)fprintf(to, "\\u%04x", *p);
    } else {
      (void)fwrite(p, 1, n, to);
    }
    p += n;
  }
  (void)fputc('"', to);
}

static void start(json *j, const char *key) {
  if (j->comma) {
    (void)fputc(',', j->to);
  }
  j->comma = true;
  if (key != NULL) {
    quote(j->to, key);
    (void)fputc(':', j->to);
  }
}

void json_begin(json *j, const char *key, char bracket) {
  start(j, key);
  (void)fputc(bracket, j->to);
  j->comma = false;
}

void json_end(json *j, char bracket) {
  (void)fputc(bracket, j->to);
  j->comma = true;
}

void json_string(json *j, const char *key, const char *text) {
  start(j, key);
  if (text != NULL) {
    quote(j->to, text);
  } else {
    (void)fputs("null", j->to);
  }
}

void json_integer(json *j, const char *key, int64_t n) {
  start(j, key);
  (void)fprintf(j->to, "%" PRId64, n);
}

void json_real(json *j, const char *key, double n) {
  start(j, key);
  (void)fprintf(j->to, "%.3f", n);
}

void json_bool(json *j, const char *key, bool on) {
  start(j, key);
  (void)fputs(on ? "true" : "false", j->to);
}

void json_hex(json *j, const char *key, const uint8_t *p, size_t n) {
  start(j, key);
  (void)fputc('"', j->to);
  for (size_t i = 0; i < n; i++) {
    (void)fprintf(j->to, "%02x", p[i]);
  }
  (void)fputc('"', j->to);
}

void json_done(json *j) {
  (void)fputc('\n', j->to);
  (void)fflush(j->to);
  j->comma = false;
}
