/* Owns the reading of a configuration file in YAML (yaml.h). libyaml makes a tree of it;
 * here the tree is held against the table of keys, which is as deep as it is. */
#include "yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "disk.h"

enum { FILE_MOST = 1024 * 1024, PATH_MOST = 256, MISTAKES_MOST = 10, VALUE_MOST = 8192 };

struct yaml_memory {
  struct yaml_memory *next;
  char text[];
};

typedef struct reading {
  cli_args *args;
  size_t typed; /* so many options were there before */
  yaml_memory **memory;
  const char *file;
  const yaml_key *keys;
  const char *const *lists;
  yaml_document_t doc;
  unsigned mistakes;
} reading;

void yaml_forget(yaml_memory *memory) {
  while (memory != NULL) {
    yaml_memory *next = memory->next;
    free(memory);
    memory = next;
  }
}

static const char *keep(reading *r, const char *text) {
  size_t n = strlen(text) + 1;
  yaml_memory *block = malloc(sizeof *block + n);
  if (block == NULL) {
    r->mistakes = MISTAKES_MOST;
    return "";
  }
  memcpy(block->text, text, n);
  block->next = *r->memory;
  *r->memory = block;
  return block->text;
}

__attribute__((format(printf, 3, 4))) static void mistake(reading *r, const yaml_node_t *at, const char *format, ...) {
  char words[1024];
  va_list list;
  va_start(list, format);
  (void)vsnprintf(words, sizeof words, format, list);
  va_end(list);
  if (r->mistakes < MISTAKES_MOST) {
    (void)cli_failure(r->args, "%s:%zu: %s", r->file, at->start_mark.line + 1, words);
  }
  r->mistakes++;
}

/* ---- values ---- */

static const char *text_of(const yaml_node_t *node) {
  return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

static bool is_typed(const reading *r, const yaml_key *key) {
  char names[256];
  (void)snprintf(names, sizeof names, " %s ", key->unless != NULL ? key->unless : key->option);
  for (size_t i = 0; i < r->typed; i++) {
    char name[64];
    (void)snprintf(name, sizeof name, " %s ", r->args->given[i].name);
    if (strstr(names, name) != NULL) {
      return true;
    }
  }
  return false;
}

static void give(reading *r, const yaml_key *key, const yaml_node_t *at, const char *value) {
  char origin[CLI_LABEL];
  cli_args *args = r->args;
  if (is_typed(r, key)) {
    return;
  }
  if (args->given_count == CLI_ARGS_MOST) {
    mistake(r, at, "%s: there are too many settings", key->path);
    return;
  }
  (void)snprintf(origin, sizeof origin, "%s:%zu: %s", r->file, at->start_mark.line + 1, key->path);
  args->given[args->given_count].name = key->option;
  args->given[args->given_count].value = value != NULL ? keep(r, value) : NULL;
  args->given[args->given_count].origin = keep(r, origin);
  args->given_count++;
}

/* From the folder of the file on. */
static const char *resolve(const reading *r, char out[VALUE_MOST], const char *path) {
  const char *slash = strrchr(r->file, '/');
  if (path[0] == '/' || slash == NULL || strcmp(path, "system") == 0 || strcmp(path, "none") == 0) {
    return path;
  }
  (void)snprintf(out, VALUE_MOST, "%.*s/%s", (int)(slash - r->file), r->file, path);
  return out;
}

static bool is_null(const yaml_node_t *node) {
  const char *text = text_of(node);
  return text != NULL && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
         (text[0] == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0);
}

/* One value as text, or NULL after having told what is wrong with it. */
static const char *scalar(reading *r, const yaml_key *key, const yaml_node_t *node, char out[VALUE_MOST]) {
  const char *text = text_of(node);
  long seconds = 0;
  if (text == NULL) {
    mistake(r, node, "%s: one value is wanted here, not %s", key->path,
            node->type == YAML_SEQUENCE_NODE ? "a list" : "an object with keys of its own");
    return NULL;
  }
  if (is_null(node)) {
    mistake(r, node, "%s: a value is missing; write one after the colon, or take the key out", key->path);
    return NULL;
  }
  if (strlen(text) != node->data.scalar.length || node->data.scalar.length >= VALUE_MOST / 2) {
    mistake(r, node, "%s: the value is too long, or holds a zero byte", key->path);
    return NULL;
  }
  if (key->kind == YAML_DURATION &&
      (!cli_seconds(text, &seconds) || (text[0] != '0' && strspn(text, "0123456789") == strlen(text)))) {
    mistake(r, node, "%s: \"%.60s\" is not a time; write a number with its unit, such as 5s, 10m or 2h", key->path,
            text);
    return NULL;
  }
  if (key->kind == YAML_NUMBER && (text[0] == '\0' || strspn(text, "0123456789") != strlen(text))) {
    mistake(r, node, "%s: \"%.60s\" is not a whole number", key->path, text);
    return NULL;
  }
  return key->kind == YAML_PATH || key->kind == YAML_PATHS ? resolve(r, out, text) : text;
}

static void take_switch(reading *r, const yaml_key *key, const yaml_node_t *node) {
  const char *text = text_of(node);
  bool plain = text != NULL && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
  if (!plain || (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)) {
    mistake(r, node, "%s: true or false is wanted here, not %s%.60s%s", key->path, text != NULL ? "\"" : "",
            text != NULL ? text : "a list or an object", text != NULL ? "\"" : "");
  } else if ((strcmp(text, "true") == 0) == (key->kind == YAML_SWITCH)) {
    give(r, key, node, NULL);
  }
}

static void take_list(reading *r, const yaml_key *key, const yaml_node_t *node) {
  char joined[VALUE_MOST] = "";
  char room[VALUE_MOST];
  size_t used = 0;
  /* What names some of many would mean all of them: the opposite of what an empty list says. */
  if (key->kind != YAML_LIST && node->data.sequence.items.start == node->data.sequence.items.top) {
    mistake(r, node, "%s: the list is empty; take the key out, or name one", key->path);
    return;
  }
  for (const yaml_node_item_t *i = node->data.sequence.items.start; i < node->data.sequence.items.top; i++) {
    const yaml_node_t *item = yaml_document_get_node(&r->doc, *i);
    const char *text = scalar(r, key, item, room);
    if (text == NULL) {
      return;
    }
    if (key->kind != YAML_LIST) {
      give(r, key, item, text);
      continue;
    }
    int n = snprintf(joined + used, sizeof joined - used, "%.*s%s", used > 0 ? 1 : 0, &key->joint, text);
    if (n < 0 || (size_t)n >= sizeof joined - used) {
      mistake(r, node, "%s: the list is too long", key->path);
      return;
    }
    used += (size_t)n;
  }
  if (key->kind == YAML_LIST) {
    give(r, key, node, joined);
  }
}

static void take(reading *r, const yaml_key *key, const yaml_node_t *node) {
  char room[VALUE_MOST];
  if (key->kind == YAML_SWITCH || key->kind == YAML_UNLESS) {
    take_switch(r, key, node);
    return;
  }
  bool many = key->kind == YAML_LIST || key->kind == YAML_MANY || key->kind == YAML_PATHS;
  if (many && node->type == YAML_SEQUENCE_NODE) {
    take_list(r, key, node);
    return;
  }
  const char *text = scalar(r, key, node, room);
  if (text != NULL) {
    give(r, key, node, text);
  }
}

/* ---- the tree ---- */

/* The part of a row's path that comes next below `prefix`; false when it is elsewhere. */
static bool next_part(const char *path, const char *prefix, char out[PATH_MOST]) {
  size_t n = strlen(prefix);
  if (strncmp(path, prefix, n) != 0 || (n > 0 && path[n] != '.')) {
    return false;
  }
  const char *part = n > 0 ? path + n + 1 : path;
  (void)snprintf(out, PATH_MOST, "%.*s", (int)strcspn(part, "."), part);
  return true;
}

static void unknown(reading *r, const yaml_node_t *at, const char *prefix, const char *name) {
  char part[PATH_MOST];
  cli_suggestion s = cli_suggest_start(name);
  for (const yaml_key *k = r->keys; k->path != NULL; k++) {
    if (next_part(k->path, prefix, part)) {
      /* Offered words are kept by the suggestion. */
      cli_suggest_offer(&s, keep(r, part));
    }
  }
  const char *best = cli_suggest_best(&s);
  mistake(r, at, "there is no key \"%.60s\"%s%s%s%s%s", name, prefix[0] != '\0' ? " in " : "", prefix,
          best != NULL ? "; did you mean " : "", best != NULL ? best : "", best != NULL ? "?" : "");
}

static const yaml_node_t *child(reading *r, const yaml_node_t *mapping, const char *name) {
  for (const yaml_node_pair_t *p = mapping->data.mapping.pairs.start; p < mapping->data.mapping.pairs.top; p++) {
    const char *text = text_of(yaml_document_get_node(&r->doc, p->key));
    if (text != NULL && strcmp(text, name) == 0) {
      return yaml_document_get_node(&r->doc, p->value);
    }
  }
  return NULL;
}

/* Every key is known, and there once. */
static void check_keys(reading *r, const yaml_node_t *mapping, const char *prefix) {
  char part[PATH_MOST];
  for (const yaml_node_pair_t *p = mapping->data.mapping.pairs.start; p < mapping->data.mapping.pairs.top; p++) {
    const yaml_node_t *at = yaml_document_get_node(&r->doc, p->key);
    const char *name = text_of(at);
    bool known = false;
    if (name == NULL) {
      mistake(r, at, "a key must be a word");
      continue;
    }
    for (const yaml_key *k = r->keys; k->path != NULL && !known; k++) {
      known = next_part(k->path, prefix, part) && strcmp(part, name) == 0;
    }
    if (!known) {
      unknown(r, at, prefix, name);
    } else if (child(r, mapping, name) != yaml_document_get_node(&r->doc, p->value)) {
      mistake(r, at, "%s is there a second time", name);
    }
  }
}

static bool is_list(const reading *r, const char *path) {
  for (const char *const *l = r->lists; *l != NULL; l++) {
    if (strcmp(*l, path) == 0) {
      return true;
    }
  }
  return false;
}

static void walk(reading *r, const yaml_node_t *mapping, const char *prefix, unsigned depth);

static void walk_object(reading *r, const yaml_node_t *node, const char *path, unsigned depth) {
  if (!is_list(r, path)) {
    walk(r, node, path, depth);
    return;
  }
  if (node->type != YAML_SEQUENCE_NODE) {
    mistake(r, node, "%s: a list is wanted here: lines that begin with \"- \"", path);
    return;
  }
  for (const yaml_node_item_t *i = node->data.sequence.items.start; i < node->data.sequence.items.top; i++) {
    walk(r, yaml_document_get_node(&r->doc, *i), path, depth);
  }
}

/* In the order of the table, so that what belongs together comes together. */
static void walk(reading *r, const yaml_node_t *mapping, const char *prefix, unsigned depth) {
  char part[PATH_MOST];
  char last[PATH_MOST] = "";
  char path[PATH_MOST];
  if (mapping->type != YAML_MAPPING_NODE || depth > 8) {
    mistake(r, mapping, "%s%skeys with values are wanted here, such as \"key: value\"", prefix,
            prefix[0] != '\0' ? ": " : "");
    return;
  }
  check_keys(r, mapping, prefix);
  for (const yaml_key *k = r->keys; k->path != NULL; k++) {
    if (!next_part(k->path, prefix, part) || strcmp(part, last) == 0) {
      continue;
    }
    memcpy(last, part, sizeof last);
    const yaml_node_t *node = child(r, mapping, part);
    int n = snprintf(path, sizeof path, "%s%s%s", prefix, prefix[0] != '\0' ? "." : "", part);
    if (node == NULL || n < 0 || (size_t)n >= sizeof path) {
      continue;
    }
    if (strcmp(path, k->path) == 0) {
      take(r, k, node);
    } else {
      walk_object(r, node, path, depth + 1);
    }
  }
}

/* ---- the file ---- */

static int unreadable(const reading *r, const yaml_parser_t *parser) {
  if (parser->error == YAML_MEMORY_ERROR) {
    return cli_failure(r->args, "%s: no memory", r->file);
  }
  bool has_mark =
      parser->error == YAML_SCANNER_ERROR || parser->error == YAML_PARSER_ERROR || parser->error == YAML_COMPOSER_ERROR;
  bool tab = parser->problem != NULL && strstr(parser->problem, "cannot start any token") != NULL;
  return cli_failure(r->args, "%s:%zu: this is not YAML: %s%s%s%s", r->file,
                     has_mark ? parser->problem_mark.line + 1 : (size_t)1,
                     parser->problem != NULL ? parser->problem : "", parser->context != NULL ? ", " : "",
                     parser->context != NULL ? parser->context : "",
                     tab ? "; lines are indented with blanks, not with tabs, and words that begin with a special "
                           "character stand in quotes"
                         : "");
}

/* The first document of the text, and the only one. */
static int load(reading *r, yaml_parser_t *parser) {
  yaml_document_t second;
  if (!yaml_parser_load(parser, &r->doc)) {
    return unreadable(r, parser);
  }
  if (!yaml_parser_load(parser, &second)) {
    yaml_document_delete(&r->doc);
    return unreadable(r, parser);
  }
  const yaml_node_t *more = yaml_document_get_root_node(&second);
  int code = CLI_OK;
  if (more != NULL) {
    code = cli_failure(r->args, "%s:%zu: a second document begins here; one is wanted", r->file,
                       more->start_mark.line + 1);
    yaml_document_delete(&r->doc);
  }
  yaml_document_delete(&second);
  return code;
}

static int read_tree(reading *r, const char *text, size_t n) {
  yaml_parser_t parser;
  if (!yaml_parser_initialize(&parser)) {
    return cli_failure(r->args, "%s: no memory", r->file);
  }
  yaml_parser_set_input_string(&parser, (const unsigned char *)text, n);
  int code = load(r, &parser);
  if (code == CLI_OK) {
    const yaml_node_t *root = yaml_document_get_root_node(&r->doc);
    if (root == NULL) {
      code = cli_failure(r->args, "%s: the file says nothing", r->file);
    } else {
      walk(r, root, "", 0);
    }
    yaml_document_delete(&r->doc);
  }
  yaml_parser_delete(&parser);
  if (r->mistakes > MISTAKES_MOST) {
    (void)cli_failure(r->args, "%s: and %u mistakes more", r->file, r->mistakes - MISTAKES_MOST);
  }
  return code == CLI_OK && r->mistakes > 0 ? CLI_FAILED : code;
}

int yaml_read(cli_args *args, yaml_memory **memory, const char *file, const yaml_key *keys, const char *const *lists) {
  reading r = {.args = args, .typed = args->given_count, .memory = memory, .file = file, .keys = keys, .lists = lists};
  char problem[DISK_PROBLEM];
  char *text = NULL;
  size_t n = 0;
  if (!disk_read(&text, &n, file, false, problem)) {
    return cli_failure(args, "--config %s", problem);
  }
  int code = n > FILE_MOST ? cli_failure(args, "%s: too large for a configuration file", file) : read_tree(&r, text, n);
  disk_forget(text, n);
  return code;
}
