/* Owns the writing of JSON: one value a line, two blanks a level. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden/golden.h"

static void add(json *j, const char *text, size_t n) {
  if (n > j->cap - j->n) {
    j->cap = 2 * (j->cap + n);
    j->p = realloc(j->p, j->cap);
    if (j->p == NULL) {
      abort();
    }
  }
  memcpy(j->p + j->n, text, n);
  j->n += n;
}

static void put(json *j, const char *text) { add(j, text, strlen(text)); }

/* Comma, line end and blanks before a value, and its key. */
static void begin(json *j, const char *key) {
  if (j->n > 0) {
    put(j, j->first ? "\n" : ",\n");
  }
  for (unsigned i = 0; i < j->depth; i++) {
    put(j, "  ");
  }
  j->first = false;
  if (key != NULL) {
    put(j, "\"");
    put(j, key);
    put(j, "\": ");
  }
}

void json_open(json *j, const char *key, char bracket) {
  begin(j, key);
  add(j, &bracket, 1);
  j->depth++;
  j->first = true;
}

void json_close(json *j, char bracket) {
  j->depth--;
  if (!j->first) {
    put(j, "\n");
    for (unsigned i = 0; i < j->depth; i++) {
      put(j, "  ");
    }
  }
  j->first = false;
  add(j, &bracket, 1);
  if (j->depth == 0) {
    put(j, "\n");
  }
}

void json_text(json *j, const char *key, const char *text) {
  begin(j, key);
  put(j, "\"");
  put(j, text); /* ours: no letter that needs an escape */
  put(j, "\"");
}

void json_number(json *j, const char *key, int64_t number) {
  char text[32];
  begin(j, key);
  (void)snprintf(text, sizeof text, "%lld", (long long)number);
  put(j, text);
}

void json_hex(json *j, const char *key, const uint8_t *p, size_t n) {
  static const char digits[] = "0123456789abcdef";
  begin(j, key);
  put(j, "\"");
  for (size_t i = 0; i < n; i++) {
    const char pair[2] = {digits[p[i] >> 4], digits[p[i] & 15]};
    add(j, pair, 2);
  }
  put(j, "\"");
}

void json_free(json *j) {
  free(j->p);
  *j = (json){0};
}
