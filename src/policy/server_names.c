/* Owns the index from DNS names to identities: a sorted list. */
#include "policy/server_names.h"

#include <string.h>

static uint8_t lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c; }

/* Without regard to ASCII case; a wildcard behind the name that it looks like. */
static int compare(const q_named *entry, q_span name, bool wildcard) {
  size_t n = entry->name.n < name.n ? entry->name.n : name.n;
  for (size_t i = 0; i < n; i++) {
    int a = lower(entry->name.p[i]);
    int b = lower(name.p[i]);
    if (a != b) {
      return a - b;
    }
  }
  if (entry->name.n != name.n) {
    return entry->name.n < name.n ? -1 : 1;
  }
  return (int)entry->wildcard - (int)wildcard;
}

static qtls_err grow(q_server_names *names) {
  if (names->count < names->cap) {
    return QTLS_OK;
  }
  size_t cap = names->cap == 0 ? 8 : 2 * names->cap;
  q_named *list = q_alloc(cap * sizeof *list);
  if (list == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  if (names->count > 0) {
    memcpy(list, names->list, names->count * sizeof *list);
  }
  q_free(names->list);
  names->list = list;
  names->cap = cap;
  return QTLS_OK;
}

qtls_err q_policy_names_add(q_server_names *names, q_span name, size_t identity) {
  if (name.n == 0) {
    return QTLS_OK;
  }
  Q_TRY(grow(names));
  bool wildcard = name.n > 2 && name.p[0] == '*' && name.p[1] == '.';
  size_t from = wildcard ? 1 : 0;
  names->list[names->count++] = (q_named){q_span_of(name.p + from, name.n - from), wildcard, (uint16_t)identity};
  return QTLS_OK;
}

void q_policy_names_free(q_server_names *names) {
  q_free(names->list);
  *names = (q_server_names){NULL, 0, 0};
}

/* Put entry `at` where it belongs among those below it in the heap. */
static void sink(q_server_names *names, size_t at, size_t count) {
  q_named *list = names->list;
  for (size_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
    if (child + 1 < count && compare(&list[child], list[child + 1].name, list[child + 1].wildcard) < 0) {
      child++;
    }
    if (compare(&list[at], list[child].name, list[child].wildcard) >= 0) {
      return;
    }
    q_named kept = list[at];
    list[at] = list[child];
    list[child] = kept;
    at = child;
  }
}

void q_policy_names_sort(q_server_names *names) {
  for (size_t i = names->count / 2; i > 0; i--) {
    sink(names, i - 1, names->count);
  }
  for (size_t end = names->count; end > 1; end--) {
    q_named kept = names->list[0];
    names->list[0] = names->list[end - 1];
    names->list[end - 1] = kept;
    sink(names, 0, end - 1);
  }
}

/* The first entry that is not before `name`. */
static size_t first_of(const q_server_names *names, q_span name, bool wildcard) {
  size_t low = 0;
  size_t high = names->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (compare(&names->list[middle], name, wildcard) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

static bool raise_all(const q_server_names *names, q_span name, bool wildcard, q_name_fit to, q_candidate *fit) {
  size_t at = first_of(names, name, wildcard);
  size_t from = at;
  while (at < names->count && compare(&names->list[at], name, wildcard) == 0) {
    q_candidate *found = &fit[names->list[at].identity];
    found->fit = found->fit < to ? to : found->fit;
    at++;
  }
  return at > from;
}

bool q_policy_names_find(const q_server_names *names, q_span asked, q_candidate *fit) {
  if (asked.n > 1 && asked.p[asked.n - 1] == '.') {
    asked.n--;
  }
  const uint8_t *dot = asked.n == 0 ? NULL : memchr(asked.p, '.', asked.n);
  bool found = false;
  if (dot != NULL) {
    size_t head = (size_t)(dot - asked.p);
    found = head > 0 && raise_all(names, q_span_of(dot, asked.n - head), true, Q_FIT_WILDCARD, fit);
  }
  return raise_all(names, asked, false, Q_FIT_EXACT, fit) || found;
}

void q_policy_names_defaults(const q_server_names *names, q_candidate *fit) {
  fit[0].fit = Q_FIT_DEFAULT;
  for (size_t i = 0; i < names->count; i++) {
    const q_named *one = &names->list[i];
    if (one->identity == 0) {
      (void)raise_all(names, one->name, one->wildcard, Q_FIT_DEFAULT, fit);
    }
  }
}
