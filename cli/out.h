/*
 * Owns the two forms of output: aligned text for people and JSON (RFC 8259) for
 * programs. Whatever comes from a peer or a file is made harmless here: no
 * control characters reach a terminal, no broken UTF-8 reaches JSON.
 */
#ifndef QTLS_CLI_OUT_H
#define QTLS_CLI_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* "label:      text", with the text made harmless; nothing if text is NULL. */
void out_line(FILE *to, const char *label, const char *text);
/* The same with a format. */
void out_linef(FILE *to, const char *label, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Text from outside, made harmless. */
void out_safe(FILE *to, const char *text);
/* "0.1 KiB" and the like are not for measuring: bytes as "12,345". Into `out`. */
const char *out_bytes(char out[32], uint64_t n);
/* "2026-11-21 07:00:00 UTC". Into `out`. */
const char *out_time(char out[32], int64_t seconds);
/* The same in RFC 3339. */
const char *out_time_json(char out[32], int64_t seconds);

/* One JSON value on one line. Keys are NULL inside arrays. */
typedef struct json {
  FILE *to;
  bool comma; /* something stands before in this object or array */
} json;

json json_to(FILE *to);
void json_begin(json *j, const char *key, char bracket);      /* '{' or '[' */
void json_end(json *j, char bracket);                         /* '}' or ']' */
void json_string(json *j, const char *key, const char *text); /* NULL: null */
void json_integer(json *j, const char *key, int64_t n);
void json_real(json *j, const char *key, double n); /* three digits after the point */
void json_bool(json *j, const char *key, bool on);
void json_hex(json *j, const char *key, const uint8_t *p, size_t n);
/* End the line and flush it. */
void json_done(json *j);

#endif
