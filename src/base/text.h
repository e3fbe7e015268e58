/* Owns short texts put together in a buffer of fixed size: always ended by NUL,
 * cut when too long, bytes that are not printable ASCII shown as '?'. */
#ifndef Q_BASE_TEXT_H
#define Q_BASE_TEXT_H

#include "base/try.h"

typedef struct q_text {
  char *p;
  size_t n; /* without the NUL */
  size_t cap;
} q_text;

void q_text_init(q_text *t, char *buf, size_t cap); /* cap > 0 */
void q_text_add(q_text *t, const char *s);
void q_text_add_bytes(q_text *t, q_span s);
void q_text_add_number(q_text *t, uint64_t v);
void q_text_add_code(q_text *t, uint16_t code); /* 0x13f2 */
void q_text_add_hex(q_text *t, q_span bytes);

#endif
