/*
 * Owns text that grows: for descriptions only, never for secrets. The first
 * failure sticks and is told at the end.
 */
#ifndef Q_PKI_TEXT_H
#define Q_PKI_TEXT_H

#include "base/mem.h"

/* All zero is empty text. */
typedef struct q_text {
  char *p;
  size_t n;
  size_t cap;
  qtls_err err;
} q_text;

void q_pki_text_bytes(q_text *t, const void *p, size_t n);
void q_pki_text_add(q_text *t, const char *s);
void q_pki_text_number(q_text *t, int64_t v);
void q_pki_text_hex(q_text *t, q_span bytes); /* lower case, no separators */
void q_pki_text_time(q_text *t, int64_t seconds); /* 2026-11-24T08:00:00Z */

/* The first character of UTF-8 text (RFC 3629): its length, or 0 for what is none. */
size_t q_pki_text_character(uint32_t *out, q_span s);

/* Bytes that came from a peer, as UTF-8 without anything that moves a cursor or
 * turns the reading direction: such characters, and bytes that are no UTF-8,
 * become \xNN or \u{NNNN}. */
void q_pki_text_tame(q_text *t, q_span bytes);

/* The text with a final zero; the caller owns it. */
QTLS_MUST_USE qtls_err q_pki_text_end(q_text *t, char **out, size_t *n);
void q_pki_text_free(q_text *t);

#endif
