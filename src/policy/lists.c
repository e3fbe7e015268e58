/* Owns parsing of the lists of names that users write: "a:b:?c". */
#include <string.h>

#include "policy/settings.h"

#define NAME_MAX_LENGTH 64

static const char *const kind_names[] = {
    [Q_LIST_SUITES] = "cipher suite", [Q_LIST_GROUPS] = "group", [Q_LIST_SCHEMES] = "signature scheme"};

static bool look_up(uint16_t *code, q_list_kind kind, const char *name) {
  const q_suite *suite = kind == Q_LIST_SUITES ? q_suite_by_name(name) : NULL;
  const q_group *group = kind == Q_LIST_GROUPS ? q_group_by_name(name) : NULL;
  const q_scheme *scheme = kind == Q_LIST_SCHEMES ? q_scheme_by_name(name) : NULL;
  if (suite != NULL) {
    *code = suite->code;
  } else if (group != NULL) {
    *code = group->code;
  } else if (scheme != NULL) {
    *code = scheme->code;
  } else {
    return false;
  }
  return true;
}

/* Next name of the list into `name`; false at the end. *long_name: too long to be one. */
static bool next_name(const char **list, char name[NAME_MAX_LENGTH + 1], bool *long_name) {
  if (*list == NULL) {
    return false;
  }
  const char *end = strchr(*list, ':');
  size_t n = end == NULL ? strlen(*list) : (size_t)(end - *list);
  *long_name = n > NAME_MAX_LENGTH;
  size_t kept = *long_name ? NAME_MAX_LENGTH : n;
  memcpy(name, *list, kept);
  name[kept] = '\0';
  *list = end == NULL ? NULL : end + 1;
  return true;
}

static void complain(q_text *problem, const char *what, const char *name, size_t place) {
  q_text_add(problem, "unknown ");
  q_text_add(problem, what);
  q_text_add(problem, " '");
  q_text_add_bytes(problem, q_span_of(name, strlen(name)));
  q_text_add(problem, "' at place ");
  q_text_add_number(problem, place);
  q_text_add(problem, " of the list; write ?name for one that may be unknown");
}

qtls_err q_policy_parse_list(q_codes *out, q_text *problem, q_list_kind kind, const char *list) {
  q_codes parsed = {{0}, 0};
  char name[NAME_MAX_LENGTH + 1];
  bool long_name = false;
  for (size_t place = 1; next_name(&list, name, &long_name); place++) {
    bool optional = name[0] == '?';
    uint16_t code = 0;
    if (long_name || !look_up(&code, kind, optional ? name + 1 : name)) {
      if (optional && !long_name) {
        continue;
      }
      complain(problem, kind_names[kind], name, place);
      return QTLS_ERR_CONFIG_VALUE;
    }
    if (q_policy_has(&parsed, code)) {
      continue;
    }
    if (parsed.count == Q_LIST_MAX) {
      q_text_add(problem, "the list is too long");
      return QTLS_ERR_CONFIG_VALUE;
    }
    parsed.code[parsed.count++] = code;
  }
  if (parsed.count == 0) {
    q_text_add(problem, "the list of ");
    q_text_add(problem, kind_names[kind]);
    q_text_add(problem, "s names nothing that this build knows");
    return QTLS_ERR_CONFIG_VALUE;
  }
  *out = parsed;
  return QTLS_OK;
}

qtls_err q_policy_parse_versions(uint8_t *protocols, q_text *problem, const char *list) {
  static const struct {
    const char *name;
    uint8_t bit;
  } known[] = {{"q-tls1.0", Q_PROTO_QTLS10}, {"qtls1.0", Q_PROTO_QTLS10}, {"q-tls", Q_PROTO_QTLS10},
               {"tls1.3", Q_PROTO_TLS13},    {"tlsv1.3", Q_PROTO_TLS13}};
  uint8_t bits = 0;
  char name[NAME_MAX_LENGTH + 1];
  bool long_name = false;
  for (size_t place = 1; next_name(&list, name, &long_name); place++) {
    uint8_t bit = 0;
    bool optional = name[0] == '?';
    for (size_t i = 0; i < Q_COUNT(known); i++) {
      if (q_registry_name_equal(known[i].name, optional ? name + 1 : name)) {
        bit = known[i].bit;
      }
    }
    if (bit == 0 && (!optional || long_name)) {
      complain(problem, "version", name, place);
      return QTLS_ERR_CONFIG_VALUE;
    }
    bits |= bit;
  }
  if (bits == 0) {
    q_text_add(problem, "the list of versions names nothing that this build knows");
    return QTLS_ERR_CONFIG_VALUE;
  }
  *protocols = bits;
  return QTLS_OK;
}
