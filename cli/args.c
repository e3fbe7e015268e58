/* Owns the reading of the command line: long options as --name VALUE or
 * --name=VALUE, operands, "--" before operands that begin with a dash. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "out.h"

__attribute__((format(printf, 3, 0))) static void say(const cli_args *args, const char *kind, const char *format,
                                                      va_list list) {
  /* What is told may quote a peer or a file. */
  char text[2048];
  (void)vsnprintf(text, sizeof text, format, list);
  (void)fprintf(stderr, "qtls %s: %s", args->command->name, kind);
  out_safe(stderr, text);
  (void)fputc('\n', stderr);
}

int cli_usage_error(const cli_args *args, const char *format, ...) {
  va_list list;
  va_start(list, format);
  say(args, "", format, list);
  va_end(list);
  (void)fprintf(stderr, "Try: qtls %s --help\n", args->command->name);
  return CLI_USAGE;
}

int cli_failure(const cli_args *args, const char *format, ...) {
  va_list list;
  va_start(list, format);
  say(args, "", format, list);
  va_end(list);
  return CLI_FAILED;
}

void cli_warn(const cli_args *args, const char *format, ...) {
  va_list list;
  va_start(list, format);
  say(args, "warning: ", format, list);
  va_end(list);
}

static const cli_option *find(const cli_command *command, const char *name, size_t n) {
  for (const cli_option *const *group = command->options; *group != NULL; group++) {
    for (const cli_option *o = *group; o->name != NULL; o++) {
      if (strlen(o->name) == n && memcmp(o->name, name, n) == 0) {
        return o;
      }
    }
  }
  return NULL;
}

static int unknown_option(const cli_args *args, const char *name, size_t n) {
  char typed[64];
  (void)snprintf(typed, sizeof typed, "%.*s", (int)(n < 60 ? n : 60), name);
  cli_suggestion s = cli_suggest_start(typed);
  for (const cli_option *const *group = args->command->options; *group != NULL; group++) {
    for (const cli_option *o = *group; o->name != NULL; o++) {
      cli_suggest_offer(&s, o->name);
    }
  }
  cli_suggest_offer(&s, "help");
  const char *best = cli_suggest_best(&s);
  if (best != NULL) {
    return cli_usage_error(args, "there is no option --%s; did you mean --%s?", typed, best);
  }
  return cli_usage_error(args, "there is no option --%s", typed);
}

/* Handles argv[*i], which begins with "--" and goes on; may step over a value. */
static int take_option(cli_args *out, int argc, char **argv, int *i) {
  const char *name = argv[*i] + 2;
  const char *equals = strchr(name, '=');
  size_t n = equals != NULL ? (size_t)(equals - name) : strlen(name);
  const cli_option *o = find(out->command, name, n);
  const char *value = NULL;
  if (o == NULL) {
    return unknown_option(out, name, n);
  }
  if (o->value == NULL && equals != NULL) {
    return cli_usage_error(out, "--%s takes no value", o->name);
  }
  if (o->value != NULL && equals != NULL) {
    value = equals + 1;
  } else if (o->value != NULL) {
    if (*i + 1 >= argc) {
      return cli_usage_error(out, "--%s needs a value: --%s %s", o->name, o->name, o->value);
    }
    value = argv[++*i];
  }
  if (out->given_count == CLI_ARGS_MOST) {
    return cli_usage_error(out, "too many options");
  }
  out->given[out->given_count].name = o->name;
  out->given[out->given_count].value = value;
  out->given_count++;
  return CLI_OK;
}

int cli_parse(cli_args *out, const cli_command *command, int argc, char **argv, bool *help) {
  bool options_over = false;
  memset(out, 0, sizeof *out);
  out->command = command;
  *help = false;
  for (int i = 0; i < argc; i++) {
    if (!options_over && (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)) {
      *help = true;
      return CLI_OK;
    }
  }
  for (int i = 0; i < argc; i++) {
    const char *word = argv[i];
    if (options_over || word[0] != '-' || word[1] == '\0') {
      if (out->operand_count == command->operands_most) {
        return cli_usage_error(out, "\"%s\" is one word too many", word);
      }
      out->operands[out->operand_count++] = word;
    } else if (strcmp(word, "--") == 0) {
      options_over = true;
    } else if (word[1] != '-') {
      return cli_usage_error(out, "there is no option %s; options begin with two dashes", word);
    } else {
      int code = take_option(out, argc, argv, &i);
      if (code != CLI_OK) {
        return code;
      }
    }
  }
  return CLI_OK;
}

bool cli_has(const cli_args *args, const char *name) {
  for (size_t i = 0; i < args->given_count; i++) {
    if (strcmp(args->given[i].name, name) == 0) {
      return true;
    }
  }
  return false;
}

const char *cli_value(const cli_args *args, const char *name, const char *otherwise) {
  const char *found = otherwise;
  for (size_t i = 0; i < args->given_count; i++) {
    if (strcmp(args->given[i].name, name) == 0) {
      found = args->given[i].value;
    }
  }
  return found;
}

const char *cli_value_at(const cli_args *args, const char *name, size_t i) {
  for (size_t at = 0; at < args->given_count; at++) {
    if (strcmp(args->given[at].name, name) == 0 && i-- == 0) {
      return args->given[at].value;
    }
  }
  return NULL;
}

const char *cli_value_after(const cli_args *args, const char *anchor, size_t i, const char *name) {
  size_t anchors = 0;
  const char *found = NULL;
  for (size_t at = 0; at < args->given_count; at++) {
    anchors += strcmp(args->given[at].name, anchor) == 0;
    if (strcmp(args->given[at].name, name) == 0 && anchors == i + 1) {
      found = args->given[at].value;
    }
  }
  return found;
}

bool cli_follows(const cli_args *args, const char *anchor, const char *name) {
  enum { NONE, FREE, TAKEN } place = NONE;
  for (size_t at = 0; at < args->given_count; at++) {
    if (strcmp(args->given[at].name, anchor) == 0) {
      place = FREE;
    } else if (strcmp(args->given[at].name, name) == 0) {
      const char *origin = args->given[at].origin;
      if (place != FREE) {
        (void)cli_usage_error(args, "%s%s \"%s\" %s: it stands after the --%s that it is for",
                              origin != NULL ? "" : "--", origin != NULL ? origin : name, args->given[at].value,
                              place == NONE ? "is for none" : "is one too many", anchor);
        return false;
      }
      place = TAKEN;
    }
  }
  return true;
}

const char *cli_label(const cli_args *args, const char *name, char out[CLI_LABEL]) {
  (void)snprintf(out, CLI_LABEL, "--%s", name);
  for (size_t i = 0; i < args->given_count; i++) {
    if (strcmp(args->given[i].name, name) == 0) {
      const char *origin = args->given[i].origin;
      (void)snprintf(out, CLI_LABEL, "%s%s", origin != NULL ? "" : "--", origin != NULL ? origin : name);
    }
  }
  return out;
}

bool cli_seconds(const char *text, long *out) {
  static const struct {
    const char *unit;
    long seconds;
  } units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}, {"d", 86400}};
  char *end = NULL;
  errno = 0;
  long value = strtol(text, &end, 10);
  if (errno != 0 || end == text || text[0] < '0' || text[0] > '9') {
    return false;
  }
  for (size_t i = 0; i < CLI_COUNT(units); i++) {
    if (strcmp(end, units[i].unit) == 0 && value <= 1000000000L / units[i].seconds) {
      *out = value * units[i].seconds;
      return true;
    }
  }
  return false;
}

static const char *show_seconds(char out[32], long seconds) {
  static const char units[] = "dhms";
  static const long sizes[] = {86400, 3600, 60, 1};
  size_t i = 0;
  while (i < 3 && (seconds % sizes[i] != 0 || seconds == 0)) {
    i++;
  }
  (void)snprintf(out, 32, "%ld%c", seconds / sizes[i], units[i]);
  return out;
}

bool cli_duration(const cli_args *args, const char *name, long least, long most, long *out) {
  const char *text = cli_value(args, name, NULL);
  char label[CLI_LABEL];
  char from[32];
  char to[32];
  long value = 0;
  if (text == NULL) {
    return true;
  }
  if (!cli_seconds(text, &value) || value < least || value > most) {
    (void)cli_usage_error(args, "%s \"%s\": this must be a time from %s to %s, such as 90s, 5m or 2h",
                          cli_label(args, name, label), text, show_seconds(from, least), show_seconds(to, most));
    return false;
  }
  *out = value;
  return true;
}

bool cli_number(const cli_args *args, const char *name, long least, long most, long *out) {
  const char *text = cli_value(args, name, NULL);
  char *end = NULL;
  char label[CLI_LABEL];
  if (text == NULL) {
    return true;
  }
  errno = 0;
  long value = strtol(text, &end, 10);
  if (errno != 0 || end == text || *end != '\0' || value < least || value > most) {
    (void)cli_usage_error(args, "%s \"%s\": this must be a number from %ld to %ld", cli_label(args, name, label), text,
                          least, most);
    return false;
  }
  *out = value;
  return true;
}

/* "require_both" and "require-both" are the same word. */
static bool same_word(const char *a, const char *b) {
  while (*a != '\0' && (*a == *b || (*a == '_' && *b == '-') || (*a == '-' && *b == '_'))) {
    a++;
    b++;
  }
  return *a == *b;
}

bool cli_choice(const cli_args *args, const char *name, const char *const *names, int *out) {
  const char *text = cli_value(args, name, NULL);
  char list[256] = "";
  char label[CLI_LABEL];
  if (text == NULL) {
    return true;
  }
  cli_suggestion s = cli_suggest_start(text);
  for (int i = 0; names[i] != NULL; i++) {
    size_t used = strlen(list);
    if (same_word(names[i], text)) {
      *out = i;
      return true;
    }
    cli_suggest_offer(&s, names[i]);
    (void)snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "", names[i]);
  }
  const char *best = cli_suggest_best(&s);
  if (best != NULL) {
    (void)cli_usage_error(args, "%s \"%s\": did you mean %s? Known: %s", cli_label(args, name, label), text, best,
                          list);
  } else {
    (void)cli_usage_error(args, "%s \"%s\" is not known; known: %s", cli_label(args, name, label), text, list);
  }
  return false;
}
