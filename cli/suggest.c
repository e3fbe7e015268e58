/* Owns "did you mean": the nearest known word by edit distance, where two
 * neighbouring letters exchanged count as one slip. */
#include <string.h>

#include "cli.h"

enum { WORD_MOST = 63 };

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Optimal string alignment distance. */
static size_t distance(const char *a, const char *b) {
  size_t rows[3][WORD_MOST + 1];
  size_t n = strlen(a);
  size_t m = strlen(b);
  if (n > WORD_MOST || m > WORD_MOST) {
    return SIZE_MAX;
  }
  for (size_t j = 0; j <= m; j++) {
    rows[0][j] = j;
  }
  for (size_t i = 1; i <= n; i++) {
    size_t *now = rows[i % 3];
    const size_t *last = rows[(i - 1) % 3];
    const size_t *before = rows[(i + 1) % 3];
    now[0] = i;
    for (size_t j = 1; j <= m; j++) {
      size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
      now[j] = least(least(last[j] + 1, now[j - 1] + 1), last[j - 1] + cost);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        now[j] = least(now[j], before[j - 2] + 1);
      }
    }
  }
  return rows[n % 3][m];
}

cli_suggestion cli_suggest_start(const char *typed) {
  cli_suggestion s = {typed, NULL, SIZE_MAX};
  return s;
}

void cli_suggest_offer(cli_suggestion *s, const char *word) {
  size_t d = distance(s->typed, word);
  size_t typed = strlen(s->typed);
  if (d != SIZE_MAX && typed >= 3 && strncmp(word, s->typed, typed) == 0) {
    d = 1; /* the word was begun and not finished */
  }
  if (d < s->distance) {
    s->distance = d;
    s->nearest = word;
  }
}

const char *cli_suggest_best(const cli_suggestion *s) {
  if (s->nearest == NULL) {
    return NULL;
  }
  size_t longest = strlen(s->nearest) > strlen(s->typed) ? strlen(s->nearest) : strlen(s->typed);
  return s->distance <= 1 + longest / 4 ? s->nearest : NULL;
}
