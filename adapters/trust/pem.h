/* Owns certificates as one growing text of PEM. */
#ifndef Q_TRUST_PEM_H
#define Q_TRUST_PEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct q_trust_text {
  char *p; /* NULL: empty; else a zero stands behind it */
  size_t n, room;
} q_trust_text;

/* False without memory; the text then is as before. */
bool q_trust_text_add(q_trust_text *text, const uint8_t *der, size_t size);

#endif
